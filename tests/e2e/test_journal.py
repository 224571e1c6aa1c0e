# SPDX-License-Identifier: Apache-2.0
"""What journald gets: fields beside the message; a change is said once, and its end once."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest

from office import ROOT, wait_until

pytestmark = pytest.mark.skipif(subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0,
                                reason="needs the right to put a socket in the journal's place (unshare --mount)")

# Its standard error is « the journal », whose socket is ours, for itself alone.
STAGE = """mount -t tmpfs none /run && mkdir -p /run/systemd/journal && mount --bind "$0" /run/systemd/journal &&
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) && export JOURNAL_STREAM && exec "$@" """


def fields(datagram):
    """Of one entry without binary fields."""
    return dict(line.split("=", 1) for line in datagram.decode().splitlines())


@contextlib.contextmanager
def journal(vigied, folder):
    """The entries that it sends, as they come."""
    entries = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(str(folder / "socket"))

        def listen():
            with contextlib.suppress(OSError):
                while datagram := ours.recv(1 << 16):
                    entries.append(fields(datagram))

        threading.Thread(target=listen, daemon=True).start()
        vigied._command = ["unshare", "--mount", "sh", "-c", STAGE, str(folder), *map(str, vigied._command)]
        yield entries
        ours.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def folder(office):
    path = pathlib.Path(f"/tmp/vigie-journal-{os.getpid()}")  # short: a socket's path has 108 bytes
    path.mkdir()
    yield path
    (path / "socket").unlink()
    path.rmdir()


def test_fields(office, make, folder):
    partner = make(count=3)
    name = office.add(partner, partner={"interval": "1s"})
    partner.fault("status", status=500)
    daemon = office.daemon()
    with journal(daemon, folder) as entries, daemon:
        wait_until(lambda: len(office.runs(name)) >= 3, "failures")
        partner.clear()
        wait_until(lambda: any("answers again" in e["MESSAGE"] for e in entries), "its end")
        assert daemon.log() == "", "nothing goes to standard error as well"
    mine = [e for e in entries if e.get("PARTNER") == name]
    failed, = [e for e in mine if e["PRIORITY"] == "4"]
    assert (failed["ERROR_KIND"], failed["RUN"], failed["SYSLOG_IDENTIFIER"]) == ("http", "1", "vigied"), failed
    assert "status 500" in failed["MESSAGE"]
    again, = [e for e in mine if "answers again" in e["MESSAGE"]]
    assert int(again["RUN"]) > 3 and again["PRIORITY"] == "5"
    verdict = next(e for e in mine if "VERDICT" in e)
    assert verdict["VERDICT"] == "alive"
    table = re.findall(r"^\.It Li ([0-9a-f]{32})$", (ROOT / "docs/vigied.8.in").read_text(), re.M)
    ids = [e["MESSAGE_ID"] for e in mine if "MESSAGE_ID" in e]
    assert set(ids) <= set(table) and len(set(ids)) == 4, "each kind has an id of its own, and the manual has it"


def test_another_standard_error(office, make):
    """The variable is of another stream: lines, as ever."""
    office.add(make(count=1))
    with office.daemon(JOURNAL_STREAM="1:2") as vigied:
        assert "<5>watching 1 partners" in vigied.log()
