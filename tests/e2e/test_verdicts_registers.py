# SPDX-License-Identifier: Apache-2.0
"""What name servers, registries and the company's registers say: what is evidence of an end, and what is not.

Also a fire: refused, its name gone with it, then back at another address under the same ids.
"""
import pytest

from rehearsal import QUIET, answers, rehearse
from mailbox import text

pytestmark = pytest.mark.xdist_group("registers")

SIRENS = {"ceased": "000000018", "winding": "000000026", "rescue": "000000034", "struck": "000000042", "acquitted": "000000059",
          "typing": "000000067", "mistake": "000000075"}
SILENT = ("redemption", "nxdomain", "one-resolver", "servfail", "fire", "slip")
RIGHT = "000000083"  # the number that « mistake » should have had
REDEMPTION = "rédemption.example".encode("idna").decode()  # as name servers and registries know it
CANCELLED = {"kind": "struck-off", "cancels": 1}


def renew_certificate(r, kind):
    """Connections that are open keep the old one."""
    r.partners["expired"].refuse()
    r.partners["expired"].set(tls=kind)
    r.partners["expired"].accept()


def begin_ends(r):
    say = r.sim.registers
    for name in SILENT:
        r.partners[name].refuse()
    r.partners["nxdomain"].set(dns="nxdomain")
    r.partners["fire"].set(dns="nxdomain")
    r.partners["one-resolver"].set(dns="nxdomain/ok")
    r.partners["servfail"].set(dns="servfail")
    r.partners["slip"].set(dns="nxdomain")
    r.partners["once"].fault("html", scope="api", kind="closing", count=1)
    r.partners["redemption"].set(dns="servfail")
    say.domain(REDEMPTION, "redemption")
    r.partners["unknown"].fault("status", scope="api", status=503)
    say.domain("unknown.example", "unregistered")
    r.partners["parked"].end("parked")
    say.domain("parked.example", "parked")
    renew_certificate(r, "expired")
    say.company(SIRENS["ceased"], "ceased", date="2026-05-31")
    say.company(SIRENS["typing"], "ceased", date="2026-05-31")
    say.company(SIRENS["mistake"], "ceased", date="2026-05-31")
    say.company(RIGHT, "active")
    say.gazette(SIRENS["winding"], "accounts", "liquidation")
    say.gazette(SIRENS["rescue"], "accounts", "rescue")
    say.gazette(SIRENS["struck"], "accounts", "struck-off")
    say.gazette(SIRENS["acquitted"], "accounts", "struck-off", CANCELLED)
    r.wait_evidence("slip", "dns", "nxdomain", days=2)
    r.partners["slip"].set(dns="nxdomain/ok")
    r.wait_evidence("once", "shape", "closing", days=2)
    r.partners["once"].refuse()


@pytest.fixture(scope="module")
def r(tmp_path_factory):
    switches = {"rdap": "yes", "company": "yes", "gazette": "yes"}
    with rehearse(tmp_path_factory.mktemp("registers"), 20000, tls=True, watch=switches) as r:
        r.office.configure(fetch={"ca_file": r.sim.ca})
        for name in (*SILENT, "parked", "once", "unknown"):
            r.add(name, partner={"domain": "www.rédemption.example"} if name == "redemption" else {})
        for name, siren in SIRENS.items():
            r.add(name, partner={"siren": siren})
            r.sim.registers.gazette(siren, "accounts")
        secure = r.sim.create("expired", shape="plain", count=12, paging="none")
        r.add("expired", secure, partner={"website": secure.https_base_url + "/"},
              request={"url": secure.https_base_url + "/items"})
        r.crowd(8)
        with r.daemon():
            r.wait_all_alive()
            r.ended = r.now()
            begin_ends(r)
            yield r


@pytest.mark.parametrize("name,signal,value,reason", [
    ("nxdomain", "dns", "nxdomain", "nxdomain"), ("redemption", "domain", "redemption", "redemption"),
    ("parked", "domain", "parked", "parked")])
def test_a_name_that_is_lost(r, name, signal, value, reason):
    r.wait_verdict(name, "gone", days=6)
    assert value in r.evidence(name, signal) and r.weights(name)[reason] > 4
    assert r.wait_mails(name)
    assert r.published(name) == (0, 12)


def test_a_silent_day_comes_first(r):
    r.wait_verdict("nxdomain", "gone", days=6)
    at, = [at for at, verdict in r.verdicts("nxdomain") if verdict == "gone"]
    assert 0.9 < (at - r.ended).total_seconds() / 86400 < 4


@pytest.mark.parametrize("name,first", [("ceased", "ceased"), ("winding", "liquidation"), ("struck", "ceased")])
def test_an_end_of_the_company(r, name, first):
    r.wait_verdict(name, "closing", days=3)
    assert r.evidence(name, "register")[-1] == first
    mail, *_ = r.wait_mails(name)
    assert "closing" in [a["verdict"] for a in r.alerts(name)] and f"Partenaire {name}." in text(mail)
    assert r.published(name) == (12, 12)


def test_ceased_and_then_silent_is_gone_at_once(r):
    r.wait_verdict("ceased", "closing", days=3)
    first = r.wait_mails("ceased")[0]
    silent = r.now()
    r.partners["ceased"].refuse()
    r.wait_verdict("ceased", "gone", days=1)
    assert r.days_since(silent) < 2
    assert answers(first, r.wait_mails("ceased", 2)[-1])


def test_a_cancelled_notice_is_taken_back(r):
    r.wait_verdict("struck", "closing", days=3)
    first = r.wait_mails("struck")[0]
    r.sim.registers.gazette(SIRENS["struck"], "accounts", "struck-off", CANCELLED)
    r.wait_verdict("struck", "alive", days=4)
    assert r.evidence("struck", "register")[-1] == "active"
    assert answers(first, r.wait_mails("struck", 2)[-1])


def test_a_wrong_number_is_put_right(r):
    """What the register says of another company is forgotten with its number."""
    for name, siren, known in (("typing", None, "unknown"), ("mistake", RIGHT, "active")):
        r.wait_verdict(name, "closing", days=3)
        r.office.change(name, partner={"siren": siren})
        r.vigied.reload()
        r.wait_verdict(name, "alive", days=4)
        assert r.evidence(name, "register")[-1] == known


def test_rescue_is_trading(r):
    r.wait_evidence("rescue", "register", "rescue", days=3)
    r.let_pass(4, since=r.ended)
    r.assert_quiet("rescue", "acquitted")
    assert r.verdict("rescue") == "alive" and "ceased" not in r.evidence("acquitted", "register")


def test_a_name_server_that_fails_says_nothing(r):
    r.let_pass(7, since=r.ended)
    for name in ("servfail", "one-resolver", "expired"):
        assert r.verdict(name) in QUIET - {"alive"}, name
        assert "nxdomain" not in r.weights(name) and "nxdomain" not in r.evidence(name, "dns"), name
    assert "servfail" in r.evidence("servfail", "dns")
    r.assert_quiet("servfail", "one-resolver", "expired")


def test_what_was_read_once_is_no_end(r):
    """NXDOMAIN until one resolver knows the name again; one closing page, then nothing at all."""
    r.let_pass(7, since=r.ended)
    assert r.evidence("slip", "dns")[-1] == "unknown" and "closing-words" not in r.weights("once")
    assert r.verdict("slip") in QUIET - {"alive"} and r.verdict("once") in QUIET - {"alive"}
    r.assert_quiet("slip", "once")


def test_a_name_that_resolves_was_not_given_up(r):
    r.let_pass(7, since=r.ended)
    assert "free" in r.evidence("unknown", "domain") and "redemption" not in r.weights("unknown")
    r.assert_quiet("unknown")


def test_an_expired_certificate_is_an_outage(r):
    r.let_pass(7, since=r.ended)
    assert "expired" in r.evidence("expired", "tls") and 0 < r.weights("expired").get("tls-expired", 0.69) < 1
    renew_certificate(r, "valid")
    r.wait_verdict("expired", "alive", days=4)
    r.assert_quiet("expired")


def test_back_after_a_fire(r):
    """Another address, the same ids, the file changed: recovery in the same thread, nothing lost."""
    r.wait_verdict("fire", "gone", days=6)
    first = r.wait_mails("fire")[0]
    assert r.published("fire") == (0, 12)
    before = sorted(r.office.listings("fire"))
    partner = r.partners["fire"]
    partner.recover(new_address=True)
    partner.set(dns="ok")
    r.office.change("fire", request={"url": partner.base_url + "/items"}, partner={"website": partner.base_url + "/"})
    r.vigied.reload()
    r.wait_verdict("fire", "alive", days=4)
    assert answers(first, r.wait_mails("fire", 2)[-1])
    assert r.published("fire") == (12, 12) and sorted(r.office.listings("fire")) == before
    assert "removed" not in {op for op, _ in r.office.changes("fire")}


def test_each_register_is_asked_once_a_day(r):
    r.let_pass(7, since=r.ended)
    days = r.days_since(r.ended) + 3
    asked = r.sim.registers.requests(register="company", about=SIRENS["rescue"])
    assert 3 <= len(asked) <= days + 2, (len(asked), days)
    named = r.sim.registers.requests(register="domain", about=REDEMPTION)
    assert 1 <= len(named) <= days + 2
    assert r.sim.registers.requests(register="domain", about="well0.example") == []
