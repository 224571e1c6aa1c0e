# SPDX-License-Identifier: Apache-2.0
"""What monitoring reads: /metrics, /livez, /readyz, and the rules and the dashboard that go by them."""
import contextlib
import json
import math
import pathlib
import re
import sqlite3
import struct
import subprocess

import pytest

from office import ROOT, wait_until
from test_serve import ask
from webtools import python_module, unpacked

RULES = ROOT / "docs/prometheus/vigie.rules.yml"
DASHBOARD = ROOT / "docs/prometheus/vigie.dashboard.json"
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"  # as Prometheus asks


def metrics(served):
    """{(name, ((label, value), …)): number} by the text that anybody gets."""
    status, headers, body = ask(served, "/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = {}
    for line in body.decode().splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            key = name, tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
            assert key not in found, line
            found[key] = float(value)
    return found


def of(found, name, **labels):
    return found[name, tuple(labels.items())]


@pytest.fixture
def measured(office, make):
    """A service that has read one partner of eight listings, has another that fails, and one that is not asked any more."""
    partner = make("plain", count=8, paging="none")
    office.add(partner, "boats", partner={"name": 'Les « Bateaux » "du" \\ Lot', "interval": "1h"})
    office.add(make("plain", count=2, paging="none"), "former")
    failing = make("plain", count=2)
    failing.fault("status", status=500)
    office.add(failing, "dead")
    office.sync("former")
    office.drop("former")
    with office.daemon_served() as vigied:
        wanted = {("vigie_partner_runs_total", (("partner", "boats"), ("outcome", "complete"))): 1,
                  ("vigie_partner_runs_total", (("partner", "dead"), ("outcome", "failed"))): 1, ("vigie_partners", ()): 2}
        wait_until(lambda: wanted.items() <= metrics(vigied).items(), "one is read, the other fails")
        yield vigied


def test_partners_are_measured(office, measured):
    found = metrics(measured)
    assert {dict(labels)["partner"] for name, labels in found if name.startswith("vigie_partner_")} == {"boats", "dead"}
    assert of(found, "vigie_partner_listings", partner="boats") == 8
    assert of(found, "vigie_partner_changes_total", partner="boats", op="added") == 8
    assert of(found, "vigie_partner_changes_total", partner="boats", op="removed") == 0
    assert of(found, "vigie_partner_requests_total", partner="boats") >= 1
    assert of(found, "vigie_partner_received_bytes_total", partner="boats") > 100
    assert 0 <= of(found, "vigie_partner_freshness_seconds", partner="boats") < 60
    assert ("vigie_partner_freshness_seconds", (("partner", "dead"),)) not in found
    assert of(found, "vigie_partner_failures_in_a_row", partner="dead") == 1
    assert of(found, "vigie_partner_next_poll_timestamp_seconds", partner="boats") > 1e9
    verdicts = {dict(labels)["verdict"]: n for (name, labels), n in found.items()
                if name == "vigie_partner_verdict" and ("partner", "boats") in labels}
    assert len(verdicts) == 11 and [v for v, n in verdicts.items() if n] == ["alive"]
    assert of(found, "vigie_partners") == 2 and of(found, "vigie_blind") == 0
    assert of(found, "vigie_process_resident_memory_bytes") > 1e6 and of(found, "vigie_process_open_fds") > 5
    name = next(dict(labels)["name"] for name, labels in found if name == "vigie_partner_info" and ("partner", "boats") in labels)
    assert name == 'Les « Bateaux » \\"du\\" \\\\ Lot'


def test_sums_stay_when_the_ledger_is_dropped(office, measured):
    """They are kept with the partner, and add up to what the ledger has."""
    before = metrics(measured)
    for row in office.rows("SELECT partner, outcome, count(*) AS n, sum(added) AS added, sum(bytes) AS bytes FROM runs"
                           " WHERE partner <> 'former' GROUP BY 1, 2"):
        assert of(before, "vigie_partner_runs_total", partner=row["partner"], outcome=row["outcome"]) == row["n"]
        assert of(before, "vigie_partner_received_bytes_total", partner=row["partner"]) == row["bytes"]
    with sqlite3.connect(office.path, timeout=20) as db:
        db.execute("DELETE FROM run")
    after = metrics(measured)
    assert of(after, "vigie_partner_runs_total", partner="boats", outcome="complete") == 1


def test_refused_addresses_are_counted(office, make):
    """Where answers lead that is not followed: to private addresses, to other sites; over restarts, without the ledger."""
    partner = make("raw")
    private = f"http://{partner.host}:1/"
    partner.route("/there", "", status=302, headers={"Location": private})
    partner.route("/away", "", status=302, headers={"Location": "http://192.168.1.1/"})
    partner.route("/next", json.dumps({"items": [{"id": 1, "title": "Un"}], "next": private}))
    for path in ("there", "away", "next"):
        paging = {"paging": "next-url", "next": "/next"} if path == "next" else {}
        office.add(partner, path, partner={"interval": "24h"}, request={"url": f"{partner.base_url}/{path}"},
                   json={"items": "/items", "total": None, **paging})
    wanted = {(f"vigie_partner_{name}_total", (("partner", partner), (label, value))): 1 for name, partner, label, value in (
        ("refused_addresses", "there", "error_kind", "blocked"), ("refused_addresses", "away", "error_kind", "redirect"),
        ("refused_addresses", "next", "error_kind", "blocked"), ("runs", "next", "outcome", "partial"))}
    with office.daemon_served() as vigied:
        wait_until(lambda: wanted.items() <= metrics(vigied).items(), "each is read")
    with sqlite3.connect(office.path, timeout=20) as db:
        db.execute("DELETE FROM run")
    with office.daemon_served() as vigied:
        found = metrics(vigied)
    assert wanted.items() <= found.items()
    assert sum(n for (name, _), n in found.items() if name == "vigie_partner_refused_addresses_total") == 3


def test_an_older_catalogue_is_summed_up(bare_office):
    """One of schema 7, which had no sums yet."""
    with contextlib.closing(sqlite3.connect(bare_office.path)) as db:
        db.executescript((ROOT / "tests/schemas/7.sql").read_text(encoding="utf-8"))
        db.execute("UPDATE run SET error_kind = 'blocked' WHERE outcome = 'refused'")
        db.commit()
        wanted = db.execute("SELECT partner, sum(outcome = 'complete'), sum(outcome = 'refused'), sum(added), sum(bytes), sum(error_kind = 'blocked')"
                            " FROM run JOIN partner USING (partner_id) GROUP BY partner").fetchall()
    with bare_office.daemon():
        pass
    found = bare_office.rows("SELECT partner, runs_complete, runs_refused, all_added, all_bytes, runs_blocked FROM partner ORDER BY partner")
    assert [tuple(row.values()) for row in found] == wanted
    assert all(complete and added for _, complete, _, added, *_ in wanted) and any(refused for _, _, refused, *_ in wanted)


def test_openmetrics(measured):
    parser = python_module("prometheus_client.openmetrics.parser", "python3-prometheus-client")
    status, headers, body = ask(measured, "/metrics", Accept=OPENMETRICS)
    assert status == 200 and headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert body.endswith(b"# EOF\n") and b"\r" not in body
    families = {f.name: f for f in parser.text_string_to_metric_families(body.decode())}
    assert families["vigie_partner_runs"].type == "counter" and families["vigie_partner_listings"].type == "gauge"
    assert all(f.documentation for f in families.values())
    text = {name for name, _ in metrics(measured)}
    assert text == {s.name for f in families.values() for s in f.samples}
    names = [s.labels["name"] for s in families["vigie_partner_info"].samples if s.labels["partner"] == "boats"]
    assert names == ['Les « Bateaux » "du" \\ Lot']


def promtool(*words, text=None):
    return subprocess.run([unpacked("promtool", "prometheus"), *map(str, words)], input=text, capture_output=True, timeout=60,
                          encoding="utf-8")


def test_promtool_takes_metrics(measured):
    text = ask(measured, "/metrics")[2].decode()
    done = promtool("check", "metrics", text=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wrong = promtool("check", "metrics", text=text.replace("vigie_partner_runs_total", "vigie_partner_runs"))
    assert wrong.returncode == 3 and "_total" in wrong.stderr


def test_promtool_takes_rules(tmp_path):
    done = promtool("check", "rules", RULES)
    assert done.returncode == 0, done.stderr
    cases = tmp_path / "cases.yml"
    cases.write_text(json.dumps({"rule_files": [str(RULES)], "tests": [{
        "interval": "1m",
        "input_series": [{"series": 'vigie_partner_verdict{partner="boats",verdict="gone"}', "values": "0x10 1x80"},
                         {"series": 'vigie_partner_freshness_seconds{partner="boats"}', "values": "0+3600x90"}],
        "alert_rule_test": [
            {"eval_time": "69m", "alertname": "VigiePartnerGone", "exp_alerts": []},
            {"eval_time": "75m", "alertname": "VigiePartnerGone", "exp_alerts": [{
                "exp_labels": {"partner": "boats", "verdict": "gone", "severity": "warning"},
                "exp_annotations": {"summary": "boats: gone.", "description": "See « vigie why boats »."}}]},
            {"eval_time": "50m", "alertname": "VigiePartnerStale", "exp_alerts": [{
                "exp_labels": {"partner": "boats", "severity": "warning"},
                "exp_annotations": {"summary": "boats was last read 2d 2h 0m 0s ago."}}]}]}]}), encoding="utf-8")
    done = promtool("test", "rules", cases)
    assert done.returncode == 0, done.stdout + done.stderr


def expressions():
    yield from re.findall(r"^ *expr: (.*)$", RULES.read_text(encoding="utf-8"), re.M)
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_rules_and_dashboard_go_by_what_there_is(office, measured):
    """Every metric and every value of a label that they name is there."""
    with sqlite3.connect(office.path, timeout=20) as db:
        db.execute("INSERT INTO hook (hook, change, turn, first_failure_ms) VALUES ('site', 0, 0, 0)")
    found = metrics(measured)
    names = {name for name, _ in found}
    values = {pair for _, labels in found for pair in labels}
    asked = list(expressions())
    assert len(asked) > 25
    for expression in asked:
        for name in re.findall(r"\bvigie_\w+", expression):
            assert name in names, expression
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', expression):
            if label != "job":
                assert all((label, v) in values for v in value.split("|")), expression
    status, _, body = ask(measured, "/metrics")
    assert status == 200 and b"vigie_hook_changes_behind" in body


def test_numbers_are_of_now(measured):
    """Nothing of it is kept for the next who asks."""
    first, second = metrics(measured), metrics(measured)
    key = "vigie_http_requests_total", (("code", "2xx"),)
    assert second[key] > first[key] and not math.isnan(second[key])
    assert "Access-Control-Allow-Origin" not in ask(measured, "/metrics")[1]


# ---- health

def test_it_is_ready(measured):
    assert wait_until(lambda: ask(measured, "/readyz")[0] == 200)
    status, headers, body = ask(measured, "/readyz")
    assert body == b"ready\n" and headers["Cache-Control"] == "no-cache"
    status, headers, body = ask(measured, "/readyz", Accept="application/health+json")
    health = json.loads(body)
    assert status == 200 and headers["Content-Type"] == "application/health+json" and health["status"] == "pass"
    assert {name: c["status"] for name, (c,) in health["checks"].items()} == {"catalogue": "pass", "loop": "pass",
                                                                              "schedule": "pass", "disk": "pass"}


def test_it_is_not_ready_without_its_catalogue(office, measured):
    """Somebody has been at the file."""
    wait_until(lambda: ask(measured, "/readyz")[0] == 200)
    with sqlite3.connect(office.path, timeout=20) as db:
        db.execute("DROP TABLE meta")
    status, _, body = ask(measured, "/readyz?f=json")
    health = json.loads(body)
    assert status == 503 and health["status"] == "fail" and health["checks"]["catalogue"][0]["status"] == "fail"
    status, _, body = ask(measured, "/readyz")
    assert status == 503 and body.startswith(b"not ready\ncatalogue: ")
    assert ask(measured, "/livez")[0] == 200


class Clocks:
    """The clocks of a service that was started with .env: they go on by themselves, and jump when they are told to."""

    def __init__(self, folder):
        self.ahead, self.file, library = [0, 0], folder / "ahead", folder / "shifted_clock.so"
        source = ROOT / "tests/torture/shifted_clock.c"
        subprocess.run(["cc", "-std=gnu17", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
        self.file.write_bytes(struct.pack("qq", *self.ahead))
        self.env = {"LD_PRELOAD": library, "SHIFTED_CLOCK": self.file}

    def jump(self, seconds, awake):
        """So much later on the calendar, of which the machine was awake for so long."""
        self.ahead = [self.ahead[0] + seconds, self.ahead[1] + awake]
        with open(self.file, "r+b", buffering=0) as file:
            file.write(struct.pack("qq", *self.ahead))


@pytest.fixture
def clocks(tmp_path):
    return Clocks(tmp_path)


def test_it_is_not_ready_when_the_schedule_is_late(office, make, clocks):
    """Another program keeps the catalogue locked, so that what was read cannot be stored: it says so until that is over."""
    name = office.add(make("plain", count=3, paging="none"), partner={"interval": "1s"}, request={"conditional": "no"})
    with office.daemon_served(WATCHDOG_USEC=600_000, **clocks.env) as vigied:
        wait_until(lambda: office.runs(name) and ask(vigied, "/readyz")[0] == 200, "it is ready")
        with sqlite3.connect(office.path, timeout=20, isolation_level=None) as db:
            db.execute("BEGIN IMMEDIATE")

            def late():
                clocks.jump(11 * 60, awake=11 * 60)
                status, _, body = ask(vigied, "/readyz")
                return b"schedule: " in body and (status, body)

            status, body = wait_until(late, "it says that it is late")
            assert status == 503 and re.search(rb"^schedule: the next reading is \d+ s late, the store has been at its task for \d+ s$",
                                               body, re.M), body
            health = json.loads(ask(vigied, "/readyz?f=json")[2])
            assert health["status"] == "fail" and "the store has been" in health["checks"]["schedule"][0]["output"]
            assert ask(vigied, "/livez")[0] == 200 and "<3>the schedule has stopped" in vigied.log()
            db.execute("ROLLBACK")
        wait_until(lambda: ask(vigied, "/readyz")[0] == 200, "it is ready again")
        vigied.wait_log("<5>the schedule goes on")
        assert vigied.log().count("the schedule has stopped") == 1


def test_a_machine_that_slept_is_on_time_again(office, make, clocks):
    """The calendar goes on while a machine sleeps, its timers do not: what is due by the calendar is read soon, not an hour later."""
    name = office.add(make("plain", count=3, paging="none"), partner={"interval": "1h"})
    with office.daemon_served(WATCHDOG_USEC=600_000, **clocks.env) as vigied:
        wait_until(lambda: ", 0 being read, 1 runs;" in "".join(vigied.said("STATUS=")[-1:]), "it was read and is planned again")
        clocks.jump(12 * 3600, awake=10)
        wait_until(lambda: len(office.runs(name)) == 2, "it is read again")
        wait_until(lambda: ask(vigied, "/readyz")[0] == 200, "it is ready")
