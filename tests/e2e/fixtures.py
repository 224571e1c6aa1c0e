# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one simulator for all tests, partners and an office of its own for each test."""
import itertools

import pytest

from office import BUILD, Office
from sim.client import Simulator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def simulator():
    """A simulator with TLS and without partners."""
    assert (BUILD / "vigie").exists(), f"{BUILD}/vigie is not there: make it first"
    with Simulator(platforms="none", tls=True) as running:
        yield running


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
