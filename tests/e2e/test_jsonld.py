# SPDX-License-Identifier: Apache-2.0
"""schema.org data in the pages of a site: robots.txt, sitemaps, pages, listings."""
import json

import pytest
from formats import partner_file
from office import JOB_FAILED


def page(*blocks, body=""):
    scripts = "".join(f'<script type="application/ld+json">{b if isinstance(b, str) else json.dumps(b, ensure_ascii=False)}</script>'
                      for b in blocks)
    return f"<!DOCTYPE html><html><head><title>Une page</title>{scripts}</head><body><p>Bonjour</p>{body}</body></html>"


def stay(n, **more):
    return {"@context": "https://schema.org", "@type": "VacationRental", "identifier": str(n), "name": f"Gîte n° {n}",
            "url": f"/gite/{n}", "geo": {"@type": "GeoCoordinates", "latitude": 44.5 + n / 1000, "longitude": .16},
            "address": {"@type": "PostalAddress", "postalCode": "47200", "addressLocality": "Marmande", "addressCountry": "FR"},
            "offers": {"@type": "Offer", "price": 50 + n, "priceCurrency": "EUR"}, "telephone": "+33612345678", **more}


class Site:
    """A web site: its pages, in one sitemap, are asked for over a raw partner."""

    def __init__(self, partner, n=5):
        self.partner, self.base = partner, partner.base_url
        self.paths = []
        self.robots(f"User-agent: *\nDisallow: /admin\nSitemap: {self.base}/sitemap.xml\n")
        for number in range(1, n + 1):
            self.put(f"/gite/{number}", page(stay(number)))
        self.map()

    def robots(self, text, status=200):
        self.partner.route("/robots.txt", text, status=status, headers={"Content-Type": "text/plain"})

    def put(self, path, html, listed=True, **more):
        self.partner.route(path, html, headers={"Content-Type": "text/html; charset=utf-8"}, **more)
        self.paths += [path] if listed and path not in self.paths else []

    def map(self, path="/sitemap.xml", paths=None, index=False):
        entry, root = ("sitemap", "sitemapindex") if index else ("url", "urlset")
        rows = "".join(f"<{entry}><loc>{p if p.startswith('http') else self.base + p}</loc><lastmod>2026-01-01</lastmod></{entry}>"
                       for p in (self.paths if paths is None else paths))
        self.partner.route(path, f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                                 f"{rows}</{root}>", headers={"Content-Type": "application/xml"})

    def asked(self):
        paths = [e["path"] for e in self.partner.requests()]
        self.partner.clear_log()
        return paths


@pytest.fixture
def site(make):
    return Site(make("raw"))


def add(office, site, path="/sitemap.xml", **sections):
    return partner_file(office, site.partner, "jsonld", path, **sections)


def test_a_site(office, site):
    """robots.txt comes first, then the sitemap, then each page once; nothing needs to be mapped."""
    name = add(office, site)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 5, 0), run
    assert site.asked() == ["/robots.txt", "/sitemap.xml"] + site.paths
    rows = office.listings(name)
    assert sorted(rows) == ["1", "2", "3", "4", "5"]
    wanted = {"title": "Gîte n° 2", "latitude": 44.502, "longitude": .16, "postcode": "47200", "locality": "Marmande",
              "country": "FR", "price_minor": 5200, "currency": "EUR", "url": f"{site.base}/gite/2"}
    assert {k: rows["2"][k] for k in wanted} == wanted
    assert "612345678" not in str(rows)
    again = office.sync(name)
    assert (again["outcome"], again["added"], again["changed"], again["removed"]) == ("complete", 0, 0, 0), again
