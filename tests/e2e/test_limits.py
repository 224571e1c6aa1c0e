# SPDX-License-Identifier: Apache-2.0
"""Whatever a partner sends: sizes, depths, headers and places to go have limits; nothing is lost by hitting one."""
import contextlib
import json
import sqlite3
import time

import pytest

from office import SLOW, few

SMALL = {"limits": {"max_body": "1M", "max_wire": "1M", "max_retries": 0}}


def resident(office, name):
    """One « vigie sync »: what it says, and the most memory that it had, in MiB."""
    process, most = office.syncing(name), 0
    while process.poll() is None:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            most = max([most, *(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))])
        time.sleep(0.001)  # to look without a pause would take a processor from it
    run, = json.loads(process.communicate()[0])
    assert most > 0
    return run, most / 1024


def filled(office, make, **sections):
    partner = make(paging="next-url")
    name = office.add(partner, **sections)
    assert office.sync(name)["added"] == 25
    return partner, name


# ---- sizes


@pytest.mark.parametrize("fill", ["space", "zero", "bracket", "digit", "letter"])
def test_bombs(office, make, fill):
    """A gigabyte in a megabyte."""
    partner, name = filled(office, make, limits={"max_body": f"{few(64)}M"})
    partner.fault("bomb", megabytes=few(1000), fill=fill)
    run, mebibytes = resident(office, name)
    assert run["outcome"] in ("failed", "partial") and run["error_kind"] in ("limit", "format", "truncated"), run
    assert run["error_kind"] == "limit" or fill in ("zero", "letter", "digit", "bracket"), run
    assert len(office.ids(name)) == 25
    assert SLOW > 1 or mebibytes < 64, mebibytes


@pytest.mark.parametrize("fill", ["space", "items", "letter", "bracket", "digit"])
def test_bodies_without_end(office, make, fill):
    partner, name = filled(office, make, **SMALL)
    partner.fault("endless", fill=fill)
    run, mebibytes = resident(office, name)
    assert run["outcome"] in ("failed", "partial") and run["error_kind"] in ("limit", "format"), run
    assert run["bytes"] < 2_000_000 and (SLOW > 1 or mebibytes < 64)
    assert run.get("removed") == 0 and set(partner.ids()) <= set(office.ids(name))


def test_what_is_said_of_a_bomb(office, make):
    partner, name = filled(office, make, limits={"max_body": "1M"})
    partner.fault("bomb", megabytes=50)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "limit") and "decompressed" in run["detail"], run
    assert run["bytes"] < 1_000_000


@pytest.mark.parametrize("count,outcome", [(1, "complete"), (300, "failed")])
def test_an_answer_at_its_limit(office, make, count, outcome):
    partner = make(count=count)
    name = office.add(partner, limits={"max_wire": "64K"})
    run = office.sync(name)
    assert run["outcome"] == outcome and (outcome == "complete" or run["error_kind"] == "limit"), run


def test_nested_too_deep(office, make):
    partner, name = filled(office, make)
    partner.fault("nested", depth=100_000)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "limit"), run
    assert len(office.ids(name)) == 25


def test_nested_too_deep_in_one_item(office, make):
    partner, name = filled(office, make)
    partner.fault("bad-record", kind="deep", index=4, page=1)
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["listings"]) == ("complete", 1, 25), run


def test_depth_can_be_set(office, make):
    partner = make(count=2)
    name = office.add(partner, limits={"max_depth": 1})
    assert office.sync(name)["quarantined"] == 0
    partner = make("baludik", count=2)
    name = office.add(partner, limits={"max_depth": 2})
    assert office.sync(name)["quarantined"] == 2


def test_an_item_of_eight_megabytes(office, make):
    partner, name = filled(office, make)
    partner.fault("bad-record", kind="huge", index=4, page=1)
    run, mebibytes = resident(office, name)
    assert (run["outcome"], run["quarantined"], run["listings"]) == ("complete", 1, 25), run
    assert SLOW > 1 or mebibytes < 64


@pytest.mark.parametrize("piece, end, n, program, quarantined", [
    ("1,", "1", 999_000, None, 0), ("1,", "1", 2_000_000, None, 1), ("1,", "01", 2_000_000, None, 1),
    ("{},", "1", 199_000, "{title: .title, properties: {a: (.a | tostring)}}", 0), ("{},", "1", 999_000, "{title: .title}", 1),
    ("[" * 300, "]" * 300, 1, "{title: .title}", 1),
], ids=["many", "too many", "many and wrong", "many in jq", "too many for jq", "too deep for jq"])
def test_an_item_of_small_values(office, make, piece, end, n, program, quarantined):
    """Each takes more memory than it has bytes: a cage has enough for the item, or does without it, and reads the others."""
    partner = make("raw")
    partner.route("/items", '[{"id":1,"title":"A"},{"id":2,"title":"B","a":[' + piece * n + end + ']},{"id":3,"title":"C"}]')
    name = office.add(partner, request={"url": partner.base_url + "/items"}, json={"items": "", "total": None}, limits={"max_depth": 1000})
    office.partners[name]["map"] = {} if program else {"title": "/title", "properties.a": "/a"}
    office.change(name, **({"jq": {"program": program}} if program else {}))
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 3 - quarantined, quarantined), run


def test_too_many_pages(office, make):
    partner = make(paging="next-url", count=100)
    name = office.add(partner, limits={"max_pages": 3})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["requests"], run["added"]) == ("partial", "limit", 3, 30), run
    assert "max_pages" in run["detail"]


def test_two_lengths(office, make):
    """Two Content-Length fields that disagree: refused, or read to the right end."""
    partner = make(paging="next-url")
    name = office.add(partner)
    partner.fault("two-lengths")
    run = office.sync(name)
    assert run["outcome"] != "complete" or run["added"] == 25, run


@pytest.mark.parametrize("fields,size", [(1, 1_000_000), (5000, 100), (300, 4000)])
def test_headers_too_big(office, make, fields, size):
    partner, name = filled(office, make)
    partner.fault("headers", fields=fields, bytes=size)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "limit"), run


def test_headers_that_are_big_enough(office, make):
    partner, name = filled(office, make)
    partner.fault("headers", fields=50, bytes=500)
    assert office.sync(name)["outcome"] == "complete"


# ---- strange answers that are right


@pytest.mark.parametrize("fault,options", [
    ("interim", {}), ("http10", {}), ("chunked", {}), ("wrong-type", {}), ("wrong-type", {"type": None}),
    ("charset", {"to": "utf-8-sig"}), ("coding", {"coding": "deflate", "corrupt": "none"}), ("coding", {"coding": "gzip", "corrupt": "none"}),
    ("delay", {"seconds": 0.3}), ("drip", {"interval": 0.0005, "bytes": 100})], ids=str)
def test_strange_but_right(office, make, fault, options):
    partner = make(paging="next-url")
    name = office.add(partner)
    partner.fault(fault, **options)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 25, 0), run


WRONG = {  # fault -> error kinds it may be called
    ("not-http", ()): {"format", "connect"},
    ("chunked", (("end", "bad"),)): {"format", "truncated", "connect"},
    ("coding", (("corrupt", "flipped"),)): {"format"}, ("coding", (("corrupt", "short"),)): {"truncated", "format"},
    ("coding", (("coding", "plain"),)): {"format"}, ("coding", (("coding", "br"),)): {"format"},
    ("garbage", ()): {"format"}, ("charset", (("to", "utf-16"),)): {"format"}, ("suffix", ()): {"format"},
    ("scalar", ()): {"format", "shape"}, ("scalar", (("text", "[]"),)): {"shape"}, ("scalar", (("text", "{}"),)): {"shape"},
    ("scalar", (("text", "{"),)): {"truncated"}, ("empty-body", ()): {"format", "truncated"},
    ("length", (("by", 50),)): {"truncated"}, ("error-document", ()): {"shape"}, ("html", ()): {"format"},
}


@pytest.mark.parametrize("fault,options", WRONG, ids=str)
def test_what_is_wrong_has_a_name(office, make, fault, options):
    partner, name = filled(office, make)
    before = office.contents(name)
    partner.fault(fault, **dict(options))
    run = office.sync(name)
    assert run["error_kind"] in WRONG[fault, options] and run["outcome"] in ("failed", "partial"), run
    assert run["exit"] == 1 and run["removed"] == 0 and office.contents(name) == before
    assert len(run["detail"]) > 15 and "\n" not in run["detail"]


def test_a_length_that_is_too_short(office, make):
    partner, name = filled(office, make)
    partner.fault("length", by=-40)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "truncated", 0), run


# ---- where it may go


@pytest.mark.parametrize("to,status", [
    ("same-host", 301), ("same-host", 302), ("same-host", 303), ("same-host", 307), ("same-host", 308), ("relative", 301)])
def test_redirects_that_are_followed(office, make, to, status):
    partner = make(paging="next-url")
    name = office.add(partner)
    partner.fault("redirect", to=to, status=status)
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 25), run
    assert [e["status"] for e in partner.requests()] == [status, 200, 200, 200]


REFUSED = {  # target -> error kind, words
    "other-domain": ("redirect", "homeexchange.example"), "file": ("blocked", "http and https"),
    "loopback": ("redirect", "another domain"), "metadata": ("redirect", "169.254.169.254"),
    "loop": ("redirect", "redirected more than 5 times"), "chain": ("redirect", "redirected more than 5 times"),
    "ftp://127.0.1.1/": ("blocked", "http and https"), "gopher://x/": ("blocked", "http and https"),
    "http://office@127.0.1.1/": ("blocked", "user name"), "javascript:alert(1)": ("blocked", "not an address"),
    "http://[::1]:22/": ("redirect", "another domain"), "http://2130706433/": ("redirect", "another domain"),
}


@pytest.mark.parametrize("to", REFUSED)
def test_redirects_that_are_refused(office, make, to):
    partner, name = filled(office, make)
    partner.fault("redirect", to=to)
    run = office.sync(name)
    kind, words = REFUSED[to]
    assert (run["outcome"], run["error_kind"]) == ("refused", kind) and words in run["detail"], run
    assert office.runs(name)[-1]["detail"] == run["detail"] and len(office.ids(name)) == 25


def test_a_redirect_to_nowhere(office, make):
    partner, name = filled(office, make)
    partner.fault("redirect", to="none")
    run = office.sync(name)
    assert run["outcome"] == "failed" and run["http_status"] == 301, run


def test_redirects_can_be_switched_off(office, make):
    partner, name = filled(office, make, limits={"max_redirects": 0})
    partner.fault("redirect", to="same-host")
    assert office.sync(name)["error_kind"] == "redirect"


@pytest.mark.parametrize("to,kind,words", [
    ("http://www.homeexchange.example/page2", "redirect", "another domain"), ("file:///etc/passwd", "blocked", "http and https"),
    ("http://169.254.169.254/latest", "redirect", "another domain"), ("//evil.example/x", "redirect", "another domain"),
    ("http://user:pw@127.0.1.1/x", "blocked", "user name")])
@pytest.mark.parametrize("paging", ["next-url", "link-header"])
def test_next_pages_that_are_refused(office, make, paging, to, kind, words):
    partner = make("raw")
    document = {"items": [{"id": 1, "title": "Un"}], "next": to}
    partner.route("/items", json.dumps(document), headers={"Content-Type": "application/json", "Link": f'<{to}>; rel="next"'})
    name = office.add(partner, request={"url": partner.base_url + "/items"}, json={
        "items": "/items", "paging": paging, "next": "/next" if paging == "next-url" else None, "total": None})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["added"], run["requests"]) == ("partial", kind, 1, 1), run
    assert words in run["detail"] and "page 2" in run["detail"]


def test_private_addresses_are_refused(office, make):
    partner = make()
    name = office.add(partner, request={"allow_private": "no"})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("refused", "blocked"), run
    assert "allow_private" in run["detail"] and partner.requests() == []


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "192.168.1.1",
                                  "169.254.169.254", "100.64.0.1", "0.0.0.0", "[fe80::1]", "[fd00::1]"])
def test_other_ways_to_write_a_private_address(office, make, host):
    partner = make()
    name = office.add(partner, request={"allow_private": "no", "url": f"http://{host}:{office.sim.port}/items"},
                      limits={"connect": "2s"})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("refused", "blocked"), run


def test_names_that_do_not_resolve(office, make):
    partner = make()
    name = office.add(partner, request={"url": "http://nulle-part.invalid/items"})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["exit"]) == ("failed", "dns", 1), run


def test_nothing_listens(office, make):
    partner, name = filled(office, make)
    partner.refuse()
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "connect"), run
    partner.accept()
    assert office.sync(name)["outcome"] == "complete"


def test_the_user_agent(office, make):
    partner = make(count=1)
    office.sync(office.add(partner))
    agent = partner.requests()[0]["headers"]["user-agent"]
    assert agent.startswith("Vigie/") and agent.endswith("(+https://vigie.example/contact)")


def test_a_first_run_waits_for_the_store(office, make):
    """What is read and not yet stored is bounded: while another holds the catalogue, no more pages are asked for."""
    count, size = 8000, 500
    partner = make(count=count, paging="page", page_size=size)
    partner.change(partner.ids(), text="Un lieu calme. " * 200)
    name = office.add(partner)
    partner.hold(page=2)
    process = office.syncing(name)
    partner.wait_for_held()
    with contextlib.closing(sqlite3.connect(office.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        partner.release()
        partner.wait_for_requests(6)
        with pytest.raises(TimeoutError):
            partner.wait_for_requests(count // size, timeout=1)
        db.execute("ROLLBACK")
    process.communicate()
    assert process.returncode == 0 and office.ids(name) == sorted(map(str, partner.ids()))
