# SPDX-License-Identifier: Apache-2.0
"""The ends of partners, as they were seen: the catalogue keeps every listing, and the ledger says what was met."""
import pytest

from sim.ends import ENDS

# end -> outcome, error kind, http status, a word of what is said; of an end that the list does not show: a good run
EXPECTED = {
    "moved": ("refused", "redirect", 301, "homeexchange.example"),
    "renamed": ("complete", "none", 200, ""),
    "frozen": ("complete", "none", 200, ""),
    "locked": ("refused", "auth", 401, "401"),
    "refused": ("failed", "connect", 0, "connection"),
    "closing": ("failed", "format", 200, "web page"),
    "reused": ("failed", "format", 200, "web page"),
    "parked": ("failed", "format", 200, "web page"),
    "emptied": ("complete", "empty", 200, "empty"),
    "fire": ("failed", "connect", 0, "connection"),
    "bought": ("complete", "none", 200, ""),
    "urls-changed": ("complete", "none", 200, ""),
    "page-lost": ("partial", "total", 200, "declared"),
    "challenged": ("refused", "auth", 403, "403"),
    "limited": ("refused", "throttled", 429, "wait until"),
    "token-expired": ("refused", "auth", 401, "401"),
    "gone": ("failed", "http", 410, "410"),
    "outage": ("failed", "http", 503, "503"),
}


def test_every_end_is_here():
    assert set(EXPECTED) == set(ENDS)


def ended(office, make, end):
    """A partner that was read well, and then ended so."""
    partner = make("yescapa")
    name = office.add(partner, limits={"run": "30s"})
    assert office.sync(name)["added"] == 90
    partner.end(end)
    return partner, name


@pytest.mark.parametrize("end", EXPECTED)
def test_ends_remove_nothing(office, make, end):
    partner, name = ended(office, make, end)
    ids = office.ids(name)
    outcome, kind, status, words = EXPECTED[end]
    for n in range(3):
        run = office.sync(name)
        if n > 0 and end == "limited":
            assert (run["outcome"], run["error_kind"]) == ("not-stored", "throttled"), "it is not even asked"
            continue
        assert (run["outcome"], run["error_kind"], run["http_status"]) == (outcome, kind, status), run
        assert words in run["detail"] and (run["removed"], run["added"]) == (0, 0)
    assert office.ids(name) == ids and "removed" not in {op for op, _ in office.changes(name)}
    last = office.runs(name)[-1]
    assert (last["outcome"], last["error_kind"]) == (outcome, None if kind == "none" else kind)
    row, = office.rows("SELECT * FROM partners WHERE partner = ?", name)
    assert row["listing_count"] == 90
    good = outcome == "complete"
    assert (row["last_success"] == row["last_attempt"]) == good or row["last_success"] >= office.runs(name)[0]["started"]


@pytest.mark.parametrize("end", sorted(set(EXPECTED) - {"urls-changed", "limited"}))
def test_back_from_the_end(office, make, end):
    """It returns under the same ids: nothing was lost, nothing comes twice."""
    partner, name = ended(office, make, end)
    before = office.contents(name)
    office.sync(name)
    partner.recover()
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["changed"], run["removed"], run["held"]) == ("complete", 0, 0, 0, 0), run
    assert office.contents(name) == before


def test_back_on_another_address(office, make):
    """After the fire the list has another host: the file is mended, the ids are the same."""
    partner, name = ended(office, make, "fire")
    office.sync(name)
    partner.recover(new_address=True)
    office.change(name, request={"url": partner.url}, partner={"website": partner.base_url})
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["removed"], run["listings"]) == ("complete", 0, 0, 90), run
