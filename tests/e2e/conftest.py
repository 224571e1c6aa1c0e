# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parent)]

from fixtures import make, office, simulator  # noqa: E402, F401

# The rehearsals wait on a clock for minutes; with sanitizers the ends of test_verdicts.py have to do.
collect_ignore_glob = ["test_verdicts_*.py"] if os.environ.get("SANITIZED") else []
