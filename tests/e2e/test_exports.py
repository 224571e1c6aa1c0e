# SPDX-License-Identifier: Apache-2.0
"""/exports/: whole collections over HTTP, the same documents as « vigie export » writes."""
import json
import re
import socket
import urllib.error
import urllib.request

import pytest
from office import GOOD, Office, wait_until

KINDS = ("boat", "event", "place")
N = 3000  # several pieces


def entries(n=N, title="&lt;/script>&lt;b>un titre&lt;/b>"):
    return [{"id": i, "kind": KINDS[i % 3], "title": f"{title} n° {i}", "description": "Au bord de l'eau. " * 20,
             "starts_at": "2027-07-04" if i % 3 == 1 else None, "price": i + 1, "currency": "EUR"} for i in range(n)]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    office = Office(tmp_path_factory.mktemp("exports"))
    office.partners["parc"] = {
        "partner": {"name": "Le Parc", "theme": "Tout", "kind": "place", "website": "https://parc.example/"},
        "request": {"file": "parc.json"}, "json": {"items": "", "id": "/id"},
        "map": {name: f"/{name}" for name in ("title", "kind", "description", "starts_at", "price", "currency")}}
    office.change("parc")
    (office.folder / "partners.d" / "parc.json").write_text(json.dumps(entries()))
    assert office.sync("parc")["added"] == N
    with office.daemon_served() as daemon:
        office.main["serve"]["url"] = daemon.url  # what the command writes into its links
        office.configure()
        yield daemon


def get(served, path, **headers):
    request = urllib.request.Request(served.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read(), answer.headers


@pytest.mark.parametrize("name", ["geojson", "geojsonl", "csv", "csv-excel", "ics", "jsonld", "ttl"])
def test_it_is_what_the_command_writes(served, name):
    body, headers = get(served, f"/exports/all.{name}", Accept_Language="fr")
    done = served.office.vigie("export", "--format", name)
    assert done.returncode == GOOD and len(body) > 100_000
    # A file of the command is the office's, one of the server a collection's.
    title = re.compile(r"(?m)^(NAME|X-WR-CALNAME):.*\n")
    assert title.sub("", body.decode("utf-8").replace("\r\n", "\n")) == title.sub("", done.stdout.replace("\r\n", "\n"))
    extension = {"csv-excel": "csv"}.get(name, name)
    assert headers["Content-Disposition"] == f'attachment; filename="all.{extension}"'
    assert headers["Content-Type"].split(";")[0] == {
        "geojson": "application/geo+json", "geojsonl": "application/x-ndjson", "csv": "text/csv", "csv-excel": "text/csv",
        "ics": "text/calendar", "jsonld": "application/ld+json", "ttl": "text/turtle"}[name]


def test_a_kind_a_partner_a_price(served):
    body, headers = get(served, "/exports/event.geojson?partner=parc&price_max=100")
    assert {f["properties"]["kind"] for f in json.loads(body)["features"]} == {"event"}
    assert len(json.loads(body)["features"]) == 33 and headers["Content-Disposition"].endswith('"event.geojson"')
    assert json.loads(get(served, "/exports/all.geojson?partner=nobody")[0])["features"] == []
    assert json.loads(get(served, "/exports/tour.geojson")[0])["features"] == [], "there are none now"


def test_a_collection_leads_to_its_files(served):
    links = json.loads(get(served, "/collections/event?f=json")[0])["links"]
    files = {link["href"]: link["type"] for link in links if link["rel"] == "enclosure"}
    assert f"{served.url}/exports/event.ics" in files and len(files) == 7
    for url, kind in files.items():
        assert get(served, url.removeprefix(served.url))[1]["Content-Type"] == kind


def test_a_listing_s_page_tells_search_engines(served):
    page = get(served, "/collections/event/items/parc:1?f=html")[0].decode()
    node = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert (node["@type"], node["startDate"]) == ("Event", "2027-07-04")
    assert node["name"] == "</script><b>un titre</b> n° 1" and page.count("</b>") == 0, "it ends where it should"


@pytest.mark.parametrize("path, status", [
    ("/exports/all", 404), ("/exports/all.doc", 404), ("/exports/boot.csv", 404), ("/exports/.csv", 404), ("/exports/all.csv.gz", 404),
    ("/exports/all.csv?q=x", 400), ("/exports/all.csv?bbox=1", 400), ("/exports/all.csv?limit=1", 400)])
def test_what_is_not_there_is_a_problem(served, path, status):
    with pytest.raises(urllib.error.HTTPError) as error:
        get(served, path)
    assert error.value.code == status and error.value.headers["Content-Type"] == "application/problem+json"


def test_who_has_it_already_gets_nothing(served):
    _, headers = get(served, "/exports/event.ics")
    with pytest.raises(urllib.error.HTTPError) as error:
        get(served, "/exports/event.ics", If_None_Match=headers["ETag"])
    assert error.value.code == 304


def test_a_slow_reader_holds_nothing(served):
    """It takes the first bytes and waits; meanwhile everything changes, and the rest of its document comes all the same."""
    office, n = served.office, 1500
    file = office.folder / "partners.d" / "long.json"
    office.partners["long"] = {**office.partners["parc"], "request": {"file": "long.json"}}
    office.change("long")
    file.write_text(json.dumps(long_entries(n, "Ancien")))
    assert office.sync("long")["added"] == n
    with socket.create_connection(("127.0.0.1", served.port), 60) as slow:
        slow.sendall(b"GET /exports/all.geojsonl?partner=long HTTP/1.0\r\nHost: localhost\r\n\r\n")
        got = [slow.recv(1000)]
        file.write_text(json.dumps(long_entries(n, "Nouveau")))
        assert office.sync("long")["changed"] == n
        wait_until(lambda: b"Nouveau" in get(served, "/exports/boat.csv?partner=long")[0], "others see it")
        while piece := slow.recv(1 << 20):
            got.append(piece)
    rows = [json.loads(line) for line in b"".join(got).partition(b"\r\n\r\n")[2].splitlines()]
    assert len({row["id"] for row in rows}) == len(rows) == n
    titles = {row["properties"]["title"].split(" n° ")[0] for row in rows}
    assert titles == {"Ancien", "Nouveau"}, "no snapshot is kept for it"


def long_entries(n, title):
    """More of them than the sockets between the two take in."""
    return [{**e, "description": "Un long texte. " * 1000} for e in entries(n, title)]
