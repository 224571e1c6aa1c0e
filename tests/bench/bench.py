#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speed and memory beside peers, in the same run; figures, not tests.

    bench.py [sync|formats|pages|memory|streaming|idle|serve|polls|timers …] [--quick] [--rounds N] [--only NAME] [--data FOLDER]

Without a topic: all of them.  --quick: small numbers, to see that everything works; its figures say little.
--only: of the formats, this one.  --data keeps the generated data there for the next run (1.6 GB).
"""
import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import types

import bench_formats
import bench_idle
import bench_memory
import bench_pages
import bench_polls
import bench_serve
import bench_streaming
import bench_sync
import bench_timers
from harness import Failed, generate, raise_limits, say

TOPICS = {"sync": bench_sync, "formats": bench_formats, "pages": bench_pages, "memory": bench_memory, "streaming": bench_streaming,
          "idle": bench_idle, "serve": bench_serve, "polls": bench_polls, "timers": bench_timers}
SPACE = 8 << 30


def data_source(folder):
    """data(form, name, *words): generated once, then the same file or folder."""
    def data(form, name, *words):
        target = folder / name
        if not target.exists():
            say(f"making {name}")
            unfinished = folder / (name + ".part")
            if unfinished.is_dir():
                shutil.rmtree(unfinished)
            generate(form, unfinished, *words)
            unfinished.rename(target)
        return target
    return data


def machine():
    """What the figures were measured on; other work there shows in them."""
    model = [line.partition(": ")[2] for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return f"{len(model)} cores{', ' + model[0] if model else ''}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=" ".join(TOPICS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", metavar="FORMAT", help=" ".join(bench_formats.FORMATS))
    parser.add_argument("--data", type=pathlib.Path)
    args = parser.parse_args()
    if unknown := set(args.topics) - set(TOPICS):
        parser.error(f"there is no topic {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}")
    raise_limits()
    failed = []
    with tempfile.TemporaryDirectory(prefix="vigie-bench-", dir="/var/tmp") as temporary:
        if shutil.disk_usage(temporary).free < SPACE and not args.quick:
            sys.exit(f"bench: {temporary} needs {SPACE >> 30} GB")
        kept = (args.data or pathlib.Path(temporary) / "data").resolve()
        kept.mkdir(parents=True, exist_ok=True)
        for topic in args.topics or TOPICS:
            folder = pathlib.Path(temporary) / topic
            folder.mkdir()
            print(f"\n==== {topic} ({machine()})")
            say(topic)
            bench = types.SimpleNamespace(folder=folder, data=data_source(kept), quick=args.quick, only=args.only,
                                          rounds=args.rounds or (1 if args.quick else 3))
            try:
                TOPICS[topic].run(bench)
            except (Failed, AssertionError) as error:
                print(f"bench: {topic}: {str(error)[-1500:]}", file=sys.stderr)
                failed.append(topic)
            shutil.rmtree(folder)
        print(f"\n==== done ({machine()})")
    sys.exit(1 if failed else 0)


main()
