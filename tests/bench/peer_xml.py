#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""peer_xml.py URL DATABASE: the script that people write for an XML feed, with Python's own ElementTree and sqlite3."""
import contextlib
import sqlite3
import sys
import urllib.request
import xml.etree.ElementTree as ET

COLUMNS = ("title", "description", "url", "location/latitude", "location/longitude", "location/street", "location/zipcode",
           "location/city", "currency", "capacity", "review_average", "review_count", "updated_at", "type")


def rows(url):
    with urllib.request.urlopen(url) as answer:
        parts = ET.iterparse(answer, ("start", "end"))
        _, root = next(parts)
        for event, item in parts:
            if event == "end" and item.tag == "annonce":
                price = round(float(item.findtext("price_per_day").replace(",", ".")) * 100)
                yield [item.get("id"), item.find("pictures/picture").get("url"), price, *(item.findtext(c) for c in COLUMNS)]
                root.clear()


def main(url, path):
    names = ["id TEXT PRIMARY KEY", "image", "price", *(c.rpartition("/")[2] for c in COLUMNS)]
    changes = ", ".join(f"{c} = excluded.{c}" for c in names[1:])
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"CREATE TABLE IF NOT EXISTS listing({', '.join(names)})")
        db.executemany(f"INSERT INTO listing VALUES({', '.join('?' * len(names))}) ON CONFLICT(id) DO UPDATE SET {changes}", rows(url))


main(*sys.argv[1:])
