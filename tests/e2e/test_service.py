# SPDX-License-Identifier: Apache-2.0
"""vigied as a service manager sees it: readiness, watchdog, status, reload, the end."""
import os
import re
import signal

import pytest

from office import Daemon, USAGE, wait_until


def often(office, partner, /, **sections):
    """A partner that is polled every second."""
    return office.add(partner, **{"partner": {"interval": "1s"}, **sections})


# ---- start and end


def test_ready_once_it_works(office, make):
    name = often(office, make())
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(name), "a run")
        first, second = vigied.said()[:2]
        assert first.startswith("STATUS=1 partners") and second == "READY=1"
        assert "watching 1 partners" in vigied.log()
    assert vigied.said("STOPPING=1") and "stopped after" in vigied.last_log


@pytest.mark.parametrize("wrong", ["[office]\nnaem = x\n", "[catalogue]\npath = /proc/none/catalogue.db\n", "nonsense"])
def test_never_ready_when_it_cannot_work(office, make, wrong):
    often(office, make())
    office.file.write_text(office.file.read_text() + wrong)
    vigied = Daemon(office)
    try:
        vigied.start(ready=False)
        assert vigied.process.wait(20) in (1, USAGE)
        assert vigied.said("READY=1") == [] and str(office.folder) in vigied.log() or "/proc/none" in vigied.log()
    finally:
        vigied.close()


def test_the_journals_form(office, make):
    """Every line starts with its priority, as journald wants it."""
    partner = make()
    name = often(office, partner)
    partner.fault("status", status=500)
    with office.daemon() as vigied:
        wait_until(lambda: len(office.runs(name)) >= 2, "runs")
        lines = vigied.log().splitlines()
    assert lines and all(re.match(r"<[3-7]>\S", line) for line in lines), lines
    assert any(line.startswith("<4>") and "status 500" in line for line in lines)


def test_ends_while_a_partner_is_read(office, make):
    partner = make(paging="next-url")
    name = often(office, partner)
    partner.hold(page=2)
    with office.daemon() as vigied:
        partner.wait_for_held()
        assert vigied.stop() == 0
    assert office.runs(name) == [] and office.listings(name) == {}
    partner.clear()
    assert office.sync(name)["outcome"] == "complete", "its lease is not in the way"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_that_end_it(office, make, number):
    often(office, make())
    with office.daemon() as vigied:
        vigied.signal(number)
        assert vigied.process.wait(20) == 0


@pytest.mark.parametrize("words", [["extra"], ["--speed", "0"], ["--speed", "fast"], ["--nonsense"], ["-c"],
                                   ["--from", "soon"]])
def test_wrong_command_lines(office, words):
    vigied = Daemon(office, words)
    try:
        vigied.start(ready=False)
        assert vigied.process.wait(20) == USAGE
        assert "usage: vigied" in vigied.log() or "--speed takes a number" in vigied.log() or "--from takes a time" in vigied.log()
    finally:
        vigied.close()


# ---- the watchdog


def test_the_watchdog_is_fed_while_timers_advance(office, make):
    often(office, make())
    with office.daemon(WATCHDOG_USEC=600_000) as vigied:
        vigied.wait_said("WATCHDOG=1", 5)
        vigied.wait_said("STATUS=", 5)


def test_a_stopped_process_feeds_nothing(office, make, tmp_path):
    often(office, make())
    with office.daemon(WATCHDOG_USEC=300_000) as still, office.daemon(WATCHDOG_USEC=300_000) as running:
        still.wait_said("WATCHDOG=1", 2)
        still.signal(signal.SIGSTOP)
        wait_until(lambda: stopped(still.process.pid), "SIGSTOP")
        fed = len(still.said("WATCHDOG=1"))
        running.wait_said("WATCHDOG=1", len(running.said("WATCHDOG=1")) + 5)
        assert len(still.said("WATCHDOG=1")) <= fed + 1, "one may have been on its way"
        still.signal(signal.SIGCONT)
        still.wait_said("WATCHDOG=1", fed + 3)


def stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


def test_no_watchdog_unless_asked_for(office, make):
    name = often(office, make())
    with office.daemon() as vigied:
        wait_until(lambda: len(office.runs(name)) >= 2, "runs")
        assert vigied.said("WATCHDOG=1") == []


def test_status_says_how_many(office, make):
    partners = [make(count=1) for _ in range(3)]
    names = [often(office, p) for p in partners]
    partners[0].hold()
    with office.daemon(WATCHDOG_USEC=300_000) as vigied:
        wait_until(lambda: all(len(office.runs(n)) >= 2 for n in names[1:]), "runs of two")
        n = len(vigied.said("STATUS="))
        vigied.wait_said("STATUS=", n + 1)
        status = vigied.said("STATUS=")[-1]
        assert re.match(r"STATUS=3 partners, 0 of them failing, [1-3] being read, [4-9]\d* runs; timers at most \d+ ms late$", status), status
        partners[0].clear()


# ---- SIGHUP


def test_a_new_partner(office, make):
    old, new = make(), make()
    first = often(office, old)
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(first), "a run")
        second = often(office, new)
        vigied.reload()
        wait_until(lambda: office.runs(second), "a run of the new one")
        vigied.wait_log(r"reloaded: 1 partners new, 0 changed, 0 gone, 0 kept")
        assert vigied.said("RELOADING=1") and vigied.said("MONOTONIC_USEC=")


def test_a_changed_partner(office, make):
    partner, other = make("baludik"), make("baludik")
    name, same = often(office, partner), often(office, other)
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(name) and office.runs(same), "runs")
        office.change(name, map={"title": "/description"})
        vigied.reload()
        vigied.wait_log(r"0 partners new, 1 changed, 0 gone, 0 kept")
        wait_until(lambda: all(r["title"].startswith("Un jeu de piste") for r in office.listings(name).values()), "new titles")
    assert not any(r["title"].startswith("Un jeu de piste") for r in office.listings(same).values())
    assert {r["outcome"] for r in office.runs(same)[1:]} <= {"not-modified"}, "who did not change is not read again"


def test_settings_that_need_a_restart_are_told(office, make):
    often(office, make())
    with office.daemon() as vigied:
        vigied.reload()
        assert "holds after a restart" not in vigied.log()
        with open(office.file, "a", encoding="utf-8") as file:
            file.write("# a remark\n")
        vigied.reload()
        vigied.wait_log(r"vigie.conf has changed: .* holds after a restart")


def test_a_shorter_interval_counts_at_once(office, make):
    """It was planned for an hour later."""
    name = office.add(make(), partner={"interval": "1h"})
    with office.daemon() as vigied:
        vigied.wait_log(f"{name}: complete")  # it is in the ledger a little before
        office.change(name, partner={"interval": "1s"})
        vigied.reload()
        wait_until(lambda: len(office.runs(name)) >= 3, "more runs")


def test_a_shorter_interval_while_it_is_read(office, make):
    """It was going to be planned by the settings that it began with."""
    partner = make(paging="next-url")
    name = office.add(partner, partner={"interval": "1h"})
    partner.hold(page=2)
    with office.daemon() as vigied:
        partner.wait_for_held()
        office.change(name, partner={"interval": "1s"})
        vigied.reload()
        partner.clear()
        wait_until(lambda: len(office.runs(name)) >= 3, "more runs")


def test_a_partner_that_left(office, make):
    staying, leaving = make(), make()
    stays, leaves = often(office, staying), often(office, leaving)
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(stays) and office.runs(leaves), "runs")
        office.drop(leaves)
        vigied.reload()
        asked = len(leaving.requests())
        n = len(office.runs(stays))
        wait_until(lambda: len(office.runs(stays)) >= n + 3, "runs of who stays")
        assert len(leaving.requests()) <= asked + 1
    assert len(office.ids(leaves)) == 25, "its listings stay"


def test_it_leaves_while_it_is_read(office, make):
    partner, other = make(paging="next-url"), make()
    name, witness = often(office, partner), often(office, other)
    partner.hold(page=2)
    with office.daemon() as vigied:
        partner.wait_for_held()
        office.drop(name)
        vigied.reload()
        partner.clear()
        wait_until(lambda: office.runs(name), "the run ends well")
        n = len(office.runs(witness))
        wait_until(lambda: len(office.runs(witness)) >= n + 3, "runs of the other")
    assert len(office.runs(name)) == 1 and len(office.ids(name)) == 25


@pytest.mark.parametrize("other", [{}, {"limits": {"max_pages": 3}}], ids=["same", "other"])
def test_it_comes_back_while_it_is_read(office, make, other):
    """An editor that writes a new file, or an upgrade: the run goes on, and no second one beside it."""
    partner, witness = make(paging="next-url"), often(office, make())
    name = often(office, partner)
    partner.hold(page=2)
    with office.daemon() as vigied:
        partner.wait_for_held()
        settings = office.partners[name]
        office.drop(name)
        vigied.reload()
        office.partners[name] = settings
        office.change(name, **other)
        vigied.reload()
        n = len(office.runs(witness))
        wait_until(lambda: len(office.runs(witness)) >= n + 2, "runs of the other")
        assert len(partner.requests()) == 2, "one run asks"
        partner.clear()
        wait_until(lambda: len(office.runs(name)) >= 2, "it is polled on")
    assert {r["outcome"] for r in office.runs(name)} == {"complete"} and len(office.ids(name)) == 25


def test_changed_and_changed_back_while_it_is_read(office, make):
    partner = make(paging="next-url")
    name = often(office, partner)
    partner.hold(page=2)
    with office.daemon() as vigied:
        partner.wait_for_held()
        for pages in (1, 100):
            office.change(name, limits={"max_pages": pages})
            vigied.reload()
        office.change(name, limits={"max_pages": None})
        vigied.reload()
        partner.clear()
        wait_until(lambda: len(office.runs(name)) >= 3, "runs")
    assert {r["outcome"] for r in office.runs(name)} == {"complete"}


def test_a_broken_file_keeps_the_old_settings(office, make):
    partner, other = make(), make()
    name, witness = often(office, partner), often(office, other)
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(name) and office.runs(witness), "runs")
        file = office.partner_file(name)
        text = file.read_text()
        file.write_text(text.replace("kind = deal", "kind = deel"))
        vigied.reload()
        line = text.split("\n").index("kind = deal") + 1
        vigied.wait_log(rf"<3>{re.escape(str(file))}:{line}: .*did you mean \"deal\"")
        vigied.wait_log(r"0 changed, 0 gone, 1 kept as they were")
        n = len(office.runs(name))
        wait_until(lambda: len(office.runs(name)) >= n + 2, "it is polled as before")
        file.write_text(text)
        vigied.reload()
        vigied.wait_log(r"0 new, 0 changed, 0 gone, 0 kept|0 partners new, 0 changed, 0 gone, 0 kept")


def test_a_broken_main_file_keeps_everything(office, make):
    name = often(office, make())
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(name), "a run")
        office.file.write_text("[territory]\ncircle = Marmande\n")
        vigied.reload()
        vigied.wait_log(rf"<3>{re.escape(str(office.file))}:2: ")
        vigied.wait_log("the old settings stay")
        n = len(office.runs(name))
        wait_until(lambda: len(office.runs(name)) >= n + 2, "it goes on")


def test_a_broken_file_at_the_start(office, make):
    """The others are served, and the broken one is named."""
    good, bad = often(office, make()), often(office, make())
    office.partner_file(bad).write_text("[partner]\nname = X\n")
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(good), "a run of the good one")
        assert re.search(rf"<3>{re.escape(str(office.partner_file(bad)))}.*missing", vigied.log())
        assert vigied.said()[0].startswith("STATUS=the settings have mistakes, which the journal names; 1 partners")
    assert office.runs(bad) == []


def test_a_partner_that_is_switched_off(office, make):
    off, on = make(), make()
    silent, witness = often(office, off, partner={"enabled": "no", "interval": "1s"}), often(office, on)
    with office.daemon():
        wait_until(lambda: len(office.runs(witness)) >= 2, "runs")
    assert off.requests() == [] and office.runs(silent) == []


def test_many_reloads(office, make):
    """A hundred in a row, while runs are under way: no run is lost, nothing leaks, nothing crashes."""
    partners = [make(paging="next-url") for _ in range(4)]
    names = [often(office, p) for p in partners]
    with office.daemon() as vigied:
        for i in range(100):
            office.change(names[i % 4], limits={"max_pages": 100 + i})
            vigied.signal(signal.SIGHUP)
        vigied.reload()
        n = {name: len(office.runs(name)) for name in names}
        wait_until(lambda: all(len(office.runs(name)) > n[name] + 1 for name in names), "runs after it")
        handles = len(os.listdir(f"/proc/{vigied.process.pid}/fd"))
        assert handles < 60
    assert {r["outcome"] for name in names for r in office.runs(name)} == {"complete"}
