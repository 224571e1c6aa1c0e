# SPDX-License-Identifier: Apache-2.0
"""What may be changed over HTTP, by whom: answers to letters, and removals that wait."""
import json
import urllib.parse

import pytest

from sim.canary import WORD
from test_answers import alert, partner, told  # noqa: F401
from test_serve import ask

TOKEN = f"un jeton, {WORD}, qui n'est pas à deviner"


@pytest.fixture
def guarded(office):
    """guarded(): the service, with a token."""
    folder = office.folder / "credentials"
    folder.mkdir()
    (folder / "http").touch(mode=0o600)
    (folder / "http").write_text(TOKEN + "\n", encoding="utf-8")
    office.configure(serve={"token": "credential:http"})
    return office.daemon_served


def post(served, target, token=TOKEN, headers=None, **fields):
    """(status, headers, what the JSON says) of a form that is posted."""
    given = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    if token:
        given["Authorization"] = f"Bearer {token}".encode()
    status, got, body = ask(served, target, "POST", urllib.parse.urlencode(fields), **given)
    return status, got, json.loads(body) if got.get_content_type().endswith("json") else body


def problem(served, status, code, target, **given):
    got, headers, said = post(served, target, **given)
    assert (got, said["code"]) == (status, code), said
    assert headers["Content-Type"] == "application/problem+json" and "Access-Control-Allow-Origin" not in headers
    return headers


def test_an_answer(office, told, guarded):  # noqa: F811
    with guarded() as served:
        status, headers, said = post(served, f"/partners/{told}/answer", answer="ack", note="au téléphone", by="Anne")
        assert status == 200 and headers["Cache-Control"] == "no-cache" and "Access-Control-Allow-Origin" not in headers
        assert said == {"partner": told, "label": "ack", "verdict": "frozen", "until": None, "given_by": "Anne",
                        "note": "au téléphone"}
        assert alert(office)["acknowledged_by"] == "Anne"
        assert [(r["label"], r["note"]) for r in office.rows("SELECT * FROM labels")] == [("ack", "au téléphone")]


def test_a_form_leads_back_to_the_sheet(office, told, guarded):  # noqa: F811
    with guarded() as served:
        browser = {"Accept": "text/html", "Origin": served.url, "Sec-Fetch-Site": "same-origin"}
        form = urllib.parse.urlencode({"answer": "snooze", "days": 3, "token": TOKEN})
        status, headers, _ = ask(served, f"/partners/{told}/answer", "POST", form,
                                 **{"Content-Type": "application/x-www-form-urlencoded", **browser})
        assert (status, headers["Location"]) == (303, f"{served.url}/partners/{told}")
        assert ask(served, f"/partners/{told}", Accept="text/html")[0] == 200
        row = alert(office)
        assert row["answer"] == "snooze" and row["snoozed_until"] > row["at"]


def test_snoozes(office, told, guarded):  # noqa: F811
    with guarded() as served:
        target = f"/partners/{told}/answer"
        assert post(served, target, answer="snooze")[0] == 200
        for wrong in ({"days": "0"}, {"days": "a"}, {"until": "soon"}, {"days": "2", "until": "2030-01-01"}):
            problem(served, 400, "query-param-invalid", target, answer="snooze", **wrong)
        for wrong in ({"days": "367"}, {"days": "999999999999"}, {"until": "2020-01-01"}, {"until": "2190-01-01"}):
            problem(served, 422, "query-param-invalid", target, answer="snooze", **wrong)
        assert len(office.rows("SELECT * FROM labels")) == 1


def test_bad_values(office, told, guarded):  # noqa: F811
    with guarded() as served:
        target = f"/partners/{told}/answer"
        for wrong in ({}, {"answer": "perhaps"}, {"answer": "ack", "days": "3"}, {"answer": "ack", "note": "x" * 2000},
                      {"answer": "ack", "by": "x" * 70}, {"answer": "ack", "note": "a\0b"}):
            problem(served, 400, "query-param-invalid", target, **wrong)
        problem(served, 400, "query-param-unknown", target, answer="ack", force="1")
        problem(served, 400, "query-param-unknown", f"{target}?answer=ack")
        problem(served, 415, "media-type", target, headers={"Content-Type": "application/json"}, answer="ack")
        problem(served, 404, "not-found", "/partners/nobody/answer", answer="ack")
        problem(served, 404, "not-found", "/partners/nobody/accept")
        assert ask(served, target)[0] == 405
        assert office.rows("SELECT * FROM labels") == []


def test_nothing_is_open(office, partner, guarded):  # noqa: F811
    office.sync(partner)
    with guarded() as served:
        problem(served, 409, "nothing-open", f"/partners/{partner}/answer", answer="ack")
        problem(served, 409, "nothing-held", f"/partners/{partner}/accept")
        assert office.rows("SELECT * FROM labels") == []


def test_without_the_token(office, told, guarded):  # noqa: F811
    target = f"/partners/{told}/answer"
    with guarded() as served:
        assert problem(served, 401, "token-missing", target, token=None, answer="ack")["WWW-Authenticate"] == 'Bearer realm="vigie"'
        for wrong in ("un autre jeton", TOKEN + "x", TOKEN[:-1], "x" * 5000):
            headers = problem(served, 401, "token-wrong", target, token=wrong, answer="ack")
            assert 'error="invalid_token"' in headers["WWW-Authenticate"]
        problem(served, 401, "token-missing", target, token=None, headers={"Authorization": "Basic eDp5"}, answer="ack")
        assert ask(served, target, "OPTIONS")[1].get("Access-Control-Allow-Methods") is None
        assert TOKEN not in served.log()
    assert office.rows("SELECT * FROM labels") == []


def test_pages_of_other_sites(office, told, guarded):  # noqa: F811
    """Even with the token, which such a page would have to know."""
    target = f"/partners/{told}/answer"
    with guarded() as served:
        for foreign in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Sec-Fetch-Site": "same-site"}, {"Origin": served.url + "1"}, {"Origin": served.url[:-1]}):
            problem(served, 403, "cross-origin", target, headers=foreign, answer="ack")
        for own in ({"Origin": served.url}, {"Origin": "https://vigie.office.example", "Sec-Fetch-Site": "same-origin"}):
            assert post(served, target, headers=own, answer="ack")[0] == 200, "a proxy may hide our address from us"


def test_who_tries_tokens_is_stopped(office, told, guarded):  # noqa: F811
    target = f"/partners/{told}/answer"
    with guarded() as served:
        for n in range(10):
            problem(served, 401, "token-wrong", target, token=f"try {n}", answer="ack")
        for token in ("try again", TOKEN):
            assert problem(served, 429, "too-many", target, token=token, answer="ack")["Retry-After"] == "60"
        assert served.log().count("wrong tokens") == 1
        assert ask(served, "/livez")[0] == 200


def test_no_token_is_set(office, told):  # noqa: F811
    with office.daemon_served() as served:
        problem(served, 403, "no-token", f"/partners/{told}/answer", answer="ack")
        problem(served, 403, "no-token", f"/partners/{told}/accept", token=None)


def test_accept(office, make, guarded):
    partner = make("plain", count=40, paging="none")  # noqa: F811
    name = office.add(partner)
    office.sync(name)
    partner.remove(30)
    office.sync(name)
    assert office.sync(name)["held"] == 30
    with guarded() as served:
        status, _, said = post(served, f"/partners/{name}/accept")
        assert (status, said) == (200, {"partner": name, "removed": 30})
        problem(served, 409, "nothing-held", f"/partners/{name}/accept")
        _, _, body = ask(served, "/metrics")
        assert f'vigie_partner_changes_total{{partner="{name}",op="removed"}} 30\n'.encode() in body
    assert len(office.ids(name)) == 10
