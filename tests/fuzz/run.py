#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs fuzz targets, one for each processor at a time, and sums them up: tests/fuzz/run.py BUILD SECONDS TARGET…

The seconds are of a processor, so a busy machine takes longer and tries no less.  Each target starts from the seeds of
tests/fuzz/seeds.sh and from what it found before (BUILD/corpus).  A finding is shown, and kept in BUILD.  The last line
is « N passed, N failed ».
"""
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")


def used(pid):
    """Seconds of a processor that a process has had."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def run(build, seconds, target):
    """(target, whether it ended well, how many inputs it tried, what it said)"""
    corpus = build / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    subprocess.run([HERE / "seeds.sh", target, corpus], check=True)
    # None of them outlives us.
    command = ["setpriv", "--pdeathsig", "KILL", build / "fuzz" / target, "-max_len=4096", "-print_final_stats=1", f"-artifact_prefix={build}/{target}-", corpus]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as fuzzer:
            while fuzzer.poll() is None:
                if used(fuzzer.pid) >= seconds:
                    fuzzer.send_signal(signal.SIGUSR1)  # after the input that it is at
                time.sleep(0.1)
        said.seek(0)
        text = said.read()
    tried = re.search(r"number_of_executed_units: (\d+)", text)
    return target, fuzzer.returncode == 0, int(tried.group(1)) if tried else 0, text


def main(build, seconds, *targets):
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for target, good, tried, text in pool.map(lambda t: run(pathlib.Path(build), float(seconds), t), targets):
            print(f"{target:16} {tried:9,} inputs" + ("" if good else ", a finding:\n" + text[-4000:]), flush=True)
            failed += not good
    print(f"{len(targets) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
