# SPDX-License-Identifier: Apache-2.0
"""Following the catalogue: the change feed, and feeds for readers, as their own validators and readers see them."""
import http.client
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

import webtools
from office import Office

HOSTILE = "& \"'< ]]> « été »"
ATOM = "{http://www.w3.org/2005/Atom}"


def get(url, **headers):
    """(status, headers, body)"""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request("GET", parts.path + ("?" + parts.query if parts.query else ""),
                           headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.fixture
def boats(office, make):
    """A partner whose listings were added, changed, removed and brought back before anybody looked."""
    partner = make("plain", count=30, paging="none")
    office.add(partner, "boats", partner={"interval": "1d", "kind": "boat"})
    office.sync("boats")
    partner.change(2, title=HOSTILE.replace("&", "&amp;"))
    office.sync("boats")
    partner.remove(5)
    office.sync("boats")
    office.sync("boats")
    partner.restore(partner_gone(partner)[:2])
    office.sync("boats")
    return partner


def partner_gone(partner):
    return sorted(set(map(str, range(1, 31))) - set(map(str, partner.ids())), key=int)


# ---- RPDE


def walk(url):
    """The pages from `url` to the last one: [(url, headers, page)]"""
    pages = []
    while True:
        status, headers, body = get(url)
        assert status == 200, body
        page = json.loads(body)
        pages.append((url, headers, page))
        if not page["items"]:
            return pages
        url = page["next"]


def test_every_listing_once_at_its_last_change(office, boats):
    with office.daemon_served() as served:
        pages = walk(f"{served.url}/rpde?limit=7")
        items = [item for _, _, page in pages for item in page["items"]]
        assert all(p["items"] == [] or len(p["items"]) <= 7 for _, _, p in pages)
        last = {r["uid"]: r["change"] for r in office.rows("SELECT uid, max(change) AS change FROM changes GROUP BY uid")}
        assert {i["id"]: i["modified"] for i in items} == last and len(items) == 30
        numbers = [i["modified"] for i in items]
        assert numbers == sorted(numbers)
        there = {f"boats:{i}" for i in office.ids("boats")}
        assert {i["id"] for i in items if i["state"] == "updated"} == there
        for item in items:
            assert item["state"] in ("updated", "deleted") and item["kind"] == "listing"
            assert ("data" in item) == (item["state"] == "updated")
            assert item["state"] == "deleted" or item["data"]["id"] == item["id"]
        assert [i for i in items if i["state"] == "updated" and i["data"]["properties"]["title"] == HOSTILE]
        url, headers, page = pages[-1]
        assert page["items"] == [] and page["next"] == url, "the last page leads to itself"
        assert headers["Cache-Control"] == "public, max-age=8"
        for url, headers, page in pages[:-1]:
            assert headers["Cache-Control"] == "public, max-age=3600" and headers["Content-Type"] == "application/json"
            assert page["next"].startswith(served.url + "/rpde?") and f"={page['items'][-1]['modified']}" in page["next"]
        # Who has read to the end asks its last page again, and sees what came after: a listing that changes leaves its place.
        boats.change(1, title="Plus tard")
        office.sync("boats")
        (_, _, news), (_, _, end) = walk(pages[-1][0])
        assert [i["state"] for i in news["items"]] == ["updated"] and end["items"] == []
        assert news["items"][0]["data"]["properties"]["title"] == "Plus tard"
        again = [i["id"] for _, _, page in walk(f"{served.url}/rpde") for i in page["items"]]
        assert len(again) == len(set(again)) == 30 and again[-1] == news["items"][0]["id"]


def test_withdrawn_with_its_partner(office, boats):
    """What is not published any more is deleted there, without a word of what it was."""
    office.configure(territory={"circle": "10,10,1"})
    office.change("boats", normalise={"country": "FR"})
    office.sync("boats")
    with office.daemon_served() as served:
        text = b"".join(json.dumps(page).encode() for _, _, page in walk(f"{served.url}/rpde"))
        items = [i for _, _, page in walk(f"{served.url}/rpde") for i in page["items"]]
    assert {i["state"] for i in items} == {"deleted"} and b"title" not in text


def test_what_lies_elsewhere_is_told_of_as_it_was_before(office, make):
    """A listing outside the territory is nobody's news, until it comes into it; one that leaves it is withdrawn, once."""
    partner = make("plain", count=4, paging="none")
    office.add(partner, "boats", partner={"interval": "1d", "kind": "boat"})
    office.configure(territory={"circle": "44.50,0.17,30"})
    far, near, *_ = partner.ids()
    told = []

    def step(*expected):
        office.sync("boats")
        news = json.loads(get(f"{served.url}/changes?f=jsonfeed&limit=200", Accept_Language="en")[2])["items"]
        new = [i for i in reversed(news) if i["id"] not in told]
        told.extend(i["id"] for i in new)
        assert [(i["title"].split(":")[0], i["url"].split(":")[-1] if "url" in i else i["content_text"].split(":")[-1])
                for i in new] == [(word, str(uid)) for word, uid in expected]

    partner.change([far], latitude=44.8378, longitude=-0.5792)
    with office.daemon_served() as served:
        step(*(("New", i) for i in partner.ids()[1:]))
        assert [i["id"] for _, _, page in walk(f"{served.url}/rpde") for i in page["items"]] == [
            f"boats:{i}" for i in partner.ids()[1:]], "what never was there is not deleted"
        partner.change([far], title="Plus tard")
        step()
        where = [(i["latitude"], i["longitude"]) for i in partner.items() if str(i["id"]) == str(near)][0]
        partner.change([near], latitude=44.8378, longitude=-0.5792)
        step(("Withdrawn", near))
        partner.change([near], title="Plus tard")
        step()
        partner.change([near], latitude=where[0], longitude=where[1])
        partner.remove([far])
        step(("Changed", near), ("New", near))  # of what it is now, its changes may be seen
        step()
        assert len(office.listings("boats")) == 3, "the far one was removed, and nobody heard of it"
        deleted = [i["id"] for _, _, page in walk(f"{served.url}/rpde") for i in page["items"] if i["state"] == "deleted"]
        assert set(deleted) <= {f"boats:{far}"}


@pytest.mark.parametrize("query, code", [("afterChangeNumber=x", "invalid"), ("afterChangeNumber=-1", "invalid"),
                                         ("limit=0", "invalid"), ("afterTimestamp=1", "unknown")])
def test_questions_that_make_no_sense(office, query, code):
    with office.daemon_served() as served:
        status, headers, body = get(f"{served.url}/rpde?{query}")
    assert status == 400 and json.loads(body)["code"] == f"query-param-{code}"


def test_rpde_validator(office, boats):
    """OpenActive's validator finds no failure."""
    office.configure(serve={"license": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"})
    with office.daemon_served() as served:
        for query in ("", "?limit=9"):
            found = webtools.node("rpde.mjs", f"{served.url}/rpde{query}")
            assert found["failures"] == [] and found["pages"] >= 1, found
            # Of the last page it is seen too late that it is the last.
            assert [w for w in found["warnings"] if "Cache-Control" in w and "max-age=8" not in w] == [], found


# ---- feeds for readers


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # feedparser's own
def test_atom(office, boats):
    import feedparser
    with office.daemon_served() as served:
        url = f"{served.url}/changes?limit=10"
        status, headers, body = get(url, Accept_Language="fr")
        assert status == 200 and headers["Content-Type"].startswith("application/atom+xml")
        feed = feedparser.parse(body)
        assert not feed.bozo and feed.version == "atom10", feed.get("bozo_exception")
        root = ElementTree.fromstring(body)
        for name in ("id", "title", "updated", "author"):
            assert root.find(ATOM + name) is not None, name
        links = {l.get("rel"): l.get("href") for l in root.findall(ATOM + "link")}
        assert links["self"] == url and links["next"].startswith(served.url)
        ids, titles, pages = [], [], 0
        while url:
            root = ElementTree.fromstring(get(url, Accept_Language="fr")[2])
            for entry in root.findall(ATOM + "entry"):
                ids.append(entry.find(ATOM + "id").text)
                titles.append(entry.find(ATOM + "title").text)
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.find(ATOM + "updated").text)
                assert entry.find(ATOM + "content") is not None or entry.find(ATOM + "summary") is not None
            url = {l.get("rel"): l.get("href") for l in root.findall(ATOM + "link")}.get("next")
            pages += 1
        assert pages > 2 and len(ids) == len(set(ids))
        assert any(HOSTILE in t for t in titles) and sum(t.startswith("Retiré") for t in titles) == 3
        english = ElementTree.fromstring(get(f"{served.url}/changes", Accept_Language="en")[2])
        assert english.find(f"{ATOM}entry/{ATOM}title").text.startswith("New: ")
        item = english.find(f"{ATOM}entry/{ATOM}link[@rel='alternate']").get("href")
        assert get(item, Accept="application/geo+json")[0] == 200
        assert ElementTree.fromstring(get(f"{served.url}/changes?partner=other")[2]).find(ATOM + "entry") is None


def test_json_feed(office, boats):
    with office.daemon_served() as served:
        url = f"{served.url}/changes?f=jsonfeed&limit=20"
        status, headers, body = get(url)
        feed = json.loads(body)
        assert status == 200 and headers["Content-Type"].startswith("application/feed+json")
        assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["feed_url"] == url and feed["title"]
        older = json.loads(get(feed["next_url"])[2])
        items = feed["items"] + older["items"]
        assert "next_url" not in older or older["items"]
        assert all(isinstance(i["id"], str) and i["content_text"] for i in items)
        assert len({i["id"] for i in items}) == len(items) and feed["next_url"] != url
        assert json.loads(get(f"{served.url}/changes", Accept="application/feed+json")[2])["items"]


def test_newsboat(office, boats, tmp_path):
    """A feed reader takes it."""
    with office.daemon_served() as served:
        (tmp_path / "urls").write_text(f"{served.url}/changes?limit=200\n")
        cache = tmp_path / "cache.db"
        webtools.program("newsboat", "-u", tmp_path / "urls", "-c", cache, "-C", "/dev/null", "-x", "reload", HOME=str(tmp_path))
        import sqlite3
        titles = [t for t, in sqlite3.connect(cache).execute("SELECT title FROM rss_item")]
    assert len(titles) > 25 and any(HOSTILE in t for t in titles)


def test_feeds_are_found(office, boats):
    """From the page for people, as browsers and feed readers look for them, and from the landing page."""
    with office.daemon_served() as served:
        page = get(f"{served.url}/", Accept="text/html")[2].decode()
        found = dict(re.findall(r'<link rel="alternate" type="(application/[a-z]+\+[a-z]+)" title="[^"]+" href="([^"]+)">', page))
        for kind, path in found.items():
            assert get(served.url + path)[1]["Content-Type"].startswith(kind)
        assert set(found) >= {"application/atom+xml", "application/feed+json"}
        links = {l["href"]: l["type"] for l in json.loads(get(f"{served.url}/?f=json")[2])["links"]}
        assert links[f"{served.url}/rpde"] == "application/json" and links[f"{served.url}/events"] == "text/event-stream"


def test_feeds_of_an_empty_catalogue(office):
    with office.daemon_served() as served:
        assert ElementTree.fromstring(get(f"{served.url}/changes")[2]).find(ATOM + "entry") is None
        assert json.loads(get(f"{served.url}/changes?f=jsonfeed")[2])["items"] == []
        status, headers, body = get(f"{served.url}/rpde")
        assert json.loads(body)["next"] == f"{served.url}/rpde" and json.loads(body)["items"] == []


def test_another_office_keeps_a_copy(office, boats, tmp_path_factory):
    """A second Vigie follows the first by its feed: the same listings, at each step, for what has changed alone."""
    other = Office(tmp_path_factory.mktemp("other"), office.sim)

    def shown(of, name):
        columns = "title, description, kind, latitude, longitude, price_minor, locality, url"
        rows = of.rows(f"SELECT {columns} FROM listings WHERE partner = ? AND removed_at IS NULL AND published ORDER BY 1, 2", name)
        return [tuple(r.values()) for r in rows]

    with office.daemon_served() as served:
        other.partners["copy"] = {
            "partner": {"name": "Office voisin", "connector": "rpde", "website": served.url, "kind": "place"},
            "request": {"url": f"{served.url}/rpde?limit=10", "allow_private": "yes"},
            "limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"age": "0s"},
            "map": {"latitude": "/data/geometry/coordinates/1", "longitude": "/data/geometry/coordinates/0", "price": "/data/properties/price",
                    **{k: f"/data/properties/{k}" for k in ("title", "description", "kind", "locality", "url", "currency")}}}
        other.change("copy")
        assert other.sync("copy")["added"] == len(office.ids("boats")) and shown(other, "copy") == shown(office, "boats")
        boats.change(1, title="Plus tard")
        boats.remove(1)
        boats.add(2)
        for _ in range(2):
            office.sync("boats")
        run = other.sync("copy")
        assert (run["outcome"], run["added"], run["removed"]) == ("complete", 2, 1) and run["seen"] <= 4, run
        assert shown(other, "copy") == shown(office, "boats")
