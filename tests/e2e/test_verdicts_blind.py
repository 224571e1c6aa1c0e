# SPDX-License-Identifier: Apache-2.0
"""Is it us?  When everybody falls silent together nothing is decided; who shares a domain or an address is not everybody."""
import datetime

import pytest

from mailbox import text
from rehearsal import answers, rehearse

HOST, AGAIN = "one and the same breakdown", "that failed together are judged again"
BLIND, SEEING = "Vigie sees nothing at the moment", "Vigie sees again"
EVERYBODY = tuple(f"well{i}" for i in range(6))


@pytest.fixture
def r(tmp_path):
    with rehearse(tmp_path, 20000) as r:
        yield r


def strike(partners):
    for partner in partners:
        partner.refuse()


def heal(partners):
    for partner in partners:
        partner.recover()


def words(letter):
    """Its text without its lines."""
    return " ".join(text(letter).split())


def letters(r, subject):
    return r.post.find(lambda m: subject in m["Subject"])


def test_all_silent_and_the_control_host_too(r):
    """Two days without network: one letter after six hours, one when it is over, and nobody was suspected."""
    control = r.sim.create("control", shape="raw")
    r.office.configure(watch={"control": control.base_url + "/"})
    r.crowd(6)
    with r.daemon() as vigied:
        r.wait_all_alive()
        struck = r.now()
        strike([control, *r.partners.values()])
        vigied.wait_log("it is us, and nothing is decided", timeout=20)
        r.let_pass(0.2, since=struck)
        assert letters(r, BLIND) == []
        r.post.wait(lambda m: BLIND in m["Subject"])
        assert r.days_since(struck) > 0.25
        vigied.wait_said("STATUS=BLIND since ", timeout=20)
        r.let_pass(3, since=struck)
        assert all([v for _, v in r.verdicts(name)] == ["alive"] for name in EVERYBODY)
        heal([control, *r.partners.values()])
        r.post.wait(lambda m: SEEING in m["Subject"])
        r.let_pass(2)
        (blind,), (seeing,) = letters(r, BLIND), letters(r, SEEING)
        assert answers(blind, seeing)
        for name in EVERYBODY:
            assert [v for _, v in r.verdicts(name)] == ["alive"], name
        r.assert_quiet(*EVERYBODY)
        assert len(r.post.mails) == 2


def test_half_of_them_at_once(r):
    """The control host answers, but partners that have nothing in common fail together: clocks stand still."""
    r.crowd(6)
    fallen = EVERYBODY[:4]
    with r.daemon():
        r.wait_all_alive()
        strike(r.partners[name] for name in fallen)
        r.post.wait(lambda m: BLIND in m["Subject"])
        blind = r.now()
        r.let_pass(4)
        late = [(at, v) for name in fallen for at, v in r.verdicts(name) if at > blind]
        assert late == [], "nothing is decided"
        heal(r.partners[name] for name in fallen)
        r.post.wait(lambda m: SEEING in m["Subject"])
        for name in fallen:
            r.wait_verdict(name, "alive", days=3)
        r.assert_quiet(*EVERYBODY)
        assert len(letters(r, BLIND)) == len(letters(r, SEEING)) == 1


def test_partners_behind_one_domain(r):
    """Three partners of one platform that ends: one letter, nobody is judged for a day, then each of them is gone."""
    platform = r.sim.create("platform", shape="plain", count=12, paging="none")
    trio = ("boats", "meals", "camper-vans")
    for name in trio:
        r.add(name, platform)
    r.crowd(3)
    with r.daemon():
        r.wait_all_alive()
        platform.set(dns="nxdomain")
        platform.refuse()
        struck = r.now()
        host, = r.post.wait(lambda m: HOST in m["Subject"])
        assert "one and the same name on the Internet" in words(host)
        assert all(f"Partenaire {name}" in words(host) for name in trio)
        for name in trio:
            r.wait_verdict(name, "gone", days=6)
            judged = [at for at, verdict in r.verdicts(name) if verdict not in ("alive", "outage")]
            assert min(judged) - struck > datetime.timedelta(days=1), "nobody is judged for a day"
        for name in trio:
            assert r.wait_mails(name, n=2)
        assert len(letters(r, HOST)) == 1 and letters(r, AGAIN) == letters(r, BLIND) == []
        r.assert_quiet("well0", "well1", "well2")


def test_partners_behind_one_address(r):
    """Three services that have nothing in common but the machine they live on: one letter, and clocks stand still."""
    trio = ("boats", "meals", "vans")
    for name in trio:
        partner = r.sim.create(name, shape="plain", count=12, paging="none", domain=f"{name}.localhost")
        base = f"http://{name}.localhost:{r.sim.port}"
        r.add(name, partner, request={"url": base + partner.info()["url"].removeprefix(partner.base_url)},
              partner={"website": base + "/"})
    r.crowd(5)
    with r.daemon():
        r.wait_all_alive()
        r.let_pass(1)
        for name in trio:
            r.partners[name].fault("reset", scope="any")
        struck = r.now()
        host, = r.post.wait(lambda m: HOST in m["Subject"])
        assert r.days_since(struck) > 0.25
        assert all(f"Partenaire {name}" in words(host) for name in trio)
        r.let_pass(4, since=struck)
        assert [[v for _, v in r.verdicts(name)] for name in trio] == [["alive"]] * 3, "nothing is decided"
        for name in trio:
            r.partners[name].clear()
        again, = r.post.wait(lambda m: AGAIN in m["Subject"])
        assert answers(host, again)
        for name in trio:
            assert [v for _, v in r.verdicts(name)] == ["alive"], name
        assert len(r.post.mails) == 2
