# SPDX-License-Identifier: Apache-2.0
"""GBFS 1.0 to 3.0: from gbfs.json to stations."""
import json

import pytest
from formats import partner_file


def document(data, version="2.3", **more):
    updated = "2026-07-04T10:00:00+02:00" if version >= "3" else 1783152000
    return json.dumps({"last_updated": updated, "ttl": 60, "version": version, "data": data, **more}, ensure_ascii=False)


def text(words, language="fr", version="2.3"):
    return words if version < "3" else [{"text": "In English", "language": "en"}, {"text": words, "language": language}]


def stations(n, version="2.3", **more):
    """Numbers as identifiers in 1.0, as Vélib' has them."""
    return [{"station_id": 40 + i if version < "2" else str(40 + i), "name": text(f"Station {i}", version=version),
             "lat": 44.5 + i / 1000, "lon": .16, "capacity": 10 + i, **more} for i in range(n)]


class System:
    """The documents of a system, each at a path of a raw partner."""

    def __init__(self, partner, version="2.3", feeds=("system_information", "station_information", "station_status")):
        self.partner, self.version = partner, version
        listed = [{"name": name, "url": f"{partner.base_url}/{name}.json"} for name in feeds]
        self.put("gbfs", {"feeds": listed} if version >= "3" else {"en": {"feeds": self.elsewhere(listed)}, "fr": {"feeds": listed}})
        self.put("system_information", {"system_id": "val", "name": text("Vélos du Val", version=version), "timezone": "Europe/Paris",
                                        "operator": text("Régie", version=version), "url": "https://velos.example/",
                                        "email": "aide@velos.example", "phone_number": "+33612345678"})
        self.put("station_information", {"stations": stations(5, version)})
        self.put("station_status", {"stations": [{"station_id": "40", "num_bikes_available": 3}]})
        self.put("free_bike_status", {"bikes": [{"bike_id": "x", "lat": 44.5, "lon": .16}]})

    @staticmethod
    def elsewhere(feeds):
        return [{**feed, "url": feed["url"].replace(".json", "_en.json")} for feed in feeds]

    def put(self, name, data):
        self.partner.route(f"/{name}.json", document(data, self.version))

    def asked(self):
        paths = [e["path"].strip("/") for e in self.partner.requests()]
        self.partner.clear_log()
        return paths


@pytest.fixture
def system(make):
    return System(make("raw"))


def add(office, system, path="/gbfs.json", **sections):
    return partner_file(office, system.partner, "gbfs", path, **sections)


@pytest.mark.parametrize("version", ["1.0", "2.3", "3.0"])
def test_versions(office, make, version):
    system = System(make("raw"), version)
    name = add(office, system)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 5, 0), run
    assert system.asked() == ["gbfs.json", "system_information.json", "station_information.json"]
    rows = office.listings(name)
    assert sorted(rows) == ["40", "41", "42", "43", "44"]
    row = rows["41"]
    wanted = {"title": "Station 1", "latitude": 44.501, "longitude": .16, "capacity": 11, "kind": "place",
              "url": "https://velos.example/"}
    assert {k: row[k] for k in wanted} == wanted
    assert json.loads(row["properties"]) == {"system": "Vélos du Val", "operator": "Régie"}
    assert "aide@" not in str(rows) and "612345678" not in str(rows)


def test_all_that_a_station_says(office, system):
    system.put("station_information", {"stations": stations(
        1, address="1 rue de l'Essai", post_code="47200", cross_street="quai", rental_methods=["creditcard", "key"],
        short_name="A1", is_virtual_station=False, is_charging_station=True, parking_type="street_parking",
        station_opening_hours="Mo-Su 06:00-22:00", contact_phone="+33553000000",
        rental_uris={"android": "app://x", "web": "https://velos.example/40"})})
    name = add(office, system)
    office.sync(name)
    row, = office.listings(name).values()
    assert (row["street"], row["postcode"], row["url"]) == ("1 rue de l'Essai", "47200", "https://velos.example/40")
    assert json.loads(row["properties"]) == {
        "system": "Vélos du Val", "operator": "Régie", "cross_street": "quai", "rental_methods": ["creditcard", "key"],
        "short_name": "A1", "is_virtual_station": False, "is_charging_station": True, "parking_type": "street_parking",
        "opening_hours": "Mo-Su 06:00-22:00"}


def test_the_language_that_is_liked_best(office, system):
    system.partner.route("/station_information_en.json", document({"stations": [
        {"station_id": "40", "name": "Station Street", "lat": 44.5, "lon": .16}]}))
    system.partner.route("/system_information_en.json", document({"system_id": "val", "name": "Val's bikes"}))
    name = add(office, system, gbfs={"languages": "de en fr"})
    assert office.sync(name)["added"] == 1
    assert office.listings(name)["40"]["title"] == "Station Street"
    office.change(name, gbfs={"languages": "de"})
    office.sync(name)
    assert office.listings(name)["40"]["title"] == "Station Street", "the first there is, before none"


def test_a_station_information_itself(office, system):
    name = add(office, system, "/station_information.json")
    assert office.sync(name)["added"] == 5
    assert system.asked() == ["station_information.json"]
    assert office.listings(name)["40"]["url"] is None


@pytest.mark.parametrize("version", ["1.0", "3.0"])
def test_status_when_it_is_wanted(office, make, version):
    system = System(make("raw"), version)
    number = "num_bikes_available" if version < "3" else "num_vehicles_available"
    system.put("station_status", {"stations": [
        {"station_id": 41 if version < "2" else "41", number: 3, "num_docks_available": 9, "is_renting": True, "last_reported": 1},
        {"station_id": "nobody", number: 1}, {"station_id": None}, 7]})
    name = add(office, system, gbfs={"status": "yes"})
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 5), run
    assert system.asked() == ["gbfs.json", "system_information.json", "station_status.json", "station_information.json"]
    more = {i: json.loads(r["properties"]).get("status") for i, r in office.listings(name).items()}
    assert more == {"40": None, "41": {"is_renting": True, "vehicles": 3, "docks": 9}, "42": None, "43": None, "44": None}
    office.change(name, gbfs={"status": None})
    office.sync(name)
    assert "station_status.json" not in system.asked()
    assert "status" not in json.loads(office.listings(name)["41"]["properties"])


def test_without_words_on_the_system(office, system):
    system.partner.route("/system_information.json", "", status=404)
    name = add(office, system)
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 5), run
    assert json.loads(office.listings(name)["40"]["properties"]) == {}
    system.partner.route("/system_information.json", "", status=500)
    run = office.sync(name)
    assert (run["outcome"], run["listings"], run["changed"]) == ("failed", 5, 0), "it will be there again"


def test_a_station_goes_and_comes_back(office, system):
    name = add(office, system, removal={"runs": 1, "brake_percent": 50})
    office.sync(name)
    system.put("station_information", {"stations": stations(4)})
    assert office.sync(name)["removed"] == 1
    system.put("station_information", {"stations": stations(5)})
    assert office.sync(name)["restored"] == 1
    assert office.sync(name)["changed"] == 0, "last_updated is no change"


def test_the_system_as_a_whole(office, make):
    """One of scooters has no stations."""
    system = System(make("raw"), "3.0", feeds=("system_information", "vehicle_status"))
    name = add(office, system)
    run = office.sync(name)
    assert run["error_kind"] == "shape" and "listings = system" in run["detail"], run
    office.change(name, gbfs={"listings": "system"})
    assert office.sync(name)["outcome"] == "complete"
    row, = office.listings(name).values()
    assert (row["external_id"], row["title"], row["url"]) == ("val", "Vélos du Val", "https://velos.example/")
    assert "aide@" not in str(row)
    assert "vehicle_status.json" not in system.asked()


@pytest.mark.parametrize("broken", ["id", "name", "object", "depth"])
def test_a_broken_station_is_kept_aside(office, system, broken):
    rows = stations(5)
    if broken == "id":
        del rows[2]["station_id"]
    elif broken == "name":
        rows[2]["name"] = "\\x"
    elif broken == "object":
        rows[2] = 42
    else:
        rows[2]["name"] = json.loads("[" * 90 + "]" * 90)
    text = document({"stations": rows}).replace('"\\\\x"', '"\\x"')
    system.partner.route("/station_information.json", text)
    name = add(office, system)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 4, 1), run


@pytest.mark.parametrize("body, kind", [
    ("", "format"), ("<html>", "format"), ("[]", "shape"), ("{}", "shape"), ('{"data": 1}', "shape"), ('{"data": {"fr": {}}}', "shape"),
    ('{"data": {"feeds": [{"name": "station_information"}]}}', "shape"), ('{"data": {"feeds": [', "truncated"),
    ('{"data": {"feeds": [1, "x", null, {"name": 1, "url": 2}]}}', "shape")])
def test_what_is_no_gbfs(office, make, body, kind):
    partner = make("raw")
    partner.route("/gbfs.json", body)
    name = partner_file(office, partner, "gbfs", "/gbfs.json")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", kind), run


def test_stations_of_another_host_are_refused(office, make):
    system = System(make("raw"))
    other = make("raw")
    system.put("gbfs", {"feeds": [{"name": "station_information", "url": other.base_url + "/station_information.json"}]})
    name = add(office, system)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["listings"]) == ("refused", "redirect", 0)
    assert other.requests() == []


def test_nothing_changed(office, make):
    """Each document has its own validator: three answers of a few bytes."""
    system = System(make("raw"))
    for path in ("gbfs", "system_information", "station_information"):
        data = {"gbfs": {"feeds": [{"name": n, "url": f"{system.partner.base_url}/{n}.json"}
                                   for n in ("system_information", "station_information")]},
                "system_information": {"system_id": "v", "name": "V"}, "station_information": {"stations": stations(3)}}[path]
        system.partner.route(f"/{path}.json", document(data), headers={"Content-Type": "application/json", "ETag": f'"{path}"'})
    name = add(office, system)
    assert office.sync(name)["added"] == 3
    for path in ("gbfs", "system_information", "station_information"):
        system.partner.route(f"/{path}.json", "", status=304)
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["listings"]) == ("not-modified", 3, 3)
