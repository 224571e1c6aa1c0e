# SPDX-License-Identifier: Apache-2.0
"""While 1,000,000 listings are read and stored, other partners are polled every second: how late at most?

vigied's own heart beat, made 50 a second by a short watchdog, says how late its timers fire.  nginx writes down
when each poll came in: how long a partner was left alone at most while the store was busy with the big one.
"""
import re

from harness import UNCONDITIONAL, Office, Promises, generate, need, nginx, say, table, wait_until

OTHERS = 10
BEAT_MS = 20


def pauses(log):
    """Seconds between each poll of one of the others and its next."""
    found, before = [], {}
    for line in log.read_text().splitlines():
        seconds, partner, path = line.split()
        if path == "/1.json":
            if partner in before:
                found.append(float(seconds) - before[partner])
            before[partner] = float(seconds)
    return sorted(found)


def run(bench):
    n = 100_000 if bench.quick else 1_000_000
    site = bench.folder / "site"
    generate("pages", site, 5)
    (site / "array").symlink_to(bench.data("array", f"array-{n}", n))
    office = Office(bench.folder / "office", level="info")
    log = site / "polls.log"
    with (nginx(site, f"listen 0.0.0.0:PORT; location = /array {{ {UNCONDITIONAL} }} access_log {log} polls;",
                http="log_format polls '$msec $server_addr $uri';") as port):
        office.add("array", f"http://127.0.0.1:{port}/array", "1s", items="",
                   limits="max_wire = 2G\nmax_body = 2G\nrequest = 1h\nrun = 1h\n")
        for i in range(OTHERS):
            office.add(f"p{i}", f"http://127.1.0.{i + 1}:{port}/1.json", "1s")
        with office.daemon(WATCHDOG_USEC=3 * BEAT_MS * 1000) as vigied:
            say("a first and a second run of the big one")
            wait_until(lambda: office.count("SELECT count(*) FROM runs WHERE partner = 'array' AND outcome = 'complete'") >= 2,
                       "the big one", 900)
            vigied.stop(900)
            told = re.search(r"timers at most (\d+) ms late", vigied.log())
    need(told, "vigied did not say how late its timers were")
    between = pauses(log)
    need(between, "no partner was polled twice")
    beat = int(told[1])
    table(f"vigied reads {n:,} listings twice; {OTHERS} others are polled every second", ["what", "figure"], [
        (f"beats of {BEAT_MS} ms, latest", f"{beat} ms"),
        ("polls of the others", len(between)),
        ("from one poll of a partner to its next: median", f"{between[len(between) // 2]:.2f} s"),
        ("99 of 100 within", f"{between[len(between) * 99 // 100]:.2f} s"),
        ("longest", f"{between[-1]:.2f} s")])
    promises = Promises()
    promises.at_most("a timer, late", beat, 50, "{:.0f} ms")
    promises.print()
