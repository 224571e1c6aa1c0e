# SPDX-License-Identifier: Apache-2.0
"""Partners that have no list of their own: entries that the office keeps, and sites that are only watched.

Whether they are still there is seen by their web sites alone, with the arithmetic of any poll; what becomes of the
office's file says nothing of them.
"""
import json

import pytest

from rehearsal import rehearse

pytestmark = pytest.mark.xdist_group("presence")

SPEED = 20000


def entries(r, name, listings=4):
    path = r.office.folder / "partners.d" / f"{name}.json"
    path.write_text(json.dumps({"items": [{"id": n, "title": f"Entrée {n}"} for n in range(listings)]}), encoding="utf-8")
    return path


def add_static(r, name):
    """Its listings are in a file of the office."""
    r.add(name, request={"url": None, "file": f"{name}.json"}, json={"total": None}, map={"title": "/title"})
    for column in list(r.office.partners[name]["map"]):
        if column != "title":
            r.office.change(name, map={column: None})
    return entries(r, name)


def add_watched(r, name):
    r.add(name, partner={"connector": "watch", "kind": None}, request={"url": None})
    r.office.partners[name] = {k: v for k, v in r.office.partners[name].items() if k not in ("json", "map")}
    r.office.change(name)


STATIC = ("keptgone", "keptlost", "keptmoved", "keptwell")
WATCHED = ("sitelost", "sitemoved", "siteclosing", "sitechallenged", "siteabsent", "sitewell")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    with rehearse(tmp_path_factory.mktemp("presence"), SPEED) as r:
        files = {name: add_static(r, name) for name in STATIC}
        for name in WATCHED:
            add_watched(r, name)
        r.crowd(6)
        with r.daemon():
            r.wait_all_alive()
            r.ended = r.now()
            files["keptlost"].unlink()
            r.lose("keptgone", "sitelost")
            r.partners["keptmoved"].end("moved")
            r.partners["sitemoved"].end("moved")
            r.partners["siteclosing"].end("closing")
            r.partners["sitechallenged"].fault("status", scope="any", status=403)
            r.partners["siteabsent"].fault("status", scope="any", status=404)
            yield r


@pytest.mark.parametrize("name", ["keptgone", "sitelost", "siteabsent"])
def test_a_site_that_is_gone_is_the_end(story, name):
    story.wait_verdict(name, "gone", 6)
    assert story.wait_mails(name)
    assert not story.found(name) & {"emptied", "frozen", "moved"}


def test_what_the_office_kept_of_it_is_withdrawn(story):
    story.wait_verdict("keptgone", "gone", 6)
    assert story.published("keptgone")[1] == 4


@pytest.mark.parametrize("name, verdict", [("keptmoved", "moved"), ("sitemoved", "moved"), ("siteclosing", "closing")])
def test_what_its_site_says_is_heard(story, name, verdict):
    story.wait_verdict(name, verdict, 6)
    assert story.wait_mails(name)


def test_the_offices_own_mistake_says_nothing_of_the_partner(story):
    """The file is gone for days: every run fails and says so, the partner is as alive as its site."""
    story.let_pass(6, story.ended)
    runs = [r for r in story.office.runs("keptlost") if r["outcome"] == "failed"]
    assert len(runs) > 24, "it is read as often as ever"
    assert {r["error_kind"] for r in runs} == {"config"} and "cannot read the local file keptlost.json" in runs[-1]["detail"]
    assert story.verdict("keptlost") == "alive"
    story.assert_quiet("keptlost")
    assert story.published("keptlost") == (4, 4)


def test_who_answers_is_there(story):
    """A site that sends robots away, and those to which nothing happens: never frozen, never emptied."""
    story.let_pass(6, story.ended)
    for name in ("sitechallenged", "sitewell", "keptwell"):
        assert story.verdict(name) == "alive"
        story.assert_quiet(name)
