# SPDX-License-Identifier: Apache-2.0
"""The partner answers; what it answers tells: frozen, emptied, out of season, of another town, by strangers, with notice."""
import contextlib
import datetime
import threading

import pytest

from mailbox import text
from rehearsal import ALARMS, UTC, rehearse

pytestmark = pytest.mark.xdist_group("content")

START = datetime.datetime(2026, 3, 2, 8, tzinfo=UTC)
BUSY_DAYS = 14
BORDEAUX = {"latitude": 44.84, "longitude": -0.58, "postcode": "33000", "city": "Bordeaux"}


def live(r, over):
    """Two partners change something every day, one of them for two weeks only."""
    day = 1
    while not over.wait(r.seconds(day) - r.seconds(r.days_since(r.begun))):
        for name in ("frozen", "lively") if day <= BUSY_DAYS else ("lively",):
            r.partners[name].change(1, title=f"Atelier du jour {day}")
        day += 1


@contextlib.contextmanager
def life(r):
    over = threading.Event()
    thread = threading.Thread(target=live, args=(r, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def r(tmp_path_factory):
    territory = {"circle": "44.5,0.166,50"}
    with rehearse(tmp_path_factory.mktemp("content"), 50000, start=START, territory=territory) as r:
        daily = {"interval": "6h"}
        for name in ("frozen", "lively", "emptied", "elsewhere", "reused", "sunset"):
            r.add(name, partner=daily)
        r.add("winter", partner={**daily, "closed": "03-05..04-30"})
        r.add("opens", partner={**daily, "closed": "03-05..03-20"})
        r.crowd(6, partner=daily)
        r.begun = r.start
        with r.daemon(), life(r):
            r.wait_all_alive()
            r.let_pass(4, since=r.begun)
            for name in ("emptied", "winter", "opens"):
                r.partners[name].end("emptied")
            r.partners["elsewhere"].change(r.partners["elsewhere"].ids(), **BORDEAUX)
            r.partners["reused"].end("reused")
            r.partners["sunset"].fault("sunset", days=30)
            r.ended = r.now()
            yield r


def test_emptied(r):
    r.wait_verdict("emptied", "emptied", days=5)
    assert r.wait_mails("emptied") and r.published("emptied") == (12, 12)


def test_listings_of_another_town_are_none(r):
    r.wait_verdict("elsewhere", "emptied", days=5)
    assert r.evidence("elsewhere", "listings") == ["12", "0"]
    assert r.wait_mails("elsewhere")


def test_no_emptiness_out_of_season(r):
    r.let_pass(20, since=r.ended)
    assert r.evidence("winter", "season")[-1] == "closed" and r.evidence("winter", "listings")[-1] == "0"
    r.assert_quiet("winter")
    assert r.verdict("winter") == "alive"


def test_empty_when_the_season_has_begun(r):
    r.wait_verdict("opens", "emptied", days=30)
    at, = [at for at, verdict in r.verdicts("opens") if verdict == "emptied"]
    assert at >= datetime.datetime(2026, 3, 23, tzinfo=UTC), "three days of emptiness after it opened"
    assert r.wait_mails("opens")


def test_frozen(r):
    r.wait_verdict("frozen", "frozen", days=20)
    at, = [at for at, verdict in r.verdicts("frozen") if verdict == "frozen"]
    assert 7 <= (at - r.begun).days - BUSY_DAYS <= 14
    assert "Partenaire frozen." in text(r.wait_mails("frozen")[0])
    r.partners["frozen"].change(2, title="De nouveau")
    r.wait_verdict("frozen", "alive", days=3)


def test_what_changes_on_goes_on(r):
    r.wait_verdict("frozen", {"frozen", "alive"}, days=20)
    r.assert_quiet("lively")


def test_strangers_content_is_never_gone_and_never_alive(r):
    r.let_pass(20, since=r.ended)
    assert r.verdict("reused") in {"outage", "uncertain"} and r.evidence("reused", "shape") == ["ok", "mismatch"]
    assert not r.found("reused") & ALARMS and r.published("reused") == (12, 12)
    back = r.now()
    assert all(verdict != "alive" for at, verdict in r.verdicts("reused") if r.ended < at < back)


def test_notice_is_told_and_no_alarm(r):
    r.let_pass(10, since=r.ended)
    assert len(r.evidence("sunset", "sunset")) == 1, "told once"
    assert len(r.evidence("sunset", "deprecation")) == 1
    r.vigied.wait_log("sunset: gives notice that its interface ends on ")
    r.assert_quiet("sunset")


def test_nothing_to_say_of_the_others(r):
    r.let_pass(20, since=r.ended)
    r.assert_quiet(*(f"well{i}" for i in range(6)))
    assert r.about_us() == []
