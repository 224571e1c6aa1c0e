#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An evidence file for « vigie replay »: generate_evidence.py [PARTNERS [DAYS [SEED]]] > FILE

Outages as often and as long as measured (docs/detection.md), contents that change every few days, a few ends.
"""
import datetime
import heapq
import random
import sys

DAY = 86400
OUTAGES_A_YEAR = 33.7
START = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)


def outage_seconds(rng):
    share = rng.random()
    if share < 0.09:
        return 6 * 3600 * (share / 0.09) ** (-1 / 1.2) if share > 1e-4 else 12 * DAY
    return rng.uniform(60, 6 * 3600 * (1 - share))


def partner(n, days, seed):
    """Rows of one partner, sorted by time."""
    rng = random.Random(seed * 1000003 + n)
    name, group = f"p{n:05}", f"g{n % 20:02}"
    rows = [(0, group, name, "http", "200"), (0, group, name, "site", "200"), (0, group, name, "dns", "ok"),
            (0, group, name, "shape", "ok")]
    t = 0.0
    while (t := t + rng.expovariate(OUTAGES_A_YEAR / 365.25 / DAY)) < days * DAY:
        rows.append((t, group, name, "http", rng.choice(["0", "0", "502", "403"])))
        t += outage_seconds(rng)
        rows.append((t, group, name, "http", "200"))
    t, count = 0.0, rng.randrange(20, 2000)
    while (t := t + rng.expovariate(1 / (3 * DAY))) < days * DAY:
        count = max(5, count + rng.randrange(-3, 4))
        rows.append((t, group, name, "listings", str(count)))
    dies = rng.uniform(0, 20 * 365 * DAY)
    rows = [r for r in rows if r[0] < min(dies, days * DAY)]
    if dies < days * DAY:
        rows += [(dies, group, name, "http", "0"), (dies, group, name, "site", "0")]
    rows.append((days * DAY, group, name, "end", ""))
    return sorted(rows, key=lambda r: r[0])


def main():
    partners, days, seed = (list(map(int, sys.argv[1:])) + [1000, 365, 1][len(sys.argv) - 1:])
    print("t,group,partner,signal,value")
    for t, *rest in heapq.merge(*(partner(n, days, seed) for n in range(partners)), key=lambda r: r[0]):
        print((START + datetime.timedelta(seconds=int(t))).strftime("%Y-%m-%dT%H:%M:%SZ"), *rest, sep=",")


if __name__ == "__main__":
    main()
