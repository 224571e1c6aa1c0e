# SPDX-License-Identifier: Apache-2.0
"""Real documents: DATA is their folder (make check-real DATA=…); what is not there is skipped."""
import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "e2e")]

from fixtures import bare_office, empty, make, no_secret_is_left, office, simulator  # noqa: E402, F401


@pytest.fixture(scope="session")
def data():
    folder = pathlib.Path(os.environ.get("DATA", "../shared/data"))
    folder = folder if folder.is_absolute() else TESTS.parent / folder
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: make check-real DATA=FOLDER")
    return folder
