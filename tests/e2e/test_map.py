# SPDX-License-Identifier: Apache-2.0
"""[map] from end to end: what its expressions reach, and what « vigie try » says of those that reach nothing."""
import json

import pytest
from office import GOOD, USAGE


@pytest.fixture
def serve(office, make):
    """serve(document, json={…}, map={…}): a partner that answers with it; the name of its file."""
    def serving(document, **sections):
        partner = make("raw")
        partner.route("/items", document if isinstance(document, str) else json.dumps(document))
        return office.add(partner, **{"request": {"url": partner.base_url + "/items"}, **sections})

    return serving


def trial(office, name, status=GOOD):
    done = office.vigie("try", name, "--json")
    assert done.returncode == status, done
    return json.loads(done.stdout)


def mapping(**columns):
    """A [map] of these columns alone: what the simulator's own file has goes away."""
    return {key: columns.get(key) for key in ("title", "description", "latitude", "longitude", *columns)}


STATIONS = {"stations": {"mairie": {"nom": "Mairie", "place": {"ville": "Marmande"}},
                         "gare \"sud\"": {"nom": "Gare", "place": {}, "lignes": ["A", "B"]}, "vide": {}}}


def test_members_of_an_object_are_items(office, serve):
    name = serve(STATIONS, json={"items": "/stations/*", "id": "/@key", "total": None},
                 map=mapping(title="/nom | /@key", locality="place.ville", description='join(" / ", /nom, /lignes/*)'))
    rows = {r["external_id"]: (r["title"], r["locality"], r["description"]) for r in trial(office, name)["listings"]}
    assert rows == {"mairie": ("Mairie", "Marmande", "Mairie"), 'gare "sud"': ("Gare", None, "Gare / A / B"),
                    "vide": ("vide", None, None)}
    assert office.sync(name)["added"] == 3


def test_an_object_is_no_array(office, serve):
    """An error document where the array should be stays one: nobody asked for the members."""
    name = serve({"stations": {"error": "quota"}}, json={"items": "/stations", "id": "/@key", "total": None})
    assert office.sync(name)["outcome"] == "failed"


@pytest.mark.parametrize("wrong, said", [
    ("Marmande", "a fixed text with a quote"),
    ("https://x.example/a.jpg", "a fixed text with a quote"),
    ("images[0.url", '"]" is missing'),
    ('join(", ", )', "a pointer is missing in the join"),
])
def test_wrong_expressions_are_refused_with_their_line(office, serve, wrong, said):
    name = serve([], json={"items": ""}, map={"locality": wrong})
    done = office.vigie("check-config")
    assert done.returncode == USAGE and f"{name}.conf:" in done.stdout + done.stderr, done
    assert said in done.stdout + done.stderr
