# SPDX-License-Identifier: Apache-2.0
"""A disk that is full: reading goes on, nobody is polled, staff are told, and it goes on by itself when there is room."""
import contextlib
import os
import subprocess

import pytest

from mailbox import Mailbox
from office import GOOD, JOB_FAILED, SLOW, Office, wait_until
from reading import get

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")

SIZE, COUNT = 32 << 20, 30000  # so many listings take more
SPEED = 600  # letters are held back for five minutes, to be grouped: half a second


@pytest.fixture
def small(tmp_path, simulator):
    """An office on a file system of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "vigie-test", folder], check=True)
    try:
        yield Office(folder, simulator)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(office):
    """To the last byte, as another program would."""
    with open(office.folder / "ballast", "ab", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


def make_room(office):
    (office.folder / "ballast").unlink()


def metric(vigied, name):
    lines = get(vigied.url, "/metrics").body.decode().splitlines()
    return float(next(line for line in lines if line.startswith(name + " ")).split()[1])


def test_a_full_disk(small, make):
    office, partner, big = small, make(count=5), [make(count=6000), make(count=6000)]
    with Mailbox() as post:
        office.main["mail"] = post.settings(to="accueil@office.example")
        old = office.add(partner, partner={"interval": "10m"})
        with office.daemon_served("--speed", SPEED, WATCHDOG_USEC=300_000) as vigied:
            wait_until(lambda: office.runs(old), "a run")
            for p in big:
                p.hold()
            new = [office.add(p, partner={"interval": "10m"}) for p in big]
            vigied.reload()
            for p in big:
                p.wait_for_held()
            fill(office)
            big[0].clear()
            vigied.wait_log("<3>the disk is full: no partner is read")
            big[1].clear()  # what was on its way does not take the room that is left for what is small
            full(office, vigied, post, old)
            assert not any(office.runs(n) or office.listings(n) for n in new), "nothing of them is half there"
            make_room(office)
            vigied.wait_log("there is room on the disk again")
            wait_until(lambda: all(map(office.runs, new)), "they are read")
            assert {r["outcome"] for n in (*new, old) for r in office.runs(n)} <= {"complete", "not-modified"}
            assert [len(office.listings(n)) for n in new] == [6000, 6000]
            post.wait(lambda m: "De la place" in m["Subject"])
            vigied.wait_said("STATUS=3 partners, 0 of them failing")
            assert get(vigied.url, "/readyz").status == 200 and metric(vigied, "vigie_disk_full") == 0
            assert vigied.log().count("<3>the disk is full") == vigied.log().count("room on the disk again") == 1, vigied.log()
        assert "disk" not in office.vigie("partners").stderr
        assert sorted("plein" in m["Subject"] for m in post.mails) == [False, True], "each is told once"


def full(office, vigied, post, old):
    vigied.wait_said("STATUS=DISK FULL since")
    post.wait(lambda m: "disque" in m["Subject"] and "plein" in m["Subject"])
    runs = len(office.runs(old))
    vigied.wait_said("STATUS=DISK FULL", len(vigied.said("STATUS=DISK FULL")) + 20)
    assert len(office.runs(old)) == runs, "nobody is polled"
    assert vigied.said("WATCHDOG=1"), "and the schedule is not late for that"
    assert get(vigied.url, "/collections/all/items?limit=100", Accept="application/geo+json").json["numberMatched"] == 5
    answer = get(vigied.url, "/readyz")
    assert answer.status == 503 and "disk: it is full since" in answer.body.decode(), answer.text
    assert metric(vigied, "vigie_disk_full") == 1
    done = office.vigie("listings", "--json")
    assert done.returncode == GOOD and done.stdout.count('"uid"') == 5, done
    done = office.vigie("partners")
    assert done.returncode == GOOD and "the disk is full since" in done.stderr and "attempt" not in done.stdout, done


@pytest.mark.skipif(SLOW > 1, reason="so many listings take sanitizers half a minute")
def test_a_list_that_does_not_fit(small, make):
    """It is not asked for again for as little room as was not enough."""
    office, big = small, make(count=COUNT)
    new = office.add(big, partner={"interval": "24h"})
    (office.folder / "ballast").write_bytes(b"x" * (SIZE // 2))
    with office.daemon() as vigied:
        vigied.wait_log("no partner is read until 8 MB are free")
        vigied.wait_log("no partner is read until 12 MB are free")
        assert office.runs(new) == [] and office.listings(new) == {}
        subprocess.run(["mount", "-o", f"remount,size={SIZE * 8}", office.folder], check=True)
        wait_until(lambda: office.runs(new), "it is read")
    assert [r["outcome"] for r in office.runs(new)] == ["complete"] and len(office.listings(new)) == COUNT


def test_a_run_by_hand(small, make):
    """One clear line, the exit status, and no trace."""
    office = small
    old, big = office.add(make(count=5)), office.add(make(count=6000))
    assert office.sync(old)["exit"] == GOOD
    fill(office)
    done = office.vigie("sync", big)
    assert done.returncode == JOB_FAILED and ("disk is full" in done.stderr or "No space left" in done.stderr), done
    make_room(office)
    assert office.runs(big) == [] and len(office.ids(old)) == 5
    run = office.sync(big)
    assert (run["exit"], run["outcome"], len(office.ids(big))) == (GOOD, "complete", 6000)
