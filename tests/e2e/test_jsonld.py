# SPDX-License-Identifier: Apache-2.0
"""schema.org data in the pages of a site: robots.txt, sitemaps, pages, listings."""
import json

import pytest
from formats import CORPUS, partner_file


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


# ---- robots.txt


def test_robots_are_obeyed(office, site):
    """A page that is closed to us is not asked for, and what was not read is not missing."""
    name = add(office, site)
    office.sync(name)
    site.asked()
    site.robots("User-agent: *\nAllow: /\n\nUser-agent: Vigie/1.0\nDisallow: /gite/3\nDisallow: /*?\nAllow: /gite/4\n")
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["removed"]) == ("partial", 0), run
        assert "robots.txt does not let us read 1 of 5 pages, /gite/3" in run["detail"] and "`pages`" in run["detail"]
    assert "/gite/3" not in site.asked() and office.ids(name) == ["1", "2", "3", "4", "5"]
    office.change(name, jsonld={"pages": "/gite/* !/gite/3"})
    assert office.sync(name)["outcome"] == "complete"


def test_nothing_at_all_is_ours(office, site):
    site.robots("User-agent: *\nDisallow: /\n")
    run = office.sync(add(office, site))
    assert (run["outcome"], run["added"]) == ("failed", 0) and "robots.txt does not let us read it" in run["detail"], run
    assert site.asked() == ["/robots.txt"]


@pytest.mark.parametrize("status, outcome", [(404, "complete"), (403, "complete"), (410, "complete"), (500, "failed"), (503, "failed")])
def test_robots_that_cannot_be_had(office, site, status, outcome):
    """RFC 9309, 2.3.1: none at all allows everything, a server in trouble nothing."""
    site.robots("no", status=status)
    run = office.sync(add(office, site))
    assert run["outcome"] == outcome, run
    assert len(site.asked()) == (7 if outcome == "complete" else 1)
    assert run["http_status"] == (200 if outcome == "complete" else status)


def test_robots_of_another_host(office, site):
    """Only the owner of the name can say it: a redirect to another site is the partner's, not the file's."""
    site.partner.route("/robots.txt", "", status=301, headers={"Location": "https://ailleurs.example/robots.txt"})
    run = office.sync(add(office, site))
    assert (run["outcome"], run["error_kind"]) == ("refused", "redirect"), run


# ---- sitemaps


def test_from_the_first_page(office, site):
    """The site's first page stands for the sitemaps that robots.txt names."""
    site.map("/b.xml", ["/gite/1", "/gite/2"])
    site.map("/a.xml", ["/gite/2", "/gite/3"])
    site.robots(f"Sitemap: {site.base}/a.xml\nUser-agent: *\nDisallow:\nsitemap: {site.base}/b.xml\n")
    name = add(office, site, "/")
    assert office.sync(name)["added"] == 3
    assert site.asked() == ["/robots.txt", "/a.xml", "/b.xml", "/gite/2", "/gite/3", "/gite/1"]


@pytest.mark.parametrize("has_sitemap", [True, False])
def test_from_the_first_page_without_a_word(office, make, has_sitemap):
    site = Site(make("raw"))
    site.robots("User-agent: *\nDisallow:\n")
    site.put("/", page({"@context": "http://schema.org", "@type": "Hotel", "name": "Hôtel", "@id": "#hotel"}), listed=False)
    if not has_sitemap:
        site.partner.route("/sitemap.xml", "none", status=404)
    name = add(office, site, "/")
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 5 if has_sitemap else 1), run
    if not has_sitemap:
        assert office.ids(name) == [f"{site.base}/#hotel"]


def test_a_site_that_is_gone(office, make):
    """Neither sitemap nor first page: the run has failed, with the status that says so."""
    partner = make("raw")
    for path in ("/", "/robots.txt", "/sitemap.xml"):
        partner.route(path, "gone", status=404)
    run = office.sync(partner_file(office, partner, "jsonld", "/"))
    assert (run["outcome"], run["http_status"], run["requests"]) == ("failed", 404, 3), run


def test_indexes(office, site):
    """An index names sitemaps, some of which name each other: each is read once."""
    site.map("/s/index.xml", ["/s/1.xml", "/s/2.txt", "/s/index.xml", "/s/pages.xml"], index=True)
    site.map("/s/1.xml", ["/gite/1", "/gite/2", "/gite/1"])
    site.map("/s/pages.xml", ["/mentions-legales"])
    site.partner.route("/s/2.txt", f"\ufeff{site.base}/gite/3\r\n\r\n{site.base}/gite/2\n", headers={"Content-Type": "text/plain"})
    name = add(office, site, "/s/index.xml", jsonld={"sitemaps": "!*pages*"})
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 3), run
    assert site.asked() == ["/robots.txt", "/s/index.xml", "/s/1.xml", "/s/2.txt", "/gite/1", "/gite/2", "/gite/3"]


def test_too_deep(office, site):
    for n in range(6):
        site.map(f"/{n}.xml", [f"/{n + 1}.xml"], index=True)
    run = office.sync(add(office, site, "/0.xml"))
    assert (run["outcome"], run["error_kind"]) == ("failed", "limit") and "more than 3 times" in run["detail"], run
    assert "/4.xml" not in site.asked()


def test_globs_and_limits(office, site):
    name = add(office, site, jsonld={"pages": "/gite/[1-4] !*/2"})
    assert office.sync(name)["added"] == 3
    office.change(name, jsonld={"pages": None, "at_most": 2})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("partial", "limit") and "there are 5 pages, 2 of them were read" in run["detail"], run
    office.change(name, jsonld={"pages": "/chambre/*", "at_most": None})
    run = office.sync(name)
    assert run["outcome"] == "failed" and "of 5 pages in the sitemaps 5 are left out by `pages`" in run["detail"], run
    assert office.ids(name) == ["1", "2", "3", "4"]


def test_other_sites_are_left_alone(office, site):
    locs = ["/gite/1", "https://ailleurs.example/gite/2", "ftp://ailleurs.example/", "http://user:secret@127.0.0.1/",
            "/gite/4#photos", "\n  /gite/5\n", "/robots.txt", "/sitemap.xml", site.base.upper() + "/gite/1"]
    site.partner.route("/sitemap.xml", "<urlset>" + "".join(f"<url><loc>{loc}</loc></url>" for loc in locs) + "</urlset>")
    name = add(office, site)
    run = office.sync(name)
    assert run["outcome"] == "partial" and "2 addresses in the sitemaps are none" in run["detail"], run
    assert office.ids(name) == ["1", "4", "5"]
    assert site.asked() == ["/robots.txt", "/sitemap.xml", "/gite/1", "/gite/4", "/gite/5"]


BROKEN_MAPS = {
    "cut": (b"<urlset><url><loc>http://BASE/gite/1</loc></url><url><lo", "truncated", "the document stops before its end"),
    "not well formed": (b"<urlset><url><loc>http://BASE/gite/1</url></urlset>", "format", "line 1"),
    "a bomb": (b'<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
               b"<urlset><url><loc>http://BASE/&b;</loc></url></urlset>", "limit", "line 1"),
    "another document": (b"<?xml version='1.0'?><urlset2><url><loc>http://BASE/</loc></url></urlset2>", "shape", "neither"),
    "a web page": (b"<!DOCTYPE html><html><body>Bonjour", "format", "this is no sitemap"),
    "a long address": (b"<urlset><url><loc>http://BASE/" + b"a" * 3000 + b"</loc></url></urlset>", "limit", "more than 2048 bytes"),
    "nothing": (b"", "format", "this is no sitemap"),
}


@pytest.mark.parametrize("kind", BROKEN_MAPS)
def test_broken_sitemaps(office, site, kind):
    """The others are read; nothing is missing only because it was not read."""
    name = add(office, site, "/index.xml")
    site.map("/index.xml", ["/broken.xml", "/sitemap.xml"], index=True)
    site.partner.route("/broken.xml", "<urlset></urlset>", headers={"Content-Type": "application/xml"})
    assert office.sync(name)["added"] == 5
    body, error, words = BROKEN_MAPS[kind]
    site.partner.route("/broken.xml", body.replace(b"BASE", site.base.encode()[7:]), headers={"Content-Type": "application/xml"})
    site.map(paths=site.paths[:4])
    for _ in range(2):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", error, 0), run
        assert "/broken.xml: " in run["detail"] and words in run["detail"], run
    assert len(office.ids(name)) == 5


def test_sitemaps_that_can_be_read(office, site):
    """An ampersand that is none of XML's; an entity that would be a file of ours stays what it is."""
    site.partner.route("/sitemap.xml", '<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset>'
                       "<url><loc>/gite/1?a=1&b=2</loc></url><url><loc>/&a;</loc></url></urlset>")
    run = office.sync(add(office, site))
    assert run["outcome"] == "complete" and site.asked()[2:] == ["/gite/1", "/&a;"], run


# ---- pages that are not there


def test_a_page_that_is_gone(office, site):
    """The listing of a page that does not exist any more is removed like any other that is missing; the run is whole."""
    name = add(office, site)
    office.sync(name)
    site.put("/gite/2", "gone", status=404)
    site.put("/gite/4", "gone", status=410)
    run = office.sync(name)
    assert (run["outcome"], run["http_status"], run["removed"]) == ("complete", 200, 0), run
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("complete", 2) and office.ids(name) == ["1", "3", "5"], run


def test_too_many_pages_are_gone(office, make):
    site = Site(make("raw"), 20)
    name = add(office, site)
    office.sync(name)
    for n in range(1, 8):
        site.put(f"/gite/{n}", "gone", status=404)
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["removed"]) == ("partial", 0) and "7 of 22 pages did not come" in run["detail"], run
    assert len(office.ids(name)) == 20


def test_the_sitemap_is_gone(office, site):
    """That is the partner's list: no page was asked for, the run has failed with its status."""
    name = add(office, site)
    office.sync(name)
    site.partner.route("/sitemap.xml", "gone", status=404)
    run = office.sync(name)
    assert (run["outcome"], run["http_status"], run["error_kind"]) == ("failed", 404, "http"), run


@pytest.mark.parametrize("status, headers, words", [
    (301, {"Location": "https://ailleurs.example/2"}, "it leads to another site (status 301)"),
    (403, {}, "status 403"), (500, {}, "status 500")])
def test_a_page_that_does_not_come(office, site, status, headers, words):
    """The others are read; its listing is not missing for that."""
    name = add(office, site)
    office.sync(name)
    site.partner.route("/gite/2", "", status=status, headers=headers)
    site.put("/gite/5", "", status=404)
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["removed"]) == ("partial", 0) and f"/gite/2: {words}" in run["detail"], run
    site.put("/gite/2", page(stay(2, name="Gîte rouvert")))
    assert office.sync(name)["outcome"] == "complete"
    assert office.listings(name)["2"]["title"] == "Gîte rouvert"


def test_a_server_in_trouble_is_left_alone(office, make):
    site = Site(make("raw"), 20)
    name = add(office, site)
    for n in range(3, 21):
        site.put(f"/gite/{n}", "", status=502)
    run = office.sync(name)
    assert (run["outcome"], run["http_status"], len(site.asked())) == ("partial", 502, 9), run


def test_a_redirect_within_the_site(office, site):
    """A listing that went away and leads to the first page is not that page's."""
    name = add(office, site)
    office.sync(name)
    site.partner.route("/gite/2", "", status=302, headers={"Location": "/accueil"})
    site.put("/accueil", page({"@type": "WebSite", "name": "Accueil"}), listed=False)
    office.sync(name)
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("complete", 1), run


# ---- conditional requests


def test_not_modified(office, make, tmp_path):
    """Pages with validators are asked for with them; the first that has changed, or is gone, makes the run read all again."""
    partner = make("files", folder=str(tmp_path))
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /compte\n")
    (tmp_path / "sitemap.txt").write_text("".join(f"{partner.base_url}/{n}.html\n" for n in range(1, 6)))
    for n in range(1, 6):
        (tmp_path / f"{n}.html").write_text(page(stay(n)))
    name = partner_file(office, partner, "jsonld", "/sitemap.txt")
    assert office.sync(name)["added"] == 5
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["removed"]) == ("not-modified", 7, 0), run
    (tmp_path / "4.html").write_text(page(stay(4, name="Neuf")))
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["changed"], run["removed"]) == ("complete", 6 + 7, 1, 0), run
    assert office.listings(name)["4"]["title"] == "Neuf"
    assert office.sync(name)["outcome"] == "not-modified"
    (tmp_path / "2.html").unlink()
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["removed"]) == ("complete", 4 + 7, 0), run
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("complete", 1) and office.ids(name) == ["1", "3", "4", "5"], run


# ---- what stands in a page


def one_page(office, make, html, headers=None, **options):
    """What is read of a single page; path -> rows of the listings."""
    partner = make("raw")
    partner.route("/page", html, headers=headers or {"Content-Type": "text/html"})
    partner.route("/robots.txt", "", status=404)
    name = partner_file(office, partner, "jsonld", "/page", **{"jsonld": options} if options else {})
    run = office.sync(name)
    return run, office.listings(name), partner.base_url


HOTEL = {"@context": "https://schema.org/", "@type": "Hotel", "@id": "#h", "name": "Hôtel d'Été"}
REPAIRS = {
    "comments": '// Hôtel\n{"@type": "Hotel", /* un */ "@id": "#h", "name": "Hôtel d\'Été", // deux\n"url": "http://x.fr//a"}',
    "commas": '{,"@type": "Hotel",, "@id": "#h", "name": "Hôtel d\'Été", "image": ["a.jpg",], }',
    "controls": '{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été", "description": "Une\nligne\tou\x01deux"}',
    "escapes": '{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\\\'Été", "description": "C:\\x \\u00e9"}',
    "cdata": '//<![CDATA[\n{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"}\n//]]>',
    "cdata on one line": '<![CDATA[{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"}]]>',
    "html comment": '<!--\n{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"}\n-->',
    "semicolon": '{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"};',
    "entities": '{&quot;@type&quot;: &quot;Hotel&quot;, &quot;@id&quot;: &quot;#h&quot;, &quot;name&quot;: &quot;Hôtel d&#39;Été&quot;}',
    "two": '{"@type": "WebSite", "name": "Site"}\n{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"}',
    "two with a comma": '{"@type": "WebSite", "name": "Site"},\n{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"}',
    "end tags": '{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été", "description": "<b>oui</b><!-- non -->"}',
    "mark": '\ufeff{"@type": "Hotel", "@id": "#h", "name": "Hôtel d\'Été"}',
}


@pytest.mark.parametrize("kind", REPAIRS)
def test_invalid_json_ld_that_can_be_read(office, make, kind):
    run, rows, base = one_page(office, make, page(REPAIRS[kind]))
    assert (run["outcome"], run["quarantined"]) == ("complete", 0), run
    assert {k: r["title"] for k, r in rows.items()} == {f"{base}/page#h": "Hôtel d'Été"}


@pytest.mark.parametrize("text", ['{"@type": "Hotel", "name": "Sans fin', '{"@type": "Hotel", "name": "a" "b"}', "{'@type': \"Hotel\"}"])
def test_json_ld_that_cannot_be_read(office, make, text):
    """It waits in quarantine, with its page; a broken block that is no offer is nobody's business."""
    run, rows, base = one_page(office, make, page(text, HOTEL, '{"@type": "BreadcrumbList", "oups'))
    assert (run["outcome"], run["quarantined"], len(rows)) == ("complete", 1, 1), run


def test_shapes_of_json_ld(office, make):
    """Arrays, @graph, lists, events of a place, nodes that stand elsewhere, several languages, IRIs for names."""
    graph = {"@context": "https://schema.org", "@graph": [
        {"@type": "WebPage", "@id": "#page", "name": "Page", "mainEntity": {"@type": "MusicEvent", "name": "Concert", "@id": "#concert",
         "startDate": "2026-07-14T21:00:00+02:00", "endDate": "2026-07-14", "location": {"@id": "#salle"}}},
        {"@type": ["Place", "MusicVenue"], "@id": "#salle", "name": "La Salle", "geo": {"@id": "#point"},
         "address": {"@type": "PostalAddress", "streetAddress": "1 rue", "addressLocality": "Marmande", "email": "x@y.fr"}},
        {"@id": "#point", "@type": "GeoCoordinates", "latitude": "44.5", "longitude": "0.16"},
        {"@type": "Organization", "@id": "#nous", "name": "Nous"}]}
    listed = {"@context": {"@vocab": "http://schema.org/"}, "@type": "ItemList", "itemListElement": [
        {"@type": "ListItem", "position": 1, "item": {"@type": "http://schema.org/TouristTrip", "@id": "/t/1", "http://schema.org/name": "Balade"}},
        {"@type": "ListItem", "position": 2, "item": {"@type": "schema:Product", "sku": 12345678901234567890,
         "schema:name": [{"@language": "en", "@value": "Boat"}, {"@language": "fr", "@value": "Bateau"}],
         "offers": [{"price": "10.50", "priceCurrency": "EUR"}], "image": [{"@type": "ImageObject", "url": "/b.jpg"}],
         "aggregateRating": {"ratingValue": 4.5, "reviewCount": 12}, "review": [{"author": "Jean Dupont"}]}}]}
    others = [{"@context": "https://www.w3.org/ns/activitystreams", "@type": "Event", "name": "Autre", "id": "x"}, None, 12, [],
              {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "item": {"@type": "Place", "name": "Accueil"}}]},
              {"@type": "Product", "@id": "#reference"}]
    run, rows, base = one_page(office, make, page(graph, listed, others))
    assert (run["outcome"], run["quarantined"]) == ("complete", 0), run
    assert {k.removeprefix(base): r["title"] for k, r in rows.items()} == {
        "/page#concert": "Concert", "/t/1": "Balade", "12345678901234567890": "Bateau"}
    concert, boat = rows[f"{base}/page#concert"], rows["12345678901234567890"]
    assert (concert["latitude"], concert["street"], concert["locality"]) == (44.5, "1 rue", "Marmande")
    assert json.loads(concert["properties"])["starts_at"].startswith("2026-07-14")
    assert (boat["price_minor"], boat["currency"], boat["image_url"], boat["rating"], boat["rating_count"]) == (
        1050, "EUR", f"{base}/b.jpg", 4.5, 12)


def test_types(office, make):
    html = page({"@type": "Restaurant", "name": "Table", "@id": "#1"}, {"@type": "Car", "name": "Fourgon", "@id": "#2"},
                {"@type": "FoodEvent", "name": "Fête", "@id": "#3"}, {"@type": "Person", "name": "Jean Dupont", "@id": "#4"})
    for types, titles in (("Place", ["Table"]), ("Vehicle FoodEvent", ["Fourgon", "Fête"]), ("Person", ["Jean Dupont"])):
        _, rows, _ = one_page(office, make, html, types=types)
        assert sorted(r["title"] for r in rows.values()) == titles
    run, rows, _ = one_page(office, make, html, types="Hotel")
    assert run["outcome"] == "failed" and "no listing in 1 pages; types there: Restaurant, Car, FoodEvent, Person" in run["detail"], run


MICRODATA = """<div itemscope itemtype="https://schema.org/Campground" itemid="/camping" itemref="plus">
<h1 itemprop="name">Camping
  des  Pins</h1><a itemprop="url" href="camping.html">voir</a> <img itemprop="image" src="/c.jpg">
<p itemprop="description">Au <b>bord</b> de l'eau &amp; au calme</p><span itemprop="telephone">05 53 00 00 00</span>
<div itemprop="geo" itemscope itemtype="http://schema.org/GeoCoordinates"><meta itemprop="latitude" content="44.5">
<meta itemprop="longitude" content="0.16"></div>
<div itemprop="aggregateRating" itemscope><data itemprop="ratingValue" value="4.1">quatre</data><span itemprop="reviewCount">31</span></div>
</div><div id="plus"><div itemprop="address" itemscope><span itemprop="postalCode">47200</span></div></div>
<div itemscope itemtype="https://schema.org/Person"><span itemprop="name">Jean Dupont</span></div>"""


def test_microdata(office, make):
    run, rows, base = one_page(office, make, page(body=MICRODATA))
    assert (run["outcome"], list(rows)) == ("complete", [f"{base}/camping"]), run
    row = rows[f"{base}/camping"]
    wanted = {"title": "Camping des Pins", "url": f"{base}/camping.html", "image_url": f"{base}/c.jpg", "latitude": 44.5,
              "description": "Au bord de l'eau & au calme", "rating": 4.1, "rating_count": 31, "postcode": "47200"}
    assert {k: row[k] for k in wanted} == wanted
    _, rows, base = one_page(office, make, page(HOTEL, body=MICRODATA))
    assert list(rows) == [f"{base}/page#h"], "where there is JSON-LD, it counts"


@pytest.mark.parametrize("charset, said", [("utf-8", None), ("utf-8", "iso-8859-1"), ("windows-1252", None),
                                           ("iso-8859-15", "iso-8859-15"), ("utf-8-sig", None), ("koi8-r", "meta")])
def test_encodings(office, make, charset, said):
    """What is valid UTF-8 is UTF-8, whatever the page says; else what it says; else windows-1252."""
    title = "Привет" if charset == "koi8-r" else "Gîte à 5 €"
    html = page({"@type": "Hotel", "@id": "#h", "name": title})
    if said == "meta":
        html = html.replace("<head>", '<head><meta charset="koi8-r">')
    content_type = "text/html" + (f"; charset={said}" if said not in (None, "meta") else "")
    _, rows, _ = one_page(office, make, html.encode(charset), {"Content-Type": content_type})
    assert [r["title"] for r in rows.values()] == [title]


def test_a_document_of_json_ld(office, make):
    """An address may give JSON-LD itself, without any page."""
    run, rows, base = one_page(office, make, json.dumps([stay(1), stay(2)]), {"Content-Type": "application/ld+json"})
    assert (run["outcome"], sorted(rows)) == ("complete", ["1", "2"]), run


def test_a_map_of_ones_own(office, site):
    name = add(office, site, jsonld={"id": "/url"}, map={"title": "/@type", "properties.page": "/@page", "capacity": "/occupancy"})
    office.sync(name)
    row = office.listings(name)[f"{site.base}/gite/1"]
    assert row["title"] == "VacationRental" and json.loads(row["properties"])["page"] == f"{site.base}/gite/1"
    assert row["postcode"] == "47200", "the others stay as they are by default"


HOSTILE = {
    "deep": "<div>" * 3000, "soup": "<b>" * 400 + "</i>" * 20000, "huge": "<p>" + "a" * (5 << 20),
    "open": '<script type="application/ld+json">{"@type": "Hotel", "name": "', "attributes": "<a " + "b=c " * 100000,
    "nul": "\0" * 5000, "microdata": '<i itemscope itemtype="http://schema.org/Hotel" itemprop="a">' * 450,
    "values": '<div itemscope itemtype="http://schema.org/Hotel">' + "<i itemprop=name>x</i>" * 30000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages(office, site, kind):
    """It costs nothing but itself: the other pages are read, and nothing is removed for it."""
    name = add(office, site)
    office.sync(name)
    site.put("/gite/3", page(body=HOSTILE[kind]))
    for _ in range(2):
        run = office.sync(name, timeout=20)
        assert run["outcome"] in ("complete", "partial") and (run["removed"] == 0 or run["outcome"] == "complete"), run
    whole = kind in ("soup", "open", "attributes", "nul", "microdata")
    assert run["outcome"] == ("complete" if whole else "partial"), run


CHALLENGE = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


@pytest.mark.parametrize("body, words", [("", "empty"), ("\ufeff \n", "empty"), ("\0" * 9, "empty"), ('{"error": "db"}', "neither"),
                                         ("upstream connect error", "no web page")])
def test_what_is_no_page(office, site, body, words):
    """Its listing is not missing: it was not read."""
    name = add(office, site)
    office.sync(name)
    site.put("/gite/3", body)
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "format", 0), run
        assert "/gite/3: " in run["detail"] and words in run["detail"], run
    site.put("/gite/3", page({"@type": "WebSite", "name": "Site"}))
    office.sync(name)
    assert office.sync(name)["removed"] == 1, "a page without a listing has none"


@pytest.mark.parametrize("body", [CHALLENGE, "<!DOCTYPE html><html><head><tit"])
def test_many_pages_lose_their_listings(office, make, body):
    """A site in trouble shows its visitors something else, with status 200; fewer are the partner's decision."""
    site = Site(make("raw"), 10)
    site.put("/accueil", page())
    site.map()
    name = add(office, site)
    assert office.sync(name)["listings"] == 10
    for n in range(3, 9):
        site.put(f"/gite/{n}", body)
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "shape", 0), run
        assert "7 of 11 pages have no listing; 1 had none" in run["detail"], run
    site.put("/gite/8", page(stay(8)))
    for n in range(20, 40):
        site.put(f"/actualite/{n}", page())
    site.map()
    assert [office.sync(name)["removed"] for _ in range(2)] == [0, 5]
    site.paths = [p for p in site.paths if "/gite/" not in p] + ["/gite/1"]
    site.map()
    assert [office.sync(name)["outcome"] for _ in range(2)] == ["complete"] * 2, "what no sitemap names is gone"


def test_broken_off(office, site):
    """A page that breaks off is asked for again."""
    name = add(office, site, limits={"max_retries": 1})
    html = page(stay(3)).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(html)}\r\n\r\n".encode()
    site.partner.route("/gite/3", wire=head + html[:-20])
    run = office.sync(name, timeout=60)
    assert (run["outcome"], run["error_kind"]) == ("partial", "truncated"), run
    assert site.asked().count("/gite/3") == 2


# ---- recorded documents

ROUTES = {"/robots.txt": "robots.txt", "/plan.xml": "plan.xml", "/plan-gites.xml": "plan-gites.xml", "/plan-agenda.xml": "plan-agenda.xml",
          "/gite/les-tilleuls": "les-tilleuls.html", "/gite/le-moulin": "le-moulin.html", "/gite/casse": "casse.html",
          "/gite/hostile": "hostile.html", "/gite/microdata": "microdata.html", "/agenda": "agenda.html"}


def test_recorded_documents(office, make):
    """tests/corpus/jsonld: what a site answers, good, broken and hostile, and the listings that are in it (listings.json)."""
    partner = make("raw")
    folder = CORPUS / "jsonld"
    assert {f.name for f in folder.iterdir()} == set(ROUTES.values()) | {"listings.json"}
    for path, file in ROUTES.items():
        partner.route(path, (folder / file).read_text().replace("BASE", partner.base_url), headers={"Content-Type": "text/html"})
    name = partner_file(office, partner, "jsonld", "/")
    run = office.sync(name)
    wanted = json.loads((folder / "listings.json").read_text().replace("BASE", partner.base_url))
    columns = {k for row in wanted.values() for k in row} | {"properties", "title"}
    found = {k: {c: v for c, v in r.items() if c in columns and v is not None} for k, r in office.listings(name).items()}
    for row in found.values():
        row["properties"] = json.loads(row["properties"])
    assert found == wanted
    assert (run["outcome"], run["quarantined"]) == ("complete", 1), run
    kept, = office.quarantine(name)
    assert "comma" in kept["reason"], kept
    everything = str(office.listings(name))
    assert "hote@" not in everything and "Cliente" not in everything and "53 00" not in everything
