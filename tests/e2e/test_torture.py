# SPDX-License-Identifier: Apache-2.0
"""A little of the fault campaign; all of it is « make torture »."""
import os
import subprocess
import sys

import pytest
from office import BUILD, ROOT, SLOW

KINDS = {"kill": 6, "merge": 4, "serve": 2, "torn": 4, "short": 2, "eio": 4, "enospc": 2, "fsync": 2, "power": 6, "clock": 1, "dark": 1, "bytes": 40}
PRELOADED = {"torn", "short", "eio", "enospc", "fsync", "power", "clock"}


@pytest.mark.parametrize("kind", KINDS)
def test_some(kind):
    if os.environ.get("SANITIZED") and kind in PRELOADED:
        pytest.skip("a sanitizer wants to be loaded first")
    subprocess.run(["make", "-s", f"BUILD={BUILD.name}", f"{BUILD.name}/torture/faults.so", f"{BUILD.name}/torture/shifted_clock.so"],
                   cwd=ROOT, check=True, timeout=120)
    rounds = max(1, KINDS[kind] // 3) if SLOW > 1 else KINDS[kind]
    done = subprocess.run([sys.executable, ROOT / "tests/torture/torture.py", "--seed", "47200", f"{kind}={rounds}"],
                          capture_output=True, encoding="utf-8", timeout=300)
    if "NOT RUN" in done.stdout:
        pytest.skip(done.stdout.splitlines()[0])
    assert done.returncode == 0 and done.stdout.endswith(" passed, 0 failed\n"), done.stdout + done.stderr
