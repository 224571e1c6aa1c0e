# SPDX-License-Identifier: Apache-2.0
"""iCalendar: agendas of events, and calendars that say when something is taken."""
import json

import pytest
from formats import CORPUS, partner_file


def add(office, partner, body, /, mode=None, **sections):
    partner.route("/a.ics", body, headers={"Content-Type": "text/calendar; charset=utf-8"})
    ical = {"ical": {"mode": mode, **sections.pop("ical", {})}} if mode or "ical" in sections else {}
    return partner_file(office, partner, "ical", "/a.ics", normalise={"timezone": "Europe/Paris"}, **ical, **sections)


def corpus(name):
    return (CORPUS / "ical" / name).read_bytes()


def calendar(*events, end="END:VCALENDAR\r\n"):
    lines = "".join("BEGIN:VEVENT\r\n" + "".join(f"{line}\r\n" for line in e) + "END:VEVENT\r\n" for e in events)
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + lines + end


def properties(office, name):
    return {i: json.loads(r["properties"]) for i, r in office.listings(name).items()}


def test_an_agenda(office, make):
    name = add(office, make("raw"), corpus("agenda.ics"), partner={"kind": "event"})
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 5, 0), run
    rows, more = office.listings(name), properties(office, name)
    assert sorted(rows) == ["concert@val.example", "fete@val.example", "libre@val.example", "marche@val.example",
                            "marche@val.example/20260704T080000"]
    concert = rows["concert@val.example"]
    wanted = {"title": "Concert d'été, place du Marché", "url": "https://val.example/concert", "latitude": 44.5004,
              "longitude": .1648, "image_url": "https://val.example/concert.jpg", "source_updated_at": "2026-06-01T12:00:00Z"}
    assert {k: concert[k] for k in wanted} == wanted
    assert concert["description"].startswith("Entrée libre; apportez vos chaises.\nBuvette.")
    for secret in ("06 12", "jeanne@", "Paul", "Jeanne Essai"):
        assert secret not in str(rows)
    assert more["concert@val.example"] == {  # of the calendar's own zone
        "starts_at": "2026-07-04T18:30:00Z", "ends_at": "2026-07-04T21:00:00Z", "status": "CONFIRMED",
        "location": "Place du Marché, 47200 Marmande", "categories": ["musique", "plein air", "gratuit"]}
    assert more["fete@val.example"] == {"starts_at": "2026-07-11", "ends_at": "2026-07-13"}, "whole days, the last one"
    # The name of a zone counts, not the shortened copy of it in the calendar.
    assert more["marche@val.example"] == {
        "starts_at": "2026-01-03T07:00:00Z", "ends_at": "2026-01-03T12:00:00Z",
        "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=SA", "dates": ["2026-12-24T07:00:00Z"], "except": ["2026-08-15T06:00:00Z"]}}
    assert more["marche@val.example/20260704T080000"]["starts_at"] == "2026-07-04T05:00:00Z"
    assert more["libre@val.example"]["starts_at"] == "2026-09-01T17:00:00Z", "in the office's zone"


def test_cancelled_and_private_events_go_at_once(office, make):
    partner = make("raw")
    event = ["UID:a", "DTSTART:20260704T180000Z", "SUMMARY:Un"], ["UID:b", "DTSTART:20260704T180000Z", "SUMMARY:Deux"], \
        ["UID:c", "DTSTART:20260704T180000Z", "SUMMARY:Trois"]
    name = add(office, partner, calendar(*event))
    assert office.sync(name)["listings"] == 3
    add(office, partner, calendar(event[0], event[1] + ["STATUS:cancelled"], event[2] + ["CLASS:CONFIDENTIAL"]))
    assert office.sync(name)["removed"] == 2
    assert office.ids(name) == ["a"]
    add(office, partner, calendar(*event))
    assert office.sync(name)["restored"] == 2


def test_availability_and_nothing_else(office, make):
    partner = make("raw")
    name = add(office, partner, corpus("hosting.ics"), "availability", ical={"id": '"peniche-7"'},
               map={"title": '"Péniche du Val"', "url": '"https://val.example/peniche"'}, partner={"kind": "boat"})
    run = office.sync(name)
    assert (run["outcome"], run["listings"]) == ("complete", 1), run
    row = office.listings(name)["peniche-7"]
    assert (row["title"], row["kind"], row["url"], row["description"]) == ("Péniche du Val", "boat", "https://val.example/peniche", None)
    assert json.loads(row["properties"]) == {"unavailable": [
        {"start": "2026-07-04", "end": "2026-07-15"},  # two stays, one after the other
        {"start": "2026-08-01", "end": "2026-08-08"},  # gone by ten in the morning
        {"start": "2026-09-01", "end": "2026-09-02"},
        {"start": "2026-01-05", "end": "2026-01-06", "repeats": {"rule": "FREQ=WEEKLY;BYDAY=MO"}}]}
    for file in office.folder.glob("catalogue.db*"):
        data = file.read_bytes()
        for secret in (b"Jeanne", b"4321", b"HMABCDEF12", "Réservé".encode(), b"Not available"):
            assert secret not in data


def test_availability_changes(office, make):
    partner = make("raw")
    stays = [["DTSTART;VALUE=DATE:20260704", "DTEND;VALUE=DATE:20260711", "SUMMARY:Reserved"]]
    sections = {"map": {"title": '"Gîte"'}}
    name = add(office, partner, calendar(*stays), "availability", **sections)
    assert office.sync(name)["added"] == 1
    add(office, partner, calendar([stays[0][0], stays[0][1], "SUMMARY:Madame Essai", "DTSTAMP:20260101T000000Z"]), "availability", **sections)
    assert office.sync(name)["changed"] == 0, "another guest's name is no change"
    add(office, partner, calendar(), "availability", **sections)
    assert office.sync(name)["changed"] == 1
    assert properties(office, name)["calendar"] in ({"unavailable": []}, {})


@pytest.mark.parametrize("start, end, days", [
    ("DTSTART:20260704T160000Z", "DTEND:20260706T100000Z", ("2026-07-04", "2026-07-06")),
    ("DTSTART:20260704T160000Z", "DTEND:20260706T180000Z", ("2026-07-04", "2026-07-07")),
    ("DTSTART:20260704T000000", "DTEND:20260705T235900", ("2026-07-04", "2026-07-06")),
    ("DTSTART:20260704T100000", "DTEND:20260704T110000", ("2026-07-04", "2026-07-05")),
    ("DTSTART:20260704T100000", "DURATION:P2D", ("2026-07-04", "2026-07-06")),
    ("DTSTART;VALUE=DATE:20260704", "DTEND;VALUE=DATE:20260704", ("2026-07-04", "2026-07-05")),
    ("DTSTART:20260704", "X-NOTHING:1", ("2026-07-04", "2026-07-05"))])
def test_the_days_that_are_taken(office, make, start, end, days):
    """Who leaves by noon leaves the day free: else it must not look free."""
    name = add(office, make("raw"), calendar([start, end]), "availability", map={"title": '"Gîte"'})
    office.sync(name)
    assert properties(office, name)["calendar"] == {"unavailable": [{"start": days[0], "end": days[1]}]}


@pytest.mark.parametrize("broken", ["DTSTART:bientôt", "DTSTART:20260704T100000\r\nDTEND:tard", "SUMMARY:sans date",
                                    "DTSTART:20260704\r\nDTEND:20260601"])
def test_a_stay_that_cannot_be_read_fails_the_run(office, make, broken):
    """Or its days would look free."""
    name = add(office, make("raw"), calendar(["DTSTART:20260801"], [broken]), "availability", map={"title": '"Gîte"'})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["listings"]) == ("failed", "format", 0), run


def test_broken_events_are_kept_aside(office, make):
    partner = make("raw")
    name = add(office, partner, corpus("broken.ics"))
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"]) == ("complete", 5), run
    rows = office.listings(name)
    assert sorted(rows) == ["after@val.example", "backwards@val.example", "good@val.example"]
    assert rows["good@val.example"]["description"] == "Un texte dont les lignes\nne sont pas pliées\ncomme il faut."
    assert "ends_at" not in rows["backwards@val.example"]["properties"]
    reasons = sorted({r["reason"] for r in office.quarantine(name)})
    assert any("DTSTART" in r for r in reasons) and any("END:VEVENT" in r for r in reasons), reasons
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], run["changed"]) == ("complete", 5, 0)


@pytest.mark.parametrize("mode", ["events", "availability"])
def test_truncated(office, make, mode):
    name = add(office, make("raw"), corpus("truncated.ics"), mode, map={"title": "/summary" if mode == "events" else '"Gîte"'})
    run = office.sync(name)
    assert (run["error_kind"], run["listings"]) == ("truncated", mode == "events"), run


@pytest.mark.parametrize("body, kind", [("", "format"), ("<html><body>BEGIN:VCALENDAR", "format"), ("{}", "format"),
                                        ("BEGIN:VCARD\nEND:VCARD\n", "format"), ("BEGIN:VCALENDAR", "truncated")])
def test_what_is_no_calendar(office, make, body, kind):
    name = add(office, make("raw"), body)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", kind), run


def test_hostile(office, make):
    name = add(office, make("raw"), corpus("hostile.ics"))
    run = office.sync(name, timeout=20)
    assert (run["outcome"], run["added"]) == ("complete", 3), run
    more = properties(office, name)
    assert {more[i]["starts_at"] for i in more} == {"2026-07-04T16:00:00Z"}, "in the office's zone"
    row = office.listings(name)['"><script>alert(1)</script>']
    assert row["url"] is None and row["image_url"] is None and "script" not in row["title"]


def test_lines_as_they_come(office, make):
    """A mark of the byte order, LF alone, lower case, a tab as fold, a fold inside of a character, no end of line."""
    body = calendar(["UID:1", "DTSTART:20260704", "SUMMARY:Étê"]).replace("\r\n", "\n").replace("BEGIN:", "begin:").rstrip("\n").encode()
    at = body.index("ê".encode()) + 1
    name = add(office, make("raw"), b"\xef\xbb\xbf" + body[:at] + b"\n\t" + body[at:])
    assert office.sync(name)["outcome"] == "complete"
    assert office.listings(name)["1"]["title"] == "Étê"


def test_deep_nesting_is_refused(office, make):
    name = add(office, make("raw"), "BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 100)
    assert office.sync(name)["error_kind"] == "limit"


def test_a_mended_file_reads_the_quarantine_again(office, make):
    name = add(office, make("raw"), calendar(["DTSTART:20260704", "SUMMARY:Sans UID"]))
    assert office.sync(name)["quarantined"] == 1
    office.change(name, ical={"id": "/uid | /summary"})
    run = office.sync(name)
    assert (run["added"], run["quarantined"]) == (1, 0)
    assert office.ids(name) == ["Sans UID"]


def event(n, *more):
    return [f"UID:{n}", f"DTSTART:2026070{n}T100000Z", f"SUMMARY:{n}", *more]


STRAYS = {
    "doubled": lambda text: text.replace("END:VEVENT\r\n", "END:VEVENT\r\nEND:VEVENT\r\n", 1),
    "of an alarm": lambda text: text.replace("END:VEVENT\r\n", "END:VEVENT\r\nEND:VALARM\r\n", 1),
    "in an event": lambda text: text.replace("UID:2\r\n", "UID:2\r\nEND:VALARM\r\n"),
    "of a wrapper": lambda text: text.replace("BEGIN:VEVENT\r\nUID:2", "BEGIN:X-GROUP\r\nBEGIN:VEVENT\r\nUID:2").replace(
        "END:VEVENT\r\n", "END:VEVENT\r\nEND:X-GROUP\r\n", 2),
    "of another calendar": lambda text: text.replace("END:VEVENT\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\n", 1),
    "blanks": lambda text: text.replace("VEVENT\r\n", "VEVENT \r\n"),
}


@pytest.mark.parametrize("mode", ["events", "availability"])
@pytest.mark.parametrize("kind", STRAYS)
def test_an_end_that_ends_nothing(office, make, kind, mode):
    """It is stepped over: what comes behind it is neither missing nor free."""
    body = STRAYS[kind](calendar(event(1), event(2, "DURATION:P1D"), event(4)))
    name = add(office, make("raw"), body, mode, map={"title": "/summary" if mode == "events" else '"Gîte"'})
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"]) == ("complete", 0), run
    if mode == "events":
        assert {i: json.loads(r["properties"]).get("ends_at") for i, r in office.listings(name).items()} == {
            "1": None, "2": "2026-07-03T10:00:00Z", "4": None}
    else:
        assert properties(office, name)["calendar"]["unavailable"] == [
            {"start": "2026-07-01", "end": "2026-07-03"}, {"start": "2026-07-04", "end": "2026-07-05"}]


@pytest.mark.parametrize("mode, listings", [("events", 1), ("availability", 0)])
def test_events_after_the_end(office, make, mode, listings):
    name = add(office, make("raw"), calendar(event(1)) + calendar(event(2)).removeprefix("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), mode,
               map={"title": "/summary" if mode == "events" else '"Gîte"'})
    run = office.sync(name)
    assert (run["error_kind"], run["listings"]) == ("format", listings) and "END:VCALENDAR" in run["detail"], run


@pytest.mark.parametrize("component", ["VFREEBUSY", "VAVAILABILITY"])
def test_days_that_are_said_in_another_way(office, make, component):
    """They would look free; an agenda may have them beside its events."""
    other = f"BEGIN:{component}\r\nUID:f\r\nFREEBUSY:20260704T000000Z/20260710T000000Z\r\nEND:{component}\r\nEND:VCALENDAR\r\n"
    name = add(office, make("raw"), calendar(event(1), end=other), "availability", map={"title": '"Gîte"'})
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "shape") and component in run["detail"], run
    name = add(office, make("raw"), calendar(event(1), end=other))
    assert (office.sync(name)["outcome"], office.ids(name)) == ("complete", ["1"])


ZONE = ("BEGIN:VTIMEZONE\r\nTZID:Custom\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0400\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\n")


@pytest.mark.parametrize("before, after", [(ZONE, ""), ("", ZONE), ("", "")])
def test_a_zone_may_stand_behind_its_events(office, make, before, after):
    """Until the calendar ends it may come; of a zone that does not, the times are the partner's."""
    events = ["UID:1", "DTSTART;TZID=Custom:20260704T100000"], ["UID:2", "DTSTART:20260704", "RDATE;TZID=Custom:20260705T100000"]
    body = calendar(*events, end=f"{after}END:VCALENDAR\r\n").replace("VERSION:2.0\r\n", "VERSION:2.0\r\n" + before)
    name = add(office, make("raw"), body)
    assert office.sync(name)["outcome"] == "complete"
    rows, hour = properties(office, name), "14" if before or after else "08"
    assert rows["1"] == {"starts_at": f"2026-07-04T{hour}:00:00Z"}
    date = "2026-07-05T14:00:00Z" if before or after else "2026-07-05T10:00:00"
    assert rows["2"] == {"starts_at": "2026-07-04", "recurrence": {"dates": [date]}}


@pytest.mark.parametrize("zone, start, end, days", [
    ("Europe/Paris", "20260704T140000Z", "DTEND:20260711T110000Z", ("2026-07-04", "2026-07-12")),
    ("Europe/Paris", "20260704T220000Z", "DTEND:20260711T080000Z", ("2026-07-05", "2026-07-11")),
    ("Europe/Paris", "20260704T220000Z", "DURATION:PT13H", ("2026-07-05", "2026-07-06")),
    ("Europe/Paris", "20260703T220000Z", "DTEND:20260704T080000Z", ("2026-07-04", "2026-07-05")),
    ("Europe/Paris", "20260704T000000", "DTEND;TZID=Europe/Paris:20260704T100000", ("2026-07-04", "2026-07-05")),
    ("America/Martinique", "20260705T020000Z", "DTEND:20260711T140000Z", ("2026-07-04", "2026-07-11")),
    ("America/Martinique", "20260705T020000", "DTEND:20260711T140000", ("2026-07-05", "2026-07-12"))])
def test_days_are_those_of_the_place(office, make, zone, start, end, days):
    name = add(office, make("raw"), calendar([f"DTSTART:{start}", end]), "availability", map={"title": '"Gîte"'})
    office.change(name, normalise={"timezone": zone})
    office.sync(name)
    assert properties(office, name)["calendar"] == {"unavailable": [{"start": days[0], "end": days[1]}]}


def test_the_later_version_counts(office, make):
    """SEQUENCE says which it is, wherever it stands; else the last one is it."""
    def version(uid, title, *more):
        return [f"UID:{uid}", "DTSTART:20260704T100000Z", f"SUMMARY:{title}", *more]
    events = [version("a", "a2", "SEQUENCE:2"), version("a", "a1", "SEQUENCE:1"), version("a", "a0"),
              version("b", "b1", "SEQUENCE:1"), version("b", "b2", "SEQUENCE:2"), version("c", "c1"), version("c", "c2"),
              version("a", "autre date", "SEQUENCE:1", "RECURRENCE-ID:20260711T100000Z"),
              version("d", "d1", "SEQUENCE:1", "STATUS:CANCELLED"), version("d", "d0")]
    name = add(office, make("raw"), calendar(*events))
    for _ in range(2):
        run = office.sync(name)
        assert (run["outcome"], run["quarantined"]) == ("complete", 0), run
        assert {i: r["title"] for i, r in office.listings(name).items()} == {
            "a": "a2", "b": "b2", "c": "c2", "a/20260711T100000Z": "autre date"}
    name = add(office, make("raw"), calendar(*events), ical={"id": "/summary"})
    office.sync(name)
    assert {"a0", "a1", "a2", "b1", "b2"} <= set(office.ids(name)), "where another expression tells them apart, all count"
