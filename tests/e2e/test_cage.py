# SPDX-License-Identifier: Apache-2.0
"""A connector that crashes, hangs, eats memory or breaks out costs one run of one partner: its fault, not the partner's.

tests/unit/plugins/wicked.c does what the lines of its document say.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest
from office import BUILD, SLOW, environment, wait_until

GOOD_LINES = "a\nb\nc\n"
# What it does; what is said of it.  Sanitizers want to report a crash, which is not allowed either.
FORBIDDEN = "what it may not do"
ACTS = {
    "crash": f"crashed|{FORBIDDEN}" if SLOW > 1 else "crashed", "leave": "ended in the middle", "eat": "crashed", "doze": FORBIDDEN,
    "unlink": FORBIDDEN, "connect": FORBIDDEN, "fork": FORBIDDEN, "thread": FORBIDDEN, "execute": FORBIDDEN, "kill": FORBIDDEN,
    "trace": FORBIDDEN, "code": FORBIDDEN, "make-code": FORBIDDEN, "downwards": FORBIDDEN,
    "overtime": "takes too much processor time", "scribble": "makes no sense", "flood": "makes no sense",
}
if SLOW > 1:
    for act in ("eat", "code", "make-code", "downwards", "thread"):
        del ACTS[act]  # sanitizers need what these want


@pytest.fixture
def wicked(office, make, tmp_path):
    """A partner whose connector obeys its document, and the folder of connectors."""
    folder = tmp_path / "connectors"
    folder.mkdir()
    for path in (BUILD / "test-plugins/wicked.so", BUILD / "connectors/json.so"):
        (folder / path.name).symlink_to(path)
    partner = make("raw")
    partner.route("/list.txt", GOOD_LINES)
    office.partner_file("wicked").write_text(
        f"[partner]\nname = W\nconnector = wicked\nkind = place\ninterval = 1s\n[request]\nurl = {partner.base_url}/list.txt\n"
        "allow_private = yes\n[limits]\nmax_body = 1M\nmax_retries = 0\n[removal]\nage = 0s\n", encoding="utf-8")
    return partner, {"VIGIE_CONNECTORS": str(folder)}


def cages(pid):
    """The processes that this one has started."""
    return [int(child) for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def runs(pid):
    """Whoever inherits a process may leave it a zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_what_it_may_not(office, wicked):
    partner, env = wicked
    assert office.sync("wicked", **env)["added"] == 3
    for act, said in ACTS.items():
        partner.route("/list.txt", f"a\nnew\n{act}\nb\n")
        run = office.sync("wicked", **env)
        assert (run["outcome"], run["error_kind"]) == ("failed", "connector"), (act, run)
        assert any(word in run["detail"] for word in said.split("|")), (act, run["detail"])
        assert sorted(office.ids("wicked")) == ["a", "b", "c"], act
    row, = office.rows("SELECT verdict FROM partners WHERE partner = 'wicked'")
    assert row["verdict"] in ("alive", "never-seen", None), row
    partner.route("/list.txt", GOOD_LINES + "d\n")
    run = office.sync("wicked", **env)
    assert (run["outcome"], run["added"], run["removed"]) == ("complete", 1, 0), run


def test_no_files(office, wicked):
    """Files are out of reach, and nothing of the environment is inside."""
    partner, env = wicked
    partner.route("/list.txt", "files\n")
    assert office.sync("wicked", **env, HOME="/root", CREDENTIALS_DIRECTORY=str(office.folder))["added"] == 4
    titles = {row["external_id"]: row["title"] for row in office.rows("SELECT external_id, title FROM listings")}
    assert titles == dict.fromkeys(("open", "write", "stat", "environment"), "no")


def test_one_that_ends_at_once(office, make, tmp_path):
    """Before it was told what there is to read."""
    name = office.add(make(count=3))
    assert office.sync(name)["added"] == 3
    shutil.copy(BUILD / "vigie", tmp_path)
    cage = tmp_path / "vigie-cage"
    cage.write_text("#!/bin/sh\nexit 3\n")
    cage.chmod(0o755)
    said = subprocess.run([tmp_path / "vigie", "-c", office.file, "sync", "--json", name], env=environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60 * SLOW, encoding="utf-8")
    run, = json.loads(said.stdout)
    assert (run["outcome"], run["error_kind"]) == ("failed", "connector") and "(status 3)" in run["detail"], run
    assert len(office.ids(name)) == 3
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["removed"]) == ("complete", 0, 0), run


def test_the_service_goes_on(office, make, wicked):
    """While one hangs, the others are polled; what hangs is ended, and no process outlives the service."""
    partner, env = wicked
    other = make(count=3)
    name = office.add(other, partner={"interval": "1s"})
    with office.daemon(**env) as vigied:
        wait_until(lambda: len(office.ids("wicked")) == 3, "the listings")
        partner.route("/list.txt", "a\nspin\n")
        before = len(office.runs(name))
        wait_until(lambda: any(r["error_kind"] == "connector" and "hangs" in r["detail"] for r in office.runs("wicked")), "its end", 60)
        assert len(office.runs(name)) >= before + 2, "the others were not polled"
        wait_until(lambda: not cages(vigied.process.pid), "nobody is left")
        partner.route("/list.txt", "a\nb\nc\nd\n")
        wait_until(lambda: len(office.ids("wicked")) == 4, "its return", 60)
        partner.route("/list.txt", "a\nspin\n")
        left = wait_until(lambda: cages(vigied.process.pid), "the connector again", 60)
        os.kill(vigied.process.pid, signal.SIGKILL)
        vigied.process.wait()
    wait_until(lambda: not any(map(runs, left)), "the connector's end with the service's")


WAITERS = ("[partner]\nname = S\nconnector = json\nkind = place\ninterval = 1s\n[request]\nurl = {url}/{n}\nallow_private = yes\n"
           "[limits]\nrun = 1h\nmax_retries = 3\nrate_per_minute = 0\n[json]\nid = /id\nitems = /items\npaging = next-url\nnext = /next\n"
           "[map]\ntitle = /id\n")


@pytest.mark.skipif(SLOW > 1, reason="sanitized processes are too large")
@pytest.mark.parametrize("waiters, kind", [(64, None), (160, "system")])
def test_those_that_wait_do_not_hold_up_others(office, make, waiters, kind):
    """Partners that are waited for in the middle of a run.  When there are too many, that is no sign of another's end."""
    slow, late = make("raw"), make(count=3)
    slow.route("/page2", status=503, headers={"Retry-After": "600"})
    name = office.add(late, partner={"interval": "1s"}, limits={"run": "10s" if kind else "15m"})
    with office.daemon() as vigied:
        wait_until(lambda: len(office.ids(name)) == 3, "the first run")
        for n in range(waiters):
            slow.route(f"/{n}", json.dumps({"items": [{"id": n}], "next": "/page2"}))
            office.partner_file(f"slow{n}").write_text(WAITERS.format(url=slow.base_url, n=n), encoding="utf-8")
        vigied.reload()
        wait_until(lambda: sum(e["path"] == "/page2" for e in slow.requests()) >= waiters, "all wait", 60)
        late.add(1)
        run = wait_until(lambda: next((r for r in office.runs(name) if r["outcome"] == "failed" or r["added"] == 1), None), "a run", 60)
        assert run["error_kind"] == kind, run
        assert kind is None or "this one had to wait too long" in run["detail"], run
        vigied.kill()
