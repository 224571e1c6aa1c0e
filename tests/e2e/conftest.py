# SPDX-License-Identifier: Apache-2.0
import collections
import os
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parent)]

from fixtures import bare_office, empty, make, no_secret_is_left, office, simulator  # noqa: E402, F401

# The long rehearsals wait on a fast clock, which a busy machine cannot keep: make rehearse.
collect_ignore_glob = [] if os.environ.get("REHEARSE") else ["test_verdicts_*.py"]


# Of a test with more cases than these, each SAMPLE-th of the others: .ci/run tries all of them in its other build.
SAMPLE, ALWAYS = int(os.environ.get("SAMPLE", 1)), 4


def is_sampled(item, seen=collections.Counter()):
    test = item.nodeid.partition("[")[0]
    seen[test] += 1
    return seen[test] <= ALWAYS or seen[test] % SAMPLE == 0


def pytest_collection_modifyitems(config, items):
    """What one worker does alone takes longest: at the end the others would wait for it, so it comes first."""
    wanted = list(map(is_sampled, items))
    config.hook.pytest_deselected(items=[item for item, wants in zip(items, wanted) if not wants])
    items[:] = [item for item, wants in zip(items, wanted) if wants]
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
