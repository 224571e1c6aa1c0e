#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs fuzz targets, a few at a time, and sums them up: tests/fuzz/run.py BUILD SECONDS TARGET…

Each starts from the seeds of tests/fuzz/seeds.sh and from what it found before (BUILD/corpus).  A finding is shown, and
kept in BUILD.  The last line is « N passed, N failed ».
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
AT_ONCE = 4 * (os.cpu_count() or 1)


def run(build, seconds, target):
    """(target, whether it ended well, how many inputs it tried, what it said)"""
    corpus = build / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    subprocess.run([HERE / "seeds.sh", target, corpus], check=True)
    done = subprocess.run([build / "fuzz" / target, f"-max_total_time={seconds}", "-max_len=4096", "-print_final_stats=1",
                           f"-artifact_prefix={build}/{target}-", corpus], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    tried = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    return target, done.returncode == 0, int(tried.group(1)) if tried else 0, done.stdout


def main(build, seconds, *targets):
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for target, good, tried, text in pool.map(lambda t: run(pathlib.Path(build), seconds, t), targets):
            print(f"{target:16} {tried:9,} inputs" + ("" if good else ", a finding:\n" + text[-4000:]), flush=True)
            failed += not good
    print(f"{len(targets) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
