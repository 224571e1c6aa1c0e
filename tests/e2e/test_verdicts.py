# SPDX-License-Identifier: Apache-2.0
"""Each real end, against the daemon with a fast clock and a real mail server.

All ends happen at once, to partners of one office, beside others that go on: so « is it us? » has to hold as well.
"""
import time

import pytest

from mailbox import Mailbox, html, text
from office import Office, wait_until
from sim.client import Simulator

pytestmark = pytest.mark.xdist_group("verdicts")

SPEED = 20000          # a day in 4.3 s
DAY = 86400 / SPEED

QUIET = {"alive", "outage", "uncertain"}
# end -> the verdict that staff are told first; a banner « joins another brand » is read before the key is refused
ENDS = {
    "moved": "moved", "closing": "closing", "gone": "gone", "token-expired": "access-lost", "locked": "closing",
    "challenged": "access-lost", "emptied": "emptied", "refused": "gone",
}
NO_ALARM = ("renamed", "bought", "urls-changed", "page-lost", "limited", "outage")


class Scenario:
    """One simulator, one office, one daemon, one mailbox; a partner for every end."""

    def __init__(self, folder, sim, post):
        self.sim, self.post = sim, post
        self.office = Office(folder, sim)
        self.office.configure(
            catalogue={"search": "no"},
            watch={"allow_private": "yes", "control": sim.control, "rdap": "no", "company": "no", "gazette": "no",
                   "resolvers": sim.resolvers},
            mail=post.settings())
        self.partners = {}

    def add(self, end):
        name = end.replace("-", "")
        partner = self.sim.create(name, shape="plain", count=12, paging="none")
        self.office.add(partner, partner={"name": f"Partenaire {end}", "theme": f"thème {end}", "interval": "1h",
                                          "website": partner.base_url + "/", "domain": f"{name}.example"})
        self.partners[end] = partner
        return partner

    def verdict(self, end):
        rows = self.office.rows("SELECT verdict FROM partners WHERE partner = ?", self.partners[end].name)
        return rows[0]["verdict"] if rows else None

    def wait_verdict(self, end, verdict, days):
        return wait_until(lambda: self.verdict(end) == verdict, f"{end}: {verdict}, not {self.verdict(end)}",
                          days * DAY + 10)

    def wait_alert(self, end, days=9):
        """The alert row of that partner, once there is one."""
        return wait_until(lambda: self.office.rows("SELECT * FROM alerts WHERE partner = ?", self.partners[end].name),
                          f"{end}: no alert, it is {self.verdict(end)}", days * DAY + 10)[0]

    def mails(self, end):
        return self.post.find(lambda m: f"Partenaire {end}" in m["Subject"] + text(m) and "semaine du" not in m["Subject"])


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    with Simulator(platforms="none") as sim, Mailbox() as post:
        s = Scenario(tmp_path_factory.mktemp("verdicts"), sim, post)
        for end in (*ENDS, *NO_ALARM, *(f"well{i}" for i in range(6))):
            s.add(end)
        with s.office.daemon("--speed", SPEED) as vigied:
            s.vigied = vigied
            for end in s.partners:
                s.wait_verdict(end, "alive", 3)
            for end in (*ENDS, *NO_ALARM):
                s.partners[end].end(end)
            s.partners["refused"].set(dns="nxdomain")
            s.ended = time.monotonic()
            wait_until(lambda: time.monotonic() - s.ended > 2 * DAY, "two days", 3 * DAY)
            s.partners["outage"].recover()
            yield s


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_told(scenario, end):
    assert scenario.wait_alert(end)["verdict"] == ENDS[end]
    mail = wait_until(lambda: scenario.mails(end), f"a mail about {end}", 20)[0]
    assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Id"] and mail["Message-ID"]
    assert f"Partenaire {end}" in text(mail) and f"Partenaire {end}" in html(mail)


def test_no_alarm_for_what_is_none(scenario):
    wait_until(lambda: time.monotonic() - scenario.ended > 9 * DAY, "nine days", 9 * DAY + 10)
    for end in (*NO_ALARM, *(e for e in scenario.partners if e.startswith("well"))):
        assert scenario.verdict(end) in QUIET, end
        assert scenario.mails(end) == [], end


def test_withdrawn_not_deleted(scenario):
    scenario.wait_verdict("gone", "gone", days=9)
    rows = scenario.office.rows("SELECT published, removed_at FROM listings WHERE partner = 'gone'")
    assert len(rows) == 12 and all(r["published"] == 0 and r["removed_at"] is None for r in rows)
    assert all(r["published"] for r in scenario.office.rows("SELECT published FROM listings WHERE partner = 'well0'"))


def test_evidence_is_dated(scenario):
    scenario.wait_verdict("gone", "gone", days=9)
    rows = scenario.office.rows("SELECT * FROM evidence WHERE partner = 'gone'")
    assert {"http", "site"} <= {r["signal"] for r in rows} and any(r["weight"] for r in rows)
    assert scenario.wait_alert("gone")["verdict"] == "gone"


def test_back_again_in_the_same_thread(scenario):
    scenario.wait_alert("moved")
    first = wait_until(lambda: scenario.mails("moved"), "the alert", 20)[0]
    scenario.partners["moved"].recover()
    scenario.wait_verdict("moved", "alive", days=6)
    back = wait_until(lambda: len(found := scenario.mails("moved")) > 1 and found, "the recovery", 20)[-1]
    assert back["In-Reply-To"] == first["Message-ID"] and first["Message-ID"] in back["References"]
