# SPDX-License-Identifier: Apache-2.0
"""What arrives: letters that nobody's words can break, in threads, in their language, and no more of them than needed."""
import datetime
import html as markup
import re
import unicodedata

import pytest

from mailbox import Mailbox, html, links, text
from office import GOOD, wait_until
from test_mail import width
from watching import Watching

SPEED = 20000  # a day in 4.3 s
FIELDS = ["Date", "From", "To", "Subject", "Message-ID", "Reply-To", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
          "Content-Type", "MIME-Version"]

HOSTILE = ("Beau\u202egnp.exe\u200b\u2066 <script>alert(1)</script> https://evil.example/pay?a=b&c \"q\" '"
           " =?UTF-8?Q?=0D=0ABcc:_x@evil.example?= \u2028Bcc: x@evil.example %0D%0A </title><img src=//evil.example/x.png>")


@pytest.fixture
def post():
    with Mailbox() as post:
        yield post


def check_mail(mail, sites=(), answers="reponses@office.example"):
    """A mail as every program reads it, and as nobody can abuse it."""
    assert [(p.get_content_type(), p.defects) for p in mail.walk()] == [
        ("multipart/alternative", []), ("text/plain", []), ("text/html", [])]
    fields = [f.lower() for f in mail.keys() if f not in ("In-Reply-To", "References")]
    assert sorted(fields) == sorted(map(str.lower, FIELDS))
    assert all(not mail[f].defects for f in mail.keys() if hasattr(mail[f], "defects"))
    assert [a.addr_spec for f in ("From", "To", "Reply-To") for a in mail[f].addresses] == ["vigie@office.example", *mail.rcpt, answers]
    assert width(mail["Subject"]) <= 70 and max(map(width, text(mail).splitlines())) <= 72
    for words in (mail["Subject"], text(mail), html(mail)):
        strange = {c for c in words if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")} - {"\n", "\r"}
        assert not strange, strange
    html5lib = pytest.importorskip("html5lib", reason="python3-html5lib is not installed")
    page = html5lib.HTMLParser(strict=True).parse(html(mail))
    tags = {e.tag.rpartition("}")[2] for e in page.iter() if isinstance(e.tag, str)}
    assert not tags & {"img", "script", "link", "iframe", "form", "object", "base"}, tags
    for link in map(markup.unescape, links(mail)):
        assert link in sites or link.startswith(f"mailto:{answers}?subject=vigie%20"), link
    assert "evil.example" not in "".join(links(mail))


def test_hostile_words(office, make, post):
    """The name, the theme, the closing words on the site, where it leads to, the listings, the names of others."""
    watch = Watching(office, make, post, answers="reponses@office.example")
    watch.add("closed", "away", "well", name=HOSTILE, theme=HOSTILE).add("well2")
    watch.partners["well"].change(3, title=HOSTILE, text=HOSTILE)
    with watch.daemon(SPEED):
        words = markup.escape(f"Bcc: x@evil.example {HOSTILE}")
        watch.end("closing", "closed")
        watch.partners["closed"].route("/", f"<html><title>{words}</title><body><h1>Le service ferme définitivement ses portes\r\n"
                                       f"Bcc: x@evil.example\r\n\r\n{words}</h1><p>{words}</p></body></html>".encode(),
                                       headers={"Content-Type": "text/html; charset=utf-8"})
        watch.end("moved", "away", to="http://www.evil.example/\"><script>alert(1)</script>?Bcc:x@evil.example")
        mails = post.wait(lambda m: "alerte" not in m["Subject"], n=2)
        watch.wait_verdicts("moved", "away")
        wait_until(lambda: "ferme définitivement" in "".join(map(text, post.mails)), "the closing words are told")
        mails = list(post.mails)
    sites = {p.base_url + "/" for p in watch.partners.values()}
    for mail in mails:
        check_mail(mail, sites)
        assert "<script" not in html(mail).replace("&lt;", "") and "https://evil" not in html(mail) + text(mail)
        assert "Beau" in mail["Subject"]
    assert any("ferme définitivement" in html(m) for m in mails)


@pytest.mark.parametrize("language", ["english", "missing"])
def test_language(office, make, post, language):
    """English where it is wanted, and where French is not installed: that is said, and letters go all the same."""
    watch = Watching(office, make, post, answers="reponses@office.example",
                     language="english" if language == "english" else "french").add("beau", "well", "well2")
    env = {"VIGIE_LOCALE": str(office.folder / "nowhere")} if language == "missing" else {}
    with watch.daemon(SPEED, **env) as vigied:
        watch.end("moved", "beau")
        mail, = post.wait(watch.about("beau"))
        assert ("<4>the letters' language fr is not installed" in vigied.log()) == (language == "missing")
        assert "nowhere/fr/LC_MESSAGES/vigie.mo" in vigied.log() or language == "english"
    check_mail(mail, {p.base_url + "/" for p in watch.partners.values()})
    assert mail["Subject"] == "Partenaire beau: has moved to homeexchange.example"
    assert "What to do" in text(mail) and '<html lang="en">' in html(mail)


GROUP_MS = 5 * 60_000  # a letter waits so long for company


def expected_letters(alerts):
    """The partners of each letter, from when their alerts were opened."""
    letters, until = [], None
    for name, at_ms in alerts:
        if until is None or at_ms >= until:
            letters.append([])
            until = at_ms + GROUP_MS
        letters[-1].append(name)
    return letters


def test_together_and_in_one_thread(office, make, post):
    """What happens at one time is one letter; the end of it is told in the same thread."""
    names = "abcdefgh"  # each is polled at another moment of the hour
    watch = Watching(office, make, post).add("well", "well2")
    for name in names:
        watch.add(name, theme=name)  # so that none is named as what can replace another
    with watch.daemon(4000) as vigied:  # five minutes in 75 ms
        watch.end("moved", *names)
        watch.wait_verdicts("moved", *names)
        watch.wait_outbox(lambda rows: all(r["state"] == "sent" for r in rows))
        vigied.kill()
    alerts = office.rows("SELECT partner, a.at_ms FROM alert a JOIN partner p USING (partner_id) ORDER BY alert")
    expected = expected_letters([(r["partner"], r["at_ms"]) for r in alerts])
    assert len(alerts) == len(names)
    told = {}
    for mail, group in zip(post.mails, expected, strict=True):
        assert {n for n in names if watch.about(n)(mail)} == set(group)
        assert mail["In-Reply-To"] is None
        told.update(dict.fromkeys(group, mail))
    n_first = len(post.mails)
    watch.recover(*names)
    with watch.daemon(2 * SPEED, again=True):
        watch.wait_verdicts("alive", *names)
        wait_until(lambda: all(any(watch.about(n)(m) for m in post.mails[n_first:]) for n in names), "the ends are told")
    for mail in post.mails[n_first:]:
        about = [n for n in names if watch.about(n)(mail)]
        if not mail["Subject"].startswith("Rappel"):
            assert {mail["In-Reply-To"]} == {mail["References"]} == {told[n]["Message-ID"] for n in about}
    assert len({m["Message-ID"] for m in post.mails}) == len(post.mails)


def test_over_before_it_was_told(office, make, post):
    """It is back before the letter could go: nobody is bothered, neither with the one nor with the other."""
    speed = 5 * SPEED
    watch = Watching(office, make, post).add("beau", "well", "well2", interval="6h")
    with watch.daemon(speed):
        post.mood = "later"
        watch.end("moved", "beau")
        watch.wait_outbox(lambda rows: rows and rows[0]["attempts"] >= 2)
        watch.recover("beau")
        watch.wait_verdicts("alive", "beau")
        watch.wait_outbox(lambda rows: rows == [])
        post.mood = "good"
        watch.wait_days(2, speed)
    assert post.mails == [] and watch.outbox() == []
    assert office.one("SELECT mail_state FROM alerts") == "cancelled"


def when(mail):
    return mail["Date"].datetime


def test_reminders_and_digests(office, make, post):
    """The next day, then once a week, until somebody answers; one digest a week, whatever happens to the daemon."""
    day, speed = datetime.timedelta(days=1), 10 * SPEED
    watch = Watching(office, make, post, digest_day="monday").add("beau", "well", "well2", interval="6h")

    def arrived(beginning):
        """Without the copies that come of a kill between the server's answer and the mark."""
        return list({m["Message-ID"]: m for m in post.find(lambda m: m["Subject"].startswith(beginning))}.values())

    def digests():
        return arrived("Vigie, semaine du")

    with watch.daemon(speed) as vigied:
        watch.end("moved", "beau")
        first = post.wait(watch.about("beau", "Partenaire beau"))[0]
        one, two = wait_until(lambda: len(found := arrived("Rappel")) == 2 and found, "two reminders", 30)
        wait_until(digests, "a digest")
        vigied.kill()
    # Counted from the verdict; the first letter was held back for others to join it, and waited for its turn.
    late = datetime.timedelta(hours=6)
    assert day - late <= when(one) - when(first) < 5 * day and 7 * day - late <= when(two) - when(one) < 12 * day
    assert one["In-Reply-To"] == two["In-Reply-To"] == first["Message-ID"]
    assert re.search(r"Rappel n°\s1\b", text(one)) and re.search(r"Rappel n°\s2\b", text(two)) and len({m["Message-ID"] for m in (first, one, two)}) == 3
    before = len(digests())
    assert office.vigie("ack", "beau").returncode == GOOD
    # The clock starts from today again: those weeks pass a second time, without a digest.
    with watch.daemon(speed, again=True):
        wait_until(lambda: len(digests()) >= before + 1, "another digest")
    subjects = [m["Subject"] for m in digests()]
    assert len(set(subjects)) == len(subjects), subjects
    assert [m["Message-ID"] for m in arrived("Rappel")] == [one["Message-ID"], two["Message-ID"]], "nobody is reminded after an answer"
