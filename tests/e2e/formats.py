# SPDX-License-Identifier: Apache-2.0
"""Partners that are read by a connector of their own format: documents at paths of a raw partner."""
import json
import pathlib

from sim import settings

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus"


def partner_file(office, partner, connector, path, /, name=None, **sections):
    """Writes the file of a raw partner that `connector` reads from `path`, with no rate budget, no retries and removal
    without delay by default.  Returns its name."""
    name = name or partner.name
    office.partners[name] = {
        "partner": {"name": name, "connector": connector, "website": partner.base_url, "kind": "place", "interval": "1h"},
        "request": {"url": partner.base_url + path, "allow_private": "yes"},
        "limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"age": "0s"}}
    return office.change(name, **sections)


def try_file(office, name, *words):
    """What « vigie try NAME --json » says."""
    office.vigie("try", name, "--json", *words)
    assert office.last.returncode in (0, 1), office.last
    return json.loads(office.last.stdout)


def listings(tried):
    """external_id -> its fields, of what try showed."""
    return {row["external_id"]: row for row in tried["listings"]}
