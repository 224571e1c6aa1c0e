# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one simulator for all tests, partners and an office of its own for each test."""
import itertools

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


@pytest.fixture
def office(tmp_path, simulator):
    """An office without partners."""
    return Office(tmp_path, simulator)
