# SPDX-License-Identifier: Apache-2.0
"""The feed connector: RSS, Atom and JSON Feed (tests/corpus/feed) without any [map]; a feed is a window."""
import json
import pathlib

import pytest

CORPUS = pathlib.Path(__file__).parents[1] / "corpus/feed"


def add(office, make, body, content_type="application/xml", **sections):
    """A partner whose only document is that."""
    partner = make("raw")
    partner.route("/flux", body, headers={"Content-Type": content_type})
    office.partners[partner.name] = {
        "partner": {"name": partner.name, "kind": "activity", "connector": "feed"},
        "request": {"url": partner.base_url + "/flux", "allow_private": "yes"},
        "limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"age": "0s"}, **sections}
    office.change(partner.name)
    return partner


def corpus(office, make, name, **sections):
    partner = add(office, make, (CORPUS / name).read_bytes(), "application/json" if name.endswith("json") else "text/xml", **sections)
    run = office.sync(partner.name)
    return office.listings(partner.name), run


def pictures(found):
    """What each listing says, without what is nowhere."""
    columns = ("title", "description", "url", "image_url", "latitude", "longitude", "language", "source_updated_at")
    rows = {}
    for i, row in found.items():
        properties = json.loads(row["properties"])
        rows[i] = {**{c: row[c] for c in columns if row[c] is not None}, **properties}
    return rows


WANTED = {
    "good-rss2.xml": {
        "balade-1": {"title": "Le port & ses quais", "description": "Au fil de l’eau.", "url": "https://exemple.invalid/balades/1",
                     "image_url": "https://exemple.invalid/1.jpg", "latitude": 44.5012, "longitude": 0.1667, "language": "fr",
                     "source_updated_at": "2026-01-05T08:00:00Z", "categories": ["Marche", "Histoire"]},
        "https://exemple.invalid/balades/2": {"title": "Sans lien", "url": "https://exemple.invalid/balades/2",
                                              "image_url": "HOST/2.jpg", "language": "fr"},
        "https://exemple.invalid/balades/3": {"title": "Sans guid", "url": "https://exemple.invalid/balades/3", "language": "fr"}},
    "good-rss091.xml": {
        "https://exemple.invalid/noel": {"title": "Marché de Noël", "description": "Place d'Armes : 20 chalets",
                                         "url": "https://exemple.invalid/noel", "language": "fr"}},
    "good-rss1.xml": {
        "https://exemple.invalid/e/1": {
            "title": "Fête du fleuve", "url": "https://exemple.invalid/e/1", "language": "fr", "latitude": 44.51, "longitude": 0.17,
            "source_updated_at": "2026-05-01T08:00:00Z", "categories": ["Fête"], "starts_at": "2026-07-14T08:00:00Z",
            "ends_at": "2026-07-14T21:00:00Z"}},
    "good-atom.xml": {
        "tag:exemple.invalid,2026:1": {
            "title": "Thé & scones", "description": "Un bon thé\n\nchaud & fort", "url": "https://exemple.invalid/blog/billet/1",
            "image_url": "https://exemple.invalid/1.png", "latitude": 44.52, "longitude": 0.18, "language": "fr",
            "source_updated_at": "2026-02-02T03:04:05Z", "categories": ["Thé"]},
        "tag:exemple.invalid,2026:2": {"title": "si a <b> c", "description": "si a < b & c", "url": "https://autre.invalid/2",
                                       "language": "fr", "source_updated_at": "2026-03-02T03:04:05Z"}},
    "good-atom03.xml": {
        "v1": {"title": "L'ancien moulin", "url": "https://exemple.invalid/v1", "source_updated_at": "2004-02-02T03:04:05Z"}},
    "good-json.json": {
        "7": {"title": "Chasse <au> trésor", "description": "Cherchez & trouvez", "url": "https://exemple.invalid/j/7",
              "image_url": "https://exemple.invalid/7.jpg", "language": "fr", "source_updated_at": "2026-01-02T02:04:05Z",
              "categories": ["jeu", "famille"]},
        "huit": {"description": "si a < b & c", "url": "https://exemple.invalid/j/8"}},
    "mended-slips.xml": {
        "m1": {"title": "Café & thé, 3 < 4", "url": "https://exemple.invalid/?a=1&b=2&copy=3"}, "m2": {"title": "fin"}},
    "hostile-file.xml": {"h": {"title": "a &secret; b"}},
}


@pytest.mark.parametrize("name", WANTED)
def test_formats(office, make, name):
    found, run = corpus(office, make, name)
    assert (run["outcome"], run["quarantined"], run["removed"]) == ("complete", 0, 0), run
    rows = pictures(found)
    for row in rows.values():
        if row.get("image_url", "").endswith("/2.jpg"):
            row["image_url"] = "HOST/2.jpg"  # relative to the feed's own address
    assert rows == WANTED[name]
    assert "Personne" not in json.dumps(rows) and "personne" not in json.dumps(rows), "who wrote it is nobody's business"


def test_the_partners_file_comes_first(office, make):
    found, _ = corpus(office, make, "good-rss2.xml", map={"title": "/summary | /title", "description": "-", "properties.son": "/enclosure"})
    one = found["balade-1"]
    assert one["title"] == "1 h 15, parapluie sonore" and one["description"] is None
    assert json.loads(one["properties"])["son"] == "https://exemple.invalid/1.mp3"


def rss(*ids):
    items = "".join(f"<item><guid>{i}</guid><title>n° {i}</title></item>" for i in ids)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def test_absence_removes_nothing(office, make):
    partner = add(office, make, rss("a", "b", "c"))
    assert office.sync(partner.name)["added"] == 3
    for body in (rss("c", "d"), rss("d"), rss("d"), rss("e")):
        partner.route("/flux", body)
        run = office.sync(partner.name)
        assert (run["outcome"], run["removed"]) == ("complete", 0), run
    assert office.ids(partner.name) == list("abcde")


def test_unchanged_it_removes_nothing_either(office, make):
    partner = add(office, make, rss("a", "b", "c"))
    office.sync(partner.name)
    partner.route("/flux", rss("b", "c", "d"), headers={"Content-Type": "application/xml", "ETag": '"2"'})
    assert office.sync(partner.name)["missing"] == 1
    partner.route("/flux", status=304)
    for _ in range(3):
        run = office.sync(partner.name)
        assert (run["outcome"], run["removed"]) == ("not-modified", 0), run
    assert office.ids(partner.name) == list("abcd")


def test_a_deleted_entry_does(office, make):
    partner = add(office, make, (CORPUS / "good-atom.xml").read_bytes())
    assert office.sync(partner.name)["added"] == 2
    partner.route("/flux", (CORPUS / "good-atom-deleted.xml").read_bytes())
    run = office.sync(partner.name)
    assert run["removed"] == 1 and office.ids(partner.name) == ["tag:exemple.invalid,2026:1"], run


def test_a_deleted_entry_is_named_as_a_listing_is(office, make):
    """Its identifier is cleaned alike; one that no listing can have withdraws none, and costs nobody the run."""
    good, deleted = ((CORPUS / name).read_text().replace(",2026:2", ",2026:\N{NO-BREAK SPACE}\u200b2")
                     for name in ("good-atom.xml", "good-atom-deleted.xml"))
    partner = add(office, make, good.encode())
    assert office.sync(partner.name)["added"] == 2
    assert office.ids(partner.name)[0] == "tag:exemple.invalid,2026: 2"
    deleted = deleted.replace("<at:", f'<at:deleted-entry ref="{"x" * 300}"/><at:deleted-entry ref="\u200b"/><at:', 1)
    partner.route("/flux", deleted.encode())
    run = office.sync(partner.name)
    assert run["removed"] == 1 and office.ids(partner.name) == ["tag:exemple.invalid,2026:1"], run


@pytest.mark.parametrize("name,kind,says,kept", [
    ("broken-nesting.xml", "format", "line 3, column", ["b1", "b3", "b4"]), ("broken-end.xml", "truncated", "", ["b1"]),
    ("broken-last-tag.xml", "truncated", "", ["b1"]), ("broken-shape.xml", "shape", "is not a feed", []),
    ("broken-page.html", "format", "a web page came", []), ("broken-json.json", "shape", "not a JSON Feed", None),
    ("hostile-laughs.xml", "limit", "expansion bomb", []),
    # The outermost element is an item, and ends where another one was taken for the next.
    ("hostile-root.xml", "format", "line 1, column", None)])
def test_broken(office, make, name, kind, says, kept):
    """What is clearly there is taken, and the run says that it was not all."""
    found, run = corpus(office, make, name)
    assert run["outcome"] in ("partial", "failed") and run["exit"] == 1 and run["error_kind"] == kind and says in run["detail"], run
    assert kept is None or sorted(found) == kept
    assert run["quarantined"] == (name == "broken-nesting.xml")


def test_what_broke_where_nothing_is_read(office, make):
    """Once it is mended the entry is read, and does not stay in quarantine, although what is read of it was the same."""
    good = (CORPUS / "good-atom.xml").read_bytes()
    partner = add(office, make, good.replace(b"scones", b"brioche"))
    office.sync(partner.name)
    partner.route("/flux", good.replace(b"<author>", b"<author a='1' a='2'>"), headers={"Content-Type": "application/xml"})
    run = office.sync(partner.name)
    assert run["outcome"] == "partial" and run["quarantined"] == 1, run
    partner.route("/flux", good, headers={"Content-Type": "application/xml"})
    run = office.sync(partner.name)
    titles = sorted(r["title"] for r in office.listings(partner.name).values())
    assert run["outcome"] == "complete" and titles == ["Thé & scones", "si a <b> c"] and office.quarantine(partner.name) == [], (run, titles)


def test_nothing_at_all(office, make):
    for body in (b"", b"\n \n"):
        partner = add(office, make, body)
        run = office.sync(partner.name)
        assert run["outcome"] == "failed" and "the answer is empty" in run["detail"], run
