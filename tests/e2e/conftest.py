# SPDX-License-Identifier: Apache-2.0
"""Fixtures: one simulator for all tests, partners and an office of its own for each test."""
import itertools
import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parent)]

from office import BUILD, Office  # noqa: E402
from sim.client import Simulator  # noqa: E402

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
