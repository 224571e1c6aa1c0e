# SPDX-License-Identifier: Apache-2.0
"""What lasts is said when it begins and when it ends, however often it is met in between: there it is a line for debugging."""
import contextlib
import re
import sqlite3
from typing import NamedTuple

import pytest

from mailbox import Mailbox
from office import wait_until
from receiver import Receiver, answer
from test_serve import ask
from watching import Watching

AGAIN = 2  # times that it is met when it was said already


class Case(NamedTuple):
    begins: str
    ends: str
    spoil: object
    mend: object
    meet: object = None  # does what meets it, with the service; None: it does so by itself
    words: tuple = ()  # of its command line


def boats(office, make, **options):
    """A partner that is read every second."""
    partner = make("plain", **{"count": 30, "paging": "none", **options})
    office.add(partner, "boats", partner={"interval": "1s"}, request={"conditional": "no"}, removal={"runs": "1"})
    return partner


def failing(office, make, _):
    partner = boats(office, make)
    return Case("boats: failed: page 1: .*status 500", "boats: answers again, after", lambda: partner.fault("status", status=500), partner.clear)


def partial(office, make, _):
    partner = boats(office, make, paging="page")
    return Case("boats: partial: 1", "boats: all of it is read again", lambda: partner.fault("status", page=2, status=500), partner.clear)


def held(office, make, _):
    partner, gone = boats(office, make), []
    return Case("boats: 25 removals are on hold", "boats: no removals are on hold any more", lambda: gone.extend(partner.remove(25)),
                lambda: partner.restore(gone))


def unstored(office, make, _):
    boats(office, make)
    return Case("boats: not stored: .*no room for it", "boats: is stored again",
                lambda: script(office, "CREATE TRIGGER spoiled BEFORE INSERT ON run BEGIN SELECT raise(ABORT, 'no room for it'); END"),
                lambda: script(office, "DROP TRIGGER spoiled"))


def mistake(office, make, _):
    boats(office, make)
    path = office.folder / "partners.d" / "wrong.conf"
    return Case(r"[^ ]*wrong\.conf:2: unknown key", "the settings are in order again", lambda: path.write_text("[partner]\nnmae = x\n"), path.unlink,
                lambda vigied: vigied.reload())


def refused(office, make, _):
    boats(office, make)
    good = office.file.read_text()
    return Case("reload: the old settings stay", "the settings are in order again", lambda: office.file.write_text(good + "\n[serve]\nlistne = x\n"),
                lambda: office.file.write_text(good), lambda vigied: vigied.reload())


def unanswered(office, make, _):
    boats(office, make)
    return Case("/collections: .*no such table", "questions are answered again", lambda: script(office, "ALTER TABLE meta RENAME TO spoiled"),
                lambda: script(office, "ALTER TABLE spoiled RENAME TO meta"), lambda vigied: ask(vigied, "/collections"))


def undelivered(office, make, stack):
    receiver = stack.enter_context(Receiver())
    receiver.hook(office, "site", events="listing.added")
    receiver.mood = answer(503)
    boats(office, make)
    return Case("hook site: message .* is not delivered yet", "hook site: delivers again", lambda: None,
                lambda: setattr(receiver, "mood", answer(204)), words=("--speed", 10000))


def silent(office, make, stack):
    return undelivered(office, make, stack)._replace(begins="hook site: nothing was delivered for", words=("--speed", 500_000))


def unsent(office, make, stack):
    post = stack.enter_context(Mailbox())
    watch = Watching(office, make, post).add("beau", "well", "well2")
    post.mood = "later"
    return Case(r"letter \d+ .*: waiting: ", "letters to staff are sent again", lambda: watch.end("moved", "beau"),
                lambda: setattr(post, "mood", "good"), words=("--speed", 20000))


CASES = [failing, partial, held, unstored, mistake, refused, unanswered, undelivered, silent, unsent]


def script(office, text):
    with contextlib.closing(sqlite3.connect(office.path, timeout=20)) as db:
        db.executescript(text)


def lines(vigied, level, text):
    return re.findall(rf"^<{level}>{text}", vigied.log(), re.M)


@pytest.mark.parametrize("case", CASES)
def test_said_once(office, make, case):
    with contextlib.ExitStack() as stack:
        it = case(office, make, stack)
        office.configure(log={"level": "debug"})
        with office.daemon_served(*it.words) as vigied:
            meet = it.meet or (lambda vigied: None)
            if "boats" in office.partners:
                wait_until(lambda: office.runs("boats"), "a good run")
            else:
                wait_until(lambda: len(lines(vigied, 5, ".*: the verdict is « alive »")) == 3, "all are there")
            it.spoil()

            def met(level, text, n=1):
                return lambda: (meet(vigied), len(lines(vigied, level, text)) >= n)[1]

            wait_until(met("[34]", it.begins), it.begins, 30)
            wait_until(met(7, it.begins, AGAIN), f"{it.begins}, again", 30)
            it.mend()
            wait_until(met(5, it.ends), it.ends, 30)
            meet(vigied)
            assert len(lines(vigied, "[3-6]", it.begins)) == len(lines(vigied, "[3-6]", it.ends)) == 1, vigied.log()
