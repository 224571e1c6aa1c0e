# SPDX-License-Identifier: Apache-2.0
"""JSONTestSuite through the json connector: as whole documents, and as a value in an item.

What must be refused (n_) ends in quarantine or as a clear error, what must be read (y_) is read, and nothing crashes.
Run it with BUILD=a build with sanitizers too.
"""
import json

import pytest

from office import GOOD, JOB_FAILED

CLEAR = {"format", "shape", "truncated", "limit"}


@pytest.fixture(scope="module")
def suite(data):
    folder = data / "json-test-suite/test_parsing"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    files = {f.stem: f.read_bytes() for f in sorted(folder.glob("*.json"))}
    assert len(files) > 250 and {name[:2] for name in files} == {"y_", "n_", "i_"}
    return files


def sync_all(office, make, bodies):
    """Every body is the answer of a partner of its own, all in one « vigie sync --all »; name -> what is said of it."""
    partner, names = make("raw"), {}
    template = ("[partner]\nname = {0}\nkind = place\n[request]\nurl = {1}/{0}\nallow_private = yes\n"
                "[limits]\nmax_retries = 0\nrate_per_minute = 0\n[json]\nitems = {2}\nid = /id\n[map]\nproperties.value = /value\n")
    for number, (name, (items, body)) in enumerate(bodies.items()):
        names[f"p{number}"] = name
        partner.route(f"/p{number}", body)
        office.partner_file(f"p{number}").write_text(template.format(f"p{number}", partner.base_url, items))
    office.configure(fetch={"per_host": 20})
    done = office.vigie("sync", "--all", "--json", timeout=300)
    assert done.returncode in (GOOD, JOB_FAILED) and "Sanitizer" not in done.stderr, done.stderr[-3000:]
    runs = {names[r["partner"]]: r for r in json.loads(done.stdout)}
    assert set(runs) == set(bodies)
    return runs


def test_whole_documents(office, make, suite):
    runs = sync_all(office, make, {name: ("", body) for name, body in suite.items()})
    for name, run in runs.items():
        if run["error_kind"] == "none":
            assert run["added"] == 0, (name, run)  # no item of the suite has an id of its own: they wait in quarantine
            continue
        assert run["error_kind"] in CLEAR and run["outcome"] in ("failed", "partial") and run["detail"], (name, run)
    accepted = {n for n, r in runs.items() if n.startswith("n_") and r["error_kind"] == "none" and r["quarantined"] == 0}
    assert accepted == set(), "neither refused nor in quarantine"


def test_values_in_an_item(office, make, suite):
    head, tail = b'{"items":[{"id":1},{"id":2,"value":', b'},{"id":3}]}'
    runs = sync_all(office, make, {name: ("/items", head + body.strip() + tail) for name, body in suite.items()})
    for name, run in runs.items():
        whole = run["outcome"] == "complete"
        if name.startswith("y_"):
            assert whole and (run["added"], run["quarantined"]) == (3, 0), (name, run)
        elif name.startswith("n_"):
            assert not whole or run["quarantined"] > 0, (name, run)
        if not whole:
            assert run["error_kind"] in CLEAR and run["detail"], (name, run)
        else:
            assert run["added"] + run["quarantined"] >= 3, (name, run)
