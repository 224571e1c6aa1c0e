# SPDX-License-Identifier: Apache-2.0
"""Clients and validators from npm and Debian that tests run against the HTTP server.

What is in tests/web/package.json is installed into the build's folder, once for each version of the lock file.  A tool
that cannot be had skips its tests, and says so in one line.

    node("openapi.mjs", file)            runs tests/web/openapi.mjs; what it prints, read as JSON
    browser("pages.mjs", *words)         the same, for a script that drives Chromium
    program("ogr2ogr", *words)           runs a Debian program; its output as text
    unpacked("promtool", "prometheus")   a program of a Debian package that had better not be installed: its path
"""
import fcntl
import hashlib
import json
import os
import shutil
import subprocess

import pytest

from office import BUILD, ROOT, SLOW

FOLDER = BUILD / "web"
SOURCE = ROOT / "tests/web"
NPM_S = 180


def missing(what, why):
    pytest.skip(f"NOT TESTED, {what} cannot be had: {why}")


def _environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return {**env, "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}


def _install():
    """What comes from npm looks at documents and pages, which are the same of a sanitized build: they are looked at once.

    npm ci, by the first of a run who needs it; the others take it, or its failure, for theirs."""
    if os.environ.get("SANITIZED"):
        pytest.skip("documents are the same of the other build")
    wanted = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    stamp, failure = FOLDER / "installed", FOLDER / "failed"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        before, _, why = failure.read_text(encoding="utf-8").partition(" ") if failure.exists() else ("", "", "")
        if before != run:
            why = _npm_ci()
        if why:
            failure.write_text(f"{run} {why}", encoding="utf-8")
            missing("the packages of tests/web/package.json", why)
        stamp.write_text(wanted)


def _npm_ci():
    """Why it failed; "" when it did not."""
    _copy("package.json")
    _copy("package-lock.json")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1",
               "--fetch-retry-mintimeout=2000", "--fetch-timeout=20000"]
    try:
        done = subprocess.run(command, cwd=FOLDER, env=dict(os.environ), stdin=subprocess.DEVNULL, capture_output=True,
                              encoding="utf-8", timeout=NPM_S)
    except subprocess.TimeoutExpired:
        return f"npm ci did not end within {NPM_S} s"
    said = [line for line in done.stderr.splitlines() if "error" in line and "log" not in line]
    return "" if done.returncode == 0 else " ".join([*said, "npm ci failed"][:2])


def _copy(name):
    """At once, for whoever runs it meanwhile."""
    copy = FOLDER / f"{name}.{os.getpid()}"
    shutil.copy(SOURCE / name, copy)
    copy.replace(FOLDER / name)


def node(script, *words, timeout=60, **env):
    """Runs a script of tests/web among the packages; what it prints, read as JSON."""
    if not shutil.which("node") or not shutil.which("npm"):
        missing("node and npm", "apt-get install nodejs npm")
    _install()
    for source in SOURCE.glob("*.mjs"):
        _copy(source.name)
    done = subprocess.run(["node", script, *map(str, words)], cwd=FOLDER, env=_environment(**env), stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=timeout * SLOW, encoding="utf-8")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def program(name, *words, timeout=60, status=0, **env):
    """Runs a program of a Debian package; its standard output."""
    if not shutil.which(name):
        missing(name, "its Debian package is not installed, see tests/install-packages.sh")
    done = subprocess.run([name, *map(str, words)], env=_environment(**env), stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=timeout * SLOW, encoding="utf-8")
    assert done.returncode == status, done
    return done.stdout


def browser(script, *words, timeout=120):
    """As node(), for a script that drives Debian's Chromium."""
    chromium = shutil.which("chromium")
    if not chromium:
        missing("a browser", "apt-get install chromium")
    return node(script, *words, timeout=timeout, CHROMIUM=chromium)


def vnu(*files):
    """What the W3C's checker has against HTML documents: a list of lines."""
    if not shutil.which("java"):
        missing("the HTML checker", "apt-get install default-jre-headless")
    _install()
    done = subprocess.run(["java", "-jar", FOLDER / "node_modules/vnu-jar/build/dist/vnu.jar", "--format", "gnu", "--exit-zero-always",
                           *map(str, files)], env=_environment(), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=120 * SLOW, encoding="utf-8")
    return done.stderr.splitlines()


def python_module(name, package):
    """A Python module of a Debian package."""
    try:
        return __import__(name, fromlist=["_"])
    except ImportError as error:
        return missing(package, error)


def unpacked(name, package):
    """A program of a Debian package that is not installed, for it would start a service: it is only unpacked."""
    folder = FOLDER / package
    found = shutil.which(name) or str(folder / "usr/bin" / name)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(found):
            folder.mkdir(exist_ok=True)
            script = f"apt-get download -qq {package} && dpkg -x {package}_*.deb . && rm {package}_*.deb"
            done = subprocess.run(["sh", "-c", script], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  encoding="utf-8", timeout=300)
            if not os.path.exists(found):
                missing(name, done.stderr.strip().splitlines()[-1:])
    return found
