# SPDX-License-Identifier: Apache-2.0
"""What « make demo » shows."""
import os
import pathlib
import re
import subprocess
import sys

import pytest
from office import BUILD, ROOT, SLOW, environment


@pytest.mark.skipif(SLOW > 1, reason="what it shows is shown by the other build")
def test_the_demo():
    done = subprocess.run([sys.executable, ROOT / "tests/demo/demo.py"], env=environment(BUILD=str(BUILD)), stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60 * SLOW, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    acts = re.findall(r"^── (.*?) ─+$", done.stdout, re.M)
    assert len(acts) == 8 and acts[-1].startswith("That was it"), acts
    assert len(re.findall(r"^  ✓ ", done.stdout, re.M)) == 8, "eight partners were read"
    for sign in ("  + yescapa", "  ~ samboat", "  - openagenda", "  - eatwith", "  ! base10"):
        assert f"\n{sign}" in done.stdout, sign
    before, after = re.search(r"(\d+) listings before, (\d+) listings now", done.stdout).groups()
    assert before == after and "25 listings were removed" in done.stdout
    assert "Eatwith a fermé" in done.stdout and "Pour les visiteurs" in done.stdout, "a letter in French"
    assert "\033" not in done.stdout, "plain when it is piped"
    tables = [re.search(rf"^\$ vigie {words}.*\n[A-Z]+ +[A-Z]", done.stdout, re.M) for words in ("partners", "listings", "runs")]
    assert all(tables), done.stdout
    left = [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if str(BUILD / "demo") in read(p)]
    assert left == [], "nothing is left running"


def read(file):
    try:
        return os.fsdecode(file.read_bytes())
    except OSError:
        return ""
