# SPDX-License-Identifier: Apache-2.0
"""Real web pages with schema.org data: the listings in them beside what others read there, and a real sitemap."""
import json
import re
import xml.etree.ElementTree

import pytest
from formats import partner_file

LISTINGS = {"Event", "Restaurant", "LocalBusiness", "Product", "Place", "Festival", "Offer", "Service"}


@pytest.fixture(scope="module")
def pages(data):
    folder = data / "schemaorg-html/extruct"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    found = sorted(folder.glob("*/*.html"))
    assert len(found) == 21
    return found


def walk(node):
    """Types and names of the listings in JSON-LD or in extruct's form of microdata: at the top, or among events."""
    if isinstance(node, list):
        for one in node:
            yield from walk(one)
    elif isinstance(node, dict) and isinstance(inside := node.get("properties", node), dict):  # of Open Graph: a list
        kinds = node.get("@type", node.get("type"))
        kinds = [k.rpartition("/")[2] for k in ([kinds] if isinstance(kinds, str) else kinds or [])]
        if LISTINGS & set(kinds) and inside.get("name"):
            yield " ".join(inside["name"].split())
        yield from walk(inside.get("event", []))


def read_page(office, make, file):
    """Titles that « vigie sync » finds."""
    partner = make("raw")
    partner.route("/robots.txt", "", status=404)
    partner.route("/page", file.read_bytes(), headers={"Content-Type": "text/html"})
    name = partner_file(office, partner, "jsonld", "/page")
    run = office.sync(name)
    rows = office.listings(name)
    assert run["quarantined"] == 0 and (run["outcome"] == "complete" or (rows == {} and "no listing in 1 pages" in run["detail"])), run
    return rows


def expected(file):
    """What lies beside the page: how extruct's authors read it.  None: nothing does."""
    for ending in (".json", ".jsonld"):
        beside = file.with_suffix(ending)
        if beside.exists():
            document = json.loads(beside.read_text())
            return sorted(walk(document.get("json-ld", document.get("microdata", document)) if isinstance(document, dict) else document))
    return None


def test_beside_what_their_authors_read(office, make, pages):
    compared = 0
    for file in pages:
        wanted = expected(file)
        if wanted is None:
            continue
        titles = sorted(r["title"] for r in read_page(office, make, file).values())
        assert titles == wanted, file
        compared += len(titles)
    assert compared >= 13


def test_beside_extruct(office, make, pages):
    extruct = pytest.importorskip("extruct", reason="python3-extruct is not installed")
    compared = 0
    for file in pages:
        read = extruct.extract(file.read_text(), base_url="http://x.fr/", syntaxes=["json-ld", "microdata"], errors="ignore")
        wanted = sorted(walk(read["json-ld"])) or sorted(walk(read["microdata"]))
        titles = sorted(r["title"] for r in read_page(office, make, file).values())
        assert titles == wanted, file
        compared += len(titles)
    assert compared >= 14


def test_values(office, make, pages):
    by_name = {f"{f.parent.name}/{f.stem}": f for f in pages}
    row, = read_page(office, make, by_name["schema.org/LocalBusiness.002"]).values()
    wanted = {"title": "GreatFood", "street": "1901 Lemur Ave", "postcode": "94086", "locality": "Sunnyvale", "rating": 4.0,
              "rating_count": 250, "url": "http://www.dishdash.com/"}
    assert {k: row[k] for k in wanted} == wanted and "714" not in str(row["properties"])
    row, = read_page(office, make, by_name["misc/product_microdata"]).values()
    assert (row["title"], row["price_minor"], row["currency"], row["rating"]) == ("Executive Anvil", 11999, "USD", 4.4)
    row, = read_page(office, make, by_name["misc/null_ld_mock"]).values()
    assert (row["title"], row["postcode"], row["rating_count"]) == ("Some Name Goes Here", "52342", 280)


def test_a_real_sitemap(office, make, data):
    file = data / "sitemap/sitemap.xml"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    partner = make("raw")
    locs = [e.text for e in xml.etree.ElementTree.parse(file).iter() if e.tag.endswith("}loc")]
    assert len(locs) > 2000
    partner.route("/robots.txt", "", status=404)
    partner.route("/sitemap.xml", re.sub(r"https://schema\.org", partner.base_url, file.read_text()))
    partner.route("/3DModel", '<script type="application/ld+json">{"@type": "Event", "name": "Une page"}</script>')
    name = partner_file(office, partner, "jsonld", "/sitemap.xml", jsonld={"at_most": 1})
    run = office.sync(name)
    assert run["outcome"] == "partial" and f"there are {len(set(locs))} pages, 1 of them were read" in run["detail"], run
    assert [r["title"] for r in office.listings(name).values()] == ["Une page"]
