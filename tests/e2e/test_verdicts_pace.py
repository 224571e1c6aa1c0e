# SPDX-License-Identifier: Apache-2.0
"""How often who is asked: light requests while a partner fails, Retry-After, and the switches of the sources."""
import contextlib
import socket
import threading

import pytest

from office import wait_until
from rehearsal import rehearse

HOUR = 3600
SIREN = "000000018"


def asked_at(partner, **filters):
    """When its API was asked, in seconds of this machine."""
    return [e["at"] for e in partner.requests(scope="api", **filters)]


@pytest.fixture
def slow(tmp_path):
    """Ten minutes in 0.3 s, and a partner whose runs are twelve hours apart."""
    with rehearse(tmp_path, 2000) as r:
        r.add("failing", partner={"interval": "12h"})
        r.crowd(2)
        with r.daemon():
            r.wait_all_alive()
            yield r


def run_soon(r, name):
    """A shorter interval is a reason for a poll: the schedule is read anew."""
    r.office.change(name, partner={"interval": "1h"})
    r.vigied.reload()


def test_light_requests_while_it_fails(slow):
    r, partner = slow, slow.partners["failing"]
    partner.clear_log()
    partner.fault("status", status=503)
    run_soon(r, "failing")
    partner.wait_for_requests(1, status=503)
    fell = r.now()
    r.let_pass(6.5 / 24, since=fell)
    times, runs = asked_at(partner), len([x for x in r.office.runs("failing") if x["outcome"] == "failed"])
    light = len(times) - runs
    assert 8 <= light <= 6 + 10 + 3, (light, runs)
    first_hour = [t for t in times if (t - times[0]) * r.speed < HOUR]
    assert 3 <= len(first_hour) <= 8
    later = [t for t in times if (t - times[0]) * r.speed > 2 * HOUR]
    assert len(later) <= len(times) - len(first_hour)


def test_an_answer_starts_a_run_at_once(slow):
    r, partner = slow, slow.partners["failing"]
    partner.fault("status", status=503)
    run_soon(r, "failing")
    wait_until(lambda: "failed" in {x["outcome"] for x in r.office.runs("failing")}, "a run that fails")
    r.office.change("failing", partner={"interval": "12h"})
    r.vigied.reload()
    r.let_pass(1.5 / 24)
    partner.clear()
    back, known = r.now(), len(r.office.runs("failing"))
    wait_until(lambda: r.office.runs("failing")[known:] and r.office.runs("failing")[-1]["outcome"] == "complete",
               "a run that is complete", r.seconds(2 / 24) + 15)
    assert r.days_since(back) < 0.25, "not at the next twelve hours"


@pytest.mark.parametrize("by", ["run", "light-request"])
def test_retry_after_is_obeyed(slow, by):
    """Three hours, whether the run was told so or the light request."""
    r, partner = slow, slow.partners["failing"]
    if by == "light-request":
        partner.fault("status", status=503, count=1)
    partner.fault("status", skip=int(by != "run"), status=503, retry_after=3 * HOUR)
    run_soon(r, "failing")
    told = wait_until(lambda: [e for e in partner.requests(scope="api", status=503)][by != "run":], "to be told")[0]["at"]
    wait_until(lambda: any(t > told for t in asked_at(partner)), "to be asked again", r.seconds(7 / 24) + 15)
    after = [(t - told) * r.speed / HOUR for t in asked_at(partner) if t > told]
    assert after[0] > 2.9, after


# ---- switches


class NameServer:
    """Says SERVFAIL to everything, and counts."""

    def __init__(self):
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                packet, address = self.socket.recvfrom(512)
                self.asked += 1
                self.socket.sendto(packet[:2] + b"\x81\x82" + packet[4:], address)

    def close(self):
        self.socket.close()


@pytest.mark.parametrize("off", ["site", "dns", "rdap", "company", "gazette", None])
def test_a_source_that_is_switched_off_is_not_asked(tmp_path, off):
    switches = {name: "no" if name == off else "yes" for name in ("site", "dns", "rdap", "company", "gazette")}
    with contextlib.closing(NameServer()) as one, contextlib.closing(NameServer()) as two, \
            rehearse(tmp_path, 5000, watch={**switches, "resolvers": f"{one.address} {two.address}"}) as r:
        partner = r.add("failing", partner={"siren": SIREN})
        r.crowd(2)
        registers = r.sim.registers

        def asked():
            return {"site": len(partner.requests(scope="site")), "dns": min(one.asked, two.asked),
                    "rdap": len(registers.requests(register="domain")),
                    "company": len(registers.requests(register="company", about=SIREN)),
                    "gazette": len(registers.requests(register="gazette", about=SIREN))}

        with r.daemon():
            r.wait_all_alive()
            partner.fault("status", status=503)
            wait_until(lambda: all(n for name, n in asked().items() if name != off), "every other source is asked", 30)
            r.wait_verdict("failing", {"outage", "uncertain"}, days=2)
            assert off is None or asked()[off] == 0, asked()
