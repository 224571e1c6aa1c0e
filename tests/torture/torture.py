#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fault campaign: tests/torture/torture.py [--seed S] [KIND=N ...], all kinds by default, N times the default with N=.

A partner's 300 listings change in every round: a version in each title, some come, some go.  A round is a sync that something
happens to, then « vigie check », then a look at what readers see, which is the state before or the state after, whole; every tenth
round also a sync that nothing happens to, after which the catalogue is what the partner has: nothing lost, nothing invented.
The last line is « N passed, N failed »; a failure says how to repeat it.
"""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/e2e")]

from office import BUILD, GOOD, JOB_FAILED, Office, environment  # noqa: E402
from sim import settings  # noqa: E402
from sim.client import Simulator  # noqa: E402

LISTINGS = 300
CALLS = (10, 60)  # the first ones are the run's own, the others move the WAL and feed the index
KINDS = {"kill": 1000, "torn": 300, "fsync": 100, "short": 100, "eio": 200, "enospc": 200, "clock": 50, "bytes": 10000}
CONNECTORS = {  # what is broken, and the settings that read it
    "json": ('[{"id": "1", "name": "Gabarre"}, {"id": "2", "name": "Canoë"}]', {"json": {"items": "", "id": "/id"}, "map": {"title": "/name"}}),
    "csv": ("id;name\n1;Gabarre\n2;Canoë\n", {"csv": {"id": "/id"}, "map": {"title": "/name"}}),
    "xml": ("<a><o><id>1</id><n>Gabarre</n></o><o><id>2</id><n>Canoë</n></o></a>", {"xml": {"items": "/a/o", "id": "/id"}, "map": {"title": "/n"}}),
    "feed": ('<rss version="2.0"><channel><title>t</title><item><guid>1</guid><title>Gabarre</title><link>http://a.example/1</link></item>'
             "</channel></rss>", {}),
    "rpde": ('{"items":[{"state":"updated","kind":"k","id":"1","modified":1,"data":{"name":"Gabarre"}}],"next":"/rpde?afterChangeNumber=1"}',
             {"map": {"title": "/name"}}),
    "ical": ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20270101T100000Z\r\n"
             "SUMMARY:Marché\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", {}),
    "jsonld": ('<html><script type="application/ld+json">{"@context":"https://schema.org","@type":"Event","@id":"http://a.example/1",'
               '"name":"Marché","startDate":"2027-01-01"}</script></html>', {}),
    "gbfs": ('{"last_updated":1,"ttl":60,"version":"2.3","data":{"fr":{"feeds":[{"name":"station_information","url":"/s"}]}}}', {}),
    "watch": ("<html><title>Nous fermons</title><p>Ouvert</p></html>", {}),
}


class Broken(Exception):
    pass


class Campaign:
    def __init__(self, folder, sim, seed):
        self.rng, self.seed, self.sim = random.Random(seed), seed, sim
        self.office = Office(folder, sim)
        self.partner = sim.create("torture", shape="plain", count=LISTINGS)
        self.name = self.office.add(self.partner, removal={"runs": 1, "age": "0s", "brake_percent": 100})
        self.version = 0
        self.sync()
        self.change()
        start = time.monotonic()
        self.sync()
        self.usual_s = time.monotonic() - start
        self.said = collections.Counter()

    def sync(self):
        run = self.office.sync(self.name)
        if run["outcome"] not in ("complete", "not-modified"):
            raise Broken(f"a sync that nothing happens to: {run}")

    def seen(self):
        return {(r["external_id"], r["title"]) for r in self.office.listings(self.name).values()}

    def change(self):
        self.version += 1
        self.partner.remove(self.rng.randrange(4))
        self.partner.add(self.rng.randrange(1, 4))
        self.partner.change(self.partner.ids(), title=f"version {self.version}")
        return {(str(i), f"version {self.version}") for i in self.partner.ids()}

    def check(self):
        done = self.office.vigie("check", "--json")
        wrong = done.returncode != GOOD and done.stdout + done.stderr
        if wrong:
            raise Broken(f"vigie check: {wrong}")

    def struck(self, *words, kill_s=None, **env):
        """One sync that something happens to; how it ended."""
        process = subprocess.Popen([BUILD / "vigie", "-c", self.office.file, "sync", self.name, *words], env=environment(**env),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, said = process.communicate(timeout=kill_s or 60)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
            if kill_s is None:
                raise Broken("a sync that does not end") from None
        if process.returncode not in (GOOD, JOB_FAILED, -9):
            raise Broken(f"it ended with {process.returncode}: {said.decode()[-400:]}")
        return process.returncode

    def strike(self, kind):
        if kind == "kill":
            return self.struck(kill_s=self.rng.random() * self.usual_s)
        preload = ":".join(filter(None, [os.environ.get("LD_PRELOAD"), str(BUILD / "torture/faults.so")]))
        return self.struck(LD_PRELOAD=preload, VIGIE_FAULT=f"{kind}:{self.rng.randrange(1, 6 if kind == 'fsync' else self.rng.choice(CALLS))}")

    def round(self, kind, n):
        before, after = self.seen(), self.change()
        self.said[{GOOD: "ended well", JOB_FAILED: "said so", -9: "killed"}[self.strike(kind)]] += 1
        self.check()
        now = self.seen()
        here, gone = {i for i, _ in after}, {i for i, _ in before - now}
        merged = now == after
        self.said["the state after" if merged else "the state before"] += 1
        if now != before and not merged:
            raise Broken(f"neither before nor after: {len(now - before - after)} are of neither, {len(gone - here)} lost")
        if n % 10 == 9:
            self.sync()
            if self.seen() != after:
                raise Broken("after a sync that nothing happens to, the catalogue is not what the partner has")

    def clock(self, n):
        """The daemon's clock a day ahead, or behind, of what the catalogue was written with: nothing is removed, and it polls."""
        runs = len(self.office.runs(self.name))
        there = self.seen()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.rng.choice([-86400, 86400])))
        self.office.change(self.name, removal={"runs": 2, "age": "24h"}, partner={"interval": "1s"})
        with self.office.daemon("--from", at) as vigied:
            end = time.monotonic() + 30
            while len(self.office.runs(self.name)) < runs + 2:
                if time.monotonic() > end:
                    raise Broken(f"started at {at} it polls nobody: {vigied.log()[-400:]}")
                time.sleep(0.02)
        self.check()
        if self.seen() != there:
            raise Broken(f"started at {at} it changed what had not changed")
        self.said["ended well"] += 1

    # ---- bytes

    def mutate(self, body):
        data = bytearray(body.encode())
        for _ in range(self.rng.randrange(1, 6)):
            at, kind = self.rng.randrange(len(data)), self.rng.randrange(5)
            if kind == 0:
                data[at] ^= 1 << self.rng.randrange(8)
            elif kind == 1:
                del data[at:at + self.rng.randrange(1, 20)]
            elif kind == 2:
                data[at:at] = bytes(self.rng.randrange(256) for _ in range(self.rng.randrange(1, 20)))
            elif kind == 3:
                data[at:at] = data[at:at + 40] * self.rng.randrange(1, 50)
            else:
                data = data[:at + 1]
            data = data or bytearray(b"x")
        return bytes(data)

    def bytes(self, n):
        """One broken answer to each connector, all in one sync: none of them ends it, and the sound partner keeps all it has."""
        if not hasattr(self, "raw"):
            self.raw = {c: self.sim.create(f"raw-{c}", shape="raw") for c in CONNECTORS}
            for connector, (body, more) in CONNECTORS.items():
                settings.write(self.office.folder, f"raw-{connector}", {
                    "partner": {"name": connector, "theme": "Essai", "kind": "event", "connector": connector, "interval": "1h"},
                    "request": {"url": self.raw[connector].base_url + "/a", "allow_private": "yes"},
                    "limits": {"rate_per_minute": 0, "max_retries": 0}, **more})
            if self.office.vigie("check-config").returncode != GOOD:
                raise Broken(self.office.last.stdout + self.office.last.stderr)
        for connector, (body, _) in CONNECTORS.items():
            self.raw[connector].route("/a", self.mutate(body))
        there = self.seen()
        done = self.office.vigie("sync", "--json", *(f"raw-{c}" for c in CONNECTORS))
        if done.returncode not in (GOOD, JOB_FAILED) or len(json.loads(done.stdout)) != len(CONNECTORS):
            raise Broken(f"{done.returncode}: {done.stderr[-400:]}")
        self.said.update(r["outcome"] for r in json.loads(done.stdout))
        if n % 10 == 9:
            self.check()
        if self.seen() != there:
            raise Broken("the listings of another partner have changed")

    def run(self, kind, n):
        self.said.clear()
        for i in range(n):
            {"clock": self.clock, "bytes": self.bytes}.get(kind, lambda i: self.round(kind, i))(i)
            yield


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--share", type=float, default=1, help="of the default numbers")
    options.add_argument("kinds", nargs="*", metavar="KIND[=N]")
    args = options.parse_args()
    wanted = dict(k.partition("=")[::2] for k in args.kinds) or dict.fromkeys(KINDS, "")
    passed = failed = 0
    with Simulator(platforms="none", tls=True) as sim:
        for kind, number in wanted.items():
            n = int(number or max(1, KINDS[kind] * args.share))
            start, done, folder = time.monotonic(), 0, tempfile.mkdtemp(prefix="vigie-torture-")
            try:
                campaign = Campaign(pathlib.Path(folder), sim, args.seed)
                for _ in campaign.run(kind, n if kind != "bytes" else max(1, n // len(CONNECTORS))):
                    done += 1
            except (Broken, AssertionError, UnicodeDecodeError, ValueError) as error:
                failed += 1
                print(f"{kind}: round {done} of seed {args.seed}: {error}; kept: {folder}", flush=True)
            else:
                shutil.rmtree(folder)
            with contextlib.suppress(Exception):
                for partner in sim.partners():
                    sim.delete(partner.name)
            passed += done
            words = ", ".join(f"{k} {v}" for k, v in sorted(campaign.said.items()))
            print(f"{kind:8} {done:6} rounds in {time.monotonic() - start:.0f} s: {words}", flush=True)
    print(f"seed {args.seed}: repeat with --seed {args.seed}\n{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
