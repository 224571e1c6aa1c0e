# SPDX-License-Identifier: Apache-2.0
"""The pages for people: what they say, in two languages, whatever partners sent; seen by checkers and by a browser."""
import contextlib
import html
import json
import re
import sqlite3
import urllib.parse

import html5lib
import pytest

from office import BUILD, ROOT, wait_until
from reading import COUNT, HOSTILE, PARTNERS, fill, get
from sim.canary import WORD
from webtools import browser, vnu

pytestmark = pytest.mark.xdist_group("page")
SPEED = 20000  # of the clock: a day in 4.3 s
TOKEN = f"j3ton+{WORD}/l=office"
LONG = "Un titre de cinq mille lettres " * 160
SCRIPT = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>"
TURNED = "\u202egnirts\u202c \u2067abc"
ALL = COUNT + 3
PLACED = COUNT - 5 - 1 + 1  # five events have no place, a boat lies at 0, 0; of the three titles one has a place
SHEET = {"contact": "Jeanne <Martin>, 05 53 00 00 00", "contract_from": "2024-01-01", "contract_to": "2026-12-31", "charity": "1 %",
         "siren": "732829320", "closed": "11-01..03-31", "predecessor": "Vieux Bateaux", "replaced_by": "bateaux"}


@pytest.fixture(scope="module")
def served(tmp_path_factory, simulator):
    """An office with a partner whose texts harm, and one that has closed; its service."""
    office, made = fill(tmp_path_factory.mktemp("page"), simulator)
    odd = simulator.create("pageodd", shape="raw")
    odd.route("/items", '{"items": [{"id": "long", "title": "%s", "lat": 44.5, "lon": 0.2, "street":'
              ' "2 place du Port, 47700 Casteljaloux", "postcode": "47700", "town": "Casteljaloux"}, {"id": "turned", "title": "%s"},'
              ' {"id": "script", "title": "%s"}]}' % (LONG, TURNED, html.escape(SCRIPT)))
    office.add(odd, "longue", partner={"kind": "tour", "name": "Longue \"<b>"}, request={"url": odd.base_url + "/items"})
    office.partners["longue"]["map"] = {"title": "/title", "latitude": "/lat", "longitude": "/lon",
                                       "street": "/street", "postcode": "/postcode", "locality": "/town"}
    office.change("longue")
    assert office.sync("longue")["added"] == 3
    gone = simulator.create("pagegone", shape="plain", count=3, paging="none")
    office.add(gone, "fermee", partner={"name": "Fermée & Fils", "website": gone.base_url + "/", "domain": "fermee.example", **SHEET})
    office.main["watch"] |= {"allow_private": "yes", "rdap": "no", "company": "no", "gazette": "no"}
    office.main["mail"] = {"server": "smtp://127.0.0.1:9", "from": "vigie@office.example", "to": "claire@office.example"}
    office.configure()

    def reached(verdict):
        return office.rows("SELECT 1 FROM partners WHERE partner = 'fermee' AND verdict = ?", verdict)

    with office.daemon("--speed", SPEED):
        wait_until(lambda: reached("alive"), "it is alive", 40)
        gone.end("gone")
        wait_until(lambda: reached("gone"), "it has closed", 60)
    with contextlib.closing(sqlite3.connect(office.path, timeout=10)) as db:  # the fast clock was ahead: letters are due now
        db.execute("UPDATE outbox SET state = 'waiting', due_ms = 0, claimed_ms = NULL, first_failure_ms = NULL")
        db.commit()
    (office.folder / "credentials").mkdir(exist_ok=True)
    (office.folder / "credentials/serve-token").write_text(TOKEN)
    (office.folder / "credentials/serve-token").chmod(0o600)
    office.configure(serve={"token": "credential:serve-token"})
    with office.daemon_served() as vigied:
        vigied.office = office
        vigied.get = lambda target="/", **headers: get(vigied.url, target, **{"Accept": "text/html", **headers})
        yield vigied
    for partner in [*made, odd, gone]:
        simulator.delete(partner.name)


def page(served, target="/", language="en"):
    """(its text, its document) of a page that is good HTML."""
    answer = served.get(target, Accept_Language=language)
    assert (answer.status, answer.type) == (200, "text/html; charset=utf-8"), (answer.status, answer.body[:500])
    text = answer.body.decode()
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(text)
    assert not parser.errors, (target, parser.errors[:3])
    assert document.find(".").get("lang") == answer.headers["Content-Language"] == language
    return text, document


def words(element):
    return " ".join("".join(element.itertext()).split())


def svg(element, name):
    return [e for e in element.iter() if str(e.tag).endswith("}" + name)]


PAGES = {"home": "/", "sheet": "/partners/fermee", "well": "/partners/agenda", "listings": "/listings",
         "search": "/listings?q=peniche", "none": "/listings?q=zzz", "data": "/collections", "collection": "/collections/boat",
         "api": "/api", "items": "/collections/all/items",
         "item": "/collections/all/items/longue:long", "script": "/collections/all/items/longue:script"}


@pytest.mark.parametrize("target", PAGES.values())
def test_every_page_in_both_languages(served, target):
    for language in ("fr", "en"):
        text, document = page(served, target, language)
        assert not document.findall(".//*[@style]") and not document.findall(".//style")
        assert all(s.get("src") or s.get("type") == "application/ld+json" for s in document.iter("script"))
        assert not [a for e in document.iter() for a in e.attrib if a.startswith("on")]
        links = [e.get(a) for e in document.iter() for a in ("src", "href") if e.get(a)]
        assert not [l for l in links if l.startswith(("javascript:", "data:", "//"))]
        assert len(document.findall(".//h1")) == 1 and document.find(".//main") is not None


def test_policy(served):
    headers = served.get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
                      "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'"}
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"]


def test_home(served):
    _, fr = page(served, "/", "fr")
    cards = {words(c.find(".//h3")): c for c in fr.iterfind(".//li[@class]") if c.find(".//h3") is not None}
    assert list(cards)[0] == "Fermée & Fils" and set(cards) == {"Fermée & Fils", 'Longue "<b>', *(n.capitalize() for n in PARTNERS)}
    closed, well = words(cards["Fermée & Fils"]), words(cards["Agenda"])
    assert "a fermé" in closed and re.search(r"Fermé pour de bon : \w+ certain", closed) and "ne sont pas montrées" in closed
    assert "répond normalement" in well and "60 offres" in well and "Fermé" not in well
    assert "disparu" not in "".join(fr.itertext())
    drawings = svg(cards["Fermée & Fils"], "svg")
    assert [d.get("class") for d in drawings] == ["bars", "band"] and all(d.get("aria-label") for d in drawings)
    assert [r.get("class") for r in drawings[1]][0] == "bad" and "good" in [r.get("class") for r in drawings[1]]
    _, en = page(served, "/", "en-GB, fr;q=0.5".split(",")[0][:2])
    assert "answers as it should" in words(en.find(".//main"))


def test_sheet(served):
    _, fr = page(served, "/partners/fermee", "fr")
    said = words(fr.find(".//main"))
    for text in ("Fermée & Fils", "Jeanne <Martin>, 05 53 00 00 00", "du 1er janvier 2024 au 31 décembre 2026", "1 %", "732829320",
                 "du 1er novembre au 31 mars", "Vieux Bateaux", "Fermée & Fils a fermé.", "Ce qui le montre", "Pour les visiteurs", "Que faire",
                 "Son histoire", "Ce qui a été vu", "Ce qui en a été conclu", "Les dernières lectures", "Lettres à l’équipe"):
        assert text in said, text
    assert fr.find(".//a[@href='/partners/bateaux']") is not None
    assert "claire@office.example" not in said  # who was written to
    assert "Sa réponse à nos demandes : erreur 410" in said or "Son site : erreur 410" in said
    assert served.office.one("SELECT count(*) FROM verdicts WHERE partner = 'fermee'") == len(
        fr.find(".//h2[@id='verdicts']/..").findall(".//tbody/tr"))
    (chance,) = svg(fr, "polyline")
    now, *before = (tuple(map(int, point.split(","))) for point in chance.get("points").split())
    assert now[0] == 1000 and now[1] < 10 and before[-1][1] > 95  # from the right: certain; from the left: not at all
    nobody = served.get("/partners/nobody", Accept_Language="fr")
    assert nobody.status == 404 and "peut-être été retiré" in nobody.body.decode()


def test_no_history_before_there_is_one(office, make):
    """A partner of whom nothing was thought yet has no band: nothing is made up of the time before."""
    partner = make("plain", count=2)
    partner.fault("status", status=500)
    name = office.add(partner, "boats", partner={"interval": "1d"})
    assert office.sync(name)["outcome"] == "failed" and not office.rows("SELECT * FROM verdicts")
    office.sync(name)
    with office.daemon_served() as served:
        home, sheet = (get(served.url, target, Accept="text/html").body.decode() for target in ("/", "/partners/boats"))
    assert 'class="bars"' in home and 'class="bars"' in sheet
    for drawn in ('class="band"', 'class="chance"', 'class="legend"'):
        assert drawn not in home and drawn not in sheet
    for text in (home, sheet):  # nor is it said that it answers, and no more
        assert "les 2 derniers essais ont échoué" in text


def test_data_is_for_people_too(served):
    """Prices as elsewhere, formats by their names, and a way on that says so."""
    _, fr = page(served, "/collections/all/items?limit=100", "fr")
    prices = {words(row.findall("td")[2]) for row in fr.iterfind(".//tbody/tr")}
    assert any("€" in price for price in prices) and not any("EUR" in price for price in prices), prices
    links = {words(a): a.get("href") for a in fr.iterfind(".//div[@class='data']//a")}
    assert {"Page suivante", "geojson", "csv", "csv-excel", "ics"} <= set(links) and "after=" in links["Page suivante"]


def test_an_address_is_said_once(served):
    """Its street is all of it, as some partners have it."""
    _, fr = page(served, "/collections/all/items/longue:long", "fr")
    assert words(fr.find(".//p[@class='address']")) == "2 place du Port, 47700 Casteljaloux"


def test_what_is_wrong_here(served):
    """Letters cannot be sent, which the service says of itself with the next beat of its heart."""
    def notices():
        return [words(p) for p in page(served, "/", "fr")[1].iterfind(".//p[@class='notice']")]
    wait_until(notices, "the page says that mail is stuck")
    assert [n.partition(":")[0] for n in notices()] == ["Les lettres à l’équipe ne partent pas "]


def test_search(served):
    _, found = page(served, "/listings?q=P%C3%89NICHE", "fr")
    assert "64 offres" in words(found.find(".//p[@role='status']")) and found.find(".//input[@id='q']").get("value") == "PÉNICHE"
    assert len(found.findall(".//li[@class='listing']")) == 24
    _, found = page(served, "/listings?partner=agenda&kind=event")
    assert "60 offers" in words(found.find(".//p[@role='status']"))
    assert found.find(".//option[@value='agenda']").get("selected") is not None
    # A form sends what was left empty, too.
    assert "64 offers" in page(served, "/listings?q=&kind=boat&partner=")[0]


@pytest.mark.parametrize("query, count", [("", ALL), ("q=f%C3%AAte", 60), ("kind=boat", 64)])
def test_pages_follow_each_other(served, query, count):
    target, seen, pages = f"/listings?{query}", [], 0
    while target:
        _, document = page(served, target)
        seen += [a.get("href") for a in document.iterfind(".//li[@class='listing']/h2/a")]
        following = document.find(".//nav[@class='pages']//a[@rel='next']")
        target, pages = following.get("href").removeprefix(served.url) if following is not None else None, pages + 1
    assert len(seen) == len(set(seen)) == count and pages == -(-count // 24)


def test_hostile_texts(served):
    text, document = page(served, "/listings?partner=bizarre")
    titles = document.findall(".//li[@class='listing']/h2/a")
    assert len(titles) == len(PARTNERS["bizarre"][1]) and "=cmd|' /C calc'!A0" in map(words, titles)
    assert all(e.tag == "bdi" for a in titles for e in a)
    for a in titles:  # each leads to its listing
        assert served.get(a.get("href")).status == 200, a.get("href")
    text, document = page(served, "/listings?partner=longue")
    long, script, turned = document.findall(".//li[@class='listing']/h2/a")
    assert len(words(long)) < 200 and words(long).endswith("…") and turned.find("bdi") is not None
    assert words(script) == SCRIPT and "<script>alert" not in text and not document.findall(".//h2//img")
    for q in ('"><script>alert(1)</script>', "</title>", "\u202e", "%", "'", "a" * 150):
        text, document = page(served, "/listings?" + urllib.parse.urlencode({"q": q}))
        assert "<script>alert" not in text
    for target in ("/%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/partners/%3Cscript%3E", "/assets/..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/x"):
        answer = served.get(target)
        assert answer.status == 404 and b"<script>" not in answer.body and b"root:" not in answer.body


def test_assets(served):
    text, _ = page(served)
    files = set(re.findall(r'"/assets/([^"]+)"', text + page(served, "/partners/agenda")[0]))
    assert {"vigie.css", "map.js", "page.js", "leaflet.js", "leaflet.css", "vigie.svg"} <= files | {"leaflet.js", "leaflet.css"}
    for file in sorted(files):
        answer = served.get(f"/assets/{file}", Accept="*/*")
        assert answer.status == 200 and answer.headers["Cache-Control"], file
        assert answer.type.partition(";")[0] in ("text/css", "text/javascript", "image/svg+xml"), (file, answer.type)
    for own in (ROOT / "daemon/serve/www").iterdir():
        assert served.get(f"/assets/{own.name}", Accept="*/*").body == own.read_bytes()


def test_a_page_over_new_year(office, make):
    """« jeudi 31 décembre » is a year ago from midnight on: what was kept, or asked for again, says so."""
    partner = make("raw")
    partner.route("/items", '{"items": [{"id": "1", "title": "Réveillon", "starts_at": "2026-12-31T21:00:00+01:00"}]}')
    office.add(partner, "fete", partner={"kind": "event"}, request={"url": partner.base_url + "/items"})
    office.partners["fete"]["map"] = {"title": "/title", "starts_at": "/starts_at"}
    office.change("fete")
    office.sync("fete")
    seen = []

    def has_year(served):
        answer = get(served.url, "/collections/all/items/fete:1?f=html", Accept_Language="fr")
        seen.append((answer.headers["ETag"], "31\u00a0décembre 2026" in answer.body.decode()))
        return seen[-1][1]

    with office.daemon_served("--from", "2026-12-31T22:59:20Z", "--speed", 10) as served:
        wait_until(lambda: has_year(served), "the year")
    tags = [{tag for tag, year in seen if year is said} for said in (False, True)]
    assert not tags[0] & tags[1]


# ---- checkers

def save(served, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in {**PAGES, "problem": "/partners/nobody"}.items():
        file = folder / f"{name}.html"
        file.write_bytes(served.get(target, Accept_Language="fr").body)
        yield file


def test_checker_of_html(served, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><html lang=fr><title>x</title><p><div></p></main>")
    said = vnu(bad, *save(served, tmp_path / "pages"))
    assert [line for line in said if "bad.html" in line]
    assert not [line for line in said if "bad.html" not in line]


def test_looked_at(served):
    """Nobody is kept out: 0 errors of axe and HTML_CodeSniffer, by day and by night; nothing from elsewhere."""
    pictures = BUILD / "pictures"
    looked = {name: PAGES[name] for name in ("home", "sheet", "listings", "data", "collection", "api", "items", "item")}
    found = browser("pages.mjs", pictures, *(f"{name}={served.url}{target}" for name, target in looked.items()))
    assert len(found) == 2 * len(looked)
    for name, seen in found.items():
        assert not seen["issues"] and not seen["heard"], "\n".join([name, *seen["issues"], *seen["heard"]])
        assert seen["hosts"] == [served.url.partition("://")[2]] and seen["wide"] <= 0, (name, seen)
    for name in looked:
        assert all((pictures / f"{name}-{look}.png").stat().st_size > 5000 for look in ("desk", "phone"))
    paper = (pictures / "sheet.pdf").read_bytes()
    assert paper.startswith(b"%PDF") and re.search(rb"/MediaBox \[0 0 59[45][.0-9]* 84[12]", paper)  # A4


def test_map(served):
    leaflet = "/usr/share/javascript/leaflet"
    found = browser("map.mjs", served.url, PLACED, leaflet)
    assert found["heard"] == [] and found["ours"]["sum"] == PLACED
    assert found["ours"]["hosts"] == [served.url.partition("://")[2]]
    assert any(re.fullmatch(r"\d+ offers?", mark) for mark in found["ours"]["marks"])
    assert served.get(found["ours"]["link"]["href"]).status == 200 and found["ours"]["link"]["text"]
    assert found["theirs"]["pages"] == -(-ALL // 40)


def test_map_behind_many_without_a_place(office, make):
    """Those that cannot be drawn take nobody's room; corners of the territory may be parted by semicolons too."""
    def add(name, places):
        partner = make("raw")
        partner.route("/items", json.dumps({"items": [{"id": i, "title": f"{name} {i}", **place} for i, place in enumerate(places)]}))
        office.add(partner, name, request={"url": partner.base_url + "/items"})
        office.partners[name]["map"] = {"title": "/title", "latitude": "/lat", "longitude": "/lon"}
        office.change(name)
        assert office.sync(name)["added"] == len(places)

    office.configure(territory={"polygon": "44.4,0.1;44.4,0.3; 44.6,0.3 44.6,0.1;", "unlocated": "publish"})
    add("a", [{}] * 5100)
    add("b", [{"lat": 44.5 + i / 1000, "lon": .2} for i in range(10)])
    with office.daemon_served() as served:
        found = browser("map.mjs", served.url, 10, "/usr/share/javascript/leaflet")
    assert found["heard"] == [] and found["ours"]["sum"] == 10


def test_staff_answer(served):
    _, fr = page(served, "/partners/fermee", "fr")
    form = fr.find(".//form[@class='answer']")
    assert (form.get("method"), form.get("action")) == ("post", "/partners/fermee/answer")
    assert [b.get("value") for b in form.iter("button")] == ["ack", "snooze", "dismiss", "confirm"]
    assert form.find(".//input[@name='token']").get("type") == "password" and TOKEN not in served.get("/partners/fermee").body.decode()
    assert page(served, "/partners/agenda", "fr")[1].find(".//form[@class='answer']") is None  # nothing to answer
    found = browser("answer.mjs", served.url + "/partners/fermee", TOKEN)
    assert (found["wrong"], found["right"], found["at"]) == (401, 200, served.url + "/partners/fermee")
    assert found["cookies"] == [] and found["token"] == TOKEN and found["by"] == "ee"  # it stood there the second time
    assert "J’ai appelé « là-bas » & 2 fois" in found["said"]
    assert served.office.rows("SELECT label, given_by, note FROM labels") == [
        {"label": "ack", "given_by": "ee", "note": "J’ai appelé « là-bas » & 2 fois"}]
    assert [h for h in found["heard"] if "401" not in h] == []


def test_tiles_and_a_public_address(office):
    """Pictures from one server only, and links that lead there through a web server in front."""
    office.configure(serve={"url": "https://office.example/vigie/", "tiles": "https://{s}.tiles.example/{z}/{x}/{y}.png",
                            "tiles_by": "© Some <one>"}, paths={"www": "nowhere"})
    with office.daemon_served(VIGIE_WWW="") as vigied:
        answer = get(vigied.url, "/", Accept="text/html")
        text = answer.body.decode()
        assert "img-src 'self' data: https://*.tiles.example" in answer.headers["Content-Security-Policy"]
        assert 'data-tiles="https://{s}.tiles.example/{z}/{x}/{y}.png" data-thanks="© Some &lt;one&gt;"' in text
        links = re.findall(r' (?:href|src|action|data-items)="([^"#]+)"', text)
        assert links and all(link.startswith("/vigie/") for link in links), links
        assert "Il n’y a pas encore de partenaire" in text
        assert get(vigied.url, "/assets/vigie.css").status == 404  # its folder is not there, and the page comes all the same
