# SPDX-License-Identifier: Apache-2.0
"""Conditional requests: ETag and Last-Modified as one pair, after a complete run only; 304 is « unchanged », no error."""
import pytest

from office import wait_until


def validators(entry):
    """(If-None-Match, If-Modified-Since) of a logged request."""
    return entry["headers"].get("if-none-match"), entry["headers"].get("if-modified-since")


def asked(partner):
    """The validators of each request since the log was cleared, which is then cleared again."""
    pairs = [validators(e) for e in partner.requests()]
    partner.clear_log()
    return pairs


@pytest.fixture
def hunts(office, make):
    """Baludik, read twice: one document with ETag and Last-Modified."""
    partner = make("baludik")
    name = office.add(partner)
    assert office.sync(name)["outcome"] == "complete"
    partner.clear_log()
    return partner, name


def paged(office, make, **sections):
    """Three pages with validators of their own, read once."""
    partner = make(paging="next-url", validators=True)
    name = office.add(partner, **sections)
    assert office.sync(name)["outcome"] == "complete"
    return partner, name


def test_the_pair_is_sent_after_a_complete_run(office, make):
    partner = make("baludik")
    name = office.add(partner)
    for wanted in ("complete", "not-modified", "not-modified"):
        run = office.sync(name)
        assert (run["outcome"], run["exit"], run["error_kind"]) == (wanted, 0, "none")
    first, second, third = asked(partner)
    assert first == (None, None) and second == third
    assert second[0].startswith('"') and second[1].endswith(" GMT")


def test_304_is_unchanged(office, hunts):
    partner, name = hunts
    before, count = office.contents(name), len(office.changes(name))
    run = office.sync(name)
    assert (run["outcome"], run["http_status"], run["requests"], run["seen"], run["listings"]) == ("not-modified", 304, 1, 0, 35)
    assert office.contents(name) == before and len(office.changes(name)) == count
    row, = office.rows("SELECT * FROM partners WHERE partner = ?", name)
    last = office.runs(name)[-1]
    assert last["outcome"] == "not-modified" and row["last_success"] == row["last_attempt"]
    assert {r["last_seen"] for r in office.listings(name).values()} == {last["started"]}, "unchanged is seen"


def test_a_change_is_read(office, hunts):
    partner, name = hunts
    partner.change(2)
    run = office.sync(name)
    assert (run["outcome"], run["changed"], run["seen"]) == ("complete", 2, 35)
    assert office.sync(name)["outcome"] == "not-modified"
    one, two = asked(partner)
    assert one[0] != two[0]


@pytest.mark.parametrize("fault", ["prefix", "html", "status", "bomb"])
def test_not_after_a_run_that_failed(office, make, fault):
    """What a failed or partial run was told is no proof of anything."""
    partner = make("baludik")
    name = office.add(partner, limits={"max_body": "1M"})
    partner.fault(fault, **{"bomb": {"megabytes": 20}}.get(fault, {}))
    assert office.sync(name)["outcome"] in ("failed", "partial")
    partner.clear()
    assert office.sync(name)["outcome"] == "complete"
    assert asked(partner) == [(None, None)] * 2


def test_a_partial_run_keeps_the_old_pair(office, hunts):
    """The document changes, breaks off, and is whole again: the old pair is what we have, and the change is read."""
    partner, name = hunts
    partner.change(1)
    partner.fault("prefix", part=0.5)
    assert office.sync(name)["outcome"] == "partial"
    partner.clear()
    assert office.sync(name)["outcome"] == "complete"
    assert {r["price_minor"] for r in office.listings(name).values()} <= {None, 500, 1000}
    assert office.sync(name)["outcome"] == "not-modified"


def test_not_after_a_killed_run(office, hunts):
    partner, name = hunts
    office.sync(name)
    known, = asked(partner)
    partner.change(3)
    partner.hold()
    process = office.syncing(name)
    partner.wait_for_held()
    process.kill()
    process.communicate()
    partner.clear()
    run = office.sync(name)
    assert (run["outcome"], run["changed"]) == ("complete", 3)
    assert asked(partner) == [known, known]


def test_one_of_the_two_is_enough(office, make):
    for header, position in (("ETag", 0), ("Last-Modified", 1)):
        partner = make(paging="none")
        value = {"ETag": '"abc-1"', "Last-Modified": "Sat, 03 Jan 2026 10:00:00 GMT"}[header]
        partner.fault("headers", set={header: value})
        name = office.add(partner)
        office.sync(name)
        office.sync(name)
        first, second = asked(partner)
        assert first == (None, None)
        assert (second[position], second[1 - position]) == (value, None)


def test_a_weak_etag_is_sent_as_it_came(office, make):
    partner = make(paging="none")
    partner.fault("headers", set={"ETag": 'W/"a b"'})
    name = office.add(partner)
    office.sync(name)
    office.sync(name)
    assert asked(partner)[1] == ('W/"a b"', None)


def test_every_page_has_its_own_pair(office, make):
    partner, name = paged(office, make)
    partner.clear_log()
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["seen"]) == ("not-modified", 3, 0)
    tags = [pair[0] for pair in asked(partner)]
    assert len(set(tags)) == 3 and None not in tags


@pytest.mark.parametrize("page", [1, 2, 3])
def test_one_changed_page_is_all_read_again(office, make, page):
    """Only what was read in a run counts as seen: after some 304s one 200 starts the reading again."""
    partner, name = paged(office, make)
    partner.change([partner.ids()[10 * (page - 1)]], title="Autrement")
    for entry in range(3):  # Last-Modified is the list's own in the simulator; ETag decides
        partner.clear_log()
        run = office.sync(name)
        if entry == 0:
            assert (run["outcome"], run["changed"], run["seen"], run["missing"]) == ("complete", 1, 25, 0), run
            statuses = [e["status"] for e in partner.requests()]
            assert statuses[:page] == [304] * (page - 1) + [200] and statuses[-3:] == [200] * 3
        else:
            assert run["outcome"] == "not-modified"


def test_an_unasked_304_proves_nothing(office, make):
    partner = make(paging="none")
    name = office.add(partner)
    office.sync(name)
    partner.remove(1)
    assert office.sync(name)["missing"] == 1
    partner.fault("status", status=304)
    for _ in range(3):
        run = office.sync(name)
        assert run["removed"] == 0, run
    assert len(office.ids(name)) == 25


def test_an_unasked_304_in_the_first_run(office, make):
    partner = make(paging="none")
    name = office.add(partner)
    partner.fault("status", status=304)
    run = office.sync(name)
    assert run["added"] == 0 and run["listings"] == 0
    partner.clear()
    assert office.sync(name)["added"] == 25


def test_conditional_can_be_switched_off(office, make):
    partner = make("baludik")
    name = office.add(partner, request={"conditional": "no"})
    for _ in range(2):
        assert office.sync(name)["outcome"] == "complete"
    assert asked(partner) == [(None, None)] * 2


def test_an_unasked_304_removes_nothing_that_is_ripe(office, make):
    partner = make(paging="none")
    name = office.add(partner, removal={"age": "1h"})
    office.sync(name)
    partner.remove(1)
    assert [office.sync(name)["removed"] for _ in range(2)] == [0, 0]
    office.change(name, removal={"age": "0s"})
    partner.fault("status", status=304)
    assert office.sync(name)["removed"] == 0
    partner.clear()
    assert office.sync(name)["removed"] == 1


def test_a_304_from_where_no_redirect_led_before(office, make):
    """What a server says of one document it does not say of another: that is asked for whole."""
    partner = make("raw")
    name = partner.name
    office.partners[name] = {
        "partner": {"name": name, "kind": "place", "connector": "json"}, "json": {"id": "/id"}, "map": {"title": "/title"},
        "request": {"url": partner.base_url + "/latest", "allow_private": "yes"}, "limits": {"rate_per_minute": 0}}
    office.change(name)
    partner.route("/latest", status=302, headers={"Location": "/a"})
    partner.route("/a", '[{"id": 1, "title": "Gabare"}]', headers={"Content-Type": "application/json", "ETag": '"1"'})
    assert office.sync(name)["added"] == 1
    partner.route("/a", status=304)
    partner.clear_log()
    assert office.sync(name)["outcome"] == "not-modified"
    assert asked(partner) == [('"1"', None)] * 2
    partner.route("/latest", status=302, headers={"Location": "/b"})
    partner.route("/b", status=304)
    office.sync(name)
    assert asked(partner) == [('"1"', None)] * 2 + [(None, None)] * 2


@pytest.mark.parametrize("change", [
    {"map": {"title": "/description"}}, {"request": {"url": None}}, {"request": {"query.lang": "fr"}}, {"normalise": {"language": "fr"}}],
    ids=["map", "url", "query", "normalise"])
def test_not_after_the_file_was_mended(office, hunts, change):
    """Read by other rules, or asked another question: the old answer says nothing about it."""
    partner, name = hunts
    if "url" in change.get("request", ()):
        change = {"request": {"url": partner.url + "?lang=fr"}}
    office.change(name, **change)
    assert office.sync(name)["outcome"] == "complete"
    assert asked(partner) == [(None, None)]


def test_post_is_never_conditional(office, make):
    partner = make("homeexchange", validators=True)
    name = office.add(partner)
    for _ in range(2):
        assert office.sync(name)["outcome"] == "complete"
    assert set(asked(partner)) == {(None, None)}


def test_compressed_transfer(office, make):
    partner = make("baludik")
    name = office.add(partner)
    run = office.sync(name)
    entry, = partner.requests()
    assert "gzip" in entry["headers"]["accept-encoding"]
    whole = len(partner.items()) * 300
    assert run["bytes"] < whole / 2 and run["bytes"] <= entry["bytes"]


# ---- a daemon that polls so often that a run goes by what the one before has left

SOMETHING_NEW = "something new"


def not_modified(office, name):
    return sum(r["outcome"] == "not-modified" for r in office.runs(name))


def more_of(office, name, n=5):
    """Waits for so many more polls that are answered 304."""
    wanted = not_modified(office, name) + n
    wait_until(lambda: not_modified(office, name) >= wanted, "polls that are answered 304")


@pytest.fixture
def busy(office, make):
    """Three pages and one, polled ten times a second; gives the daemon with it."""
    office.configure(log={"level": "debug"})
    pages, one = make(paging="next-url", validators=True), make("baludik")
    for partner in (pages, one):
        office.add(partner, partner={"interval": "1s"})
    with office.daemon("--speed", 10) as daemon:
        for partner in (pages, one):
            more_of(office, partner.name)
        yield daemon, pages, one


def test_what_is_new_is_read_whole(office, busy):
    daemon, pages, one = busy
    for n, partner in enumerate((one, pages), 1):
        before = office.contents(partner.name)
        partner.change(2)
        daemon.wait_log(f"{partner.name}: {SOMETHING_NEW}")
        wait_until(lambda: sum(r["changed"] for r in office.runs(partner.name)) == 2, "the change")
        more_of(office, partner.name)
        run, = (r for r in office.runs(partner.name) if r["changed"])
        assert run["outcome"] == "complete" and run["added"] + run["removed"] + run["quarantined"] == 0
        assert run["seen"] == len(before) == len(office.contents(partner.name))
        assert partner is pages or run["requests"] == 1, "what waits is not asked for again"
        assert daemon.log().count(SOMETHING_NEW) == n


def test_what_fails_meanwhile(office, busy):
    """An answer that is new and broken, or a run by hand: the partner is polled as ever after it, and nothing is lost."""
    _, _, one = busy
    before = office.ids(one.name)

    def changed():
        return sum(r["changed"] for r in office.runs(one.name))

    for n, fault in enumerate(("status", "empty-body", "html", "prefix", "reset"), 1):
        runs = len(office.runs(one.name))
        one.fault(fault)
        one.change(1)
        wait_until(lambda: any(r["outcome"] in ("failed", "partial") for r in office.runs(one.name)[runs:]), fault)
        one.clear()
        wait_until(lambda: changed() == n, f"the change after {fault}")
        more_of(office, one.name, 3)
    wait_until(lambda: office.vigie("sync", one.name).returncode == 0, "a run by hand")
    more_of(office, one.name)
    assert office.ids(one.name) == before and changed() == n
