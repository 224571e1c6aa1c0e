# SPDX-License-Identifier: Apache-2.0
"""Letters of the daemon, from a partner's end to the reader, through mail servers of every mood."""
import json
import re
import ssl
import subprocess

import pytest

from mailbox import PLACES, Mailbox, links, text
from office import GOOD, wait_until
from sim.canary import WORD
from watching import Watching, first

SPEED = 20000  # a day in 4.3 s


@pytest.fixture
def post():
    with Mailbox() as post:
        yield post


@pytest.fixture
def watch(office, make, post):
    return Watching(office, make, post).add("beau", "well", "well2")


def same_letter(mails):
    return len({m["Message-ID"] for m in mails}) == 1 and len({(m["Subject"], text(m)) for m in mails}) == 1


# ---- a server that is down


def test_down_for_days(watch, post):
    """One letter comes, as it was written first; meanwhile it is told once that it waits, and once that it has for a day."""
    speed = 120_000
    with watch.daemon(speed, WATCHDOG_USEC=300_000) as vigied:
        post.stop()
        watch.end("moved", "beau")
        first = watch.wait_outbox(lambda rows: rows and rows[0]["attempts"] >= 1 and rows[0]["message_id"])[0]
        vigied.wait_log(r"letters to staff wait for .*no connection")
        watch.wait_outbox(lambda rows: rows[0]["attempts"] >= 12)
        hours, = re.findall(r"letters to staff wait for (\d+) hours", vigied.log())
        assert int(hours) >= 24
        assert len(re.findall(r"to accueil@office.example: waiting", vigied.log())) == 1
        wait_until(lambda: "mail not sent since" in vigied.said("STATUS=")[-1], "the status says so")
        assert "1 waiting" in vigied.said("STATUS=")[-1] and "no connection to the mail server" in vigied.said("STATUS=")[-1]
        vigied.kill()
    watch.put_back(3)
    done = watch.office.vigie("partners")
    assert done.returncode == GOOD and "1 letter to staff cannot be sent since" in done.stderr, done
    assert "no connection to the mail server" in done.stderr
    row, = watch.letters()
    # The kill may fall into an attempt: its claim stays, for the next start to find.
    assert row["state"] in ("waiting", "sending") and row["attempts"] >= 12 and "no connection" in row["last_error"]
    post.start()
    with watch.daemon(speed, again=True, WATCHDOG_USEC=300_000) as vigied:
        mail, = post.wait(watch.about("beau", "mène"))
        assert mail["Message-ID"] == first["message_id"]
        watch.wait_outbox(lambda rows: rows[0]["state"] == "sent")
        said = len(vigied.said("STATUS="))
        wait_until(lambda: len(vigied.said("STATUS=")) > said + 1, "a new status")
        assert "mail not sent" not in vigied.said("STATUS=")[-1]
        watch.wait_days(2, speed)
    assert len(post.find(watch.about("beau", "mène"))) - len(post.find(watch.about("beau", "Rappel"))) == 1
    assert len({m["Message-ID"] for m in post.mails}) == len(post.mails)


def test_down_for_ever(watch, post):
    """After days it is given up, and that is said."""
    with watch.daemon(400_000) as vigied:
        post.stop()
        watch.end("moved", "beau")
        vigied.wait_log(r"<3>letter \d+ \(alert\) to accueil@office.example: given up: no connection")
        watch.wait_outbox(lambda rows: rows[0]["state"] == "given-up")
        assert watch.office.one("SELECT mail_state FROM alerts") == "given-up"
    done = watch.office.vigie("partners")
    assert "1 letter to staff was never delivered" in done.stderr and "vigie mail list" in done.stderr, done.stderr


# ---- refusals


def test_refused_for_good(watch, post):
    """One person's address is wrong: the other one is told, and nobody knocks for ever."""
    watch.office.configure(mail=post.settings(to="nuit@office.example, accueil@office.example"))
    post.refused = {"nuit@office.example"}
    with watch.daemon(SPEED) as vigied:
        watch.end("moved", "beau")
        vigied.wait_log(r"<3>letter \d+ \(alert\) to nuit@office.example: refused: .*« 550 5.1.1 No such person here »")
        post.wait(lambda m: m.rcpt == ["accueil@office.example"])
        watch.wait_outbox(lambda rows: len(rows) == 2 and {r["state"] for r in rows} == {"sent", "refused"})
        assert post.asked["nuit@office.example"] == 1
        watch.wait_days(0.2, SPEED)
        assert post.asked["nuit@office.example"] == 1, "not tried again"
        assert watch.office.one("SELECT mail_state FROM alerts") == "sent"
    assert [(r["recipient"], r["state"]) for r in watch.letters()] == [("nuit@office.example", "refused"),
                                                                      ("accueil@office.example", "sent")]
    assert "550 5.1.1" in watch.office.vigie("mail", "list").stdout
    done = watch.office.vigie("partners")
    assert "1 letter to staff was never delivered" in done.stderr and "550 5.1.1" in done.stderr, done.stderr


@pytest.mark.parametrize("mood", ["later", "dropping"])
def test_not_now(watch, post, mood):
    """Greylisted, or lost after the last dot: it comes again, the same letter."""
    post.mood = mood
    with watch.daemon(SPEED):
        watch.end("moved", "beau")
        before, = watch.wait_outbox(lambda rows: rows and rows[0]["attempts"] >= 3)
        post.mood = "good"
        post.wait(watch.about("beau"))
        after, = watch.wait_outbox(lambda rows: rows[0]["state"] == "sent")
        watch.wait_days(0.2, SPEED)
    assert after["message_id"] == before["message_id"] and after["sent_ms"]
    mail, = post.mails
    assert mail["Message-ID"] == before["message_id"] and same_letter([mail, *post.lost])
    assert len(post.lost) >= 2 or mood == "later"


# ---- a server that takes its time


def test_tar_pit(watch, post):
    """It stalls at every place: everything else goes on, and every letter arrives once."""
    people = [f"{place.lower()}@office.example" for place in (*PLACES, "last")]
    watch.office.configure(mail=post.settings(to=", ".join(people)))
    with watch.daemon(SPEED, WATCHDOG_USEC=300_000) as vigied:
        post.stall(*PLACES, "RCPT")
        watch.end("moved", "beau")
        for place in PLACES:
            assert post.wait_stalled() == place
            beats, runs = len(vigied.said("WATCHDOG=1")), len(watch.office.runs("well"))
            vigied.wait_said("WATCHDOG=1", beats + 2)
            wait_until(lambda: len(watch.office.runs("well")) >= runs + 2, "partners are read")
            post.release()
        # the last one is never answered: the server goes away instead
        assert post.wait_stalled() == "RCPT"
        post.stop()
        watch.wait_outbox(lambda rows: any(r["first_failure_ms"] for r in rows))
        post.start()
        watch.wait_outbox(lambda rows: [r["state"] for r in rows] == ["sent"] * len(people))
        late = int(re.findall(r"timers at most (\d+) ms late", vigied.said("STATUS=")[-1])[0])
        assert late < 2000, "nothing was blocked"
    assert sorted(m.rcpt[0] for m in first(post.mails)) == sorted(people)


# ---- who is written to


def test_themes_and_answers(office, make, post):
    watch = Watching(office, make, post, to="accueil@office.example", answers="reponses@office.example",
                     **{"to.bateaux": "port@office.example, capitaine@office.example", "to.bonnes-tables": "table@office.example"})
    watch.add("samboat", theme="Bateaux").add("eatwith", theme="bonnes tables").add("yescapa", theme="vans").add("well", "well2")
    with watch.daemon(SPEED):
        watch.end("moved", "samboat", "eatwith", "yescapa")
        watch.wait_outbox(lambda rows: len(rows) == 4 and all(r["state"] == "sent" for r in rows))
    for name, people in {"samboat": {"port@office.example", "capitaine@office.example"}, "eatwith": {"table@office.example"},
                         "yescapa": {"accueil@office.example"}}.items():
        mails = first(post.find(watch.about(name)))
        assert {m.rcpt[0] for m in mails} == people and len(mails) == len(people)
        assert all(m["To"].addresses[0].addr_spec == m.rcpt[0] and m["Reply-To"] == "reponses@office.example" for m in mails)
        assert [x for x in links(mails[0]) if x.startswith("mailto:")] == [
            f"mailto:reponses@office.example?subject=vigie%20{verb}" for verb in
            (f"ack%20{name}", f"snooze%20{name}%207d", f"dismiss%20{name}", f"confirm%20{name}")]
        assert f"vigie ack {name}" in text(mails[0])


# ---- a server that wants to know who we are


def certificate(folder):
    run = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "key.pem",
           "-out", folder / "ca.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(run, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def put_secret(office, value):
    file = office.folder / "credentials" / "mail-password"
    file.parent.mkdir(exist_ok=True)
    file.write_text(value + "\n")
    file.chmod(0o600)


def test_password(office, make, tmp_path_factory):
    """STARTTLS and AUTH: a wrong password is told without saying it, the right one nowhere but in its file."""
    wrong, right = f"mot-de-passe-{WORD}-faux", f"mot-de-passe-{WORD}-juste"
    folder = tmp_path_factory.mktemp("certificate")
    with Mailbox(tls=certificate(folder), login=("vigie", right)) as post:
        watch = Watching(office, make, post, tls="require", user="vigie", password="credential:mail-password")
        office.configure(fetch={"ca_file": str(folder / "ca.pem")}, log={"level": "debug"})
        watch.add("beau", "well", "well2")
        put_secret(office, wrong)
        with watch.daemon(SPEED) as vigied:
            watch.end("moved", "beau")
            vigied.wait_log(r"<4>letter 1 .*waiting: the mail server does not accept user and password")
            watch.wait_outbox(lambda rows: rows[0]["attempts"] >= 2)
            assert not any(r["state"] == "refused" for r in watch.outbox()), "it is our mistake, not the letter's"
            log = vigied.log()
        assert post.mails == []
        put_secret(office, right)
        with watch.daemon(SPEED, again=True) as vigied:
            mail, = post.wait(watch.about("beau"))
            watch.wait_outbox(lambda rows: rows[0]["state"] == "sent")
            log += vigied.log()
        said = log + "".join(f"{d.stdout}{d.stderr}" for d in map(office.vigie, ("partners", "check-config"))) + json.dumps(
            watch.letters())
        everything = said.encode() + b"".join(bytes(m) for m in post.mails)
        everything += b"".join(f.read_bytes() for f in office.folder.rglob("*")
                               if f.is_file() and f.parent.name != "credentials")
        for secret in (wrong, right):
            assert secret.encode() not in everything
        assert mail["Message-ID"].encode() in everything, "this would be found"


def test_password_is_missing(watch, post):
    """Its file is not there: the partners are watched, and it is said that nothing can be sent."""
    watch.office.configure(mail=post.settings(user="vigie", password="credential:mail-password"))
    with watch.daemon(SPEED, WATCHDOG_USEC=300_000) as vigied:
        watch.end("moved", "beau")
        watch.wait_outbox(lambda rows: len(rows) == 1)
        vigied.wait_log("<3>letters to staff cannot be sent: .*mail-password")
        wait_until(lambda: "mail cannot be sent" in vigied.said("STATUS=")[-1], "the status says so")
    watch.put_back(3)
    done = watch.office.vigie("partners")
    assert "1 letter to staff should have been sent on" in done.stderr and "journal" in done.stderr, done.stderr


# ---- none at all


def test_no_mail(office, make):
    """Alerts can be read, and it is said that nobody is written to."""
    watch = Watching(office, make, None).add("beau", "well", "well2")
    with watch.daemon(5 * SPEED) as vigied:
        watch.end("moved", "beau")
        wait_until(lambda: office.rows("SELECT * FROM alerts"), "an alert")
        watch.wait_days(2, 5 * SPEED)
        assert "<3>" not in vigied.log(), vigied.log()
        assert not any("mail" in s for s in vigied.said("STATUS="))
    row, = office.rows("SELECT * FROM alerts")
    assert (row["partner"], row["verdict"], row["mail_state"]) == ("beau", "moved", "none")
    for words in (("partners",), ("mail", "list")):
        done = office.vigie(*words)
        assert done.returncode == GOOD and "no mail is configured" in done.stderr, done
    assert office.vigie("check-config").returncode == GOOD
    assert watch.outbox() == []
