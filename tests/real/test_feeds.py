# SPDX-License-Identifier: Apache-2.0
"""Real feeds beside Python's feedparser: as many entries, the same titles, links and dates, and no crash on its own hard cases."""
import calendar
import html
import json
import re
import time

import pytest

from office import GOOD, JOB_FAILED

feedparser = pytest.importorskip("feedparser", reason="python3-feedparser is not installed")

CLEAR = {"format", "shape", "truncated", "limit"}
NOT_WHOLE = {"encoding/bozo_invalid-bytes-with-bom.xml", "illformed/aaa_illformed.xml", "illformed/rdf_channel_empty_textinput.xml",
             "illformed/rss_empty_document.xml", "illformed/rss_incomplete_cdata.xml", "illformed/rss_item_link_corrupted_ampersands.xml"}
# feedparser tries one character set after another, and takes text apart that was encoded twice.  We do not guess.
GUESSED = {"encoding/bozo_double-encoded-html.xml", "encoding/double-encoded-html.xml", "encoding/bozo_linenoise.xml",
           "encoding/bozo_encoding_mismatch_crash.xml"}


def add(office, partner, number, body, content_type, more=""):
    """A partner whose only document is that; its name."""
    name = f"f{number}"
    partner.route(f"/{name}", body, headers={"Content-Type": content_type} if content_type else {})
    office.partner_file(name).write_text(
        f"[partner]\nname = {name}\nkind = place\nconnector = feed\n[request]\nurl = {partner.base_url}/{name}\nallow_private = yes\n"
        f"[limits]\nmax_retries = 0\nrate_per_minute = 0\n{more}", encoding="utf-8")
    return name


def plain(text):
    """Text without markup and without white space, to compare."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*>", "", text or "")))


def moment(entry):
    parsed = dict.get(entry, "updated_parsed") or dict.get(entry, "published_parsed")
    return parsed and time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(calendar.timegm(parsed)))


def test_real_feeds(office, make, data):
    """Thirteen feeds as they were recorded."""
    folder = data / "feeds/real"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        pytest.skip(f"{folder} is not there")
    partner, entries = make("raw"), 0
    for number, file in enumerate(files):
        body = file.read_bytes()
        read = feedparser.parse(body, response_headers={"content-type": "application/xml"}).entries
        wanted = {e.get("id") or e["link"]: e for e in read if e.get("id") or e.get("link")}
        name = add(office, partner, number, body, "application/xml")
        run = office.sync(name)
        # An entry with neither id nor link cannot be told from another: it waits in quarantine.
        assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", len(wanted), len(read) - len(wanted)), (file.name, run)
        found = office.listings(name)
        assert set(found) == set(wanted), file.name
        for i, row in found.items():
            entry = wanted[i]
            assert plain(row["title"])[:400] == plain(html.unescape(entry.get("title", "")))[:400], (file.name, i)
            assert row["url"] is None or row["url"].partition("?")[0] == entry["link"].partition("?")[0], (file.name, i)
            assert row["source_updated_at"] == moment(entry), (file.name, i)
            categories = [t["label"] or t["term"] for t in entry.get("tags", [])]
            assert json.loads(row["properties"]).get("categories", []) == categories, (file.name, i)
        entries += len(found)
    assert entries >= 390, "all of them were there"


HEADER = re.compile(r"Header:\s*Content-type:\s*(.*)", re.I)


def hard_cases(data):
    folder = data / "feeds/feedparser"
    found = {}
    for file in sorted(folder.rglob("*.xml")) if folder.is_dir() else []:
        body = file.read_bytes()
        text = body.decode("utf-16" if b"\0" in body[:4] else "latin-1", "replace")
        header = HEADER.search(text)
        found[file.relative_to(folder).as_posix()] = (body, header[1].strip() if header else "application/xml")
    if not found:
        pytest.skip(f"{folder} is not there")
    return found


def test_hard_cases(office, make, data):
    """Bogus charsets, UTF-32, cut documents: each ends well or with a clear error, all in one « vigie sync --all »."""
    partner, names = make("raw"), {}
    cases = hard_cases(data)
    for number, (case, (body, content_type)) in enumerate(cases.items()):
        names[add(office, partner, number, body, content_type)] = case
    office.configure(fetch={"per_host": 20})
    done = office.vigie("sync", "--all", "--json", timeout=120)
    assert done.returncode in (GOOD, JOB_FAILED) and "Sanitizer" not in done.stderr, done.stderr[-3000:]
    runs = {names[r["partner"]]: r for r in json.loads(done.stdout)}
    assert set(runs) == set(cases) and len(cases) >= 60
    for case, run in runs.items():
        assert run["error_kind"] == "none" or (run["error_kind"] in CLEAR and run["detail"]), (case, run)
    failed = {case for case, run in runs.items() if run["error_kind"] != "none"}
    assert failed == NOT_WHOLE, "how a document is encoded is no reason"


def test_their_text(office, make, data):
    """What an entry says in every character set that feedparser reads without guessing."""
    partner, same = make("raw"), 0
    for number, (case, (body, content_type)) in enumerate(hard_cases(data).items()):
        read = feedparser.parse(body, response_headers={"content-type": content_type}).entries
        if not case.startswith("encoding/") or case in GUESSED or not read:
            continue
        name = add(office, partner, number, body, content_type, "[feed]\nid = /id | /link | /title | /content | /summary\n")
        assert office.sync(name)["added"] == len(read), case
        (row,), (entry,) = office.listings(name).values(), read
        assert plain(row["title"]) == plain(entry.get("title", "")), case
        assert plain(row["description"]) == plain(entry.get("description", "")), case
        same += 1
    assert same >= 10


def test_platforms(office, make, data):
    """The sound walks' feed without a map, the merged feed by a map of its own."""
    folder = data.parent / "platforms"
    walks, merged = folder / "akken-feed.rss", folder / "alterre-feed.xml"
    if not walks.exists() or not merged.exists():
        pytest.skip(f"{walks} or {merged} is not there")
    partner = make("raw")
    assert office.sync(add(office, partner, 0, walks.read_bytes(), "application/rss+xml"))["added"] == 1
    (walk,) = office.listings("f0").values()
    assert (walk["external_id"], walk["description"]) == ("balade-1", "1 h 15, parapluie sonore")
    name = add(office, partner, 1, merged.read_bytes(), "text/xml", "[xml]\nitems = /items/item\nid = /url\n[map]\ntitle = /title\nurl = /url\n"
               "image_url = /media\nprice = /price\ncurrency = /currency\nlatitude = /latitude\nlongitude = /longitude\nlocality = /location\n")
    file = office.partner_file(name)
    file.write_text(file.read_text(encoding="utf-8").replace("connector = feed", "connector = xml"), encoding="utf-8")
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 3, 0), run
    found = sorted((r["title"], r["price_minor"], r["latitude"]) for r in office.listings(name).values())
    assert found == [("Chambre (exemple)", 51000, 44.5), ("Profilé (exemple)", 11200, None), ("Table d'exemple", 800, None)]
