# SPDX-License-Identifier: Apache-2.0
"""Broken answers: each of many partners of every connector gets another one at each reading, through `vigie sync`.

Each partner is read once as it should be; after that whatever it is sent is broken, in its bytes or, now and then, in its head.
Nothing of that ends the program, takes a listing away (no answer is a decision to remove: those need a day and two readings),
or makes one up (each identifier was in an answer); at the end a sound answer brings the sound catalogue back.
"""
import collections
import html
import json
import pathlib
import re
import urllib.parse

from office import GOOD, JOB_FAILED, Office
from peer import Last, Peer, reply
from rounds import Broken
from sim import settings

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus"
PARTNERS = 40  # of each connector
HEAD_EVERY = 8
NEXT = "?next=1"


def corpus(name):
    return (CORPUS / name).read_bytes()


PAGE = b'{"total": 4, "next": "BASE?next=1", "items": [{"id": "eins", "title": "Gabarre", "lat": 44.5, "lon": 0.16, "price": "12,50 \xe2\x82\xac"}, ' \
    b'{"id": 2, "title": "Cano\\u00eb <b>rouge</b>", "text": ["a", null, {"b": true}], "url": "http://a.example/2?utm_source=x"}]}'
LAST = b'{"total": 4, "items": [{"id": "drei", "title": "Barque"}, {"id": "vier\\n", "title": "Radeau", "price": 1e3}]}'
MAP = {"title": "/title", "description": "/text", "url": "/url", "latitude": "/lat", "longitude": "/lon", "price": "/price"}
HTML, XML = "text/html", "application/xml"
# connector -> what its file says, the answers' type, and [what stands at each place: "" is the url's own]
SOURCES = {
    "json": ({"json": {"items": "/items", "id": "/id", "total": "/total", "paging": "next-url", "next": "/next"}, "map": MAP},
             "application/json", [{"": PAGE, NEXT: LAST}]),
    "csv": ({"csv": {"id": "/id"}, "map": {"title": "/name", "price": "/price", "latitude": "/lat", "longitude": "/lon"}}, "text/csv",
            [{"": 'id;name;price;lat;lon\n1;"Gabarre; ""La Vive""";12,50;44,5;0,16\n2;Canoë;"1 000 €";;\n'.encode()},
             {"": "id,name,price,lat,lon\r\n1,Gabarre,3,44.5,0.16\r\n2,Barque,,,\r\n".encode("utf-16")}]),
    "xml": ({"xml": {"items": "/annonces/annonce", "id": "/@ref"}, "map": {"title": "/titre", "description": "/texte", "latitude": "/lat"}},
            XML, [{"": corpus("xml/good-annonces.xml")}]),
    "feed": ({}, XML, [{"": corpus(f"feed/{name}")} for name in ("good-rss1.xml", "good-rss2.xml", "good-atom.xml", "good-json.json")]),
    "rpde": ({"map": {"title": "/name"}}, "application/json",
             [{"": corpus("rpde/page.json").replace(b"https://club.example/rpde?afterChangeNumber=3", b"BASE?next=1"),
               NEXT: corpus("rpde/last.json").replace(b"https://club.example/rpde?afterChangeNumber=3", b"BASE?next=1")}]),
    "ical": ({}, "text/calendar", [{"": corpus("ical/agenda.ics")}, {"": corpus("ical/hosting.ics")}]),
    "jsonld": ({}, HTML, [{"": corpus("jsonld/agenda.html")}, {"": corpus("jsonld/le-moulin.html")}, {"": corpus("jsonld/microdata.html")}]),
    "gbfs": ({}, "application/json",
             [{"": b'{"last_updated":1,"ttl":60,"version":"2.3","data":{"fr":{"feeds":[{"name":"station_information","url":"BASE?next=1"}]}}}',
               NEXT: corpus("gbfs/stations-1.json")}]),
    "watch": ({}, HTML, [{"": b"<html><head><title>Nous fermons</title></head><body><p>Ouvert le dimanche.</p></body></html>"}]),
}


def mutate(rng, data):
    """One to five changes: a bit, a cut, noise, repetition, an end."""
    data = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        at, kind = rng.randrange(len(data)), rng.randrange(9)
        if kind < 3:
            data[at] ^= 1 << rng.randrange(8)
        elif kind < 5:
            del data[at:at + rng.randrange(1, 20)]
        elif kind < 7:
            data[at:at] = rng.randbytes(rng.randrange(1, 20))
        elif kind == 7:
            data[at:at] = data[at:at + 40] * rng.randrange(1, 50)
        elif rng.randrange(3) == 0:
            data = data[:at + 1]
        data = data or bytearray(b"x")
    return bytes(data)


def readings(body):
    """The ways in which a document may be read, letters and digits of ASCII alone: what is the same in all of them."""
    for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
        text = body.decode(encoding, "ignore")
        for plain in (text, html.unescape(text), urllib.parse.unquote(text), re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text),
                      re.sub(r"\\.", "", text), re.sub("\r?\n[ \t]", "", text)):
            yield re.sub(r"[^0-9A-Za-z]", "", plain)


def comes_from(identifier, texts):
    """Whether each word of an identifier stands somewhere: some are made of several, or of the page's address."""
    return all(any(word in text for text in texts) for word in re.findall(r"[0-9A-Za-z]+", urllib.parse.unquote(identifier)))


class Source:
    """A partner: what it has to say, and what it has said."""

    def __init__(self, connector, number, rng):
        self.more, self.type, documents = SOURCES[connector]
        self.connector, self.rng, self.documents = connector, rng, documents[number % len(documents)]
        self.sound, self.said, self.ids, self.known = True, [], {}, set()

    def answer(self, url, place):
        body = self.documents.get(place)
        if body is None:
            return None
        body = body.replace(b"BASE", url.encode())
        wire = reply(body, self.type)
        if not self.sound and self.rng.randrange(HEAD_EVERY) == 0:
            wire = Last(mutate(self.rng, wire.removesuffix(body)) + body)
        elif not self.sound:
            body = mutate(self.rng, body)
            wire = reply(body, self.type)
        self.said.append(body)
        return wire


class Mutated:
    """An office with PARTNERS partners of each connector."""

    def __init__(self, folder, sim, rng):
        self.said, self.office = collections.Counter(), Office(folder, sim)
        self.sources = {f"{c}{i}": Source(c, i, rng) for c in SOURCES for i in range(PARTNERS)}
        self.peer = Peer(self.answer).__enter__()
        for name, source in self.sources.items():
            settings.write(folder, name, {
                "partner": {"name": name, "theme": "Essai", "kind": "event", "connector": source.connector, "interval": "1h"},
                "request": {"url": self.peer.url("/" + name), "allow_private": "yes"},
                "limits": {"rate_per_minute": 0, "max_retries": 0}, **source.more})
        if self.office.vigie("check-config").returncode != GOOD:
            raise Broken(self.office.last.stdout + self.office.last.stderr)
        self.first = self.sync()
        for name, source in self.sources.items():
            source.ids = self.listings().get(name, {})
            source.known = set(source.ids)
            if not source.ids and source.connector != "watch":
                raise Broken(f"{name} has nothing: {self.first[name]}")

    def answer(self, path):
        name, query, place = path[1:].partition("?")
        source = self.sources.get(name)
        return source and source.answer(self.peer.url("/" + name), query + place)

    def close(self):
        self.peer.__exit__()

    # ---- what must hold

    def listings(self):
        """partner -> external_id -> title, of what is present."""
        found = collections.defaultdict(dict)
        for r in self.office.rows("SELECT partner, external_id, title FROM listings WHERE removed_at IS NULL"):
            found[r["partner"]][r["external_id"]] = r["title"]
        return found

    def sync(self):
        """Everybody once; partner -> outcome."""
        for source in self.sources.values():
            source.said = []
        done = self.office.vigie("sync", "--json", "--all", timeout=300)
        if done.returncode not in (GOOD, JOB_FAILED) or not done.stdout.endswith("]\n"):
            raise Broken(f"vigie sync ended with {done.returncode}: {done.stderr[-4000:]}")
        outcomes = {r["partner"]: r["outcome"] for r in json.loads(done.stdout)}
        if outcomes.keys() != self.sources.keys():
            raise Broken(f"not read: {sorted(self.sources.keys() - outcomes.keys())[:5]}")
        if self.office.vigie("check", "--json").returncode != GOOD:
            raise Broken(f"vigie check: {self.office.last.stdout + self.office.last.stderr}")
        return outcomes

    def look(self):
        """None was lost, but for what an answer itself withdrew, and what is new was in an answer."""
        here, withdrawn = self.listings(), collections.defaultdict(set)
        for r in self.office.rows("SELECT partner, external_id FROM absence JOIN listing USING (row) JOIN partner USING (partner_id)"
                                  " WHERE event = 'tombstone' AND removed_ms IS NOT NULL"):
            withdrawn[r["partner"]].add(r["external_id"])
        for name, source in self.sources.items():
            lost, new = source.ids.keys() - here[name].keys() - withdrawn[name], here[name].keys() - source.known
            if lost:
                raise Broken(f"{name} lost {sorted(lost)}; the answers were {source.said}")
            said = [*source.said, self.peer.url("/" + name).encode()]
            texts = [text for body in said for text in readings(body)] if new else []
            for i in new:
                if not comes_from(i, texts):
                    raise Broken(f"{name} made up {i!r}; the answers were {source.said}")
            source.known |= new
            self.said["new identifiers"] += len(new)

    def run(self, n):
        """Until every connector has had n broken answers; how many there were in each step."""
        answers = collections.Counter()
        while min(answers[c] for c in SOURCES) < n:
            for source in self.sources.values():
                source.sound = False
            self.said.update(self.sync().values())
            self.look()
            batch = collections.Counter()
            for source in self.sources.values():
                batch[source.connector] += len(source.said)
            answers.update(batch)
            self.said.update(batch)
            yield batch.total()
        for source in self.sources.values():
            source.sound = True
        outcomes, here = self.sync(), self.listings()
        for name, source in self.sources.items():
            if outcomes[name] != self.first[name] or not source.ids.items() <= here[name].items():
                raise Broken(f"{name}, sound again: {outcomes[name]}, {source.ids}, {here[name]}")
