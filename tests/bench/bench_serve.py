# SPDX-License-Identifier: Apache-2.0
"""A catalogue of 1,000,000 listings, read over HTTP: pages beside nginx with the same bytes in a file, questions, exports.

Two series of pages: one page again and again, which the server keeps, and thousands of different ones, which it
makes from the catalogue each time.
"""
import http.client
import random
import re
import socket
import time

from harness import (UNCONDITIONAL, Office, Promises, free_port, measure, median, need, nginx, say, spread, status_kib,
                     table)

PAGE_BYTES, CONNECTIONS, DIFFERENT = 20_000, 64, 4_000
ITEMS = "/collections/all/items"


def get(port, target):
    """(seconds, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    start = time.perf_counter()
    connection.request("GET", target, headers={"Accept": "application/geo+json"})
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - start
    connection.close()
    need(answer.status == 200, f"{target}: {answer.status} {body[:300]}")
    return seconds, body


def wrk(bench, port, target, seconds, script=None):
    """(requests a second, p99 in ms)"""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *(["-s", script] if script else []),
             f"http://127.0.0.1:{port}{target}"]
    text = measure(words, bench.folder / "wrk.log").output
    need("Non-2xx" not in text, f"wrk was refused:\n{text}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def a_page(port):
    """The limit that makes a page of PAGE_BYTES, and its bytes."""
    limit = 20
    for _ in range(4):
        _, body = get(port, f"{ITEMS}?limit={limit}")
        limit = max(1, round(limit * PAGE_BYTES / len(body)))
    return limit, get(port, f"{ITEMS}?limit={limit}")[1]


def script_of_pages(path, office, limit):
    """A script for wrk: pages that start everywhere in the catalogue."""
    listings = office.count("SELECT count(*) FROM listings")
    rows = list(range(1, listings, max(1, listings // DIFFERENT)))
    random.Random(1).shuffle(rows)
    base = office.count("SELECT partner_id FROM partner WHERE partner = 'array'") << 32
    targets = ",".join(f"'{ITEMS}?limit={limit}&after={base + r}'" for r in rows)
    path.write_text(f"local t = {{{targets}}}\nlocal i = 0\nfunction request()\n  i = i % #t + 1\n"
                    "  return wrk.format('GET', t[i])\nend\n", encoding="utf-8")


def pages(bench, office, port, promises):
    limit, body = a_page(port)
    (bench.folder / "site").mkdir(exist_ok=True)
    (bench.folder / "site" / "page.json").write_bytes(body)
    script = bench.folder / "pages.lua"
    script_of_pages(script, office, limit)
    seconds = 2 if bench.quick else 8
    found = {"nginx, the bytes in a file": [], "vigied, one page again": [], "vigied, pages all over": []}
    with nginx(bench.folder / "site", f"listen 127.0.0.1:PORT; {UNCONDITIONAL}") as peer:
        for _ in range(bench.rounds):
            found["nginx, the bytes in a file"].append(wrk(bench, peer, "/page.json", seconds))
            found["vigied, one page again"].append(wrk(bench, port, f"{ITEMS}?limit={limit}", seconds))
            found["vigied, pages all over"].append(wrk(bench, port, "/", seconds, script))
    table(f"Pages of {len(body):,} bytes ({limit} listings), {CONNECTIONS} connections", ["who", "requests/s", "p99, ms"],
          [(who, spread([r for r, _ in them], "{:,.0f}"), spread([p for _, p in them], "{:.1f}")) for who, them in found.items()])
    nginx_rate = median([r for r, _ in found["nginx, the bytes in a file"]])
    for who in ("vigied, one page again", "vigied, pages all over"):
        promises.at_least(f"{who}: share of nginx's rate", median([r for r, _ in found[who]]) / nginx_rate, 1 / 3, "{:.2f}")
        promises.at_most(f"{who}: p99", median([p for _, p in found[who]]), 6, "{:.1f} ms")
    return script


def while_writing(bench, office, port, script, promises):
    """p99 while 200,000 listings of another partner are read and stored by the same daemon."""
    latencies = []
    while not office.count("SELECT count(*) FROM runs WHERE partner = 'pages'"):
        latencies.append(wrk(bench, port, "/", 1, script)[1])
    table("p99 of each second while a first sync of 200,000 listings writes", ["what", "ms"],
          [("pages all over", spread(latencies, "{:.1f}"))])
    promises.at_most("p99 while a sync writes (median of the seconds)", median(latencies), 30, "{:.1f} ms")


def questions(bench, port, promises):
    draw = random.Random(2)

    def a_box():
        lon, lat = draw.uniform(-0.05, 0.45), draw.uniform(44.3, 44.75)
        return f"{ITEMS}?limit=50&bbox={lon:.5f},{lat:.5f},{lon + 0.006:.5f},{lat + 0.004:.5f}"

    kinds = {
        "box, 50 rows": (a_box, 3),
        "search for a rare word, 50 rows": (lambda: f"{ITEMS}?limit=50&q={draw.randrange(900_000)}", 3),
        "search, ranked, for a common word": (lambda: f"{ITEMS}?limit={draw.randrange(40, 51)}&q=garonne", 50),
        "one item": (lambda: f"{ITEMS}/array:{1_000_000 + draw.randrange(40_000)}", 3),
    }
    rows = []
    for what, (target, most) in kinds.items():
        times = sorted(get(port, target())[0] * 1000 for _ in range(11 if "common" in what else 100))
        rows.append((what, f"{median(times):.2f}", f"{times[len(times) * 99 // 100]:.2f}"))
        promises.at_most(what, median(times), most, "{:.2f} ms")
    table("Questions, one after the other, a connection each", ["what", "median ms", "p99 ms"], rows)


def export(bench, vigied, port, promises):
    before = status_kib(vigied.process.pid, "VmHWM")
    rows = []
    for name in ("geojson", "csv"):
        with socket.create_connection(("127.0.0.1", port), 60) as s:
            start = time.perf_counter()
            s.sendall(f"GET /exports/all.{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            got = len(s.recv(1 << 20))
            first = time.perf_counter() - start
            room = bytearray(1 << 20)
            while n := s.recv_into(room):
                got += n
            rate = got / 1e6 / (time.perf_counter() - start)
        rows.append((name, f"{got / 1e6:,.0f}", f"{first * 1000:.1f}", f"{rate:,.0f}"))
        promises.at_least(f"export as {name}, MB/s", rate, 200, "{:.0f}")
    after = status_kib(vigied.process.pid, "VmHWM")
    table("A whole export", ["format", "MB", "first bytes, ms", "MB/s"], rows)
    table("Memory of vigied", ["when", "peak MiB"], [("before the exports", f"{before / 1024:.1f}"), ("after", f"{after / 1024:.1f}")])


def run(bench):
    n, more = (50_000, 20_000) if bench.quick else (1_000_000, 200_000)
    port, promises = free_port(), Promises()
    site = bench.folder / "data"
    site.mkdir()
    (site / "array").symlink_to(bench.data("array", f"array-{n}", n))
    (site / "pages").symlink_to(bench.data("pages", f"pages-{more}-fresh", more, "--page-size", 1000))
    office = Office(bench.folder / "office", serve={"listen": f"127.0.0.1:{port}"})
    with nginx(site, f"listen 0.0.0.0:PORT; {UNCONDITIONAL}") as source:
        office.add("array", f"http://127.0.0.1:{source}/array", "1h", items="",
                   limits="max_wire = 2G\nmax_body = 2G\nrequest = 1h\nrun = 1h\n")
        say(f"a catalogue of {n:,} listings")
        measure(office.command("sync", "array"), bench.folder / "log")
        with office.daemon() as vigied:
            start = time.perf_counter()
            get(port, f"{ITEMS}?limit=1")
            say(f"the first page, with the tally of all listings: {time.perf_counter() - start:.2f} s")
            script = pages(bench, office, port, promises)
            questions(bench, port, promises)
            export(bench, vigied, port, promises)
            office.add("pages", f"http://127.0.0.2:{source}/pages/{{page}}.json", paging="total = /total\npaging = page\n")
            vigied.reload()
            while_writing(bench, office, port, script, promises)
            vigied.stop(300)
    promises.print()

