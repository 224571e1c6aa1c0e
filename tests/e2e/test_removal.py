# SPDX-License-Identifier: Apache-2.0
"""Deletion is a decision with evidence: the accidents that made other tools delete, and the removals that are right."""
import time

import pytest

from office import wait_until

PAGED = {"paging": "next-url"}


def filled(office, make, count=25, shape="plain", settings=PAGED, **sections):
    """A partner whose listings are all in the catalogue."""
    partner = make(shape, count=count, **settings)
    name = office.add(partner, **sections)
    assert office.sync(name)["added"] == count
    return partner, name


# ---- the twelve accidents.  Each sets a partner up so that a careless reader would delete; more removals than the brake
# allows would be held, so all but the last ones hide fewer than that.


def limited_run(office, partner, name):
    """Only a part is read, by the operator's own limit."""
    office.change(name, limits={"max_pages": 1})


def trial(office, partner, name):
    """« vigie try » reads one page and has no way to remove."""
    assert office.vigie("try", name).returncode == 0


def total_zero(office, partner, name):
    """A page that reports total 0."""
    partner.remove(3)
    partner.fault("total", to=0)


def bad_record(office, partner, name):
    """One record that cannot be read: its listing is there all the same."""
    partner.fault("bad-record", kind="broken-token", index=3)


def bad_record_without_id(office, partner, name):
    """One record that does not even say whose it is."""
    partner.fault("bad-record", kind="no-id", index=3)


def error_page(office, partner, name):
    """An error page with status 200, taken for data."""
    partner.fault("html", kind="maintenance", page=2)


def error_document(office, partner, name):
    """An error in JSON with status 200."""
    partner.fault("error-document", page=2)


def truncated_body(office, partner, name):
    """The second page breaks off in the middle."""
    partner.fault("close", where="middle", page=2)


def truncated_unnoticed(office, partner, name):
    """It breaks off, and HTTP sees nothing wrong."""
    partner.fault("prefix", page=3, part=0.7)


def empty_answer(office, partner, name):
    """A well-formed list of nothing."""
    partner.fault("empty-list")


def empty_body(office, partner, name):
    """200 and not one byte."""
    partner.fault("empty-body")


def empty_page(office, partner, name):
    """The last page comes empty, the total still counts it."""
    partner.fault("empty-list", page=3, total=None)


def shrinking_total(office, partner, name):
    """The total shrinks from page to page."""
    partner.remove(2)
    partner.fault("total", drift=-1)


def missing_partner(office, partner, name):
    """The partner's file is gone for a while."""
    office.add(office.sim.create(name + "b", shape="plain", count=1))
    settings = office.partners[name]
    office.drop(name)
    office.sync("--all")
    office.partners[name] = settings
    office.change(name)
    office.drop(name + "b")
    office.sim.delete(name + "b")


def missing_once(office, partner, name):
    """A listing is missing from one answer only."""
    gone = partner.remove(1)
    run = office.sync(name)
    assert (run["outcome"], run["missing"]) == ("complete", 1)
    partner.restore(gone)


def rotated_ids(office, partner, name):
    """Every identifier is another one."""
    partner.rotate_ids()


def changed_urls(office, partner, name):
    """Every address changed."""
    partner.new_urls()


def over_the_brake(office, partner, name):
    """More goes at once than the brake allows."""
    partner.remove(11)


ACCIDENTS = [limited_run, trial, total_zero, bad_record, bad_record_without_id, error_page, error_document, truncated_body,
             truncated_unnoticed, empty_answer, empty_body, empty_page, shrinking_total, missing_partner, missing_once,
             rotated_ids, changed_urls, over_the_brake]


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda f: f.__name__)
def test_accidents_remove_nothing(office, make, accident):
    partner, name = filled(office, make)
    before = set(office.ids(name))
    accident(office, partner, name)
    for _ in range(4):
        run = office.sync(name)
        assert run["removed"] == 0, run
    assert before <= set(office.ids(name))
    assert "removed" not in {op for op, _ in office.changes(name)}


@pytest.mark.parametrize("accident", [a for a in ACCIDENTS if a not in (rotated_ids, changed_urls)], ids=lambda f: f.__name__)
def test_after_an_accident_all_is_well(office, make, accident):
    """The fault is over, the partner has all its listings: none is missing, none was touched."""
    partner, name = filled(office, make)
    before = office.contents(name)
    accident(office, partner, name)
    office.sync(name)
    partner.clear()
    office.change(name, limits={"max_pages": None})
    partner.restore()
    run = office.sync(name)
    assert (run["outcome"], run["missing"], run["held"], run["added"]) == ("complete", 0, 0, 0), run
    for row in before:
        row.pop("source_updated_at")
    after = office.contents(name)
    for row in after:
        row.pop("source_updated_at")
    assert after == before and office.quarantine(name) == []


@pytest.mark.parametrize("paging", ["none", "page", "offset", "cursor", "link-header"])
@pytest.mark.parametrize("accident", [truncated_body, empty_answer, error_document, total_zero], ids=lambda f: f.__name__)
def test_accidents_with_other_paging(office, make, accident, paging):
    partner, name = filled(office, make, settings={"paging": paging}, json={"page_size": 10, "size_param": "page_size"}
                           if paging == "page" else {})
    accident(office, partner, name)
    for _ in range(3):
        assert office.sync(name)["removed"] == 0
    assert len(office.ids(name)) == 25


# ---- what accidents are called


@pytest.mark.parametrize("accident,outcome,kind,hold", [
    (limited_run, "partial", "limit", ""), (total_zero, "partial", "total", ""), (bad_record, "complete", "none", ""),
    (error_page, "partial", "format", ""), (error_document, "partial", "shape", ""),
    (truncated_body, "partial", "truncated", ""), (truncated_unnoticed, "partial", "truncated", ""),
    (empty_answer, "complete", "empty", "empty"), (empty_body, "failed", "format", ""), (empty_page, "partial", "total", ""),
    (shrinking_total, "partial", "total", ""), (rotated_ids, "complete", "none", "rotated"),
    (changed_urls, "complete", "none", ""), (over_the_brake, "complete", "none", "")], ids=lambda v: getattr(v, "__name__", ""))
def test_names_of_accidents(office, make, accident, outcome, kind, hold):
    partner, name = filled(office, make)
    accident(office, partner, name)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["hold"]) == (outcome, kind, hold), run
    ledger = office.runs(name)[-1]
    assert (ledger["outcome"], ledger["error_kind"]) == (outcome, None if kind == "none" else kind)
    assert kind == "none" or ledger["detail"]


# ---- removals that are right


@pytest.mark.parametrize("runs", [1, 2, 3])
def test_removed_after_so_many_complete_runs(office, make, runs):
    partner, name = filled(office, make, removal={"runs": runs})
    gone = [str(i) for i in partner.remove(2)]
    for n in range(1, runs):
        run = office.sync(name)
        assert (run["removed"], run["missing"]) == (0, 2), f"after {n} of {runs}"
    run = office.sync(name)
    assert (run["removed"], run["listings"]) == (2, 23)
    kept = office.listings(name, removed=True)
    assert {i for i, row in kept.items() if row["removed_at"]} == set(gone)
    assert all(kept[i]["title"] and kept[i]["removed_at"] >= kept[i]["last_seen"] for i in gone)
    assert office.changes(name)[-2:] == [("removed", i) for i in sorted(gone, key=int)]


def test_what_is_said_of_a_removal(office, make):
    partner, name = filled(office, make)
    partner.remove(2)
    assert "2 missing, not yet removed" in office.vigie("sync", name).stdout
    said = office.vigie("sync", name).stdout
    assert " -2" in said and "missing" not in said


def test_partial_runs_do_not_count(office, make):
    partner, name = filled(office, make)
    partner.remove(1)
    assert office.sync(name)["missing"] == 1
    partner.fault("status", page=2, status=500)
    for _ in range(3):
        assert office.sync(name)["outcome"] == "partial"
    assert len(office.ids(name)) == 25
    partner.clear()
    assert office.sync(name)["removed"] == 1


def test_not_before_the_age(office, make):
    partner, name = filled(office, make, removal={"age": "1s"})
    partner.remove(1)
    missed = time.time()
    assert office.sync(name)["removed"] == 0
    wait_until(lambda: office.sync(name)["removed"] == 1, "removal after 1 s")
    assert time.time() - missed >= 1


def test_the_default_age_is_a_day(office, make):
    partner, name = filled(office, make, removal={"age": None}, partner={"interval": "6h"})
    partner.remove(1)
    with office.daemon("--speed", 20000) as vigied:  # a day in 4.3 seconds
        row, = wait_until(lambda: office.rows("SELECT * FROM listings WHERE removed_at IS NOT NULL"), "removal")
    counted = office.rows("SELECT julianday(finished) AS at FROM runs WHERE seen = 24 ORDER BY run")
    removed = office.one("SELECT julianday(removed_at) FROM listings WHERE removed_at IS NOT NULL")
    assert 1 <= removed - counted[0]["at"] < 1.3, vigied.log()


def test_tombstones_act_at_once(office, make):
    partner, name = filled(office, make, settings={"paging": "next-url", "tombstones": True},
                           json={"tombstone": "/removed = true"})
    gone, = partner.remove(1)
    run = office.sync(name)
    assert (run["outcome"], run["seen"], run["removed"]) == ("complete", 25, 1)
    assert office.changes(name)[-1] == ("removed", str(gone))


def test_a_tombstone_waits_for_a_complete_run(office, make):
    partner, name = filled(office, make, settings={"paging": "next-url", "tombstones": True},
                           json={"tombstone": "/removed = true"})
    partner.remove([partner.ids()[0]])
    partner.fault("status", page=2, status=500)
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("partial", 0)
    partner.clear()
    assert office.sync(name)["removed"] == 1


def test_restored_on_return(office, make):
    partner, name = filled(office, make)
    first = office.listings(name)
    gone, = (str(i) for i in partner.remove(1))
    office.sync(name)
    assert office.sync(name)["removed"] == 1
    partner.restore()
    run = office.sync(name)
    assert (run["restored"], run["added"], run["listings"]) == (1, 0, 25)
    row = office.listings(name)[gone]
    assert row["removed_at"] is None and row["first_seen"] == first[gone]["first_seen"]
    assert office.changes(name)[-1] == ("restored", gone)


def test_a_window_never_removes(office, make):
    partner, name = filled(office, make, partner={"source": "window"})
    partner.remove(5)
    for _ in range(4):
        run = office.sync(name)
        assert (run["outcome"], run["removed"]) == ("complete", 0)
    assert len(office.ids(name)) == 25


def test_unchanged_answers_count_as_runs(office, make):
    """The partner withdraws a listing and then answers 304: nothing changed since the answer that misses it."""
    partner = make("baludik")
    name = office.add(partner)
    office.sync(name)
    partner.remove(1)
    assert office.sync(name)["missing"] == 1
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("not-modified", 1)


# ---- the brake and « vigie accept »


@pytest.mark.parametrize("count,gone,held", [(25, 10, 0), (25, 11, 11), (100, 20, 0), (100, 21, 21)])
def test_the_brake(office, make, count, gone, held):
    """More than 20 % and more than 10 listings wait."""
    partner, name = filled(office, make, count=count)
    partner.remove(gone)
    office.sync(name)
    run = office.sync(name)
    assert (run["held"], run["removed"], run["hold"]) == (held, gone - held, "brake" if held else ""), run


def test_the_brake_can_be_set(office, make):
    partner, name = filled(office, make, removal={"brake_percent": 10, "brake_count": 2})
    partner.remove(3)
    office.sync(name)
    assert office.sync(name)["held"] == 3
    office.change(name, removal={"brake_count": 3})
    assert office.sync(name)["removed"] == 3, "the brake is eased, and they go"


def test_accept_removes_what_is_held(office, make):
    partner, name = filled(office, make)
    gone = {str(i) for i in partner.remove(12)}
    office.sync(name)
    assert office.sync(name)["held"] == 12
    assert office.vigie("accept", name).returncode == 0, office.last
    assert set(office.ids(name)) == set(partner.ids())
    assert {i for op, i in office.changes(name) if op == "removed"} == gone
    run = office.sync(name)
    assert (run["held"], run["missing"], run["removed"]) == (0, 0, 0)


def test_what_is_held_comes_back(office, make):
    partner, name = filled(office, make)
    partner.remove(12)
    office.sync(name)
    assert office.sync(name)["held"] == 12
    partner.restore()
    run = office.sync(name)
    assert (run["held"], run["missing"], run["removed"], run["restored"]) == (0, 0, 0, 0)
    assert office.vigie("accept", name).returncode == 0 and len(office.ids(name)) == 25


def test_accept_after_a_rotation(office, make):
    partner, name = filled(office, make)
    old = set(office.ids(name))
    partner.rotate_ids()
    for _ in range(3):
        assert office.sync(name)["hold"] == "rotated"
    assert old < set(office.ids(name))
    assert office.vigie("accept", name).returncode == 0, office.last
    assert office.ids(name) == sorted(partner.ids())


def test_accept_of_an_empty_partner(office, make):
    partner, name = filled(office, make)
    partner.fault("empty-list")
    for _ in range(3):
        run = office.sync(name)
        assert (run["hold"], run["held"]) == ("empty", 25)
    assert office.vigie("accept", name).returncode == 0, office.last
    assert office.ids(name) == []


def test_empty_answers_count_for_nothing(office, make):
    """Three of them, and then a list without one listing: that is the first run that misses it."""
    partner, name = filled(office, make)
    fault = partner.fault("empty-list")
    for _ in range(3):
        office.sync(name)
    partner.clear(fault)
    partner.remove(1)
    run = office.sync(name)
    assert (run["removed"], run["missing"], run["held"]) == (0, 1, 0), run
    assert office.sync(name)["removed"] == 1


def test_nothing_to_accept(office, make):
    partner, name = filled(office, make)
    partner.remove(1)
    office.sync(name)
    office.vigie("accept", name)
    assert len(office.ids(name)) == 25, "what is missing but not held stays"
