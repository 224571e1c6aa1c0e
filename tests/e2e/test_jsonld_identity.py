# SPDX-License-Identifier: Apache-2.0
"""schema.org data in pages: which listing is which."""
import pytest
from test_jsonld import Site, add, one_page, page, site, stay  # noqa: F401


def test_identity(office, make):
    """Its own names first, else the page; what says the same of itself is told apart by its date or its name."""
    _, rows, base = one_page(office, make, page({"@type": "Hotel", "name": "Seul"}))
    assert list(rows) == [f"{base}/page"]
    _, rows, base = one_page(office, make, page([{"@type": "Hotel", "name": "Un"}, {"@type": "Hotel", "name": "Deux"}]))
    assert sorted(rows) == [f"{base}/page#Deux", f"{base}/page#Un"]
    days = [{"@type": "Event", "name": "Marché", "url": "/marche", "startDate": f"2026-07-0{n}"} for n in (1, 8)]
    _, rows, base = one_page(office, make, page(days))
    assert sorted(rows) == [f"{base}/marche#2026-07-01", f"{base}/marche#2026-07-08"]
    _, rows, base = one_page(office, make, page({"@type": "Hotel", "name": "H", "@id": "_:b0", "url": "https://x.fr/" + "a" * 400},
                                                {"@type": "Hotel", "name": "I", "identifier": [{"@type": "PropertyValue", "value": 7}]}))
    assert len(rows) == 2 and "7" in rows and max(map(len, rows)) == 255


def test_the_fullest_counts(office, site):
    """A listing in short on a list, and in full on its page: one listing, the full one, at every run."""
    site.put("/gites", page({"@type": "ItemList", "itemListElement": [{"@type": "VacationRental", "identifier": str(n), "name": "Court"}
                                                                      for n in range(1, 6)]}))
    for paths in (site.paths, site.paths[::-1]):
        site.map(paths=paths)
        name = add(office, site)
        for _ in range(2):
            office.sync(name)
            assert {r["title"] for r in office.listings(name).values()} == {f"Gîte n° {n}" for n in range(1, 6)}
    site.put("/accueil", page({"@type": "VacationRental", "identifier": "3", "name": "Coup de cœur", "url": "/gite/3"}))
    site.map(paths=["/accueil", *site.paths])
    run = office.sync(name)
    assert (run["quarantined"], office.listings(name)["3"]["title"]) == (0, "Gîte n° 3"), "also than what a page shows alone"
    site.put("/gite/3", page(stay(3, name="Rénové de fond en comble")))
    assert office.sync(name)["changed"] == 1
    assert office.listings(name)["3"]["title"] == "Rénové de fond en comble"


PARTS = {"@id": "#a", "@type": "Hotel", "name": "Nommé"}, {"@id": "#a", "@type": "Hotel", "description": "Au bord de l'eau"}


@pytest.mark.parametrize("blocks", [[{"@graph": PARTS}], [{"@graph": PARTS[::-1]}], PARTS, PARTS[::-1]])
def test_one_listing_in_parts(office, make, blocks):
    """Two objects with the same @id are one node of the graph, with all that is said of it."""
    run, rows, base = one_page(office, make, page(*blocks))
    assert {k: r["title"] for k, r in rows.items()} == {f"{base}/page#a": "Nommé"}, run
    assert rows[f"{base}/page#a"]["description"] == ("Au bord de l'eau" if len(blocks) == 1 else None)
    _, rows, base = one_page(office, make, page([{**PARTS[0], "name": name} for name in ("Un", "Deux")]))
    assert sorted(rows) == [f"{base}/page#a#Deux", f"{base}/page#a#Un"], "two names are two listings"
    _, rows, base = one_page(office, make, page([*PARTS, {"@id": "#b", "@type": "Offer", "itemOffered": {"@id": "#a"}}]))
    assert {k: r["title"] for k, r in rows.items()} == {f"{base}/page#b": "Nommé"}, "both are a part of the offer"


@pytest.mark.parametrize("same", [{"identifier": "SIREN 1"}, {"sku": "default"}, {"@id": "https://a.example/#product"}, {"url": "/"}])
def test_pages_that_claim_the_same_identifier(office, make, same):
    """The second waits in quarantine, and what vanished when it did so is not missing; an expression can tell them apart."""
    site = Site(make("raw"), 0)
    for path, name in (("/a", "Un"), ("/b", "Deux"), ("/c", "Trois")):
        site.put(path, page({"@type": "Product", "name": name, **same}, {"@type": "LocalBusiness", "@id": "/#nous", "name": "Nous"}))
    site.map()
    name = add(office, site)
    run = office.sync(name)
    assert (run["outcome"], run["listings"], run["quarantined"]) == ("complete", 2, 2), run
    assert {r["title"] for r in office.listings(name).values()} == {"Un", "Nous"}
    assert all("another page has this identifier" in q["reason"] for q in office.quarantine(name))
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["changed"]) == ("complete", 2, 0), run
    office.change(name, jsonld={"id": "/@page"})
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"]) == ("complete", 0), run
    assert {r["title"] for r in office.listings(name).values()} >= {"Un", "Deux", "Trois"}


def test_a_listing_in_two_languages(office, make):
    """The same identifier on the pages of two languages is the same listing."""
    site = Site(make("raw"), 0)
    for path, name in (("fr", "Gîte"), ("en", "Cottage")):
        site.put(f"/{path}/1", page(stay(1, name=name, url=f"/{path}/1")).replace("<html>", f'<html lang="{path}">'))
    site.map()
    run = office.sync(add(office, site))
    assert (run["listings"], run["quarantined"]) == (1, 0), run
