# SPDX-License-Identifier: Apache-2.0
"""The six ways of paging; lists that loop, drift and lie.  What is not proved whole is partial and removes nothing."""
import json

import pytest
from formats import partner_file

# paging -> keys of the partner's file beside those of tests/sim/settings.py
STYLES = {"none": {}, "page": {"page_size": 10, "size_param": "page_size"}, "offset": {}, "cursor": {}, "next-url": {},
          "link-header": {}}
PAGED = [s for s in STYLES if s != "none"]


def listed(office, make, paging, count=25, envelope="object", **more):
    """A partner that pages so, and its name once it was read to the end."""
    partner = make(paging=paging, count=count, envelope=envelope)
    name = office.add(partner, json=STYLES[paging], **more)
    assert office.sync(name)["outcome"] == "complete"
    return partner, name


def keeps(office, name, ids):
    """Four more runs remove nothing: the last one's report."""
    for _ in range(4):
        run = office.sync(name)
        assert run["removed"] == 0 and run["exit"] == 1, run
        assert office.ids(name) == sorted(ids)
    return run


# An array has no room for a token or a link.
SHAPES = [(p, e) for p in STYLES for e in ("object", "array") if e == "object" or p not in ("cursor", "next-url")]


@pytest.mark.parametrize("paging,envelope", SHAPES)
@pytest.mark.parametrize("count", [25, 20, 10, 1])
def test_every_page_is_read_once(office, make, paging, envelope, count):
    partner = make(paging=paging, count=count, envelope=envelope)
    name = office.add(partner, json=STYLES[paging])
    run = office.sync(name)
    assert (run["outcome"], run["seen"], run["added"]) == ("complete", count, count), run
    assert office.ids(name) == sorted(partner.ids())
    pages = 1 if paging == "none" else -(-count // 10)
    asked = partner.requests()
    numbered = paging in ("page", "offset") and envelope == "array"  # no total: an empty page is the end
    assert len(asked) == run["requests"] == pages + numbered
    assert [r["page"] for r in asked][:pages] == list(range(1, pages + 1)) and {r["status"] for r in asked} == {200}


def test_an_empty_list_from_the_start(office, make):
    partner = make(paging="next-url", count=0)
    run = office.sync(office.add(partner))
    assert (run["outcome"], run["error_kind"], run["seen"], run["exit"]) == ("complete", "none", 0, 0)


def test_parameters_of_a_url_that_has_some_already(office, make):
    partner = make(paging="offset", count=25)
    name = office.add(partner, request={"url": partner.base_url + "/items?zone=val+de+garonne&limit=7"})
    assert office.sync(name)["added"] == 25
    assert [r["query"] for r in partner.requests()] == [
        [["zone", "val de garonne"], ["limit", "7"], ["offset", str(n)]] for n in (0, 7, 14, 21)]


def test_placeholders_in_the_url(office, make):
    partner = make(paging="page", count=25)
    name = office.add(partner, request={"url": partner.base_url + "/items?page={page}&page_size={limit}"},
                      json={"page_size": 5})
    assert office.sync(name)["added"] == 25
    assert [r["target"] for r in partner.requests()] == [f"/items?page={n}&page_size=5" for n in range(1, 6)]


LOOPS = [("ignore-page", p) for p in PAGED if p != "cursor"] + [("loop-body", p) for p in PAGED] + \
        [("loop-next", p) for p in ("cursor", "next-url", "link-header")]


@pytest.mark.parametrize("fault,paging", LOOPS)
def test_loops_end_as_partial(office, make, fault, paging):
    partner, name = listed(office, make, paging)
    ids = partner.ids()
    partner.remove(2)  # the loop must not pass for their removal
    partner.fault(fault)
    run = keeps(office, name, ids)
    assert (run["outcome"], run["error_kind"]) == ("partial", "loop"), run
    assert run["requests"] <= 3 and "page" in run["detail"], run


def test_a_loop_in_the_first_run_saves_what_came(office, make):
    partner = make(paging="page", count=25, envelope="array")
    name = office.add(partner, json=STYLES["page"])
    partner.fault("loop-body")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["added"]) == ("partial", "loop", 10)
    assert office.ids(name) == sorted(partner.ids()[:10])


def test_empty_pages_in_a_circle(office, make):
    """No item repeats, for there are none: the links do."""
    partner = make("raw")
    for path, items, following in (("/a", [{"id": 1}], "/b"), ("/b", [], "/c"), ("/c", [], "/b")):
        partner.route(path, json.dumps({"items": items, "next": following}))
    name = office.add(partner, request={"url": partner.base_url + "/a"},
                      json={"items": "/items", "paging": "next-url", "next": "/next", "total": None})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["requests"], run["added"]) == ("partial", "loop", 3, 1), run


LIES = {  # fault -> options, and what the words of the run must hold
    "fewer were declared": ({"by": -3}, "22 were declared, 25 came"),
    "more were declared": ({"by": 4}, "29 were declared, 25 came"),
    "it grows while it is read": ({"drift": 1}, "changed from"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("paging", ["next-url", "cursor"])
def test_totals_that_lie(office, make, lie, paging):
    partner, name = listed(office, make, paging)
    ids = partner.ids()
    partner.remove(1)
    options, words = LIES[lie]
    partner.fault("total", **options)
    run = keeps(office, name, ids)
    assert (run["outcome"], run["error_kind"]) == ("partial", "total"), run
    assert "changed from" in run["detail"] or "were declared" in run["detail"], run["detail"]
    assert office.runs(name)[-1]["declared_total"] == run["declared_total"]


def test_the_words_of_a_wrong_total(office, make):
    for lie, (options, words) in LIES.items():
        partner, name = listed(office, make, "next-url")
        partner.fault("total", **options)
        assert words in office.sync(name)["detail"], lie


def test_records_that_move_between_pages(office, make):
    """A record is inserted or withdrawn while the list is read: a page repeats some of the one before, or skips some."""
    for fault in ("repeat", "skip"):
        partner, name = listed(office, make, "next-url")
        ids = partner.ids()
        partner.fault(fault, page=2, items=2, count=1)
        run = office.sync(name)
        assert run["removed"] == 0 and office.ids(name) == sorted(ids), run
        assert fault == "repeat" or (run["outcome"], run["error_kind"]) == ("partial", "total"), run
        run = office.sync(name)
        assert (run["outcome"], run["missing"], run["removed"], run["added"]) == ("complete", 0, 0, 0), run


def test_records_that_a_page_always_skips(office, make):
    partner, name = listed(office, make, "page")
    ids = partner.ids()
    partner.fault("skip", page=2, items=2)
    run = keeps(office, name, ids)
    assert (run["outcome"], run["error_kind"]) == ("partial", "total"), run


def test_a_list_that_ends_too_early(office, make):
    for paging in ("next-url", "link-header"):
        partner, name = listed(office, make, paging)
        ids = partner.ids()
        partner.fault("no-next", page=1)
        run = keeps(office, name, ids)
        assert (run["outcome"], run["error_kind"], run["seen"]) == ("partial", "total", 10), run


ODD = {  # what becomes of the first page's envelope -> what the words of the run must hold
    "next is an object": ({"next": {"href": "/2"}}, "« next » gives no link: /next is an object; a value in it is /next/href"),
    "next is a list": ({"next": ["/2", "/3"]}, "« next » gives no link: /next is an array of 2"),
    "total is an object": ({"next": None, "total": {"value": 2}}, "« total » gives no whole number: /total is an object"),
    "total is in words": ({"next": None, "total": "2 000"}, "« total » gives no whole number: /total is a text"),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_is_not_understood_is_no_end(office, make, odd):
    partner = make("raw")
    page = {"items": [{"id": 1}], "next": "/2", "total": 2}
    partner.route("/1", json.dumps(page))
    partner.route("/2", json.dumps({"items": [{"id": 2}], "next": "", "total": 2}))
    name = partner_file(office, partner, "json", "/1", map={"title": "/id"},
                        json={"items": "/items", "id": "/id", "paging": "next-url", "next": "/next", "total": "/total"})
    assert office.sync(name)["outcome"] == "complete"
    change, words = ODD[odd]
    partner.route("/1", json.dumps({**page, **change}))
    run = keeps(office, name, ["1", "2"])
    assert (run["outcome"], run["error_kind"], run["seen"]) == ("partial", "shape", 1) and words in run["detail"], run


def test_a_second_page_that_fails_keeps_the_first(office, make):
    partner = make(paging="next-url", count=25)
    name = office.add(partner)
    partner.fault("status", page=2, status=500)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["http_status"], run["added"]) == ("partial", "http", 500, 10), run
    assert "page 2" in run["detail"]
    partner.clear()
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["changed"]) == ("complete", 15, 0)


def test_a_link_in_latin_1(office, make):
    """A header is bytes; what is no ASCII in a link is encoded, and it is followed."""
    partner = make("raw")
    sheet = b"id;title\n%d;un\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n"
    partner.route("/1", wire=head + b'Link: </page-\xe9t\xe9>; rel="next"\r\n\r\n' + sheet % 1)
    partner.route("/page-\ufffdt\ufffd", wire=head + b"\r\n" + sheet % 2)  # as the simulator reads what is no UTF-8
    name = partner_file(office, partner, "csv", "/1", csv={"id": "/id", "paging": "link-header"}, map={"title": "/title"})
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["listings"]) == ("complete", 2, 2), run
    assert [e["target"] for e in partner.requests()] == ["/1", "/page-%e9t%e9"]
    partner.route("/1", wire=head + b'Link: <http://\xe9.invalid/>; rel="next"\r\n\r\n' + sheet % 1)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "blocked", 0), run
    assert "http://\\xe9.invalid/: not an address" in run["detail"]


@pytest.mark.parametrize("before", [False, True], ids=["first", "later"])
def test_a_page_that_breaks_after_its_head_costs_no_other(office, make, before):
    """Nothing of it came: asked for again, it takes back nothing of the page before."""
    partner = make(paging="link-header", envelope="array", count=25)
    name = office.add(partner, limits={"max_retries": 3})
    if before:
        office.sync(name)
        partner.change(partner.ids()[:5], title="Autrement")
    partner.fault("close", where="head", page=2, count=1)
    run = office.sync(name)
    assert (run["outcome"], run["seen"], run["missing"], run["changed"]) == ("complete", 25, 0, 5 * before), run


def rows(*ids):
    return [{"id": i, "title": f"n° {i}"} for i in ids]


def shifted(office, make, *pages, total):
    """A partner whose pages are these, under a total; its name."""
    partner = make("raw")
    for n, page in enumerate(pages, 1):
        following = {"next": f"/list/{n + 1}"} if n < len(pages) else {}
        partner.route(f"/list/{n}", json.dumps({"items": page, "total": total, **following}),
                      headers={"Content-Type": "application/json"})
    office.partners[partner.name] = {
        "partner": {"name": partner.name, "kind": "place", "connector": "json"},
        "request": {"url": partner.base_url + "/list/1", "allow_private": "yes"},
        "limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"age": "0s"}, "map": {"title": "/title"},
        "json": {"id": "/id", "items": "/items", "total": "/total", "paging": "next-url", "next": "/next"}}
    office.change(partner.name)
    return partner


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_what_comes_twice_stands_where_another_was_passed_over(office, make, known):
    """Their order is not the same for each page: four are declared and four come, but one of them twice."""
    partner = shifted(office, make, rows(1, 2), rows(3, 4) if known else rows(2, 3), total=4)
    name = partner.name
    if known:
        assert office.sync(name)["added"] == 4
        partner.route("/list/2", json.dumps({"items": rows(2, 3), "total": 4}), headers={"Content-Type": "application/json"})
    for _ in range(4):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "total", 0), run
    assert office.runs(name)[-1]["detail"] == "4 were declared, 3 different ones came"
    assert office.ids(name) == ["1", "2", "3", "4"][:3 + known]


def test_twice_by_asking_twice_is_once(office, make):
    """A page that broke in its middle, when half of it was known again."""
    partner = make(paging="page", count=25)
    name = office.add(partner, json=STYLES["page"], limits={"max_retries": 3})
    office.sync(name)
    partner.fault("close", where="middle", page=2, count=1)
    run = office.sync(name)
    assert (run["outcome"], run["seen"], run["missing"]) == ("complete", 25, 0), run


def test_two_under_one_identifier(office, make):
    """One of them is kept, which is said."""
    partner = shifted(office, make, [*rows(1, 2), {"id": 2, "title": "Une autre"}], total=3)
    for _ in range(2):
        run = office.sync(partner.name)
        assert (run["outcome"], run["seen"], run["listings"]) == ("complete", 3, 2), run
        detail = office.runs(partner.name)[-1]["detail"]
        assert detail == "1 with the identifier of another one, such as « 2 »: one of them is kept"
