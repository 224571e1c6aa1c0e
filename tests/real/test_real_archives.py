# SPDX-License-Identifier: Apache-2.0
"""Archives of real objects, made here as their publishers make them, read with the partner files and presets that are shipped."""
import io
import json
import zipfile

import pytest

from office import ROOT
from sim.canary import WORD
from test_real import apidae_objects, picture, utc


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def shipped(office, name, url):
    """The partner file as it comes, but for its url."""
    text = (ROOT / "config/partners.d" / f"{name}.conf").read_text(encoding="utf-8")
    lines = [f"url = {url}\nallow_private = yes" if line.startswith("url = ") else line for line in text.splitlines()]
    office.partner_file(name).write_text("\n".join(lines).replace("enabled = no", "enabled = yes") + "\n[removal]\nage = 0s\n", encoding="utf-8")


def first(value):
    """A value, the first of a list, or the French of a map of languages."""
    while isinstance(value, (list, dict)):
        value = (value[0] if value else None) if isinstance(value, list) else value.get("fr", value.get("en"))
    return value


def words(text):
    return " ".join(text.split())


def poi(o):
    """What Python reads of a DATAtourisme object."""
    place = o["isLocatedAt"][0]
    address, geo = place["schema:address"][0], place["schema:geo"]
    day = o["takesPlaceAt"][0] if "takesPlaceAt" in o else {}
    return {
        "title": words(first(o["rdfs:label"])), "latitude": float(geo["schema:latitude"]), "longitude": float(geo["schema:longitude"]),
        "street": first(address.get("schema:streetAddress")), "postcode": address["schema:postalCode"],
        "locality": address["schema:addressLocality"], "types": o["@type"],
        "capacity": o.get("allowedPersons") if o.get("allowedPersons", 0) >= 0 else None,  # one says -43
        "source_updated_at": utc(o["lastUpdateDatatourisme"]), "starts_at": day.get("startDate"), "ends_at": day.get("endDate"),
        "producer": o["hasBeenCreatedBy"]["schema:legalName"], "insee": address["hasAddressCity"][0]["insee"]}


def test_datatourisme_flux(office, make, data):
    folder = data / "datatourisme/flux-2020"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    names = ["index.json", "context.jsonld", *sorted(str(f.relative_to(folder)) for f in folder.glob("objects/**/*.json"))]
    files = {name: (folder / name).read_bytes() for name in names}
    partner, key = make("raw"), f"{WORD}-cle-du-diffuseur"
    partner.route(f"/webservice/1/{key}", packed(files), headers={"Content-Type": "application/zip", "ETag": '"1"'})
    shipped(office, "datatourisme-flux", partner.base_url + "/webservice/1/{cle}")
    secret = office.folder / "credentials/datatourisme-flux"
    secret.parent.mkdir()
    secret.touch(0o600)
    secret.write_text(key)
    run = office.sync("datatourisme-flux", timeout=120)
    objects = [json.loads(content) for name, content in files.items() if name.startswith("objects/")]
    wanted = {o["@id"].rpartition("/")[2]: poi(o) for o in objects}
    assert (run["outcome"], run["quarantined"], run["added"]) == ("complete", 0, len(wanted)) and len(wanted) == len(objects) >= 100, run
    found = picture(office, "datatourisme-flux", wanted)
    for columns in found.values():
        columns["title"] = words(columns["title"])
    assert found == wanted
    rows = office.listings("datatourisme-flux").values()
    assert sum(r["price_minor"] is not None for r in rows) > 40 and sum(bool(r["image_url"]) for r in rows) > 80
    assert sum(bool(r["description"]) for r in rows) > 100 and sum(bool(r["url"]) for r in rows) > 60
    everything = office.path.read_bytes() + (office.last.stdout + office.last.stderr).encode()
    assert key.encode() not in everything
    contacts = [c for o in objects for key in ("hasContact", "hasBookingContact") for c in o.get(key, [])]
    private = [text for c in contacts for key in ("schema:email", "schema:telephone") for text in c.get(key, [])]
    assert len(private) > 200 and [p for p in private if p.encode() in everything] == [], "no address and no number of a person is kept"
    # The next day two objects are missing; the day after, too.
    for name in [n for n in names if n.startswith("objects/")][:2]:
        del files[name]
    partner.route(f"/webservice/1/{key}", packed(files), headers={"Content-Type": "application/zip"})
    removed = [office.sync("datatourisme-flux")["removed"] for _ in range(2)]
    assert removed == [0, 2] and len(office.listings("datatourisme-flux")) == len(wanted) - 2


def test_apidae_export(office, make, data):
    """The archive as Apidae made it, then one of changes."""
    file = data / "apidae/export/json_export.zip"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    with zipfile.ZipFile(file) as archive:
        wanted = apidae_objects(o for name in archive.namelist() if name.startswith("objets_modifies/") and not name.endswith("/")
                                for o in json.loads(archive.read(name)))
    partner = make("raw")
    partner.route("/export.zip", file.read_bytes(), headers={"Content-Type": "application/octet-stream"})
    shipped(office, "apidae-export", partner.base_url + "/export.zip")
    run = office.sync("apidae-export")
    assert (run["outcome"], run["quarantined"], run["added"]) == ("complete", 0, len(wanted)) and len(wanted) >= 5, run
    assert picture(office, "apidae-export", wanted) == wanted
    gone, *rest = wanted
    others = {name: (data / "apidae/export" / f"{name}.json").read_bytes() for name in ("hot_fr_en", "cos_winter", "equ_groups")}
    more = apidae_objects(o for text in others.values() for o in json.loads(text))
    partner.route("/export.zip", packed({
        "objets_modifies/": b"", **{f"objets_modifies/objets_modifies-{n}.json": text for n, text in enumerate(others.values(), 1)},
        "objets_lies/objets_lies_modifies-1.json": b'[{"id": 1}]', "communes.json": b"[]", "__MACOSX/objets_modifies/._1.json": b"x",
        "objets_supprimes.json": f"[ {gone} ]".encode()}))
    run = office.sync("apidae-export")
    assert (run["outcome"], run["added"], run["removed"], run["quarantined"]) == ("complete", len(more), 1, 0), run
    assert set(office.ids("apidae-export")) == {*rest, *more}
    found = picture(office, "apidae-export", more)
    assert {i: found[i] for i in more} == more
