# SPDX-License-Identifier: Apache-2.0
"""The daemon is killed with SIGKILL while letters go: everybody is told, and all copies are one letter."""
import contextlib
import shutil
import sqlite3

import pytest

from mailbox import PLACES, Mailbox, text
from office import Office, wait_until
from watching import Watching, first

SPEED = 20000
PEOPLE = ["accueil@office.example", "nuit@office.example", "port@office.example"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, simulator):
    """The folder of an office in which letters on one event wait to be written and sent; nobody has tried yet."""
    office = Office(tmp_path_factory.mktemp("prepared"), simulator)
    made = []

    def make(shape, **settings):
        made.append(simulator.create(f"killed{len(made)}", shape=shape, **settings))
        return made[-1]
    with Mailbox() as post:
        watch = Watching(office, make, post, to=", ".join(PEOPLE)).add("beau", "well", "well2")
        with watch.daemon(SPEED) as vigied:
            post.stop()
            watch.end("moved", "beau")
            watch.wait_outbox(lambda rows: len(rows) == len(PEOPLE))
            vigied.kill()
    watch.make_fresh()
    yield office
    for partner in made:
        simulator.delete(partner.name)


@pytest.fixture
def post():
    with Mailbox() as post:
        yield post


@pytest.fixture
def watch(tmp_path, prepared, post):
    """A copy of that office, with a mailbox of its own."""
    shutil.copytree(prepared.folder, tmp_path / "copy")
    office = Office.__new__(Office)
    office.__dict__.update(prepared.__dict__)
    office.folder, office.path, office.file = (tmp_path / "copy", tmp_path / "copy/catalogue.db", tmp_path / "copy/vigie.conf")
    watch = Watching.__new__(Watching)
    watch.__dict__.update(office=office, post=post, partners={})
    office.configure(mail=post.settings(to=", ".join(PEOPLE), digest_day="never"))
    return watch


def finish(watch, post, lost=()):
    """Another daemon takes over; what arrived in the end, in letters that do not differ."""
    with watch.daemon(SPEED, again=True):
        rows = watch.wait_outbox(lambda rows: rows and all(r["state"] == "sent" for r in rows))
    ids = {r["recipient"]: r["message_id"] for r in rows}
    assert sorted(ids) == sorted(PEOPLE)
    for person in PEOPLE:
        copies = first(post.to(person))
        assert copies, f"{person} was never told"
        assert {m["Message-ID"] for m in copies} == {ids[person]}
        assert len({(m["Subject"], text(m)) for m in copies}) == 1, "they do not differ"
    return first(post.mails)


@pytest.mark.parametrize("place", PLACES)
def test_at_every_place(watch, post, place):
    """At each place of the dialogue over the first letter."""
    with watch.daemon(SPEED, again=True) as vigied:
        post.at(place, vigied.kill)
        vigied.process.wait(30)
    mails = finish(watch, post)
    taken = place in ("end", "taken", "QUIT")
    assert len(mails) == len(PEOPLE) + taken, "only what was taken and not marked comes twice"


@pytest.mark.parametrize("letters", [1, 2])
def test_after_each_letter(watch, post, letters):
    """As soon as a letter is marked, and before the next one is claimed, or while it is."""
    with watch.daemon(SPEED, again=True) as vigied:
        with contextlib.closing(sqlite3.connect(watch.office.path, timeout=10)) as db:
            wait_until(lambda: db.execute("SELECT count(*) FROM outbox WHERE state = 'sent'").fetchone()[0] >= letters, "a letter")
        vigied.kill()
    finish(watch, post)


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_in_each_state(watch, post, state):
    """Before the first claim, and at whatever can be seen next: up to eight kills."""
    seen = set()
    for _ in range(8):
        with watch.daemon(SPEED, again=True) as vigied:
            with contextlib.closing(sqlite3.connect(watch.office.path, timeout=10)) as db:
                def news():
                    rows = tuple(db.execute("SELECT letter, state, attempts FROM outbox ORDER BY letter"))
                    fresh = rows not in seen and (state == "waiting" or any(r[1] == "sending" for r in rows))
                    return (fresh and rows) or (all(r[1] == "sent" for r in rows) and rows)
                seen.add(wait_until(news, "something new"))
            vigied.kill()
    finish(watch, post)


def test_two_daemons(watch, post):
    """Two at the same outbox claim letter by letter: nothing is sent twice."""
    with watch.daemon(1, again=True), watch.daemon(1, again=True):
        watch.wait_outbox(lambda rows: all(r["state"] == "sent" for r in rows))
    assert sorted(m.rcpt[0] for m in post.mails) == sorted(PEOPLE)
    assert all(r["attempts"] == 1 for r in watch.outbox())
