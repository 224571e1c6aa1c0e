# SPDX-License-Identifier: Apache-2.0
"""Partners do not get in each other's way, nor we in theirs."""
import json
import subprocess

import pytest

from office import BUILD, JOB_FAILED, environment, wait_until


def four_of_one_host(office, make):
    """A partner whose one host serves four partner files; a witness on another host."""
    crowded, witness = make(paging="next-url"), make(paging="next-url")
    names = [office.add(crowded, name=f"crowded{i}") for i in range(4)]
    return crowded, witness, [*names, office.add(witness)]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_requests_to_one_host_at_once(office, make, limit):
    crowded, witness, names = four_of_one_host(office, make)
    office.configure(fetch={"per_host": limit})
    crowded.hold()
    process = office.syncing(*names)
    crowded.wait_for_held(limit)
    witness.wait_for_requests(3, ended="sent")  # other hosts go on
    assert len(crowded.requests()) == crowded.info()["held"] == limit
    crowded.clear()
    output, _ = process.communicate(timeout=60)
    assert {r["outcome"] for r in json.loads(output)} == {"complete"}
    assert len(crowded.requests()) == 12


def test_the_default_is_two(office, make):
    crowded, witness, names = four_of_one_host(office, make)
    crowded.hold()
    process = office.syncing(*names)
    crowded.wait_for_held(2)
    witness.wait_for_requests(3, ended="sent")
    assert len(crowded.requests()) == 2
    crowded.clear()
    process.communicate(timeout=60)


def test_a_turn_that_does_not_come_in_time(office, make):
    """The budget of the host is spent by another partner there: this one was not asked, and nothing is said of it."""
    shared = make(count=3)
    first, late = [office.add(shared, name=name, limits={"rate_per_minute": 1, "run": "1s"}) for name in ("first", "late")]
    runs = office.sync(first, late)
    asked, waited = sorted(runs.values(), key=lambda run: run["outcome"])
    assert (asked["outcome"], asked["requests"]) == ("complete", 1), asked
    assert (waited["outcome"], waited["error_kind"], waited["requests"]) == ("failed", "system", 0), waited
    assert "its turn at this host" in waited["detail"] and len(shared.requests()) == 1


@pytest.mark.parametrize("again", [{}, {"max_retries": 3, "run": "5s"}], ids=["once", "again"])
def test_a_turn_that_came_and_no_answer(office, make, again):
    """It waited for its turn, and then for an answer: that is the partner's silence, though it waits for another turn."""
    shared = make(count=3)
    limits = {"rate_per_minute": 20, "request": "1s", **again}
    first, late = [office.add(shared, name=name, limits=limits) for name in ("first", "late")]
    shared.hold()
    runs = office.sync(first, late)
    assert {(run["outcome"], run["error_kind"], run["requests"]) for run in runs.values()} == {("failed", "timeout", 1)}, runs


@pytest.mark.parametrize("fault,options", [("tar-pit", {}), ("stall", {"where": "middle"}), ("drip", {"interval": 0.2}),
                                           ("hold", {})], ids=lambda v: v if isinstance(v, str) else "")
def test_a_slow_partner_delays_nobody(office, make, fault, options):
    slow, others = make(paging="next-url"), [make(paging="next-url") for _ in range(5)]
    slow.fault(fault, **options)
    for partner in [slow, *others]:
        office.add(partner, partner={"interval": "1s"})
    with office.daemon():
        wait_until(lambda: all(len(office.runs(p.name)) >= 3 for p in others), "three runs of all others")
        assert office.runs(slow.name) == [] and len(slow.requests()) == 1
        slow.clear()


def test_runs_of_one_partner_do_not_overlap(office, make):
    """It is due every second and takes longer: the next run waits for the end of this one."""
    slow, other = make(paging="next-url"), make(count=1)
    for partner in (slow, other):
        office.add(partner, partner={"interval": "1s"})
    slow.hold()
    with office.daemon():
        slow.wait_for_held()
        wait_until(lambda: len(office.runs(other.name)) >= 4, "runs of the other")
        assert len(slow.requests(scope="api")) == 1
        slow.clear()
        wait_until(lambda: len(office.runs(slow.name)) >= 2, "its runs")
    pages = [e["page"] for e in slow.requests(scope="api")]
    assert pages[:6] == [1, 2, 3, 1, 2, 3]


def test_the_same_partner_in_two_processes(office, make):
    """The service is reading it: the command is told so, and reads it afterwards."""
    partner, other = make(paging="next-url"), make()
    name, free = office.add(partner, partner={"interval": "1h"}), office.add(other, partner={"interval": "1h"})
    with office.daemon():
        wait_until(lambda: office.runs(name) and office.runs(free), "first runs")
        partner.hold()
        first = office.syncing(name)
        partner.wait_for_held()
        runs = office.sync(name, free, wait=False)
        assert (runs[name]["outcome"], runs[name]["error_kind"], runs[name]["exit"]) == ("not-stored", "busy", JOB_FAILED)
        assert runs[free]["outcome"] == "complete"
        done = office.vigie("accept", name)
        assert done.returncode == JOB_FAILED and "process" in done.stderr
        partner.clear()
        output, _ = first.communicate(timeout=60)
        assert json.loads(output)[0]["outcome"] == "complete"
    assert office.sync(name)["outcome"] == "complete"


def test_a_dead_process_holds_nobody_up(office, make):
    partner = make(paging="next-url")
    name = office.add(partner)
    partner.hold(page=2)
    process = office.syncing(name)
    partner.wait_for_held()
    process.kill()
    process.communicate()
    partner.clear()
    assert office.sync(name)["outcome"] == "complete"


def test_named_twice(office, make):
    partner = make()
    name = office.add(partner)
    done = subprocess.run([BUILD / "vigie", "-c", office.file, "sync", "--json", name, name], env=environment(),
                          capture_output=True, encoding="utf-8", timeout=60)
    assert len(office.runs(name)) == 1 and len(partner.requests()) == 1, done


def test_partners_are_spread_over_the_interval(office, make):
    """Forty partners with the same interval do not fire together, and a restart moves none of them."""
    partner = make(count=1)
    names = [office.add(partner, name=f"p{i}", partner={"interval": "1h"}) for i in range(40)]
    office.configure(fetch={"per_host": 40})
    office.sync("--all")
    planned = {r["partner"]: r["next_poll"] for r in office.rows("SELECT partner, next_poll FROM partners")}
    assert sorted(planned) == sorted(names)
    minutes = {t[:16] for t in planned.values()}
    assert len(minutes) >= 20, sorted(minutes)
    with office.daemon() as vigied:
        vigied.wait_said("STATUS=")
        assert office.rows("SELECT partner, next_poll FROM partners WHERE last_attempt > next_poll") == []
    office.sync("--all")
    again = {r["partner"]: r["next_poll"] for r in office.rows("SELECT partner, next_poll FROM partners")}
    assert {n: t[14:] for n, t in again.items()} == {n: t[14:] for n, t in planned.items()}, "the same minute and second"
