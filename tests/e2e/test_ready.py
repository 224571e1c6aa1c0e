# SPDX-License-Identifier: Apache-2.0
"""The files of partners that are shipped, switched on: each is tried against a document of the form that it says."""
import gzip
import json
import re
import shutil

import pytest
from formats import CORPUS, listings
from office import GOOD, ROOT
from sim.canary import WORD

SHIPPED = ROOT / "config" / "partners.d"
FILES = {path.stem: path for path in sorted(SHIPPED.glob("*.conf"))}
HOUSE = "exemple-static.csv"
KEY = f"{WORD}-key"


def setting(name, key):
    found = re.search(rf"^{key} = (.*)$", FILES[name].read_text(encoding="utf-8"), re.M)
    return found and found[1]


KEPT = [name for name in FILES if setting(name, "file")]
WATCHED = [name for name in FILES if setting(name, "connector") == "watch"]


def install(office, simulated, name, **texts):
    """Its file, as it is but for the host, with every secret that it names."""
    text = FILES[name].read_text(encoding="utf-8").replace("enabled = no", "enabled = yes")
    for old, new in texts.items():
        text = re.sub(old, new, text)
    text = re.sub(r"https://(?:flux-a-convenir\.invalid|productdata\.awin\.com|app\.cforgood\.com)", simulated.base_url, text)
    text = text.replace("[request]\n", "[request]\nallow_private = yes\n")
    (office.folder / "credentials").mkdir(exist_ok=True)
    for secret in re.findall(r"credential:([a-z0-9_-]+)", text):
        path = office.folder / "credentials" / secret
        path.write_text(KEY + "\n")
        path.chmod(0o600)
    office.partner_file(name).write_text(text, encoding="utf-8")


def tried(office, name):
    done = office.vigie("try", name, "--json")
    assert done.returncode == GOOD, done
    assert KEY not in office.vigie("try", name).stdout
    return listings(json.loads(done.stdout))


def serve(simulated, path, name, headers=None, pack=bytes):
    simulated.route(path, pack((CORPUS / "ready" / name).read_bytes()), headers=headers or {"Content-Type": "text/csv"})


@pytest.mark.parametrize("name", KEPT)
def test_those_that_the_office_keeps(office, make, name):
    install(office, make("raw"), name)
    file = setting(name, "file")
    shutil.copy(SHIPPED / HOUSE, office.folder / "partners.d" / file)
    found = tried(office, name)
    assert list(found) == ["atelier-poterie", "balade-garonne", "four-a-pain"]
    assert [row.get("price_minor") for row in found.values()] == [3500, 1250, 0]
    assert found["atelier-poterie"]["latitude"] == 44.5003 and found["four-a-pain"]["locality"] == "Meilhan-sur-Garonne"
    assert {row["kind"] for row in found.values()} == {setting(name, "kind")}
    (office.folder / "partners.d" / file).unlink()
    run = office.sync(name)
    assert run["error_kind"] == "config" and f"cannot read the local file {file}" in run["detail"]


@pytest.mark.parametrize("name", WATCHED)
def test_those_that_are_only_watched(office, make, name):
    site = make()
    install(office, site, name)
    text = re.sub(r"^website = .*$", f"website = {site.base_url}/", office.partner_file(name).read_text(encoding="utf-8"),
                  flags=re.M)
    office.partner_file(name).write_text(text + "\n[request]\nallow_private = yes\n", encoding="utf-8")
    run = office.sync(name)
    assert (run["exit"], run["outcome"], run["seen"]) == (GOOD, "complete", 0), run


def test_cforgood(office, make):
    simulated = make("raw")
    serve(simulated, "/api/v1/businesses", "cforgood.json", {"Content-Type": "application/json"})
    install(office, simulated, "cforgood")
    office.configure(territory={"circle": "44.5003,0.1654,25"})
    found = tried(office, "cforgood")
    assert list(found) == ["501/71", "501/72", "502", "503/73"]
    first = found["501/71"]
    assert (first["title"], first["latitude"], first["price_text"], first["kind"]) == ("Boulangerie du Pont", 44.5003, "Offert", "deal")
    assert found["501/72"]["latitude"] == 44.4871 and found["502"]["price_text"] == "50 %"
    assert found["503/73"]["published"] == 0, "a shop of Bordeaux is not published"
    assert "marie.martin" not in json.dumps(found, ensure_ascii=False), "the trader's address is dropped"


def test_eatwith(office, make):
    simulated = make("raw")
    text = FILES["eatwith"].read_text(encoding="utf-8")
    url = "".join(re.search(r"^url = (.*\n(?:  .*\n)*)", text, re.M)[1].split()).replace("FID", "7").replace("{apikey}", KEY)
    path = url.removeprefix("https://productdata.awin.com")
    for written in (path, path.replace("%2C", ",")):
        serve(simulated, written, "eatwith.csv", {"Content-Type": "application/gzip"}, gzip.compress)
    install(office, simulated, "eatwith", FID="7")
    found = tried(office, "eatwith")
    assert list(found) == ["77001", "77002"]
    dinner, brunch = found.values()
    assert (dinner["title"], dinner["price_minor"], dinner["currency"]) == ("Dîner \"au fil de l'eau\"", 3950, "EUR")
    assert "pclick.php?p=1&a=7&m=15528" in dinner["url"], "the tracked link is the one to show"
    assert dinner["price_unit"] == "person" and dinner["latitude"] == 44.5
    assert brunch["image_url"] == "https://images.invalid/aw2.jpg" and brunch["description"] == "Le dimanche"


def test_yescapa_and_samboat(office, make):
    simulated = make("raw")
    for name in ("yescapa", "samboat"):
        serve(simulated, f"/{name}.csv", f"{name}.csv")
        install(office, simulated, name)
    vans = tried(office, "yescapa")
    assert [(v["url"], v["price_minor"], v["price_unit"]) for v in vans.values()] == [
        ("https://www.yescapa.fr/campers/4211", 7200, "day"), ("https://www.yescapa.fr/campers/4212", 9500, "day")]
    assert (vans["4211"]["rating"], vans["4211"]["capacity"], vans["4211"]["title"]) == (4.8, 2, "Fourgon aménagé pour deux")
    boat, = tried(office, "samboat").values()
    assert boat["url"] == "https://www.samboat.fr/location-bateau/nerac/barque/88" and boat["locality"] == "Nérac"


def test_no_file_has_a_key_or_takes_one():
    """Nothing that a front end uses for itself, no secret, no mail address of anybody."""
    for path in FILES.values():
        text = path.read_text(encoding="utf-8")
        settings = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        assert not re.search(r"bff\.homeexchange|api\.jelouemoncampingcar|api\.samboat", settings), path
        assert not re.search(r"[\w.+-]+@(?!office\.example|example\.(?:org|com))[\w-]+\.\w+", settings), path
        assert "enabled = no" in settings, path
