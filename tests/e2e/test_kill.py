# SPDX-License-Identifier: Apache-2.0
"""Killed with SIGKILL at any instant: the catalogue is that of the last complete run, and work goes on by itself."""
import contextlib
import random
import signal
import sqlite3
import subprocess

import pytest

from office import few, wait_until

FILES = {"vigie.conf", "partners.d", "credentials", "catalogue.db", "catalogue.db-wal", "catalogue.db-shm",
         "catalogue.db-search", "catalogue.db-search-wal", "catalogue.db-search-shm"}


def sound(office):
    """Whether SQLite finds nothing wrong with the file."""
    with contextlib.closing(sqlite3.connect(office.path, timeout=10)) as db:
        return [row[0] for row in db.execute("PRAGMA integrity_check")] == ["ok"] and \
            db.execute("PRAGMA foreign_key_check").fetchall() == []


def changed(office, make, shape="yescapa"):
    """A partner that was read, and then changed in every way."""
    partner = make(shape)
    name = office.add(partner, partner={"interval": "1h"})
    office.sync(name)
    partner.change(20)
    partner.remove(3)
    partner.add(5)
    return partner, name


@pytest.mark.parametrize("page", [1, 2, 3, 4, 5])
def test_at_every_page(office, make, page):
    partner, name = changed(office, make)
    before, runs = office.contents(name), office.runs(name)
    partner.hold(page=page)
    process = office.syncing(name)
    partner.wait_for_held()
    process.kill()
    process.communicate()
    assert office.contents(name) == before and office.runs(name) == runs and sound(office)
    partner.clear()
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["changed"], run["missing"]) == ("complete", 5, 20, 3), run
    assert {f.name for f in office.folder.iterdir()} <= FILES


@pytest.mark.parametrize("page", [1, 3])
def test_in_the_very_first_run(bare_office, make, page):
    partner = make("yescapa")
    name = bare_office.add(partner)
    partner.hold(page=page)
    process = bare_office.syncing(name)
    partner.wait_for_held()
    process.kill()
    process.communicate()
    assert bare_office.contents(name) == [] and bare_office.runs(name) == []
    partner.clear()
    assert bare_office.sync(name)["added"] == 90


def test_in_a_first_run_that_is_written_while_it_is_read(office, make):
    """What it had loaded is seen by nobody, and is gone when the next run ends."""
    count = 3000
    partner = make(count=count, paging="page", page_size=500)
    partner.change(partner.ids(), text="Un lieu calme. " * 200)
    name = office.add(partner)
    partner.hold(page=6)
    process = office.syncing(name)
    partner.wait_for_held()
    wait_until(lambda: office.one("SELECT count(*) FROM listing") > 0, "the first segment in the catalogue")
    assert office.contents(name) == [] and office.runs(name) == []
    assert office.one("SELECT count(*) FROM changes") == 0
    process.kill()
    process.communicate()
    assert office.one("SELECT count(*) FROM listing") > 0, "nothing was loaded early: this test says nothing"
    assert office.contents(name) == [] and sound(office)
    partner.clear()
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["changed"]) == ("complete", count, 0), run
    assert office.ids(name) == sorted(map(str, partner.ids())) and sound(office)
    assert office.one("SELECT count(*) FROM changes") == office.one("SELECT count(*) FROM listing") == count
    assert office.sync(name)["changed"] == 0


@pytest.mark.parametrize("page", [1, 4])
def test_the_service_goes_on_by_itself(office, make, page):
    partner, name = changed(office, make)
    office.change(name, partner={"interval": "1s"})
    before = office.contents(name)
    partner.hold(page=page)
    with office.daemon() as vigied:
        partner.wait_for_held()
        vigied.kill()
    assert office.contents(name) == before and sound(office)
    partner.clear()
    with office.daemon():
        wait_until(lambda: len(office.runs(name)) > 1, "its next run")
    assert office.runs(name)[1]["added"] == 5 and office.runs(name)[1]["outcome"] == "complete"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(office, make, number):
    partner, name = changed(office, make)
    before, runs = office.contents(name), office.runs(name)
    partner.hold(page=3)
    process = office.syncing(name)
    partner.wait_for_held()
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode in (1, -number) and office.contents(name) == before and office.runs(name) == runs
    assert number == signal.SIGTERM or "interrupted" in said
    partner.clear()
    assert office.sync(name)["outcome"] == "complete"


def test_while_it_merges(office, make):
    """Twenty kills around the moment when 4,000 changes are stored: all of them are there, or none."""
    count, kills = 4000, max(few(20), 5)
    partner = make(count=count)
    partner.change(partner.ids(), title="version 0")
    name = office.add(partner)
    office.sync(name)
    rng = random.Random(47200)
    stored = killed = 0
    everything = partner.ids()
    for version in range(1, kills + 1):
        partner.change(everything, title=f"version {version}")
        changes = office.one("SELECT count(*) FROM changes")
        asked = len(partner.requests(ended="sent"))
        process = office.syncing(name)
        partner.wait_for_requests(asked + 1, ended="sent")
        with contextlib.suppress(subprocess.TimeoutExpired):  # a random instant of the 100 ms after it
            process.wait(rng.random() * 0.1)
        killed += process.poll() is None
        process.kill()
        process.communicate()
        (titles,) = office.rows("SELECT title, count(*) AS n FROM listings WHERE partner = ? AND removed_at IS NULL GROUP BY title", name)
        assert titles["n"] == count
        new = titles["title"] == f"version {version}"
        assert office.one("SELECT count(*) FROM changes") == changes + new * count
        assert (office.runs(name)[-1]["changed"] == count and office.runs(name)[-1]["outcome"] == "complete") or not new
        assert sound(office)
        stored += new
        if not new:
            assert office.sync(name)["changed"] == count
    assert killed >= kills // 4, f"{killed} of {kills} were alive when they were killed, {stored} had stored"


def test_while_it_makes_the_catalogue(bare_office, make):
    rng = random.Random(1)
    partner = make(count=50)
    name = bare_office.add(partner)
    for _ in range(10):
        process = bare_office.syncing(name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.random() * 0.03)
        process.kill()
        process.communicate()
    assert bare_office.sync(name)["outcome"] == "complete" and len(bare_office.ids(name)) == 50 and sound(bare_office)


def test_what_was_killed_can_be_found(office, make):
    """The full-text index is fed after the merge: a kill between the two loses nothing."""
    partner = make(count=3000)
    name = office.add(partner)
    rng = random.Random(2)
    for version in range(5):
        partner.change(partner.ids(), title=f"mot{version}")
        asked = len(partner.requests(ended="sent"))
        process = office.syncing(name)
        partner.wait_for_requests(asked + 1, ended="sent")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05 + rng.random() * 0.1)
        process.kill()
        process.communicate()
    office.sync(name)
    done = office.vigie("listings", "--search", "mot4", "--json", "--limit", "100000")
    assert done.returncode == 0 and done.stdout.count('"uid"') == 3000
    done = office.vigie("listings", "--search", "mot3", "--json")
    assert done.stdout.count('"uid"') == 0
