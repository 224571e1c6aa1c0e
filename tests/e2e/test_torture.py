# SPDX-License-Identifier: Apache-2.0
"""A little of the fault campaign; all of it is « make torture »."""
import os
import subprocess
import sys

import pytest
from office import BUILD, ROOT

KINDS = {"kill": 12, "torn": 8, "fsync": 4, "short": 4, "eio": 8, "enospc": 6, "clock": 1, "bytes": 45}


@pytest.mark.parametrize("kind", KINDS)
def test_some(kind):
    if os.environ.get("SANITIZED") and kind not in ("kill", "clock", "bytes"):
        pytest.skip("a sanitizer wants to be loaded first")
    subprocess.run(["make", "-s", f"BUILD={BUILD.name}", f"{BUILD.name}/torture/faults.so"], cwd=ROOT, check=True, timeout=120)
    done = subprocess.run([sys.executable, ROOT / "tests/torture/torture.py", "--seed", "47200", f"{kind}={KINDS[kind]}"],
                          capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0 and done.stdout.endswith(" passed, 0 failed\n"), done.stdout + done.stderr
