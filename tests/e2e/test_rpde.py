# SPDX-License-Identifier: Apache-2.0
"""RPDE: a feed of changes, read once in full and then from where the last complete run came to."""
import contextlib
import json
import sqlite3

import pytest
from formats import partner_file
from sim.canary import WORD

SECRET = f"{WORD}-cle"


class Feed:
    """What a server of RPDE has: each item once, at the number of its last change; published as one page per position."""

    def __init__(self, partner, size=10, echo=""):
        self.partner, self.size, self.echo = partner, size, echo
        self.items, self.number, self.base = {}, 0, partner.base_url

    def update(self, *ids, kind="SessionSeries", **data):
        for i in ids:
            self.number += 1
            self.items.pop((kind, i), None)
            self.items[kind, i] = {"state": "updated", "kind": kind, "id": i, "modified": self.number, "data": {
                "@type": kind, "name": f"Séance {i}", **data}}
        return self

    def delete(self, *ids, kind="SessionSeries"):
        for i in ids:
            self.number += 1
            self.items.pop((kind, i), None)
            self.items[kind, i] = {"state": "deleted", "kind": kind, "id": i, "modified": self.number}
        return self

    def link(self, number):
        return f"{self.base}/rpde/{number}{self.echo}"

    def page(self, after):
        items = [i for i in self.items.values() if i["modified"] > after][:self.size]
        return json.dumps({"next": self.link(items[-1]["modified"] if items else after), "items": items,
                           "license": "https://creativecommons.org/licenses/by/4.0/"}, ensure_ascii=False)

    def publish(self):
        for number in range(self.number + 1):
            self.partner.route(f"/rpde/{number}", self.page(number))
        self.partner.route("/rpde", self.page(0))
        self.partner.clear_log()
        return self

    def asked(self):
        """The positions that were asked for since the last publication or question."""
        paths = [e["path"].rpartition("/")[2] for e in self.partner.requests()]
        self.partner.clear_log()
        return paths


@pytest.fixture
def feed(make):
    return Feed(make("raw"))


def written(office, name):
    """The watermark as it is stored: there is no public view of it."""
    with contextlib.closing(sqlite3.connect(office.path)) as db:
        (text,), = db.execute("SELECT watermark FROM partner WHERE partner = ?", (name,))
        return text


def age(office, name, days):
    """Makes the watermark older."""
    with contextlib.closing(sqlite3.connect(office.path)) as db, db:
        db.execute("UPDATE partner SET watermark_ms = watermark_ms - ? WHERE partner = ?", (days * 86_400_000, name))


def ids(office, name):
    return sorted(i.partition("/")[2] for i in office.ids(name))


@pytest.fixture
def harvested(office, feed):
    """25 items and two withdrawn, read in full."""
    feed.update(*(f"a{i:02}" for i in range(25))).delete("a03", "x").publish()
    name = partner_file(office, feed.partner, "rpde", "/rpde")
    run = office.sync(name)
    assert (run["outcome"], run["listings"], run["seen"]) == ("complete", 24, 26)
    assert feed.asked() == ["rpde", "11", "21", "27"]
    return name


def test_goes_on_where_it_came_to(office, feed, harvested):
    run = office.sync(harvested)
    assert (run["outcome"], run["requests"], run["seen"], run["error_kind"]) == ("complete", 1, 0, "none"), run
    assert feed.asked() == ["27"]
    feed.update("b1", "a01", name="Autrement").delete("a02").publish()
    run = office.sync(harvested)
    assert (run["outcome"], run["added"], run["changed"], run["removed"], run["missing"]) == ("complete", 1, 1, 1, 0)
    assert feed.asked() == ["27", "30"]
    assert len(ids(office, harvested)) == 24
    assert office.listings(harvested)["SessionSeries/a01"]["title"] == "Autrement"
    feed.update("a02").publish()
    assert office.sync(harvested)["restored"] == 1
    feed.asked()
    office.sync(harvested)
    assert feed.asked() == ["31"]


def test_what_a_window_does_not_have_stays(office, feed, harvested):
    """Also when the feed dropped it: only a withdrawal removes, or a harvest."""
    del feed.items["SessionSeries", "a05"]
    feed.update("b1").publish()
    for _ in range(3):
        run = office.sync(harvested)
        assert (run["outcome"], run["missing"], run["removed"], run["listings"]) == ("complete", 0, 0, 25)


def test_not_modified(office, feed, harvested):
    """The last page has a validator of its own: an answer of a few bytes."""
    page = feed.page(27)
    feed.partner.route("/rpde/27", page, headers={"Content-Type": "application/json", "ETag": '"x"'})
    assert office.sync(harvested)["outcome"] == "complete"
    feed.partner.route("/rpde/27", "", status=304)
    run = office.sync(harvested)
    assert (run["outcome"], run["listings"], run["removed"]) == ("not-modified", 24, 0)
    assert feed.partner.requests()[-1]["headers"]["if-none-match"] == '"x"'
    feed.update("b1").publish()
    assert office.sync(harvested)["added"] == 1


def test_the_last_of_two_counts(office, feed):
    """A server that does not clear up after itself: an older version is still on an earlier page, in every harvest."""
    feed.update("a1", "a2", "a3", name="ancien")
    old = dict(feed.items["SessionSeries", "a1"])
    feed.update("a1", name="nouveau").delete("a2").publish()
    page = json.loads(feed.page(0))
    page["items"] = [old, *page["items"], ]
    feed.partner.route("/rpde", json.dumps(page))
    name = partner_file(office, feed.partner, "rpde", "/rpde")
    for _ in range(3):
        office.sync(name)
        age(office, name, 7)
        titles = {i: r["title"] for i, r in office.listings(name).items()}
        assert titles == {"SessionSeries/a1": "nouveau", "SessionSeries/a3": "ancien"}
    assert [op for op, _ in office.changes(name)] == ["added", "added"]


def test_what_changes_while_it_is_harvested(office, feed, harvested):
    """A known listing is met, then again as changed, on a later page of the same harvest."""
    old = feed.page(0)
    feed.update("a00", name="entre-temps").delete("a01").publish()
    feed.partner.route("/rpde", old)
    age(office, harvested, 7)
    run = office.sync(harvested)
    assert feed.asked()[:2] == ["rpde", "11"]
    assert office.listings(harvested)["SessionSeries/a00"]["title"] == "entre-temps"
    assert "a01" not in ids(office, harvested) and run["removed"] == 1


@pytest.mark.parametrize("what", ["truncated", "status", "shape", "next", "kill"])
def test_a_run_that_is_not_whole_moves_nothing(office, feed, harvested, what):
    before = written(office, harvested)
    feed.update(*(f"b{i:02}" for i in range(15))).delete("a02").publish()
    second = feed.page(37)
    bad = {"truncated": second[:200], "shape": '{"next": "x", "elements": []}', "next": '{"items": []}', "status": "", "kill": second}
    feed.partner.route("/rpde/37", bad[what], status=503 if what == "status" else 200)
    if what == "kill":
        feed.partner.hold()
        process = office.syncing(harvested)
        feed.partner.wait_for_held()
        process.kill()
        process.communicate()
        feed.partner.clear()
    else:
        assert office.sync(harvested)["outcome"] == "partial"
        assert "a02" in ids(office, harvested)
    assert written(office, harvested) == before
    feed.publish()
    run = office.sync(harvested)
    assert (run["outcome"], run["listings"], run["removed"]) == ("complete", 38, 1)
    assert feed.asked() == ["27", "37", "43"]


def test_try_stores_nothing(office, feed, harvested):
    before = written(office, harvested)
    feed.update("b1").publish()
    office.vigie("try", harvested, "--json")
    assert office.last.returncode == 0, office.last
    assert feed.asked()[0] == "rpde", "a dry run knows of no earlier one"
    assert written(office, harvested) == before


@pytest.mark.parametrize("change", [
    {"map": {"title": "/data/activity"}}, {"rpde": {"full_every": 5}}, {"normalise": {"language": "fr"}}])
def test_read_again_when_the_file_was_mended(office, feed, harvested, change):
    office.change(harvested, **change)
    assert office.sync(harvested)["outcome"] == "complete"
    assert feed.asked()[0] == "rpde"


def test_another_feed_begins_at_its_start(office, feed, harvested):
    feed.partner.route("/other", feed.page(0))
    office.change(harvested, request={"url": feed.base + "/other"})
    office.sync(harvested)
    assert feed.asked()[0] == "other"


def test_so_does_another_question_to_it(office, feed, harvested):
    office.change(harvested, request={"query.org": "2"})
    office.sync(harvested)
    assert feed.asked()[0].partition("?")[0] == "rpde"


def test_after_six_days_without_a_whole_run(office, feed, harvested):
    """A withdrawal is shown for a week: what was withdrawn and forgotten meanwhile is missed by a harvest."""
    del feed.items["SessionSeries", "a05"]
    feed.publish()
    for days, first in ((5, "27"), (7, "rpde")):
        age(office, harvested, days)
        run = office.sync(harvested)
        assert feed.asked()[0] == first
    assert run["missing"] == 1


def test_full_every(office, feed, harvested):
    office.change(harvested, rpde={"full_every": 2}, removal={"runs": 2})
    office.sync(harvested)  # mended: in full
    del feed.items["SessionSeries", "a05"]
    feed.publish()
    first = []
    for _ in range(6):
        run = office.sync(harvested)
        first.append(feed.asked()[0])
    assert first == ["27", "27", "rpde", "27", "27", "rpde"]
    assert run["removed"] == 1 and "a05" not in ids(office, harvested)


def test_many_withdrawals_wait_and_come_again(office, feed, harvested):
    feed.delete(*(f"a{i:02}" for i in range(10, 24))).publish()
    for _ in range(2):
        run = office.sync(harvested)
        assert (run["hold"], run["removed"]) == ("brake", 0)
        assert feed.asked()[0] == "27"
    office.vigie("accept", harvested)
    assert office.last.returncode == 0 and len(ids(office, harvested)) == 10
    office.sync(harvested)
    assert feed.asked()[0] == "27"
    office.sync(harvested)
    assert feed.asked() == ["41"]


def test_quarantine_until_it_is_replaced(office, feed, harvested):
    feed.update("q", "r").publish()
    broken = feed.page(27).replace("Séance q", "Séance \\x q")
    feed.partner.route("/rpde/27", broken)
    assert office.sync(harvested)["quarantined"] == 1
    office.sync(harvested)
    assert len(office.quarantine(harvested)) == 1


def test_items_that_say_nothing(office, feed, harvested):
    """An update without data, or a state that nobody knows: the listing stays as it is, and none is made up."""
    items = [{"state": "updated", "kind": "SessionSeries", "id": "a05", "modified": 28},
             {"state": "updated", "kind": "SessionSeries", "id": "a06", "modified": 29, "data": {}},
             {"state": "removed", "kind": "SessionSeries", "id": "a07", "modified": 30, "data": None},
             {"state": "removed", "kind": "SessionSeries", "id": "z", "modified": 31},
             {"state": "Deleted", "kind": "SessionSeries", "id": "a08", "modified": 32},
             {"kind": "SessionSeries", "id": "y", "modified": 33, "data": {"name": "Sans état"}}]
    feed.partner.route("/rpde/27", json.dumps({"next": feed.link(33), "items": items}))
    feed.partner.route("/rpde/33", json.dumps({"next": feed.link(33), "items": []}))
    run = office.sync(harvested)
    assert (run["outcome"], run["quarantined"], run["removed"], run["changed"], run["added"]) == ("complete", 4, 1, 0, 1), run
    assert {"a05", "a06", "a07", "y"} <= set(ids(office, harvested)) and not {"a08", "z"} & set(ids(office, harvested))
    assert sorted(q["reason"] for q in office.quarantine(harvested)) == [
        "the item has no data"] * 2 + ['the item\'s state is neither "updated" nor "deleted"'] * 2


def test_a_key_that_the_feed_echoes_is_not_kept(office, make):
    """It comes back in `next`; it is neither stored nor mistaken for another page."""
    feed = Feed(make("raw"), echo="?key=" + SECRET)
    feed.update("a1", "a2").publish()
    name = partner_file(office, feed.partner, "rpde", "/rpde", request={"query.key": SECRET})
    for _ in range(3):
        assert office.sync(name)["outcome"] == "complete"
    assert feed.asked() == ["rpde", "2", "2", "2"]
    assert SECRET not in written(office, name)
    for file in office.folder.glob("catalogue.db*"):
        assert SECRET.encode() not in file.read_bytes()


def test_a_first_page_that_only_leads_on(office, feed):
    """It is empty, and its next has a position that its own address has not: that is asked for before it counts as the end."""
    feed.partner.route("/rpde", json.dumps({"next": f"{feed.base}/rpde?afterTimestamp=0&afterId=0", "items": []}))
    name = partner_file(office, feed.partner, "rpde", "/rpde")
    run = office.sync(name)
    assert (run["outcome"], run["requests"]) == ("complete", 2), run
    assert [e["target"].rpartition("/")[2] for e in feed.partner.requests()] == ["rpde", "rpde?afterTimestamp=0&afterId=0"]
    assert written(office, name).endswith("/rpde?afterTimestamp=0&afterId=0")
    assert office.sync(name)["requests"] == 1


def test_next_of_another_host_is_refused(office, feed, make):
    feed.update("a1").publish()
    feed.partner.route("/rpde", feed.page(0).replace(feed.base, make("raw").base_url))
    name = partner_file(office, feed.partner, "rpde", "/rpde")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("partial", "redirect"), run


def test_a_feed_that_never_ends(office, feed):
    """Its last page is not empty and names itself."""
    feed.update("a1").publish()
    feed.partner.route("/rpde/1", feed.page(0))
    name = partner_file(office, feed.partner, "rpde", "/rpde")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["listings"]) == ("partial", "loop", 1)


def test_openactive(office, feed):
    """An event that leaves place, words and organiser to its series; a person's address is not taken."""
    feed.update("e/1", kind="Event", name=None, url="https://club.example/e/1", startDate="2026-07-04T07:00:00+02:00",
                endDate="2026-07-04T08:00:00+02:00", duration="PT1H", maximumAttendeeCapacity=8,
                offers=[{"@type": "Offer", "price": "5.00", "priceCurrency": "EUR"}],
                image=[{"url": "https://club.example/1.jpg"}],
                location={"name": "Gymnase", "telephone": "05 53 00 00 00",
                          "geo": {"latitude": 44.5, "longitude": 0.16},
                          "address": {"streetAddress": "1 rue de l'Essai", "postalCode": "47200",
                                      "addressLocality": "Marmande", "addressCountry": "FR"}},
                activity=[{"prefLabel": "Aviron"}, {"prefLabel": "Canoë"}],
                superEvent={"name": "Aviron du samedi", "description": "Écrire à rameur@club.example ou appeler le 06 12 34 56 78.",
                            "organizer": {"name": "Jeanne Essai", "email": "jeanne@club.example"}}).publish()
    name = partner_file(office, feed.partner, "rpde", "/rpde", partner={"kind": "activity"})
    assert office.sync(name)["outcome"] == "complete"
    row = office.listings(name)["Event/e/1"]
    wanted = {"title": "Aviron du samedi", "url": "https://club.example/e/1", "image_url": "https://club.example/1.jpg",
              "latitude": 44.5, "longitude": .16, "street": "1 rue de l'Essai", "postcode": "47200", "locality": "Marmande",
              "country": "FR", "price_minor": 500, "currency": "EUR", "capacity": 8, "kind": "activity"}
    assert {k: row[k] for k in wanted} == wanted
    properties = json.loads(row["properties"])
    assert properties == {"rpde_kind": "Event", "duration": "PT1H", "place": "Gymnase", "activity": "Aviron, Canoë",
                          "starts_at": "2026-07-04T05:00:00Z", "ends_at": "2026-07-04T06:00:00Z"}, properties
    for secret in ("rameur", "06 12", "Jeanne", "jeanne", "05 53"):
        assert secret not in str(row)


def test_the_service_goes_on_too(office, feed):
    """It asks each instance what is first, though it remembers that of others: here it moves."""
    feed.update(*(f"a{i:02}" for i in range(25))).publish()
    name = partner_file(office, feed.partner, "rpde", "/rpde", partner={"interval": "1s"})
    with office.daemon() as vigied:
        feed.partner.wait_for_requests(2, path="/rpde/25", ended="sent")
        asked = [e["path"] for e in feed.partner.requests() if e["path"].startswith("/rpde")]
        assert asked[:5] == ["/rpde", "/rpde/10", "/rpde/20", "/rpde/25", "/rpde/25"]
        feed.update("b1").delete("a03").publish()
        feed.partner.wait_for_requests(2, path="/rpde/27", ended="sent")
        assert "/rpde" not in [e["path"] for e in feed.partner.requests()]
        vigied.wait_log("complete", 4)
    assert "b1" in ids(office, name) and "a03" not in ids(office, name)
