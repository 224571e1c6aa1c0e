#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of a build and sums them up: tests/check.py [unit] [e2e] [real], unit and e2e by default.

Environment: BUILD (the build's folder), SANITIZED (not empty: a build with sanitizers), SAMPLE (see
tests/e2e/conftest.py), DATA (real documents).
The last line is « N passed, N failed »; the exit status is 1 when one failed.
"""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / os.environ.get("BUILD", "build")
UNIT_TIMEOUT_S = 600
ROOM = 2 << 30  # end-to-end tests leave half of that until all of them have ended
# Every worker and every simulator reads the same modules: they are compiled once, also where the environment forbids it.
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(ROOT / "build/pycache")}
AT_ONCE = 3 * (os.cpu_count() or 1)  # the tests wait more than they work


def run_program(program):
    """(passed, failed, what to print) of one cmocka program."""
    start = time.monotonic()
    try:
        done = subprocess.run([program], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=UNIT_TIMEOUT_S, encoding="utf-8", errors="replace")
        text, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired:
        text, status = f"not ended after {UNIT_TIMEOUT_S} s\n", -1
    good = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test", text, re.M)))
    bad = sum(map(int, re.findall(r"^\[  FAILED  \] (\d+) test", text, re.M)))
    bad += status != 0 and bad == 0  # it crashed, or leaked
    said = (f"{program.name:24} {good:4} passed" + (f", {bad} failed (status {status})" if bad else "")
            + f"  {time.monotonic() - start:.1f} s")
    if bad:
        said += "\n" + "\n".join(line for line in text.splitlines() if not re.match(r"\[ (RUN|  *OK) ", line))
    return good, bad, said


def unit():
    """(passed, failed) of every cmocka program."""
    passed = failed = 0
    programs = sorted(p for p in (BUILD / "tests").glob("test_*") if os.access(p, os.X_OK) and not p.suffix)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for good, bad, said in pool.map(run_program, programs):
            passed, failed = passed + good, failed + bad
            print(said, flush=True)
    return passed, failed


def in_memory():
    """A folder that no disk slows down, if this machine has one with room for what tests leave; else None."""
    try:
        memory = os.statvfs("/dev/shm")
    except OSError:
        return None
    roomy = memory.f_bavail * memory.f_frsize >= ROOM and os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >= 2 * ROOM
    usable = os.access("/dev/shm", os.W_OK) and not memory.f_flag & os.ST_NOEXEC
    return "/dev/shm" if roomy and usable else None


def pytest(*folders, workers=True):
    """(passed, failed) of pytest over these folders; what is skipped is said by pytest itself."""
    with tempfile.TemporaryDirectory(prefix="vigie-check-", dir=in_memory()) as folder:
        report = pathlib.Path(folder) / "report.xml"
        # Tests of one scenario (xdist_group) share a worker.
        several = ["-n", str(AT_ONCE), "--dist", "loadgroup"] if workers else []
        command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *several, f"--junitxml={report}",
                   f"--basetemp={folder}/tests", *map(str, folders)]
        status = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, env={**os.environ, **COMPILED}).returncode
        if not report.exists():
            return 0, 1
        suites = ElementTree.parse(report).getroot().iter("testsuite")
        count = {k: 0 for k in ("tests", "failures", "errors", "skipped")}
        for suite in suites:
            for k in count:
                count[k] += int(suite.get(k, 0))
    failed = count["failures"] + count["errors"]
    return count["tests"] - failed - count["skipped"], failed or int(status not in (0, 5))


def compile_tests():
    """A process that compiles them, of what unit programs leave."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", ROOT / "tests/sim", ROOT / "tests/e2e"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, **COMPILED})


def e2e():
    """The simulator's own tests run nothing of the build, so one build is enough for them."""
    return pytest(*([] if os.environ.get("SANITIZED") else [ROOT / "tests/sim"]), ROOT / "tests/e2e")


def real():
    return pytest(ROOT / "tests/real")


def main(names):
    suites = {f.__name__: f for f in (unit, e2e, real)}
    if set(names) - set(suites):
        print(__doc__, file=sys.stderr)
        return 2
    names = names or ["unit", "e2e"]
    passed = failed = 0
    with compile_tests() if {"unit", "e2e"} <= set(names) else contextlib.nullcontext():
        for name in names:
            good, bad = suites[name]()
            passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
