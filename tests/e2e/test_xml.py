# SPDX-License-Identifier: Apache-2.0
"""The xml connector: recorded documents (tests/corpus/xml), paging, removal, and what happens to broken and hostile ones."""
import io
import json
import pathlib
import zipfile

import pytest

from office import SLOW, few
from test_limits import resident

CORPUS = pathlib.Path(__file__).parents[1] / "corpus/xml"
XML = {"items": "/annonces/annonce", "id": "/@ref", "lists": "photo"}
MAP = {"title": "/titre", "description": "/texte", "latitude": "/lat", "longitude": "/lon", "url": "/url",
       "image_url": "/photos/photo/0", "price": "/prix", "currency": "/prix/@devise", "properties.photos": "/photos/photo"}


def reads(office, make, body, content_type="application/xml", namespaces=None, map=MAP, **xml):
    """A partner whose only document is that, and what a sync of it says."""
    partner = make("raw")
    partner.route("/a.xml", body, headers={"Content-Type": content_type} if content_type else {})
    office.partners[partner.name] = {
        "partner": {"name": partner.name, "kind": "place", "connector": "xml"},
        "request": {"url": partner.base_url + "/a.xml", "allow_private": "yes"}, "xml": {**XML, **xml}, "map": map,
        **({"namespaces": namespaces} if namespaces else {}), "limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"age": "0s"}}
    office.change(partner.name)
    return partner, office.sync(partner.name)


def corpus(office, make, name, **more):
    partner, run = reads(office, make, (CORPUS / f"{name}.xml").read_bytes(), **more)
    return office.listings(partner.name), run


def titles(listings):
    return {i: row["title"] for i, row in listings.items()}


# ---- good ones

def test_attributes_lists_languages_and_markup(office, make):
    found, run = corpus(office, make, "good-annonces", tombstone="/@statut = retiré", total="/annonces/@total")
    assert (run["outcome"], run["declared_total"], run["added"]) == ("complete", 3, 2), run
    one, two = found["A1"], found["A2"]
    assert titles(found) == {"A1": "Gîte « La Tuilerie »", "A2": "Café de la Gare & Cie"}
    assert (one["description"], two["description"]) == ("Calme & verdure", "Une étape, le lundi"), "text around <b> is joined"
    assert (one["latitude"], one["longitude"], one["price_minor"], one["currency"]) == (44.5, 0.166, 7550, "EUR")
    assert two["price_minor"] == 1200 and two["image_url"] == "https://exemple.invalid/3.jpg"
    assert json.loads(one["properties"])["photos"] == ["https://exemple.invalid/1.jpg", "https://exemple.invalid/2.jpg"]
    assert json.loads(two["properties"])["photos"] == ["https://exemple.invalid/3.jpg"], "one photo is a list, too"


def test_languages_of_an_element(office, make):
    found, _ = corpus(office, make, "good-annonces", languages="en fr")
    assert found["A1"]["title"] == "The Tilery"


@pytest.mark.parametrize("name,wanted", [
    ("good-latin1", {"L1": "Château — l’été à 5 €"}), ("good-utf16", {"U1": "Forêt"}), ("good-entities", {"E1": "Marmande & environs"}),
    ("good-slips", {"S1": "Château bleu", "S2": "préfixé"}), ("good-empty", {})])
def test_characters(office, make, name, wanted):
    found, run = corpus(office, make, name)
    assert (run["outcome"], run["quarantined"]) == ("complete", 0), run
    assert titles(found) == wanted


@pytest.mark.parametrize("content_type,body,title", [
    ("text/xml; charset=windows-1252", '<?xml version="1.0" encoding="utf-8"?>{}'.format("Été").encode("cp1252"), "Été"),
    ("application/xml; charset=\"ISO-8859-2\"", "Łódź".encode("iso-8859-2"), "Łódź"),
    ("application/xml;charset=utf-8", '<?xml version="1.0" encoding="windows-1251"?>Привет'.encode("cp1251"), "Привет"),
    ("application/xml; charset=nobody-knows", "Été".encode(), "Été"), ("", "Été".encode("latin-1"), "Été")])
def test_the_header_says_which_characters(office, make, content_type, body, title):
    head, at, text = body.rpartition(b"?>")
    partner, run = reads(office, make, head + at + b'<annonces><annonce ref="1"><titre>' + text + b"</titre></annonce></annonces>", content_type)
    assert run["outcome"] == "complete" and titles(office.listings(partner.name)) == {"1": title}


def test_namespaces(office, make):
    body = (b'<r xmlns="urn:a" xmlns:q="urn:b"><q:i q:id="1" id="no"><t>yes</t><z:t xmlns:z="urn:c">other</z:t></q:i>'
            b'<i q:id="2"><t>not an item</t></i></r>')
    partner, run = reads(office, make, body, namespaces={"x": "urn:a", "y": "urn:b"}, items="/x:r/y:i", id="/@y:id",
                         map={"title": "/x:t", "properties.other": "/z:t"})
    found = office.listings(partner.name)
    assert run["outcome"] == "complete" and titles(found) == {"1": "yes"} and json.loads(found["1"]["properties"]) == {"other": "other"}


def test_anywhere(office, make):
    body = b'<a><b><i ref="1"/></b><c><d><i ref="2"><i ref="inside"/></i></d></c></a>'
    partner, run = reads(office, make, body.replace(b' ref="inside"', b""), items="//i")
    assert run["outcome"] == "complete" and office.ids(partner.name) == ["1", "2"]
    partner.route("/a.xml", body, headers={"Content-Type": "application/xml"})
    run = office.sync(partner.name)
    assert (run["outcome"], run["error_kind"], office.ids(partner.name)) == ("partial", "shape", ["1", "2"]), run
    assert "an item stands within another" in run["detail"]
    office.change(partner.name, xml={"items": "/a/b/i | /a/c/d/i"})
    run = office.sync(partner.name)
    assert (run["outcome"], office.ids(partner.name)) == ("complete", ["1", "2"]), run


# ---- pages and removal

def page(ids, following="", total=""):
    items = "".join(f'<annonce ref="{i}"><titre>n° {i}</titre></annonce>' for i in ids)
    return f'<annonces total="{total}"><suite href="{following}">{following}</suite>{items}</annonces>'.encode()


def test_pages_and_removal(office, make):
    partner, run = reads(office, make, page("abc", "/b.xml", 5), paging="next-url", next="/annonces/suite", total="/annonces/@total")
    assert run["outcome"] == "failed" or run["outcome"] == "partial", "the second page is not there yet"
    partner.route("/b.xml", page("de", "", 5))
    run = office.sync(partner.name)
    assert (run["outcome"], run["requests"], run["declared_total"]) == ("complete", 2, 5), run
    assert office.ids(partner.name) == list("abcde")
    partner.route("/b.xml", page("d", "", 4))
    partner.route("/a.xml", page("abc", "/b.xml", 4))
    for _ in range(2):
        run = office.sync(partner.name)
    assert run["removed"] == 1 and office.ids(partner.name) == list("abcd"), run


def archive(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(f"{name}.xml", content)
    return out.getvalue()


def test_documents_of_an_archive(office, make):
    """Each has its own characters and its own total."""
    latin = '<?xml version="1.0" encoding="iso-8859-1"?><annonces total="1"><annonce ref="c"><titre>Été</titre></annonce></annonces>'
    partner, run = reads(office, make, archive(un=page("ab", "", 2), deux=latin.encode("latin-1")), "application/zip",
                         total="/annonces/@total")
    assert (run["outcome"], run["declared_total"], run["added"]) == ("complete", 3, 3), run
    assert titles(office.listings(partner.name))["c"] == "Été"
    partner.route("/a.xml", archive(un=page("ab", "", 2)[:-5], deux=latin.encode("latin-1")))
    run = office.sync(partner.name)
    assert run["outcome"] == "partial" and "file un.xml of the archive: line 1" in run["detail"] and run["removed"] == 0, run


def test_quarantine_is_replayed(office, make):
    """What waits in quarantine is a whole item, so a mended partner's file reads it again."""
    partner, run = reads(office, make, page("ab"), id="/@nowhere")
    assert (run["outcome"], run["quarantined"], run["listings"]) == ("complete", 2, 0), run
    assert all("no identifier" in q["reason"] for q in office.quarantine(partner.name))
    office.change(partner.name, xml={"id": "/@ref"})
    run = office.sync(partner.name)
    assert (run["outcome"], run["quarantined"]) == ("complete", 0) and office.ids(partner.name) == ["a", "b"], run


def test_what_broke_where_nothing_is_read(office, make):
    """Once it is mended the item is read, and does not stay in quarantine, although what is read of it was the same."""
    good = page("ab")
    partner, _ = reads(office, make, good.replace(b"\xb0 a", b"\xb0 z"), lenient="yes")
    for body, quarantined, title in ((good.replace(b"</titre>", b"</autre>", 1), 1, "n° z"), (good, 0, "n° a")):
        partner.route("/a.xml", body, headers={"Content-Type": "application/xml"})
        run = office.sync(partner.name)
        assert run["quarantined"] == quarantined and titles(office.listings(partner.name)) == {"a": title, "b": "n° b"}, run


# ---- a merged feed as one was found: longitude first, prices as lists and words, addresses that are none

def test_a_merged_feed(office, make):
    found, run = corpus(office, make, "good-merged", items="/items/item", id="/url", map={
        "title": "/title", "description": "/description", "url": "/url", "image_url": "/media", "price": "/price",
        "currency": "/currency", "latitude": "/latitude", "longitude": "/longitude", "locality": "/location"})
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 5, 0), run
    van, table, room, house, bad = (found[f"https://exemple.invalid/{i}"] for i in ("van/1", "table/2", "room?a=1&b=2", "house/4", "bad/5"))
    assert (van["price_minor"], van["latitude"], van["image_url"]) == (11200, None, "https://exemple.invalid/1.jpg")
    assert (table["price_minor"], table["image_url"], table["description"]) == (800, "https://static.exemple.invalid/x.jpg", None)
    assert (room["latitude"], room["longitude"], room["description"]) == (44.5, 0.166, "Chambre & jardin")
    assert house["price_minor"] == 11500 and house["locality"] == "Marmande"
    assert bad["image_url"] is None and bad["price_minor"] is None


def test_a_long_document_takes_little_memory(office, make, tmp_path):
    """60 MB; what is held is one item."""
    text = "Calme &amp; verdure. " * 1500
    with open(tmp_path / "long.xml", "w", encoding="utf-8") as file:
        file.write("<annonces>\n")
        file.writelines(f'<annonce ref="{i}"><titre>n° {i}</titre><texte>{text}</texte></annonce>\n' for i in range(few(2000)))
        file.write("</annonces>")
    partner = make("files", folder=str(tmp_path))
    office.partners[partner.name] = {
        "partner": {"name": partner.name, "kind": "place", "connector": "xml"}, "xml": XML, "map": MAP,
        "request": {"url": partner.base_url + "/long.xml", "allow_private": "yes"}, "limits": {"max_wire": "1G", "max_body": "1G"}}
    office.change(partner.name)
    assert (tmp_path / "long.xml").stat().st_size > few(60_000_000)
    run, mebibytes = resident(office, partner.name)
    assert (run["outcome"], run["added"]) == ("complete", few(2000)), run
    assert SLOW > 1 or mebibytes < 64, mebibytes


# ---- broken ones: what came before is kept, and the run is not whole

@pytest.mark.parametrize("name,kind,says,kept", [
    ("broken-tags", "format", "line 3, column", {"B1": "avant"}),
    ("broken-ampersand", "format", 'line 3: an "&" that is none', {"B1": "avant"}),
    ("broken-end", "truncated", "", {"B1": "avant"}),
    ("broken-page", "format", "a web page came where XML was expected", {}),
    ("broken-shape", "shape", "no element where the items should be", {}),
    ("broken-json", "format", "JSON came where XML was expected", {}),
    ("broken-empty", "format", "the answer is empty", {}),
    ("hostile-laughs", "limit", "expansion bomb", {}), ("hostile-quadratic", "limit", "expansion bomb", {}),
    ("hostile-long-entity", "limit", "expansion bomb", {}), ("hostile-file", "format", "line 2: an", {}),
    ("hostile-parameter", "format", "line 2: an", {}), ("hostile-deep", "limit", "nested more than 200 deep", {}),
    ("hostile-attributes", "limit", "more than 256 attributes", {})])
def test_broken(office, make, name, kind, says, kept):
    found, run = corpus(office, make, name)
    assert run["outcome"] in ("failed", "partial") and run["exit"] == 1 and run["error_kind"] == kind, run
    assert says in run["detail"] and titles(found) == kept, run


@pytest.mark.parametrize("name,reason", [("hostile-deep-item", "nested too deep"), ("hostile-names", "256 names")])
def test_one_hostile_item_stops_nobody(office, make, name, reason):
    found, run = corpus(office, make, name)
    assert (run["outcome"], run["quarantined"], titles(found)) == ("complete", 1, {"H2": "ensuite"}), run
    (kept,) = [q["reason"] for q in office.quarantine(run["partner"])]
    assert reason in kept


def test_lenient(office, make):
    """A bare ampersand is one, and after a tag that does not fit the next item is whole again."""
    found, run = corpus(office, make, "broken-ampersand", lenient="yes")
    assert run["outcome"] == "complete" and found["B2"]["title"] == "Thé & café & lait, 3 < 4"
    assert found["B2"]["url"] == "https://exemple.invalid/?a=1&b=2"
    found, run = corpus(office, make, "broken-tags", lenient="yes")
    assert run["outcome"] == "partial" and run["error_kind"] == "format" and "line 3, column" in run["detail"], run
    assert titles(found) == {"B1": "avant", "B3": "après"} and run["quarantined"] == 1


def test_settings_that_make_no_sense(office, make):
    for wrong, says in (({"items": "annonces/annonce"}, "write a path"), ({"items": "/" + "/".join("abcdefghi")}, "at most 8"),
                        ({"id": None}, "id")):
        partner = make("raw")
        office.partners[partner.name] = {"partner": {"name": "x", "kind": "place", "connector": "xml"},
                                         "request": {"url": partner.base_url, "allow_private": "yes"}, "xml": XML}
        office.change(partner.name, xml=wrong)
        assert office.vigie("check-config").returncode != 0 and says in office.last.stderr, office.last
        office.partner_file(partner.name).unlink()
