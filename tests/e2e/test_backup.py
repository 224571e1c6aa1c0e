# SPDX-License-Identifier: Apache-2.0
"""Copies of the catalogue: made while vigied writes, looked over, put back; and what is damaged stays as it is."""
import contextlib
import json
import os
import sqlite3
import stat

import pytest

from office import GOOD, JOB_FAILED, ROOT, few


@pytest.fixture
def copies(tmp_path):
    """A folder of their own."""
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


@pytest.fixture
def filled(office, make):
    office.boats = make("plain", count=40, paging="none")
    office.add(office.boats, "boats", partner={"kind": "boat"}, removal={"age": "0s", "runs": 1})
    office.sync("boats")
    return office


def content(path):
    """Every listing, as the public view has it."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute("SELECT * FROM listings ORDER BY uid").fetchall()


def write(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


def checks(office, *words):
    """{check: how many break it}, and the exit status."""
    done = office.vigie("check", "--json", *words)
    return {c["check"]: c["broken"] for c in json.loads(done.stdout)}, done.returncode


# ---- backup


def test_a_copy_is_whole_while_others_write(office, make, copies):
    count = few(20_000)
    partner = make("plain", count=count, page_size=200)
    office.add(partner, "boats")
    office.sync("boats")
    partner.change(partner.ids(), title="Autre")
    partner.add(100)
    with office.syncing("boats") as syncing:
        made = []
        while syncing.poll() is None:
            made.append(copies / f"{len(made)}.db")
            done = office.vigie("backup", str(made[-1]))
            assert done.returncode == GOOD and "Settings and credentials are not in it" in done.stdout, done
    made.append(copies / "last.db")
    assert office.vigie("backup", str(made[-1])).returncode == GOOD
    for copy in made:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert checks(office, str(copy)) == ({name: 0 for name in checks(office)[0]}, GOOD)
        titles = [row[4] for row in content(copy)]
        assert (len(titles), titles.count("Autre")) in ((count, 0), (count + 100, count)), "one state or the other"
    assert not list(copies.glob("*-wal")) and not list(copies.glob("*.db.*")), "one file each"


def test_nothing_is_overwritten(filled, copies):
    copy = copies / "copy.db"
    copy.write_text("dear to somebody")
    done = filled.vigie("backup", str(copy))
    assert done.returncode == JOB_FAILED and f"{copy} is there already: another name, or --force" in done.stderr
    assert copy.read_text() == "dear to somebody"
    assert filled.vigie("backup", "--force", str(copy)).returncode == GOOD
    assert content(copy) == content(filled.path)


def test_of_what_is_damaged_there_is_no_backup(filled, copies):
    write(filled.path, "UPDATE partner SET listing_count = 7")
    done = filled.vigie("backup", str(copies / "copy.db"))
    assert done.returncode == JOB_FAILED and "there is no backup, because the catalogue is not whole" in done.stderr, done
    assert "counts: boats" in done.stderr and not list(copies.glob("copy.db*"))


# ---- check

BREAKAGES = {
    "references": "INSERT INTO label (partner_id, at_ms, label, verdict) VALUES (99, 0, 'ack', 'gone')",
    "listings": "UPDATE listing SET partner_id = 7 WHERE row = (SELECT min(row) FROM listing)",
    "traces": "UPDATE trace SET present = 0 WHERE row = (SELECT min(row) FROM trace)",
    "counts": "UPDATE partner SET listing_count = listing_count + 1",
    "values": "UPDATE listing SET latitude = 91 WHERE row = (SELECT min(row) FROM listing)",
    "missing": "INSERT INTO missing (row, seen_ms, missed_runs, kept) VALUES (12, 0, 1, 0)",
    "removals": "UPDATE listing SET removed_ms = first_seen_ms WHERE row = (SELECT min(row) FROM listing)",
    "places": "DELETE FROM spot WHERE row = (SELECT min(row) FROM spot)",
    "texts": "UPDATE trace SET text = 1 + (SELECT max(first + n) FROM text_batch) WHERE row = (SELECT min(row) FROM trace)",
    "changes": "DELETE FROM change_log WHERE row = (SELECT min(row) FROM listing)",
    "alerts": "INSERT INTO alert (at_ms, partner_id, verdict) VALUES (0, 1, 'gone'), (0, 1, 'gone')",
    "letters": "INSERT INTO outbox (recipient, kind, message_id, created_ms, due_ms, state) VALUES ('a', 'b', 'c', 0, 0, 'sent')",
    "hooks": "INSERT INTO hook (hook, change, turn) VALUES ('site', 1000000, 0)",
}


def test_what_is_broken_is_found(filled, copies):
    whole, status = checks(filled)
    assert status == GOOD and not any(whole.values()) and set(whole) == {"file", *BREAKAGES}
    for name, statement in BREAKAGES.items():
        copy = copies / f"{name}.db"
        assert filled.vigie("backup", str(copy)).returncode == GOOD
        write(copy, statement)
        found, status = checks(filled, str(copy))
        assert status == JOB_FAILED and found[name] > 0, (name, found)
        shown = filled.vigie("check", str(copy))
        assert "BROKEN" in shown.stdout and "the catalogue is damaged (" in shown.stderr and "vigie restore" in shown.stderr


def test_what_was_removed_in_any_way_is_whole(office, make, copies):
    """By absence, by the partner's word, by « vigie accept », and so long ago that its evidence was dropped."""
    for way, settings, removal in (("missed", {}, {}), ("told", {"tombstones": True, "paging": "next-url"}, {}), ("held", {}, {"brake_count": 0})):
        partner = make("plain", count=12, **settings)
        tombstone = {"tombstone": "/removed = true"} if settings else {}
        office.add(partner, way, json=tombstone, removal={"age": "0s", "runs": 1, **removal})
        office.sync(way)
        partner.remove(4)
        office.sync(way)
        done = office.vigie("accept", way)
        assert done.returncode == GOOD and len(office.ids(way)) == 8, (way, done)
    assert {r["event"] for r in office.rows("SELECT event FROM absence")} >= {"removed", "tombstone", "accepted"}
    assert checks(office)[1] == GOOD, office.last.stdout
    copy = copies / "old.db"
    assert office.vigie("backup", str(copy)).returncode == GOOD
    write(copy, "UPDATE listing SET first_seen_ms = first_seen_ms - 86400000 * 401, removed_ms = removed_ms - 86400000 * 401,"
                " changed_ms = 0 WHERE removed_ms IS NOT NULL", "DELETE FROM absence")
    assert checks(office, str(copy))[1] == GOOD, office.last.stdout


def lose_page(path, table):
    with contextlib.closing(sqlite3.connect(path)) as db:
        root, = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table]).fetchone()
    with open(path, "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)


def test_a_page_that_is_lost_is_found(filled, copies):
    copy = copies / "copy.db"
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    lose_page(copy, "listing")
    found, status = checks(filled, str(copy))
    assert status == JOB_FAILED and found["file"] > 0 and found["changes"] > 0 and found["alerts"] == 0


# ---- restore


def restore(office, copy):
    done = office.vigie("restore", str(copy))
    assert done.returncode == GOOD, done
    return done.stdout


def kept(office):
    return sorted(p for p in office.path.parent.glob(office.path.name + ".before-*") if "-search" not in p.name)


def test_there_and_back(filled, make, copies):
    """An earlier state comes back, whatever came later is kept beside it, and whoever follows changes ends with what is there."""
    copy, path = copies / "copy.db", filled.path
    partner = filled.boats
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    before = content(path)
    changed, removed = partner.ids()[:5], partner.ids()[-3:]
    partner.change(changed, title="Plus tard")
    partner.remove(removed)
    added = partner.add(2)
    filled.sync("boats")
    later, number = content(path), filled.one("SELECT max(change) FROM changes")
    said = restore(filled, copy)
    assert "told of what is different" in said and "40 listings of 1 partner" in said and "systemctl start vigied" in said and "given up" not in said
    now = [row for row in content(path) if row[0] not in {f"boats:{i}" for i in added}]
    assert [row[:20] for row in now] == [row[:20] for row in before]
    aside, = kept(filled)
    assert content(aside) == later and checks(filled, str(aside))[1] == GOOD
    told = {row["uid"]: row["op"] for row in filled.rows("SELECT uid, op FROM changes WHERE change > ?", number)}
    assert told == {f"boats:{i}": "removed" if i in added else "changed" for i in [*changed, *removed, *added]}
    assert "not in the backup that was restored" in filled.vigie("why", f"boats:{added[0]}").stdout
    assert checks(filled)[1] == GOOD
    run = filled.sync("boats")
    assert (run["removed"], run["restored"], run["changed"]) == (3, 2, 5) and checks(filled)[1] == GOOD
    assert len(filled.listings("boats")) == 39


def test_nobody_gets_a_letter_twice(filled, copies):
    """A letter that waited in the copy has been sent since: it stays sent.  Where that cannot be known, it is given up."""
    copy, path = copies / "copy.db", filled.path
    letter = ("INSERT INTO outbox (recipient, kind, message_id, created_ms, due_ms, state, sent_ms)"
              " VALUES ('accueil@office.example', 'alert', '{0}', 0, 0, '{1}', {2})")
    write(path, letter.format("one", "waiting", "NULL"), letter.format("two", "waiting", "NULL"))
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    write(path, "UPDATE outbox SET state = 'sent', sent_ms = 5 WHERE message_id = 'one'")
    restore(filled, copy)
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT message_id, state, sent_ms FROM outbox ORDER BY 1").fetchall() == [
            ("one", "sent", 5), ("two", "waiting", None)]
    path.write_bytes(b"no catalogue" * 1000)
    said = restore(filled, copy)
    assert "It could not be read" in said and "Letters that wait in the copy are given up" in said
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT DISTINCT state FROM outbox").fetchall() == [("given-up",)]
    assert any(p.read_bytes() == b"no catalogue" * 1000 for p in kept(filled)), "what is damaged is kept as it is"


def test_what_was_forgotten_stays_forgotten(filled, copies):
    """Also where the copy has it, and whatever the partner offers."""
    copy = copies / "copy.db"
    uid = filled.one("SELECT min(uid) FROM listings")
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    assert filled.vigie("forget", "--yes", uid).returncode == GOOD
    restore(filled, copy)
    assert filled.rows("SELECT title, url FROM listings WHERE uid = ? AND removed_at IS NOT NULL", uid) == [{"title": None, "url": None}]
    filled.boats.change(filled.boats.ids(), title="Encore")
    filled.sync("boats")
    assert filled.one("SELECT count(*) FROM listings WHERE removed_at IS NULL AND title = 'Encore'") == 39
    assert checks(filled)[1] == GOOD


def test_not_while_somebody_is_at_work(filled, copies):
    copy = copies / "copy.db"
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    with filled.daemon() as vigied:
        before = filled.path.stat().st_ino
        done = filled.vigie("restore", str(copy))
        assert done.returncode == JOB_FAILED and f"is in use (process {vigied.process.pid}): stop vigied first" in done.stderr, done
        assert filled.path.stat().st_ino == before and not kept(filled)
    restore(filled, copy)


@pytest.mark.parametrize("spoil, why", [
    (lambda path: path.write_text("Bonjour"), "file is not a database"),
    (lambda path: write(path, "UPDATE meta SET value = 99 WHERE key = 0"), "made by a newer vigie"),
    (lambda path: write(path, "UPDATE partner SET listing_count = 7"), "it is damaged (counts: boats)"),
    (lambda path: path.unlink(), "No such file"),
], ids=["text", "newer", "damaged", "none"])
def test_what_cannot_be_restored_changes_nothing(filled, copies, spoil, why):
    copy, path = copies / "copy.db", filled.path
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    before, files = content(path), sorted(p.name for p in path.parent.iterdir())
    spoil(copy)
    done = filled.vigie("restore", str(copy))
    assert done.returncode == JOB_FAILED and why in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert content(path) == before and sorted(p.name for p in path.parent.iterdir()) == files


@pytest.mark.parametrize("command", ["restore", "check"])
def test_a_folder_is_no_copy(filled, copies, command):
    done = filled.vigie(command, str(copies))
    assert (done.returncode, done.stderr) == (JOB_FAILED, f"vigie: {copies} is no file: name a copy that « vigie backup » made\n")


def test_half_a_copy(filled, copies):
    """What was just done is not advised, and SQL is nobody's language."""
    copy = copies / "copy.db"
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    os.truncate(copy, 3000)
    done = filled.vigie("check", str(copy))
    assert done.returncode == JOB_FAILED and len(done.stderr.splitlines()) == 1, done
    assert f"{copy}: " in done.stderr and "malformed" in done.stderr and "« vigie restore FILE »" in done.stderr
    assert "SELECT" not in done.stderr and "« vigie check »" not in done.stderr


def test_copies_of_every_schema_can_be_restored(filled, copies):
    for fixture in sorted((ROOT / "tests/schemas").glob("*.sql")):
        copy = copies / f"{fixture.stem}.db"
        db = sqlite3.connect(copy)
        db.executescript(fixture.read_text())
        db.close()
        restore(filled, copy)
        assert checks(filled)[1] == GOOD, fixture


def test_to_a_machine_that_has_none(filled, copies):
    copy, path = copies / "copy.db", filled.path
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    before = content(path)
    for file in path.parent.glob(path.name + "*"):
        file.unlink()
    assert "What was there" not in restore(filled, copy)
    assert content(path) == before and not kept(filled)


# ---- a catalogue that is damaged, and vigied


def test_what_is_damaged_is_left_alone(filled):
    """vigied does not begin a new catalogue in place of one that it cannot read: it says what to do, and that is no failure
    that trying again would heal."""
    path = filled.path
    path.write_bytes(b"not a database, whatever its name " * 1000)
    spoilt = path.read_bytes()
    vigied = filled.daemon()
    vigied.start(ready=False)
    assert vigied.process.wait(60) == 2
    assert "« vigie restore FILE »" in vigied.log() and str(path) in vigied.log()
    assert path.read_bytes() == spoilt


def test_what_turns_out_to_be_damaged_ends_it(filled, copies):
    """A page that is only read later: it ends then, and says so once; a backup brings it back."""
    copy, before = copies / "copy.db", content(filled.path)
    assert filled.vigie("backup", str(copy)).returncode == GOOD
    filled.change("boats", partner={"interval": "1s"})
    filled.boats.change(5)
    lose_page(filled.path, "listing")
    vigied = filled.daemon()
    vigied.start(ready=False)
    assert vigied.process.wait(60) == 2, vigied.log()
    assert vigied.log().count("<3>the catalogue is damaged, and is left as it is: « vigie check »") == 1
    shown = filled.vigie("check")
    assert "BROKEN" in shown.stdout and max(map(len, shown.stdout.splitlines())) < 250, shown.stdout
    restore(filled, copy)
    assert content(filled.path) == before
    assert filled.sync("boats")["changed"] == 5
