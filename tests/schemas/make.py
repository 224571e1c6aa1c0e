#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the catalogue that these programs make as SQL text: BUILD=build tests/schemas/make.py > tests/schemas/10.sql

For whoever raises the schema: each number that there ever was has its file here, made by programs of that time, and
tests/e2e/test_migration.py carries them all to today's.  A week of a partner that adds, changes, withdraws, brings back, fails
and says nonsense, and of another one that lets nobody in any more.
"""
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from sim import settings  # noqa: E402
from sim.client import Simulator  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build")
ENVIRONMENT = {**os.environ, "VIGIE_CONNECTORS": str(BUILD / "connectors"), "VIGIE_LOCALE": str(BUILD / "locale"), "LC_ALL": "C.UTF-8"}
SPEED, PATIENCE_S = 20000, 60
VERDICTS = "SELECT count(*) FROM verdict_log JOIN partner USING (partner_id) WHERE partner = 'marmande' AND verdict_log.verdict = '{}'"


def vigie(folder, *words, good=(0,)):
    done = subprocess.run([BUILD / "vigie", "-c", folder / "vigie.conf", *words], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode in good, done
    return done.stdout


def configure(folder, sim):
    """As much of today's settings as the programs know."""
    sections = {"office": {"name": "Office de tourisme du Val de Garonne", "contact": "https://vigie.example/contact"},
                "catalogue": {"path": "catalogue.db"}, "territory": {"circle": "44.50,0.17,40", "unlocated": "publish"}}
    later = {"serve": {"listen": "none"},
             "watch": {"allow_private": "yes", "control": sim.control, "resolvers": sim.resolvers, "rdap": "no", "company": "no",
                       "gazette": "no"},
             "mail": {"server": "smtp://127.0.0.1:9", "from": "vigie@office.example", "to": "accueil@office.example"}}
    known = vigie(folder, "keys")
    for name, keys in later.items():
        if f"\n[{name}]\n" in known:
            sections[name] = {k: v for k, v in keys.items() if f"\n  {k} = " in known}
    (folder / "vigie.conf").write_text(settings.text(sections), encoding="utf-8")


def partner_file(folder, partner, **sections):
    about = settings.merge(settings.sections(partner.info()), limits={"rate_per_minute": "0", "max_retries": "0"},
                           removal={"age": "0s"}, partner={"interval": "1h"})
    settings.write(folder, partner.name, settings.merge(about, **sections))


def live(folder, garonne, marmande):
    """What a week brings."""
    def sync(name):
        vigie(folder, "sync", name, good=(0, 1))
    sync("garonne")
    sync("marmande")
    garonne.change(2)
    garonne.add(1)
    gone = garonne.remove(2)
    sync("garonne")
    sync("garonne")
    garonne.restore(gone[:1])
    sync("garonne")
    garonne.fault("bad-record", kind="broken-token", index=0)
    garonne.remove(1)
    sync("garonne")
    garonne.fault("status", status=500, count=1)
    sync("garonne")


def wait_verdict(folder, verdict):
    end = time.monotonic() + PATIENCE_S
    while ask(folder, VERDICTS.format(verdict)) == 0:
        assert time.monotonic() < end, f"never {verdict}"
        time.sleep(0.05)


def watch(folder, marmande):
    """Days in seconds, until a verdict is written; programs that do not watch yet leave it."""
    if "ack " not in vigie(folder, "--help"):
        return
    with subprocess.Popen([BUILD / "vigied", "-c", folder / "vigie.conf", "--speed", str(SPEED)], env=ENVIRONMENT,
                          stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_verdict(folder, "alive")
            marmande.fault("status", scope="any", status=401)
            wait_verdict(folder, "access-lost")
            daemon.terminate()
            assert daemon.wait(PATIENCE_S) == 0
        finally:
            daemon.kill()
    vigie(folder, "snooze", "marmande")


def ask(folder, question):
    with sqlite3.connect(f"file:{folder}/catalogue.db?mode=ro", uri=True, timeout=10) as db:
        return db.execute(question).fetchone()[0]


def dump(folder):
    """As iterdump() has it, but a full-text index, made by its own statement, gets back what is in its tables."""
    with sqlite3.connect(folder / "catalogue.db") as db:
        yield f"PRAGMA user_version = {db.execute('PRAGMA user_version').fetchone()[0]};"
        indexes = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'")]
        for line in db.iterdump():
            if not any(line.startswith(f'INSERT INTO "{name}" ') for name in indexes):
                yield re.sub(rf"^CREATE TABLE '((?:{'|'.join(indexes)})_\w+)'.*", r'DELETE FROM "\1";', line) if indexes else line


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vigie-schema-"))
    try:
        with Simulator(platforms="none") as sim:
            garonne, marmande = (sim.create(name, shape="plain", count=n, paging="none") for name, n in (("garonne", 8), ("marmande", 4)))
            configure(folder, sim)
            for partner in (garonne, marmande):
                partner_file(folder, partner)
            live(folder, garonne, marmande)
            watch(folder, marmande)
            print("\n".join(dump(folder)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
