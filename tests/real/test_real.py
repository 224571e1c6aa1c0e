# SPDX-License-Identifier: Apache-2.0
"""Real documents of the formats that partners have: how many listings, and fields by value, against Python's own reading."""
import csv
import datetime
import json
import pathlib
import re
import zoneinfo

import pytest

PARTNERS = pathlib.Path(__file__).with_name("partners")


def utc(text):
    """A time as the catalogue writes it."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00").replace("+0000", "+00:00"))
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def openagenda(document):
    return {str(e["uid"]): {
        "kind": "event", "title": e["title"]["fr"], "latitude": e["location"]["latitude"], "longitude": e["location"]["longitude"],
        "street": e["location"]["address"], "place": e["location"]["name"]} for e in document["events"]}


def openagenda_many(document):
    return {str(e["uid"]): {"title": e["title"].get("fr") or e["title"]["en"], "latitude": e["location"].get("latitude")}
            for e in document["from0"]["events"]}


def apidae_objects(objects):
    found = {}
    for o in objects:
        place = o.get("localisation", {})
        row = {"title": o["nom"]["libelleFr"], "postcode": place.get("adresse", {}).get("codePostal"), "type": o.get("type")}
        point = place.get("geolocalisation", {}).get("geoJson")
        row["longitude"], row["latitude"] = point["coordinates"] if point else (None, None)
        if "dateModification" in o.get("gestion", {}):
            row["source_updated_at"] = utc(o["gestion"]["dateModification"])
        found[str(o["id"])] = row
    return found


def apidae(document):
    return apidae_objects(document.get("objetsTouristiques", []))


def velib(document):
    return {r["recordid"]: {
        "title": "Station " + r["recordid"], "capacity": r["fields"]["numdocksavailable"], "bikes": r["fields"]["numbikesavailable"],
        "renting": r["fields"]["is_renting"], "source_updated_at": utc(r["record_timestamp"])} for r in document}


def towns(document):
    return {r["gml_id"]: {"title": r["nom"], "latitude": pytest.approx(r["geo_point_2d"]["lat"], abs=1e-9),
                          "longitude": pytest.approx(r["geo_point_2d"]["lon"], abs=1e-9), "insee": r["code_insee"]} for r in document}


def gbfs(document):
    return {s["station_id"]: {
        "title": s["name"] if isinstance(s["name"], str) else s["name"][0]["text"], "latitude": s["lat"], "longitude": s["lon"],
        "capacity": s.get("capacity"), "region": s.get("region_id"), "phone": None} for s in document["data"]["stations"]}


def cforgood(document):
    found = {}
    for shop in document:
        for place in shop["addresses"] or [None]:
            found[f"{shop['id']}/{place['id']}" if place else str(shop["id"])] = {
                "title": shop["name"], "latitude": place and place["latitude"], "longitude": place and place["longitude"],
                "price_text": shop["perks"][0]["offer"] if shop["perks"] else None, "email": None}
    return found


def yescapa(document):
    return {str(v["id"]): {
        "title": v["title"], "url": v["ad_url"], "price_minor": round(v["price_per_day"] * 100), "price_unit": "day", "currency": "EUR",
        "capacity": v["vehicle_seats"], "rating": v["display_review_average"], "rating_count": v["review_count"]}
        for v in document["results"]}


def homeexchange(document):
    return {str(h["id"]): {
        "title": next(d["title"] for d in h["descriptions"] if d["locale"] == "fr"), "latitude": h["location"]["latitude"],
        "longitude": h["location"]["longitude"], "locality": h["translated_admins"]["admin3"], "capacity": h["capacity"],
        "rating": h["global_rating"], "guestpoint": h["guestpoint"], "price_minor": None} for h in document["homes"]}


# document, partner file, how Python reads it, listings that there are at least
DOCUMENTS = [
    ("openagenda/react-shared__events.response.json", "openagenda", openagenda, 6),
    ("openagenda/react-shared__manyEvents.response.json", "openagenda-many", openagenda_many, 20),
    *((f"apidae/api-v002/{name}.json", "apidae", apidae, least) for name, least in (
        ("a_trek", 1), ("apidaeContent", 1), ("apidaeContent2", 1), ("apidaeEvent", 1), ("related_treks", 3))),
    *((f"apidae/export/{name}.json", "apidae-export", apidae_objects, 1) for name in ("cos_winter", "equ_groups", "hot_fr_en", "structure")),
    ("opendatasoft/velib-disponibilite-en-temps-reel.json", "opendatasoft", velib, 1435),
    ("opendatasoft/petites-cites-de-caractere-en-bretagne.json", "opendatasoft-towns", towns, 28),
    *((f"gbfs/{name}.json", "gbfs", gbfs, least) for name, least in (
        ("lamassu-v2/station_information", 2), ("spec-examples-2.3/station_information-1", 1),
        ("spec-examples-2.3/station_information-2", 1), ("spec-examples-3.0/station_information-1", 1),
        ("spec-examples-3.0/station_information-2", 1), ("spec-examples-3.0/station_information-3", 1))),
    ("../platforms/cforgood-businesses.json", "cforgood", cforgood, 2),
    ("../platforms/yescapa-search-v3.json", "yescapa", yescapa, 2),
    ("../platforms/homeexchange-search.json", "homeexchange", homeexchange, 1),
]


def configure(office, name, template, url):
    text = (PARTNERS / f"{template}.conf").read_text(encoding="utf-8")
    office.partner_file(name).write_text(text.replace("url = URL", f"url = {url}"), encoding="utf-8")


def picture(office, name, wanted):
    """external_id -> the columns and properties that `wanted` speaks of."""
    found = {}
    for i, row in office.listings(name).items():
        values = {**json.loads(row["properties"]), **row}
        found[i] = {c: values.get(c) for c in wanted.get(i, ())}
    return found


@pytest.mark.parametrize("document,template,read,least", DOCUMENTS, ids=[d[0].rpartition("/")[2] for d in DOCUMENTS])
def test_document(office, make, data, document, template, read, least):
    file = (data / document).resolve()
    if not file.exists():
        pytest.skip(f"{file} is not there")
    partner = make("files", folder=str(file.parent))
    configure(office, "real", template, f"{partner.base_url}/{file.name}")
    run = office.sync("real")
    wanted = read(json.loads(file.read_bytes()))
    assert (run["outcome"], run["quarantined"], run["added"]) == ("complete", 0, len(wanted)), run
    assert len(wanted) >= least and picture(office, "real", wanted) == wanted
    again = office.sync("real")
    assert again["outcome"] == "not-modified" and again["removed"] == 0, "the server of files knows ETag"


def test_an_answer_without_any_object(office, make, data):
    """Apidae leaves the list out when it is empty: that is not the document that was expected, and says so."""
    partner = make("files", folder=str(data / "apidae/api-v002"))
    configure(office, "real", "apidae", f"{partner.base_url}/apidaeNoEvent.json")
    run = office.sync("real")
    assert run["outcome"] in ("complete", "failed") and run["removed"] == 0 and run["listings"] == 0, run


def test_datatourisme(office, make, data):
    """110 objects, bytes as they are, twenty a page."""
    folder = data / "datatourisme/flux-2020/objects"
    files = sorted(f for f in folder.rglob("*.json") if f.is_file())
    partner = make("array", folder=str(folder), pattern="**/*.json", paging="next-url", page_size=20)
    configure(office, "real", "datatourisme", partner.base_url + "/items")
    run = office.sync("real", timeout=120)
    wanted = {}
    for file in files:
        o = json.loads(file.read_bytes())
        place = o["isLocatedAt"][0]
        address = place["schema:address"][0]
        wanted[o["@id"]] = {
            "title": (o["rdfs:label"].get("fr") or o["rdfs:label"]["en"])[0],
            "latitude": float(place["schema:geo"]["schema:latitude"]), "longitude": float(place["schema:geo"]["schema:longitude"]),
            "postcode": address.get("schema:postalCode"), "locality": address.get("schema:addressLocality"),
            "capacity": o.get("allowedPersons") if o.get("allowedPersons", 0) >= 0 else None,  # one says -43
            "source_updated_at": utc(o["lastUpdateDatatourisme"])}
    assert (run["outcome"], run["quarantined"], run["added"], run["requests"]) == ("complete", 0, len(wanted), -(-len(files) // 20)), run
    assert len(wanted) == len(files) >= 100
    found = picture(office, "real", wanted)
    for columns in (*wanted.values(), *found.values()):
        columns["title"] = " ".join(columns["title"].split())
    assert found == wanted
    mails = [m for f in files for c in json.loads(f.read_bytes())["hasContact"] for m in c.get("schema:email", [])]
    everything = office.path.read_bytes()
    assert len(mails) > 50 and [m for m in mails if m.encode() in everything] == [], "no address of a person is kept"


def test_campings(office, make, data):
    """The classed camp sites of 2013: 5,411 rows of a spreadsheet, against Python's csv."""
    folder = data / "csv"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    partner = make("files", folder=str(folder))
    configure(office, "real", "campings", f"{partner.base_url}/campings.csv")
    run = office.sync("real", timeout=120)
    with open(folder / "campings.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) == 5411 and (run["outcome"], run["quarantined"], run["added"]) == ("complete", 0, len(rows)), run

    def plain(text):
        """Without the controls that were windows-1252, and spaces as one."""
        return " ".join(re.sub("[\x80-\x9f]", lambda m: m[0].encode("latin-1").decode("cp1252"), text).split())

    def day(text):
        """Its beginning in France."""
        d, m, y = map(int, text.split("/"))
        start = datetime.datetime(y, m, d, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))
        return utc(start.isoformat())

    wanted = {plain(f"{r['CODE POSTAL']} {r['NOM COMMERCIAL']} {r['ADRESSE']} {r['#DATE DE CLASSEMENT']}"): {
        "title": plain(r["NOM COMMERCIAL"]), "locality": plain(r["COMMUNE"]), "postcode": r["CODE POSTAL"],
        "pitches": r["NOMBRE D'EMPLACEMENTS"], "class": r["CLASSEMENT"],
        "source_updated_at": day(r["#DATE DE CLASSEMENT"])} for r in rows}
    found = {plain(i): row for i, row in picture(office, "real", {i: next(iter(wanted.values())) for i in office.listings("real")}).items()}
    wrong = [(i, row, found.get(i)) for i, row in wanted.items() if found.get(i) != row]
    assert len(found) == len(wanted) == len(rows) and not wrong, wrong[:5]
    everything = office.path.read_bytes()
    assert [r["COURRIEL"] for r in rows if "@" in r["COURRIEL"] and r["COURRIEL"].encode() in everything] == []
