# SPDX-License-Identifier: Apache-2.0
"""[map] from end to end: what its expressions reach, and what « vigie try » says of those that reach nothing."""
import json

import pytest
from office import GOOD, SLOW, USAGE, few
from sim.canary import WORD
from test_limits import resident


@pytest.fixture
def serve(office, make):
    """serve(document, json={…}, map={…}): a partner that answers with it; the name of its file, whose [map] is that."""
    def serving(document, map=None, **sections):
        partner = make("raw")
        partner.route("/items", document if isinstance(document, str) else json.dumps(document))
        name = office.add(partner, **{"request": {"url": partner.base_url + "/items"}, **sections})
        office.partners[name]["map"] = map or {}
        return office.change(name)

    return serving


def trial(office, name, status=GOOD):
    done = office.vigie("try", name, "--json")
    assert done.returncode == status, done
    return json.loads(done.stdout)


STATIONS = {"stations": {"mairie": {"nom": "Mairie", "place": {"ville": "Marmande"}},
                         "gare \"sud\"": {"nom": "Gare", "place": {}, "lignes": ["A", "B"]}, "vide": {}}}


def test_members_of_an_object_are_items(office, serve):
    name = serve(STATIONS, json={"items": "/stations/*", "id": "/@key", "total": None},
                 map={"title": "/nom | /@key", "locality": "place.ville", "description": 'join(" / ", /nom, /lignes/*)'})
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


# ---- [jq]

def test_a_program_instead_of_a_map(office, serve):
    """One item, several listings; an identifier of twenty digits; what the program cannot read waits in quarantine."""
    items = [{"id": 12345678901234567890, "nom": "Sauna", "cabines": [{"no": 1, "prix": "12,50 €"}, {"no": 2, "prix": 9}]},
             {"id": 2, "nom": "Yourte", "cabines": "aucune"}, {"id": 3, "nom": "Tipi", "cabines": []}]
    name = serve(items, json={"items": "", "total": None},
                 jq={"program": ".cabines[] as $c    # chacune est une annonce\n"
                                "  | {id: \"\\(.id)-\\($c.no)\", title: \"\\(.nom) \\($c.no)\", price: $c.prix,\n"
                                "    properties: {cabines: (.cabines | length)}}"})
    tried = trial(office, name)
    assert {r["external_id"]: (r["title"], r["price_minor"], r["properties"]) for r in tried["listings"]} == {
        "12345678901234567890-1": ("Sauna 1", 1250, {"cabines": 2}), "12345678901234567890-2": ("Sauna 2", 900, {"cabines": 2})}
    assert tried["rejected"] == 1
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 2, 1), run
    kept, = office.quarantine(name)
    assert kept["external_id"] == "2" and kept["reason"] == "jq: Cannot iterate over string (\"aucune\")"
    office.change(name, jq={"program": "select(.cabines | type == \"string\") | {title: .nom}"})
    assert office.sync(name)["added"] == 1, "mended, it comes out of quarantine"


def test_a_wrong_program_is_a_wrong_setting(office, serve):
    name = serve([], json={"items": ""}, jq={"program": ".a\n  | titre"})
    done = office.vigie("check-config")
    assert done.returncode == USAGE
    assert f"{name}.conf:" in done.stdout + done.stderr and "titre/0 is not defined (line 2)" in done.stdout + done.stderr


def test_a_program_sees_no_secret(office, serve):
    name = serve([{"id": 1}], json={"items": "", "total": None},
                 jq={"program": '{title: ($ENV.SECRET // "rien"), description: ((env | tostring)? // "rien")}'})
    done = office.vigie("try", name, "--json", SECRET=WORD)
    assert "jeton" not in done.stdout + done.stderr
    row, = json.loads(done.stdout)["listings"]
    assert (row["title"], row["description"]) == ("rien", "rien")


# ---- what « vigie try » says of a wrong mapping

GITES = [{"id": n, "nom": f"Gîte {n}", "location": {"latitude": 44.5, "longitude": 0.2},
          "tarif": {"montant": 50}, "note": "douze" if n % 2 else 4.5} for n in range(1, 51)]
WRONG = {"title": "/titre | /name", "latitude": "/location/lat", "longitude": "/location/longitude", "price": "/tarif",
         "rating": "/note", "url": "\"https://gites.example/{/id}\""}


def test_a_wrong_mapping_is_told(office, serve):
    name = serve(GITES, json={"items": "", "total": None}, map=WRONG)
    remarks = {r["field"]: r for r in trial(office, name)["remarks"]}
    assert remarks["title"] == {
        "field": "title", "what": "empty", "count": 50, "of": 50, "item": 1, "id": "1",
        "text": 'there is no "titre" in the item; it has id, nom, location, tarif, note | '
                'there is no "name" in the item; it has id, nom, location, tarif, note'}
    assert remarks["latitude"]["text"] == 'there is no "lat" in /location; it has latitude, longitude; did you mean "latitude"?'
    assert remarks["price"]["text"] == '/tarif is an object, {"montant":50}; a value in it is /tarif/montant'
    assert (remarks["longitude"]["what"], remarks["longitude"]["count"]) == ("not understood", 50)
    assert remarks["rating"] == {"field": "rating", "what": "not understood", "count": 25, "of": 50, "item": 1, "id": "1",
                                 "text": '"douze" is no rating: see rating_scale in [normalise]'}
    assert set(remarks) == {"title", "latitude", "longitude", "price", "rating"}, "the others are well"


def test_people_read_it_too(office, serve):
    name = serve(GITES, json={"items": "", "total": None}, map={**WRONG, "latitude": "/location/latitud"})
    lines = office.vigie("try", name).stdout.splitlines()
    assert ('latitude: empty in 50 of 50; item 1 (1): there is no "latitud" in /location; it has latitude, longitude; '
            'did you mean "latitude"?') in lines
    assert 'rating: not understood in 25 of 50; item 1 (1): "douze" is no rating: see rating_scale in [normalise]' in lines


def test_a_wrong_identifier_is_told(office, serve):
    name = serve(GITES, json={"items": "", "total": None, "id": "/idd"}, map={"title": "/nom"})
    tried = trial(office, name)
    assert tried["rejected"] == 50 and tried["remarks"] == [
        {"field": "id", "what": "empty", "count": 50, "of": 50, "item": 1, "id": "",
         "text": 'there is no "idd" in the item; it has id, nom, location, tarif, note; did you mean "id"?'}]


@pytest.mark.parametrize("items, document, said", [
    ("/results", {"result": [], "count": 0}, 'there is no "results" in the document; it has result, count; did you mean "result"?'),
    ("/data/list", {"data": {"rows": []}}, 'there is no "list" in /data; it has rows'),
    ("/data", {"data": {"cle": "secret-1"}}, "/data is an object; a value in it is /data/cle"),
    ("", {"message": "secret-1"}, "the document is an object; it has message"),
    ("/data/*", {"data": None}, "/data is null"),
    ("/data", {"data": "secret-1"}, "what stands there is neither an array nor an object"),
])
def test_a_wrong_place_of_items_is_told(office, serve, items, document, said):
    """Names, but no values: this is written into the ledger, and a partner may repeat a key of ours."""
    name = serve(document, json={"items": items, "total": None})
    done = office.vigie("try", name)
    assert said in done.stderr and "secret-1" not in done.stderr, done.stderr


def test_nothing_is_said_of_a_good_mapping(office, serve):
    name = serve(GITES, json={"items": "", "total": None},
                 map={"title": "/nom", "latitude": "/location/latitude", "longitude": "/location/longitude",
                      "price": "/tarif/montant", "url": WRONG["url"]})
    assert trial(office, name)["remarks"] == []


def test_what_a_partner_sends_cannot_write_on_the_terminal(office, serve):
    name = serve([{"id": 1, "\x1b[2Jtitre": "\x1b]0;x\x07"}], json={"items": "", "total": None},
                 map={"title": "/title"})
    shown = office.vigie("try", name).stdout
    assert "2Jtitre" in shown and "\x1b" not in shown


# ---- memory

@pytest.mark.parametrize("kind", ["map", "jq"])
def test_members_of_a_long_object_take_little_memory(office, make, tmp_path, kind):
    """64 MB in one object: what is held is one member, and what a program makes of it."""
    text = "Calme et verdure. " * 400
    with open(tmp_path / "long.json", "w", encoding="utf-8") as file:
        file.write(f'{{"n": {few(9000)}, "fiches": {{')
        file.writelines(f'{"," if i else ""}"f{i}": {{"nom": "Fiche {i}", "texte": "{text}"}}\n' for i in range(few(9000)))
        file.write("}}")
    partner = make("files", folder=str(tmp_path))
    office.partners[partner.name] = {
        "partner": {"name": partner.name, "kind": "place"}, "json": {"items": "/fiches/*", "id": "/@key", "total": "/n"},
        "request": {"url": partner.base_url + "/long.json", "allow_private": "yes"}, "limits": {"max_wire": "1G", "max_body": "1G"},
        **({"map": {"title": "/nom"}} if kind == "map" else {"jq": {"program": "{title: .nom}"}})}
    office.change(partner.name)
    assert (tmp_path / "long.json").stat().st_size > few(64_000_000)
    run, mebibytes = resident(office, partner.name)
    assert (run["outcome"], run["added"]) == ("complete", few(9000)), run
    assert mebibytes < 64 or SLOW > 1, mebibytes
