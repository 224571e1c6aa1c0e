# SPDX-License-Identifier: Apache-2.0
"""Real calendars, feeds of changes and systems of bicycles, against readings of their own: icalendar, and Python's json."""
import datetime
import json
import zoneinfo

import pytest
from formats import partner_file

ZONE = "Europe/Paris"


def properties(row):
    return {**json.loads(row["properties"]), **{k: v for k, v in row.items() if v is not None}}


# ---- calendars

CALENDARS = ["compat/apple_ical", "compat/calendar_labs_same_day_dtend", "compat/google_calendar_invalid_offset",
             "compat/google_calendar_public_holidays", "compat/office_365_invalid_timezone", "ical.js/blank_description",
             "ical.js/day_long_recur_yearly", "ical.js/duration_instead_of_dtend", "ical.js/google_birthday",
             "ical.js/only_dtstart_date", "ical.js/parserv2", "ical.js/recur_instances", "ical.js/utc_negative_zero"]


def shown(moment, last_day=False):
    """As the catalogue writes it; the last day where iCalendar gives the day after it."""
    if not isinstance(moment, datetime.datetime):
        return (moment - datetime.timedelta(days=last_day)).isoformat()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(ZONE))
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def event(e):
    start = e["DTSTART"].dt
    end = e["DTEND"].dt if "DTEND" in e else start + e["DURATION"].dt if "DURATION" in e else None
    row = {"title": str(e["SUMMARY"]), "starts_at": shown(start)}
    if end is not None:
        row["ends_at"] = shown(end, last_day=end > start)
    if "RRULE" in e:
        row["freq"] = e["RRULE"]["FREQ"][0]
    return row


def read_calendar(path):
    icalendar = pytest.importorskip("icalendar")
    found = {}
    for e in icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT"):
        instance = "/" + e["RECURRENCE-ID"].to_ical().decode() if "RECURRENCE-ID" in e else ""
        found[str(e["UID"]) + instance] = event(e)
    return found


@pytest.mark.parametrize("name", CALENDARS)
def test_calendar(office, make, data, name):
    path = data / "ical" / f"{name}.ics"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    wanted = read_calendar(path)
    partner = make("raw")
    partner.route("/a.ics", path.read_bytes(), headers={"Content-Type": "text/calendar"})
    name = partner_file(office, partner, "ical", "/a.ics", normalise={"timezone": ZONE})
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["listings"]) == ("complete", 0, len(wanted)), run
    got = {}
    for i, row in office.listings(name).items():
        more = properties(row)
        got[i] = {k: more[k] for k in ("title", "starts_at", "ends_at") if k in more}
        if "rule" in more.get("recurrence", {}):
            got[i]["freq"] = more["recurrence"]["rule"].partition("FREQ=")[2].partition(";")[0]
    assert got == wanted
    for file in office.folder.glob("catalogue.db*"):
        assert b"calmozilla1" not in file.read_bytes() and b"lightsofapollo" not in file.read_bytes()


# ---- feeds of changes

def serve(partner, items):
    partner.route("/feed", json.dumps({"next": partner.base_url + "/last", "items": items, "license": "x"}))
    partner.route("/last", json.dumps({"next": partner.base_url + "/last", "items": [], "license": "x"}))


def activity(item):
    d, above = item["data"], item["data"].get("superEvent", {})
    place = d.get("location", {})
    offer = (d.get("offers") or [d.get("offer")])[0] or {}
    price = offer.get("price")
    return {"title": d.get("name") or above.get("name"), "latitude": place.get("geo", {}).get("latitude"), "rpde_kind": item["kind"],
            "price_minor": None if price is None else round(float(price) * 100), "currency": offer.get("priceCurrency")}


@pytest.mark.parametrize("name", ["openactive.rb/multiple-items", "openactive.rb/single-item", "feed-normaliser/event-with-superevent",
                                  "feed-normaliser/sessionseries-with-schedule"])
def test_feed_of_changes(office, make, data, name):
    path = data / "rpde" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    document = json.loads(path.read_text())
    items = document.get("items", [document])
    partner = make("raw")
    serve(partner, items)
    name = partner_file(office, partner, "rpde", "/feed")
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["seen"]) == ("complete", 0, len(items)), run
    wanted = {f"{i['kind']}/{i['id']}": activity(i) for i in items if i["state"] == "updated"}
    got = {i: {k: properties(r).get(k) for k in wanted[i]} for i, r in office.listings(name).items()}
    assert got == wanted
    for row in office.listings(name).values():
        assert "contact.leisureworld" not in str(row) and "01206" not in str(row)


# ---- bicycles

def test_a_system_from_its_gbfs_json(office, make, data):
    folder = data / "gbfs/lamassu-v2"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    partner = make("raw")
    for file in folder.glob("*.json"):
        partner.route("/testatlantis/" + file.stem, file.read_text().replace("http://localhost:8888", partner.base_url))
    name = partner_file(office, partner, "gbfs", "/testatlantis/gbfs")
    run = office.sync(name)
    stations = json.loads((folder / "station_information.json").read_text())["data"]["stations"]
    system = json.loads((folder / "system_information.json").read_text())["data"]
    assert (run["outcome"], run["listings"]) == ("complete", len(stations)), run
    asked = [e["path"].rpartition("/")[2] for e in partner.requests()]
    assert asked == ["gbfs", "system_information", "station_information"]
    got = {i: {k: properties(r).get(k) for k in ("title", "latitude", "longitude", "system", "url")}
           for i, r in office.listings(name).items()}
    for row in got.values():
        row["url"] = row["url"].rstrip("/")
    assert got == {s["station_id"]: {
        "title": s["name"], "latitude": s["lat"], "longitude": s["lon"], "system": system["name"],
        "url": s.get("rental_uris", {}).get("web", system["url"]).rstrip("/")} for s in stations}


@pytest.mark.parametrize("version", ["2.3", "3.0"])
def test_examples_of_the_specification(office, make, data, version):
    folder = data / f"gbfs/spec-examples-{version}"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    for file in sorted(folder.glob("station_information*.json")):
        document = json.loads(file.read_text())
        partner = make("raw")
        for path, source in (("gbfs", "gbfs"), ("system_information", "system_information-1" if version == "3.0" else "system_information")):
            text = (folder / f"{source}.json").read_text()
            for prefix in ("https://www.example.com/gbfs/1/en", "https://www.example.com/gbfs/1/fr", "https://www.example.com/gbfs/1"):
                text = text.replace(prefix, partner.base_url)
            partner.route("/" + path, text)
        partner.route("/station_information", file.read_text())
        name = partner_file(office, partner, "gbfs", "/gbfs", gbfs={"languages": "en"})
        run = office.sync(name)
        assert (run["outcome"], run["quarantined"], run["listings"]) == ("complete", 0, len(document["data"]["stations"])), run
        for s in document["data"]["stations"]:
            row = properties(office.listings(name)[s["station_id"]])
            title = s["name"] if isinstance(s["name"], str) else s["name"][0]["text"]
            assert (row["title"].replace(" ", ""), row["latitude"], row["longitude"], row.get("capacity")) == (
                title.replace(" ", ""), s["lat"], s["lon"], s.get("capacity"))
            assert row["system"] == "Example Bike Rental" and "109874321" not in str(row)
