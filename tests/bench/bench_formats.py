# SPDX-License-Identifier: Apache-2.0
"""The same 150,000 listings as one document of each format, some 100 MB, beside the tool that people reach for.

Each round runs all of them one after another: `vigie sync` on a fresh catalogue, then again without a change, then the
peers.  nginx sends whole answers, never 304.  A peer that only reads (and throws away what it read) is told so: it has
less to do.

A row for another format: a function in generate.py's DOCUMENTS, a Format here.
"""
import dataclasses
import json

from harness import HERE, MAP, UNCONDITIONAL, Office, count, measure, median, need, nginx, say, spread, table, thousands


@dataclasses.dataclass(frozen=True)
class Peer:
    """A command of the shell; {url}, {file} and {out} stand in it for the document and for a fresh file.  It is good when
    its output, or what `query` finds in that file, says the number of listings.  Its memory is known if it begins with exec."""
    name: str
    command: str
    query: str = ""
    quick: bool = True  # False: it needs minutes, so one round is all it gets


@dataclasses.dataclass(frozen=True)
class Format:
    connector: str
    sections: str  # of the partner's file
    peers: tuple[Peer, ...]
    document: str = ""  # its name in generate.py's DOCUMENTS, when that is not the connector's
    again: bool = True  # the second run sees everything again; False: nothing, for it asks what has changed


ROWS = "SELECT count(*) FROM listing"
RPDE_LAST = '{"next": "rpde-last", "license": "https://creativecommons.org/licenses/by/4.0/", "items": []}'

JSON = f"[json]\nid = /id\n[map]\n{MAP}"

PROGRAM = ("{title, description, url, image_url: .pictures[0].url, latitude: .location.latitude, longitude: .location.longitude,"
           " street: .location.street, postcode: .location.zipcode, locality: .location.city, price: .price_per_day, currency,"
           ' price_unit: "day", capacity, rating: .review_average, rating_count: .review_count, source_updated_at: .updated_at,'
           " properties: {type}}")
JQ = "[json]\nid = /id\n[jq]\nprogram = " + PROGRAM.replace(", street", ",\n  street").replace(", price_unit", ",\n  price_unit") + "\n"

CSV = """[csv]
id = /id
[map]
title = /title
description = /description
url = /url
image_url = /image
latitude = /latitude
longitude = /longitude
street = /street
postcode = /zipcode
locality = /city
price = /price_per_day
currency = /currency
price_unit = "day"
capacity = /capacity
rating = /review_average
rating_count = /review_count
source_updated_at = /updated_at
properties.type = /type
"""

XML = """[xml]
items = /annonces/annonce
id = /@id
total = /annonces/@total
[map]
title = /title
description = /description
url = /url
image_url = /pictures/picture/@url
latitude = /location/latitude
longitude = /location/longitude
street = /location/street
postcode = /location/zipcode
locality = /location/city
price = /price_per_day
currency = /currency
price_unit = "day"
capacity = /capacity
rating = /review_average
rating_count = /review_count
source_updated_at = /updated_at
properties.type = /type
"""

FORMATS = {
    "json": Format("json", JSON, (
        Peer("jq (reads only)", "curl -sf {url} | jq -c '.[]' | wc -l"),
        Peer("jq --stream (reads only)", "curl -sf {url} | jq -cn --stream 'fromstream(1|truncate_stream(inputs))' | wc -l", quick=False),
        Peer("python json (reads only)", "exec python3 -c \"import json; print(len(json.load(open('{file}'))))\""),
    ), document="array"),
    "jq": Format("json", JQ, (
        Peer("jq, the same program (reads only)", f"curl -sf {{url}} | jq -c '.[] | {PROGRAM.replace('{', '{{').replace('}', '}}')}' | wc -l"),
    ), document="array"),
    "tourinsoft": Format("tourinsoft-odata", "[json]\npaging = none\n", (
        Peer("jq, taking texts apart (reads only)", "curl -sf {url} | jq -c '.value[] | [.SyndicObjectID, (.MoyenDeCom | split(\"#\")[] | split(\"|\")"
             " | select(.[0] == \"Site web (URL)\")[1]), (.Photos | split(\"#\")[0] | split(\"|\")[0])]' | wc -l"),
    ), document="packed"),
    "gzip": Format("json", JSON, (
        Peer("curl, gunzip, jq (reads only)", "curl -sf {url} | gunzip | jq -c '.[]' | wc -l"),
        Peer("python gzip, json (reads only)", "exec python3 -c \"import gzip, json; print(len(json.load(gzip.open('{file}'))))\""),
    )),
    "zip": Format("json", JSON.replace("[json]", "[json]\ndocument = item"), (
        Peer("curl, unzip -p, jq (reads only)", "curl -sf {url} > {out}.zip; unzip -p {out}.zip | jq -c .id | wc -l"),
        Peer("curl, bsdtar -x, jq (reads only)", "curl -sf {url} | bsdtar -xOf - | jq -c .id | wc -l"),
        Peer("python zipfile, json (reads only)", "exec python3 -c \"import json, zipfile; z = zipfile.ZipFile('{file}'); "
             "print(sum('id' in json.loads(z.read(name)) for name in z.namelist()))\""),
    )),
    "csv": Format("csv", CSV, (
        Peer("python csv, sqlite3", f"exec {HERE}/peer_csv.py {{url}} {{out}}", ROWS),
        Peer("curl, sqlite3 .import", "curl -sf {url} > {out}.csv; sqlite3 {out} '.mode csv' '.separator ;' '.import {out}.csv listing'",
             ROWS),
        Peer("curl, sqlite-utils upsert", "curl -sf {url} | sqlite-utils upsert {out} listing - --csv --delimiter ';' --pk id", ROWS),
        Peer("curl, csvkit csvsql --insert", "curl -sf {url} | csvsql -d ';' -y 0 -I --db sqlite:///{out} --tables listing --insert",
             ROWS, quick=False),
        Peer("curl, csvkit csvjson (reads only)", "curl -sf {url} | csvjson -d ';' -y 0 -I --stream | wc -l"),
    )),
    "xml": Format("xml", XML, (
        Peer("curl, xmllint --stream --pattern (reads only)", "curl -sf {url} | xmllint --stream --pattern annonces/annonce - | grep -c matches"),
        Peer("python ElementTree, sqlite3", f"exec {HERE}/peer_xml.py {{url}} {{out}}", ROWS),
    )),
    "feed": Format("feed", "", (
        Peer("curl, xmllint --stream --pattern (reads only)", "curl -sf {url} | xmllint --stream --pattern rss/channel/item - | grep -c matches"),
        Peer("python feedparser (reads only)",
             "exec /usr/bin/python3 -c \"import feedparser; print(len(feedparser.parse('{file}').entries))\"", quick=False),
    ), document="rss"),
    "ical": Format("ical", "[normalise]\ntimezone = Europe/Paris\n", (
        Peer("python icalendar (reads only)", "exec /usr/bin/python3 -c \"import icalendar; "
             "print(len(list(icalendar.Calendar.from_ical(open('{file}', 'rb').read()).walk('VEVENT'))))\"", quick=False),
    )),
    "gbfs": Format("gbfs", "", (
        Peer("jq (reads only)", "curl -sf {url} | jq -c '.data.stations[]' | wc -l"),
        Peer("python json (reads only)", "exec python3 -c \"import json; print(len(json.load(open('{file}'))['data']['stations']))\""),
    )),
    "rpde": Format("rpde", "", (
        Peer("jq (reads only)", "curl -sf {url} | jq -c '.items[]' | wc -l"),
        Peer("python json (reads only)", "exec python3 -c \"import json; print(len(json.load(open('{file}'))['items']))\""),
    ), again=False),
}


class Vigie:
    def __init__(self, bench, name, form, url):
        self.office = Office(bench.folder / f"{name}-vigie")
        self.office.write("document", url, form.sections, form.connector, limits="max_wire = 2G\nmax_body = 2G\nrequest = 1h\nrun = 1h\n")

    def sync(self, n, seen):
        used = measure(self.office.command("sync", "--json", "document"), self.office.folder / "log")
        (said,) = json.loads(used.output)
        need((said["outcome"], said["seen"], said["listings"]) == ("complete", seen, n), f"vigie: {said}")
        return used


def ask_peer(bench, peer, url, file, n):
    out = bench.folder / "peer.db"
    for path in bench.folder.glob("peer.db*"):
        path.unlink()
    used = measure(peer.command.format(url=url, file=file, out=out), bench.folder / "peer.log", in_shell=True)
    found = count(out, peer.query) if peer.query else int(used.output)
    need(found == n, f"{peer.name} found {found} of {n} listings")
    return used


def collect(bench, name, form, url, n):
    """{what: [usage of each round]}"""
    used, vigie, file = {}, Vigie(bench, name, form, url), bench.folder / name
    for number in range(bench.rounds):
        say(f"{name}, round {number + 1}")
        vigie.office.fresh()
        for step, seen in (("vigie sync, first", n), ("vigie sync, again", n if form.again else 0)):
            used.setdefault(step, []).append(vigie.sync(n, seen))
        for peer in form.peers:
            if number == 0 or peer.quick:
                say(f"{name}, round {number + 1}: {peer.name}")
                used.setdefault(peer.name, []).append(ask_peer(bench, peer, url, file, n))
    return used


def show(name, used, n, size):
    rows, unknown = [], [p.name for p in FORMATS[name].peers if not p.command.startswith("exec ")]
    for what, values in used.items():
        wall = [u.wall_s for u in values]
        peak = f"{max(u.peak_kib for u in values) / 1024:.0f}" if what not in unknown else "–"
        rows.append((what, spread(wall), spread([u.cpu_s for u in values]), f"{size / 1e6 / median(wall):.1f}",
                     thousands(n / median(wall)), peak))
    table(f"{name}: {n:,} listings, {size / 1e6:.0f} MB: median (min–max)",
          ["what", "wall s", "CPU s", "MB/s", "listings/s", "peak MiB"], rows)


def run(bench):
    n = 5_000 if bench.quick else 150_000
    (bench.folder / "rpde-last").write_text(RPDE_LAST)
    with nginx(bench.folder, f"listen 127.0.0.1:PORT; {UNCONDITIONAL}") as port:
        need(bench.only in (None, *FORMATS), f"there is no format {bench.only}; there are {', '.join(FORMATS)}")
        for name, form in FORMATS.items():
            if bench.only not in (None, name):
                continue
            document = form.document or name
            file = bench.data(document, f"{document}-{n}", n)
            (bench.folder / name).symlink_to(file)
            show(name, collect(bench, name, form, f"http://127.0.0.1:{port}/{name}", n), n, file.stat().st_size)
