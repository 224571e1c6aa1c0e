# SPDX-License-Identifier: Apache-2.0
"""TLS is verified: whose certificate it is, who signed it, until when."""
import pytest


def secure(office, make, kind="valid", trusted=True, **sections):
    """A partner behind https with a certificate of that kind, and its name."""
    partner = make(paging="next-url")
    if kind != "valid":
        partner.set(tls=kind)
    name = office.add(partner, request={"url": partner.https_base_url + "/items"}, **sections)
    if trusted:
        office.configure(fetch={"ca_file": office.sim.ca})
    return partner, name


def test_a_valid_certificate(office, make):
    partner, name = secure(office, make)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["requests"]) == ("complete", 25, 3), run
    assert all(e["secure"] for e in partner.requests())


@pytest.mark.parametrize("kind,words", [("expired", "expired"), ("wrong-name", "name"), ("untrusted", "issuer")])
def test_certificates_that_are_refused(office, make, kind, words):
    partner, name = secure(office, make, kind)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["requests"], run["exit"]) == ("failed", "tls", 1, 1), run
    assert partner.requests() == [] and "certificate" in run["detail"] and words in run["detail"], run["detail"]
    assert office.runs(name)[0]["error_kind"] == "tls"


def test_the_systems_authorities_by_default(office, make):
    partner, name = secure(office, make, trusted=False)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "tls") and partner.requests() == []


def test_it_is_not_asked_again_soon(office, make):
    _, name = secure(office, make, "expired", limits={"max_retries": 3})
    assert office.sync(name)["requests"] == 1


def test_a_renewed_certificate(office, make):
    partner, name = secure(office, make, "expired")
    office.sync(name)
    partner.set(tls="valid")
    assert office.sync(name)["added"] == 25


def test_what_was_there_stays(office, make):
    partner, name = secure(office, make)
    office.sync(name)
    partner.set(tls="untrusted")
    for _ in range(3):
        assert office.sync(name)["removed"] == 0
    assert len(office.ids(name)) == 25


def test_from_https_to_http_is_refused(office, make):
    partner, name = secure(office, make)
    partner.fault("redirect", to="downgrade")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("refused", "redirect"), run
    assert "https to http" in run["detail"] and all(e["secure"] for e in partner.requests())


def test_plain_http_on_the_secure_port(office, make):
    partner = make()
    name = office.add(partner, request={"url": partner.https_base_url.replace("https:", "http:") + "/items"})
    assert office.sync(name)["outcome"] == "failed"


def test_tls_where_plain_http_answers(office, make):
    partner = make()
    name = office.add(partner, request={"url": partner.base_url.replace("http:", "https:") + "/items"},
                      limits={"connect": "1s"})
    run = office.sync(name)
    assert run["outcome"] == "failed" and run["error_kind"] in ("tls", "timeout"), run


def test_an_authority_that_is_not_there(office, make):
    _, name = secure(office, make, trusted=False)
    office.configure(fetch={"ca_file": "/nowhere/ca.pem"})
    done = office.vigie("sync", name)
    assert done.returncode != 0 and "/nowhere/ca.pem" in done.stdout + done.stderr, done
