# SPDX-License-Identifier: Apache-2.0
"""What json reads beside plain pages: lists of withdrawals, one document in place of too many pages, empty pages."""
import json

import pytest


def agenda(office, make, count=70, **sections):
    """An agenda of pages of thirty, all in the catalogue."""
    partner = make("openagenda", count=count)
    name = office.add(partner, **sections)
    assert office.sync(name)["added"] == count
    return partner, name


def raw(office, make, documents, **listing):
    """A partner of documents as they are: path -> JSON value; the first one is where the list begins."""
    partner = make("raw")
    for path, document in documents.items():
        partner.route(path, json.dumps(document))
    return partner, office.add(partner, request={"url": partner.base_url + next(iter(documents))},
                               json={"items": "/items", "total": "/total", **listing})


# ---- withdrawals


def test_withdrawals_are_removed_at_once(office, make):
    partner, name = agenda(office, make)
    gone = sorted(map(str, partner.remove(8)))
    run = office.sync(name)
    assert (run["outcome"], run["seen"], run["removed"], run["declared_total"]) == ("complete", 62, 8, 62), run
    assert office.changes(name)[70:] == [("removed", i) for i in gone]
    assert [dict(r["query"]).get("removed") for r in partner.requests()][5:] == [None, None, None, None, "1", "1"]
    again = office.sync(name)
    assert (again["outcome"], again["removed"], again["missing"]) == ("complete", 0, 0), again


def test_withdrawals_are_paged_like_the_list(office, make):
    partner, name = agenda(office, make, count=130, removal={"brake_percent": 100})
    partner.remove(70)
    run = office.sync(name)
    assert (run["outcome"], run["seen"], run["removed"]) == ("complete", 60, 70), run
    assert [dict(r["query"]).get("removed") for r in partner.requests()][7:] == [None] * 3 + ["1"] * 4


def test_what_came_back_is_not_removed(office, make):
    """It stands in both lists: read one after the other, they cannot tell which is right."""
    items = [{"id": n, "title": f"Numéro {n}"} for n in range(1, 6)]
    partner, name = raw(office, make, {"/list": {"total": 5, "items": items}, "/gone": {"total": 0, "items": []}},
                        removed_url="/gone")
    assert office.sync(name)["added"] == 5
    partner.route("/list", json.dumps({"total": 4, "items": items[:4]}))
    partner.route("/gone", json.dumps({"total": 3, "items": [{"id": 5}, {"id": 2}, {"id": 99}]}))
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("complete", 1) and office.ids(name) == ["1", "2", "3", "4"], run
    items[1]["title"] = "Le deux a changé"
    partner.route("/list", json.dumps({"total": 4, "items": items[:4]}))
    run = office.sync(name)
    assert (run["outcome"], run["removed"], run["changed"]) == ("complete", 0, 1), run


def test_names_of_their_own(office, make):
    partner, name = raw(office, make, {"/list?lang=fr": {"total": 2, "items": [{"id": "a"}, {"id": "b"}]},
                                       "/gone": {"data": {"deleted": []}}},
                        removed_url="gone", removed_items="/data/deleted", removed_id="/ref/listing")
    partner.route("/list", json.dumps({"total": 2, "items": [{"id": "a"}, {"id": "b"}]}))
    assert office.sync(name)["added"] == 2
    partner.route("/list", json.dumps({"total": 1, "items": [{"id": "a"}]}))
    partner.route("/gone", json.dumps({"data": {"deleted": [{"ref": {"listing": "b"}}]}}))
    assert office.sync(name)["removed"] == 1 and office.ids(name) == ["a"]


@pytest.mark.parametrize("broken,kind", [('{"items":[{"id":2},{"name":"?"}]}', "shape"), ('{"items":[7]}', "shape"), ('{"error":1}', "shape"),
                                         ('{"items":[{"id":2}', "truncated"), ("<html>", "format")])
def test_withdrawals_that_cannot_be_read_remove_nothing(office, make, broken, kind):
    items = [{"id": n} for n in range(1, 6)]
    partner, name = raw(office, make, {"/list": {"total": 5, "items": items}, "/gone": {"items": []}}, removed_url="/gone")
    office.sync(name)
    partner.route("/list", json.dumps({"total": 4, "items": items[1:]}))
    partner.route("/gone", broken)
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", kind, 0) and run["detail"], run
    assert office.ids(name) == ["1", "2", "3", "4", "5"]


def test_a_list_of_withdrawals_that_is_not_there(office, make):
    partner, name = raw(office, make, {"/list": {"total": 1, "items": [{"id": 1}]}}, removed_url="/nowhere")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["added"]) == ("partial", "http", 1), run
    assert "page 2" in run["detail"]


def test_withdrawals_with_not_modified(office, make):
    partner = make("openagenda", count=40, validators=True)
    name = office.add(partner)
    assert office.sync(name)["outcome"] == "complete"
    assert office.sync(name)["outcome"] == "not-modified" and len(partner.requests()) == 8
    partner.remove(1)
    run = office.sync(name)
    assert (run["outcome"], run["removed"]) == ("complete", 1), run


# ---- one document in place of pages


def test_too_many_to_be_paged(office, make):
    """Items before the total, total before the items: the first page is dropped in both cases, and nothing counts twice."""
    everything = [{"id": n, "title": f"Aire {n}"} for n in range(25)]
    for head in ({"total": 25, "items": everything[:10]}, {"items": everything[:10], "total": 25}):
        partner, name = raw(office, make, {"/v2/records": head, "/v2/exports/json": everything}, paging="offset", page_size=10,
                            size_param="limit", overflow_above=20, overflow_url="exports/json")
        run = office.sync(name)
        assert (run["outcome"], run["seen"], run["added"], run["declared_total"], run["requests"]) == ("complete", 25, 25, 25, 2), run
        assert [r["path"] for r in partner.requests()] == ["/v2/records", "/v2/exports/json"]
        again = office.sync(name)
        assert (again["outcome"], again["added"], again["changed"], again["missing"]) == ("complete", 0, 0, 0), again


@pytest.mark.parametrize("url,removed,wanted", [
    ("/v2/records?lang=fr", "?removed=1", "/v2/records?removed=1"), ("/v2/records", "gone", "/v2/gone"), ("/v2/records", "/gone?a=b/c", "/gone?a=b/c"),
    ("", "?removed=1", "/?removed=1"), ("?a=b/c", "gone", "/gone")])
def test_withdrawals_are_seen_from_the_url(office, make, url, removed, wanted):
    """Not from the document that was read last, which may stand in another folder."""
    everything = [{"id": n} for n in range(5)]
    partner = make("raw")
    partner.route(url.partition("?")[0] or "/", json.dumps({"total": 5, "items": everything[:2]}))
    for path in {wanted.partition("?")[0]} - {url.partition("?")[0] or "/"}:
        partner.route(path, json.dumps({"items": []}))
    partner.route("/exports/2/all", json.dumps(everything))
    name = office.add(partner, request={"url": partner.base_url + url}, json={
        "items": "/items", "total": "/total", "overflow_above": 3, "overflow_url": "/exports/2/all", "removed_url": removed})
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 5), run
    assert [r["target"] for r in partner.requests()][1:] == ["/exports/2/all", wanted]


def test_few_enough_are_paged(office, make):
    partner = make(paging="offset", count=25)
    name = office.add(partner, json={"overflow_above": 25, "overflow_url": "/all"})
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["requests"]) == ("complete", 25, 3), run
    partner.add(1)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["removed"]) == ("failed", "http", 0), "there is no such document, and nothing else was kept"


def test_the_whole_document_keeps_the_query(office, make):
    everything = [{"id": n} for n in range(5)]
    partner, name = raw(office, make, {"/records": {"total": 5, "items": everything[:2]}, "/export": {"rows": everything}}, paging="offset",
                        overflow_above=3, overflow_url="export?{query}&compact=1", overflow_items="/rows")
    office.change(name, request={"url": partner.base_url + "/records?where=a%3D1"})
    assert office.sync(name)["added"] == 5
    assert [r["target"] for r in partner.requests()] == ["/records?where=a%3D1&offset=0", "/export?where=a%3D1&compact=1"]


def test_a_whole_document_that_is_not_whole(office, make):
    """The total that the first page declared holds for it too."""
    everything = [{"id": n} for n in range(30)]
    partner, name = raw(office, make, {"/records": {"total": 30, "items": everything[:10]}, "/export": everything}, paging="offset",
                        overflow_above=20, overflow_url="/export")
    assert office.sync(name)["added"] == 30
    partner.route("/export", json.dumps(everything[:-2]))
    for _ in range(3):
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "total", 0), run


def test_a_first_page_that_is_too_big_to_hold(office, make):
    """It is read all the same; only to drop it again is not possible, and the run says what to do."""
    big = [{"id": n, "text": "x" * 900_000} for n in range(24)]
    partner, name = raw(office, make, {"/records": {"total": 24, "items": big}, "/export": big}, overflow_above=30, overflow_url="/export")
    assert office.sync(name)["outcome"] == "complete"
    office.change(name, json={"overflow_above": 20})
    run = office.sync(name)
    assert (run["error_kind"], run["removed"]) == ("limit", 0) and "page_size" in run["detail"], run


# ---- empty pages


def test_an_empty_page_before_the_end_is_asked_for_again(office, make):
    partner = make("openagenda", count=100)
    name = office.add(partner, json={"empty_pages": "retry"}, limits={"max_retries": 3})
    partner.fault("empty-list", page=2, count=1, total=None)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["requests"]) == ("complete", 100, 7), run
    asked = [r["target"] for r in partner.requests()]
    assert asked[1] == asked[2] and len(set(asked)) == 6


def test_empty_pages_that_do_not_heal(office, make):
    partner = make("openagenda", count=100)
    name = office.add(partner, json={"empty_pages": "retry"}, limits={"max_retries": 1})
    partner.fault("empty-list", page=2, total=None)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["added"], run["requests"]) == ("partial", "truncated", 30, 3), run
    assert "without items" in run["detail"]


def test_an_empty_page_is_the_end_by_default(office, make):
    partner = make("openagenda", count=100)
    name = office.add(partner, limits={"max_retries": 3})
    partner.fault("empty-list", page=2, total=None)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["added"]) == ("partial", "total", 30), run


def test_no_array_where_nothing_is_declared(office, make):
    """Apidae leaves the list out when it is empty.  Without a total of 0 that is another document."""
    partner, name = raw(office, make, {"/list": {"total": 0}})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["seen"]) == ("complete", "none", 0), run
    partner.route("/list", '{"total": 3}')
    assert office.sync(name)["error_kind"] == "shape"
    partner.route("/list", '{"message": "?"}')
    assert office.sync(name)["error_kind"] == "shape"


@pytest.mark.parametrize("wrong,said", [
    ({"overflow_above": 10}, "overflow_above needs it"), ({"overflow_above": "many"}, "whole number"),
    ({"overflow_above": 10, "overflow_url": "/x", "total": None}, "overflow_above needs it"),
    ({"removed_url": "/x", "removed_items": "no"}, "JSON Pointer"), ({"removed_url": "/x", "removed_id": "no"}, "pointer"),
    ({"empty_pages": "perhaps"}, "end retry")])
def test_settings_that_are_refused(office, make, wrong, said):
    name = office.add(make("openagenda", count=1), json=wrong)
    done = office.vigie("check-config")
    assert done.returncode == 2 and said.split()[0] in done.stderr and f"{name}.conf" in done.stderr, done.stderr
