# SPDX-License-Identifier: Apache-2.0
"""The simulator tested on itself: every platform read to its end, every fault and every end at least once."""
import base64
import gzip
import html
import json
import re
import socket
import ssl
import struct
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
import zlib

import pytest

from . import settings
from .canary import WORD
from .client import COMMAND, ControlError, Simulator
from .ends import ENDS
from .faults import BAD_RECORDS, CORRUPTIONS, FAULTS, TARGETS
from .platforms import PLATFORMS


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)


def get(url, headers=None, data=None):
    """(status, headers, body) of one request; redirects are not followed."""
    request = urllib.request.Request(url, data, headers or {})
    try:
        with OPENER.open(request, timeout=10) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def raw(partner, path="/items"):
    """Everything that a connection gives for one request, and the error that ended it, if any."""
    info = partner.info()
    data, error = b"", None
    with socket.create_connection((info["host"], partner.sim.port), timeout=10) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        try:
            while piece := s.recv(65536):
                data += piece
        except ConnectionResetError as e:
            error = e
    return data, error


def credentials(info):
    """The header fields that a platform wants, its token fetched when it hands out tokens."""
    auth = info["auth"] or {"kind": None}
    if auth["kind"] == "headers":
        return auth["headers"]
    if auth["kind"] == "bearer":
        return {"Authorization": "Bearer " + auth["token"]}
    if auth["kind"] == "oauth2":
        form = {"grant_type": "client_credentials", "client_id": auth["client_id"], "client_secret": auth["client_secret"]}
        answer = json.loads(get(info["token_url"], data=urllib.parse.urlencode(form).encode())[2])
        return {"Authorization": "Bearer " + answer["access_token"]}
    return {}


def next_by_param(name, pick):
    """The next request of platforms whose client counts or passes a token on: pick(document, url) -> values or None."""
    def following(url, document, headers):
        values = pick(document, url)
        if values is None:
            return None
        parts = urllib.parse.urlsplit(url)
        query = [(k, v) for k, v in urllib.parse.parse_qsl(parts.query) if k != name]
        return parts._replace(query=urllib.parse.urlencode(query + [(name, v) for v in values])).geturl()
    return following


def next_offset(list_key, total_key):
    def pick(document, url):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        reached = int(query.get("offset", 0)) + len(document[list_key])
        return [reached] if reached < document[total_key] else None
    return next_by_param("offset", pick)


def next_url(key):
    return lambda url, document, headers: document[key] and urllib.parse.urljoin(url, document[key])


def next_link(url, document, headers):
    found = re.search(r'<([^>]*)>; rel="next"', headers["Link"])
    return found and found[1]


def last(url, document, headers):
    return None


# platform -> where the items are, what the id is called, how to go on
READERS = {
    "cforgood": (lambda d: d, "id", last),
    "yescapa": (lambda d: d["results"], "id", next_url("next")),
    "homeexchange": (lambda d: d["homes"], "id", next_offset("homes", "total_count")),
    "openagenda": (lambda d: d["events"], "uid", next_by_param("after[]", lambda d, url: d["after"])),
    "samboat": (lambda d: d, "id", next_link),
    "eatwith": (lambda d: d["data"], "id", next_url("next")),
    "base10": (lambda d: d["value"], "id", next_offset("value", "count")),
    "baludik": (lambda d: d["itemListElement"], "identifier", last),
}


def walk(partner, reader=None):
    """Every item of a partner, read page by page; the number of pages."""
    items_of, _, following = READERS[reader or partner.name]
    info = partner.info()
    headers, url, items, pages = credentials(info), info["url"], [], 0
    while url:
        status, fields, body = get(url, headers, info["body"] and info["body"].encode())
        assert status == 200, body
        document = json.loads(body)
        items += items_of(document)
        pages += 1
        assert pages < 50
        url = following(url, document, fields)
    return items, pages


@pytest.fixture(scope="module")
def sim():
    with Simulator(tls=True) as running:
        yield running


_numbers = iter(range(1, 10_000))


@pytest.fixture
def plain(sim):
    """A fresh partner with 25 listings, 10 a page."""
    partner = sim.create(f"plain{next(_numbers)}", "plain", paging="page")
    yield partner
    sim.delete(partner.name)


def items_of(partner, query=""):
    return json.loads(get(partner.base_url + "/items" + query)[2])


# ---- platforms


@pytest.mark.parametrize("name", PLATFORMS)
def test_platform_is_read_to_its_end(sim, name):
    partner = sim.partner(name)
    items, pages = walk(partner)
    key = READERS[name][1]
    assert [str(i[key]) for i in items] == partner.ids()
    assert len(items) == PLATFORMS[name].count
    assert pages > 1 or READERS[name][2] is last


@pytest.mark.parametrize("name", [n for n, p in PLATFORMS.items() if p.auth])
def test_platform_wants_credentials(sim, name):
    info = sim.partner(name).info()
    url = info["url"].replace(f"{WORD}-cle-samboat", "wrong")
    assert get(url, data=info["body"] and info["body"].encode())[0] == 401


@pytest.mark.parametrize("name", PLATFORMS)
def test_changes_show_in_every_shape(sim, name):
    partner, key = sim.create(f"{name}-changing", name, count=12), READERS[name][1]
    before = {str(i[key]): i for i in walk(partner, name)[0]}
    added, removed = partner.add(2), partner.remove([list(before)[3]])
    changed = partner.change([list(before)[0]], title="Autre titre")
    after = {str(i[key]): i for i in walk(partner, name)[0] if not i.get("removed")}
    assert set(after) == set(before) - {str(removed[0])} | {str(a) for a in added}
    assert {i for i in before if i in after and before[i] != after[i]} == {str(c) for c in changed}
    sim.delete(partner.name)


def test_same_seed_same_listings():
    lists = []
    for seed in (7, 7, 8):
        with Simulator("yescapa", seed=seed) as other:
            lists.append([{**r, "url": None} for r in other.partner("yescapa").items()])
    assert lists[0] == lists[1] != lists[2]


def test_cforgood_without_coordinates_answers_for_bordeaux(sim):
    info = sim.partner("cforgood").info()
    items = json.loads(get(info["base_url"] + "/api/v1/businesses", credentials(info))[2])
    assert all(abs(a["latitude"] - 44.84) < .05 for i in items for a in i["addresses"])
    assert not {str(i["id"]) for i in items} & set(sim.partner("cforgood").ids())


def test_homeexchange_searches_by_bounds(sim):
    info = sim.partner("homeexchange").info()
    far = info["body"].replace("44.1", "10").replace("44.9", "11")
    assert json.loads(get(info["url"], credentials(info), far.encode())[2])["total_count"] == 0
    assert get(info["url"], credentials(info), b"{}")[0] == 400
    assert get(info["url"], credentials(info))[0] == 405


def test_openagenda_lists_removed_events_on_demand(sim):
    partner = sim.create("agenda", "openagenda", count=5)
    gone = partner.remove(1)
    assert len(walk(partner, "openagenda")[0]) == 4
    info = partner.info()
    events = json.loads(get(info["url"] + "&removed=1", credentials(info))[2])["events"]
    assert [(e["uid"], e["removed"]) for e in events] == [(gone[0], True)]
    sim.delete("agenda")


def test_yescapa_page_past_the_end_is_404(sim):
    info = sim.partner("yescapa").info()
    assert get(info["url"] + "&page=99", credentials(info))[0] == 404


def test_baludik_answers_304_and_gzip(sim):
    url = sim.partner("baludik").url
    status, headers, body = get(url)
    assert status == 200 and headers["Last-Modified"]
    assert get(url, {"If-None-Match": headers["ETag"]})[0] == 304
    assert get(url, {"If-Modified-Since": headers["Last-Modified"]})[0] == 304
    status, packed, small = get(url, {"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and gzip.decompress(small) == body
    sim.partner("baludik").change(1)
    assert get(url, {"If-None-Match": headers["ETag"]})[0] == 200


def test_tokens_by_basic_and_their_end(sim):
    partner = sim.partner("base10")
    info = partner.info()
    basic = base64.b64encode(f"office:{WORD}-secret-base10".encode()).decode()
    answer = json.loads(get(info["token_url"], {"Authorization": "Basic " + basic}, b"grant_type=client_credentials")[2])
    headers = {"Authorization": "Bearer " + answer["access_token"]}
    assert get(info["url"], headers)[0] == 200
    partner.expire_tokens()
    assert get(info["url"], headers)[0] == 401
    assert get(info["token_url"], data=b"grant_type=client_credentials&client_id=office&client_secret=no")[0] == 401


def test_listing_pages_and_photos_are_there(sim):
    for partner in map(sim.partner, PLATFORMS):
        assert html.escape(partner.info()["title"]) in get(partner.base_url + "/")[2].decode()
    van = walk(sim.partner("yescapa"))[0][0]
    assert html.escape(van["title"]) in get(van["ad_url"])[2].decode()
    assert get(van["pictures"][0]["url"])[1]["Content-Type"] == "image/svg+xml"
    assert get(sim.partner("yescapa").base_url + "/nowhere")[0] == 404


def test_ids_and_urls_change_apart(sim):
    partner = sim.create("urls", "yescapa", count=3)
    first = walk(partner, "yescapa")[0]
    partner.new_urls()
    second = walk(partner, "yescapa")[0]
    assert [i["id"] for i in first] == [i["id"] for i in second]
    assert not {i["ad_url"] for i in first} & {i["ad_url"] for i in second}
    partner.rotate_ids()
    assert not {i["id"] for i in first} & {i["id"] for i in walk(partner, "yescapa")[0]}
    sim.delete("urls")


@pytest.mark.parametrize("paging,following", [
    ("none", last), ("page", None), ("offset", next_offset("items", "total")), ("next-url", next_url("next")),
    ("link-header", next_link), ("cursor", next_by_param("cursor", lambda d, u: d["next_cursor"] and [d["next_cursor"]]))])
def test_plain_in_every_paging(plain, paging, following):
    plain.set(paging=paging)
    if paging == "page":
        pages = [items_of(plain, f"?page={n}")["items"] for n in (1, 2, 3, 4)]
        assert [len(p) for p in pages] == [10, 10, 5, 0]
        return
    url, seen = plain.base_url + "/items", []
    while url:
        _, headers, body = get(url)
        seen += [str(i["id"]) for i in json.loads(body)["items"]]
        url = following(url, json.loads(body), headers)
    assert seen == plain.ids()


def found(node, pointer):
    """Whether a pointer of [map] reaches a value that is not null."""
    for segment in pointer.lstrip("@").split("/")[1:]:
        if segment.startswith("["):
            key, _, value = segment[1:-1].partition("=")
            node = next((n for n in node if n[key] == value), None)
        elif segment == "*" or isinstance(node, list):
            node = node[0 if segment == "*" else int(segment)] if node else None
        else:
            node = node.get(segment) if isinstance(node, dict) else None
    return node is not None


def test_readme_has_every_platform():
    assert list(settings.blocks()) == list(settings.ABOUT) == list(PLATFORMS)


@pytest.mark.parametrize("name,block", settings.blocks().items(), ids=lambda v: v if isinstance(v, str) else "")
def test_readme_says_what_is_true(sim, name, block):
    info, request = sim.partner(name).info(), block["request"]
    url = request["url"].replace("HOST", f"{info['host']}:{sim.port}")
    query = [f"{k[6:]}={v}" for k, v in request.items() if k.startswith("query.")]
    headers = {k[7:]: v for k, v in request.items() if k.startswith("header.")}
    if "oauth" in block:
        assert block["oauth"]["token_url"].replace("HOST", f"{info['host']}:{sim.port}") == info["token_url"]
        assert (block["oauth"]["client_id"], block["oauth"]["client_secret"]) == (info["auth"]["client_id"], info["auth"]["client_secret"])
        headers = credentials(info)
    status, fields, body = get("&".join([url] + query), headers, request.get("body", "").encode() or None)
    document = json.loads(body)
    items = READERS[name][0](document)
    listing = block["json"]
    assert status == 200 and (found(document, listing.get("items")) and document != [])
    assert all(found(document, listing[k]) for k in ("total", "next", "cursor") if k in listing)
    pointers = [p for value in block["map"].values() for p in re.findall(r'(@?/[^\s"}|]+)(?=[}\s|]|$)', value) if "HOST" not in p]
    assert len(pointers) > 5
    for pointer in pointers + [listing["id"]]:
        places = [a for i in items for a in i["addresses"]] if pointer.startswith("@") else items
        assert any(found(item, pointer) for item in places), pointer


# ---- faults: each has its own test, and the last test sees that none was left out

TRIED = set()


def tries(*names):
    TRIED.update(names)
    return lambda test: test


@tries("total", "no-next", "empty-list", "skip", "repeat", "ignore-page", "loop-body", "loop-next")
def test_lists_that_lie(plain):
    ids = [int(i) for i in plain.ids()]

    def second(kind, **options):
        number = plain.fault(kind, **options)
        document = items_of(plain, "?page=2")
        plain.clear(number)
        return document["total"], [i["id"] for i in document["items"]], document["next"]

    plain.set(paging="next-url")
    third, honest = plain.base_url + "/items?page=3", (25, ids[10:20])
    assert second("total", by=-3) == (22, ids[10:20], third)
    assert second("total", to=0)[0] == 0 and second("total", drift=4)[0] == 29
    assert second("no-next") == (*honest, None)
    assert second("empty-list") == (0, [], None) and second("empty-list", total=None)[0] == 25
    assert second("skip", items=2)[1] == ids[12:20]
    assert second("repeat", items=2)[1] == ids[8:18]
    assert second("ignore-page") == (25, ids[:10], plain.base_url + "/items?page=2")
    assert second("loop-body") == (25, ids[:10], third)
    assert second("loop-next") == (*honest, plain.base_url + "/items?page=2")
    assert second("no-next", page=1) == (*honest, third)


@tries("bad-record")
@pytest.mark.parametrize("kind", BAD_RECORDS)
def test_bad_record(plain, kind):
    good = get(plain.base_url + "/items")[2]
    plain.fault("bad-record", kind=kind, index=2)
    bad = get(plain.base_url + "/items")[2]
    assert bad != good and bad.startswith(good[:200]) and bad.endswith(good[-200:])


@tries("status")
def test_status_by_page_count_and_scope(plain):
    plain.fault("status", status=503, page=2, skip=1, count=1, retry_after=7)
    seen = [get(plain.base_url + f"/items?page={n}")[0] for n in (1, 2, 2, 2, 3)]
    assert seen == [200, 200, 503, 200, 200]
    plain.fault("status", status=429, retry_after_date=60)
    status, headers, _ = get(plain.base_url + "/items")
    assert status == 429 and headers["Retry-After"].endswith("GMT")
    assert get(plain.base_url + "/")[0] == 200
    plain.clear()
    plain.fault("status", scope="site", status=404, html=True)
    assert get(plain.base_url + "/")[0] == 404 and get(plain.base_url + "/items")[0] == 200
    plain.clear()
    plain.fault("status", status=304)
    assert get(plain.base_url + "/items")[0] == 304


@tries("html", "challenge", "sunset", "error-document", "empty-body", "scalar", "garbage", "prefix", "suffix", "wrong-type", "charset",
       "nested", "headers", "coding", "interim", "http10")
@pytest.mark.parametrize("kind,options,good", [
    ("html", {}, lambda s, h, b: s == 200 and b"ferme d" in b),
    ("html", {"kind": "parking"}, lambda s, h, b: b"Buy this domain" in b),
    ("challenge", {}, lambda s, h, b: s == 403 and h["Server"] == "cloudflare"),
    ("error-document", {}, lambda s, h, b: "error" in json.loads(b)),
    ("empty-body", {}, lambda s, h, b: s == 200 and b == b""),
    ("scalar", {"text": "true"}, lambda s, h, b: b == b"true"),
    ("garbage", {}, lambda s, h, b: len(b) == 4096),
    ("prefix", {}, lambda s, h, b: int(h["Content-Length"]) == len(b) and b.startswith(b'{"total"') and b[-1:] != b"}"),
    ("suffix", {}, lambda s, h, b: b.endswith(b"-->")),
    ("wrong-type", {}, lambda s, h, b: h["Content-Type"].startswith("text/html") and json.loads(b)),
    ("wrong-type", {"type": None}, lambda s, h, b: h["Content-Type"] is None),
    ("charset", {}, lambda s, h, b: b.startswith(b"\xef\xbb\xbf")),
    ("nested", {}, lambda s, h, b: len(b) == 200_000),
    ("headers", {"fields": 20, "bytes": 1000}, lambda s, h, b: len(h["X-Fill-19"]) == 1000),
    ("headers", {"set": {"Sunset": "x"}}, lambda s, h, b: h["Sunset"] == "x"),
    ("sunset", {}, lambda s, h, b: h["Sunset"].endswith("GMT") and h["Deprecation"][0] == "@" and json.loads(b)),
    ("sunset", {"deprecated": None}, lambda s, h, b: h["Sunset"] and h["Deprecation"] is None),
    ("coding", {"corrupt": "none"}, lambda s, h, b: json.loads(gzip.decompress(b))),
    ("coding", {"coding": "plain"}, lambda s, h, b: h["Content-Encoding"] == "gzip" and json.loads(b)),
    ("http10", {}, lambda s, h, b: h["Content-Length"] is None and json.loads(b)),
])
def test_wrong_answers(plain, kind, options, good):
    plain.fault(kind, **options)
    assert good(*get(plain.base_url + "/items"))


@pytest.mark.parametrize("corrupt", sorted(set(CORRUPTIONS) - {"none"}))
def test_damaged_gzip(plain, corrupt):
    plain.fault("coding", corrupt=corrupt)
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(get(plain.base_url + "/items")[2])


@tries("redirect")
@pytest.mark.parametrize("to", TARGETS)
def test_redirects(plain, to):
    plain.fault("redirect", to=to, length=3)
    url, hops = plain.base_url + "/items", 0
    status, headers, body = get(url)
    assert status == 301
    while to == "chain" and status == 301:
        hops += 1
        status, headers, body = get(urllib.parse.urljoin(url, headers["Location"]))
    assert hops == (3 if to == "chain" else 0)
    if to in ("same-host", "relative"):
        assert json.loads(get(urllib.parse.urljoin(url, headers["Location"]))[2])["total"] == 25
    assert (headers["Location"] is None) == (to in ("none", "chain"))


@tries("bomb", "endless")
def test_bodies_too_big(plain):
    plain.fault("bomb", megabytes=20, count=1)
    packed = get(plain.base_url + "/items")[2]
    assert len(packed) < 40_000 and gzip.decompress(packed) == b" " * (20 << 20)
    for fill in ("space", "items", "letter"):
        plain.clear()
        plain.fault("endless", fill=fill)
        with OPENER.open(plain.base_url + "/items", timeout=10) as reply:
            assert len(reply.read(3_000_000)) == 3_000_000
        plain.wait_for_requests(1, ended="left")
        plain.clear_log()


@tries("hold", "stall")
@pytest.mark.parametrize("kind,options", [("hold", {}), ("stall", {}), ("stall", {"where": "head"}), ("stall", {"where": "middle"})])
def test_answers_that_wait(plain, kind, options):
    plain.fault(kind, page=2, **options)
    got = []
    reader = threading.Thread(target=lambda: got.append(items_of(plain, "?page=2")))
    reader.start()
    if kind == "hold":
        plain.wait_for_held()
    plain.wait_for_requests(1, page=2)
    assert not got and items_of(plain, "?page=1")["total"] == 25
    assert plain.requests(page=2)[0]["ended"] is None
    plain.clear()
    reader.join(10)
    assert len(got[0]["items"]) == 10
    assert plain.wait_for_requests(1, page=2, ended="sent")[0]["status"] == 200


def test_client_that_leaves_while_held(plain):
    plain.hold()
    with socket.create_connection((plain.host, plain.sim.port)) as s:
        s.sendall(b"GET /items HTTP/1.1\r\nHost: x\r\n\r\n")
        plain.wait_for_held()
    assert plain.wait_for_requests(1, ended="left")[0]["bytes"] == 0
    assert plain.info()["held"] == 0


@tries("reset", "close", "length", "two-lengths", "chunked", "not-http", "drip", "delay", "tar-pit")
def test_bytes_on_the_wire(plain):
    def sent(kind, **options):
        number = plain.fault(kind, **options)
        data, error = raw(plain)
        plain.clear(number)
        return data, error

    whole = raw(plain)[0]
    for where in ("before", "head", "middle"):
        cut, error = sent("reset", where=where)
        assert error and (cut == b"") == (where == "before") and len(cut) < len(whole)
        shorter, error = sent("close", where=where)
        assert error is None and shorter == cut
    long = sent("length", by=100)[0]
    head, _, body = long.partition(b"\r\n\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body) + 100
    assert sent("two-lengths")[0].count(b"Content-Length") == 2
    assert sent("chunked")[0].endswith(b"0\r\nX-Checksum: 42\r\n\r\n")
    assert sent("chunked", end="cut")[0][-7:] != b"\r\n0\r\n\r\n" and b"zz\r\n" in sent("chunked", end="bad")[0]
    assert sent("not-http")[0].startswith(b"SSH-2.0")
    assert sent("interim")[0].startswith(b"HTTP/1.1 103")
    assert sent("drip", interval=0, bytes=7)[0] == whole and sent("drip", interval=0, bytes=500, part="body")[0] == whole
    assert sent("delay", seconds=0.001)[0] == whole
    plain.fault("tar-pit", interval=0)
    with socket.create_connection((plain.host, plain.sim.port)) as s:
        s.sendall(b"GET /items HTTP/1.1\r\nHost: x\r\n\r\n")
        data = b""
        while data.count(b"\n") < 50:
            data += s.recv(4096)
    assert b"\r\n\r\n" not in data


def test_every_fault_was_tried():
    assert TRIED == set(FAULTS)


# ---- ends


def reach(partner):
    """What API and site answer: a status, or "refused"."""
    info = partner.info()
    seen = []
    for path in ("/items", "/"):
        try:
            seen.append(get(info["base_url"] + path)[0])
        except urllib.error.URLError as error:
            assert isinstance(error.reason, ConnectionRefusedError)
            seen.append("refused")
    return tuple(seen)


@pytest.mark.parametrize("kind,seen", {
    "moved": (301, 301), "renamed": (200, 301), "frozen": (200, 200), "locked": (401, 200), "refused": ("refused", "refused"),
    "closing": (200, 200), "reused": (200, 200), "parked": (200, 200), "emptied": (200, 200), "fire": ("refused", "refused"),
    "bought": (200, 200), "urls-changed": (200, 200), "page-lost": (200, 200), "challenged": (403, 403), "limited": (429, 200),
    "token-expired": (401, 200), "gone": (410, 410), "outage": (503, 503)}.items())
def test_end_and_recovery(plain, kind, seen):
    plain.end(kind)
    assert reach(plain) == seen
    plain.recover()
    assert reach(plain) == (200, 200) and items_of(plain)["total"] == 25


def test_every_end_was_tried():
    tried = next(m for m in test_end_and_recovery.pytestmark if m.name == "parametrize").args[1]
    assert {kind for kind, _ in tried} == set(ENDS)


def test_contents_of_ends(plain):
    plain.end("emptied")
    assert items_of(plain) == {"total": 0, "items": []}
    plain.end("frozen")
    assert b"NOUVELLE-MARQUE" in get(plain.base_url + "/")[2]
    plain.end("page-lost", page=3)
    assert [len(items_of(plain, f"?page={n}")["items"]) for n in (1, 2, 3)] == [10, 10, 0]
    plain.end("reused")
    assert b"Portfolio" in get(plain.base_url + "/items")[2]


def test_back_from_the_fire_at_a_new_address(plain):
    ids, host = plain.ids(), plain.host
    plain.end("fire")
    plain.recover(new_address=True)
    assert plain.host != host and plain.ids() == ids and items_of(plain)["total"] == 25
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, plain.sim.port))


# ---- raw answers, files, TLS, names


def test_raw_and_files(sim, tmp_path):
    hostile = sim.create("hostile", "raw")
    hostile.route("/bytes", b"\xff\x00{", 418, {"Content-Type": "application/x-odd"})
    hostile.route("/wire", wire=b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")
    status, headers, body = get(hostile.base_url + "/bytes")
    assert (status, headers["Content-Type"], body) == (418, "application/x-odd", b"\xff\x00{")
    assert raw(hostile, "/wire")[0] == b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"
    for n in range(3):
        (tmp_path / f"{n}.json").write_text(f'{{"id": {n}}}')
    files = sim.create("files", "files", folder=str(tmp_path))
    status, headers, body = get(files.base_url + "/1.json")
    assert json.loads(body) == {"id": 1} and get(files.base_url + "/1.json", {"If-None-Match": headers["ETag"]})[0] == 304
    assert get(files.base_url + "/../../etc/passwd")[0] == 404
    wrapped = sim.create("wrapped", "array", folder=str(tmp_path), pattern="*.json", paging="offset", page_size=2)
    assert items_of(wrapped, "?offset=2") == {"total": 3, "items": [{"id": 2}]}


def test_tls_certificates(sim):
    partner = sim.create("secure", "plain")
    trusting = ssl.create_default_context(cafile=sim.ca)

    def handshake():
        with socket.create_connection((partner.host, sim.tls_port), timeout=10) as s:
            with trusting.wrap_socket(s, server_hostname=partner.host) as secure:
                secure.sendall(b"GET /items HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return secure.recv(15)

    assert handshake() == b"HTTP/1.1 200 OK"
    for kind, words in (("expired", "expired"), ("wrong-name", "mismatch"), ("untrusted", "unable to get")):
        partner.set(tls=kind)
        with pytest.raises(ssl.SSLCertVerificationError, match=words):
            handshake()
    partner.set(tls="valid")
    assert handshake() == b"HTTP/1.1 200 OK"


def query(sim, name, kind=1, server=0):
    """(response code, addresses) of a DNS query; None when nothing comes."""
    question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack("!HH", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        s.sendto(b"\x12\x34\x01\0\0\1\0\0\0\0\0\0" + question, ("127.0.0.1", sim.dns_ports[server]))
        try:
            reply = s.recv(512)
        except TimeoutError:
            return None
    assert reply[:2] == b"\x12\x34" and question in reply
    return reply[3] & 15, [socket.inet_ntoa(reply[-4:])] if reply[7] else []


def test_names(sim, plain):
    name = f"api.{plain.name}.example"
    assert query(sim, name) == query(sim, f"{plain.name}.EXAMPLE".lower()) == (0, [plain.host])
    assert query(sim, name, kind=28) == (0, [])
    assert query(sim, "nobody.example") == (3, [])
    for says, seen in {"nxdomain": (3, []), "servfail": (2, []), "silent": None, "127.9.9.9": (0, ["127.9.9.9"])}.items():
        plain.set(dns=says)
        assert query(sim, name) == seen
    with pytest.raises(ControlError):
        plain.set(dns="x")
    plain.set(dns="nxdomain/ok")
    assert [query(sim, name, server=n) for n in (0, 1)] == [(3, []), (0, [plain.host])]
    sim.say_of_name("control.example", "servfail")
    sim.say_of_name(f"{plain.name}.example", "ok")
    assert query(sim, "www.control.example") == (2, []) and query(sim, name) == (0, ["127.0.0.1"])
    sim.say_of_name("control.example", None)
    sim.say_of_name(f"{plain.name}.example", None)
    assert query(sim, "control.example") == query(sim, name) == (3, [])


def test_partner_by_the_name_in_host(sim, plain):
    status, _, body = get(f"http://127.0.0.1:{sim.port}/items", {"Host": f"api.{plain.name}.example"})
    assert status == 200 and json.loads(body)["total"] == 25
    assert get(f"http://127.0.0.1:{sim.port}/items")[0] == 404


# ---- control and process


def test_log_of_requests(plain):
    get(plain.base_url + "/items?page=2&q=é".replace("é", "%C3%A9"), {"X-Mark": "42"}, None)
    entry = plain.wait_for_requests(1, ended="sent")[0]
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", "/items", [["page", "2"], ["q", "é"]])
    assert (entry["headers"]["x-mark"], entry["status"], entry["page"], entry["scope"]) == ("42", 200, 2, "api")
    with pytest.raises(TimeoutError):
        plain.wait_for_requests(2, timeout=0)
    plain.clear_log()
    assert plain.requests() == []


@pytest.mark.parametrize("call,words", [
    (lambda s: s.create("x", "nothing"), "no such shape.*yescapa"),
    (lambda s: s.create("yescapa"), "there already"),
    (lambda s: s.create("../x", "plain"), "letters"),
    (lambda s: s.partner("nobody").info(), "no such partner.*yescapa"),
    (lambda s: s.partner("yescapa").fault("nothing"), "no such fault.*bad-record"),
    (lambda s: s.partner("yescapa").fault("stall", wher="x"), "stall has no.*where"),
    (lambda s: s.partner("yescapa").fault("stall", where="x"), "before.*middle"),
    (lambda s: s.partner("yescapa").fault("stall", scope="x"), "no such scope.*site"),
    (lambda s: s.partner("yescapa").end("x"), "no such end.*moved"),
    (lambda s: s.partner("yescapa").end("moved", x=1), "argument.*to"),
    (lambda s: s.partner("yescapa").set(x=1), "no such setting.*page_size"),
    (lambda s: s.partner("yescapa").set(auth={"kind": "x"}), "oauth2"),
    (lambda s: s.partner("yescapa").set(tls="x"), "tls: one of"),
    (lambda s: s.partner("yescapa").remove(1000), "there are 90"),
    (lambda s: s.partner("yescapa").remove(["x"]), "no such id"),
    (lambda s: s.partner("yescapa").change(1, x=1), "no such field.*title"),
    (lambda s: s.call("/partners/yescapa/x", {}), "no such verb.*add"),
    (lambda s: s.call("/partners/yescapa/add", {"m": 1}), "argument.*n"),
    (lambda s: s.call("/x"), "unknown path"),
    (lambda s: s.call("/partners", []), "JSON object"),
])
def test_nonsense_is_refused_with_what_there_is(sim, call, words):
    with pytest.raises(ControlError, match=words):
        call(sim)


def test_state_survives_a_restart(tmp_path):
    state = tmp_path / "state"
    with Simulator("yescapa", state=state) as one:
        extra = one.create("extra", "plain", count=3)
        partner = one.partner("yescapa")
        partner.remove(2)
        partner.add(1)
        partner.change(1, title="Gardé")
        extra.rotate_ids()
        before = partner.items(), extra.ids()
    with Simulator("yescapa", state=state) as two:
        assert (two.partner("yescapa").items(), two.partner("extra").ids()) == before


def start_bare(*arguments, stdin=subprocess.PIPE):
    return subprocess.Popen([*COMMAND, "--platforms", "none", *arguments], stdin=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def test_ends_with_its_stdin_and_on_sigterm():
    for end in (lambda p: p.stdin.close(), lambda p: p.terminate()):
        with start_bare() as process:
            assert json.loads(process.stdout.readline())["port"]
            end(process)
            assert process.wait(10) == 0 and process.stderr.read() == b""


def test_does_not_end_with_dev_null_as_stdin():
    with start_bare(stdin=subprocess.DEVNULL) as process:
        port = json.loads(process.stdout.readline())["port"]
        assert get(f"http://127.0.0.1:{port}/_control")[0] == 200
        process.terminate()
        assert process.wait(10) == 0


def test_wrong_command_line():
    for arguments in (["--platforms", "nobody"], ["--port", "x"]):
        with start_bare(*arguments) as process:
            assert process.wait(10) == 2 and process.stderr.read()
