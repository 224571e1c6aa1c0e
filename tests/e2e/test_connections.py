# SPDX-License-Identifier: Apache-2.0
"""A connection is kept for each host, however many there are."""
import asyncio
import collections
import contextlib
import threading

import pytest
from office import SLOW, wait_until

PARTNERS = 300  # more than the sockets from which on they are spread over more of libcurl's handles
BODY = b'[{"id": 1, "title": "Gabare"}]'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
AS_BEFORE = b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"


class Hosts:
    """A server on every address of this machine."""
    def __init__(self):
        self.opened, self.live, self.asked = 0, 0, collections.Counter()

    async def answer(self, reader, writer):
        self.opened += 1
        self.live += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked[writer.get_extra_info("sockname")[0]] += 1
                writer.write(AS_BEFORE if b"If-None-Match" in head else ANSWER)
        self.live -= 1
        writer.close()

    async def run(self, started):
        server = await asyncio.start_server(self.answer, "0.0.0.0", 0, backlog=PARTNERS)
        self.port, self.end = server.sockets[0].getsockname()[1], asyncio.Event()
        self.loop = asyncio.get_running_loop()
        started.set()
        await self.end.wait()
        server.close()


@pytest.fixture
def hosts():
    served, started = Hosts(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(served.run(started)))
    thread.start()
    started.wait()
    yield served
    served.loop.call_soon_threadsafe(served.end.set)
    thread.join()


@pytest.mark.skipif(SLOW > 1, reason="three hundred processes of sanitizers take minutes")
def test_one_for_each_host(office, hosts):
    for i in range(PARTNERS):
        office.partner_file(f"p{i}").write_text(
            f"[partner]\nname = P{i}\nconnector = json\nkind = place\ninterval = 2s\n"
            f"[request]\nurl = http://127.0.{i // 200 + 1}.{i % 200 + 1}:{hosts.port}/list.json\nallow_private = yes\n"
            "[limits]\nrate_per_minute = 0\nmax_retries = 0\n[json]\nid = /id\n[map]\ntitle = /title\n", encoding="utf-8")

    def all_asked(times):
        return len(hosts.asked) == PARTNERS and min(hosts.asked.values()) >= times

    with office.daemon():
        wait_until(lambda: all_asked(3), "three polls of each", 60)
        assert hosts.live >= PARTNERS
        opened, asked = hosts.opened, min(hosts.asked.values())
        wait_until(lambda: all_asked(asked + 3), "three more", 60)
        assert hosts.opened == opened, f"{hosts.opened - opened} connections were opened again"
    assert len(office.rows("SELECT DISTINCT partner FROM listings")) == PARTNERS
