#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The detector on traces that it was not tuned on, made from those that it was: cross_detection.py FOLDER [SEEDS]

FOLDER as for check_detection.py. Half of the partners; traces shifted apart; longer outages; other ends written into real traces.
Prints the detector's line of the scorer for each.
"""
import csv
import datetime
import pathlib
import random
import sys
import tempfile

from check_detection import score

HOUR, DAY = 3600, 86400
UTC = datetime.timezone.utc
RATES = [0.15, 0.3, 1, 3]  # changes of content a day
WATCHED_AFTER = 120 * DAY

# What an end, or what only looks like one, changes: (seconds after it, signal, value).
BOTH_SILENT = [(0, "http", "0"), (0, "site", "0")]
PARKED = [(3 * DAY, "http", "200"), (3 * DAY, "site", "200"), (3 * DAY, "dns", "parked"), (3 * DAY, "shape", "parked")]
MOVED = [(0, "http", "301"), (0, "site", "301"), (0, "redirect", "other.example")]
LIQUIDATED = [(-20 * DAY, "register", "liquidation"), *BOTH_SILENT, (14 * DAY, "register", "ceased")]
SEASON = [(0, "season", "closed"), (HOUR, "listings", "0"), (60 * DAY, "season", "open"), (60 * DAY + 2 * HOUR, "listings", "40")]
KINDS = {
    "refused": ("gone", BOTH_SILENT),
    "nxdomain": ("gone", [*BOTH_SILENT, (4 * DAY, "dns", "nxdomain")]),
    "wind-down": ("gone", [(-d * DAY, "listings", str(2 * d)) for d in range(60, -1, -1)] + BOTH_SILENT),
    "http-404": ("gone", [(0, "http", "404"), (0, "site", "404")]),
    "http-410": ("gone", [(0, "http", "410"), (0, "site", "410")]),
    "closing-page": ("gone", [(0, "shape", "closing")]),
    "parked": ("gone", [*BOTH_SILENT, *PARKED]),
    "register-ceased": ("gone", LIQUIDATED),
    "moved": ("moved", MOVED),
    "frozen": ("frozen", []),
    "access-lost": ("access-lost", [(0, "http", "401")]),
    "emptied": ("emptied", [(0, "listings", "0")]),
    "redesign": ("alive", [(0, "shape", "mismatch"), (6 * DAY, "shape", "ok")]),
    "season": ("alive", SEASON),
    "register-rescue": ("alive", [(0, "register", "rescue")]),
    "rebrand-same-api": ("alive", [(0, "site", "301"), (0, "site-redirect", "new.example")]),
}
QUIET = {"season": 60 * DAY, "redesign": 6 * DAY}  # look-alikes in which contents rest


def seconds(text):
    return int(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def iso(t):
    return datetime.datetime.fromtimestamp(int(t), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def load(path):
    """{partner: [(t, group, partner, signal, value)]}"""
    traces = {}
    with open(path, encoding="utf-8") as file:
        for r in csv.DictReader(file):
            traces.setdefault(r["partner"], []).append((seconds(r["t"]), r["group"], r["partner"], r["signal"], r["value"]))
    return traces


def fails(row):
    return row[3] == "http" and not 200 <= int(row[4]) < 400


def line(what, folder, real, deaths, labels):
    """Writes these traces where the scorer looks for them and prints what it says."""
    with tempfile.TemporaryDirectory(prefix="vigie-cross-") as work:
        work = pathlib.Path(work)
        (work / "train").mkdir()
        (work / "score.py").symlink_to((folder / "score.py").resolve())
        for name, traces in (("real", real), ("deaths", deaths)):
            rows = sorted((row for trace in traces.values() for row in trace), key=lambda row: (row[0], row[3] == "end"))
            text = "".join(",".join([iso(row[0]), *row[1:]]) + "\n" for row in rows)
            (work / "train" / f"{name}.csv").write_text("t,group,partner,signal,value\n" + text)
        with open(work / "train/labels.csv", "w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["file", "partner", "truth", "t", "kind"])
            writer.writeheader()
            writer.writerows(labels)
        said = next(text for text in score(work, work).splitlines() if text.startswith("this detector"))
    print(f"{what:30}{said[35:]}", flush=True)


def shifted(traces, by):
    return {p: [(row[0] + by[p], *row[1:]) for row in trace] for p, trace in traces.items()}


def stretched(trace, factor):
    """Its outages last so many times as long; what follows comes later."""
    rows, later, before, down = [], 0.0, trace[0][0], False
    for row in trace:
        later += (row[0] - before) * (factor - 1) if down else 0
        rows.append((row[0] + later, *row[1:]))
        before = row[0]
        down = fails(row) if row[3] == "http" else down
    return rows


def ends_down(rows):
    """Whether the last status among these rows is a failure."""
    return next((fails(row) for row in reversed(rows) if row[3] == "http"), False)


def changes(rng, start, stop, quiet):
    """Listings that change at a rate of their own, but not within `quiet`."""
    rate, count, t = rng.choice(RATES), rng.randrange(20, 500), float(start)
    while (t := t + rng.expovariate(rate / DAY)) < stop:
        count = max(10, count + rng.choice([-1, 0, 1]) * max(1, count // 50))
        if not quiet[0] <= t < quiet[1]:
            yield t, "listings", str(count)


def injected(trace, kind, rng):
    """(rows, label) of a trace that ends this way; None: it is too short for it."""
    start, end = trace[0][0], trace[-1][0]
    if end - start < WATCHED_AFTER:
        return None
    t = int(start + (end - start) * rng.uniform(0.5, 0.95))
    truth, happens = KINDS[kind]
    group, name = trace[0][1], f"{trace[0][2]}-{kind}"
    stop = t + WATCHED_AFTER
    known = [row for row in trace if row[3] != "end" and row[0] < (stop if truth == "alive" else t)]
    rows = [(row[0], row[3], row[4]) for row in known]
    if ends_down([row for row in known if row[0] < t]):
        rows.append((t - HOUR, "http", "200"))
    rows += [(start, "dns", "ok"), (start, "shape", "ok"), (start, "site", "200")]
    contents_stop = {"wind-down": t - 60 * DAY}.get(kind, stop if truth == "alive" else t)
    rows += changes(rng, start, contents_stop, (t, t + QUIET.get(kind, 0)))
    rows += [(t + after, signal, value) for after, signal, value in happens]
    rows.sort(key=lambda row: row[0])
    rows.append((stop, "end", ""))
    label = {"file": "deaths", "partner": name, "truth": truth, "t": iso(t), "kind": kind}
    return [(at, group, name, signal, value) for at, signal, value in rows], label


def main():
    folder = pathlib.Path(sys.argv[1])
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    real, deaths = load(folder / "train/real.csv"), load(folder / "train/deaths.csv")
    with open(folder / "train/labels.csv", encoding="utf-8") as file:
        labels = list(csv.DictReader(file))
    of_real = [label for label in labels if label["file"] == "real"]
    alive = [label["partner"] for label in of_real if label["truth"] == "alive"]

    for half in (0, 1):
        kept = set(sorted({*real, *deaths})[half::2])
        line(f"half {half + 1} of the partners", folder, {p: real[p] for p in real if p in kept},
             {p: deaths[p] for p in deaths if p in kept}, [label for label in labels if label["partner"] in kept])
    for seed in range(seeds):
        rng = random.Random(seed)
        by = {p: rng.randrange(300 * DAY) for p in [*real, *deaths]}
        moved = [{**label, "t": label["t"] and iso(seconds(label["t"]) + by[label["partner"]])} for label in labels]
        line(f"shifted apart, seed {seed}", folder, shifted(real, by), shifted(deaths, by), moved)
    for factor in (1.2, 1.5, 2, 3):
        longer = {p: stretched(real[p], factor) for p in alive}
        line(f"outages x {factor}", folder, longer, deaths, [label for label in labels if label["partner"] in longer
                                                           or label["file"] == "deaths"])
    for seed in range(seeds):
        rng = random.Random(1000 + seed)
        made = [injected(real[p], kind, rng) for p in alive for kind in rng.sample(sorted(KINDS), 6)]
        made = [m for m in made if m is not None]
        line(f"other ends, seed {seed}", folder, real, {label["partner"]: rows for rows, label in made},
             of_real + [label for _, label in made])


if __name__ == "__main__":
    main()
