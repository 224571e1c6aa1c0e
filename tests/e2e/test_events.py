# SPDX-License-Identifier: Apache-2.0
"""Live: server-sent events, as http.client and curl read them."""
import http.client
import json
import shutil
import socket
import subprocess
import threading
import time

import pytest

from office import wait_until

LISTENERS_MAX = 64


class Listener:
    """Reads a stream of events on a thread of its own: .events, .comments, .retry; .ended once it is over."""

    def __init__(self, served, query="", **headers):
        self.events, self.comments, self.retry, self.ended = [], 0, None, False
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        self._connection.request("GET", "/events" + query, headers={k.replace("_", "-"): v for k, v in headers.items()})
        self.answer = self._connection.getresponse()
        self.status = self.answer.status
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        event = {}
        try:
            while line := self.answer.readline():
                name, colon, value = line.decode().rstrip("\n").partition(": ")
                if name == "retry":
                    self.retry = int(value)
                elif name == ":" or not name and colon:
                    self.comments += 1
                elif colon:
                    event[name] = value
                elif event:
                    self.events.append({**event, "data": json.loads(event["data"])})
                    event = {}
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.ended = True

    def wait(self, n, timeout=15):
        return wait_until(lambda: len(self.events) >= n and list(self.events), f"{n} events", timeout)

    def close(self):
        if self._connection.sock:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()


def changes(office):
    return [r["change"] for r in office.rows("SELECT change FROM changes ORDER BY change")]


def told(listener):
    return [e["data"]["data"]["change"] for e in listener.events if e["event"].startswith("listing.")]


@pytest.fixture
def boats(office, make):
    partner = make("plain", count=3, paging="none")
    office.add(partner, "boats", partner={"interval": "1s"})
    return partner


def test_live(office, boats):
    """Who listens is told at once, in the words that hooks hear; who comes back with the last id misses nothing."""
    office.sync("boats")
    with office.daemon_served() as served:
        first = Listener(served)
        assert first.status == 200 and first.answer.headers["Content-Type"] == "text/event-stream"
        assert "ETag" not in first.answer.headers and "no-cache" in first.answer.headers["Cache-Control"]
        wait_until(lambda: first.retry == 5000, "how long to wait before coming back")
        boats.change(1, title="Un")
        # Its verdict may come first.
        event, = wait_until(lambda: [e for e in first.events if e["event"] == "listing.changed"], "the change")
        assert event["data"]["type"] == "listing.changed" and event["data"]["specversion"] == "1.0"
        assert event["data"]["data"]["listing"]["properties"]["title"] == "Un"
        first.close()
        boats.change(1, title="Deux")
        before = len(changes(office))
        wait_until(lambda: len(changes(office)) > before, "a change that nobody hears")
        second = Listener(served, Last_Event_ID=event["id"])
        second.wait(1)
        boats.remove(1)
        wait_until(lambda: any(e["event"] == "listing.removed" for e in second.events), "the removal")
        wait_until(lambda: told(second) == [c for c in changes(office) if c > event["data"]["data"]["change"]], "all of them")
        everything = Listener(served, "?after=0")
        wait_until(lambda: {c for c in told(everything)} >= set(told(second)), "what is still so, from the beginning")
        assert [e["id"] for e in everything.events] == sorted((e["id"] for e in everything.events), key=lambda i: int(i.split("-")[0]))
        second.close()
        everything.close()


def test_resumes_after_a_restart(office, boats):
    office.sync("boats")
    with office.daemon_served() as served:
        listener = Listener(served)
        boats.change(1, title="Un")
        listener.wait(1)
        last = listener.events[-1]["id"]
        start = time.monotonic()
        assert served.stop() == 0 and time.monotonic() - start < 5
        wait_until(lambda: listener.ended, "the stream ends with the service")
    boats.change(1, title="Deux")
    office.sync("boats")
    with office.daemon_served() as served:
        again = Listener(served, Last_Event_ID=last)
        again.wait(1)
        wait_until(lambda: told(again) == [c for c in changes(office) if c > int(last.split("-")[0])], "what came meanwhile")
        again.close()


@pytest.mark.parametrize("odd", ["nonsense", "99999999-99999999", "1-99999", "-1-1", "", "1-2-3", "1-"])
def test_ids_that_are_not_ours(office, boats, odd):
    """From now on, then."""
    office.sync("boats")
    with office.daemon_served() as served:
        listener = Listener(served, Last_Event_ID=odd)
        wait_until(lambda: listener.retry, "the beginning")
        assert told(listener) == []
        boats.change(1, title="Un")
        wait_until(lambda: told(listener), "a change")
        assert told(listener) == changes(office)[-1:]
        listener.close()


def test_verdicts(office, boats):
    with office.daemon_served() as served:
        listener = Listener(served, "?after=0")
        wait_until(lambda: any(e["event"] == "partner.verdict" for e in listener.events), "a verdict")
        verdict = next(e for e in listener.events if e["event"] == "partner.verdict")
        assert verdict["data"]["data"]["verdict"] == "alive" and verdict["data"]["subject"] == "boats"
        again = Listener(served, Last_Event_ID=verdict["id"])
        wait_until(lambda: again.retry, "the beginning")
        boats.change(1, title="Un")
        wait_until(lambda: any(e["event"] == "listing.changed" for e in again.events), "the change")
        assert not any(e["event"] == "partner.verdict" for e in again.events), "it was told already"
        listener.close()
        again.close()


def test_much_that_is_no_longer_so(office, make):
    """Thousands of changes of which nothing is to be told are passed over in short looks, and the rest comes."""
    partner = make("plain", count=6000, paging="none")
    name = office.add(partner, "boats", partner={"interval": "1d"}, removal={"brake_percent": "100", "runs": "1"})
    office.sync(name)
    partner.remove(5990)
    office.sync(name)
    assert len(office.ids(name)) == 10
    with office.daemon_served() as served:
        listener = Listener(served, "?after=0")
        wait_until(lambda: len([e for e in listener.events if e["event"] == "listing.removed"]) == 5990, "the removals", 60)
        added = [e for e in listener.events if e["event"] == "listing.added"]
        assert {e["data"]["subject"] for e in added} == {f"boats:{i}" for i in office.ids(name)}
        listener.close()


def test_curl(office, boats):
    """curl -N shows events as they come."""
    if not shutil.which("curl"):
        pytest.skip("NOT TESTED, curl cannot be had")
    office.sync("boats")
    with office.daemon_served() as served:
        curl = subprocess.Popen(["curl", "-sN", "--compressed", f"{served.url}/events"], stdout=subprocess.PIPE, encoding="utf-8")
        assert curl.stdout.readline() == "retry: 5000\n"
        boats.change(1, title="Un")
        while curl.stdout.readline() != "event: listing.changed\n":
            pass
        assert curl.stdout.readline().startswith("id: ") and curl.stdout.readline().startswith('data: {"specversion"')
        curl.kill()
        curl.wait()


def test_too_many(office, boats):
    """There is room for so many; the others are asked to come later, and nobody else is harmed."""
    office.sync("boats")
    with office.daemon_served() as served:
        listeners = [Listener(served) for _ in range(LISTENERS_MAX)]
        assert {l.status for l in listeners} == {200}
        late = Listener(served)
        assert late.status == 503 and late.answer.headers["Retry-After"]
        boats.change(1, title="Un")
        for listener in listeners:
            listener.wait(1)
        listeners.pop().close()
        wait_until(lambda: Listener(served).status == 200, "room again")
        for listener in listeners:
            listener.close()


def test_who_does_not_read_is_dropped(office, make):
    """Its socket is full: it is let go, and others hear everything, and a comment when there is nothing to hear."""
    boats = make("plain", count=3000, paging="none")
    office.add(boats, "boats", partner={"interval": "30s"})
    with office.daemon_served("--speed", 30) as served:
        wait_until(lambda: len(changes(office)) == 3000, "listings", 60)
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", served.port))
            slow.sendall(b"GET /events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            listener = Listener(served, "?after=0")
            wait_until(lambda: len(told(listener)) == 3000, "all of it", 60)
            wait_until(lambda: listener.comments >= 3, "comments")
            wait_until(lambda: connections(served) == 1, "the other one is let go")
            boats.change(1, title="Un")
            wait_until(lambda: len(told(listener)) == 3001, "live again")
        listener.close()


def connections(served):
    """Established ones at the server's port, as the kernel has them."""
    lines = open("/proc/net/tcp", encoding="ascii").read().splitlines()[1:]
    ours = f"0100007F:{served.port:04X}"
    return sum(line.split()[1] == ours and line.split()[3] == "01" for line in lines)
