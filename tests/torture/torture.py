#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fault campaign: tests/torture/torture.py [--seed S] [--share X] [--jobs N] [KIND[=N] ...]; all kinds by default.

The rounds of a kind are run in slices, each by a process with a network, a simulator and an office of its own, several at once.
Slice i has seed S + i, and « KIND=N --seed S » with N no more than a slice has is that slice again.  At the end a table says
what was done, also after an interrupt (SIGINT); the last line is « N passed, N failed », and the exit status 1 when one failed.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/e2e")]

import dark  # noqa: E402
import mutated  # noqa: E402
import rounds  # noqa: E402
from office import SLOW  # noqa: E402
from sim.client import Simulator  # noqa: E402

WITHIN = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "torture"]
SLICE_TIMEOUT_S = 1800


@dataclasses.dataclass(frozen=True)
class Kind:
    number: int    # of rounds
    slice: int     # that are done by one process
    make: object   # (folder, simulator, random numbers) -> what has run(n), said, close()
    about: str


def disk(number, kind, about):
    return Kind(number, 50, lambda *world: rounds.Disk(*world, kind), about)


KINDS = {
    "kill": Kind(1000, 100, rounds.Killed, "SIGKILL at any instant of « vigie sync »"),
    "merge": Kind(1000, 100, rounds.Merging, "SIGKILL of « vigie sync » once it has the whole answer"),
    "serve": Kind(300, 50, rounds.Serving, "SIGKILL of vigied, which reads a dozen partners"),
    "torn": disk(300, "torn", "half of a write gets to the disk, and the process is killed"),
    "short": disk(100, "short", "a write is short"),
    "eio": disk(200, "eio", "a write fails"),
    "enospc": disk(200, "enospc", "the disk is full from some write on"),
    "fsync": disk(100, "fsync", "a sync fails"),
    "power": disk(300, "power", "the machine loses its power: what was not synced is there or not, sector by sector"),
    "clock": Kind(50, 10, rounds.Clock, "the clock jumps a day, both ways, before and while vigied works"),
    "dark": Kind(60, 3, dark.Dark, "names, mail, partners and the control host fail at once"),
    "bytes": Kind(10000, 500, mutated.Mutated, "broken answers to every connector, that many to each"),
}


def run_slice(name, n, seed):
    """In a process of its own: prints what came of it as JSON."""
    said, done, failure = collections.Counter(), 0, None
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vigie-torture-"))
    with Simulator(platforms="none") as sim:
        work = None
        try:
            work = KINDS[name].make(folder, sim, random.Random(seed))
            for step in work.run(n):
                done += step
        except (rounds.Broken, AssertionError, ValueError) as error:
            failure = f"{type(error).__name__}: {error}; kept: {folder}"
        finally:
            if work:
                said = work.said
                work.close()
    if not failure:
        shutil.rmtree(folder)
    print(json.dumps({"done": done, "said": said, "failure": failure}))


def slices(wanted, share, seed):
    """[(kind, rounds, seed)], in turns, so that the last ones are not all of one kind."""
    found = []
    for name, number in wanted.items():
        left, i = int(number or max(1, KINDS[name].number * share)), 0
        while left > 0:
            found.append((i, name, min(left, KINDS[name].slice), seed + i))
            left, i = left - KINDS[name].slice, i + 1
    return [s[1:] for s in sorted(found, key=lambda s: s[0])]


def start_slice(name, n, seed, within):
    start = time.monotonic()
    command = [*within, sys.executable, __file__, "--slice", name, str(n), str(seed)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=SLICE_TIMEOUT_S * SLOW, check=False)
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        told = {"done": 0, "said": {}, "failure": f"status {done.returncode}: {done.stderr[-2000:]}"}
    if told["failure"]:
        print(f"{name}: round {told['done'] + 1} of {n} with seed {seed}: {told['failure']}\n"
              f"\tagain: make torture WHAT={name}={n} SEED={seed}", flush=True)
    return {**told, "kind": name, "seconds": time.monotonic() - start}


def report(results, seed, seconds):
    """Returns whether all is well."""
    total = collections.Counter()
    print(f"{'kind':8} {'rounds':>7} {'failed':>7} {'seconds':>8}  what happened")
    for name in KINDS:
        mine = [r for r in results if r["kind"] == name]
        if not mine:
            continue
        said = sum((collections.Counter(r["said"]) for r in mine), collections.Counter())
        sums = {"done": sum(r["done"] for r in mine), "failed": sum(bool(r["failure"]) for r in mine)}
        total.update(sums)
        words = ", ".join(f"{k} {v:,}" for k, v in sorted(said.items()))
        print(f"{name:8} {sums['done']:7,} {sums['failed']:7,} {sum(r['seconds'] for r in mine):8.0f}  {words}")
    print(f"seeds from {seed}, {seconds:.0f} s in all\n{total['done']} passed, {total['failed']} failed", flush=True)
    return total["failed"] == 0


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--share", type=float, default=1, help="of the default numbers")
    options.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="slices at once: they wait more than they work")
    options.add_argument("--slice", nargs=3, help=argparse.SUPPRESS)
    options.add_argument("kinds", nargs="*", metavar="KIND[=N]")
    args = options.parse_args()
    if args.slice:
        return run_slice(args.slice[0], *map(int, args.slice[1:]))
    wanted = dict(k.partition("=")[::2] for k in args.kinds) or dict.fromkeys(KINDS, "")
    if unknown := wanted.keys() - KINDS.keys():
        options.error(f"no such kind: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    within = WITHIN if subprocess.run([*WITHIN, "true"], capture_output=True, check=False).returncode == 0 else []
    if not within and wanted.pop("dark", None) is not None:
        print("dark: NOT RUN: it needs « ip » and the right to make a network of its own (unshare --net)", flush=True)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = [pool.submit(start_slice, *s, within) for s in slices(wanted, args.share, args.seed)]
        signal.signal(signal.SIGINT, lambda *_: [slice.cancel() for slice in waiting])
    results = [slice.result() for slice in waiting if not slice.cancelled()]
    if len(results) < len(waiting):
        print(f"INTERRUPTED: {len(waiting) - len(results)} of {len(waiting)} slices were not run", flush=True)
    good = report(results, args.seed, time.monotonic() - start)
    return int(not good or len(results) < len(waiting))


if __name__ == "__main__":
    sys.exit(main())
