# SPDX-License-Identifier: Apache-2.0
"""What the office changes while the service runs: partners taken away, brought back, unpublished."""
import pytest

from office import wait_until
from rehearsal import rehearse


@pytest.fixture
def small(tmp_path):
    with rehearse(tmp_path, 20000) as r:
        r.add("leaver")
        r.crowd(3)
        yield r


def test_taken_away_while_it_is_looked_at(small):
    r, leaver = small, small.partners["leaver"]
    with r.daemon() as vigied:
        r.wait_all_alive()
        leaver.hold("site")
        leaver.fault("status", status=503)
        leaver.wait_for_held()
        r.office.drop("leaver")
        vigied.reload()
        leaver.clear()
        r.let_pass(0.5)
        asked = len(leaver.requests())
        r.let_pass(3)
        assert len(leaver.requests()) == asked, "nobody asks it any more"
        assert r.mails("leaver") == [] and len(r.office.ids("leaver")) == 12
        # Back again, and silent: what was known of it is not lost.
        r.office.add(leaver, "leaver", partner={"name": "Partenaire leaver.", "domain": "leaver.example"})
        vigied.reload()
        leaver.wait_for_requests(asked + 1)
        r.lose("leaver")
        r.wait_verdict("leaver", "gone", days=6)
        assert r.wait_mails("leaver") and len(r.alerts("leaver")) == 1


def test_taken_away_and_brought_back_while_it_is_looked_at(small):
    r, leaver = small, small.partners["leaver"]
    with r.daemon() as vigied:
        r.wait_all_alive()
        leaver.hold("site")
        leaver.fault("status", status=503)
        leaver.wait_for_held()
        file = r.office.partner_file("leaver").read_text()
        r.office.partner_file("leaver").unlink()
        vigied.reload()
        r.office.partner_file("leaver").write_text(file)
        vigied.reload()
        leaver.clear()
        r.wait_verdict("leaver", "alive", days=3)
        r.lose("leaver")
        r.wait_verdict("leaver", "gone", days=6)
        assert len(r.alerts("leaver")) == 1 and r.wait_mails("leaver")


def test_no_reminders_of_who_was_taken_away(small):
    r = small
    with r.daemon() as vigied:
        r.wait_all_alive()
        r.lose("leaver")
        r.wait_verdict("leaver", "gone", days=6)
        r.wait_mails("leaver")
        r.office.drop("leaver")
        vigied.reload()
        known = len(r.mails("leaver"))
        r.let_pass(3)
        assert len(r.mails("leaver")) <= known + 1, "one may have been on its way"


def test_unpublished_from_uncertain_on(tmp_path):
    with rehearse(tmp_path, 20000, watch={"unpublish": "uncertain"}) as r:
        r.add("doubtful")
        r.crowd(3)
        with r.daemon():
            r.wait_all_alive()
            r.partners["doubtful"].refuse()
            r.wait_verdict("doubtful", "outage", days=2)
            assert r.published("doubtful") == (12, 12)
            r.wait_verdict("doubtful", "uncertain", days=5)
            wait_until(lambda: r.published("doubtful") == (0, 12), "withdrawn")
            assert r.mails("doubtful") == []
            r.partners["doubtful"].accept()
            r.wait_verdict("doubtful", "alive", days=3)
            wait_until(lambda: r.published("doubtful") == (12, 12), "published again")
            r.assert_quiet("doubtful")
