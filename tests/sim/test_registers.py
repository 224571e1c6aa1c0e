# SPDX-License-Identifier: Apache-2.0
"""The registers of the simulator: what they say by default, each state, each fault, and what was asked."""
import json

import pytest

from .client import ControlError, Simulator
from .registers import COMPANIES, DOMAINS, NOTICES
from .test_sim import get

SIREN = "000000018"


@pytest.fixture(scope="module")
def sim():
    with Simulator(platforms="none") as running:
        yield running


@pytest.fixture
def registers(sim):
    sim.registers.clear()
    return sim.registers


def domain(registers, name="roulotte.example"):
    status, _, body = get(registers.urls["rdap_url"] + "domain/" + name)
    return status, json.loads(body)


def company(registers, siren=SIREN):
    return json.loads(get(f"{registers.urls['company_url']}?q={siren}")[2])


def gazette(registers, siren=SIREN):
    url = f"{registers.urls['gazette_url']}?where=registre%20like%20%22{siren}%22&order_by=dateparution%20desc&limit=20"
    return json.loads(get(url)[2])


def test_by_default(registers):
    servers = json.loads(get(registers.urls["rdap_bootstrap_url"])[2])["services"]
    assert "example" in servers[0][0] and servers[0][1] == [registers.urls["rdap_url"]]
    status, said = domain(registers)
    assert status == 200 and said["status"] == ["active"] and said["ldhName"] == "roulotte.example"
    assert company(registers)["total_results"] == 0
    assert gazette(registers) == {"total_count": 0, "results": []}


@pytest.mark.parametrize("state", DOMAINS)
def test_domain(registers, state):
    registers.domain("Roulotte.example", state)
    status, said = domain(registers)
    assert (status == 404) == (state == "unregistered")
    if status == 200:
        assert said["status"] == DOMAINS[state][0]
        assert [s["ldhName"] for s in said["nameservers"]] == DOMAINS[state][2]
    assert domain(registers, "autre.example")[1]["status"] == ["active"]


@pytest.mark.parametrize("state", COMPANIES)
def test_company(registers, state):
    registers.company(SIREN, state, date="2026-05-31")
    said = company(registers)
    assert said["total_results"] == len(said["results"]) == (state != "unknown")
    if said["results"]:
        row = said["results"][0]
        assert (row["siren"], row["etat_administratif"]) == (SIREN, COMPANIES[state][0])
        assert row["date_fermeture"] == ("2026-05-31" if state == "ceased" else None)
        assert row["dirigeants"][0]["qualite"] == COMPANIES[state][1]
    assert company(registers, "000000026")["total_results"] == 0


@pytest.mark.parametrize("kind", NOTICES)
def test_notice(registers, kind):
    registers.gazette(SIREN, {"kind": kind, "date": "2026-06-01"})
    row = gazette(registers)["results"][0]
    assert (row["familleavis"], row["typeavis"], row["dateparution"]) == (NOTICES[kind][0], "annonce", "2026-06-01")
    assert row["registre"] == ["000 000 018", SIREN]
    for field in ("jugement", "radiationaurcs", "depot"):
        assert row[field] is None or isinstance(json.loads(row[field]), dict)


def test_notices_that_cancel_and_correct(registers):
    registers.gazette(SIREN, "rescue", "struck-off", {"kind": "struck-off", "cancels": 1}, {"kind": "liquidation", "corrects": 0},
                      registre="text")
    newest = gazette(registers)["results"]
    assert [r["typeavis"] for r in newest] == ["rectificatif", "annulation", "annonce", "annonce"]
    for row, target in ((newest[0], newest[3]), (newest[1], newest[2])):
        previous = json.loads(row["parutionavisprecedent"])
        assert (previous["numeroParution"], previous["numeroAnnonce"]) == (target["parution"], str(target["numeroannonce"]))
    assert newest[0]["registre"] == "000 000 018,000000018"


def test_faults(registers):
    url = f"{registers.urls['company_url']}?q={SIREN}"
    registers.fail("company", status=429, retry_after=3, count=1)
    status, headers, _ = get(url)
    assert (status, headers["Retry-After"]) == (429, "3")
    assert get(url)[0] == 200
    registers.fail("domain", status=500, about="roulotte.example")
    assert domain(registers)[0] == 500 and domain(registers, "autre.example")[0] == 200
    registers.fail("gazette", garbage=True)
    with pytest.raises(ValueError):
        gazette(registers)
    registers.fail("bootstrap", status=503)
    assert get(registers.urls["rdap_bootstrap_url"])[0] == 503


def test_log(registers):
    company(registers)
    domain(registers)
    assert [(r["register"], r["about"], r["status"]) for r in registers.requests()] == [
        ("company", SIREN, 200), ("domain", "roulotte.example", 200)]
    assert len(registers.requests(wait=1, register="domain")) == 1
    with pytest.raises(TimeoutError):
        registers.requests(wait=2, timeout=0.01, register="domain")


def test_malformed_questions(registers):
    assert get(registers.urls["gazette_url"])[0] == 400
    assert get(registers.urls["company_url"])[0] == 400
    assert get(registers.urls["rdap_url"])[0] == 404


@pytest.mark.parametrize("call,words", [
    (lambda r: r.domain("x.example", "x"), "redemption"),
    (lambda r: r.company(SIREN, "x"), "liquidation"),
    (lambda r: r.company("18", "active"), "nine digits"),
    (lambda r: r.gazette(SIREN, "x"), "struck-off"),
    (lambda r: r.fail("x", status=500), "bootstrap"),
    (lambda r: r.fail("company"), "status or garbage"),
    (lambda r: r.sim.call("/registers/x", {}), "no such verb.*gazette"),
    (lambda r: r.sim.call("/registers/domain", {"nom": "x"}), "argument.*state"),
    (lambda r: r.sim.say_of_name("x.example", "x"), "octets"),
])
def test_nonsense_is_refused(registers, call, words):
    with pytest.raises(ControlError, match=words):
        call(registers)
