#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""peer_pages.py extruct|lxml SITEMAP DATABASE: the script that people write for schema.org data in the pages of a sitemap."""
import contextlib
import http.client
import json
import sqlite3
import sys
import urllib.parse

import lxml.etree
import lxml.html


def by_extruct(html, url):
    import extruct
    return extruct.extract(html, base_url=url, syntaxes=["json-ld"])["json-ld"]


def by_lxml(html, url):
    tree = lxml.html.fromstring(html)
    return [json.loads(text) for text in tree.xpath('//script[@type="application/ld+json"]/text()')]


def main(how, sitemap, path):
    read = {"extruct": by_extruct, "lxml": by_lxml}[how]
    server = http.client.HTTPConnection(urllib.parse.urlsplit(sitemap).netloc)

    def get(url):
        server.request("GET", urllib.parse.urlsplit(url).path)
        return server.getresponse().read()

    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE listing(id TEXT PRIMARY KEY, name, description, latitude, longitude, price)")
        for loc in lxml.etree.fromstring(get(sitemap)).iterfind(".//{*}loc"):
            for node in read(get(loc.text).decode(), loc.text):
                if node["@type"] == "VacationRental":
                    db.execute("INSERT OR REPLACE INTO listing VALUES(?, ?, ?, ?, ?, ?)",
                               (node["identifier"], node["name"], node["description"], node["geo"]["latitude"], node["geo"]["longitude"],
                                node["offers"]["price"]))


main(*sys.argv[1:])
