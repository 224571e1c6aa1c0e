#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts the simulator from any folder: tests/sim/sim.py --help."""
import os
import sys

# The folder of this file would make `import sim` find this script instead of the package.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from sim.__main__ import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
