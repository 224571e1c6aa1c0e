# SPDX-License-Identifier: Apache-2.0
"""vigied is told to end while something does not: it is gone within five seconds, and the catalogue is that of the last complete run."""
import contextlib
import socket
import sqlite3
import time

import pytest

from mailbox import Mailbox
from office import SLOW, few, wait_until
from watching import Watching

STOP_S = 5


def stops(vigied):
    start = time.monotonic()
    assert vigied.stop() == 0, vigied.log()
    took = time.monotonic() - start
    assert "<3>" not in vigied.log() and took < STOP_S * SLOW, f"{took:.1f} s\n{vigied.log()}"


@pytest.mark.parametrize("fault,options", [("stall", {"where": "before"}), ("stall", {"where": "middle"}),
                                           ("drip", {"interval": 0.5, "bytes": 1}), ("tar-pit", {})])
def test_while_a_partner_keeps_it(office, make, fault, options):
    partner = make(count=30)
    name = office.add(partner, partner={"interval": "1s"})
    office.sync(name)
    before, runs = office.contents(name), office.runs(name)
    partner.change(5)
    partner.fault(fault, **options)
    asked = len(partner.requests())
    with office.daemon() as vigied:
        partner.wait_for_requests(asked + 1)
        stops(vigied)
    assert office.contents(name) == before and office.runs(name) == runs
    partner.clear()
    assert office.sync(name)["changed"] == 5


def is_written(office):
    """Whether somebody writes to the catalogue just now."""
    with contextlib.closing(sqlite3.connect(office.path, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        db.execute("ROLLBACK")
        return False


def test_while_it_merges(office, make):
    """All of it or nothing."""
    count = few(20_000)
    partner = make(count=count)
    name = office.add(partner, partner={"interval": "1s"})
    office.sync(name)
    before, runs = office.contents(name), office.runs(name)
    partner.change(partner.ids(), title="Un")
    asked = len(partner.requests(ended="sent"))
    with office.daemon() as vigied:
        partner.wait_for_requests(asked + 1, ended="sent")
        wait_until(lambda: is_written(office) or len(office.runs(name)) > len(runs), "the merge")
        stops(vigied)
    if len(office.runs(name)) == len(runs):
        assert office.contents(name) == before and office.runs(name) == runs
        assert office.sync(name)["changed"] == count
    titles = {r["title"] for r in office.listings(name).values()}
    assert titles == {"Un"} and office.runs(name)[-1]["outcome"] in ("complete", "not-modified")


@pytest.mark.parametrize("at", ["work", "rest"])
def test_while_another_program_locks_the_catalogue(office, make, at):
    """What waits for the lock is given up: a run that was read is read again after the start."""
    partner = make(count=30)
    name = office.add(partner, partner={"interval": "1s" if at == "work" else "24h"}, request={"conditional": "no"})
    office.sync(name)
    partner.change(5)
    with contextlib.closing(sqlite3.connect(office.path, timeout=20, isolation_level=None)) as db, \
            contextlib.closing(sqlite3.connect(f"{office.path}-search", timeout=20, isolation_level=None)) as index, \
            office.daemon(WATCHDOG_USEC=600_000) as vigied:
        if at == "work":
            wait_until(lambda: len(office.runs(name)) > 1, "it is at work")
        for each in db, index:
            each.execute("BEGIN EXCLUSIVE")
        before, runs = office.contents(name), office.runs(name)
        told = len(vigied.said("STATUS="))
        waits = ", 1 being read" if at == "work" else ", 0 being read"
        wait_until(lambda: any(waits in line for line in vigied.said("STATUS=")[told + 1:]), "nothing is stored any more")
        stops(vigied)
        assert office.contents(name) == before and office.runs(name) == runs
    assert office.sync(name)["outcome"] == "complete"
    assert office.one("SELECT count(*) FROM changes WHERE op = 'changed'") == 5


@pytest.mark.parametrize("place", ["greeting", "DATA", "end"])
def test_while_a_mail_server_keeps_it(office, make, place):
    with Mailbox() as post:
        watch = Watching(office, make, post).add("beau", "well", "well2")
        with watch.daemon(20000) as vigied:
            post.stall(place)
            watch.end("moved", "beau")
            post.wait_stalled()
            stops(vigied)
            post.release()


def test_while_a_visitor_takes_nothing(office, make):
    office.add(make(count=few(10_000)), name="many")
    office.sync("many")
    with office.daemon_served() as vigied, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", vigied.port))
        slow.sendall(b"GET /exports/all.csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(12) == b"HTTP/1.1 200"
        stops(vigied)
