# SPDX-License-Identifier: Apache-2.0
"""Programs that read OGC API - Features, run for real: GDAL, QGIS, OWSLib, ogc-client, and validators of the description."""
import json
import re
import sys

import pytest

from office import ROOT, SLOW
from reading import COUNT, PARTNERS, served, shelf  # noqa: F401
from webtools import SOURCE, node, program, python_module

pytestmark = pytest.mark.xdist_group("ogc")
SHOWN = "removed_at IS NULL AND published"
BOX = "latitude BETWEEN 44.3 AND 44.5 AND longitude BETWEEN .1 AND .3"


def truth(shelf, where="true"):
    return sorted(r["uid"] for r in shelf.rows(f"SELECT uid FROM listings WHERE {SHOWN} AND {where}"))


def ogr2ogr(served, tmp_path, collection, *words):
    """The uids of the GeoJSON that GDAL makes of what it has read."""
    made = tmp_path / f"{len(list(tmp_path.iterdir()))}.geojson"
    program("ogr2ogr", "-f", "GeoJSON", made, f"OAPIF:{served.url}", collection, *words)
    return sorted(f["properties"]["uid"] for f in json.loads(made.read_text(encoding="utf-8"))["features"])


def test_ogr2ogr(served, shelf, tmp_path):
    for page in (7, 100, 5000):
        assert ogr2ogr(served, tmp_path, "all", "-oo", f"PAGE_SIZE={page}") == truth(shelf)
    assert len(truth(shelf)) == COUNT
    assert ogr2ogr(served, tmp_path, "all", "-spat", ".1", "44.3", ".3", "44.5") == truth(shelf, BOX)
    assert ogr2ogr(served, tmp_path, "boat", "-spat", "-180", "-90", "-170", "90") == truth(shelf, "longitude < -170")
    for where, sql in (("partner = 'bizarre'", "partner = 'bizarre'"), ("kind = 'boat' AND price <= 100", "price_minor <= 10000"),
                       ("capacity >= 6 OR kind = 'event'", "capacity >= 6 OR kind = 'event'"), ("id = 'agenda:5'", "uid = 'agenda:5'"),
                       ("id = 'bizarre:a/b'", "uid = 'bizarre:a/b'")):
        assert ogr2ogr(served, tmp_path, "all", "-where", where) == truth(shelf, sql), where


def test_gdal_sees_the_types(served):
    said = program("ogrinfo", "-so", f"OAPIF:{served.url}", "all")
    for line in ("Geometry: Point", f"Feature Count: {COUNT}", "price: Real", "capacity: Integer", "title: String", "uid: String",
                 "starts_at: DateTime"):
        assert line in said, said


DATES = "json_extract(properties, '$.starts_at')"


@pytest.mark.parametrize("where, sql", [
    ("starts_at >= '2026-07-10'", f"{DATES} >= '2026-07-10'"),
    ("starts_at > '2026-06-26 18:00:00' AND starts_at < '2026-07-10'", f"{DATES} > '2026-06-26T18:00:00Z' AND {DATES} < '2026-07-10'"),
    ("ends_at <= '2026-07-10'", "json_extract(properties, '$.ends_at') <= '2026-07-10'"),
    ("NOT (starts_at >= '2026-07-10') AND title <> 'Fête n° 3'", f"{DATES} < '2026-07-10' AND title <> 'Fête n° 3'"),
    ("kind IN ('boat', 'place') AND (price BETWEEN 100 AND 200 OR title IS NULL)", "kind IN ('boat', 'place') AND (price_minor BETWEEN 10000 AND 20000 OR title IS NULL)"),
    ("starts_at IS NULL", f"{DATES} IS NULL"),
    ("first_seen >= '2020-01-01' AND changed_at < '2026-01-01'", "changed_at < '2026-01-01'"),
    ("changed_at >= '2026-01-01' AND title LIKE 'Fête%'", "title LIKE 'Fête%'")])
def test_dates_of_ogr2ogr(served, shelf, tmp_path, where, sql):
    assert ogr2ogr(served, tmp_path, "all", "-where", where) == truth(shelf, sql)


@pytest.mark.skipif(SLOW > 1, reason="others ask a sanitized service; it is QGIS that takes its time")
def test_qgis(served, shelf, tmp_path):
    python_module("qgis.core", "python3-qgis")
    said = json.loads(program(sys.executable, SOURCE / "qgis_client.py", served.url, "event", "\"starts_at\" >= '2026-07-10'",
                              "\"starts_at\" <= '2026-07-10'", QT_QPA_PLATFORM="offscreen", HOME=str(tmp_path),
                              XDG_RUNTIME_DIR=str(tmp_path)))
    assert said["uids"] == truth(shelf, "kind = 'event'") and said["crs"] == "EPSG:4326"
    assert said["box"] == truth(shelf, f"kind = 'event' AND {BOX}") and said["types"]["title"] == "String"
    assert said["\"starts_at\" >= '2026-07-10'"] == truth(shelf, f"{DATES} >= '2026-07-10'")
    assert said["\"starts_at\" <= '2026-07-10'"] == truth(shelf, f"{DATES} < '2026-07-11'")


def test_owslib(served, shelf):
    python_module("owslib.ogcapi.features", "python3-owslib")
    said = json.loads(program(sys.executable, SOURCE / "owslib_client.py", served.url, "event", "agenda:7"))
    assert said["openapi"] == "3.0.3" and said["item"] == "agenda:7" and len(said["conformance"]) >= 4
    assert said["collections"] == ["all", *sorted(kind for kind, _ in PARTNERS.values())]
    assert sorted(said["ids"]) == truth(shelf, "kind = 'event'")
    assert said["box"] == len(truth(shelf, f"kind = 'event' AND (latitude IS NULL OR {BOX})"))


def test_ogc_client(served, shelf):
    """It adds f=json everywhere, and pages by offset."""
    said = node("ogc_client.mjs", served.url + "/", "all", "bizarre:é è")
    assert said["features"] is True and said["collections"] == ["all", "boat", "event", "place"]
    assert sorted(said["items"]) == truth(shelf) and said["item"]["id"] == "bizarre:é è"
    assert said["description"]["itemCount"] == COUNT and said["info"]["title"] == "Office de tourisme du Val de Garonne"


def test_validators_of_the_description(served, tmp_path):
    api = served.get("/api").json
    good, bad = tmp_path / "api.json", tmp_path / "bad.json"
    good.write_text(json.dumps(api))
    said = node("openapi.mjs", good)
    assert said == {"spectral": [], "redocly": [], "schema": []}
    del api["paths"]["/collections"]["get"]["responses"]
    api["paths"]["/conformance"]["get"]["operationId"] = api["paths"]["/api"]["get"]["operationId"]
    bad.write_text(json.dumps(api))
    said = node("openapi.mjs", bad)
    assert said["spectral"] and said["redocly"] and said["schema"], "they see what is wrong"


def as_json_schema(schema):
    """A schema of OpenAPI 3.0 as JSON Schema, which has no « nullable »."""
    if isinstance(schema, list):
        return [as_json_schema(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    made = {k: as_json_schema(v) for k, v in schema.items()}
    if made.pop("nullable", False):
        made = {"anyOf": [made, {"type": "null"}]}
    return made


def test_answers_are_what_the_description_says(served):
    jsonschema = python_module("jsonschema", "python3-jsonschema")
    api = served.get("/api").json
    components = {"components": as_json_schema(api["components"])}
    answers = {"/": "/", "/conformance": "/conformance", "/collections": "/collections", "/collections/{collectionId}": "/collections/boat",
               "/collections/{collectionId}/items": "/collections/all/items?limit=1000",
               "/collections/{collectionId}/items/{featureId}": "/collections/boat/items/bateaux:b3"}
    for path, target in answers.items():
        answer = served.get(target)
        schema = api["paths"][path]["get"]["responses"]["200"]["content"][answer.type]["schema"]
        jsonschema.validate(answer.json, {**schema, **components})
        assert "$ref" in schema
    problem = served.get("/collections/all/items?limit=x")
    schema = api["paths"]["/collections/{collectionId}/items"]["get"]["responses"]["400"]["content"][problem.type]["schema"]
    jsonschema.validate(problem.json, {**schema, **components})
    wrong = served.get("/collections").json
    del wrong["collections"][0]["id"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, {"$ref": "#/components/schemas/collections", **components})


def test_listings_are_what_the_schema_says(served):
    """Once what they do not have is left out: GDAL knows no type that may be null."""
    jsonschema = python_module("jsonschema", "python3-jsonschema")
    schema = served.get("/collections/all/schema").json
    assert schema["properties"].pop("geometry")["$ref"].startswith("https://geojson.org/")
    for feature in served.get("/collections/all/items?limit=1000").json["features"]:
        feature["properties"] = {k: v for k, v in feature["properties"].items() if v is not None}
        jsonschema.validate(feature, schema)
        assert set(feature["properties"]) <= set(schema["properties"]["properties"]["properties"])


# ---- the manual

def test_the_examples_of_the_manual_work(served, tmp_path):
    text = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    examples = [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
    assert len(examples) >= 9
    said = {line: program("bash", "-e", "-c", f"cd {tmp_path}; " + line.replace("http://127.0.0.1:8047", served.url))
            for line in examples}
    collections, today, boats, search, condition, *_ = said.values()
    assert len(json.loads(collections)["collections"]) == 4 and json.loads(today)["numberMatched"] == 2
    assert json.loads(boats)["type"] == "FeatureCollection" and search.startswith("uid,") and "Péniche" in search
    assert len(json.loads(condition)["features"]) == 25
    assert len((tmp_path / "everything.csv").read_text(encoding="utf-8").splitlines()) > COUNT
    assert len(json.loads((tmp_path / "july.geojson").read_text(encoding="utf-8"))["features"]) == 30
    assert (tmp_path / "near.gpkg").exists()


def test_the_manual_has_every_route_and_parameter(served):
    text = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    api = served.get("/api").json
    for path in api["paths"]:
        if path.startswith("/collections") or path in ("/", "/conformance", "/api"):
            assert f"`{path}`" in text
    for p in api["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]:
        assert p["in"] == "path" or f"`{p['name']}`" in text, p["name"]
