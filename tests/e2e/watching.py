# SPDX-License-Identifier: Apache-2.0
"""An office whose partners are watched by a daemon with a fast clock, and whose letters go to a mailbox.

    watch = Watching(office, make, post)
    watch.add("yescapa"); watch.add("samboat")
    with watch.daemon(speed=20000) as vigied:       returns once all of them are alive
        watch.end("moved", "yescapa")
        post.wait(watch.about("yescapa"))
"""
import contextlib
import json
import sqlite3
import time

from mailbox import text
from office import GOOD, wait_until


def first(mails):
    """Without reminders: with a fast clock, on a busy machine, a day may have gone by."""
    return [m for m in mails if not m["Subject"].startswith("Rappel")]


class Watching:
    def __init__(self, office, make, post, **mail):
        self.office, self.make, self.post = office, make, post
        self.partners = {}
        office.configure(
            catalogue={"search": "no"},
            watch={"allow_private": "yes", "control": office.sim.control, "rdap": "no", "company": "no", "gazette": "no",
                   "resolvers": office.sim.resolvers})
        if post:
            office.configure(mail=post.settings(**{"digest_day": "never", **mail}))

    def add(self, *names, **partner):
        for name in names:
            p = self.partners[name] = self.make("plain", count=3, paging="none")
            self.office.add(p, name, partner={"name": f"Partenaire {name}", "interval": "1h", "website": p.base_url + "/",
                                              "domain": f"{name}.example", **partner})
        return self

    @contextlib.contextmanager
    def daemon(self, speed, again=False, **env):
        """again: what became of the partners is known already."""
        with self.office.daemon("--speed", speed, **env) as vigied:
            if not again:
                self.wait_verdicts("alive", *self.partners)
            yield vigied

    def end(self, end, *names, **options):
        for name in names:
            self.partners[name].end(end, **options)

    def recover(self, *names):
        for name in names:
            self.partners[name].recover()

    # ---- what became of it

    def verdicts(self):
        return {r["partner"]: r["verdict"] for r in self.office.rows("SELECT partner, verdict FROM partners")}

    def wait_verdicts(self, verdict, *names, timeout=40):
        try:
            wait_until(lambda: all(self.verdicts().get(n) == verdict for n in names), verdict, timeout)
        except AssertionError:
            raise AssertionError(f"{names} are not all {verdict}: {self.verdicts()}") from None

    @staticmethod
    def about(name, subject=""):
        """A condition of Mailbox.find and Mailbox.wait."""
        return lambda m: f"Partenaire {name}" in m["Subject"] + text(m) and subject in m["Subject"]

    def letters(self):
        """What « vigie mail list » knows, oldest first."""
        done = self.office.vigie("mail", "list", "--json")
        assert done.returncode == GOOD, done
        return sorted(json.loads(done.stdout), key=lambda r: r["letter"])

    def outbox(self, columns="*"):
        """Letters, but reminders: see first()."""
        return self.office.rows(f"SELECT {columns} FROM outbox WHERE kind <> 'reminder' ORDER BY letter")

    def wait_outbox(self, condition, timeout=30):
        """The letters, once condition(letters) is true."""
        try:
            wait_until(lambda: condition(self.outbox()), "letters", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.outbox('letter, kind, state, attempts, last_error')}") from None
        return self.outbox()

    def wait_days(self, n, speed):
        """As the daemon's clock has it."""
        end = time.monotonic() + n * 86400 / speed
        wait_until(lambda: time.monotonic() > end, f"{n} days", n * 86400 / speed + 10)

    def _change_outbox(self, *changes):
        with contextlib.closing(sqlite3.connect(self.office.path, timeout=10)) as db:
            db.execute("UPDATE outbox SET " + ", ".join(changes))
            db.commit()

    def put_back(self, days):
        """Makes what is kept of letters older.  A daemon that is started again starts from today, however fast it went before."""
        times = ("created_ms", "due_ms", "claimed_ms", "first_failure_ms", "sent_ms")
        self._change_outbox(*(f"{t} = {t} - {int(days * 86_400_000)}" for t in times))

    def make_fresh(self):
        """Letters as they were before anybody touched them, and due."""
        nothing = ("claimed_ms", "first_failure_ms", "last_error", "sent_ms", "subject", "text", "html")
        self._change_outbox("state = 'waiting'", "attempts = 0", "due_ms = 0", *(f"{c} = NULL" for c in nothing))
