# SPDX-License-Identifier: Apache-2.0
"""The service ends in the middle of a silence, by SIGTERM or SIGKILL, and comes back after an hour or after weeks."""
import datetime

import pytest

from rehearsal import QUIET, answers, rehearse

DAY = datetime.timedelta(days=1)


@pytest.fixture
def r(tmp_path):
    with rehearse(tmp_path, 20000, watch={"rdap": "yes", "company": "yes", "gazette": "yes"}) as r:
        r.add("told")
        r.add("silent")
        r.add("ceased", partner={"siren": "000000018"})
        r.add("notice")
        r.crowd(5)
        yield r


def nothing_new(r):
    """Who was told is told once, and who was well is well."""
    assert len(r.alerts("told")) == len(r.alerts("ceased")) == 1 and r.verdict("ceased") == "closing"
    assert len(r.mails("told")) == len(r.mails("ceased")) == 1
    assert r.verdict("told") == "gone" and r.published("told") == (0, 12)
    assert len(r.evidence("notice", "sunset")) == 1
    for name in ("well0", "well1", "well2", "well3", "well4", "notice"):
        r.assert_quiet(name)
        assert [verdict for _, verdict in r.verdicts(name)] == ["alive"]


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_the_service_is_not_there_for_a_while(r, ending):
    with r.daemon():
        r.wait_all_alive()
        r.sim.registers.company("000000018", "ceased")
        r.partners["notice"].fault("headers", set={"Sunset": "Sat, 31 Dec 2050 23:59:59 GMT"})
        r.lose("told")
        for name, verdict in (("ceased", "closing"), ("told", "gone")):  # the reminder is due a day after each
            r.wait_verdict(name, verdict, days=6)
            assert r.wait_mails(name)
            assert r.office.vigie("ack", name).returncode == 0
        r.lose("silent")
        fell = r.now()
        r.let_pass(0.4)
        getattr(r.vigied, ending)()
    assert r.verdict("silent") in QUIET
    asked = len(r.sim.registers.requests(register="company"))

    # Down for an hour: no register is asked again, what was observed counts.
    r.stay_away(1 / 24)
    back = r.now()
    with r.daemon():
        r.let_pass(0.15)
        assert len(r.sim.registers.requests(register="company")) <= asked + 1
        assert r.verdict("silent") in QUIET
        nothing_new(r)
        getattr(r.vigied, ending)()
    seen = (back - fell) / DAY

    # Down for ten days: they do not count.
    r.stay_away(10)
    back = r.now()
    with r.daemon():
        r.let_pass(0.15)
        assert r.verdict("silent") in QUIET, (r.verdicts("silent"), seen)
        r.wait_verdict("silent", "gone", days=3)
        at = max(at for at, verdict in r.verdicts("silent") if verdict == "gone")
        assert 0.2 < (at - back) / DAY < 1.5, "a day of silence that was seen, not ten that were not"
        assert r.wait_mails("silent")
        nothing_new(r)
        assert len(r.alerts("silent")) == 1


def test_back_while_we_were_away(r):
    """Who comes back while the service is down is found well, in the thread of what was told."""
    with r.daemon():
        r.wait_all_alive()
        r.lose("told")
        r.wait_verdict("told", "gone", days=6)
        assert r.wait_mails("told")
        r.vigied.kill()
    r.stay_away(3)
    r.partners["told"].set(dns="ok")
    r.partners["told"].recover()
    with r.daemon():
        r.wait_verdict("told", "alive", days=4)
        r.let_pass(0.5)
        first, *reminders, last = r.wait_mails("told", 2)
        assert answers(first, last) and not last["Subject"].startswith("Reminder: ")
        assert all(m["Subject"].startswith("Reminder: ") for m in reminders) and len(r.alerts("told")) == 1
        assert r.published("told") == (12, 12)
        assert (r.now() - max(at for at, _ in r.verdicts("told"))) < 2 * DAY
