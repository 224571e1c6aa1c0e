# SPDX-License-Identifier: Apache-2.0
"""When to ask again: Retry-After is never shortened, retries are for what can heal, failures make us ask less."""
import datetime
import gzip
import time

import pytest

from formats import partner_file
from office import wait_until

FAST = {"limits": {"max_retries": 3}}


def gaps(partner):
    """Seconds between one request and the next."""
    times = [e["at"] for e in partner.requests()]
    return [b - a for a, b in zip(times, times[1:])]


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


# ---- Retry-After


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["retry_after", "retry_after_date"])
def test_retry_after_is_waited_for(office, make, status, form):
    partner = make(count=3)
    name = office.add(partner, **FAST)
    partner.fault("status", status=status, count=1, **{form: 2})
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["added"]) == ("complete", 2, 3), run
    wait, = gaps(partner)
    assert (2 if form == "retry_after" else 1) <= wait < 4, "a date has whole seconds"


def test_retry_after_of_a_later_page(office, make):
    partner = make(paging="next-url")
    name = office.add(partner, **FAST)
    partner.fault("status", page=2, status=429, count=2, retry_after=1)
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["added"]) == ("complete", 5, 25)
    assert [int(g >= 1) for g in gaps(partner)] == [0, 1, 1, 0]


@pytest.mark.parametrize("status,kind", [(429, "throttled"), (503, "throttled")])
@pytest.mark.parametrize("form", ["retry_after", "retry_after_date"])
def test_a_wait_longer_than_the_budget_parks_the_run(office, make, status, kind, form):
    partner = make(count=3)
    name = office.add(partner, limits={"max_retries": 3, "run": "30s"})
    partner.fault("status", status=status, **{form: 600})
    start = time.time()
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["requests"]) == ("refused", kind, 1), run
    assert time.time() - start < 10
    state, = office.rows("SELECT next_poll FROM partners WHERE partner = ?", name)
    assert start + 598 <= seconds(state["next_poll"])
    assert "wait until" in run["detail"]


@pytest.mark.parametrize("coding,body", [("br", b"\x0b\x01\x80ab"), ("gzip", b"Too many requests"), ("gzip", gzip.compress(b"Too many", mtime=0)[:-6]),
                                         ("gzip", b"")], ids=["unknown", "not so", "cut", "empty"])
def test_a_refusal_that_cannot_be_decoded(office, make, coding, body):
    """What it says it says by its status and its head; a list that cannot be decoded is none."""
    partner = make("raw")
    name = partner_file(office, partner, "csv", "/list", csv={"id": "/id"}, map={"title": "/title"})
    rest = f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    if body:
        partner.route("/list", wire=b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n" + rest)
        run = office.sync(name)
        assert (run["outcome"], run["error_kind"]) in [("failed", "format"), ("failed", "truncated")], run
    partner.route("/list", wire=b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\n" + rest)
    start = time.time()
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["requests"]) == ("refused", "throttled", 1), run
    state, = office.rows("SELECT next_poll FROM partners WHERE partner = ?", name)
    assert "wait until" in run["detail"] and start + 3598 <= seconds(state["next_poll"])


def test_parked_across_a_restart(office, make):
    """Neither another command nor another process asks before the time."""
    partner = make(count=3)
    name = office.add(partner, limits={"run": "1s"}, partner={"interval": "1s"})
    partner.fault("status", status=429, retry_after=4)
    office.sync(name)
    parked = time.time()
    partner.clear()
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["exit"]) == ("not-stored", "throttled", 1), run
    assert "asked to wait until" in run["detail"]
    with office.daemon():
        first, second = partner.wait_for_requests(2, timeout=20)[:2]
        wait_until(lambda: [run["outcome"] for run in office.runs(name)][1:2] == ["complete"], "the run that was parked")
    assert second["at"] - first["at"] >= 4 and second["at"] >= parked + 3


def test_no_retry_after_means_back_off(office, make):
    partner = make(count=3)
    name = office.add(partner, **FAST)
    partner.fault("status", status=503, count=2)
    run = office.sync(name, timeout=30)
    assert (run["outcome"], run["requests"]) == ("complete", 3)
    first, second = gaps(partner)
    assert first <= 1.5 and second <= 2.5, "full jitter: up to one second, then up to two"


# ---- what is asked again, and what is not


HEALS = {"500": ("status", {"status": 500}), "502": ("status", {"status": 502}), "408": ("status", {"status": 408}),
         "reset before": ("reset", {"where": "before"}), "reset in the middle": ("reset", {"where": "middle"}),
         "closed": ("close", {"where": "before"}), "closed in the middle": ("close", {"where": "middle"}),
         "too short": ("length", {"by": 100}), "bad chunk": ("chunked", {"end": "cut"}),
         "half a document": ("prefix", {"part": 0.5}), "nearly all of it": ("prefix", {"part": 0.999}),
         "a stall": ("stall", {"where": "middle"})}


@pytest.mark.parametrize("what", HEALS)
def test_what_heals_is_asked_again(office, make, what):
    partner = make(paging="next-url")
    name = office.add(partner, limits={"max_retries": 2, "stall": "1s"})
    kind, options = HEALS[what]
    # on a connection that was used before libcurl asks again by itself
    partner.fault(kind, page=1 if options.get("where") == "before" else 2, count=1, **options)
    run = office.sync(name)
    assert (run["outcome"], run["requests"], run["seen"], run["added"]) == ("complete", 4, 25, 25), run
    assert run["exit"] == 0 and run["quarantined"] == 0


HOPELESS = {400: "http", 401: "auth", 403: "auth", 404: "http", 405: "http", 410: "http", 451: "http", 501: "http"}


@pytest.mark.parametrize("status", HOPELESS)
def test_what_cannot_heal_is_not_asked_again(office, make, status):
    partner = make(count=3)
    name = office.add(partner, **FAST)
    partner.fault("status", status=status)
    run = office.sync(name)
    assert (run["requests"], run["http_status"], run["error_kind"]) == (1, status, HOPELESS[status]), run
    assert run["outcome"] == ("refused" if status in (401, 403) else "failed") and run["exit"] == 1
    assert str(status) in run["detail"]


@pytest.mark.parametrize("fault", ["html", "error-document", "garbage"])
def test_nonsense_is_not_asked_again(office, make, fault):
    partner = make(count=3)
    name = office.add(partner, **FAST)
    partner.fault(fault)
    assert office.sync(name)["requests"] == 1


def test_retries_have_an_end(office, make):
    partner = make(count=3)
    name = office.add(partner, limits={"max_retries": 1})
    partner.fault("status", status=500)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["requests"]) == ("failed", "http", 2)


# ---- a partner that keeps failing


def test_polls_stand_on_a_grid(office, make):
    """A failure leaves a partner on the points of its interval; from the second on they are further apart, up to a day."""
    partner = make(count=3)
    name = office.add(partner, partner={"interval": "4h"})
    partner.fault("status", status=500)
    planned = []
    for _ in range(6):
        office.sync(name)
        planned.append(seconds(office.one("SELECT next_poll FROM partners WHERE partner = ?", name)))
    now = time.time()
    for at, hours in zip(planned, [4, 8, 16, 24, 24, 24]):
        assert now - 5 < at <= now + hours * 3600, planned
        assert (at - planned[0]) % (4 * 3600) == 0 and (at - planned[-1]) % (min(hours, 8) * 3600) == 0, planned
    partner.clear()
    assert office.sync(name)["outcome"] == "complete"
    assert seconds(office.one("SELECT next_poll FROM partners WHERE partner = ?", name)) <= time.time() + 4 * 3600


def test_a_failing_partner_is_never_abandoned(office, make):
    """A fortnight in a few seconds: asked less and less, but at least once a day; at its return all is as ever."""
    partner = make(count=3)
    name = office.add(partner, partner={"interval": "1h"})
    office.sync(name)
    partner.fault("status", status=500)
    partner.clear_log()
    with office.daemon("--speed", 200_000) as vigied:  # a day in 0.43 seconds
        wait_until(lambda: len(office.runs(name)) > 14, "polls of a fortnight", 30)
        partner.clear()
        wait_until(lambda: office.runs(name)[-1]["outcome"] == "complete", "its return", 30)
        vigied.wait_log("answers again")
        log = vigied.log()
    failed = [r for r in office.runs(name) if r["outcome"] == "failed"]
    starts = [seconds(r["started"]) for r in failed]
    waits = [(b - a) / 3600 for a, b in zip(starts[:-1], starts[1:])]
    # A busy machine may be late for any of them.
    assert min(waits[-6:]) <= 26, waits
    assert sum(waits[:3]) < sum(waits[-3:]), waits
    assert log.count(f"{name}: failed") == 1, "that it begins is told, once"


def test_a_run_has_a_budget(office, make):
    partner = make(paging="next-url")
    name = office.add(partner, limits={"run": "1s"})
    partner.fault("stall", page=2, where="before")
    start = time.time()
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["added"]) == ("partial", "timeout", 10), run
    assert 1 <= time.time() - start < 5


@pytest.mark.parametrize("limit,fault,options", [
    ("stall", "stall", {"where": "before"}), ("stall", "stall", {"where": "middle"}),
    ("request", "drip", {"interval": 0.05, "bytes": 1}), ("request", "tar-pit", {})], ids=str)
def test_a_request_has_a_budget(office, make, limit, fault, options):
    partner = make(count=3)
    name = office.add(partner, limits={limit: "1s", "run": "30s"})
    partner.fault(fault, **options)
    start = time.time()
    run = office.sync(name)
    assert (run["error_kind"], run["exit"]) == ("timeout", 1), run
    assert 1 <= time.time() - start < 10, "libcurl measures the speed over five seconds"


def test_the_rate_budget(office, make):
    """Two a second: five pages take two seconds, less what may come at once at the start."""
    partner = make(paging="next-url", count=50)
    name = office.add(partner, limits={"rate_per_minute": 120})
    run = office.sync(name)
    assert (run["outcome"], run["requests"]) == ("complete", 5)
    times = [e["at"] for e in partner.requests()]
    assert 1.4 <= times[-1] - times[0] < 5


def test_an_answer_that_broke_off_is_not_shown(office, make):
    """« vigie try » shows what the one that counts gave, below it."""
    partner = make(count=3)
    name = office.add(partner, limits={"max_retries": 3})
    partner.fault("close", where="middle", count=1)
    done = office.vigie("try", name)
    assert done.returncode == 0, done
    _, broken, whole = done.stdout.split("> GET ")
    answer, rows = whole.split("\n\n", 1)
    assert broken.splitlines()[1].startswith("< 200, ") and broken.count("\n") == 2, done.stdout
    assert answer.endswith(" 3 items") and rows.count("    title ") == 3 and ": 3 listings, 0 withdrawn" in rows, done.stdout
