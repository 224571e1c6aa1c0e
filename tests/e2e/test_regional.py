# SPDX-License-Identifier: Apache-2.0
"""The regional systems, each by its preset and a partner's file of a few lines; what is theirs alone: keys, 404, 429."""
import datetime
import json
import zoneinfo

import pytest

from office import GOOD, ROOT, SLOW, few, wait_until
from sim.canary import WORD
from test_limits import resident

OBJECT = {  # what all of them say of a listing of the simulator
    "title": "title", "description": "text", "street": "street", "postcode": "postcode", "locality": "city", "latitude": "latitude",
    "longitude": "longitude", "capacity": "capacity"}
APIDAE = ('query.query = {"apiKey": "{credential:apidae}", "projetId": 1234, "selectionIds": [5678],\n'
          '  "first": {first}, "count": {count}, "locales": ["fr", "en"]}\n')
# shape -> lines of [request], and more sections
FILES = {
    "openagenda": ("header.key = credential:openagenda\n", ""),
    "apidae": (APIDAE, ""),
    "opendatasoft": ("", "[json]\nid = /id_aire\n[map]\ntitle = /nom\ndescription = /description\nstreet = /adresse\npostcode = /code_postal\n"
                         "locality = /commune\ncapacity = /nb_places\n"),
    "tourinsoft": ("", ""), "tourinsoft-odata": ("", ""), "tourinsoft-odata2": ("", ""),
    "datatourisme": ("header.X-API-Key = credential:datatourisme\n", ""),
}
KEYS = {name: f"{WORD}-cle-{name}" for name in ("openagenda", "apidae", "datatourisme")}


def add(office, partner, shape, url=None, connector=None, more="", request=""):
    """The file of a partner of this shape, by its preset."""
    lines, sections = FILES[shape]
    credentials = office.folder / "credentials"
    credentials.mkdir(exist_ok=True)
    for name, key in KEYS.items():
        (credentials / name).touch(mode=0o600)
        (credentials / name).write_text(key + "\n")
    url = url or partner.url.partition("?")[0]
    office.partner_file(partner.name).write_text(
        f"[partner]\nname = Essai\nconnector = {connector or shape}\nwebsite = {partner.base_url}\n[request]\nurl = {url}\nallow_private = yes\n{lines}"
        f"{request}[removal]\nage = 0s\n[limits]\nrate_per_minute = 0\nmax_retries = 2\n{sections}{more}", encoding="utf-8")
    return partner.name


def expected(partner, shape):
    found = {}
    for r in partner.items():
        if not r["removed"]:
            i = f"00000000-0000-4000-8000-{r['seq']:012d}" if shape == "datatourisme" else str(r["id"])
            found[i] = {column: r[field] for column, field in OBJECT.items()}
    return found


def seen(office, name, columns):
    return {i: {c: row[c] for c in columns} for i, row in office.listings(name).items()}


REGIONAL = ["apidae", "opendatasoft", "tourinsoft", "tourinsoft-odata", "tourinsoft-odata2", "datatourisme"]


@pytest.mark.parametrize("shape", REGIONAL)
def test_field_by_field(office, make, shape):
    partner = make(shape, count=230)
    name = add(office, partner, shape)
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["added"]) == ("complete", 0, 230), run
    assert run["declared_total"] in (230, None, -1), run
    columns = [c for c in OBJECT if not (c == "capacity" and shape == "datatourisme")]
    wanted = {i: {c: row[c] for c in columns} for i, row in expected(partner, shape).items()}
    assert seen(office, name, columns) == wanted
    again = office.sync(name)
    assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0) and again["outcome"] in ("complete", "not-modified"), again


@pytest.mark.parametrize("shape", [s for s in REGIONAL if s != "opendatasoft"])
def test_the_web_site_and_nobodys_number(office, make, shape):
    partner = make(shape, count=12)
    name = add(office, partner, shape)
    office.sync(name)
    for row in office.listings(name).values():
        assert row["url"].startswith(partner.base_url + "/annonces/") and "photos" in row["image_url"], row
    everything = office.path.read_bytes()
    assert b"@camping.example" not in everything and b"53 64 44 44" not in everything and b"5 53 64" not in everything


@pytest.mark.parametrize("shape", REGIONAL)
def test_what_is_left_out_is_withdrawn(office, make, shape):
    partner = make(shape, count=40)
    name = add(office, partner, shape)
    office.sync(name)
    partner.remove(3)
    first, second = office.sync(name), office.sync(name)
    assert (first["missing"], first["removed"], second["removed"]) == (3, 0, 3), (first, second)


def day_in_paris(text):
    if len(text) == 10:
        return text
    return str(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(zoneinfo.ZoneInfo("Europe/Paris")).date())


def test_dates(office, make):
    """+0000, /Date(ms)/, 01/05/2026, RFC 3339."""
    for shape in ("apidae", "tourinsoft", "tourinsoft-odata"):
        partner = make(shape, count=3)
        name = add(office, partner, shape)
        office.sync(name)
        for r in partner.items():
            row = office.listings(name)[str(r["id"])]
            updated = datetime.datetime.fromtimestamp(r["updated"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            assert row["source_updated_at"] == updated, shape
            properties = json.loads(row["properties"])
            assert day_in_paris(properties["starts_at"]) == "2026-05-01", (shape, properties)
            assert day_in_paris(properties["ends_at"]) in ("2026-10-31", "2026-06-30"), (shape, properties)


# ---- OpenAgenda


def test_openagenda_by_its_preset(office, make):
    partner = make("openagenda", count=650)
    name = add(office, partner, "openagenda")
    partner.fault("empty-list", page=2, count=1, total=None)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["declared_total"]) == ("complete", 650, 650), run
    asked = [dict(r["query"]) for r in partner.requests()]
    assert [q["size"] for q in asked] == ["300"] * 6 and {q["detailed"] for q in asked} == {"1"}, "three pages, one of them twice, one behind the last, and the withdrawals"
    gone = {str(i) for i in partner.remove(40)}
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("complete", 40), run
    assert gone.isdisjoint(office.ids(name))
    row = office.listings(name)[office.ids(name)[6]]
    assert row["kind"] == "event" and "\u2028" not in row["description"] and json.loads(row["properties"])["starts_at"]


# ---- Opendatasoft


def test_a_large_dataset_is_exported(office, make):
    """Its pages end at the 10,000th record, so one more than can be paged is read as a whole."""
    partner = make("opendatasoft", count=10_050)
    name = add(office, partner, "opendatasoft", url=partner.url + "?where=a%3D1")
    run = office.sync(name, timeout=120)
    assert (run["outcome"], run["added"], run["declared_total"], run["requests"]) == ("complete", 10_050, 10_050, 2), run
    assert [r["target"].rpartition("/datasets/")[2] for r in partner.requests()] == [
        "aires-de-camping-car/records?where=a%3D1&offset=0&limit=100", "aires-de-camping-car/exports/json?where=a%3D1"]
    assert office.sync(name)["outcome"] == "not-modified"


def test_the_export_by_itself(office, make):
    partner = make("opendatasoft", count=150)
    name = add(office, partner, "opendatasoft", url=partner.url.replace("/records", "/exports/json"), connector="opendatasoft-export")
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["requests"]) == ("complete", 150, 1), run
    assert seen(office, name, OBJECT) == expected(partner, "opendatasoft")


def test_an_export_of_the_old_api(office, make):
    """Version 1: columns under `fields`, positions as [latitude, longitude]; without one, GeoJSON."""
    records = [{"datasetid": "aires", "recordid": f"{n:040x}", "fields": {"nom": f"Aire {n}", "geo_point_2d": [44.5, 0.16]},
                "geometry": {"type": "Point", "coordinates": [0.16, 44.5]}, "record_timestamp": "2026-05-01T10:00:00+02:00"} for n in range(3)]
    del records[2]["fields"]["geo_point_2d"]
    partner = make("raw")
    partner.route("/export.json", json.dumps(records))
    name = add(office, partner, "tourinsoft", url=partner.base_url + "/export.json", connector="opendatasoft-export",
               more="[json]\nid = /recordid\n[map]\ntitle = /fields/nom\n")
    assert office.sync(name)["added"] == 3
    assert {(r["latitude"], r["longitude"], r["source_updated_at"]) for r in office.listings(name).values()} == {(44.5, .16, "2026-05-01T08:00:00Z")}


# ---- Apidae: the key in the query


def test_apidae_is_paged_in_its_query(office, make):
    partner = make("apidae", count=450)
    name = add(office, partner, "apidae")
    assert office.sync(name)["added"] == 450
    asked = partner.requests()
    queries = [json.loads(dict(r["query"])["query"]) for r in asked]
    assert [(q["first"], q["count"], q["apiKey"], q["selectionIds"]) for q in queries] == [(f, 200, KEYS["apidae"], [5678]) for f in (0, 200, 400)]
    assert {len(r["query"]) for r in asked} == {1}, "the page stands in the query alone"


def said(office, name):
    """All that is written anywhere: by the commands, by the service, in the catalogue."""
    office.configure(log={"level": "debug"})
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(name), "a run")
        texts = [vigied.log()]
    for words in (("try", name), ("try", name, "--json"), ("sync", name, "--json"), ("check-config",), ("partner", name), ("why", name), ("runs", name)):
        done = office.vigie(*words)
        texts += [done.stdout, done.stderr]
    return "".join(texts).encode() + b"".join(f.read_bytes() for f in office.folder.glob("catalogue.db*"))


@pytest.mark.parametrize("wrong", [False, True])
def test_apidae_never_says_the_key(office, make, wrong):
    """Not when it works, nor when the answer repeats it in words."""
    partner = make("apidae", count=30)
    name = add(office, partner, "apidae")
    if wrong:
        file = office.partner_file(name)
        file.write_text(file.read_text().replace('"projetId": 1234', '"projetId": "x"'))
    everything = said(office, name)
    assert KEYS["apidae"].encode() not in everything
    assert (b"Le projet n'existe pas pour la cl" in everything) == wrong, "what it says is told, but for the key"


def test_a_wrong_query_is_our_mistake(office, make):
    """404 is what it says of a query that it does not understand: nothing is learnt of Apidae, and nothing is removed."""
    partner = make("apidae", count=30)
    name = add(office, partner, "apidae")
    office.sync(name)
    file = office.partner_file(name)
    file.write_text(file.read_text().replace('"projetId": 1234', '"projetId": "x"'))
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["http_status"], run["removed"]) == ("failed", "config", 404, 0), run
    assert "Le projet n'existe pas pour la clé **********" in run["detail"] and "[request]" in run["detail"], run
    assert len(office.ids(name)) == 30


def test_nothing_is_learnt_from_a_wrong_query(office, make):
    """Beside one that is answered so as well, but of which 404 says something."""
    asked, plain = make("apidae", count=3), make(count=3)
    name, other = add(office, asked, "apidae"), office.add(plain)
    file = office.partner_file(name)
    file.write_text(file.read_text().replace('"projetId": 1234', '"projetId": "x"'))
    plain.fault("status", status=404)
    with office.daemon():
        wait_until(lambda: office.runs(name) and office.rows("SELECT * FROM evidence WHERE partner = ?", other), "evidence of the other")
    assert [r["error_kind"] for r in office.runs(name)] == ["config"]
    assert "http" in {r["signal"] for r in office.rows("SELECT * FROM evidence WHERE partner = ?", other)}
    assert "http" not in {r["signal"] for r in office.rows("SELECT * FROM evidence WHERE partner = ?", name)}


@pytest.mark.parametrize("shape", ["apidae", "opendatasoft", "tourinsoft", "tourinsoft-odata", "datatourisme", "openagenda"])
def test_not_found_is_no_evidence_for_any_of_them(office, make, shape):
    partner = make(shape, count=5)
    name = add(office, partner, shape)
    assert office.sync(name)["outcome"] == "complete"
    for status in (404, 410):
        partner.clear()
        partner.fault("status", status=status, body="Aucune donnée")
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("failed", "config", 0) and "Aucune donnée" in run["detail"], run
    partner.clear()
    assert office.sync(name)["outcome"] in ("complete", "not-modified")


def test_an_empty_selection(office, make):
    """Apidae leaves the list out: a list without any entry, which removes nothing by itself."""
    partner = make("apidae", count=4)
    name = add(office, partner, "apidae")
    office.sync(name)
    partner.remove(4)
    run = office.sync(name)
    assert (run["error_kind"], run["removed"]) == ("empty", 0) and len(office.ids(name)) == 4, run


# ---- Tourinsoft: waits, tokens


def test_tourinsoft_builds_its_cache(office, make):
    partner = make("tourinsoft", count=10)
    name = add(office, partner, "tourinsoft")
    partner.fault("status", status=429, retry_after=1, count=1)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["requests"]) == ("complete", 10, 2), run


def test_tourinsoft_with_a_token(office, make):
    partner = make("tourinsoft", count=10, auth={"kind": "oauth2", "client_id": "$1$abc/=", "client_secret": f"{WORD}-tourinsoft", "expires_in": 86399})
    name = add(office, partner, "tourinsoft", more=f"[oauth]\ntoken_url = {partner.base_url}/token\nclient_id = $1$abc/=\n"
               "client_secret = credential:apidae\ncredentials = body\n")
    (office.folder / "credentials" / "apidae").write_text(f"{WORD}-tourinsoft\n")
    assert office.sync(name)["added"] == 10


# ---- DATAtourisme: a link with the key in it


def test_datatourisme_does_not_follow_the_link(office, make):
    partner = make("datatourisme", count=250)
    name = add(office, partner, "datatourisme")
    assert office.sync(name)["added"] == 250
    assert [dict(r["query"]) for r in partner.requests()] == [{"page": str(n), "page_size": "100"} for n in (1, 2, 3)]
    assert KEYS["datatourisme"].encode() not in said(office, name)


def test_the_files_that_are_shipped(office, make):
    """Each is valid as it is, off, and under 30 lines of settings."""
    for name in ("openagenda", "apidae", "tourinsoft", "datatourisme", "camper-areas", "camper-areas-herault"):
        text = (ROOT / "config/partners.d" / f"{name}.conf").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        assert len(lines) < 30, (name, len(lines))
        office.partner_file(name).write_text(text, encoding="utf-8")
    done = office.vigie("check-config")
    assert done.returncode == GOOD, done.stderr


def test_a_large_export_passes_in_little_memory(office, make, tmp_path):
    """A hundred megabytes, of which one record is in memory at a time, behind a first page that is dropped."""
    folder = tmp_path / "portal"
    (folder / "exports").mkdir(parents=True)
    record = {"description": "une aire au bord du canal " * few(380), "commune": "Marmande", "geo_point_2d": {"lat": 44.5, "lon": .16}}
    records = (json.dumps({"id_aire": n, "nom": f"Aire {n}", **record}) for n in range(10_000))
    with (folder / "exports/json").open("w", encoding="utf-8") as out:
        out.write("[" + next(records))
        out.writelines("," + r for r in records)
        out.write("]")
    first = [{"id_aire": n, "nom": f"Aire {n}", **record} for n in range(100)]
    (folder / "records").write_text(json.dumps({"total_count": 10_000, "results": first}), encoding="utf-8")
    partner = make("files", folder=str(folder))
    name = add(office, partner, "opendatasoft", url=partner.base_url + "/records")
    run, most = resident(office, name)
    assert (run["outcome"], run["added"], run["requests"]) == ("complete", 10_000, 2) and run["bytes"] > few(95 << 20), run
    assert SLOW > 1 or most < 64, most
