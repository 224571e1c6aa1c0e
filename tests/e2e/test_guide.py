# SPDX-License-Identifier: Apache-2.0
"""docs/connectors.md does what it says: its partner's file reads its answer, its connector is built and reads."""
import json
import re
import shlex
import subprocess

import pytest
from office import GOOD, ROOT
from sim.canary import WORD

GUIDE = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")


def block(title, kind):
    """The first block of that kind below a heading."""
    below = GUIDE.split(f"# {title}\n", 1)[1]
    return re.search(rf"^```{kind}\n(.*?)^```", below, re.M | re.S)[1]


@pytest.fixture
def install(office):
    """install(name, text, address, host): a file of the guide, with a host of the simulator in that address; what
    « vigie try » says of it."""
    def installing(name, text, address, host, **env):
        assert text.count(address) == 1
        text = text.replace(address, host).replace("[request]\n", "[request]\nallow_private = yes\n")
        office.partner_file(name).write_text(text, encoding="utf-8")
        done = office.vigie("try", name, "--json", **env)
        assert done.returncode == GOOD, done
        return json.loads(done.stdout)

    return installing


def test_a_file_for_a_new_platform(office, make, install):
    partner = make("raw")
    first = json.loads(block("A partner's file for a new platform", "json"))
    second = json.loads(json.dumps(first).replace("5021", "5022"))
    second["links"]["next"] = None
    partner.route("/v1/stays", json.dumps(first))
    partner.route("/v1/stays/page/2", json.dumps(second))
    secret = office.folder / "credentials" / "bivouac"
    secret.parent.mkdir()
    secret.touch(mode=0o600)
    secret.write_text(WORD + "\n")
    text = block("A partner's file for a new platform", "ini")
    assert len(text.splitlines()) < 30
    tried = install("bivouac", text, "https://api.bivouac.example", partner.base_url)
    row = tried["listings"][0]
    assert tried["remarks"] == [] and (row["title"], row["description"], row["price_minor"], row["locality"]) == (
        "Cabane perchée", "Deux lits dans un chêne", 8550, "Marmande")
    assert (row["latitude"], row["longitude"], row["properties"]["tags"]) == (44.512, 0.154, "nature, famille")
    run = office.sync("bivouac")
    assert (run["outcome"], run["added"]) == ("complete", 2), run


def test_a_program(office, make, install):
    partner = make("raw")
    cabins = [{"no": 1, "cents": 9900, "beds": 2}, {"no": 2, "cents": 12050, "beds": 4}]
    items = [{"ref": 7, "name": "Bel Air", "state": "open", "place": {"lat": 44.5}, "cabins": cabins},
             {"ref": 8, "name": "Brouillon", "state": "draft", "cabins": cabins}]
    partner.route("/v1/stays", json.dumps({"stays": items}))
    text = ("[partner]\nname = B\nkind = accommodation\n[request]\nurl = https://api.bivouac.example/v1/stays\n"
            "[json]\nitems = /stays\nid = /ref\n" + block("Programs in jq", "ini"))
    tried = install("bivouac", text, "https://api.bivouac.example", partner.base_url)
    assert {r["external_id"]: (r["title"], r["price_minor"], r["properties"]) for r in tried["listings"]} == {
        "7-1": ("Bel Air 1", 9900, {"beds": 2}), "7-2": ("Bel Air 2", 12050, {"beds": 4})}


def test_a_connector_in_an_afternoon(office, make, install, tmp_path):
    """With the header and hello.c alone, in a folder of its own."""
    folder = tmp_path / "lines"
    folder.mkdir()
    hello = (ROOT / "connectors" / "hello.c").read_text(encoding="utf-8")
    assert hello.count('"hello"') == 1
    (folder / "lines.c").write_text(hello.replace('"hello"', '"lines"'))
    (folder / "vigie_connector.h").write_text((ROOT / "connectors" / "vigie_connector.h").read_text(encoding="utf-8"))
    command = block("In an afternoon, outside of the project", "sh").replace("/usr/local/include", str(folder))
    built = subprocess.run(shlex.split(command), cwd=folder, capture_output=True, text=True)
    assert built.returncode == 0 and built.stderr == "", built.stderr
    partner = make("raw")
    partner.route("/list.txt", "a1 Balade en gabare\nb2 Visite du moulin\n")
    tried = install("lines", block("In an afternoon, outside of the project", "ini"), "https://www.example.org",
                    partner.base_url, VIGIE_CONNECTORS=str(folder))
    assert {r["external_id"]: r["title"] for r in tried["listings"]} == {"a1": "Balade en gabare", "b2": "Visite du moulin"}


def test_every_connector_has_a_section():
    for name in {path.stem for path in (ROOT / "connectors").glob("*.c")} - {"hello"}:
        assert re.search(rf"^\| `{name}` \|", GUIDE, re.M) and re.search(rf"^### {name}$", GUIDE, re.M), name
