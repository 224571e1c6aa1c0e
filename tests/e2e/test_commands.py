# SPDX-License-Identifier: Apache-2.0
"""What the command says: to people on a terminal and in a pipe, to programs with --json, to whoever mistypes."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

import pytest
from office import BUILD, GOOD, JOB_FAILED, USAGE, environment

READERS = ["partners", "listings", "runs"]
FORMER = {"removal": {"age": "0s", "brake_count": 3}}


def said(office, *words, status=GOOD):
    """What a command prints, which must end with this status."""
    done = office.vigie(*words)
    assert done.returncode == status, done
    return done.stdout


def complaint(office, *words, status=USAGE):
    """The one line that a command says on stderr, with nothing on stdout."""
    done = office.vigie(*words)
    assert done.returncode == status and done.stdout == "", done
    line, end, rest = done.stderr.partition("\n")
    assert line.startswith("vigie: ") and (end, rest) == ("\n", ""), done
    return line.removeprefix("vigie: ")


def read_json(office, *words):
    return json.loads(said(office, *words, "--json"))


def on_terminal(office, columns, *words):
    """The lines of a command on a terminal of that width, as they come, with their escape sequences."""
    leader, terminal = pty.openpty()
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        process = subprocess.Popen([BUILD / "vigie", "-c", office.file, *words], env=environment(), stdin=terminal,
                                   stdout=terminal, stderr=subprocess.DEVNULL)
        os.close(terminal)
        terminal = None
        output = b""
        while chunk := _read(leader):
            output += chunk
        assert process.wait(30) == GOOD
        return output.decode().replace("\r\n", "\n").splitlines()
    finally:
        os.close(leader)
        if terminal is not None:
            os.close(terminal)


def _read(leader):
    try:
        return os.read(leader, 65536)
    except OSError:  # EIO: the other side is closed
        return b""


def width(line):
    shown = re.sub(r"\x1b\[\d+m", "", line)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)


@pytest.fixture
def two(office, make):
    """An office with two partners of 12 and 3 listings, read once."""
    big, small = make(count=12), make(count=3)
    office.add(big, **FORMER)
    office.add(small)
    office.sync(big.name, small.name)
    return big, small


# ---- the command line

def test_help(office):
    done = office.vigie()
    assert done.returncode == USAGE and done.stdout == "" and done.stderr.startswith("usage: vigie")
    everything = said(office, "help")
    assert everything == said(office, "--help") == said(office, "-h") == done.stderr
    for command in ("check-config", "try", "sync", "partners", "partner", "listings", "runs", "why", "accept", "keys"):
        assert re.search(rf"^  {command} +\w", everything, re.M)
        own = said(office, "help", command)
        assert own.startswith(f"usage: vigie {command}") and own == said(office, command, "--help")
    assert "--near" in said(office, "help", "listings") and "--near" not in said(office, "help", "runs")
    assert re.fullmatch(r"vigie \d+\.\d+\.\d+\n", said(office, "-V"))


@pytest.mark.parametrize("words, fix", [
    (["parnters"], 'did you mean "partners"?'),
    (["list"], 'did you mean "listings"?'),
    (["help", "parnters"], 'did you mean "partners"?'),
    (["frobnicate"], "« vigie help »"),
    (["listings", "--serach", "x"], "did you mean --search?"),
    (["listings", "--zzzzzz"], "« vigie help »"),
    (["listings", "-z"], "there is no option -z"),
    (["listings", "--json", "-z"], "there is no option -z"),
    (["listings", "--json=yes"], "--json takes no value"),
    (["listings", "--kind"], "--kind needs a value"),
    (["-c"], "-c needs a value"),
    (["runs", "--kind", "boat"], '"runs" does not take --kind: it is an option of listings'),
    (["keys", "--all"], "it is an option of sync"),
    (["keys", "jsno"], 'did you mean "json"?'),
    (["mail", "preview", "--json"], '"mail preview" does not take --json: it is an option of mail list'),
    (["mail", "preview", "2", "--limit", "3"], "does not take --limit"),
    (["mail", "list", "--html"], "it is an option of mail preview"),
    (["mail", "test", "--json"], "it is an option of mail list"),
    (["hooks", "test", "nobody", "--json"], '"hooks test" does not take --json: it is an option of hooks list'),
    (["partner"], "vigie partner PARTNER"),
    (["runs", "one", "two"], 'nothing to do with "two"'),
    (["runs", "--limit", "0"], "a number from 1"),
    (["runs", "--limit", "-3"], "a number from 1"),
    (["runs", "--limit", "3x"], '"all"'),
    (["listings", "--kind", "boats"], 'did you mean "boat"?'),
    (["listings", "--kind", "zzz"], "home_exchange"),
    (["listings", "--near", "44,5;0,1;10"], "such as 44.5,0.166,10"),
    (["listings", "--near", "44.5,0.1"], "such as 44.5,0.166,10"),
    (["listings", "--near", "44.5,0.1,10,3"], "such as 44.5,0.166,10"),
    (["listings", "--near", "nan,0.1,10"], "such as 44.5,0.166,10"),
    (["listings", "--near", "144.5,0.1,10"], "latitude (-90 to 90) first"),
    (["listings", "--near", "44.5,0.1,0"], "kilometres"),
    (["listings", "--near", "44.5,0.1,1e9"], "kilometres"),
])
def test_wrong_usage_names_the_fix(office, words, fix):
    assert fix in complaint(office, *words)


def test_options_stand_anywhere(two, office):
    small = two[1].name
    wanted = said(office, "listings", "--partner", small, "--json")
    assert said(office, "--json", "listings", "-p", small) == said(office, "--partner", small, "--json", "listings") == wanted


@pytest.mark.parametrize("words", [["partner"], ["runs"], ["why"], ["accept"], ["listings", "--partner"]])
def test_unknown_partner(two, office, words):
    name = two[0].name
    assert f'did you mean "{name}"?' in complaint(office, *words, "x" + name)
    assert "« vigie partners »" in complaint(office, *words, "nobody-of-that-name")


@pytest.mark.parametrize("command", ["sync", "try"])
def test_asking_an_unknown_partner(bare_office, make, command):
    name = bare_office.add(make(count=1))
    assert f'did you mean "{name}"?' in complaint(bare_office, command, "x" + name)
    assert f"{bare_office.folder}/partners.d/nobody-of-that-name.conf" in complaint(bare_office, command, "nobody-of-that-name")
    assert not bare_office.path.exists()


@pytest.mark.parametrize("words", [["partners"], ["partner", "p"], ["listings"], ["runs"], ["why", "p"], ["accept", "p"]])
def test_no_catalogue_yet(bare_office, words):
    line = complaint(bare_office, *words, status=JOB_FAILED)
    assert str(bare_office.path) in line and "« vigie sync --all »" in line
    assert not bare_office.path.exists()


def test_nobody_is_switched_on(bare_office, make):
    bare_office.add(make(count=1), partner={"enabled": "no"})
    assert "« enabled = yes »" in complaint(bare_office, "sync", "--all") and not bare_office.path.exists()


def test_no_folder_for_the_catalogue(bare_office, make):
    bare_office.add(make(count=1))
    bare_office.configure(catalogue={"path": f"{bare_office.folder}/none/catalogue.db"})
    line = complaint(bare_office, "sync", "--all", status=JOB_FAILED)
    assert f"there is no folder {bare_office.folder}/none/: make it" in line


def test_not_a_catalogue(bare_office):
    bare_office.path.write_bytes(b"this is something else" * 100)
    assert str(bare_office.path) in complaint(bare_office, "partners", status=JOB_FAILED)


def test_a_full_disk_is_a_failed_job(two, office):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BUILD / "vigie", "-c", office.file, "listings", "--json"], env=environment(), stdout=full,
                              stderr=subprocess.PIPE, timeout=60, encoding="utf-8")
    assert done.returncode == JOB_FAILED and "No space left" in done.stderr


# ---- settings

def test_check_config(office, make):
    partner = make(count=1)
    name = office.add(partner, partner={"interval": "90m"})
    out = said(office, "check-config")
    assert re.search(rf"^{name} .* {re.escape(partner.base_url[7:])} .*90 min +yes", out, re.M)
    assert "configuration is good" in out
    checked = read_json(office, "check-config")
    assert checked["good"] is True and checked["problems"] == []
    row, = checked["partners"]
    assert (row["partner"], row["connector"], row["interval_s"], row["enabled"]) == (name, "json", 5400, True)


def test_check_config_tells_every_problem(office, make):
    name = office.add(make(count=1))
    office.change(name, partner={"intervall": "1h"}, request={"url": "ftp://x/"})
    done = office.vigie("check-config")
    assert done.returncode == USAGE and "good" not in done.stdout
    file = re.escape(str(office.partner_file(name)))
    assert re.search(rf'^{file}:\d+: .*"interval"', done.stderr, re.M)
    assert len(re.findall(rf"^{file}:\d+: ", done.stderr, re.M)) == 2
    checked = json.loads(office.vigie("check-config", "--json").stdout)
    assert checked["good"] is False and {p["partner"] for p in checked["problems"]} == {name}
    assert len(checked["problems"]) == 2 and all(p["line"] > 0 and p["text"] for p in checked["problems"])


def test_missing_settings(office):
    done = office.vigie("-c", office.folder / "none.conf", "partners")
    assert done.returncode == USAGE and f"{office.folder}/none.conf" in done.stderr and done.stdout == ""


def test_settings_of_another_kind(office, make):
    """A partner's file in place of vigie.conf, a program, a text that an old editor saved."""
    name = office.add(make(count=1))
    done = office.vigie("-c", office.partner_file(name), "partners")
    assert done.returncode == USAGE and "[partner] begins the file of a partner" in done.stderr
    text = office.folder / "utf-16.conf"
    text.write_text("[office]\nname = Office\n", encoding="utf-16")
    for file in (text, BUILD / "vigie"):
        done = office.vigie("-c", file, "partners")
        assert done.returncode == USAGE and done.stderr.count("\n") <= 2, done
    assert "UTF-8" in office.vigie("-c", text, "partners").stderr


def test_keys(office):
    out = said(office, "keys")
    assert re.search(r"^  brake_percent = .*default 20", out, re.M) and "connector = json" in out
    done = office.vigie("-c", office.folder / "none.conf", "keys")
    assert done.returncode == GOOD and "brake_percent" in done.stdout and "none.conf" in done.stderr


# ---- tables and JSON

def test_json_has_every_column_of_the_views(two, office):
    order = {"partners": "partner", "listings": "partner, external_id", "runs": "run DESC"}
    for view in READERS:
        rows = office.rows(f"SELECT * FROM {view} ORDER BY {order[view]}")
        printed = read_json(office, view)
        assert len(printed) == len(rows) > 0
        for row, shown in zip(rows, printed):
            if view == "listings":
                row["properties"] = json.loads(row["properties"])
            assert {k: shown[k] for k in row} == row


def test_empty_json_is_a_list(two, office):
    assert read_json(office, "listings", "--search", "nowordlikethis") == []


def test_pipe_gets_whole_tables(two, office):
    lines = said(office, "listings").splitlines()
    assert len(lines) == 1 + 15 and lines[0].split() == ["UID", "KIND", "TITLE", "LOCALITY", "PRICE"]
    rows = office.rows("SELECT * FROM listings ORDER BY partner, external_id")
    for line, row in zip(lines[1:], rows):
        assert line.startswith(row["uid"] + " ") and row["title"] in line and "…" not in line
        assert line.endswith({None: row["price_text"] or "", 0: "free"}.get(row["price_minor"], "EUR"))
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("words", [["partners"], ["listings"], ["listings", "--near", "44.5,0.166,50"], ["runs"], ["check-config"]],
                         ids=lambda w: w[0])
def test_tables_fit_the_terminal(two, office, words):
    two[0].change([two[0].ids()[0]], title="⛵ 日本語の船 " + "très long " * 30)
    office.sync(two[0].name)
    for columns in (20, 40, 80, 100, 160):
        lines = on_terminal(office, columns, *words)
        assert lines[0].startswith("\x1b[1m") and lines[0].endswith("\x1b[0m")
        assert max(map(width, lines[:lines.index("")])) <= columns


@pytest.mark.parametrize("words", [["help"], ["help", "listings"], ["check-config"], ["partners"]], ids=" ".join)
def test_lines_fit_the_terminal(two, office, words):
    """Below a table, and where there is none; a path stays whole."""
    office.add(two[0], "off", partner={"enabled": "no"})
    for columns in (40, 80):
        lines = [line for line in on_terminal(office, columns, *words) if "/" not in line]
        assert max(map(width, lines)) <= columns, lines


def test_terminal_counts_and_cuts(office, make):
    partner = make(count=60)
    office.add(partner)
    office.sync(partner.name)
    lines = on_terminal(office, 100, "listings")
    assert lines[51:] == ["", "50 listings", "There are more: « --limit 100 » or « --limit all » shows them."]
    assert on_terminal(office, 100, "listings", "--limit", "all")[-1] == "60 listings"
    assert on_terminal(office, 100, "partners")[-1] == "1 partner"
    assert len(said(office, "listings").splitlines()) == 61
    assert len(said(office, "listings", "--limit", "7").splitlines()) == 8
    assert len(read_json(office, "listings", "--limit", "7")) == 7
    assert len(on_terminal(office, 100, "listings", "--json")) == 62


def test_remote_text_cannot_drive_the_terminal(office, make, tmp_path):
    folder = tmp_path / "items"
    folder.mkdir()
    (folder / "1.json").write_text('{"id": "1\\u001b[31m", "title": "\\u001b]0;owned\\u0007 red", "city": "\\u009b31m"}')
    (folder / "2.json").write_bytes(b'{"id": 2, "title": "\x1b[31m red \xc2\x9b31m"}')
    partner = make("array", folder=str(folder))
    name = office.add(partner)
    assert office.sync(name)["quarantined"] == 1
    uid = read_json(office, "listings")[0]["uid"]
    assert "\\x1b[31m red" in said(office, "partner", name)
    for words in (["partners"], ["listings"], ["runs"], ["partner", name], ["why", name], ["why", uid]):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said(office, *words)), words


# ---- listings

def test_filters(office, make):
    boats, vans = make("samboat", count=20), make("yescapa", count=20)
    office.add(boats)
    office.add(vans)
    office.sync(boats.name, vans.name)
    assert {r["partner"] for r in read_json(office, "listings", "--kind", "boat")} == {boats.name}
    prices = [r["price_minor"] for r in read_json(office, "listings", "-p", boats.name)]
    assert re.findall(r"(\S+) EUR / day$", said(office, "listings", "-p", boats.name), re.M) == [f"{p / 100:.2f}" for p in prices]
    assert {r["kind"] for r in read_json(office, "listings", "-p", vans.name)} == {"camper_van"}
    assert read_json(office, "listings", "-p", vans.name, "--kind", "boat") == []
    near = read_json(office, "listings", "--near", "44.5, 0.166, 8")
    distances = [r["distance_km"] for r in near]
    assert near and distances == sorted(distances) and distances[-1] <= 8
    assert len(near) < len(read_json(office, "listings"))
    table = said(office, "listings", "--near", "44.5,0.166,8").splitlines()
    assert table[0].endswith("DISTANCE") and table[1].endswith(f"{distances[0]:.1f} km")
    title = read_json(office, "listings", "-p", boats.name)[0]["title"]
    word = max(re.findall(r"\w+", title), key=len)
    found = read_json(office, "listings", "--search", word.upper())
    assert title in [r["title"] for r in found] and all(word.lower() in (r["title"] + r["description"]).lower() for r in found)


def test_outside_the_territory(office, make):
    partner = make(count=4)
    inside, far = partner.ids()[:3], partner.ids()[3]
    partner.change(inside, latitude=44.5, longitude=0.166)
    partner.change([far], latitude=48.85, longitude=2.35)
    office.configure(territory={"circle": "44.5,0.166,25"})
    name = office.add(partner)
    office.sync(name)
    assert len(read_json(office, "listings")) == 3
    assert re.search(r"^  not shown +1 of them, outside the territory$", said(office, "partner", name), re.M)
    assert re.search("^  not shown +it lies outside the territory", said(office, "why", f"{name}:{far}"), re.M)


# ---- partners

def test_partners_that_were_never_asked_appear(two, office, make):
    new, off = make(count=1), make(count=1)
    office.add(new, name="a-new-one")
    office.add(off, name="z-off", partner={"enabled": "no"})
    printed = {r["partner"]: r for r in read_json(office, "partners")}
    assert list(printed) == sorted(printed) and len(printed) == 4
    assert all(set(r) == set(printed[two[0].name]) for r in printed.values())
    assert printed["a-new-one"]["verdict"] == "never-seen" and printed["a-new-one"]["remarks"] == "never asked yet"
    assert printed["z-off"]["enabled"] is False and "switched off" in printed["z-off"]["remarks"]
    table = said(office, "partners")
    assert re.search("^a-new-one .* never-seen +0 +never +soon +never asked yet$", table, re.M)
    assert re.search(rf"^{two[0].name} .* alive +12 +(now|\d+ s ago) +in \d+ (s|min)$", table, re.M)
    # A terminal has no room for those that are shipped, ready to switch on.
    lines = on_terminal(office, 100, "partners")
    assert not any(line.startswith("z-off") for line in lines) and any(line.startswith("a-new-one") for line in lines)
    assert "3 partners" in lines and "1 more is switched off: « vigie check-config » has them all" in lines
    sheet = said(office, "partner", "a-new-one")
    assert "never asked yet" in sheet and str(office.partner_file("a-new-one")) in sheet
    assert "« vigie sync a-new-one »" in complaint(office, "why", "a-new-one", status=JOB_FAILED)
    assert "nothing is on hold" in said(office, "accept", "a-new-one")


def test_partner_whose_file_is_gone_or_wrong(two, office):
    big, small = (p.name for p in two)
    office.drop(big)
    office.change(small, partner={"kind": "nonsense"})
    done = office.vigie("partners", "--json")
    assert done.returncode == GOOD and done.stderr.count("\n") == 1 and "« vigie check-config »" in done.stderr
    remarks = {r["partner"]: r["remarks"] for r in json.loads(done.stdout)}
    assert remarks[big] == "no longer in the settings" and remarks[small].startswith("its settings cannot be used")
    assert "its file is gone" in said(office, "partner", big)
    assert f"{office.partner_file(small)}:" in said(office, "partner", small)
    assert len(read_json(office, "listings")) == 15


def test_a_failing_partner(two, office):
    partner = two[0]
    partner.fault("status", status=503)
    for _ in range(3):
        office.sync(partner.name)
    assert re.search("the last 3 attempts failed: .*503", said(office, "partners"))
    lines = on_terminal(office, 80, "partners")
    assert any(line.startswith(f"{partner.name}: the last 3 attempts failed") for line in lines)
    why = said(office, "why", partner.name)
    assert "The latest runs that did not go well" in why and len(re.findall("^ +[0-9]+ .* failed ", why, re.M)) == 3
    shown = read_json(office, "partner", partner.name)
    assert shown["failures"] == 3 and [r["outcome"] for r in shown["runs"]] == ["failed"] * 3 + ["complete"]
    partner.clear()
    office.sync(partner.name)
    assert "fail" not in said(office, "partners")
    assert "nothing is on hold, nothing fails" in said(office, "why", partner.name)


def test_the_sheet_shows_quarantine(office, make, tmp_path):
    folder = tmp_path / "items"
    folder.mkdir()
    (folder / "1.json").write_text('{"id": 1, "title": "good"}')
    (folder / "2.json").write_text('{"title": "no \\u001b[31m identifier", "x": "' + "y" * 300 + '"}')
    partner = make("array", folder=str(folder))
    name = office.add(partner)
    assert office.sync(name)["quarantined"] == 1
    sheet = said(office, "partner", name)
    assert re.search("^  unreadable +1 in quarantine$", sheet, re.M)
    assert re.search(r"\nIn quarantine, the latest\nLAST SEEN .*\n.*no \\+u001b\[31m identifier", sheet)
    row, = read_json(office, "partner", name)["quarantine"]
    assert row["raw"].startswith('{"title"') and row["reason"] and row["times"] == 1


# ---- runs

def test_runs(two, office):
    big, small = two
    big.add(2), big.change(1), office.sync(big.name)
    runs = read_json(office, "runs")
    assert [r["run"] for r in runs] == [3, 2, 1] and runs[0]["added"] == 2
    table = said(office, "runs").splitlines()
    assert len(table) == 4 and re.match(rf"{big.name} +3 .* complete +200 .* 14 +\+2 ~1", table[1])
    assert len(said(office, "runs", big.name).splitlines()) == 3
    assert len(said(office, "runs", small.name, "--limit", "1").splitlines()) == 2
    assert [r["run"] for r in read_json(office, "runs", "--limit", "2")] == [3, 2]


# ---- removals: why and accept

def test_the_life_of_a_listing(two, office):
    partner, name = two[0], two[0].name
    gone, = partner.remove(1)
    uid = f"{name}:{gone}"
    assert "it takes 2 complete answers without it" in said(office, "why", uid)
    office.sync(name)
    why = said(office, "why", uid)
    assert "present, but missing from 1 complete answer" in why and "it takes 1 more complete answer without it" in why
    office.sync(name)
    why = said(office, "why", uid)
    assert re.search("^  now +removed on ", why, re.M)
    assert re.findall(r"^  \S+ \S+  (first seen|seen for the last time|missing|removed)", why, re.M) == [
        "first seen", "seen for the last time", "missing", "missing", "removed"]
    partner.restore([gone])
    office.sync(name)
    assert "offered again, and restored" in said(office, "why", uid)
    told = read_json(office, "why", uid)
    assert told["uid"] == uid and told["missing"] == [] and told["history"][-1]["event"] == "restored"
    assert "no listing" in complaint(office, "why", f"{name}:nope")


def test_holds_and_accept(two, office):
    partner, name = two[0], two[0].name
    assert "nothing is on hold, nothing was removed" in said(office, "accept", name)
    gone = [str(i) for i in partner.remove(5)]
    office.sync(name)
    office.sync(name)
    row, = (r for r in read_json(office, "partners") if r["partner"] == name)
    assert (row["hold"], row["held"]) == ("brake", 5) and f"« vigie accept {name} »" in row["remarks"]
    why = said(office, "why", name)
    assert f"« vigie accept {name} »" in why and "5 removals since" in why
    assert sorted(re.findall(rf"^{name}:(\S+) .* 2  yes$", why, re.M)) == sorted(gone)
    assert len(re.findall(r"2  yes$", said(office, "why", name, "--limit", "2"), re.M)) == 2
    assert "its removal is on hold" in said(office, "why", f"{name}:{gone[0]}")
    told = read_json(office, "why", name)
    assert {m["uid"] for m in told["missing"]} == {f"{name}:{i}" for i in gone} and told["missing"][0]["held"] == 1
    assert any("« vigie accept" in line for line in on_terminal(office, 80, "partners"))
    assert len(office.ids(name)) == 12
    assert read_json(office, "accept", name) == {"partner": name, "removed": 5}
    assert sorted(set(partner.ids())) == office.ids(name)
    assert "removed with « vigie accept »" in said(office, "why", f"{name}:{gone[0]}")
    assert "nothing is on hold" in said(office, "accept", name)
