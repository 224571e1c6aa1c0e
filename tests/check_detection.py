#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the detector to its promises: check_detection.py FOLDER

FOLDER has score.py and train/ with real.csv, deaths.csv and labels.csv (docs/detection.md). Prints the scores beside the rules
of other tools, then how long a year of 1,000 partners takes; the exit status is 1 when a promise is broken.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
VIGIE = ROOT / os.environ.get("BUILD", "build") / "vigie"
YEAR_SECONDS = 2

PATTERN = re.compile(r"this detector\s+false-gone/partner-year\s+(?P<false>\S+)\s+alarm rows/partner-year\s+(?P<alarms>\S+)"
                     r"\s+gone: median\s+(?P<median>\S+) d p90\s+(?P<p90>\S+) d\s+found (?P<found>\d+)/(?P<ends>\d+)")


def replay(evidence, verdicts):
    with open(verdicts, "w", encoding="utf-8") as out:
        subprocess.run([VIGIE, "replay", evidence], stdout=out, check=True)
    return verdicts


def score(folder, work):
    """What the scorer says, with the detector's line."""
    train = folder / "train"
    outputs = [replay(train / f"{name}.csv", work / f"{name}.out") for name in ("real", "deaths")]
    return subprocess.run([sys.executable, folder / "score.py", train, *outputs], stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def replay_year(work):
    """Seconds for a made-up year of 1,000 partners, the best of three."""
    year = work / "year.csv"
    with open(year, "w", encoding="utf-8") as out:
        subprocess.run([sys.executable, ROOT / "tests/bench/generate_evidence.py", "1000", "365"], stdout=out, check=True)
    best = float("inf")
    for _ in range(3):
        start = time.monotonic()
        replay(year, work / "year.out")
        best = min(best, time.monotonic() - start)
    return best


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n", 1)[0])
    with tempfile.TemporaryDirectory(prefix="vigie-detection-") as folder:
        work = pathlib.Path(folder)
        text = score(pathlib.Path(sys.argv[1]), work)
        seconds = replay_year(work)
    print(text, end="")
    found = PATTERN.search(text)
    if found is None:
        sys.exit("the scorer did not say what was expected")
    got = {name: float(value) for name, value in found.groupdict().items()}
    promises = [
        ("at most 0.005 false « gone » a partner-year", got["false"] <= 0.005),
        ("at most one alarm row a partner-year", got["alarms"] <= 1),
        ("half of the gone partners within 3 days", got["median"] <= 3),
        ("90 % of them within 12 days", got["p90"] <= 12),
        ("every end found", got["found"] == got["ends"] > 0),
        (f"a year of 1,000 partners in {seconds:.2f} s, under {YEAR_SECONDS} s", seconds < YEAR_SECONDS),
    ]
    for promise, kept in promises:
        print(f"{'kept' if kept else 'BROKEN':7} {promise}")
    sys.exit(not all(kept for _, kept in promises))


if __name__ == "__main__":
    main()
