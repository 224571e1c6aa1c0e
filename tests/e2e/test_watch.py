# SPDX-License-Identifier: Apache-2.0
"""The watch in between: what it forgets in good times, and settings that come while a partner is read."""
import pytest

from office import wait_until

SPEED = 20000  # an hour in 0.18 s


@pytest.fixture
def watched(office, make, simulator):
    """An office with one partner that the watch can see all round, and its name."""
    office.configure(catalogue={"search": "no"},
                     watch={"allow_private": "yes", "control": simulator.control, "rdap": "no", "company": "no",
                            "gazette": "no", "resolvers": simulator.resolvers})
    partner = make(count=3, paging="none")
    name = office.add(partner, partner={"website": partner.base_url + "/", "domain": f"{partner.name}.example"})
    return partner, name


def evidence(office, name, signal):
    """The values of a signal, in the order in which they were read."""
    rows = office.rows("SELECT value FROM evidence WHERE partner = ? AND signal = ? AND weight IS NULL ORDER BY rowid", name, signal)
    return [row["value"] for row in rows]


def is_alive(office, name):
    return office.rows("SELECT 1 FROM partners WHERE partner = ? AND verdict = 'alive'", name)


def test_a_name_that_is_back_is_no_evidence_in_the_next_outage(office, watched):
    partner, name = watched
    with office.daemon("--speed", SPEED):
        wait_until(lambda: is_alive(office, name), "alive")
        partner.set(dns="nxdomain")
        partner.end("refused")
        wait_until(lambda: evidence(office, name, "dns") == ["nxdomain"], "its name is gone")
        partner.set(dns="silent")  # months later nobody can say
        partner.recover()
        wait_until(lambda: evidence(office, name, "dns") == ["nxdomain", "unknown"], "its name is forgotten")


def test_settings_that_come_during_a_run_reach_the_watch(office, watched):
    partner, name = watched
    with office.daemon("--speed", SPEED) as vigied:
        wait_until(lambda: is_alive(office, name), "alive")
        partner.hold()
        partner.wait_for_held()
        office.change(name, partner={"closed": "01-01..12-31"})
        vigied.reload()
        partner.clear()
        wait_until(lambda: evidence(office, name, "season") == ["closed"], "its season")
