# SPDX-License-Identifier: Apache-2.0
"""The search for secrets finds them: in what programs say, in files, in the catalogue, and under a cloak."""
import base64
import json
import urllib.parse

import pytest

from office import Office, wait_until
from sim import canary
from sim.canary import WORD


@pytest.fixture
def folder(tmp_path):
    """Nobody minds what is here once the tests are over."""
    (tmp_path / "planted").mkdir()
    return tmp_path / "planted"


@pytest.fixture
def leaky(folder, make, simulator):
    """An office whose partner has a secret for a name, and another, under a cloak, in a listing."""
    partner = make("raw")
    cloaked = base64.b64encode(f"x{WORD}y".encode()).decode()
    partner.route("/items", json.dumps({"items": [{"id": "1", "title": "Une barque", "text": f"de {cloaked} ici"}], "total": 1}))
    office = Office(folder, simulator)
    office.add(partner, WORD, map={"title": "/title", "description": "/text"},
               request={"url": partner.base_url + "/items"}, json={"id": "/id", "items": "/items"})
    return office


def test_each_form():
    for before in range(6):
        for after in range(4):
            secret = "é\"/+"[:before % 5] + "x" * before + WORD + "?é" * after
            coded = base64.b64encode(secret.encode())
            for form in (coded, base64.urlsafe_b64encode(secret.encode())):
                assert canary.traces(b'{"a":"' + form + b'"}'), secret
            assert canary.traces(json.dumps(secret).encode()) == canary.traces(urllib.parse.quote(secret, "").encode()) == ["plain"]
            assert canary.traces(secret.encode().hex().encode()) == ["hex"]
    assert canary.traces(WORD[:-1].encode() + b"\n" + base64.b64encode(WORD[1:].encode())) == []


def test_a_long_file(folder):
    """Also where two of the pieces in which it is read meet."""
    for at in (0, canary.CHUNK - 4, canary.CHUNK, 3 * canary.CHUNK - len(WORD)):
        data = bytearray(3 * canary.CHUNK)
        data[at:at + len(WORD)] = WORD.encode()
        (folder / "log").write_bytes(data)
        assert canary.left(folder) == {folder / "log": ["plain"]}, at


def test_what_programs_say_and_keep(leaky, folder):
    with pytest.raises(AssertionError, match="what comes from vigie"):
        leaky.vigie("try", WORD, "--json")
    with pytest.raises(AssertionError, match="what comes from vigied"), leaky.daemon() as vigied:
        wait_until(lambda: leaky.runs(WORD), "a run")
        found = {path.name: forms for path, forms in canary.left(folder).items()}
    assert any(name.startswith("catalogue.db") and any(f.startswith("base64") for f in forms) for name, forms in found.items()), found
    assert found[f"{WORD}.conf"] == ["plain"], "its name"


def test_secrets_where_they_belong(office, make):
    office.add(make("yescapa"))
    (file,) = (office.folder / "credentials").iterdir()
    assert canary.in_file(file) == ["plain"] and canary.left(office.folder) == {}
