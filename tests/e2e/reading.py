# SPDX-License-Identifier: Apache-2.0
"""A catalogue for other tools to read: three invented partners, read once, served by vigied to all tests of a module.

    from reading import served, shelf    # noqa: F401
    served.get("/collections")           an Answer: .status, .headers, .body, .type, .json
    shelf.rows("SELECT …")               the truth

Give the module pytestmark = pytest.mark.xdist_group(…), or every worker makes a catalogue of its own.
"""
import http.client
import itertools
import json

import pytest

from office import Office
from sim import canary

LICENSE = "https://licence.example/ouverte"
_numbers = itertools.count(1)
HOSTILE = ("</script><script>alert(1)</script>", "=cmd|' /C calc'!A0", "a,b;c\"d\\e", "ligne\u2028é <b>&amp;</b> 🏰")


def _events():
    """One a day from 2026-06-21 on, the last ones without a place; every fourth lasts three days, every fifth has hours."""
    for n in range(60):
        day = f"2026-{6 + (n + 20) // 30:02}-{(n + 20) % 30 + 1:02}"
        yield {"id": str(n), "title": f"Fête n° {n}", "text": "Un bal musette et une buvette." if n % 2 else "Concert d'été.",
               "lat": 44.3 + n / 100 if n < 55 else None, "lon": .1 + n / 100 if n < 55 else None, "town": "Marmande",
               "start": f"{day}T18:30:00Z" if n % 5 == 0 else day,
               "end": None if n % 4 or n % 5 == 0 else f"2026-{6 + (n + 22) // 30:02}-{(n + 22) % 30 + 1:02}"}


def _boats():
    """Around the world, on both sides of the antimeridian too; prices from 10 to 640 euros, room for 1 to 8."""
    for n in range(64):
        yield {"id": f"b{n}", "title": f"Péniche {n}", "text": "Bateau sans permis", "lat": -60 + 2 * n, "town": "Agen",
               "lon": (-179.5 if n % 2 else 179.5) if n < 8 else -90 + 3 * n, "price": 10 + 10 * n, "room": 1 + n % 8}


def _odd():
    """Identifiers and texts that harm whoever does not escape them."""
    ids = ["a/b", "c?d=e&f", "é è", "100%", "#x", "<i>", "a:b:c", "..", "+", "\"q'"]
    for n, i in enumerate(ids):
        yield {"id": i, "title": HOSTILE[n % len(HOSTILE)], "text": HOSTILE[-1 - n % len(HOSTILE)], "lat": 44.5, "lon": .16,
               "town": "Casteljaloux"}


PARTNERS = {"agenda": ("event", list(_events())), "bateaux": ("boat", list(_boats())), "bizarre": ("place", list(_odd()))}
COUNT = sum(len(rows) for _, rows in PARTNERS.values())
MAP = {"title": "/title", "description": "/text", "latitude": "/lat", "longitude": "/lon", "locality": "/town",
       "price": "/price", "capacity": "/room", "starts_at": "/start", "ends_at": "/end"}


def fill(folder, simulator):
    """An office in that folder that has read the partners."""
    office = Office(folder, simulator)
    office.configure(serve={"license": LICENSE})
    made = []
    for name, (kind, rows) in PARTNERS.items():
        partner = simulator.create(f"shelf{next(_numbers)}", shape="raw")
        made.append(partner)
        partner.route("/items", json.dumps({"items": rows, "total": len(rows)}))
        office.add(partner, name, partner={"kind": kind, "name": name.capitalize()}, request={"url": partner.base_url + "/items"})
        office.partners[name]["map"] = MAP
        office.change(name)
        run = office.sync(name)
        assert (run["outcome"], run["added"]) == ("complete", len(rows)), run
    return office, made


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        canary.absent(str(self.headers), self.body, of="an answer")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.headers["Content-Type"]


def get(url, target="/", method="GET", **headers):
    """One request to a server; `target` may be absolute."""
    host = url.partition("://")[2]
    if target.startswith("http"):
        assert target.startswith(url), target
        target = target[len(url):] or "/"
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, simulator):
    """An office that has read PARTNERS."""
    office, made = fill(tmp_path_factory.mktemp("shelf"), simulator)
    yield office
    for partner in made:
        simulator.delete(partner.name)


@pytest.fixture(scope="module")
def served(shelf):
    """Its service.  .get(target, **headers): an Answer."""
    with shelf.daemon_served() as vigied:
        vigied.get = lambda target="/", **headers: get(vigied.url, target, **headers)
        yield vigied
