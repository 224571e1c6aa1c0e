# SPDX-License-Identifier: Apache-2.0
"""Visitors who are slow, or many, or ask too much, harm nobody else: not the daemon, not the next who asks."""
import concurrent.futures
import contextlib
import json
import os
import select
import socket
import sqlite3
import time
import urllib.parse

import pytest

from office import SLOW, few, wait_until
from test_metrics import metrics, of
from test_serve import ask

MANY = few(20_000)
MEBIBYTE = 1 << 20


def connect(served, **options):
    s = socket.create_connection(("127.0.0.1", served.port), 30)
    for name, value in options.items():
        s.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    return s


def resident(served):
    """Memory of the service, in MiB."""
    with open(f"/proc/{served.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / MEBIBYTE


def peak(served):
    """The most that it ever was."""
    with open(f"/proc/{served.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def seconds(served, target="/metrics"):
    begin = time.monotonic()
    assert ask(served, target)[0] == 200
    return time.monotonic() - begin


def nobody_waits(served):
    """A scrape and a page for people are there at once, and the timers are on time."""
    for target in ("/metrics", "/", "/readyz"):
        times = sorted(seconds(served, target) for _ in range(9))
        assert times[4] < 0.1 * SLOW and times[-1] < SLOW, (target, times)
    assert of(metrics(served), "vigie_loop_lag_seconds") < 0.5 * SLOW


def multiply(office, n, text):
    """The one listing that there is, n times more, with this text."""
    with contextlib.closing(sqlite3.connect(office.path, timeout=20)) as db:
        db.execute("PRAGMA synchronous = OFF")
        columns = [row[1] for row in db.execute("PRAGMA table_info(listing)")]
        values = {"row": "l.row + n", "external_id": "'more-' || n", "description": "?2"}
        db.execute("WITH RECURSIVE number (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < ?1)"
                   f" INSERT INTO listing ({', '.join(columns)}) SELECT {', '.join(values.get(c, 'l.' + c) for c in columns)}"
                   " FROM number, listing l WHERE l.row = (SELECT min(row) FROM listing)", (n, text))
        db.execute("INSERT INTO change_log (at_ms, row, op) SELECT c.at_ms, l.row, c.op FROM listing l, change_log c"
                   " WHERE l.row NOT IN (SELECT row FROM change_log)")
        db.commit()


@pytest.fixture
def full(office, make):
    """full(n, text, key=…): the service, impatient, with so many listings."""
    def serve(n, text="", **keys):
        office.add(make("plain", count=1, paging="none"), "boats")
        office.sync("boats")
        multiply(office, n, text)
        office.configure(serve={"timeout": "1s", "question_timeout": "1s", **keys})
        return office.daemon_served()
    return serve


def ended(s, timeout=20):
    """Whether the server hangs up; what it says until then."""
    s.settimeout(timeout * SLOW)
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := s.recv(1 << 16):
            said += piece
    return said


# ---- those who are slow

@pytest.mark.parametrize("begin, drop", [
    (b"", b"G"), (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ", b"a"),
    (b"POST /partners/a/answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n", b"a")])
def test_a_request_in_drops(full, begin, drop):
    """It may take no longer than a silence: drops do not prolong it."""
    with full(1) as served, connect(served) as s:
        s.sendall(begin)
        start = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() - start < 20 * SLOW:
                s.sendall(drop)
                select.select([s], [], [], 0.05)  # hung up on, or time for the next
        assert time.monotonic() - start < 6 * SLOW


def export_without_reading(served):
    s = connect(served)
    s.sendall(b"GET /exports/all.geojson HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return s


def test_who_never_reads_an_export(full):
    """Memory stays flat, the others do not wait, and it is hung up on."""
    with full(MANY, "x" * 1000) as served:
        size = len(ask(served, "/exports/all.geojson")[2]) / MEBIBYTE
        assert size > few(20)
        before = resident(served)
        held = [export_without_reading(served) for _ in range(30)]
        nobody_waits(served)
        assert SLOW > 1 or resident(served) - before < 30 * 1.2, "each has a piece or two, not the whole"
        wait_until(lambda: of(metrics(served), "vigie_http_connections") <= 2, "they are gone")
        for s in held:
            said = ended(s)
            assert b"\r\n0\r\n\r\n" not in said[-20:] and len(said) < size * MEBIBYTE, "cut, and seen to be"
        assert len(ask(served, "/exports/all.geojson")[2]) / MEBIBYTE == size


def test_who_never_reads_keeps_nobody_out(full):
    """All connections are taken by exports that nobody reads, and their time is not over: the slowest make room."""
    with full(MANY, "x" * 1000, max_connections=3, timeout="1h") as served:
        held = []
        with contextlib.suppress(TimeoutError):  # until nobody is let in
            while len(held) < 60:
                held.append(export_without_reading(served))
                held[-1].settimeout(SLOW)
                assert held[-1].recv(1)
        assert ask(served)[0] == 200
        for s in held:
            s.close()


def test_who_never_reads_pages(full):
    """A page has an end by its bytes, and together they have as much memory as they may: those furthest behind go."""
    with full(few(20_000), "x" * 1000, timeout="1h", question_timeout="30s") as served:
        page = ask(served, "/rpde?limit=5000")[2]
        assert len(page) < 5 * MEBIBYTE
        before, held = resident(served), []
        for i in range(few(110)):
            held.append(connect(served, SO_RCVBUF=4096))
            held[-1].sendall(b"GET /rpde?limit=%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (5000 - i))
        if SLOW == 1:
            wait_until(lambda: of(metrics(served), "vigie_http_connections") < 60, "some of them are hung up on")
            assert peak(served) - before < 300
        nobody_waits(served)
        assert ask(served, "/rpde?limit=5000")[2] == page
        for s in held:
            s.close()


@pytest.mark.parametrize("target", ["/rpde?limit=5000", "/collections/all/items?limit=1000"])
def test_a_page_ends_by_its_bytes(full, target):
    """The next goes on where it ended, and nothing is left out."""
    with full(400, "x" * 50_000, question_timeout="1h") as served:
        pages, seen = 0, []
        while target:
            status, _, body = ask(served, target)
            assert status == 200, body
            page = json.loads(body)
            pages += 1
            seen += [i["id"] for i in page.get("items", page.get("features"))]
            links = [page["next"]] if page.get("items") else [k["href"] for k in page.get("links", []) if k["rel"] == "next"]
            target = links and "/" + links[0].split("/", 3)[3]
        assert pages > 4 and len(seen) == len(set(seen)) == 401


def test_who_reads_slowly_gets_all(full):
    """Slow is not silent: each piece that is taken gives it more time."""
    with full(few(3000), "x" * 1000) as served, connect(served, SO_RCVBUF=65536) as s:
        s.sendall(b"GET /exports/all.geojson HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        said, due = b"", time.monotonic()
        while piece := s.recv(65536):
            said += piece
            due += 0.02
            wait_until(lambda: time.monotonic() >= due)
        assert said.endswith(b"\r\n0\r\n\r\n")


def test_who_sends_while_it_never_reads(full):
    """evhttp would take all of it into memory."""
    with full(MANY, "x" * 1000, timeout="10s") as served:
        ask(served, "/exports/all.geojson")
        before = resident(served)
        with export_without_reading(served) as s:
            s.settimeout(1)
            sent = 0
            with contextlib.suppress(TimeoutError, ConnectionResetError, BrokenPipeError):
                while sent < 256 * MEBIBYTE:
                    sent += s.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10_000)
            assert sent < 64 * MEBIBYTE
            assert SLOW > 1 or resident(served) - before < 10
            nobody_waits(served)


# ---- those who are many

def test_many_who_hold_on(full):
    """More than there is room for, silent or half way through a request: whoever comes is let in."""
    with full(1, timeout="1h") as served:
        held = [connect(served) for _ in range(300)]
        for s in held[::2]:
            s.sendall(b"GET /livez HT")
        nobody_waits(served)
        assert of(metrics(served), "vigie_http_connections") <= 256 + 16
        for s in held:
            s.close()


@pytest.mark.parametrize("target", [b"/livez", b"/livez?f=nonsense", b"/assets/vigie.css"])
def test_who_does_not_wait_for_answers(full, target):
    """The first is answered, and the end of the connection says that the others are not."""
    with full(1, timeout="20s") as served:
        for n in (2, few(3000)):
            with connect(served) as s:
                s.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target * n)
                said = ended(s)
                assert said.count(b"HTTP/1.1 ") == 1 and b"Connection: close" in said
        nobody_waits(served)


def test_who_comes_after_somebody(full):
    """The number of a descriptor is given again: what a visitor sends is read by nobody but its own connection."""
    head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: %s\r\n\r\n"
    with full(1) as served:
        for i in range(8):
            for size in (1, 10_000):
                with connect(served) as s:
                    s.sendall(head % (b"a" * size))
                    assert ended(s, 2).startswith(b"HTTP/1.1 200"), (i, size)


# ---- those who ask too much

# Each of these looks long at each listing, and finds none.
LABOUR = " OR ".join(f"description LIKE '%{'x' * 80}{letter}'" for letter in "abcdefghijklmnopqrst")
SLOW_QUESTION = f"/collections/all/items?filter={urllib.parse.quote(LABOUR)}&limit="


@pytest.fixture
def laborious(full):
    """Listings each of which takes long to be looked through."""
    return full(200, "x" * 100_000, max_connections=400, question_timeout="2s")


def test_slow_questions_are_given_up(laborious):
    """They have all but one of the workers, which answers the others meanwhile."""
    with laborious as served:
        status, headers, body = ask(served, SLOW_QUESTION + "1")
        assert (status, json.loads(body)["code"]) == (503, "too-slow") and "ETag" not in headers
        with concurrent.futures.ThreadPoolExecutor(12) as visitors:
            begin = time.monotonic()
            slow = [visitors.submit(ask, served, f"{SLOW_QUESTION}{i + 2}") for i in range(12)]
            wait_until(lambda: of(metrics(served), "vigie_http_connections") > 12, "they are at it")
            nobody_waits(served)
            assert not all(s.done() for s in slow), "they were at it all the time"
            codes = [json.loads(s.result()[2])["code"] for s in slow]
            assert time.monotonic() - begin < 8 * SLOW, "each has its time from its arrival on, and does not wait for the others' first"
            assert [s.result()[0] for s in slow] == [503] * 12 and set(codes) == {"too-slow", "busy"}
            busy = next(s.result() for s in slow if json.loads(s.result()[2])["code"] == "busy")
            assert busy[1]["Retry-After"] == "5"
        assert ask(served, "/collections/all/items?limit=1")[0] == 200


def test_too_many_questions(laborious):
    """A queue has an end: whoever comes then is told so at once."""
    with laborious as served:
        held = []
        for i in range(280):
            held.append(connect(served))
            held[-1].sendall(f"GET {SLOW_QUESTION}{i + 1} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        last = [s.recv(100) for s in held[-5:]]
        assert all(s.startswith(b"HTTP/1.1 503") for s in last)
        for s in held:
            s.close()
        wait_until(lambda: ask(served)[0] == 200)


def test_a_connection_that_leaves_half_way(laborious):
    """What was asked is thrown away."""
    with laborious as served:
        for i in range(20):
            with connect(served) as s:
                s.sendall(f"GET {SLOW_QUESTION}{i + 1} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_until(lambda: of(metrics(served), "vigie_http_connections") <= 2, "they are gone", timeout=30)
        assert ask(served)[0] == 200
