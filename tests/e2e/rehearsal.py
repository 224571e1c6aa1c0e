# SPDX-License-Identifier: Apache-2.0
"""Days in seconds: one simulator, one office, one daemon with a fast clock, one mailbox, and a partner for every end.

    with rehearse(folder, speed=20000) as r:
        r.add("nxdomain"); r.crowd(8)
        with r.daemon():
            r.wait_all_alive()
            r.partners["nxdomain"].refuse()
            r.wait_verdict("nxdomain", "gone", days=5)

The clock begins two months before the machine's, so that what « vigie » writes by the machine's clock lies ahead.  Real
latencies count as time of this clock: whoever wants an hour to be seen gives it a tenth of a second at the least.
"""
import contextlib
import datetime
import time

from mailbox import Mailbox, text
from office import SLOW, Office, wait_until
from sim.client import Simulator

QUIET = {"alive", "outage", "uncertain"}
ALARMS = {"access-lost", "moved", "frozen", "emptied", "closing", "probably-gone", "gone"}
SLACK = 15  # seconds that a loaded machine may take for what needs none
UTC = datetime.timezone.utc


@contextlib.contextmanager
def rehearse(folder, speed, start=None, tls=False, **sections):
    with Simulator(platforms="none", tls=tls) as sim, Mailbox() as post:
        yield Rehearsal(folder, sim, post, speed / (2 if SLOW > 1 else 1), start, sections)


class Rehearsal:
    def __init__(self, folder, sim, post, speed, start, sections):
        self.sim, self.post, self.speed = sim, post, speed
        self.start = start or datetime.datetime.now(UTC) - datetime.timedelta(days=60)
        self.office = Office(folder, sim)
        watch = {"allow_private": "yes", "control": sim.control, "rdap": "no", "company": "no", "gazette": "no",
                 "resolvers": sim.resolvers, **sim.registers.urls}
        mail = post.settings(digest_day="never", language="english")
        self.office.configure(catalogue={"search": "no"}, watch={**watch, **sections.pop("watch", {})},
                              mail={**mail, **sections.pop("mail", {})}, **sections)
        self.partners, self.vigied, self._launched = {}, None, None

    # ---- who takes part

    def add(self, name, simulated=None, /, count=12, **sections):
        """A partner in the simulator and its file; the same one again under another name if it is given."""
        partner = simulated or self.sim.create(name, shape="plain", count=count, paging="none")
        about = {"name": f"Partenaire {name}.", "theme": f"thème {name}", "website": partner.base_url + "/",
                 "domain": f"{partner.name}.example", "interval": "1h", **sections.pop("partner", {})}
        self.office.add(partner, name, partner=about, **sections)
        self.partners[name] = partner
        return partner

    def crowd(self, n, **sections):
        """Partners to whom nothing happens: with them the lookout knows that it sees."""
        for i in range(n):
            self.add(f"well{i}", **sections)

    def lose(self, *names):
        """Nothing listens any more, and their names are gone with them."""
        for name in names:
            self.partners[name].set(dns="nxdomain")
            self.partners[name].refuse()

    # ---- time

    @contextlib.contextmanager
    def daemon(self):
        """The service from now on, by its clock; what comes later goes on from there."""
        self._launched = time.monotonic()
        start = self.start.strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with self.office.daemon("--speed", self.speed, "--from", start) as self.vigied:
                yield self.vigied
        finally:
            self.start, self._launched = self.now(), None

    def now(self):
        """What the daemon's clock shows; between two daemons when the next one starts."""
        passed = time.monotonic() - self._launched if self._launched else 0
        return self.start + datetime.timedelta(seconds=passed * self.speed)

    def stay_away(self, days):
        """The machine is off for so long."""
        self.start += datetime.timedelta(days=days)

    def seconds(self, days):
        return days * 86400 / self.speed

    def let_pass(self, days, since=None):
        """Returns once so many days have passed since then, or since now."""
        end = (since or self.now()) + datetime.timedelta(days=days)
        wait_until(lambda: self.now() >= end or self.vigied.process.poll(), f"{days} days", self.seconds(days) + SLACK)
        assert self.vigied.process.poll() is None, self.vigied.log()

    def days_since(self, moment):
        return (self.now() - moment) / datetime.timedelta(days=1)

    # ---- what is found

    def verdict(self, name):
        rows = self.office.rows("SELECT verdict FROM partners WHERE partner = ?", name)
        return rows[0]["verdict"] if rows else None

    def wait_verdict(self, name, verdict, days):
        wanted = {verdict} if isinstance(verdict, str) else verdict
        try:
            wait_until(lambda: self.verdict(name) in wanted, f"{name} is {verdict}", self.seconds(days) + SLACK)
        except AssertionError as error:
            runs, log = self.office.runs(name)[-3:], self.vigied.log()[-2000:]
            raise AssertionError(f"{error}; it is {self.verdict(name)}: {self.verdicts(name)}, {runs}\n{log}") from None

    def wait_all_alive(self, days=3):
        for name in self.partners:
            self.wait_verdict(name, "alive", days)

    def verdicts(self, name):
        """[(at, verdict)], in order."""
        rows = self.office.rows("SELECT at, verdict FROM verdicts WHERE partner = ? ORDER BY at", name)
        return [(datetime.datetime.fromisoformat(r["at"].replace("Z", "+00:00")), r["verdict"]) for r in rows]

    def found(self, name):
        """The verdicts that it ever had."""
        return {verdict for _, verdict in self.verdicts(name)}

    def evidence(self, name, signal):
        """The values that were read of a signal, in order."""
        rows = self.office.rows("SELECT value FROM evidence WHERE partner = ? AND signal = ? AND weight IS NULL ORDER BY at",
                                name, signal)
        return [r["value"] for r in rows]

    def weights(self, name):
        """reason -> the log-odds that it added, the latest."""
        rows = self.office.rows("SELECT note, weight FROM evidence WHERE partner = ? AND weight IS NOT NULL ORDER BY at", name)
        return {r["note"]: r["weight"] for r in rows}

    def wait_evidence(self, name, signal, value, days):
        wait_until(lambda: value in self.evidence(name, signal), f"{name}: {signal} {value}", self.seconds(days) + SLACK)

    def alerts(self, name):
        return self.office.rows("SELECT * FROM alerts WHERE partner = ? ORDER BY at", name)

    def published(self, name):
        """How many of its listings are published, and how many there are."""
        row, = self.office.rows("SELECT count(*) FILTER (WHERE published) AS published, count(*) AS all_of_them"
                                " FROM listings WHERE partner = ? AND removed_at IS NULL", name)
        return row["published"], row["all_of_them"]

    # ---- what staff read

    def mails(self, name):
        """Letters that speak of that partner.  One may come twice, under one Message-ID, when the service was killed
        between the server's answer and its note of it."""
        found = self.post.find(lambda m: f"Partenaire {name}." in m["Subject"] + text(m))
        return list({m["Message-ID"]: m for m in reversed(found)}.values())[::-1]

    def wait_mails(self, name, n=1, days=1):
        return wait_until(lambda: len(found := self.mails(name)) >= n and found, f"{n} letters about {name}",
                          self.seconds(days) + SLACK)

    def about_us(self):
        """Letters about the lookout itself, not about a partner."""
        return self.post.find(lambda m: "Partenaire" not in text(m))

    def assert_quiet(self, *names):
        for name in names:
            assert not self.found(name) & ALARMS, (name, self.verdicts(name))
            assert self.mails(name) == [] and self.alerts(name) == [], name


def answers(first, then):
    """Whether one letter is in the other's thread."""
    return then["In-Reply-To"] == first["Message-ID"] and first["Message-ID"] in then["References"]
