# SPDX-License-Identifier: Apache-2.0
"""vigie replay: small traces made by hand, each with one end or one false alarm, and files that are wrong."""
import csv
import datetime
import io
import json
import re
import subprocess
import sys

import pytest
from office import BUILD, GOOD, ROOT, USAGE, environment

HEADER = "t,group,partner,signal,value"
START = datetime.datetime(2024, 3, 1, tzinfo=datetime.timezone.utc)
UP = {"http": 200, "site": 200, "dns": "ok", "shape": "ok"}


def at(days):
    return (START + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Trace:
    """Rows of partners; end() sorts them."""

    def __init__(self):
        self.rows = []

    def add(self, days, partner, group="here", **values):
        self.rows += [(days, group, partner, signal.replace("_", "-"), value) for signal, value in values.items()]
        return self

    def partner(self, name, until=200, listings_until=None, group="here"):
        """Answers from day 0, contents change every day, watched until a day."""
        self.add(0, name, group, **UP)
        for day in range(1, until if listings_until is None else listings_until):
            self.add(day + 0.3, name, group, listings=100 + day % 4)
        return self.add(until, name, group, end="")

    def text(self):
        rows = sorted(self.rows, key=lambda row: row[0])
        return "\n".join([HEADER] + [",".join([at(row[0]), *map(str, row[1:])]) for row in rows]) + "\n"


@pytest.fixture
def replay(tmp_path):
    """replay(trace or text, *options): the finished process."""
    def run(trace, *options):
        path = tmp_path / "evidence.csv"
        text = trace.text() if isinstance(trace, Trace) else trace
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return subprocess.run([BUILD / "vigie", "replay", *options, path], env=environment(), capture_output=True,
                              text=True, timeout=60)
    return run


def verdicts(done, partner="p"):
    """[(days, verdict, probability)] of one partner."""
    assert done.returncode == GOOD and done.stderr == "", done
    lines = csv.DictReader(io.StringIO(done.stdout))
    assert lines.fieldnames == ["t", "partner", "verdict", "probability"]
    start = START.replace(tzinfo=None)
    return [((datetime.datetime.strptime(r["t"], "%Y-%m-%dT%H:%M:%SZ") - start).total_seconds() / 86400, r["verdict"],
             float(r["probability"])) for r in lines if r["partner"] == partner]


def first(done, verdict):
    """After how many days it is said first."""
    return next(days for days, said, _ in verdicts(done) if said == verdict)


def said(done, partner="p"):
    return [verdict for _, verdict, _ in verdicts(done, partner)]


def test_a_partner_that_answers_is_alive(replay):
    assert said(replay(Trace().partner("p"))) == ["alive"]


@pytest.mark.parametrize("values, later, verdict, within", [
    ({"http": 0, "site": 0}, {"dns": "nxdomain"}, "gone", 3),
    ({"http": 410, "site": 410}, {}, "gone", 2),
    ({"http": 404, "site": 404}, {}, "gone", 3),
    ({"http": 0, "site": 0}, {"http": 200, "site": 200, "dns": "parked", "shape": "parked"}, "gone", 3),
    ({"http": 0, "site": 0}, {}, "probably-gone", 12),
    ({"shape": "closing"}, {}, "closing", 0.2),
    ({"register": "liquidation"}, {}, "closing", 0.2),
    ({"register": "ceased", "http": 0}, {}, "gone", 3),
    ({"http": 301, "redirect": "other.example"}, {}, "moved", 0.2),
    ({"http": 401}, {}, "access-lost", 3),
    ({"listings": 0}, {}, "emptied", 4),
    ({}, {}, "frozen", 30),
])
def test_each_end_is_found(replay, values, later, verdict, within):
    done = replay(Trace().partner("p", listings_until=100).add(100.4, "p", **values).add(102, "p", **later))
    assert 100 < first(done, verdict) < 100.4 + within


@pytest.mark.parametrize("values, back", [
    ({"http": 0}, 12.1),                                # the longest outage that was ever recovered
    ({"http": 404}, 9),
    ({"http": 503, "site": 503}, 5),
    ({"shape": "mismatch"}, 6),                         # a redesign
    ({"site": 301, "site_redirect": "new.example"}, 90),
    ({"register": "rescue"}, 90),
])
def test_what_is_no_end_is_no_alarm(replay, values, back):
    reset = {"http": 200, "site": 200, "shape": "ok"}
    done = replay(Trace().partner("p").add(100.4, "p", **values).add(100.4 + back, "p", **reset))
    assert set(said(done)) <= {"alive", "outage", "uncertain"} and said(done)[-1] == "alive"


def test_a_closed_season_silences_emptiness(replay):
    trace = Trace().partner("p", listings_until=100).add(100.4, "p", season="closed", listings=0)
    trace.add(190, "p", season="open").add(190.1, "p", listings=80).add(195, "p", listings=81)
    assert said(replay(trace)) == ["alive"]


def test_what_stands_in_an_answer_is_read_only_from_an_answer(replay):
    trace = Trace().partner("p").add(100.4, "p", http=0, shape="closing").add(101, "p", http=200)
    assert 101 <= first(replay(trace), "closing") < 101.2


def test_who_never_answers_was_never_seen(replay):
    trace = Trace().add(0, "p", http=0, site=0, dns="nxdomain").add(100, "p", end="")
    assert said(replay(trace)) == ["never-seen"]


def test_many_that_fall_silent_together_are_our_own_trouble(replay):
    trace, names = Trace(), ["a", "b", "c"]
    for name in names:
        trace.partner(name).add(100.4, name, http=0, site=0).add(106, name, http=200, site=200)
    alone = Trace().partner("a").add(100.4, "a", http=0, site=0).add(106, "a", http=200, site=200)
    done = replay(trace)
    assert [said(done, name) for name in names] == [["alive"]] * 3
    assert "uncertain" in said(replay(alone), "a")


def test_gone_is_taken_back_after_a_day_of_good_polls(replay):
    trace = Trace().partner("p").add(100.4, "p", http=0, site=0, dns="nxdomain")
    trace.add(110, "p", **UP)
    history = verdicts(replay(trace))
    assert history[-1][1] == "alive" and 111 <= history[-1][0] < 111.5
    assert "gone" in [verdict for _, verdict, _ in history]


def test_reasons_add_up(replay):
    trace = Trace().partner("p").add(100.4, "p", http=0, site=0).add(102, "p", dns="nxdomain")
    rows = json.loads(replay(trace, "--json", "--reasons").stdout)
    gone = next(row for row in rows if row["verdict"] == "gone")
    odds = sum(reason["log_odds"] for reason in gone["reasons"])
    assert abs(1 / (1 + 2.718281828 ** -odds) - gone["probability"]) < 0.001
    dated = {reason["reason"]: reason["since"] for reason in gone["reasons"]}
    assert dated["nxdomain"][:10] == at(102)[:10] and dated["silent"][:10] == at(100.4)[:10]
    text = replay(trace, "--reasons").stdout.splitlines()
    assert text[0].endswith(",reasons") and re.search(r",gone,0\.9\d+,.*nxdomain\+4\.61", "\n".join(text))


@pytest.mark.parametrize("text, complaint", [
    ("", ":1: the file is empty"),
    ("t,partner\n", ":1: the header is not"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,http\n", ":2: not five columns"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,http,200,1\n", ":2: not five columns"),
    (HEADER + "\n2024-02-30T00:00:00Z,g,p,http,200\n", ":2: not a time"),
    (HEADER + "\n2024-01-01 00:00:00,g,p,http,200\n", ":2: not a time"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,ping,1\n", ':2: there is no signal "ping"'),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,http,ok\n", ':2: not a value of http: "ok"'),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,dns,\n", ":2: not a value of dns"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,,http,200\n", ":2: not the name of a partner"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,end,1\n", ':2: "end" has no value'),
    (HEADER + "\n2024-01-02T00:00:00Z,g,p,http,200\n2024-01-01T00:00:00Z,g,p,http,0\n", ":3: not sorted"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,http,200\n2024-01-01T00:00:00Z,h,p,http,0\n", ":3: the partner was in"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,end,\n2024-01-02T00:00:00Z,g,p,http,0\n", ":3: has ended already"),
    (HEADER + "\n2024-01-01T00:00:00Z,g,p,http," + "2" * 5000 + "\n", ":2: not a line"),
    (HEADER.encode() + b"\n2024-01-01T00:00:00Z,g,p,\x00,1\n", ":2: not a line"),
    (HEADER.encode() + b"\n2024-01-01T00:00:00Z,g,p,\x1b[2J,1\n", "\\x1b[2J"),
])
def test_a_file_that_is_wrong_is_named_with_its_line(replay, text, complaint):
    done = replay(text)
    assert done.returncode == USAGE and complaint in done.stderr and done.stderr.count("\n") == 1, done


def test_a_file_that_is_not_there(tmp_path):
    done = subprocess.run([BUILD / "vigie", "replay", tmp_path / "none.csv"], env=environment(), capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == USAGE and "none.csv" in done.stderr and done.stdout == ""


def test_an_empty_trace_gives_a_header_or_an_empty_list(replay):
    assert replay(HEADER + "\n").stdout == "t,partner,verdict,probability\n"
    assert json.loads(replay(HEADER + "\n", "--json").stdout) == []


def test_the_same_evidence_gives_the_same_verdicts_beside_others(replay):
    """A partner of another group changes nothing."""
    alone = Trace().partner("p").add(100.4, "p", http=410, site=410)
    beside = Trace().partner("p").add(100.4, "p", http=410, site=410).partner("q", group="there")
    assert verdicts(replay(alone)) == verdicts(replay(beside))


def test_many_partners(tmp_path):
    """A made-up quarter of fifty partners: none is called gone that comes back."""
    text = subprocess.run([sys.executable, ROOT / "tests/bench/generate_evidence.py", "50", "90", "7"],
                          capture_output=True, check=True, timeout=60).stdout
    path = tmp_path / "quarter.csv"
    path.write_bytes(text)
    done = subprocess.run([BUILD / "vigie", "replay", path], env=environment(), capture_output=True, text=True, timeout=60)
    names = {line.split(",")[2] for line in text.decode().splitlines()[1:]}
    assert done.returncode == GOOD and {line.split(",")[1] for line in done.stdout.splitlines()[1:]} == names
    assert ",gone," not in done.stdout
