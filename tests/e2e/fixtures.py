# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one simulator for all tests, partners and an office of its own for each test."""
import itertools
import shutil

import pytest

from office import BUILD, ROOT, Office
from sim import canary
from sim.client import Simulator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def simulator():
    """A simulator with TLS and without partners."""
    assert (BUILD / "vigie").exists(), f"{BUILD}/vigie is not there: make it first"
    with Simulator(platforms="none", tls=True) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_left(tmp_path_factory):
    """Once all tests are over: no file that they leave, nor a core, has a secret in it.  The folder's name is the test's."""
    yield
    found = {**canary.left(tmp_path_factory.getbasetemp()), **{c: f for c in ROOT.glob("core*") if (f := canary.in_file(c))}}
    assert not found, "secrets stand in\n" + "\n".join(f"{path}: {', '.join(forms)}" for path, forms in found.items())


@pytest.fixture
def make(simulator):
    """make(shape="plain", count=…, paging=…): a new partner on an address of its own, for this test only."""
    made = []

    def create(shape="plain", count=None, **settings):
        made.append(simulator.create(f"{shape}{next(_numbers)}", shape=shape, count=count, **settings))
        return made[-1]

    yield create
    for partner in made:
        simulator.delete(partner.name)


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """The files of a catalogue with nothing in it: to make them is half of what a short run costs."""
    office = Office(tmp_path_factory.mktemp("empty"))
    with office.daemon():
        pass
    office.reserve.unlink()
    return sorted(office.folder.glob("catalogue.db*"))


@pytest.fixture
def bare_office(tmp_path, simulator):
    """An office without partners, where nothing has run yet."""
    office = Office(tmp_path, simulator)
    yield office
    office.reserve.unlink(missing_ok=True)  # megabytes of nothing


@pytest.fixture
def office(bare_office, empty):
    """An office without partners."""
    for file in empty:
        shutil.copy(file, bare_office.folder)
    return bare_office
