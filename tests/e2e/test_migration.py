# SPDX-License-Identifier: Apache-2.0
"""A catalogue of every schema that there ever was (tests/schemas) is carried to today's with all that it has; one of a newer vigie
is refused and left as it is; killed in the middle, it is of the old schema or of the new one."""
import contextlib
import pathlib
import re
import resource
import signal
import sqlite3
import subprocess

import pytest

from office import BUILD, GOOD, JOB_FAILED, SLOW, Office, environment, wait_until

SCHEMAS = pathlib.Path(__file__).resolve().parents[1] / "schemas"
NUMBERS = sorted(int(path.stem) for path in SCHEMAS.glob("*.sql"))
NEWEST = NUMBERS[-1]
OLD = NUMBERS[:-1]
STEP = 4096 * (4 if SLOW > 1 else 1)

# What a migration makes anew: the index of texts, and the numbers that it goes by.
DERIVED = re.compile(r"meta$|text_batch$|search")
DERIVED_COLUMNS = {"text", "text_change"}


@pytest.fixture
def office(bare_office):
    """Catalogues are brought by the tests."""
    return bare_office


def opened(office):
    return contextlib.closing(sqlite3.connect(office.path))


def load(office, number):
    """The catalogue of a schema, in the journal mode that the programs use."""
    with opened(office) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript((SCHEMAS / f"{number}.sql").read_text(encoding="utf-8"))
    return contents(office)


def schema(db):
    """(kind, name) -> columns of a table; the statement of anything else."""
    made = {}
    for kind, name, sql in db.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").fetchall():
        made[kind, name] = {row[1] for row in db.execute(f"PRAGMA table_info({name})")} if kind == "table" else sql
    return made


def contents(office):
    """table -> (columns, rows) of all that is kept for good."""
    with opened(office) as db:
        tables = {name: sorted(columns - DERIVED_COLUMNS) for (kind, name), columns in schema(db).items()
                  if kind == "table" and not DERIVED.match(name)}
        return {name: (columns, rows(db, name, columns)) for name, columns in tables.items()}


def rows(db, table, columns):
    return sorted(db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall(), key=repr)


def number_of(office):
    return office.one("SELECT value FROM meta WHERE key = 0")


def fresh(folder):
    """What a catalogue of today is made of, and its number."""
    folder.mkdir(exist_ok=True)
    office = Office(folder)
    with office.daemon():
        pass
    with opened(office) as db:
        return schema(db), number_of(office)


def check_kept(office, before):
    """All rows, in all columns that there were."""
    with opened(office) as db:
        for table, (columns, old) in before.items():
            assert rows(db, table, columns) == old, table
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def untouched(office, *words):
    """Runs the command, which must leave the file as it is."""
    before = office.path.read_bytes()
    done = office.vigie(*words)
    assert office.path.read_bytes() == before, words
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done


def test_every_number_has_its_catalogue(tmp_path):
    """Whoever raises the schema makes one: tests/schemas/make.py."""
    assert NUMBERS == list(range(1, fresh(tmp_path)[1] + 1))


@pytest.mark.parametrize("number", OLD)
def test_carried_forward(office, make, tmp_path, number):
    before = load(office, number)
    assert len(before["listing"][1]) == 13 and before["change_log"][1] and before["quarantine"][1]
    done = untouched(office, "listings")
    assert done.returncode == JOB_FAILED and "made by an older vigie" in done.stderr

    with office.daemon():
        pass
    assert number_of(office) == NEWEST
    check_kept(office, before)
    wanted = fresh(tmp_path / "fresh")[0]
    with opened(office) as db:
        made = schema(db)
    assert made.keys() == wanted.keys()
    for what, today in wanted.items():
        assert made[what] >= today if what[0] == "table" else made[what] == today, what
    for kind, view in wanted:
        if kind == "view":
            office.rows(f"SELECT * FROM {view}")


@pytest.mark.parametrize("number", NUMBERS)
def test_goes_on(office, make, number):
    load(office, number)
    office.add(make(count=8, paging="none"), "garonne")
    with opened(office) as db:
        known = dict(db.execute("SELECT external_id, first_seen_ms FROM listing JOIN partner USING (partner_id) WHERE partner = 'garonne'"))
        gone = db.execute("SELECT count(*) FROM listing WHERE removed_ms IS NOT NULL").fetchone()[0]
    run = office.sync("garonne")
    assert (run["outcome"], run["added"], run["restored"]) == ("complete", 0, gone), run
    with opened(office) as db:
        assert known == dict(db.execute("SELECT external_id, first_seen_ms FROM listing JOIN partner USING (partner_id)"
                                        " WHERE partner = 'garonne'"))
    word = re.findall(r"\w{4,}", office.listings("garonne")[sorted(known)[0]]["title"])[0]
    with office.daemon():
        wait_until(lambda: word in office.vigie("listings", "--search", word).stdout, "the texts are in the index")
    forgotten = sorted(known)[0]
    assert office.vigie("forget", "--yes", f"garonne:{forgotten}").returncode == GOOD
    assert forgotten not in office.ids("garonne")


@pytest.mark.parametrize("key", ["UPDATE meta SET value = value + 1 WHERE key = 0", "PRAGMA user_version = 2"])
def test_newer(office, make, key):
    load(office, NEWEST)
    office.add(make(count=1), "garonne")
    with opened(office) as db, db:
        db.execute(key)
    before = office.path.read_bytes()
    for words in (["listings"], ["sync", "garonne"], ["partners"], ["why", "garonne"]):
        done = untouched(office, *words)
        assert done.returncode == JOB_FAILED and "made by a newer vigie" in done.stderr, done
    done = subprocess.run([BUILD / "vigied", "-c", office.file], env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == JOB_FAILED and done.stderr.count("made by a newer vigie") == 1, done
    assert office.path.read_bytes() == before


def test_not_ours(office, make):
    """A file of another program is not even brought into our journal mode."""
    with opened(office) as db, db:
        db.execute("CREATE TABLE theirs (a)")
    office.add(make(count=1), "garonne")
    for words in (["listings"], ["sync", "garonne"]):
        done = untouched(office, *words)
        assert done.returncode == JOB_FAILED and "this is not a catalogue" in done.stderr, done


def start(office, log_max):
    """Starts the service, whose files may grow to so many bytes, and ends it once it works; its exit status."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (log_max, log_max))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with subprocess.Popen([BUILD / "vigied", "-c", office.file], env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          preexec_fn=limit) as vigied:
        for line in vigied.stderr:
            if "no partner is switched on" in line:
                vigied.terminate()
        return vigied.wait()


def test_killed(office):
    """Killed when the log is so long, at every length that it takes on the way."""
    before = load(office, NUMBERS[0])
    old = office.path.read_bytes()
    assert start(office, resource.RLIM_INFINITY) == GOOD  # leaves the reserve, a far longer file, which would be where it is killed
    log_max, numbers, status = 0, [], None
    while status != GOOD:
        for path in office.folder.glob("catalogue.db*"):
            if not path.name.endswith("-reserve"):
                path.unlink()
        office.path.write_bytes(old)
        log_max += STEP
        status = start(office, log_max)
        assert status in (GOOD, -signal.SIGXFSZ)
        numbers.append(number_of(office))
        check_kept(office, before)
    assert numbers.count(1) > 4 and numbers.count(NEWEST) > 1 and set(numbers) == {1, NEWEST}, numbers
