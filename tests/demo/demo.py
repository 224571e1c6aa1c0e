#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job, shown: eight invented partner platforms on this machine, vigied that polls them, and what it makes of it.

Environment: BUILD, the folder of the programs.  Everything is kept in BUILD/demo, to look at afterwards.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from sim import settings  # noqa: E402
from sim.client import Simulator  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build")
FOLDER = BUILD / "demo"
CONFIG = FOLDER / "vigie.conf"
PATIENCE_S = 20
PAUSE_S = 1.5
SPEED = 20000  # of the clock when a partner ends: a day in 4.3 s
SIGNS = {"added": ("+", "32"), "changed": ("~", "33"), "removed": ("-", "31"), "restored": ("+", "32")}


class Screen:
    """Colours on a terminal, plain text elsewhere."""

    def __init__(self):
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.first = True
        self.width = min(shutil.get_terminal_size((100, 24)).columns, 110)

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colours else text

    def line(self, text=""):
        print(text, flush=True)

    def heading(self, text):
        """Starts an act; on a terminal there is time to read the last one."""
        self.line()
        if self.colours and not self.first:
            time.sleep(PAUSE_S)
        self.first = False
        self.line(self.paint("1;36", f"── {text} " + "─" * max(self.width - len(text) - 4, 3)))

    def say(self, text):
        self.line(textwrap.fill(" ".join(text.split()), self.width))

    def event(self, code, sign, partner, text):
        room = self.width - 18
        self.line(f"  {self.paint(code, sign)} {partner:13} {text if len(text) <= room else text[:room - 1] + '…'}")


class Show:
    def __init__(self, sim):
        self.sim, self.screen = sim, Screen()
        self.vigied = None
        self.last_run = self.last_change = 0
        self.start = time.monotonic()

    # ---- the programs

    def configure(self):
        """A folder as /etc/vigie would be, with a file for each partner."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        (FOLDER / "partners.d").mkdir(parents=True)
        main = {"office": {"name": "Office de tourisme du Val de Garonne", "contact": "mailto:office@vigie.example"},
                "catalogue": {"path": "catalogue.db"}, "paths": {"connectors": BUILD / "connectors", "www": ROOT / "daemon/serve/www"},
                "territory": {"circle": "44.50,0.17,40", "unlocated": "publish"}}
        CONFIG.write_text(settings.text(main), encoding="utf-8")
        for partner in self.sim.partners():
            file = settings.merge(settings.sections(partner.info()), partner={"interval": "2s"},
                                  limits={"max_retries": 0, "rate_per_minute": 0}, removal={"age": "0s"})
            settings.write(FOLDER, partner.name, file)

    def launch(self):
        with open(FOLDER / "vigied.log", "ab") as log:
            self.vigied = subprocess.Popen([BUILD / "vigied", "-c", CONFIG], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        if self.vigied and self.vigied.poll() is None:
            self.vigied.terminate()
            self.vigied.wait(PATIENCE_S)

    def command(self, *words):
        """Shows a command and what it prints."""
        self.screen.line(self.screen.paint("1", "\n$ vigie " + " ".join(words)))
        subprocess.run([BUILD / "vigie", "-c", CONFIG, *words], stdin=subprocess.DEVNULL)

    def logged(self, words):
        """The last line of vigied's log with these words."""
        lines = (FOLDER / "vigied.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line for line in reversed(lines) if words in line), "")

    # ---- the catalogue, read as any other tool would

    def rows(self, query, *values):
        path = FOLDER / "catalogue.db"
        if not path.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
            try:
                return db.execute(query, values).fetchall()
            except sqlite3.OperationalError:  # it is being made
                return []

    def count(self):
        return self.rows("SELECT count(*) FROM listings WHERE removed_at IS NULL")[0][0]

    def new_runs(self):
        rows = self.rows("SELECT run, partner, outcome, seen, requests, bytes, detail FROM runs WHERE run > ? ORDER BY run",
                         self.last_run)
        self.last_run = max([self.last_run, *(r[0] for r in rows)])
        return [r[1:] for r in rows]

    def new_changes(self):
        rows = self.rows("SELECT c.change, c.op, c.partner, l.title, l.price_minor, l.currency FROM changes c"
                         " JOIN listings l ON l.uid = c.uid WHERE c.change > ? ORDER BY c.change", self.last_change)
        self.last_change = max([self.last_change, *(r[0] for r in rows)])
        return [r[1:] for r in rows]

    def until(self, what, step):
        """Calls step() until it says that all has come; gives up after a while, with what vigied said."""
        end = time.monotonic() + PATIENCE_S
        while not step():
            if self.vigied.poll() is not None or time.monotonic() > end:
                log = (FOLDER / "vigied.log").read_text(encoding="utf-8", errors="replace")
                raise SystemExit(f"demo: {what} did not come.  vigied said:\n{log}")
            time.sleep(0.05)

    # ---- the acts

    def fill(self):
        names = {p.name for p in self.sim.partners()}

        def step():
            for partner, outcome, seen, requests, size, detail in self.new_runs():
                if partner in names:
                    names.discard(partner)
                    theme = settings.ABOUT[partner][1]
                    self.screen.event("32", "✓", partner, f"{theme:46} {seen:4} read, {size / 1000:5.1f} kB"
                                                           f" in {requests} request{'s' * (requests > 1)}")
            return not names

        self.until("the first reading", step)
        self.new_changes()
        self.screen.say(f"The catalogue has {self.count()} listings.")

    def follow(self, *deeds):
        """Does things at partners, and shows the changes that vigied finds until there are as many as were made."""
        wanted = 0
        for words, deed, changes in deeds:
            if words:
                self.screen.line("  " + self.screen.paint("2", words))
            deed()
            wanted += changes
        found = []

        def step():
            for op, partner, title, price, currency in self.new_changes():
                sign, code = SIGNS[op]
                money = f", {price // 100} {currency}" if op == "changed" and price and currency else ""
                self.screen.event(code, sign, partner, f"{op:8} {title}{money}")
                found.append(op)
            return len(found) >= wanted

        self.until("the changes", step)
        self.new_runs()

    def trouble(self, *names):
        """Shows how the runs of these partners go wrong, each once."""
        waiting = set(names)

        def step():
            for partner, outcome, seen, requests, size, detail in self.new_runs():
                if partner in waiting and detail:
                    waiting.discard(partner)
                    self.screen.event("31", "!", partner, f"{outcome}: {detail}")
            return not waiting

        self.until("the trouble", step)

    def quiet(self, *names):
        """Waits until these partners were read well again."""
        waiting = set(names)

        def step():
            waiting.difference_update(r[0] for r in self.new_runs() if r[1] in ("complete", "not-modified") and not r[5])
            return not waiting

        self.until("the recovery", step)


def live(show, sim):
    show.screen.heading("Listings come, change and go at the partners")
    show.screen.say("An absence counts when two complete readings in a row missed the listing; a partner that says « withdrawn » is believed at once.")
    show.follow(("yescapa: two new camper vans", lambda: sim.partner("yescapa").add(2), 2),
                ("samboat: a new price for three boats", lambda: sim.partner("samboat").change(3), 3),
                ("openagenda: two events are cancelled", lambda: sim.partner("openagenda").remove(2), 2),
                ("eatwith: one host stops", lambda: sim.partner("eatwith").remove(1), 1))


def accidents(show, sim):
    show.screen.heading("Accidents that must not remove anything")
    before = show.count()
    show.new_runs()
    sim.partner("base10").fault("status", status=503)
    sim.partner("eatwith").fault("html", kind="maintenance")
    sim.partner("homeexchange").fault("empty-list")
    sim.partner("yescapa").fault("close", page=3, where="middle")
    show.trouble("base10", "eatwith", "homeexchange", "yescapa")
    show.screen.say(f"{before} listings before, {show.count()} listings now.")
    for partner in sim.partners():
        partner.clear()
    show.quiet("base10", "eatwith", "homeexchange", "yescapa")
    show.screen.say("All of them answer again, as if nothing had been.")


def killed(show, sim):
    show.screen.heading("kill -9 in the middle of a reading")
    yescapa = sim.partner("yescapa")
    yescapa.add(1)
    yescapa.hold(page=2)
    yescapa.wait_for_held(timeout=PATIENCE_S)
    show.vigied.kill()
    show.vigied.wait()
    yescapa.clear()
    show.screen.say(f"vigied is gone, half-way through page 2 of yescapa. The catalogue has {show.count()} listings, all whole. It is started again:")
    show.launch()
    show.follow((None, lambda: None, 1))


def brake(show, sim):
    show.screen.heading("A partner drops half of its listings at once")
    samboat = sim.partner("samboat")
    samboat.remove(25)

    def held():
        return show.rows("SELECT 1 FROM runs WHERE partner = 'samboat' AND seen = 25 GROUP BY partner HAVING count(*) >= 2")

    show.until("the brake", held)
    show.new_changes()
    show.screen.event("33", "!", "samboat", show.logged("on hold").partition(": ")[2])
    show.screen.say("More than 20 % and more than ten at once is a decision for a human being. Until then they all stay.")
    show.command("accept", "samboat")
    show.new_changes()


class Ending:
    """A second office with a fast clock, where a partner ends for good."""

    FOLDER = FOLDER / "ending"
    CONFIG = FOLDER / "vigie.conf"
    ENDS, OTHERS = "eatwith", ("yescapa", "samboat")

    def __init__(self, show, sim):
        self.show, self.sim = show, sim
        (self.FOLDER / "partners.d").mkdir(parents=True)
        nothing_listens = "smtp://127.0.0.1:9"
        main = {"office": {"name": "Office de tourisme du Val de Garonne"},
                "catalogue": {"path": "catalogue.db"}, "paths": {"connectors": BUILD / "connectors"},
                "mail": {"server": nothing_listens, "from": "vigie@vigie.example", "to": "accueil@vigie.example",
                         "digest_day": "never"},
                "watch": {"control": sim.control, "resolvers": sim.resolvers, "rdap": "no", "allow_private": "yes"}}
        self.CONFIG.write_text(settings.text(main), encoding="utf-8")
        for name in (self.ENDS, *self.OTHERS):
            file = settings.merge(settings.sections(sim.partner(name).info()), partner={"interval": "1h"},
                                  limits={"max_retries": 0, "rate_per_minute": 0})
            settings.write(self.FOLDER, name, file)

    def rows(self, query):
        with contextlib.suppress(sqlite3.OperationalError), \
                contextlib.closing(sqlite3.connect(f"file:{self.FOLDER}/catalogue.db?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(query).fetchall()
        return []

    def until(self, what, query):
        self.show.until(what, lambda: self.rows(query))

    def watch(self):
        verdicts = []

        def step():
            for at, verdict in self.rows("SELECT at, verdict FROM verdicts WHERE partner = 'eatwith' ORDER BY at")[len(verdicts):]:
                verdicts.append(verdict)
                self.show.screen.event("31" if verdict == "gone" else "33", "!", "eatwith", f"{at[:16].replace('T', ' ')}  {verdict}")
            return "gone" in verdicts

        self.show.until("the verdict", step)
        self.until("the letter", "SELECT 1 FROM outbox WHERE text IS NOT NULL")

    def run(self):
        with open(self.FOLDER / "vigied.log", "ab") as log:
            self.show.vigied = subprocess.Popen([BUILD / "vigied", "-c", self.CONFIG, "--speed", str(SPEED)],
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.until("the first day", "SELECT 1 FROM partners GROUP BY verdict HAVING verdict = 'alive' AND count(*) = 3")
        self.sim.partner(self.ENDS).end("gone")
        self.watch()
        self.show.stop()


def ending(show, sim):
    screen = show.screen
    screen.heading("A partner closes for good; staff get a letter")
    show.stop()
    screen.say("The same service with a fast clock: a day passes in four seconds. Eatwith and its web site answer 410, gone for ever.")
    act = Ending(show, sim)
    act.run()
    screen.say("A verdict is never made of silence alone; this one has two kinds of evidence and a day of them. Its listings are withdrawn,"
               " not deleted. The letter waits for a mail server, as there is none here:")
    screen.line(screen.paint("1", "\n$ vigie mail preview 1"))
    subprocess.run([BUILD / "vigie", "-c", act.CONFIG, "mail", "preview", "1"], stdin=subprocess.DEVNULL)


def tables(show):
    show.screen.heading("What you would look at every day")
    show.command("partners")
    show.command("listings", "--near", "44.5003,0.1654,2", "--limit", "10")
    show.command("listings", "--search", "tomate", "--limit", "8")
    show.command("runs", "--limit", "12")
    uid = show.rows("SELECT uid FROM changes WHERE partner = 'eatwith' AND op = 'removed'")
    if uid:
        show.command("why", uid[0][0])


def farewell(show):
    screen, here = show.screen, os.path.relpath(FOLDER)
    screen.heading(f"That was it, in {time.monotonic() - show.start:.0f} seconds")
    screen.say("""You saw vigied read eight platforms that each speak in their own way (six ways of paging, tokens, prices in words, dates and
        positions in many forms) into one catalogue; follow what was added, changed and withdrawn; keep everything through errors, an empty
        answer and kill -9; ask before it removed half of a partner's offer; and tell staff, in French, that a partner is gone, with its
        reasons.""")
    program, service, locale = (os.path.relpath(BUILD / name) for name in ("vigie", "vigied", "locale"))
    screen.line(f"""
Look around:      {program} -c {here}/vigie.conf listings --kind boat
                  {program} -c {here}/vigie.conf partner samboat
In a browser:     VIGIE_LOCALE={locale} {service} -c {here}/vigie.conf
                  and open http://127.0.0.1:8047/ (the invented partners are gone by then: it will say so)
What it wrote:    {here}/vigied.log
A partner's file: {here}/partners.d/yescapa.conf
Next:             make check, then « Use it » in README.md; config/partners.d has files to start from""")


def main():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    if not (BUILD / "vigied").exists():
        raise SystemExit(f"demo: {BUILD}/vigied is not there: make it first")
    os.environ["VIGIE_LOCALE"] = str(BUILD / "locale")  # the letters' French, which is not installed
    with Simulator(seed=7) as sim:
        show = Show(sim)
        show.screen.heading("Eight partner platforms, invented, on this machine")
        show.screen.say("Vigie polls them all every two seconds here; every hour in real life.")
        show.configure()
        try:
            show.launch()
            show.fill()
            live(show, sim)
            accidents(show, sim)
            killed(show, sim)
            brake(show, sim)
            tables(show)
            ending(show, sim)
        finally:
            show.stop()
        farewell(show)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
