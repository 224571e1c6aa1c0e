# SPDX-License-Identifier: Apache-2.0
"""OGC API - Features 1.0.1: what the official suite (ets-ogcapi-features10) asserts, and what clients are known to send."""
import datetime
import json
import re
import urllib.parse

import pytest

from reading import COUNT, LICENSE, PARTNERS, get, served, shelf  # noqa: F401

pytestmark = pytest.mark.xdist_group("ogc")
GEOJSON, SCHEMA, HTML = "application/geo+json", "application/schema+json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
COLLECTIONS = {"all": COUNT, **{kind: len(rows) for kind, rows in PARTNERS.values()}}
SHOWN = "removed_at IS NULL AND published"


def links(document, rel, type=None):
    return [l["href"] for l in document["links"] if l["rel"] == rel and type in (None, l.get("type"))]


def good(served, target, type="application/json", **headers):
    """The JSON of an answer that is 200 and of that type."""
    answer = served.get(target, **headers)
    assert (answer.status, answer.type) == (200, type), (target, answer.status, answer.type, answer.body[:300])
    return answer.json


def items(served, collection="all", **query):
    return good(served, f"/collections/{collection}/items?{urllib.parse.urlencode(query)}", GEOJSON)


def uids(document):
    return [f["id"] for f in document["features"]]


def every_page(served, collection="all", **query):
    """All features, by the links « next »."""
    page, features = items(served, collection, **query), []
    while True:
        assert page["numberReturned"] == len(page["features"]) <= int(query.get("limit", 25))
        features += page["features"]
        more = links(page, "next")
        if not more:
            assert page["numberMatched"] == len(features)
            return features
        assert more == links(page, "next", GEOJSON) and page["numberReturned"] == int(query.get("limit", 25))
        page = good(served, more[0], GEOJSON)


def refused(served, target, code="query-param-invalid", status=400):
    """The description of a problem, which satisfies both the standard's exception and RFC 9457."""
    answer = served.get(target)
    assert (answer.status, answer.type) == (status, "application/problem+json"), (target, answer.status, answer.body[:300])
    problem = answer.json
    assert problem["status"] == status and problem["code"] == code and problem["title"]
    assert problem["description"] == problem["detail"]
    return problem["description"]


# ---- the documents

def test_landing_page(served):
    landing = good(served, "/", Accept="application/json")
    assert links(landing, "service-desc", OPENAPI) == [served.url + "/api"]
    assert good(served, links(landing, "service-desc")[0], OPENAPI, Accept=OPENAPI)["openapi"] == "3.0.3"
    assert served.get(links(landing, "service-doc", HTML)[0]).type.startswith(HTML)
    assert good(served, links(landing, "conformance")[0]) and good(served, links(landing, "data")[0])
    assert links(landing, "self") == [served.url + "/"] and links(landing, "alternate", HTML)
    assert get(served.url, "").status == 200  # an empty path


def test_conformance(served):
    classes = good(served, "/conformance", Accept="application/json")["conformsTo"]
    assert classes == [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{c}" for c in ("core", "oas30", "geojson", "html")]


def test_collections(served):
    document = good(served, "/collections", Accept="application/json")
    assert links(document, "self", "application/json") and links(document, "alternate", HTML)
    assert {c["id"]: c["itemCount"] for c in document["collections"]} == COLLECTIONS
    for entry in document["collections"]:
        west, south, east, north = entry["extent"]["spatial"]["bbox"][0]
        assert entry["extent"]["temporal"]["interval"] == [[None, None]]
        for f in every_page(served, entry["id"], limit=100):
            if f["geometry"]:
                x, y = f["geometry"]["coordinates"]
                assert west <= x <= east and south <= y <= north
        one = good(served, f"/collections/{entry['id']}", Accept="application/json")
        assert all(one[k] == entry[k] for k in entry if k != "links")
        key = lambda l: (l["href"], l["rel"], l.get("type"))  # noqa: E731
        assert {key(l) for l in entry["links"] if l["rel"] not in ("self", "alternate")} <= {key(l) for l in one["links"]}
        assert links(one, "items", GEOJSON) == [f"{served.url}/collections/{entry['id']}/items"]
        assert links(one, "license") == [LICENSE]
        assert links(one, "items", HTML) and links(one, "describedBy", SCHEMA) == links(one, "describedby", SCHEMA)
        schema = good(served, links(one, "describedby")[0], SCHEMA)
        assert {"uid", "kind", "starts_at", "price"} <= set(schema["properties"]["properties"]["properties"])


@pytest.mark.parametrize("target", ["/collections/none", "/collections/deal", "/collections/none/items", "/collections/none/schema",
                                    "/collections/none/items/agenda:1", "/collections/all/items/agenda:none",
                                    "/collections/boat/items/agenda:1", "/collections/all/items/none", "/nowhere"])
def test_what_there_is_not(served, target):
    refused(served, target, "not-found", 404)


def test_problems_of_parameters(served):
    for target in ("/", "/conformance", "/collections", "/collections/all", "/collections/all/items", "/api",
                   "/collections/all/items/agenda:1", "/collections/all/schema"):
        assert "unknown12345" in refused(served, f"{target}?unknown12345=1", "query-param-unknown")
    for query in ("limit=x", "limit=0", "limit=-1", "limit=1.5", "offset=-1", "price_min=x", "capacity_min=x", "kind=castle",
                  "bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,10,1,9", "datetime=tomorrow", "datetime=2026-02-30",
                  "datetime=2026-07-02/2026-07-01", "limit=1&limit=2"):
        assert query.partition("=")[0] in refused(served, f"/collections/all/items?{query}")


# ---- items

@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("limit", [1000, 25, 7])
def test_every_listing_once(served, shelf, collection, limit):
    kind = "" if collection == "all" else f" AND kind = '{collection}'"
    truth = {r["uid"] for r in shelf.rows(f"SELECT uid FROM listings WHERE {SHOWN}{kind}")}
    found = [f["id"] for f in every_page(served, collection, limit=limit)]
    assert len(found) == len(truth) == COLLECTIONS[collection] and set(found) == truth


def test_a_page(served):
    page = items(served, limit=3)
    assert page["type"] == "FeatureCollection" and page["numberReturned"] == 3 and page["numberMatched"] == COUNT
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(page["timeStamp"].replace("Z", "+00:00"))
    assert abs(age) < datetime.timedelta(minutes=10)
    assert all(l["type"] for l in page["links"]) and links(page, "self", GEOJSON) and links(page, "alternate", HTML)
    for f in page["features"]:
        assert f["type"] == "Feature" and f["id"] and f["geometry"]["type"] == "Point" and f["properties"]["uid"] == f["id"]
    assert items(served, limit=99999)["numberReturned"] == COUNT, "more than the maximum is no error"
    assert len(items(served)["features"]) == 25
    for after in (2**63 - 2, 2**63 - 1):
        assert items(served, after=after)["features"] == []
    assert uids(items(served, offset=130, limit=3)) == uids(items(served, limit=1000))[130:133]
    for f in ("json", "geojson"):
        assert uids(items(served, f=f, limit=3)) == uids(page)


def test_an_item(served, shelf):
    for uid in (r["uid"] for r in shelf.rows(f"SELECT uid FROM listings WHERE {SHOWN} AND partner <> 'agenda'")):
        for coded in (urllib.parse.quote(uid, safe=""), urllib.parse.quote(uid, safe=":@!$&'()*+,;=")):
            item = good(served, f"/collections/all/items/{coded}", GEOJSON)
            assert (item["type"], item["id"]) == ("Feature", uid)
            assert links(item, "self", GEOJSON) and links(item, "alternate", HTML) and links(item, "collection", "application/json")
            assert good(served, links(item, "self")[0], GEOJSON) == item
    assert good(served, "/collections/place/items/bizarre:a/b", GEOJSON)["id"] == "bizarre:a/b", "as GDAL asks for it"


BOXES = [(-1.5, 50, 1.5, 53), (-80, -5, -70, 5), (177, 65, -177, 70), (-180, 85, 180, 90), (-180, -90, 180, -85),
         (-179.5, -60, 179.5, 66), (179, -70, -179, 0), (-180, -90, 180, 90), (.1, 44.3, .3, 44.5)]


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_bbox(served, shelf, box):
    west, south, east, north = box
    lon = "longitude BETWEEN ? AND ?" if west <= east else "(longitude >= ? OR longitude <= ?)"
    truth = shelf.one(f"SELECT count(*) FROM listings WHERE {SHOWN} AND (latitude IS NULL OR latitude BETWEEN ? AND ? AND {lon})",
                      south, north, west, east)
    without = shelf.one(f"SELECT count(*) FROM listings WHERE {SHOWN} AND latitude IS NULL")
    assert without == 6 <= truth <= COUNT
    found = every_page(served, bbox=",".join(map(str, box)), limit=10)
    assert len(found) == truth and sum(f["geometry"] is None for f in found) == without
    with_heights = every_page(served, bbox=f"{west},{south},-100,{east},{north},9000", limit=1000)
    assert [f["id"] for f in with_heights] == [f["id"] for f in found]


def when(row):
    """First and last second of an invented event; None: any time."""
    if "start" not in row:
        return None
    first, last = row["start"], row["end"] or row["start"]
    return (first if "T" in first else first + "T00:00:00Z"), (last if "T" in last else last + "T23:59:59Z")


@pytest.mark.parametrize("text, first, last", [
    ("2026-07-04", "2026-07-04T00:00:00Z", "2026-07-04T23:59:59Z"),
    ("2026-07-01T18:30:00Z", "2026-07-01T18:30:00Z", "2026-07-01T18:30:00Z"),
    ("2026-07-01T20:30:00+02:00", "2026-07-01T18:30:00Z", "2026-07-01T18:30:00Z"),
    ("2026-07-01T18:30:01Z", "2026-07-01T18:30:01Z", "2026-07-01T18:30:01Z"),
    ("2026-06-30/2026-07-05", "2026-06-30T00:00:00Z", "2026-07-05T23:59:59Z"),
    ("2026-06-30T00:00:00Z/2026-07-05T12:31:12Z", "2026-06-30T00:00:00Z", "2026-07-05T12:31:12Z"),
    ("2026-07-10/..", "2026-07-10T00:00:00Z", "9"), ("2026-07-10/", "2026-07-10T00:00:00Z", "9"),
    ("2026-07-10T/..", "2026-07-10T00:00:00Z", "9"), ("../2026-07-10T", "0", "2026-07-10T23:59:59Z"),
    ("../2026-07-10T00:00:00Z", "0", "2026-07-10T00:00:00Z"), ("/2026-07-10", "0", "2026-07-10T23:59:59Z"),
    ("2018-02-12T23:20:50Z", "2018-02-12T23:20:50Z", "2018-02-12T23:20:50Z"),
    ("../..", "0", "9")])
def test_datetime(served, text, first, last):
    truth = {f"{name}:{row['id']}" for name, (_, rows) in PARTNERS.items() for row in rows
             if not when(row) or (when(row)[0] <= last and when(row)[1] >= first)}
    assert set(f["id"] for f in every_page(served, datetime=text)) == truth


@pytest.mark.parametrize("query, where", [
    ({"partner": "bateaux"}, "partner = 'bateaux'"), ({"partner": "nobody"}, "false"), ({"kind": "event"}, "kind = 'event'"),
    ({"kind": "deal"}, "false"), ({"price_min": 100, "price_max": 200}, "price_minor BETWEEN 10000 AND 20000"),
    ({"price_max": "99.99"}, "price_minor <= 9999"), ({"capacity_min": 6}, "capacity >= 6"),
    ({"partner": "bateaux", "capacity_min": 6, "price_max": 300, "bbox": "-180,-90,180,0"},
     "partner = 'bateaux' AND capacity >= 6 AND price_minor <= 30000 AND (latitude <= 0 OR latitude IS NULL)"),
    ({"kind": "boat", "partner": "agenda"}, "false"), ({"q": ""}, "true")], ids=str)
def test_filters(served, shelf, query, where):
    truth = {r["uid"] for r in shelf.rows(f"SELECT uid FROM listings WHERE {SHOWN} AND {where}")}
    assert {f["id"] for f in every_page(served, limit=10, **query)} == truth
    assert items(served, limit=1, **query)["numberMatched"] == len(truth)


def test_the_kind_of_a_collection_and_the_parameter(served):
    assert len(every_page(served, "boat", kind="boat")) == COLLECTIONS["boat"]
    assert items(served, "boat", kind="event")["numberMatched"] == 0


def test_search(served):
    fetes = {f"agenda:{n}" for n in range(60)}
    for q in ("fête", "FETE", "fet"):
        assert {f["id"] for f in every_page(served, q=q)} == fetes
    assert {f["id"] for f in every_page(served, q="bal buvette", limit=7)} == {f"agenda:{n}" for n in range(1, 60, 2)}
    assert [f["id"] for f in every_page(served, q="péniche 17")] == ["bateaux:b17"]
    assert len(every_page(served, "event", q="concert", datetime="2026-07-04", limit=2)) in (1, 2)
    for hostile in ('"', "*", "a AND", "NEAR(", "-x", "title:x", "'"):
        assert served.get("/collections/all/items?" + urllib.parse.urlencode({"q": hostile})).status == 200
    assert served.get("/collections/all/items?q=" + "a+" * 100).status == 200
    assert served.get("/collections/all/items?q=" + "a+" * 101).status == 400


# ---- for people, and for browsers

def test_every_answer_is_a_page_too(served):
    """Claimed by the conformance class « html »; texts of partners stay texts."""
    targets = ["/conformance", "/collections", "/collections/all", "/collections/all/items?limit=1000", "/api",
               "/collections/all/schema", "/collections/place/items/bizarre:%3Ci%3E"]
    for target in targets:
        page = served.get(target, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
        text = page.body.decode()
        assert page.status == 200 and page.type.startswith(HTML) and text.startswith("<!DOCTYPE html>"), target
        assert re.search(r'<link rel="alternate" type="application/[a-z+.]*json', text), target
        assert all(re.match(r'type="application/ld\+json"|src="/assets/', s) for s in text.split("<script ")[1:]) and "<i>" not in text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert served.get(target + ("&" if "?" in target else "?") + "f=html", Accept="application/json").type.startswith(HTML)
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', served.get(targets[-1] + "?f=html").body.decode(), re.S)
    assert json.loads(data)["@id"] == served.url + targets[-1].replace("/place/", "/all/")
    assert "a,b;c&quot;d\\e" in served.get("/collections/all/items?limit=1000&f=html").body.decode()
    french, english = (served.get("/collections?f=html", Accept_Language=l).body.decode() for l in ("fr", "en-GB,fr;q=0.5"))
    assert "Bateaux" in french and "Boats" in english and '<html lang="en">' in english


def test_other_formats_of_the_same_listings(served):
    for name, first in (("csv", b"uid,"), ("csv-excel", b"\xef\xbb\xbf"), ("jsonld", b"{"), ("geojsonl", b'{"type":"Feature"'),
                        ("ics", b"BEGIN:VCALENDAR\r\n"), ("ttl", b"@prefix")):
        page = served.get(f"/collections/event/items?limit=2&f={name}")
        assert page.status == 200 and page.body.startswith(first), (name, page.body[:100])
        following = re.search(r'<([^>]*)>; rel="next"', page.headers["Link"])[1]
        second = served.get(following)
        assert (second.status, second.type) == (200, page.type) and second.body != page.body
        one = served.get(f"/collections/event/items/agenda:3?f={name}")
        assert one.status == 200 and one.body.startswith(first) and b"F\xc3\xaate" in one.body
    assert served.get("/collections/all/items?f=nothing").status in (400, 406)


def test_browsers_and_caches(served):
    target = "/collections/all/items?limit=5"
    answer = served.get(target, Origin="https://elsewhere.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["ETag"]
    assert served.get(target, If_None_Match=answer.headers["ETag"]).status == 304
    head = served.get(target, method="HEAD")
    assert head.status == 200 and head.body == b"" and head.headers["Content-Length"] == str(len(answer.body))
    options = served.get(target, method="OPTIONS", Origin="https://elsewhere.example", Access_Control_Request_Method="GET")
    assert options.status in (200, 204) and "GET" in options.headers["Access-Control-Allow-Methods"]
    for method in ("POST", "PUT", "DELETE"):
        assert served.get(target, method=method).status == 405


# ---- OpenAPI

def test_openapi(served):
    api = good(served, "/api", OPENAPI)
    for path in ("/", "/conformance", "/collections", "/collections/{collectionId}", "/collections/{collectionId}/items",
                 "/collections/{collectionId}/items/{featureId}", "/api"):
        assert "get" in api["paths"][path]
    operations = [o for p in api["paths"].values() for o in p.values()]
    assert len({o["operationId"] for o in operations}) == len(operations) and all("security" in o or api["security"] == [] for o in operations)
    get_features = api["paths"]["/collections/{collectionId}/items"]["get"]
    parameters = {p["name"]: p for p in get_features["parameters"]}
    assert set(parameters["collectionId"]["schema"]["enum"]) == set(COLLECTIONS)
    bbox = parameters["bbox"]
    assert (bbox["in"], bbox["required"], bbox["style"], bbox["explode"]) == ("query", False, "form", False)
    assert bbox["schema"] == {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"},
                              "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 25}
    assert parameters["limit"]["explode"] is False and parameters["limit"]["style"] == "form"
    assert parameters["datetime"]["schema"] == {"type": "string"} and parameters["datetime"]["explode"] is False
    assert {"q", "partner", "kind", "price_min", "price_max", "capacity_min", "offset", "f"} < set(parameters) and "after" not in parameters
    assert set(get_features["responses"]) >= {"200", "400", "404", "default"}
    assert GEOJSON in get_features["responses"]["200"]["content"] and HTML in get_features["responses"]["200"]["content"]
    page = served.get("/api?f=html").body.decode()
    assert all(f'id="{o["operationId"]}"' in page for o in operations)


# ---- what changes

def test_what_changes_is_seen_at_once(office, make):
    """A reader that asks again gets a new answer when the catalogue has changed, and 304 while it has not."""
    partner = make(count=12)
    office.add(partner, removal={"age": "0s", "runs": 1, "brake_percent": 100, "brake_count": 100})
    office.sync(partner.name)
    with office.daemon_served() as served:
        def page(**headers):
            return get(served.url, "/collections/all/items", **headers)
        first = page()
        assert first.json["numberMatched"] == 12
        assert page(If_None_Match=first.headers["ETag"]).status == 304
        partner.remove(3)
        office.sync(partner.name)
        second = page(If_None_Match=first.headers["ETag"])
        assert second.status == 200 and second.json["numberMatched"] == 9 == len(second.json["features"])
        gone = set(uids(first.json)) - set(uids(second.json))
        assert {get(served.url, "/collections/all/items/" + uid).status for uid in gone} == {404}
        assert json.loads(get(served.url, "/collections").body)["collections"][0]["itemCount"] == 9
