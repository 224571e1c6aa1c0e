# SPDX-License-Identifier: Apache-2.0
"""Rounds in which the real programs are killed, or the disk or the clock below them fails, and what must hold after each.

Each answer of a partner is another version of its list: every title says which one, some listings come, some go.  After a
round `vigie check` finds nothing, nothing of the program's is left behind, neither processes nor files, and what readers see
of each partner is one version that was served, whole, and none older than they saw before.
"""
import collections
import contextlib
import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys
import time

from office import BUILD, GOOD, JOB_FAILED, SLOW, Daemon, Office, environment, wait_until
from peer import Peer, reply

KILLED = -9
PR_SET_CHILD_SUBREAPER = 36
SETTLE_EVERY = 10
FILES = {"vigie.conf", "partners.d", "credentials", "hit", "ahead", "catalogue.db-reserve", *(
    "catalogue.db" + part + log for part in ("", "-search") for log in ("", "-wal", "-shm"))}
CALLS = (10, 60, 120)  # the first ones are the run's own, the others move the WAL and feed the index
ENDINGS = {GOOD: "ended well", JOB_FAILED: "said so", KILLED: "killed"}


class Broken(Exception):
    """A promise that was not kept."""


def children():
    """Processes whose parent we are, or have become."""
    found = set()
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.add(int(stat.parent.name))
    return found


class Versions:
    """A partner whose list is another one at each answer."""

    def __init__(self, rng, count):
        self.rng, self.next_id, self.seen = rng, count, 0
        self.lists, self.stands, self.served = [set(range(count))], False, 0

    def page(self):
        """The next version, or the same one again, as a document."""
        self.served += 1
        if not self.stands:
            self.change()
        ids, title = self.lists[-1], f"version{len(self.lists) - 1}"
        return json.dumps({"items": [{"id": str(i), "title": title} for i in sorted(ids)], "total": len(ids)}).encode()

    def change(self):
        ids = set(self.lists[-1])
        ids -= set(self.rng.sample(sorted(ids), min(self.rng.randrange(4), len(ids) - 1)))
        come = self.rng.randrange(1, 4)
        ids |= set(range(self.next_id, self.next_id + come))
        self.next_id += come
        self.lists.append(ids)

    def look(self, rows):
        """Which version these rows are; Broken when they are none, or an older one than before."""
        titles = {title for _, title in rows}
        if len(titles) > 1:
            raise Broken(f"of several versions: {sorted(titles)}")
        version = int(titles.pop().removeprefix("version")) if titles else 0
        if not self.seen <= version < len(self.lists):
            raise Broken(f"version {version}, after {self.seen}; {len(self.lists) - 1} were served")
        there, wanted = {int(i) for i, _ in rows}, self.lists[version] if version else set()
        if there != wanted:
            raise Broken(f"of version {version}, lost: {sorted(wanted - there)[:5]}, invented: {sorted(there - wanted)[:5]}")
        self.seen = version
        return version


class Rounds:
    """An office whose partners are of such a kind, in a folder of its own.  said: what happened, and how often."""

    partners, listings = 1, 300
    may_go_back = False  # to a version that readers have left behind

    def __init__(self, folder, sim, rng):
        self.rng, self.said = rng, collections.Counter()
        self.office = Office(folder, sim)
        self.lists = {f"p{i}": Versions(rng, self.listings) for i in range(self.partners)}
        self.peer = Peer(self.answer).__enter__()
        for name in self.lists:
            self.office.partners[name] = {
                "partner": {"name": name, "theme": "Essai", "kind": "deal", "interval": "1s"},
                "request": {"url": self.peer.url(f"/{name}"), "allow_private": "yes"},
                "limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"runs": 1, "age": "0s", "brake_percent": 100},
                "json": {"items": "/items", "id": "/id", "total": "/total"}, "map": {"title": "/title"}}
            self.office.change(name)
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.ours = children()
        self.settle()
        self.settle()

    def answer(self, path):
        versions = self.lists.get(path[1:])
        return versions and reply(versions.page())

    def close(self):
        self.peer.__exit__()

    # ---- what must hold

    def settle(self):
        """A sync that nothing happens to: the catalogue is what the partners have."""
        self.peer.answered.clear()
        start = time.monotonic()
        process = self.start()
        answered = self.peer.answered.wait(60 * SLOW) and time.monotonic()
        if self.ended(process, 60 * SLOW) != GOOD:
            raise Broken("a sync that nothing happens to fails")
        self.usual_s, self.merge_s = time.monotonic() - start, time.monotonic() - (answered or start)
        self.look()
        for name, versions in self.lists.items():
            if versions.seen != len(versions.lists) - 1:
                raise Broken(f"{name} has version {versions.seen}, {len(versions.lists) - 1} were served")
            self.find(name, versions)

    def find(self, name, versions):
        """The full-text index has been fed: all of this version are found, and none of the last one."""
        for version, wanted in ((versions.seen, versions.lists[versions.seen]), (versions.seen - 1, set())):
            done = self.office.vigie("listings", "--partner", name, "--search", f"version{version}", "--json", "--limit", "100000")
            if done.returncode != GOOD or {int(r["external_id"]) for r in json.loads(done.stdout)} != wanted:
                raise Broken(f"{name}: a search for version{version} does not find what there is: {done.stdout[:200]}{done.stderr}")

    def look(self):
        """After each round.  Returns how many partners have another version than before."""
        self.nobody_stays()
        done = self.office.vigie("check", "--json")
        if done.returncode != GOOD:
            raise Broken(f"vigie check: {done.stdout + done.stderr}")
        left = {f.name for f in self.office.folder.iterdir()} - FILES
        if left:
            raise Broken(f"left behind: {sorted(left)}")
        before = {name: v.seen for name, v in self.lists.items()}
        for versions in self.lists.values() if self.may_go_back else ():
            versions.seen = 0
        rows = collections.defaultdict(list)
        for r in self.office.rows("SELECT partner, external_id, title FROM listings WHERE removed_at IS NULL"):
            rows[r["partner"]].append((r["external_id"], r["title"]))
        return sum(v.look(rows[name]) != before[name] for name, v in self.lists.items())

    def nobody_stays(self):
        """A moment after a program has ended, no process that it started is there."""
        def gone():
            for pid in children() - self.ours:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            return not children() - self.ours
        try:
            wait_until(gone, timeout=10)
        except AssertionError:
            lines = [pathlib.Path(f"/proc/{p}/cmdline").read_text().replace("\0", " ") for p in children() - self.ours]
            raise Broken(f"processes stay behind: {lines}") from None

    # ---- what happens

    def start(self, **env):
        return subprocess.Popen([BUILD / "vigie", "-c", self.office.file, "sync", "--all"], env=environment(**env),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def ended(self, process, timeout, kill=False):
        """How it ended; after `timeout` seconds it is killed, which is wrong unless that is wanted."""
        try:
            _, said = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
            if not kill:
                raise Broken(f"it does not end: {said.decode()[-400:]}") from None
        if process.returncode not in ENDINGS:
            raise Broken(f"it ended with {process.returncode}: {said.decode()[-400:]}")
        return process.returncode

    def wait_reads(self, vigied, enough=lambda: False):
        """Returns once it has read everybody twice more, or has ended, or that is enough."""
        served = {name: v.served for name, v in self.lists.items()}

        def over():
            return vigied.process.poll() is not None or enough() or all(v.served > served[n] + 1 for n, v in self.lists.items())
        try:
            wait_until(over, timeout=30)
        except AssertionError:
            raise Broken(f"vigied reads nobody: {vigied.log()[-400:]}") from None

    def run(self, n):
        """n rounds; how many were done in each step."""
        for i in range(n):
            while not self.round(i):
                pass
            if i % SETTLE_EVERY == SETTLE_EVERY - 1:
                self.settle()
            yield 1

    def count(self, how):
        self.said[how] += 1
        self.said["stored" if self.look() else "not stored"] += 1


class Killed(Rounds):
    """vigie sync, at any instant."""

    def strike(self):
        return self.ended(self.start(), self.rng.random() * self.usual_s, kill=True) == KILLED

    def round(self, i):
        """Only what was alive was killed."""
        killed = self.strike()
        self.count("killed" if killed else "too late")
        return killed


class Merging(Killed):
    """vigie sync, once it has the whole answer."""

    listings = 2000

    def strike(self):
        self.peer.answered.clear()
        process = self.start()
        self.peer.answered.wait(60 * SLOW)
        return self.ended(process, self.rng.random() * self.merge_s, kill=True) == KILLED


class Serving(Killed):
    """vigied, which reads a dozen partners again and again."""

    partners, listings = 12, 60

    def strike(self):
        with self.office.daemon() as vigied:
            with contextlib.suppress(subprocess.TimeoutExpired):
                vigied.process.wait(self.rng.random())
                raise Broken(f"vigied ended by itself: {vigied.log()[-400:]}")
            vigied.kill()
        return True


class Disk(Rounds):
    """vigie sync, and every other time vigied, above a disk that fails."""

    partners, listings = 3, 100
    kind = None

    def __init__(self, folder, sim, rng, kind):
        self.kind, self.mark = kind, folder / "hit"
        self.may_go_back = kind == "power"  # that may cost the last commits
        super().__init__(folder, sim, rng)

    def round(self, i):
        self.mark.unlink(missing_ok=True)
        at = self.rng.randrange(1, 6 if self.kind == "fsync" else self.rng.choice(CALLS))
        preload = ":".join(filter(None, [os.environ.get("LD_PRELOAD"), str(BUILD / "torture/faults.so")]))
        env = {"LD_PRELOAD": preload, "VIGIE_FAULT": f"{self.kind}:{at}", "VIGIE_FAULT_HIT": str(self.mark)}
        hit = self.serve(env) if i % 2 else self.sync(env)
        self.count("the fault came" if hit else "it did not come to it")
        return True

    def sync(self, env):
        self.said[ENDINGS[self.ended(self.start(**env), 60 * SLOW)]] += 1
        return self.mark.exists()

    def make_room(self):
        """On a disk that is full, or becomes full only now."""
        if self.kind == "enospc":
            self.mark.unlink(missing_ok=True)
        return False

    def serve(self, env):
        """Once it was hit, and a full disk has room again, it reads everybody, or it has ended."""
        vigied = Daemon(self.office, env=env)
        try:
            vigied.start(ready=False)
            self.wait_reads(vigied, self.mark.exists)
            hit = self.mark.exists()
            if hit and self.kind == "enospc":
                with contextlib.suppress(subprocess.TimeoutExpired):
                    vigied.process.wait(self.rng.random())
            self.wait_reads(vigied, self.make_room)
            status = vigied.stop() if vigied.process.poll() is None else vigied.process.returncode
            if status not in ENDINGS:
                raise Broken(f"vigied ended with {status}: {vigied.log()[-400:]}")
            self.said["vigied " + ENDINGS[status]] += 1
        finally:
            vigied.close()
        return hit


class Clock(Rounds):
    """vigied begins a day off what its catalogue was written with, and the clock jumps by a day while it works."""

    partners, listings = 3, 50
    DAY_S = 86400

    def __init__(self, folder, sim, rng):
        self.file, self.ahead_s = folder / "ahead", 0
        super().__init__(folder, sim, rng)
        for name, versions in self.lists.items():
            versions.stands = True
            self.office.change(name, removal={"runs": 2, "age": "24h"})

    def jump(self, days):
        """The calendar only: no machine sleeps."""
        self.ahead_s += days * self.DAY_S
        with open(self.file, "wb", buffering=0) as file:
            file.write(struct.pack("qq", self.ahead_s, 0))

    def round(self, i):
        """A day off at the start, then back, then off again to either side, and back."""
        days = self.rng.choice((-1, 1))
        self.ahead_s = 0
        self.jump(days)
        with self.office.daemon(LD_PRELOAD=BUILD / "torture/shifted_clock.so", SHIFTED_CLOCK=self.file) as vigied:
            self.wait_reads(vigied)
            for step in (-days, self.rng.choice((-1, 1))):
                self.jump(step)
                self.wait_reads(vigied)
                self.said["a day ahead" if step > 0 else "a day back"] += 1
        self.count("ended well")
        return True
