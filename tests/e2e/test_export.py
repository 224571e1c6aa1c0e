# SPDX-License-Identifier: Apache-2.0
"""« vigie export »: other people's programs read every format, and find what the catalogue has, hostile texts included."""
import contextlib
import csv
import datetime
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest
from office import BUILD, GOOD, JOB_FAILED, ROOT, SLOW, USAGE, Office, environment
from webtools import SOURCE, node, program, python_module

# One worker makes the catalogue for all of them.
pytestmark = pytest.mark.xdist_group("export")

KINDS = ("home_exchange", "hosted_meal", "camper_van", "boat", "coworking", "childcare", "deal", "activity", "tour", "game", "event",
         "accommodation", "place", "product")
FULL = {"description": "Deux étages;\nune cour, un « puits ».", "language": "fr", "url": "https://parc.example/gite?id=1&lang=fr",
        "image_url": "https://parc.example/1.jpg", "latitude": 44.5001234, "longitude": 0.1666, "street": "12 quai du Canal",
        "postcode": "47200", "locality": "Marmande", "country": "FR", "price": "85,50 €", "price_unit": "night", "capacity": 6,
        "rating": 4.6, "rating_count": 41, "source_updated_at": "2026-05-04T10:00:00Z", "chiens": True}
DATES = {"starts_at": "2027-07-04", "ends_at": "2027-07-06"}
HOSTILE = ("=HYPERLINK(\"http://a.example\",\"x\")", "+33 x", "-1+1", "@SUM(A1)", "-12,5", "a,b;c\"d", "&lt;/script>&lt;script>alert(1)&lt;/script>",
           "]]> & < > &amp;amp;", "\\n \\, \\; {}", "BEGIN:VEVENT", "\" . &lt;x> &lt;y> &lt;z> . #", "é" * 200, "😀 emoji 👩‍👩‍👧 " * 20, "\u2028 line \u2029",
           "'apostrophe'", "%s%n$(id)`id`")
ENTRIES = [
    *({"id": f"kind-{kind}", "kind": kind, "title": f"Un « {kind} »", **FULL, **(DATES if kind == "event" else {})} for kind in KINDS),
    *({"id": f"bare-{kind}", "kind": kind, "title": f"Rien d'un {kind}"} for kind in KINDS),
    *({"id": f"hostile/{i} ?#%", "kind": "event", "title": text, "description": text + "\r\nATTENDEE:x\n" + text, "street": text,
       "latitude": 44.4, "longitude": -0.1 - i / 1000, "starts_at": "2027-01-01T18:30:00Z", "x": {"starts_at": "1999-01-01", "y": text}}
      for i, text in enumerate(HOSTILE)),
    {"id": "sunday", "kind": "event", "title": "Un jour", "starts_at": "2027-12-31"},
    {"id": "evening", "kind": "event", "title": "Un soir", "starts_at": "2027-07-04T18:30:00Z", "ends_at": "2027-07-04T23:00:00Z"},
    {"id": "bad-date", "kind": "event", "title": "Un jour", "when": {"starts_at": "2027-12-31"}},
]
MAP = ("title", "kind", "description", "language", "url", "image_url", "latitude", "longitude", "street", "postcode", "locality", "country",
       "price", "price_unit", "capacity", "rating", "rating_count", "source_updated_at", "starts_at", "ends_at")
COLUMNS = ("uid partner partner_name partner_verdict external_id kind title description language url image_url latitude longitude street"
           " postcode locality country price price_minor currency price_unit price_text capacity rating rating_count starts_at ends_at"
           " source_updated_at first_seen changed_at properties").split()


def write(folder, entries):
    (folder / "partners.d" / "parc.json").write_text(json.dumps({"items": entries}), encoding="utf-8")


def an_office(folder, map):
    office = Office(folder)
    office.partners["parc"] = {
        "partner": {"name": "Le Parc & Cie", "theme": "Tout", "kind": "place", "website": "https://parc.example/"},
        "request": {"file": "parc.json"}, "json": {"items": "/items", "id": "/id"}, "map": map, "removal": {"age": "0s"}}
    office.change("parc")
    return office


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """An office whose only partner is a file of its own; nothing is changed in it."""
    office = an_office(tmp_path_factory.mktemp("export"), map={
        **{name: f"/{name}" for name in MAP}, **{f"properties.{name}": f"/{name}" for name in ("chiens", "x", "when")}})
    write(office.folder, ENTRIES + [{"id": "gone", "kind": "event", "title": "Parti", **FULL, **DATES}])
    assert office.sync("parc")["added"] == len(ENTRIES) + 1
    write(office.folder, ENTRIES)
    office.sync("parc")
    assert office.sync("parc")["outcome"] in ("complete", "not-modified")
    assert office.one("select count(*) from listings where removed_at is null") == len(ENTRIES)
    return office


def vigie(office, *words, **options):
    """Runs « vigie » where something is not as usual."""
    return subprocess.run([*options.pop("before", ()), BUILD / "vigie", "-c", office.file, *words], env=environment(),
                          stderr=subprocess.PIPE, encoding="utf-8", **options)


def export(office, name, *words):
    done = office.vigie("export", "--format", name, *words)
    assert done.returncode == GOOD and not done.stderr, done
    return done.stdout


def published(office):
    """uid -> what the views have, in the words of the formats."""
    rows = {}
    for row in office.rows("select l.*, p.name as partner_name from listings l join partners p using (partner)"
                           " where l.removed_at is null and l.published"):
        row["properties"] = json.loads(row["properties"])
        row["price"] = row["price_minor"] and row["price_minor"] / 100
        row["starts_at"], row["ends_at"] = (row["properties"].get(name) for name in ("starts_at", "ends_at"))
        rows[row["uid"]] = {name: row[name] for name in COLUMNS}
    return rows


def test_the_catalogue_is_as_hostile_as_it_should_be(catalogue):
    titles = {row["title"] for row in published(catalogue).values()}
    assert {"=HYPERLINK(\"http://a.example\",\"x\")", "</script><script>alert(1)</script>", "]]> & < > &amp;", '" . <x> <y> <z> . #',
            "\\n \\, \\; {}", "BEGIN:VEVENT", "-12,5"} <= titles


# ---- GeoJSON


@pytest.mark.parametrize("name", ["geojson", "geojsonl"])
def test_geojson_has_every_column_of_every_listing(catalogue, name):
    text = export(catalogue, name)
    features = json.loads(text)["features"] if name == "geojson" else [json.loads(line) for line in text.splitlines()]
    truth = published(catalogue)
    assert sorted(f["id"] for f in features) == sorted(truth)
    for feature in features:
        row = truth[feature["id"]]
        place = feature["geometry"] and feature["geometry"]["coordinates"]
        assert place == (row["longitude"] and [round(row["longitude"], 7), round(row["latitude"], 7)])
        assert feature["properties"] == {k: v for k, v in row.items() if k not in ("latitude", "longitude")}


@pytest.mark.parametrize("name", ["geojson", "geojsonl", "csv", "gpkg"])
def test_gdal_reads_it(catalogue, tmp_path, name):
    file = tmp_path / f"listings.{name}"
    assert not export(catalogue, name, "-o", file)
    places = ["-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude"] if name == "csv" else []
    said = program("ogrinfo", "-q", "-ro", "-al", "-geom=SUMMARY", file, *places, "-spat", "-1", "44.45", "1", "44.6")
    truth = [row for row in published(catalogue).values() if row["latitude"] and row["latitude"] > 44.45]
    assert len(re.findall(r"^OGRFeature", said, re.M)) == len(truth) > 0, said
    assert len(re.findall(r"^  title .* = Un « ", said, re.M)) == len(truth)


def test_check_geojson_finds_nothing_wrong(catalogue, tmp_path):
    file = tmp_path / "listings.geojson"
    export(catalogue, "geojson", "-o", file)
    assert node("geojson.mjs", file) == []
    file.write_text(file.read_text(encoding="utf-8").replace('"Point"', '"Pint"', 1), encoding="utf-8")
    assert node("geojson.mjs", file) != []


# ---- CSV


def rows_of(text, **form):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True, **form))


def plain(value):
    """A value as CSV has it."""
    if isinstance(value, dict):
        return value
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", ["csv", "csv-excel"])
def test_csv_has_every_column_of_every_listing(catalogue, tmp_path, name):
    file = tmp_path / "listings.csv"
    export(catalogue, name, "-o", file)
    raw = file.read_bytes()
    excel = name == "csv-excel"
    assert raw.startswith(b"\xef\xbb\xbf") == excel
    text = raw.decode("utf-8-sig")
    assert text.endswith("\r\n") and list(csv.reader([text.split("\r\n")[0]], delimiter=";" if excel else ","))[0] == COLUMNS
    rows, truth = {row["uid"]: row for row in rows_of(text, delimiter=";" if excel else ",")}, published(catalogue)
    assert sorted(rows) == sorted(truth)
    for uid, row in rows.items():
        assert None not in row and None not in row.values(), "as many fields as the header"
        for column, value in truth[uid].items():
            got = row[column]
            if column == "properties":
                assert json.loads(got) == value
            elif isinstance(value, float):
                assert float(got.replace(",", ".") if excel else got) == pytest.approx(value, abs=5e-8)
                assert ("," in got) == (excel and "," in got), got
            elif excel and column in ("first_seen", "changed_at", "source_updated_at", "starts_at", "ends_at"):
                assert got == plain(value).replace("T", " ").replace("Z", "")
            else:
                assert got in (plain(value), "'" + plain(value))
    number = re.compile(r"[-+]?\d+([.,]\d+)?")
    for row in rows.values():
        assert not [v for v in row.values() if v[:1] in tuple("=+-@\t\r\n") and v and not number.fullmatch(v)]
    assert sum(value.startswith("'") for row in rows.values() for value in (row["title"], row["description"])) >= 6


def test_csvkit_finds_nothing_wrong(catalogue, tmp_path):
    for name, form in (("csv", []), ("csv-excel", ["-d", ";"])):
        file = tmp_path / f"{name}.csv"
        export(catalogue, name, "-o", file)
        assert program("csvclean", "-n", *form, file) == "No errors.\n"
        file.write_bytes(file.read_bytes().rstrip(b"\r\n") + b",,;;\r\n")
        assert "Line" in program("csvclean", "-n", *form, file)


# ---- GeoPackage


def test_a_geopackage_is_one(catalogue, tmp_path):
    file = tmp_path / "listings.gpkg"
    export(catalogue, "gpkg", "-o", file)
    python_module("osgeo_utils.samples.validate_gpkg", "python3-gdal")
    validate = [sys.executable, "-m", "osgeo_utils.samples.validate_gpkg", "--extra", "--warning-as-error", file]
    subprocess.run(validate, check=True, capture_output=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["listings.gpkg"], "nothing else is left"
    truth = published(catalogue)
    layer = json.loads(program("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", file))
    features = {f["properties"]["uid"]: f for f in layer["features"]}
    assert sorted(features) == sorted(truth)
    for uid, row in truth.items():
        got = features[uid]["properties"]
        assert {k: got[k] for k in COLUMNS if k not in ("first_seen", "changed_at", "source_updated_at", "properties")} == {
            k: v for k, v in row.items() if k not in ("first_seen", "changed_at", "source_updated_at", "properties")}
        assert datetime.datetime.fromisoformat(got["first_seen"]) == datetime.datetime.fromisoformat(row["first_seen"])
    with open(file, "r+b") as broken:  # the validator must be able to say no
        broken.seek(68)
        broken.write(b"GPKX")
    assert subprocess.run(validate, capture_output=True).returncode != 0


@pytest.mark.skipif(SLOW > 1, reason="the file is the same of the other build")
def test_qgis_opens_it(catalogue, tmp_path):
    python_module("qgis.core", "python3-qgis")
    file = tmp_path / "listings.gpkg"
    export(catalogue, "gpkg", "-o", file)
    said = json.loads(program(sys.executable, SOURCE / "qgis_file.py", file, "listings", QT_QPA_PLATFORM="offscreen",
                              HOME=str(tmp_path), XDG_RUNTIME_DIR=str(tmp_path)))
    truth = published(catalogue)
    assert said["titles"] == {uid: row["title"] for uid, row in truth.items()} and said["crs"] == "EPSG:4326"
    assert said["box"] == sorted(uid for uid, row in truth.items() if row["latitude"] and row["latitude"] > 44.45)
    assert (said["types"]["price"], said["types"]["capacity"], said["types"]["first_seen"]) == ("Real", "Integer64", "DateTime")


# ---- iCalendar


def test_calendars_have_what_has_dates(catalogue):
    icalendar = python_module("icalendar", "python3-icalendar")
    text = export(catalogue, "ics")
    calendar = icalendar.Calendar.from_ical(text)
    events = {str(e["uid"]): e for e in calendar.walk("VEVENT")}
    truth = {uid: row for uid, row in published(catalogue).items() if row["starts_at"]}
    assert sorted(events) == sorted(truth) and len(truth) == len(HOSTILE) + 3
    for uid, row in truth.items():
        if "\\n" not in row["title"]:  # this library takes an escaped backslash before an n for an end of line
            assert (str(events[uid]["summary"]), str(events[uid].get("description", ""))) == (row["title"], row["description"] or "")
        assert set(events[uid]) <= {"UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION",
                                    "GEO", "URL", "IMAGE", "CATEGORIES", "TRANSP"}
    when = {uid.partition(":")[2]: (e["dtstart"].dt, e["dtend"].dt if "dtend" in e else None) for uid, e in events.items()}
    day, utc = datetime.date, datetime.timezone.utc
    assert when["kind-event"] == (day(2027, 7, 4), day(2027, 7, 7)), "the end is the day after"
    assert when["sunday"] == (day(2027, 12, 31), None)
    assert when["evening"] == (datetime.datetime(2027, 7, 4, 18, 30, tzinfo=utc), datetime.datetime(2027, 7, 4, 23, tzinfo=utc))
    assert max(len(line.encode()) for line in text.split("\n")) <= 76


def test_a_web_site_reads_the_same_calendar(catalogue, tmp_path):
    file = tmp_path / "listings.ics"
    export(catalogue, "ics", "-o", file)
    events, truth = node("calendar.mjs", file), {uid: row for uid, row in published(catalogue).items() if row["starts_at"]}
    assert sorted(events) == sorted(truth)
    for uid, row in truth.items():
        assert (events[uid]["summary"], events[uid]["description"]) == (row["title"], row["description"])
        assert events[uid]["start"] == row["starts_at"] and "attendee" not in events[uid]["names"]
    assert events["parc:kind-event"]["end"] == "2027-07-07"


# ---- RDF


def test_turtle_is_a_graph_of_points_of_interest(catalogue):
    rdflib = python_module("rdflib", "python3-rdflib")
    core, schema = rdflib.Namespace("https://www.datatourisme.fr/ontology/core#"), rdflib.Namespace("http://schema.org/")
    dc, label = rdflib.Namespace("http://purl.org/dc/elements/1.1/"), rdflib.RDFS.label
    graph = rdflib.Graph().parse(data=export(catalogue, "ttl"), format="turtle")
    truth = published(catalogue)
    subjects = {str(graph.value(s, dc.identifier)): s for s in graph.subjects(rdflib.RDF.type, core.PointOfInterest)}
    assert sorted(subjects) == sorted(truth)
    for uid, s in subjects.items():
        row = truth[uid]
        assert str(graph.value(s, label)) == row["title"]
        for name in ("creationDate", "lastUpdate", "lastUpdateDatatourisme", "hasBeenCreatedBy", "hasBeenPublishedBy"):
            assert graph.value(s, core[name]) is not None, name
        if row["latitude"]:
            geo = graph.value(graph.value(s, core.isLocatedAt), schema.geo)
            assert float(graph.value(geo, schema.latitude)) == pytest.approx(row["latitude"], abs=5e-8)
        if row["price"]:
            price = graph.value(graph.value(graph.value(s, core.offers), schema.priceSpecification), schema.price)
            assert float(price) == row["price"]
    full = subjects["parc:kind-event"]
    assert graph.value(full, label).language == "fr"
    assert {core.EntertainmentAndEvent, schema.Event} <= set(graph.objects(full, rdflib.RDF.type))
    period = graph.value(full, core.takesPlaceAt)
    assert (str(graph.value(period, core.startDate)), str(graph.value(period, core.endDate))) == ("2027-07-04", "2027-07-06")


# ---- JSON-LD


def test_jsonld_says_what_search_engines_ask_for(catalogue):
    document = json.loads(export(catalogue, "jsonld"))
    assert document["@context"] == "https://schema.org"
    truth, nodes = published(catalogue), {n["identifier"]: n for n in document["@graph"]}
    assert sorted(nodes) == sorted(truth) and len({n["@id"] for n in nodes.values()}) == len(nodes)
    for uid, node in nodes.items():
        assert (node.get("name"), node.get("description")) == (truth[uid]["title"], truth[uid]["description"])
        if node["@type"] == "Product" and truth[uid]["price"]:
            assert {"price", "priceCurrency", "seller"} <= set(node["offers"])
        if node["@type"] == "Event" and truth[uid]["starts_at"]:
            assert node["startDate"] == truth[uid]["starts_at"]
    boat = nodes["parc:kind-boat"]["offers"]
    assert (boat["price"], boat["priceCurrency"], boat["businessFunction"]) == ("85.50", "EUR", "http://purl.org/goodrelations/v1#LeaseOut")
    assert nodes["parc:kind-accommodation"]["address"]["addressLocality"] == "Marmande"
    assert nodes["parc:bare-activity"]["@type"] == "TouristAttraction"


def test_google_s_rules_are_kept(catalogue, tmp_path):
    file = tmp_path / "listings.jsonld"
    export(catalogue, "jsonld", "-o", file)
    found = node("structured_data.mjs", file)
    # A product without a price and a picture cannot satisfy them.
    assert found["nodes"] == len(ENTRIES) and set(found["errors"]) <= {"parc:bare-product"}
    file.write_text(file.read_text(encoding="utf-8").replace('"price":"85.50",', ""), encoding="utf-8")
    assert "parc:kind-boat" in node("structured_data.mjs", file)["errors"]


# ---- the command


def test_partner_and_kind_narrow_it_down(catalogue):
    boats = json.loads(export(catalogue, "geojson", "--kind", "boat", "-p", "parc"))["features"]
    assert {f["id"] for f in boats} == {"parc:kind-boat", "parc:bare-boat"}


@pytest.mark.parametrize("words, said", [
    ([], "needs --format FORMAT, one of: gpkg geojson"),
    (["--format", "geojsn"], 'did you mean "geojson"?'),
    (["--format", "docx"], "these are: gpkg geojson"),
    (["--format", "gpkg"], "-o FILE.gpkg"),
    (["--format", "csv", "--kind", "boot"], 'did you mean "boat"?'),
    (["--format", "csv", "-p", "park"], 'did you mean "parc"?'),
])
def test_what_is_wrong_is_said(catalogue, words, said):
    done = catalogue.vigie("export", *words)
    assert done.returncode == USAGE and said in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, done


def test_a_file_appears_whole_or_not_at_all(catalogue, tmp_path):
    file = tmp_path / "listings.csv"
    file.write_text("before")
    file.chmod(0o600)
    for name in ("geojson", "gpkg"):
        done = catalogue.vigie("export", "--format", name, "-o", tmp_path / "nowhere" / "listings")
        assert done.returncode == JOB_FAILED and "nowhere" in done.stderr and done.stderr.count("\n") == 1, done
        done = vigie(catalogue, "export", "--format", name, "-o", file, before=["bash", "-c", 'ulimit -f 40; trap "" XFSZ; exec "$@"', "-"])
        assert done.returncode == JOB_FAILED and done.stderr.count("\n") == 1, done
        assert file.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == ["listings.csv"]
    export(catalogue, "csv", "-o", file)
    assert file.read_text(encoding="utf-8").startswith("uid,") and [p.name for p in tmp_path.iterdir()] == ["listings.csv"]
    done = catalogue.vigie("export", "--format", "csv", "-o", tmp_path)
    assert done.returncode == JOB_FAILED and "is no file" in done.stderr, "nor is a device replaced"
    with open("/dev/full", "w") as full:
        done = vigie(catalogue, "export", "--format", "ttl", stdout=full)
    assert done.returncode == JOB_FAILED and "standard output" in done.stderr, done


def stop_at_once():
    """For the child: a signal that waits already."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("name", ["geojson", "gpkg"])
def test_nothing_is_left_of_what_was_stopped(catalogue, tmp_path, name):
    file = tmp_path / "listings"
    file.write_text("before")
    done = vigie(catalogue, "export", "--format", name, "-o", file, preexec_fn=stop_at_once)
    assert done.returncode == JOB_FAILED and "interrupted" in done.stderr and done.stderr.count("\n") == 1, done
    assert file.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == ["listings"]


# ---- the file itself


def read_by_python(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
        return db.execute(WHOLE).fetchone()


def read_by_command(path):
    return tuple(map(int, program("sqlite3", "-readonly", "-cmd", ".timeout 10000", path, WHOLE).strip().split("|")))


def read_by_gdal(path):
    said = program("ogrinfo", "-q", "-ro", path, "-dialect", "SQLITE", "-sql", WHOLE)
    return tuple(map(int, re.findall(r" = (\d+)$", said, re.M)))


WHOLE = "select count(distinct title) as titles, count(*) as n from listings where removed_at is null"


@pytest.mark.parametrize("read", [read_by_python, read_by_command, read_by_gdal])
def test_readers_see_whole_runs_while_one_writes(tmp_path, read):
    """Each run gives every listing another title; nobody ever sees two of them, and nobody is refused."""
    office, seen = an_office(tmp_path, map={"title": "/title", "kind": "/kind"}), []
    for n in range(5):
        write(office.folder, [{"id": i, "kind": "boat", "title": f"Version {n}"} for i in range(5000)])
        if n == 0:  # it is made
            office.sync("parc")
            continue
        run = office.syncing("parc")
        while run.poll() is None:
            seen.append(read(office.path))
        said, error = run.communicate()
        assert run.returncode == GOOD and json.loads(said)[0]["changed"] == 5000, error
    assert len(seen) >= 4 and set(seen) == {(1, 5000)}, set(seen)


# ---- docs


def test_the_manual_names_every_format_and_column(catalogue):
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    said = catalogue.vigie("export").stderr.strip().partition("one of: ")[2].split()
    assert sorted(re.findall(r"^\| `([a-z-]+)` \| [`|]", text.split("\n## ")[0], re.M)) == sorted(said)
    assert re.search(r"\n## Columns\n`([^`]*)`", text)[1].split() == COLUMNS
    kinds = re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"^\| (`.*?) \|", text.split("\n## Kinds")[1], re.M)))
    assert sorted(kinds) == sorted(KINDS)
    manual = catalogue.vigie("help", "export").stdout
    assert all(re.search(rf"\b{name}\b", manual) for name in said)


def examples():
    texts = [(ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("catalogue", "formats")]
    return re.findall(r"^```(sh|python)\n(.*?)^```", "\n".join(texts), re.M | re.S)


def test_the_examples_of_the_manual_work(catalogue, tmp_path):
    assert len(examples()) >= 5
    for name in ("catalogue.db", "vigie.conf"):
        shutil.copy(catalogue.folder / name, tmp_path)
    tool = tmp_path / "vigie"
    tool.write_text(f'#!/bin/sh\nexec {BUILD / "vigie"} -c {catalogue.file} "$@"\n')
    tool.chmod(0o755)
    said = []
    for kind, text in examples():
        command = ["bash", "-e", "-o", "pipefail", "-c", text] if kind == "sh" else ["/usr/bin/python3", "-c", text]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8",
                              env=environment(PATH=f"{tmp_path}:/usr/bin:/bin", HOME=str(tmp_path)))
        assert done.returncode == 0 and "rror" not in done.stderr, (text, done)
        said.append(done.stdout)
    assert "parc|boat|2\n" in said[0] and "Un jour" in "".join(said)
    assert (tmp_path / "events.ics").exists() and (tmp_path / "accommodation.csv").exists()
    assert (tmp_path / "boats.shp").exists() and len(json.loads((tmp_path / "near.geojson").read_text())["features"]) == len(KINDS)
