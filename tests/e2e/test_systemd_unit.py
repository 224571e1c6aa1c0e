# SPDX-License-Identifier: Apache-2.0
"""The unit is one that systemd takes without a word, and that gives nothing away."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
from office import BUILD, SLOW, environment, wait_until
from reading import get

TOP = Path(__file__).resolve().parents[2]
TEMPLATE = TOP / "systemd" / "vigied.service.in"

# What the promises rest on: kind of start, watchdog, reload, state, secrets.
NEEDED = [
    "Type=notify",
    "NotifyAccess=main",
    "WatchdogSec=60",
    "Restart=on-failure",
    "RestartPreventExitStatus=2",
    "StateDirectory=vigie",
    "User=vigie",
    "KillMode=mixed",
    "LoadCredential=vigie:/etc/vigie/credentials",
    "ProtectSystem=strict",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "MemoryDenyWriteExecute=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RuntimeDirectory=vigie",
]

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def render(folder, change=lambda text: text):
    """The unit as `make install` makes it, with programs that are there."""
    for name in ("vigied", "vigie"):
        program = folder / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    text = TEMPLATE.read_text().replace("@BINDIR@", str(folder)).replace("@SYSCONFDIR@", "/etc")
    unit = folder / "vigied.service"
    unit.write_text(change(text))
    shutil.copy(TOP / "systemd" / "vigied.socket", folder)
    return unit


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=60)


def complaints(unit):
    """What verify says about our unit: it exits with 0 even for unknown keys."""
    lines = run("systemd-analyze", "verify", str(unit)).stderr.splitlines()
    return [line for line in lines if "vigied" in line]


def test_no_placeholder_is_left(tmp_path):
    assert "@" not in re.sub(r"@[a-z-]+", "", re.sub(r"^#.*$", "", render(tmp_path).read_text(), flags=re.M))


def test_what_the_promises_rest_on(tmp_path):
    lines = render(tmp_path).read_text().splitlines()
    assert [line for line in NEEDED if line not in lines] == []
    assert f"ExecStart={tmp_path}/vigied -c /etc/vigie/vigie.conf" in lines


def test_reload_waits_and_tells(office, make, tmp_path):
    """The unit's own line, as systemd gives it to the shell."""
    name = office.add(make(count=1))
    line = re.search(r"^ExecReload=/bin/sh -c '(.*)'$", TEMPLATE.read_text(), re.M)[1].replace("$$", "$")
    with office.daemon(RUNTIME_DIRECTORY=str(tmp_path)) as vigied:
        def reload():
            return subprocess.run(["/bin/sh", "-c", line], timeout=20 * SLOW, env={
                **os.environ, "RUNTIME_DIRECTORY": str(tmp_path), "MAINPID": str(vigied.process.pid)}).returncode

        new = office.add(make(count=1))
        assert reload() == 0 and "1 partners new" in vigied.log()
        file = office.partner_file(name)
        right = file.read_text()
        file.write_text(right + "nonsense\n")
        assert reload() == 1 and "1 kept as they were" in vigied.log()
        vigied.wait_said("STATUS=the settings have mistakes, which the journal names; ")
        file.write_text(right)
        assert reload() == 0 and not (tmp_path / "reload").exists()
        assert office.partner_file(new).exists()
        vigied.reload()  # by a signal alone: nobody waits for an answer


def expand(names):
    """The system calls of a filter, groups replaced by what is in them."""
    for name in names:
        if not name.startswith("@"):
            yield name
            continue
        lines = run("systemd-analyze", "syscall-filter", name).stdout.splitlines()[1:]
        yield from expand(line.strip() for line in lines if line.strip() and not line.strip().startswith("#"))


@analyze
@pytest.mark.skipif(bool(os.environ.get("SANITIZED")), reason="sanitizers call what the program does not")
@pytest.mark.skipif(find_library("seccomp") is None, reason="libseccomp is not installed")
def test_under_its_system_call_filter(office, make):
    """Partners, letters, visitors, a reload and the end, where any other system call kills."""
    lines = re.findall(r"^SystemCallFilter=(.*)$", TEMPLATE.read_text(), re.M)
    names = {name for line in lines for name in expand(line.split())}
    names |= {"fchown"} if os.geteuid() == 0 else set()  # SQLite, for root alone
    # It is killed indeed:
    less = ",".join(sorted(names - {"epoll_create1"}))
    confine = [sys.executable, str(TOP / "tests/e2e/confine.py")]
    assert subprocess.run([*confine, less, BUILD / "vigied", "-c", office.file], env=environment(), stderr=subprocess.DEVNULL,
                          timeout=20).returncode == -signal.SIGSYS
    partner = make(count=30)
    name = office.add(partner, partner={"interval": "1s"})
    daemon = office.daemon_served()
    daemon._command = [*confine, ",".join(sorted(names)), *map(str, daemon._command)]
    with daemon as vigied:
        wait_until(lambda: len(office.runs(name)) >= 2, "runs")
        for target in ("/", "/metrics", "/readyz", "/collections/all/items", "/exports/all.csv"):
            assert get(vigied.url, target).status < 500
        office.add(make(count=3))
        vigied.reload()
        assert vigied.stop() == 0, vigied.log()


@analyze
def test_verify_is_silent(tmp_path):
    assert complaints(render(tmp_path)) == []


@analyze
def test_verify_is_silent_about_the_socket(tmp_path):
    render(tmp_path)
    assert complaints(tmp_path / "vigied.socket") == []


@analyze
def test_verify_would_speak(tmp_path):
    wrong = render(tmp_path, lambda text: text.replace("ProtectHome=", "ProtectHouse="))
    assert any("ProtectHouse" in line for line in complaints(wrong))


@analyze
def test_exposure_is_low(tmp_path):
    unit = render(tmp_path)
    done = run("systemd-analyze", "security", "--offline=true", "--threshold=12", "--no-pager", str(unit))
    assert done.returncode == 0, done.stdout


@analyze
def test_exposure_would_be_noticed(tmp_path):
    unit = render(tmp_path, lambda text: re.sub(r"^(Protect|Restrict|Private|System|Capab).*\n", "", text, flags=re.M))
    done = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit))
    assert done.returncode != 0


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")
def test_the_user_is_made(tmp_path):
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", str(TOP / "systemd" / "sysusers.d" / "vigie.conf"))
    assert done.stderr.count("Failed") == 0, done.stderr
    assert re.search(r"^vigie:.*:/var/lib/vigie:/usr/sbin/nologin$", (tmp_path / "etc" / "passwd").read_text(), re.M)


@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="systemd-tmpfiles is not installed")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to others")
def test_the_folder_of_secrets_is_closed(tmp_path):
    rules = tmp_path / "vigie.conf"
    text = (TOP / "systemd" / "tmpfiles.d" / "vigie.conf").read_text()
    # The user is not on this machine.
    rules.write_text(text.replace("vigie vigie", "root root").replace(" /", f" {tmp_path}/"))
    done = run("systemd-tmpfiles", "--create", str(rules))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "etc/vigie/credentials").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var/lib/vigie").stat().st_mode & 0o777 == 0o750


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd-socket-activate is not installed")
def test_sockets_that_systemd_hands_over(office):
    """Two of them, in place of what [serve] says; who came before it was started is answered."""
    path = f"/tmp/vigie-activated-{os.getpid()}.sock"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    office.configure(serve={"listen": "127.0.0.1:1"})
    command = ["systemd-socket-activate", "-l", f"127.0.0.1:{port}", "-l", path, BUILD / "vigied", "-c", office.file]
    with open(office.folder / "log", "w+b") as log, subprocess.Popen(command, env=environment(), stderr=log, stdin=subprocess.DEVNULL) as vigied:
        try:
            wait_until(lambda: os.path.exists(path), "systemd listens")
            for family, address in ((socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, path)):
                with socket.socket(family) as s:
                    s.connect(address)
                    s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    s.settimeout(20 * SLOW)
                    assert s.recv(65536).startswith(b"HTTP/1.1 200")
            assert f"served at http://127.0.0.1:{port}" in (office.folder / "log").read_text()
            vigied.terminate()
            assert vigied.wait(20 * SLOW) == 0
        finally:
            if vigied.poll() is None:
                vigied.kill()
            os.unlink(path)
