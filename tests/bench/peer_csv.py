#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""peer_csv.py URL DATABASE: the script that people write for a CSV feed, with Python's own csv and sqlite3."""
import contextlib
import csv
import io
import sqlite3
import sys
import urllib.request

COLUMNS = ("id", "title", "description", "url", "image", "latitude", "longitude", "street", "zipcode", "city", "price", "currency",
           "capacity", "review_average", "review_count", "updated_at", "type")


def rows(url):
    with urllib.request.urlopen(url) as answer:
        for row in csv.DictReader(io.TextIOWrapper(answer, encoding="utf-8-sig", newline=""), delimiter=";"):
            row["price"] = round(float(row["price_per_day"].replace(",", ".")) * 100)
            yield [row[c] for c in COLUMNS]


def main(url, path):
    names, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
    changes = ", ".join(f"{c} = excluded.{c}" for c in COLUMNS[1:])
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"CREATE TABLE IF NOT EXISTS listing({names.replace('id', 'id TEXT PRIMARY KEY', 1)})")
        db.executemany(f"INSERT INTO listing VALUES({marks}) ON CONFLICT(id) DO UPDATE SET {changes}", rows(url))


main(*sys.argv[1:])
