# SPDX-License-Identifier: Apache-2.0
"""Single records: bad ones wait in quarantine, dirty ones are cleaned, those of another town are not shown."""
import json

import pytest

from sim.faults import BAD_RECORDS

REASONS = {  # kind of bad record -> what quarantine says of it; None: it can be read
    "no-id": "no identifier", "null-id": "no identifier", "empty-id": "no identifier", "object-id": "no identifier",
    "float-id": None, "long-id": "255 bytes", "broken-utf8": None, "lone-surrogate": None, "nul": None,
    "control": "control character", "broken-token": "a word that JSON does not have", "trailing-comma": "name is missing",
    "nan": "number that JSON does not have", "text": "not an object", "number": "not an object", "null": "not an object",
    "array": "not an object", "empty-object": "no identifier", "deep": "nested too deep", "huge": "too big", "twice": None,
}


def test_every_bad_record_is_here():
    assert set(REASONS) == set(BAD_RECORDS)


@pytest.mark.parametrize("kind", REASONS)
def test_one_bad_record_stops_nobody(office, make, kind):
    """The others are read; it is kept, counted and shown, and comes in when it is good again."""
    partner = make(paging="next-url")
    name = office.add(partner)
    partner.fault("bad-record", kind=kind, index=3, page=1)
    run = office.sync(name)
    bad = REASONS[kind] is not None
    assert (run["outcome"], run["quarantined"], run["added"]) == ("partial" if kind == "twice" else "complete", bad, 25 - bad), run
    kept = office.quarantine(name)
    assert len(kept) == bad and all(REASONS[kind] in q["reason"] for q in kept)
    assert office.runs(name)[0]["quarantined"] == bad
    if bad:
        assert REASONS[kind] in office.vigie("partner", name).stdout, "it is shown"
    partner.clear()
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["removed"], run["quarantined"]) == ("complete", int(bad or kind == "float-id"), 0, 0)
    assert office.quarantine(name) == [] and set(partner.ids()) <= set(office.ids(name))


@pytest.mark.parametrize("kind", [k for k, reason in REASONS.items() if reason])
def test_its_listing_counts_as_present(office, make, kind):
    partner = make(paging="next-url")
    name = office.add(partner)
    office.sync(name)
    before = office.contents(name)
    partner.fault("bad-record", kind=kind, index=3, page=1)
    for _ in range(4):
        run = office.sync(name)
        assert (run["outcome"], run["removed"], run["quarantined"]) == ("complete", 0, 1), run
    assert office.contents(name) == before


def test_others_may_still_go(office, make):
    """A bad record whose identifier can be read says which listing it is: only that one is protected."""
    partner = make("raw")
    items = [{"id": str(n), "title": f"Annonce {n}"} for n in range(1, 21)]

    def serve(rows):
        partner.route("/items", json.dumps({"items": rows}))

    serve(items)
    name = office.add(partner, request={"url": partner.base_url + "/items"}, json={"items": "/items", "total": None, "places": "/places"})
    office.sync(name)
    broken = {"id": "7", "title": "Sept", "places": [{"nom": "sans identifiant"}]}
    serve([i for i in items if i["id"] not in ("7", "8")] + [broken])
    for _ in range(3):
        office.sync(name)
    kept, = office.quarantine(name)
    assert kept["external_id"] == "7"
    assert "7" in office.ids(name) and "8" not in office.ids(name)


def test_kept_across_unchanged_answers(office, make):
    partner = make("baludik")
    partner.fault("bad-record", kind="no-id", index=2)
    name = office.add(partner)
    assert office.sync(name)["quarantined"] == 1
    run = office.sync(name)
    assert run["outcome"] == "not-modified" and len(office.quarantine(name)) == 1


def test_read_again_when_the_file_is_mended(office, make):
    """Not even the partner is needed: what was kept is read by the new rules."""
    partner = make(paging="next-url")
    partner.fault("bad-record", kind="no-id", index=2, page=3)
    name = office.add(partner)
    assert office.sync(name)["quarantined"] == 1
    wanted = partner.ids()[22]
    assert wanted not in office.ids(name)
    office.change(name, json={"id": "/id | /not_id"})
    partner.fault("status", page=2, status=500)  # its page is not reached
    run = office.sync(name)
    assert run["outcome"] == "partial" and wanted in office.ids(name), run
    assert office.quarantine(name) == []


def test_many_bad_records(office, make):
    partner = make(count=200)
    name = office.add(partner, json={"id": "/nowhere"})
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["added"], run["seen"]) == ("complete", 200, 0, 200), run
    office.change(name, json={"id": "/id"})
    run = office.sync(name)
    assert (run["added"], run["quarantined"]) == (200, 0) and office.quarantine(name) == []


# ---- dirty values


def one(office, make, item, **sections):
    """The listing that one item becomes; the bytes are served as they are."""
    partner = make("raw")
    raw = item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode()
    partner.route("/items", b'{"items":[' + raw + b"]}")
    name = office.add(partner, request={"url": partner.base_url + "/items"}, json={"items": "/items", "total": None}, **sections)
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 1), run
    (row,) = office.listings(name).values()
    return row


def test_broken_utf8_is_repaired(office, make):
    row = one(office, make, b'{"id":1,"title":"Caf\xe9 de la gare \x80","description":"\xc3\xa9t\xc3\xa9 \xff"}')
    assert row["title"] == "Café de la gare €" and row["description"].startswith("été")


@pytest.mark.parametrize("keep", [False, True])
def test_contacts_of_hosts(office, make, keep):
    item = {"id": 1, "title": "Chez Léa", "description": "Appelez Léa au 06 39 98 12 34 ou lea@maison.example, 12 € le repas."}
    row = one(office, make, item, normalise={"keep_contacts": "yes" if keep else "no"})
    assert ("lea@maison.example" in row["description"]) == keep and ("06 39 98 12 34" in row["description"]) == keep
    assert "12 € le repas" in row["description"]
    assert keep or b"lea@maison" not in office.path.read_bytes()


def test_tracking_parameters(office, make):
    url = "https://www.samboat.example/bateau/1?utm_source=x&id=5&fbclid=abc&maison=2&utm_campaign=y#photos"
    row = one(office, make, {"id": 1, "title": "Un", "url": url, "image": "//cdn.example/a.jpg"}, normalise={"strip_params": "maison"})
    assert row["url"] == "https://www.samboat.example/bateau/1?id=5#photos"
    assert row["image_url"] == "https://cdn.example/a.jpg"


@pytest.mark.parametrize("price,minor,text", [
    (12, 1200, None), (12.5, 1250, None), ("115,00", 11500, None), ("5 €", 500, "5 €"), ("8€\n\n", 800, "8€"), ("Offert", 0, "Offert"),
    ("50 %", None, "50 %"), ("-, -, 510 ", 51000, "-, -, 510"), (["-", "", "30"], 3000, None), ("1 234,50 €", 123450, "1 234,50 €"),
    ("", None, None), (None, None, None), ("sur demande", None, "sur demande"), ("12-15 €", None, "12-15 €")], ids=str)
def test_prices(office, make, price, minor, text):
    row = one(office, make, {"id": 1, "title": "Un", "price": price}, normalise={"currency": "EUR"}, map={"currency": None})
    assert row["price_minor"] == minor and (text is None or row["price_text"] == text), (row["price_minor"], row["price_text"])
    assert row["currency"] == ("EUR" if minor is not None else row["currency"])


@pytest.mark.parametrize("latitude,longitude,good", [
    (44.5, 0.16, True), ("44.5", "0.16", True), ("44,5", "0,16", True), (0, 0, False), (91, 0, False), (44.5, None, False),
    ("", "", False), ("nord", "est", False), (1e400, 0, False)], ids=str)
def test_positions(office, make, latitude, longitude, good):
    raw = json.dumps({"id": 1, "title": "Un", "latitude": latitude, "longitude": longitude}).replace("Infinity", "1e400").encode()
    row = one(office, make, raw)
    assert (row["latitude"], row["longitude"]) == ((44.5, 0.16) if good else (None, None))


def test_html_and_bbcode(office, make):
    row = one(office, make, {"id": 1, "title": "<b>Le&nbsp;Moulin</b>", "description": "<p>Un</p><script>x()</script><p>deux &amp; [b]trois[/b]</p>"})
    assert row["title"] == "Le Moulin" and row["description"] == "Un\n\ndeux & trois"


def test_an_html_page_is_no_record(office, make):
    partner = make("raw")
    partner.route("/items", "<!doctype html><html><body>Erreur</body></html>", headers={"Content-Type": "application/json"})
    name = office.add(partner, request={"url": partner.base_url + "/items"}, json={"items": "/items"})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "format") and "web page" in run["detail"], run


# ---- the territory

MARMANDE = {"circle": "44.50,0.17,30"}


def published(office, name):
    rows = office.listings(name).values()
    return sum(r["published"] for r in rows), len(rows)


def test_only_the_territory_is_published(office, make):
    partner = make("yescapa")
    name = office.add(partner)
    office.configure(territory=MARMANDE)
    far = partner.ids()[:7]
    partner.change([far[0]], latitude=44.8378, longitude=-0.5792)  # Bordeaux
    partner.change(far[1:], latitude=48.8566, longitude=2.3522)
    run = office.sync(name)
    assert run["outcome"] == "complete" and published(office, name) == (83, 90)
    assert {i for i, r in office.listings(name).items() if not r["published"]} == set(far)
    shown = json.loads(office.vigie("listings", "--partner", name, "--json").stdout)
    assert len(shown) == 83


def test_an_api_that_answers_for_another_town_is_noticed(office, make):
    """Without lat and lng C'for good does not fail: it answers for Bordeaux."""
    partner = make("cforgood")
    name = office.add(partner, request={"url": partner.base_url + "/api/v1/businesses"})
    office.configure(territory={**MARMANDE, "unlocated": "hide"})
    run = office.sync(name)
    assert run["outcome"] == "complete" and published(office, name)[0] == 0
    assert "outside the territory" in run["detail"] and "outside the territory" in office.runs(name)[0]["detail"]
    office.change(name, request={"url": partner.url})
    run = office.sync(name)
    assert "outside" not in run["detail"] and published(office, name)[0] > 40
    assert "removed" not in {op for op, _ in office.changes(name)}


@pytest.mark.parametrize("territory,count", [
    ({"postcodes": "47200 47180"}, None), ({"polygon": "44.0,-0.5 44.0,1.0 45.0,1.0 45.0,-0.5"}, 25), ({"circle": "48.8,2.3,10"}, 0), ({}, 25)],
    ids=["postcodes", "polygon", "circle", "everywhere"])
def test_kinds_of_territory(office, make, territory, count):
    partner = make()
    if count is None:
        count = sum(r["postcode"][:5] in ("47200", "47180") for r in partner.items())
        assert 0 < count < 25
    name = office.add(partner, map={"latitude": None, "longitude": None} if "postcodes" in territory else {})
    office.configure(territory=territory)
    office.sync(name)
    assert published(office, name) == (count, 25)


def test_a_territory_that_grows(office, make):
    partner = make()
    name = office.add(partner)
    office.configure(territory={"circle": "48.8,2.3,10"})
    office.sync(name)
    assert published(office, name) == (0, 25)
    office.configure(territory=MARMANDE)
    assert office.sync(name)["outcome"] == "complete" and published(office, name) == (25, 25)


@pytest.mark.parametrize("what", ["hide", "publish"])
def test_listings_that_say_nothing_of_where_they_are(office, make, what):
    partner = make(count=4)
    name = office.add(partner, map={"latitude": None, "longitude": None, "postcode": None})
    office.configure(territory={**MARMANDE, "unlocated": what})
    office.sync(name)
    assert published(office, name) == (4 if what == "publish" else 0, 4)
