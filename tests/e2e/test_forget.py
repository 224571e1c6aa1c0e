# SPDX-License-Identifier: Apache-2.0
"""What was removed loses its text after a while; what somebody asks to be forgotten goes at once, everywhere, for good."""
import os
import pty
import subprocess

from office import BUILD, GOOD, JOB_FAILED, USAGE, environment, wait_until
from reading import get

CANARY = "Zorglubine"


def anywhere(office):
    """The files of the office that hold the word."""
    return [f.name for f in office.folder.rglob("*") if f.is_file() and CANARY.lower().encode() in f.read_bytes().lower()]


def uid_of(office, name):
    return office.one("SELECT uid FROM listings WHERE partner = ? AND title LIKE ?", name, CANARY + "%")


def test_while_the_service_runs(office, make):
    """Page, feed, file, log and index; and the partner offers it again and again, changed too."""
    partner = make("plain", count=5, paging="none")
    name = office.add(partner, partner={"interval": "1s"})
    changed = partner.change(1, title=CANARY + " de Marie", street="3 rue " + CANARY)
    with office.daemon_served() as vigied:
        wait_until(lambda: len(office.ids(name)) == 5, "all of them")
        uid = uid_of(office, name)
        item = f"/collections/all/items/{uid}"
        assert CANARY in get(vigied.url, item).body.decode() and CANARY in get(vigied.url, "/rpde").body.decode()
        wait_until(lambda: CANARY in office.vigie("listings", "--search", CANARY).stdout, "the index")
        done = office.vigie("forget", uid, "--yes")
        assert done.returncode == GOOD and CANARY not in done.stdout, done
        wait_until(lambda: get(vigied.url, item).status == 404, "the page is gone")
        feed = get(vigied.url, "/rpde")
        assert CANARY not in feed.body.decode()
        assert [i["state"] for i in feed.json["items"] if i["id"] == uid] == ["deleted"]
        partner.change(changed, title=CANARY + " revient")
        runs = len(office.runs(name))
        wait_until(lambda: len(office.runs(name)) >= runs + 2, "it was read again")
        assert CANARY not in office.vigie("listings", "--search", CANARY).stdout and len(office.ids(name)) == 4
        log = vigied.log()
    assert CANARY not in log and anywhere(office) == []
    why = office.vigie("why", uid).stdout
    assert "vigie forget" in why and CANARY not in why
    row, = office.rows("SELECT * FROM listings WHERE uid = ?", uid)
    assert row["removed_at"] and row["first_seen"] and row["title"] is None and row["latitude"] is None
    assert office.vigie("forget", "--undo", uid).returncode == GOOD
    office.sync(name)
    assert uid_of(office, name) == uid
    assert office.vigie("forget", "--undo", uid).returncode == JOB_FAILED


def test_it_asks(office, make):
    """On a terminal; elsewhere --yes must say so."""
    partner = make("plain", count=2)
    name = office.add(partner)
    office.sync(name)
    uid = f"{name}:{office.ids(name)[0]}"
    assert office.vigie("forget", uid).returncode == USAGE and "--yes" in office.last.stderr
    assert office.vigie("forget", f"{name}:nobody").returncode == USAGE
    assert f'no listing "{name}:nobody"' in office.last.stderr and "--yes" not in office.last.stderr
    assert office.vigie("forget", "--yes", f"{name}:nobody").returncode == USAGE
    assert office.vigie("forget", "--yes", "nobody:1").returncode == USAGE
    for answer, status, left in ((b"n\n", JOB_FAILED, 2), (b"\n", JOB_FAILED, 2), (b"y\n", GOOD, 1)):
        here, there = pty.openpty()
        process = subprocess.Popen([BUILD / "vigie", "-c", office.file, "forget", uid], stdin=there, stdout=there, stderr=there,
                                   env=environment())
        os.write(here, answer)
        assert process.wait(60) == status
        os.close(here), os.close(there)
        assert len(office.ids(name)) == left


def test_purge(office, make):
    """After keep_removed, by the service itself; what is there keeps all."""
    partner = make("plain", count=5, paging="none")
    name = office.add(partner, removal={"runs": 1, "age": "0s"}, partner={"interval": "1s"})
    gone = partner.change(1, title=CANARY + " de Marie")
    office.configure(privacy={"keep_removed": "2d"})
    office.sync(name)
    uid = uid_of(office, name)
    partner.remove(gone)
    assert office.sync(name)["removed"] == 1 and anywhere(office)
    with office.daemon():
        wait_until(lambda: len(office.runs(name)) > 2, "a run")
    assert CANARY in office.one("SELECT title FROM listings WHERE uid = ?", uid), "it has not been that long"
    with office.daemon("--from", "2040-01-01T00:00:00Z") as vigied:
        wait_until(lambda: office.one("SELECT title FROM listings WHERE uid = ?", uid) is None, "the purge")
        wait_until(lambda: anywhere(office) == [], lambda: anywhere(office))
        assert CANARY not in vigied.log()
    assert office.one("SELECT count(title) FROM listings WHERE partner = ?", name) == 4
