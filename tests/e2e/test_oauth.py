# SPDX-License-Identifier: Apache-2.0
"""OAuth 2.0 client credentials: one token for many requests, refreshed before its end, asked for once more after a 401."""
import base64

import pytest

from office import wait_until
from sim.canary import WORD

SECRET = f"{WORD}-secret-base10"
CLIENT = {"kind": "oauth2", "client_id": "office", "client_secret": SECRET}


def tokens(partner):
    """The requests for tokens."""
    return partner.requests(scope="token")


def desks(office, make, **sections):
    partner = make("base10", count=45)
    return partner, office.add(partner, **sections)


def test_one_token_for_all_pages(office, make):
    partner, name = desks(office, make)
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 45), run
    asked, = tokens(partner)
    assert asked["method"] == "POST" and "grant_type=client_credentials" in asked["body"]
    assert asked["headers"]["authorization"] == "Basic " + base64.b64encode(f"office:{SECRET}".encode()).decode()
    assert WORD not in asked["body"]
    pages = partner.requests(scope="api")
    assert len(pages) == 5 and {e["headers"]["authorization"] for e in pages} == {f"Bearer {WORD}-jeton-1"}


def test_credentials_in_the_body(office, make):
    partner, name = desks(office, make, oauth={"credentials": "body", "scope": "listings read"})
    assert office.sync(name)["outcome"] == "complete"
    asked, = tokens(partner)
    assert "authorization" not in asked["headers"]
    assert {"client_id=office", f"client_secret={SECRET}", "scope=listings%20read"} <= set(
        asked["body"].replace("+", "%20").split("&"))


def test_partner_files_that_share_a_server_have_tokens_of_their_own(office, make):
    partner, first = desks(office, make)
    second = office.add(partner, name="second")
    assert {r["outcome"] for r in office.sync(first, second).values()} == {"complete"}
    assert len(tokens(partner)) == 2


def test_a_token_lasts_from_run_to_run(office, make):
    partner, name = desks(office, make, partner={"interval": "1s"})
    with office.daemon():
        wait_until(lambda: len(office.runs(name)) >= 3, "three runs")
    assert len(tokens(partner)) == 1


def test_refreshed_before_its_end(office, make):
    """An hour's token at 1000 times the speed is asked for again while the old one would still do."""
    partner, name = desks(office, make, partner={"interval": "30m"})
    with office.daemon("--speed", 1000):
        wait_until(lambda: len(office.runs(name)) >= 5, "five runs in two hours")
        assert len(tokens(partner)) >= 2
    assert {r["outcome"] for r in office.runs(name)} == {"complete"}
    assert 401 not in {e["status"] for e in partner.requests()}


@pytest.mark.parametrize("page", [1, 3])
def test_a_refused_token_is_replaced_once(office, make, page):
    partner, name = desks(office, make)
    partner.fault("status", page=page, status=401, count=1)
    run = office.sync(name)
    assert (run["outcome"], run["added"]) == ("complete", 45), run
    assert len(tokens(partner)) == 2
    used = [e["headers"]["authorization"] for e in partner.requests(scope="api")]
    assert used == [f"Bearer {WORD}-jeton-1"] * page + [f"Bearer {WORD}-jeton-2"] * (6 - page)


def test_tokens_that_end_early(office, make):
    partner, name = desks(office, make, partner={"interval": "1s"})
    with office.daemon():
        wait_until(lambda: office.runs(name), "a run")
        partner.expire_tokens()
        n = len(office.runs(name))
        wait_until(lambda: len(office.runs(name)) >= n + 2, "two more")
    assert {r["outcome"] for r in office.runs(name)} == {"complete"} and len(tokens(partner)) == 2


def test_refused_for_good(office, make):
    """401 with a fresh token too: it is asked once more, not for ever."""
    partner, name = desks(office, make, limits={"max_retries": 3})
    partner.fault("status", status=401)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["http_status"]) == ("refused", "auth", 401), run
    assert len(partner.requests(scope="api")) == 2 and len(tokens(partner)) == 2


def test_a_wrong_secret(office, make):
    partner, name = desks(office, make, oauth={"client_secret": f"{WORD}-faux"})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["exit"]) == ("refused", "auth", 1), run
    assert "invalid_client" in run["detail"] and "faux" not in run["detail"]
    assert partner.requests(scope="api") == [] and len(tokens(partner)) == 1


@pytest.mark.parametrize("fault,options,kind", [
    ("html", {}, "auth"), ("empty-body", {}, "auth"), ("scalar", {"text": "{}"}, "auth"),
    ("scalar", {"text": '{"access_token": 5}'}, "auth"), ("scalar", {"text": '{"access_token": "a\\nb"}'}, "auth"),
    ("scalar", {"text": '{"access_token": "x", "token_type": "mac"}'}, "auth"), ("bomb", {"megabytes": 30}, "limit"),
    ("endless", {}, "limit"), ("redirect", {}, "redirect"), ("status", {"status": 404}, None)], ids=str)
def test_token_answers_that_are_none(office, make, fault, options, kind):
    partner, name = desks(office, make)
    partner.fault(fault, scope="token", **options)
    run = office.sync(name)
    assert run["outcome"] in ("failed", "refused") and run["added"] == 0, run
    assert kind is None or run["error_kind"] == kind, run
    assert partner.requests(scope="api") == []


def test_a_token_server_that_fails_for_a_moment(office, make):
    """The run is over, and the next one goes well."""
    partner, name = desks(office, make, limits={"max_retries": 2})
    partner.fault("status", scope="token", status=503, count=1)
    first = office.sync(name)
    assert first["outcome"] in ("complete", "failed", "refused")
    assert office.sync(name)["outcome"] == "complete" and len(office.ids(name)) == 45
