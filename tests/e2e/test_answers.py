# SPDX-License-Identifier: Apache-2.0
"""A letter about a partner, from the command line: the sheet, the outbox, and what staff answer."""
import contextlib
import datetime
import getpass
import json
import sqlite3

import pytest
from office import GOOD, JOB_FAILED, USAGE
from test_commands import complaint, read_json, said

FACTS = {"partner": "", "name": "Boats & Cie", "verdict": "frozen", "before": "alive", "at": 1767225600000,
         "probability": 0.42, "listings": 3, "withdrawn": False, "marked": True, "reasons": [], "peers": []}


def write(office, *statements):
    """What the watch would have written: the tables are its own."""
    with contextlib.closing(sqlite3.connect(office.path, timeout=10)) as db:
        for statement, values in statements:
            db.execute(statement, values)
        db.commit()


@pytest.fixture
def partner(office, make):
    return office.add(make(count=3))


@pytest.fixture
def told(office, partner):
    """Staff were written about a frozen partner: a letter that was sent, and one that waits for a server that is away."""
    assert office.sync(partner)["outcome"] == "complete"
    facts = json.dumps({**FACTS, "partner": partner})
    ms = 1767225600000
    one = "(SELECT partner_id FROM partner WHERE partner = ?)"
    write(office,
          ("UPDATE partner SET verdict = 'frozen', verdict_since_ms = ?, probability = 0.42 WHERE partner = ?", (ms, partner)),
          (f"INSERT INTO verdict_log (partner_id, at_ms, verdict, before, probability, facts) VALUES ({one}, ?, 'frozen', 'alive',"
           " 0.42, ?)", (partner, ms, facts)),
          (f"INSERT INTO evidence_log (partner_id, at_ms, signal, value, weight) VALUES ({one}, ?, 'listings', '3', 3.5)",
           (partner, ms)),
          ("INSERT INTO alert (alert, partner_id, at_ms, verdict, told, told_ms, mail_state, facts, remind_ms)"
           f" VALUES (1, {one}, ?, 'frozen', 'frozen', ?, 'sent', ?, ?)", (partner, ms, ms, facts, ms)),
          ("INSERT INTO outbox (letter, recipient, kind, message_id, created_ms, due_ms, state, sent_ms, attempts, subject, text,"
           " html) VALUES (1, 'anne@x.example', 'alert', '<1@x>', ?, ?, 'sent', ?, 1, 'Frozen', 'As it went.', '<p>went</p>')",
           (ms, ms, ms)),
          ("INSERT INTO outbox_item (letter, recipient, note, alert, facts) VALUES (1, 'anne@x.example', '1:open', 1, ?)", (facts,)),
          ("INSERT INTO outbox (letter, recipient, kind, message_id, created_ms, due_ms, attempts, first_failure_ms, last_error)"
           " VALUES (2, 'paul@x.example', 'alert', '<2@x>', ?, ?, 3, ?, '450 greylisted')", (ms, ms, ms)),
          ("INSERT INTO outbox_item (letter, recipient, note, alert, facts) VALUES (2, 'paul@x.example', '1:open', 1, ?)", (facts,)))
    return partner


def alert(office):
    row, = office.rows("SELECT * FROM alerts")
    return row


def test_nothing_to_answer(office, partner):
    office.sync(partner)
    for command in ("ack", "snooze"):
        assert f"there is no alert about {partner}" in complaint(office, command, partner, status=JOB_FAILED)
    assert office.rows("SELECT * FROM labels") == []
    assert "is gone" in said(office, "confirm", partner), "what they know is kept in any case"
    assert office.one("SELECT label || verdict FROM labels") == "confirmalive"


def test_ack(office, told):
    assert "no more reminders" in said(office, "ack", told, "--note", "on the telephone")
    row = alert(office)
    assert row["acknowledged_by"] == getpass.getuser() and row["acknowledged_at"] and row["closed_at"] is None
    assert office.one("SELECT remind_ms FROM alert") is None
    label, = office.rows("SELECT * FROM labels")
    assert (label["label"], label["verdict"], label["note"]) == ("ack", "frozen", "on the telephone")
    sheet = said(office, "partner", told)
    assert "on the telephone" in sheet and getpass.getuser() in sheet


def test_snooze(office, told):
    assert "put off until" in said(office, "snooze", told)
    week = read_json(office, "snooze", told, "12h")
    left = datetime.datetime.fromisoformat(week["until"]) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(hours=11) < left < datetime.timedelta(hours=13)
    assert alert(office)["snoozed_until"] == week["until"] and alert(office)["acknowledged_by"] is None
    for bad in ("soon", "0d", "800d"):
        complaint(office, "snooze", told, bad)


def test_dismiss(office, told):
    assert "is wrong" in said(office, "dismiss", told)
    row = alert(office)
    assert row["answer"] == "dismiss" and row["closed_at"]
    assert [r["state"] for r in office.rows("SELECT state FROM outbox")] == ["sent"], "the letter that waits is called back"
    assert "there is no alert" in complaint(office, "ack", told, status=JOB_FAILED)


def test_withdrawn_with_its_partner(office, told):
    write(office, ("UPDATE partner SET verdict = 'gone', withdrawn = 1, withdrawn_ms = 1893456000000 WHERE partner = ?", (told,)))
    assert read_json(office, "listings") == []
    assert {r["published"] for r in office.listings(told).values()} == {0}
    assert {r["partner_verdict"] for r in office.listings(told).values()} == {"gone"}
    uid = f"{told}:{office.ids(told)[0]}"
    assert "nothing of this partner is published, because it is gone" in said(office, "why", uid)
    assert "not published" in said(office, "partner", told)
    said(office, "dismiss", told)
    assert len(read_json(office, "listings")) == 3
    assert [op for op, _ in office.changes(told)][-3:] == ["changed"] * 3
    assert "published again with its partner" in said(office, "why", uid)


def test_the_sheet(office, make, told):
    other = office.add(make(count=1), partner={"replaced_by": told})
    soon = (datetime.date.today() + datetime.timedelta(days=21)).isoformat()
    office.change(told, partner={"siren": "552100554", "contact": "Anne, 05 53 00 00 00", "contract_to": soon, "charity": "1 %",
                                 "closed": "11-01..03-31"})
    sheet = said(office, "partner", told)
    for words in ("frozen since", "nothing has changed there for very long", "42 %", "552100554", "Anne, 05 53", f"to {soon}", "1 %",
                  "11-01..03-31", "What was thought of it", "What staff were told", "Evidence, the latest", "+3.5"):
        assert words in sheet, words
    assert "its contract ends in 2" in said(office, "partners")
    told_json = read_json(office, "partner", told)
    assert told_json["siren"] == "552100554" and told_json["contract_to"] == soon
    assert told_json["verdicts"][0]["verdict"] == "frozen" and told_json["evidence"][0]["weight"] == 3.5
    assert told_json["alerts"][0]["mail_state"] == "sent" and told_json["labels"] == []
    assert told_json["predecessor"] == read_json(office, "partner", other)["name"]
    why = said(office, "why", told)
    assert "42.0 %" in why and "+3.5" in why


def test_letters(office, told):
    lines = said(office, "mail", "list").splitlines()
    assert len(lines) == 3 and "paul@x.example" in lines[1] and "450 greylisted" in lines[1] and told in lines[1]
    rows = read_json(office, "mail", "list")
    assert [(r["letter"], r["state"]) for r in rows] == [(2, "waiting"), (1, "sent")]
    assert said(office, "mail", "preview", "1") == "Frozen\n\nAs it went."
    assert said(office, "mail", "preview", "1", "--html") == "<p>went</p>"
    assert "Boats & Cie" in said(office, "mail", "preview", "2"), "as it would be sent now"
    assert "there is no letter 3" in complaint(office, "mail", "preview", "3", status=JOB_FAILED)
    done = office.vigie("partners")
    assert done.returncode == GOOD and "1 letter to staff cannot be sent since" in done.stderr and "450 greylisted" in done.stderr


def test_no_letters_yet(office, partner):
    office.sync(partner)
    done = office.vigie("mail", "list")
    assert done.returncode == GOOD and "no letters" in done.stderr
    assert office.vigie("mail", "nonsense").returncode == USAGE
