# SPDX-License-Identifier: Apache-2.0
"""What staff answer while the service runs."""
import datetime

import pytest

from office import GOOD, wait_until
from rehearsal import UTC, answers, rehearse

pytestmark = pytest.mark.xdist_group("staff")

FALLEN = ("asked", "acknowledged", "snoozed", "dismissed")
RUN_UP = 12  # days from the first start to the machine's own time: « vigie snooze » knows that one only


def say(r, *words):
    done = r.office.vigie(*words)
    assert done.returncode == GOOD, done
    return r.now()


def reminders(r, name):
    return [m for m in r.mails(name) if m["Subject"].startswith("Reminder: ")]


@pytest.fixture(scope="module")
def r(tmp_path_factory):
    start = datetime.datetime.now(UTC) - datetime.timedelta(days=RUN_UP)
    with rehearse(tmp_path_factory.mktemp("staff"), 20000, start=start) as r:
        for name in FALLEN:
            r.add(name)
        r.add("confirmed")
        r.crowd(8)
        with r.daemon():
            r.wait_all_alive()
            r.lose(*FALLEN)
            for name in FALLEN:
                r.wait_verdict(name, "gone", days=6)
            r.told = {name: r.wait_mails(name)[0] for name in FALLEN}
            r.said = {name: say(r, word, name, *more) for word, name, *more in (
                ("ack", "acknowledged"), ("snooze", "snoozed", "1m"), ("dismiss", "dismissed"))}
            yield r


def test_dismissed_is_silenced(r):
    wait_until(lambda: r.published("dismissed") == (12, 12), "its listings are published")
    r.wait_verdict("dismissed", {"outage", "uncertain", "alive"}, days=1)
    r.let_pass(5, since=r.said["dismissed"])
    assert r.verdict("dismissed") not in {"gone", "probably-gone"}
    assert r.mails("dismissed") == [r.told["dismissed"]]
    alert, = r.alerts("dismissed")
    assert alert["answer"] == "dismiss" and alert["closed_at"]
    assert r.evidence("dismissed", "human") == ["alive"]


def test_confirmed_is_gone_within_a_tick(r):
    r.partners["confirmed"].refuse()
    r.wait_verdict("confirmed", {"outage", "uncertain"}, days=2)
    assert r.mails("confirmed") == []
    said = say(r, "confirm", "confirmed")
    r.wait_verdict("confirmed", "gone", days=1)
    at, = [at for at, verdict in r.verdicts("confirmed") if verdict == "gone"]
    assert abs((at - said).total_seconds()) < 86400, "a tick is a fifth of a second, an hour of this clock"
    assert r.weights("confirmed")["human"] > 10
    wait_until(lambda: r.published("confirmed") == (0, 12), "its listings are withdrawn")


def test_no_reminder_of_what_was_acknowledged(r):
    wait_until(lambda: len(reminders(r, "asked")) >= 2, "two reminders", r.seconds(10) + 20)
    assert len(reminders(r, "asked")) == 2
    assert r.mails("acknowledged") == [r.told["acknowledged"]]
    assert all(answers(r.told["asked"], m) for m in reminders(r, "asked"))


def test_put_off_until_then(r):
    until = r.office.one("SELECT until FROM labels WHERE label = 'snooze'")
    until = datetime.datetime.fromisoformat(until.replace("Z", "+00:00"))
    first = wait_until(lambda: reminders(r, "snoozed"), "a reminder when it was asked for", r.seconds(14) + 20)
    assert r.now() >= until
    assert answers(r.told["snoozed"], first[0])


def test_back_after_it_was_dismissed(r):
    """It was wrong, and it is over: nobody is written again."""
    r.let_pass(5, since=r.said["dismissed"])
    r.partners["dismissed"].set(dns="ok")
    r.partners["dismissed"].recover()
    r.wait_verdict("dismissed", "alive", days=4)
    r.let_pass(1)
    assert r.mails("dismissed") == [r.told["dismissed"]]
