# SPDX-License-Identifier: Apache-2.0
"""Real documents of the regional systems, read by the presets that are shipped, against Python's own reading."""
import json

import pytest

from test_real import picture, utc


def configure(office, name, preset, url, more=""):
    office.partner_file(name).write_text(
        f"[partner]\nname = {preset}\nconnector = {preset}\n[request]\nurl = {url}\nallow_private = yes\n[limits]\nrate_per_minute = 0\n{more}",
        encoding="utf-8")


def of_language(texts):
    return next((texts[k] for k in ("fr", "en") if texts.get(k)), next(iter(texts.values()), None)) if texts else None


def one_line(text):
    return text and " ".join(text.split())


# ---- OpenAgenda


def event(e):
    place, first = e.get("location") or {}, e.get("firstTiming") or (e.get("timings") or [None])[0] or e.get("nextTiming")
    last = e.get("lastTiming") or (e.get("timings") or [None])[-1] or e.get("nextTiming")
    image = e["image"]["base"] + e["image"]["filename"] if e.get("image") else None
    image = "https:" + image if image and image.startswith("//") else image
    agenda = (e.get("originAgenda") or {}).get("uid")
    return {"kind": "event", "title": one_line(of_language(e["title"])), "latitude": place.get("latitude"), "longitude": place.get("longitude"),
            "street": place.get("address"), "postcode": place.get("postalCode"), "locality": place.get("city"), "place": place.get("name"),
            "image_url": image, "url": agenda and f"https://openagenda.com/agendas/{agenda}/events/{e['uid']}",
            "source_updated_at": e.get("updatedAt") and utc(e["updatedAt"][:19] + "Z"), "agenda": (e.get("originAgenda") or {}).get("title"),
            "begins": first and utc(first["begin"])[:16], "ends": last and utc(last["end"])[:16]}


def events_seen(office, name, wanted):
    """As `event` has them; the instants of properties as UTC."""
    found = {}
    for i, row in office.listings(name).items():
        values = {**json.loads(row["properties"]), **row}
        values["begins"] = values.get("starts_at") and utc(values["starts_at"])[:16]
        values["ends"] = values.get("ends_at") and utc(values["ends_at"])[:16]
        values["title"] = one_line(values["title"])
        found[i] = {c: values.get(c) for c in wanted.get(i, ())}
    return found


@pytest.mark.parametrize("file,more,items,least", [
    ("react-shared__events.response.json", "[json]\ncursor = /none\n", lambda d: d["events"], 6),
    ("react-shared__manyEvents.response.json", "[json]\nitems = /from0/events\ncursor = /none\ntotal =\nremoved_url =\n", lambda d: d["from0"]["events"], 20),
    ("sdk-js__events.json", "[json]\nitems =\ntotal =\nremoved_url =\n", lambda d: d, 1)])
def test_openagenda(office, make, data, file, more, items, least):
    """The first one's list of withdrawals is the list itself, as the server of files takes no query: nothing may be withdrawn."""
    path = data / "openagenda" / file
    if not path.exists():
        pytest.skip(f"{path} is not there")
    partner = make("files", folder=str(path.parent))
    configure(office, "real", "openagenda", f"{partner.base_url}/{file}", more)
    run = office.sync("real")
    wanted = {str(e["uid"]): event(e) for e in items(json.loads(path.read_bytes()))}
    assert (run["outcome"], run["quarantined"], run["added"], run["removed"]) == ("complete", 0, len(wanted), 0), run
    found = events_seen(office, "real", wanted)
    assert {(i, c): v for i in wanted for c, v in found[i].items() if v != wanted[i][c]} == {}
    assert len(wanted) >= least and found == wanted
    everything = office.path.read_bytes()
    assert b"redacted@example.org" not in everything and b"Berthommier" not in everything, "nobody's name or address"


# ---- Apidae


def sheet(o):
    place = o.get("localisation", {})
    point = place.get("geolocalisation", {}).get("geoJson")
    sites = [m["coordonnees"]["fr"] for m in o.get("informations", {}).get("moyensCommunication", []) if m["type"]["id"] == 205]
    periods = o.get("ouverture", {}).get("periodesOuvertures") or [{}]
    texts = o.get("presentation", {})
    text = texts.get("descriptifDetaille", {}).get("libelleFr") or texts.get("descriptifCourt", {}).get("libelleFr")
    return {"title": o["nom"]["libelleFr"], "url": sites[0].replace("http://www.LeGrandTim.fr", "http://www.legrandtim.fr/") if sites else None,
            "longitude": point and point["coordinates"][0], "latitude": point and point["coordinates"][1],
            "postcode": place.get("adresse", {}).get("codePostal"), "locality": place.get("adresse", {}).get("commune", {}).get("nom"),
            "capacity": o.get("informationsHebergementCollectif", {}).get("capacite", {}).get("capaciteTotale"),
            "source_updated_at": utc(o["gestion"]["dateModification"]) if "dateModification" in o.get("gestion", {}) else None,
            "starts_at": periods[0].get("dateDebut"), "ends_at": periods[0].get("dateFin"), "begins": one_line(text)[:40] if text else None}


@pytest.mark.parametrize("file,least", [("a_trek", 1), ("apidaeContent", 1), ("apidaeContent2", 1), ("apidaeEvent", 1), ("related_treks", 3),
                                        ("apidaeNoEvent", 0)])
def test_apidae(office, make, data, file, least):
    path = data / "apidae/api-v002" / f"{file}.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    partner = make("files", folder=str(path.parent))
    configure(office, "real", "apidae", f"{partner.base_url}/{file}.json")
    run = office.sync("real")
    document = json.loads(path.read_bytes())
    wanted = {str(o["id"]): sheet(o) for o in document.get("objetsTouristiques", [])}
    declared = document["numFound"] if document["numFound"] is not None else run["declared_total"]
    assert (run["outcome"], run["quarantined"], run["added"], run["declared_total"]) == ("complete", 0, len(wanted), declared), run
    assert len(wanted) >= least
    for i, row in office.listings("real").items():
        values = {**json.loads(row["properties"]), **row}
        values["begins"] = one_line(values["description"])[:40] if values["description"] else None
        got = {c: values.get(c) for c in wanted[i]}
        assert got["url"] is None if wanted[i]["url"] is None else got["url"].rstrip("/").lower() == wanted[i]["url"].rstrip("/").lower()
        assert {**got, "url": None} == {**wanted[i], "url": None}
    everything = office.path.read_bytes()
    for o in document.get("objetsTouristiques", []):
        for means in o.get("informations", {}).get("moyensCommunication", []):
            if means["type"]["id"] != 205:
                assert means["coordonnees"]["fr"].encode() not in everything, means


# ---- Opendatasoft


def test_opendatasoft_exports(office, make, data):
    folder = data / "opendatasoft"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    partner = make("files", folder=str(folder))
    configure(office, "towns", "opendatasoft-export", f"{partner.base_url}/petites-cites-de-caractere-en-bretagne.json",
              "[json]\nid = /gml_id\n[map]\ntitle = /nom\nproperties.insee = /code_insee\n")
    configure(office, "bikes", "opendatasoft-export", f"{partner.base_url}/velib-disponibilite-en-temps-reel.json",
              '[json]\nid = /recordid\n[map]\ntitle = "Station {/recordid}"\nproperties.bikes = /fields/numbikesavailable\n')
    runs = office.sync("towns", "bikes")
    towns = {r["gml_id"]: {"title": r["nom"], "latitude": pytest.approx(r["geo_point_2d"]["lat"], abs=1e-9),
                           "longitude": pytest.approx(r["geo_point_2d"]["lon"], abs=1e-9), "insee": r["code_insee"]}
             for r in json.loads((folder / "petites-cites-de-caractere-en-bretagne.json").read_bytes())}
    bikes = {r["recordid"]: {"bikes": r["fields"]["numbikesavailable"], "source_updated_at": utc(r["record_timestamp"])}
             for r in json.loads((folder / "velib-disponibilite-en-temps-reel.json").read_bytes())}
    assert (runs["towns"]["added"], runs["bikes"]["added"]) == (len(towns), len(bikes)) and len(towns) >= 28 and len(bikes) >= 1435
    assert picture(office, "towns", towns) == towns and picture(office, "bikes", bikes) == bikes


def test_opendatasoft_pages(office, make, data):
    """The records of the export, as the API pages them: `results` of a hundred, then, with a smaller limit, one export."""
    path = data / "opendatasoft/petites-cites-de-caractere-en-bretagne.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    records = json.loads(path.read_bytes())
    for above, requests in ((9900, 1), (20, 2)):
        partner = make("raw")
        partner.route("/datasets/towns/records", json.dumps({"total_count": len(records), "results": records[:above]}))
        partner.route("/datasets/towns/exports/json", path.read_bytes())
        name = f"towns{above}"
        configure(office, name, "opendatasoft", f"{partner.base_url}/datasets/towns/records",
                  f"[json]\nid = /gml_id\noverflow_above = {above}\n[map]\ntitle = /nom\n")
        run = office.sync(name)
        assert (run["outcome"], run["added"], run["requests"]) == ("complete", len(records), requests), run


# ---- DATAtourisme: the objects of a flux in the shape of the API


def as_api(value):
    """Names without their prefix, texts by "@fr", positions as numbers."""
    if isinstance(value, list):
        return [as_api(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value and set(value) <= {"fr", "en", "de", "es", "it", "nl", "pt", "ru", "zh"}:
        return {"@" + k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in value.items()}
    out = {}
    for k, v in value.items():
        k = {"@id": "uri", "@type": "type"}.get(k, k.rpartition(":")[2])
        out[k] = float(v) if k in ("latitude", "longitude") else as_api(v)
    return out


def test_datatourisme(office, make, data):
    folder = data / "datatourisme/flux-2020/objects"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    originals = [json.loads(f.read_bytes()) for f in sorted(folder.rglob("*.json")) if f.is_file()]
    objects = []
    for o in originals:
        objects.append({**as_api(o), "uuid": o["@id"].rpartition("/")[2]})
    partner = make("raw")
    partner.route("/v1/catalog", json.dumps({"objects": objects, "meta": {"total": len(objects), "total_pages": 1, "next": None}}))
    configure(office, "real", "datatourisme", partner.base_url + "/v1/catalog")
    run = office.sync("real", timeout=120)
    wanted = {}
    for o in originals:
        place = o["isLocatedAt"][0]
        address = place["schema:address"][0]
        name = o["rdfs:label"].get("fr") or o["rdfs:label"]["en"]
        wanted[o["@id"].rpartition("/")[2]] = {
            "title": one_line(name[0]), "latitude": float(place["schema:geo"]["schema:latitude"]),
            "longitude": float(place["schema:geo"]["schema:longitude"]), "postcode": address.get("schema:postalCode"),
            "locality": address.get("schema:addressLocality"), "source_updated_at": utc(o["lastUpdateDatatourisme"]),
            "capacity": o.get("allowedPersons") if o.get("allowedPersons", 0) >= 0 else None, "producer": o["hasBeenCreatedBy"]["schema:legalName"]}
    assert (run["outcome"], run["quarantined"], run["added"]) == ("complete", 0, len(wanted)), run
    found = picture(office, "real", wanted)
    for columns in found.values():
        columns["title"] = one_line(columns["title"])
    assert found == wanted
    everything = office.path.read_bytes()
    mails = [m for o in originals for c in o["hasContact"] for m in c.get("schema:email", [])]
    assert len(mails) > 50 and [m for m in mails if m.encode() in everything] == [], "no address of a person is kept"
