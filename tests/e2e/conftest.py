# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parent)]

from fixtures import bare_office, empty, make, no_secret_is_left, office, simulator  # noqa: E402, F401

# The long rehearsals wait on a fast clock, which a busy machine cannot keep: make rehearse.
collect_ignore_glob = [] if os.environ.get("REHEARSE") else ["test_verdicts_*.py"]


def pytest_collection_modifyitems(items):
    """What one worker does alone takes longest: at the end the others would wait for it, so it comes first."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
