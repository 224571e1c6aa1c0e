# SPDX-License-Identifier: Apache-2.0
"""Programs elsewhere are told of changes: nothing is left out, whatever happens to them, to us, and between."""
import datetime
import json
import time

import pytest

import webtools
from office import wait_until
from receiver import Receiver, answer

SPEED = 20000  # a day in 4.3 s
LISTINGS = "listing.added listing.changed listing.removed"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def boats(office, make):
    """A partner of three listings, polled often."""
    partner = make("plain", count=3, paging="none")
    partner.file = office.add(partner, "boats", partner={"interval": "1s", "kind": "boat"})
    return partner


@pytest.fixture
def fast_boats(office, boats):
    office.change("boats", partner={"interval": "1h"})
    return boats


def hook_row(office, name="site"):
    rows = office.rows("SELECT * FROM hook WHERE hook = ?", name)
    return rows[0] if rows else None


def changes(office):
    return [r["change"] for r in office.rows("SELECT change FROM changes ORDER BY change")]


def test_events(office, boats, receiver):
    """What is added, changed and removed comes once, in order, signed, as both standards have it."""
    receiver.hook(office, "site", events=LISTINGS)
    with office.daemon() as vigied:
        receiver.wait(3, "listing.added")
        boats.change(1, title="Autrement « \\ »")
        changed, = receiver.wait(1, "listing.changed")
        before = set(boats.ids())
        boats.remove(1)
        gone, = before - set(boats.ids())
        removed, = receiver.wait(1, "listing.removed")
        boats.restore()
        receiver.wait(4, "listing.added")
        assert "<3>" not in vigied.log() and "<4>" not in vigied.log(), vigied.log()
    events = receiver.events()
    assert [e["type"] for e in events] == ["listing.added"] * 3 + ["listing.changed", "listing.removed", "listing.added"]
    assert [e["data"]["change"] for e in events] == changes(office)
    assert len({e["id"] for e in events}) == len(events)
    for request, event in zip(receiver.requests, events):
        assert receiver.signed(request) and request.headers["webhook-id"] == event["id"]
        assert request.headers["content-type"].startswith("application/cloudevents+json")
        assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
        assert event["specversion"] == "1.0" and event["source"] and event["time"] == event["timestamp"]
        assert set(event) >= {"type", "timestamp", "data"}, "Standard Webhooks"
        assert event["subject"] == event["data"]["uid"] and event["data"]["partner"] == "boats"
        assert len(request.body) < 20_000
    listing = changed["data"]["listing"]
    assert listing["type"] == "Feature" and listing["id"] == changed["subject"]
    assert listing["properties"]["title"] == "Autrement « \\ »"
    assert all("listing" in e["data"] for e in receiver.events("listing.added"))
    assert removed["data"]["uid"] == f"boats:{gone}" and "listing" not in removed["data"]


# ---- what does not fit the rules of the network


def test_private_address(office, boats, receiver):
    """Without allow_private nothing is sent to this machine, and http is no choice."""
    receiver.hook(office, "site", allow_private=None)
    done = office.vigie("check-config")
    assert done.returncode == 2 and "https://" in done.stderr, done
    receiver.hook(office, "site", allow_private=None, url=receiver.url.replace("http:", "https:"))
    with office.daemon() as vigied:
        vigied.wait_log("hook site: message .* not delivered yet: .*private address")
    done = office.vigie("hooks", "test", "site")
    assert done.returncode == 1 and "private address" in done.stderr and "allow_private" in done.stderr, done
    assert receiver.requests == []


def test_redirect(office, boats, receiver):
    """An answer that leads elsewhere is a failure, and nobody goes there."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = answer(302, {"Location": receiver.url + "/elsewhere"})
    with office.daemon("--speed", 60) as vigied:
        vigied.wait_log("<4>hook site: message .* not delivered yet: the answer was 302")
        receiver.mood = answer(200)
        receiver.wait(3)
    assert receiver.visits == [] and {r.path for r in receiver.requests} == {"/hook"}


# ---- a receiver that is in trouble


def hours(requests):
    """Hours between the attempts."""
    at = [int(r.headers["webhook-timestamp"]) for r in requests]
    return [(b - a) / 3600 for a, b in zip(at, at[1:])]


def test_schedule(office, fast_boats, receiver):
    """Tried again after 5 s, 5 min … 24 h, then every day: the same message each time, anew signed; after that all the rest."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = answer(503, body=b"Revenez \x1b[31m plus tard")
    with office.daemon("--speed", 10 * SPEED) as vigied:
        attempts = receiver.wait_requests(12)
        said, = vigied.wait_log(r"<3>hook site: nothing was delivered for (\d+) hours: .*503: Revenez \\x1b")
        wait_until(lambda: "hook site not told since" in vigied.said("STATUS=")[-1], "the status says so")
        receiver.mood = answer(200)
        receiver.wait(3)
        vigied.wait_log("<5>hook site: delivers again, after")
        assert [vigied.log().count(text) for text in ("not delivered yet", "nothing was delivered")] == [1, 1]
    waits = [5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24, 24, 24]
    # A fast clock is late by what a busy machine takes: a second is two days.
    for found, wait in zip(hours(attempts), waits):
        assert found >= wait, (hours(attempts), waits)
    assert int(said) >= 24
    first = attempts[0]
    for request in attempts:
        assert receiver.signed(request) and request.body == first.body
        assert request.headers["webhook-id"] == first.headers["webhook-id"]
    assert len({r.headers["webhook-signature"] for r in attempts}) == len(attempts)
    assert [e["data"]["change"] for e in receiver.events()] == changes(office)


def test_down(office, fast_boats, receiver):
    """Nobody listens for days: it is said, and then everything comes, once and in order."""
    receiver.hook(office, "site", events=LISTINGS)
    receiver.stop()
    with office.daemon("--speed", 10 * SPEED) as vigied:
        vigied.wait_log("hook site: nothing was delivered for .*no connection|hook site: nothing was delivered for")
        fast_boats.change(1, title="Plus tard")
        wait_until(lambda: len(changes(office)) >= 4, "a change")
        receiver.start()
        receiver.wait(4)
        vigied.wait_log("delivers again")
    assert [e["data"]["change"] for e in receiver.events()] == changes(office)


def test_a_day_is_told(office, boats, receiver):
    """« vigie partners » and « vigie hooks » say who is not told."""
    receiver.hook(office, "site", events=LISTINGS)
    receiver.hook(office, "quiet", enabled="no")
    receiver.mood = answer(500)
    with office.daemon("--from", "2020-01-01T00:00:00Z"):
        receiver.wait_requests(1)
        wait_until(lambda: hook_row(office)["first_failure_ms"], "it is marked")
    done = office.vigie("partners")
    assert done.returncode == 0 and "the hook site cannot be told anything since 2020-01-01" in done.stderr, done
    sheets = {s["hook"]: s for s in json.loads(office.vigie("hooks", "--json").stdout)}
    assert sheets["quiet"]["state"] == "off"
    site = sheets["site"]
    waiting = len(changes(office)) + len(office.rows("SELECT * FROM verdicts"))
    assert (site["state"], site["delivered"], site["waiting"]) == ("failing", 0, waiting)
    assert site["last_error"] == "the answer was 500"
    assert "failing" in office.vigie("hooks", "list").stdout and receiver.secret not in office.last.stdout


def test_gone(office, boats, receiver):
    """410: nothing more is sent, also after a restart, until somebody says so."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = answer(410)
    with office.daemon() as vigied:
        vigied.wait_log("<3>hook site: the receiver wants no more messages .*vigie hooks resume site")
        wait_until(lambda: hook_row(office)["disabled_ms"], "it is disabled")
    assert "told nothing since" in office.vigie("partners").stderr
    assert json.loads(office.vigie("hooks", "--json").stdout)[0]["state"] == "disabled"
    receiver.mood = answer(200)
    with office.daemon():
        wait_until(lambda: len(office.runs("boats")) >= 4, "runs")
        assert len(receiver.requests) == 1
        assert "tries again" in office.vigie("hooks", "resume", "site").stdout
        boats.change(1, title="Encore")
        receiver.wait(3)
    assert office.vigie("hooks", "resume", "sote").returncode == 2


def test_told_to_wait(office, fast_boats, receiver):
    """429 with Retry-After: not before."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = answer(429, {"Retry-After": "7200"})
    with office.daemon("--speed", SPEED):
        receiver.wait_requests(2)
    assert hours(receiver.requests)[0] >= 2


def test_refused(office, fast_boats, receiver):
    """One message that the receiver never takes does not hold the others up for good: it is given up, aloud."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = lambda request: (422 if b'"uid":"boats:2"' in request.body else 200, {}, b"")
    with office.daemon("--speed", 10 * SPEED) as vigied:
        receiver.wait(2)
        vigied.wait_log("<3>hook site: message .* was refused again and again, and is given up: .*422")
        wait_until(lambda: hook_row(office)["refused"] == 1, "it is counted")
    assert json.loads(office.vigie("hooks", "--json").stdout)[0]["given_up"] == 1


def test_refused_over_restarts(office, fast_boats, receiver):
    """A service that starts anew every night gives it up as well: since when it is refused is kept."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = lambda request: (422 if b'"uid":"boats:2"' in request.body else 200, {}, b"")
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=60)
    with office.daemon("--speed", SPEED, "--from", at.strftime("%Y-%m-%dT%H:%M:%SZ")):
        wait_until(lambda: office.rows("SELECT 1 FROM watch_note WHERE name = 'refused-by:site'"), "it is refused")
    asked = len(receiver.requests)
    at += datetime.timedelta(days=4)
    with office.daemon("--speed", SPEED, "--from", at.strftime("%Y-%m-%dT%H:%M:%SZ")):
        wait_until(lambda: hook_row(office)["refused"] == 1, "it is given up")
    assert sum(b'"uid":"boats:2"' in r.body for r in receiver.requests[asked:]) == 1


def test_refused_once_after_trouble(office, fast_boats, receiver):
    """Days of another trouble are none of refusal: the first answer that refuses a message does not lose it."""
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = answer(503)
    with office.daemon("--speed", 10 * SPEED) as vigied:
        receiver.wait_requests(12)
        statuses = iter([400])
        receiver.mood = lambda request: (next(statuses, 200), {}, b"")
        receiver.wait(3)
        vigied.wait_log("delivers again")
        assert "given up" not in vigied.log()
    assert hook_row(office)["refused"] == 0


def test_slow(office, boats, receiver):
    """Who does not answer delays nobody: partners are read, others are told, and the end does not wait."""
    receiver.hook(office, "site", events="listing.added")
    receiver.hold()
    with Receiver() as other:
        other.hook(office, "other", events="listing.added")
        with office.daemon() as vigied:
            receiver.wait_held()
            other.wait(3)
            runs = len(office.runs("boats"))
            wait_until(lambda: len(office.runs("boats")) >= runs + 2, "runs go on")
            start = time.monotonic()
            assert vigied.stop() == 0 and time.monotonic() - start < 10


# ---- and we


@pytest.mark.parametrize("moment", ["before the answer", "after it"])
def test_killed(office, boats, receiver, moment):
    """SIGKILL between sending and marking: the same message again, and nothing is missing."""
    receiver.hook(office, "site", events=LISTINGS)
    with office.daemon() as vigied:
        if moment == "before the answer":
            receiver.at_next(vigied.kill)
        else:
            receiver.wait(1)
            vigied.kill()
        vigied.process.wait(30)
    wait_until(lambda: receiver.requests, "it was read")
    with office.daemon("--speed", 100):  # the claim of who was killed runs out
        wait_until(lambda: {e["data"]["change"] for e in receiver.events()} == set(changes(office)), "all of them")
    by_id = {}
    for request in receiver.requests:
        assert by_id.setdefault(request.headers["webhook-id"], request.body) == request.body
    assert len(receiver.requests) - len(by_id) <= 1, "one at most comes twice"


def test_what_others_bring(office, fast_boats, receiver):
    """Changes by « vigie sync » are told within a minute."""
    office.change("boats", partner={"interval": "30d"})
    receiver.hook(office, "site", events=LISTINGS)
    with office.daemon("--speed", 60):
        receiver.wait(3)
        fast_boats.change(1, title="Par la main")
        office.sync("boats")
        receiver.wait(1, "listing.changed")


def test_two_daemons(office, make, receiver):
    """Two at one catalogue share the work: nothing is sent twice."""
    boats = make("plain", count=20, paging="none")
    office.add(boats, "boats", partner={"interval": "1s"})
    office.configure(log={"level": "debug"})
    receiver.hook(office, "site", events="listing.added")
    receiver.hold()
    with office.daemon():
        receiver.wait_held()
        with office.daemon() as other:
            other.wait_log("hook site: claiming, then resting")
            assert receiver.held() == 1
            receiver.release()
            receiver.wait(20)
    assert [e["data"]["change"] for e in receiver.events()] == changes(office)


# ---- settings


def test_filters_and_batches(office, boats, make, receiver):
    """Each hook has its own choice; one that asks for batches gets arrays."""
    vans = make("plain", count=150, paging="none")
    office.add(vans, "vans", partner={"interval": "1s", "kind": "camper_van"})
    receiver.hook(office, "site", kinds="boat", partners="boats vans", events="listing.added")
    with Receiver() as batches, Receiver() as verdicts:
        batches.hook(office, "batches", partners="vans", batch="yes", events=LISTINGS)
        verdicts.hook(office, "verdicts", partners="vans", events="partner.verdict")
        with office.daemon():
            receiver.wait(3)
            batches.wait(150)
            verdicts.wait(1)
    assert {e["data"]["kind"] for e in receiver.events()} == {"boat"}
    verdict, = verdicts.events()
    assert verdict["data"].items() >= {"partner": "vans", "verdict": "alive", "before": "never-seen"}.items()
    assert len(batches.requests) < 20 and all(len(r.body) <= 65536 for r in batches.requests)
    ids = [e["id"] for e in batches.events()]
    assert len(ids) == len(set(ids)) == 150
    for request in batches.requests:
        assert batches.signed(request)
        assert request.headers["content-type"].startswith("application/cloudevents-batch+json")


@pytest.mark.parametrize("keys, words", [
    ({"events": "listing.add"}, 'did you mean "listing.added"'), ({"kinds": "boats"}, 'did you mean "boat"'),
    ({"partners": "Yescapa"}, "the names of their files"), ({"secret": "whsec_abc"}, "write secret = credential:NAME"),
    ({"url": None}, '"url" is missing in [hook]'), ({"secret": None}, '"secret" is missing'), ({"batch": "maybe"}, "neither yes nor no"),
    ({"url": "http://user:pw@127.0.0.1/"}, "user name or password")])
def test_what_is_wrong_with_a_file(office, receiver, keys, words):
    """« vigie check-config » says where, and what to write instead."""
    receiver.hook(office, "site", **keys)
    done = office.vigie("check-config")
    assert done.returncode == 2 and words in done.stderr and "hooks.d/site.conf:" in done.stderr, done.stderr


def test_secrets(office, receiver):
    """One that is no secret is a problem; one that is not there is said, and stops nobody who only reads."""
    receiver.hook(office, "site", events="listing.added")
    credential = office.folder / "credentials/hook-site"
    for text in ("whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 100):
        credential.write_text(text + "\n")
        done = office.vigie("check-config")
        assert done.returncode == 2 and "24 to 64 bytes" in done.stderr and text + "\n" not in done.stderr, done
    credential.unlink()
    done = office.vigie("check-config")
    assert done.returncode == 0 and "hook site cannot be told anything" in done.stdout and "hook-site" in done.stdout, done
    hook, = json.loads(office.vigie("check-config", "--json").stdout)["hooks"]
    assert hook["hook"] == "site" and hook["missing"]
    with office.daemon() as vigied:
        vigied.wait_log("<3>hook site: nothing can be sent: .*hook-site")


def test_a_secret_is_changed(office, boats, receiver):
    """Meanwhile each message has both signatures, so that no receiver misses one."""
    with Receiver() as other:
        receiver.hook(office, "site", events="listing.added", former_secret="credential:hook-before")
        other.hook(office, "before", enabled="no")
        with office.daemon():
            receiver.wait(3)
        assert all(receiver.signed(r) and other.signed(r) for r in receiver.requests)
        assert not receiver.signed(receiver.requests[0]._replace(body=b"{}"))


def test_files_come_and_go(office, boats, receiver):
    """A reload takes hooks as they are now; one whose file is wrong keeps its place, one that is taken away is forgotten."""
    receiver.hook(office, "site", events=LISTINGS)
    file = office.folder / "hooks.d/site.conf"
    with office.daemon() as vigied:
        receiver.wait(3)
        good = file.read_text()
        file.write_text(good + "evnets = x\n")
        vigied.reload()
        vigied.wait_log(r'<3>.*site.conf:\d+: unknown key "evnets" in \[hook\]: did you mean "events"')
        boats.change(1, title="Un")
        receiver.wait(4)
        file.write_text(good.replace("/hook", "/other"))
        vigied.reload()
        boats.change(1, title="Deux")
        receiver.wait(5)
        assert receiver.requests[-1].path == "/other"
        file.unlink()
        vigied.reload()
        wait_until(lambda: hook_row(office) is None, "it is forgotten")
        boats.change(1, title="Trois")
        runs = len(office.runs("boats"))
        wait_until(lambda: len(office.runs("boats")) >= runs + 2, "runs")
    assert len(receiver.events()) == 5


def test_test(office, boats, receiver):
    """« vigie hooks test » sends one event, signed, without a daemon or a catalogue."""
    receiver.hook(office, "site")
    done = office.vigie("hooks", "test", "site")
    assert done.returncode == 0 and "the test was taken: the answer was 204" in done.stdout, done
    request, = receiver.requests
    assert receiver.signed(request) and json.loads(request.body)["type"] == "vigie.test"
    receiver.mood = answer(401, body=b"bad signature")
    done = office.vigie("hooks", "test", "site")
    assert done.returncode == 1 and "site: the test was not taken" in done.stderr and "401: bad signature" in done.stderr, done
    (office.folder / "credentials/hook-site").unlink()
    done = office.vigie("hooks", "test", "site")
    assert done.returncode == 2 and "hook-site" in done.stderr, done


def test_the_libraries_of_both_standards(office, boats, receiver, tmp_path):
    """Standard Webhooks verifies what was received and refuses what was touched; CloudEvents reads it."""
    receiver.hook(office, "site")
    receiver.hook(office, "batch", batch="yes", events="listing.added")
    with office.daemon():
        receiver.wait(7)
    office.vigie("hooks", "test", "site")
    requests = [{"headers": r.headers, "body": r.body.decode()} for r in receiver.requests]
    touched = [{**requests[0], "body": requests[0]["body"].replace("1.0", "1.1")},
               {**requests[0], "headers": {**requests[0]["headers"], "webhook-id": "another"}},
               {**requests[0], "headers": {**requests[0]["headers"], "webhook-timestamp": str(int(time.time()) - 600)}}]
    (tmp_path / "requests.json").write_text(json.dumps({"secret": receiver.secret, "requests": requests + touched}))
    said = webtools.node("webhook.mjs", tmp_path / "requests.json")
    assert [list(s) for s in said[len(requests):]] == [["error"]] * 3, said
    good = said[:len(requests)]
    assert not any("error" in s for s in good), good
    assert all(e["valid"] and e["data"] == "object" and e["source"] == "urn:vigie" for s in good for e in s["events"])
    assert {e["type"] for s in good for e in s["events"]} == {"listing.added", "partner.verdict", "vigie.test"}
    assert sorted(len(s["events"]) for s in good)[-1] == 3, "the batch"
    assert all(s["payload"] is None or (s["payload"]["timestamp"] and s["payload"]["data"] == "object") for s in good)
