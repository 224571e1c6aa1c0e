# SPDX-License-Identifier: Apache-2.0
"""vigie mail: samples of every letter, and a test letter through real mail servers."""
import email
import email.policy
import re
import shutil
import socket
import ssl
import subprocess
import unicodedata
from html.parser import HTMLParser

import html5lib
import pytest

from office import BUILD, GOOD, JOB_FAILED, ROOT, USAGE, environment
from sim import canary

KINDS = ["alert", "recovery", "reminder", "blind", "host", "house", "seeing", "digest", "test", "group", "never-seen", "outage", "uncertain",
         "access-lost", "moved", "frozen", "emptied", "closing", "probably-gone", "gone"]


class Desk:
    """A folder of settings for letters, and the command."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "partners").mkdir()

    def write(self, **mail):
        mail = {"from": "vigie@office.example", "to": "accueil@office.example, nuit@office.example",
                "answers": "reponses@office.example", **mail}
        lines = "".join(f"{k} = {v}\n" for k, v in mail.items() if v is not None)
        ca = self.folder / "ca.pem"
        fetch = f"[fetch]\nca_file = {ca}\n" if ca.exists() else ""
        (self.folder / "vigie.conf").write_text("[office]\nname = Office de l'Été\n[paths]\npartners = partners\n"
                                                f"{fetch}[mail]\n{lines}")

    def vigie(self, *words, **more):
        done = subprocess.run([BUILD / "vigie", "-c", self.folder / "vigie.conf", *words], env=environment(**more),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
        canary.absent(done.stdout, done.stderr, of=f"vigie {words}")
        return done


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Page(HTMLParser):
    """Elements are closed in order, and links are counted."""
    VOID = {"meta", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.links, self.seen = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["french", "english"])
@pytest.mark.parametrize("kind", KINDS)
def test_samples(desk, kind, language):
    desk.write(server="smtp://127.0.0.1:1", language=language)
    done = desk.vigie("mail", "preview", kind)
    assert (done.returncode, done.stderr) == (GOOD, "")
    subject, text = done.stdout.split("\n\n", 1)
    assert width(subject) <= 70
    assert max(map(width, text.splitlines())) <= 72
    html = desk.vigie("mail", "preview", kind, "--html").stdout
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    assert not page.seen & {"img", "script", "link", "iframe", "form"}
    assert all(re.match(r"mailto:reponses@office\.example\?subject=vigie%20|https://[a-z.-]+\.example/$", x) for x in page.links)
    assert f'<html lang="{language[:2]}">' in html
    html5lib.HTMLParser(strict=True).parse(html)
    if shutil.which("tidy"):
        tidy = subprocess.run(["tidy", "-q", "-e", "-utf8"], input=html, capture_output=True, text=True)
        assert (tidy.returncode, tidy.stderr) == (0, "")


def test_no_such_letter(desk):
    desk.write(server="smtp://127.0.0.1:1")
    assert desk.vigie("mail", "preview", "elsewhere").returncode == USAGE
    assert desk.vigie("mail", "elsewhere").returncode == USAGE
    assert desk.vigie("mail", "test", "not-an-address").returncode == USAGE


def test_no_server(desk):
    desk.write(to=None)
    done = desk.vigie("mail", "test", "a@office.example")
    assert done.returncode == USAGE and "write server = smtp://HOST:PORT under [mail]" in done.stderr


def test_translation_is_complete(tmp_path):
    """Every sentence has its French one, with the same values in it."""
    pot, po = tmp_path / "vigie.pot", ROOT / "daemon/alert/po/fr.po"
    sources = sorted((ROOT / "daemon/alert").glob("*.c"))
    subprocess.run(["xgettext", "--from-code=UTF-8", "-k_", "-kN_", "-kn_:1,2", "-o", pot, *sources], check=True)
    done = subprocess.run(["msgcmp", po, pot], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    fuzzy = subprocess.run(["msgattrib", "--only-fuzzy", po], capture_output=True, text=True, check=True)
    assert "msgid" not in fuzzy.stdout
    subprocess.run(["msgfmt", "--check-format", "-o", "/dev/null", po], check=True)
    flat = subprocess.run(["msgcat", "--no-wrap", po], capture_output=True, text=True, check=True).stdout
    for entry in re.split(r"\n\n", flat)[1:]:
        lines = dict(re.findall(r'^(msg\S+) "(.*)"$', entry, re.M))
        marks = set(re.findall(r"{\w+}", lines.get("msgid", "")))
        for key, text in lines.items():
            if key.startswith("msgstr"):
                assert set(re.findall(r"{\w+}", text)) == marks, entry


# ---- a real server: aiosmtpd

@pytest.fixture
def certificate(desk):
    key, cert = desk.folder / "key.pem", desk.folder / "ca.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


class Box:
    """Keeps what arrives; `answer` (verb -> line) in place of a good answer."""

    def __init__(self, **answer):
        self.mails, self.answer = [], answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "rcpt" in self.answer:
            return self.answer["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.get("data") == "drop":
            server.transport.abort()
            return "250 nobody hears this"
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return self.answer.get("data", "250 taken")


@pytest.fixture
def serve():
    controller = pytest.importorskip("aiosmtpd.controller", reason="python3-aiosmtpd is not installed")
    running = []

    def start(box, **options):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        server = controller.Controller(box, hostname="127.0.0.1", port=port, **options)
        server.start()
        running.append(server)
        return f"smtp://localhost:{port}"

    yield start
    for server in running:
        server.stop()


def test_test_letter(desk, serve):
    box = Box()
    desk.write(server=serve(box), **{"to.bateaux": "port@office.example"})
    done = desk.vigie("mail", "test")
    assert (done.returncode, done.stderr) == (GOOD, "")
    assert [to for to, _ in box.mails] == [["accueil@office.example"], ["nuit@office.example"], ["port@office.example"]]
    mail = email.message_from_bytes(box.mails[0][1], policy=email.policy.default)
    assert not mail.defects and all(not part.defects for part in mail.walk())
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [p["Content-Transfer-Encoding"] for p in mail.iter_parts()] == ["quoted-printable"] * 2
    assert mail["Subject"] == "Vigie\u202f: message d’essai, tout fonctionne"
    assert mail["From"].addresses[0].addr_spec == "vigie@office.example"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Reply-To"] == "reponses@office.example"
    assert mail["Date"].datetime.tzinfo and re.fullmatch(r"<[^<>\s]+@office\.example>", mail["Message-ID"])
    preview = desk.vigie("mail", "preview", "test").stdout
    assert mail.get_body(("plain",)).get_content().splitlines()[0] == preview.splitlines()[2]
    assert len({email.message_from_bytes(m)["Message-ID"] for _, m in box.mails}) == 3


def test_one_address(desk, serve):
    box = Box()
    desk.write(server=serve(box))
    assert desk.vigie("mail", "test", "moi@office.example").returncode == GOOD
    assert [to for to, _ in box.mails] == [["moi@office.example"]]


@pytest.mark.parametrize("answer,words", [
    ({"rcpt": "550 5.1.1 nobody of that name"}, "refused for good: the mail server says « 550 5.1.1 nobody of that name »"),
    ({"rcpt": "451 4.7.1 greylisted"}, "not sent: the mail server says « 451 4.7.1 greylisted »; the service would try again"),
    ({"data": "554 5.7.1 spam"}, "refused for good"),
    ({"data": "drop"}, "not sent: the connection to the mail server broke while the mail was handed over"),
])
def test_refusals(desk, serve, answer, words):
    desk.write(server=serve(Box(**answer)), to="a@office.example")
    done = desk.vigie("mail", "test")
    assert done.returncode == JOB_FAILED and words in done.stderr, done.stderr


SECRET = f"{canary.WORD}-mail"


def authenticator(name, word):
    auth = pytest.importorskip("aiosmtpd.smtp", reason="python3-aiosmtpd is not installed")

    def check(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (name.encode(), word.encode())
        return auth.AuthResult(success=good, handled=good)
    return check


def test_starttls_and_password(desk, serve, certificate):
    box = Box()
    server = serve(box, tls_context=certificate, require_starttls=True, auth_required=True,
                   authenticator=authenticator("office", SECRET))
    secret = desk.folder / "credentials"
    secret.mkdir()
    (secret / "mail").write_text(SECRET + "\n")
    (secret / "mail").chmod(0o600)
    desk.write(server=server, tls="require", user="office", password="credential:mail", to="a@office.example")
    done = desk.vigie("mail", "test", CREDENTIALS_DIRECTORY=str(secret))
    assert (done.returncode, done.stderr) == (GOOD, "")
    assert len(box.mails) == 1
    (secret / "mail").write_text(f"{SECRET}-wrong\n")
    done = desk.vigie("mail", "test", CREDENTIALS_DIRECTORY=str(secret))
    assert done.returncode == JOB_FAILED and "does not accept user and password" in done.stderr
    assert SECRET not in done.stderr and len(box.mails) == 1


def test_certificate_is_checked(desk, serve, certificate):
    box = Box()
    server = serve(box, tls_context=certificate, require_starttls=True)
    (desk.folder / "ca.pem").unlink()
    desk.write(server=server, tls="require", to="a@office.example")
    done = desk.vigie("mail", "test")
    assert done.returncode == JOB_FAILED and "certificate is not accepted" in done.stderr
    # for whoever answers, when nothing secret is said
    desk.write(server=server, tls="try", to="a@office.example")
    assert desk.vigie("mail", "test").returncode == GOOD
    desk.write(server=serve(Box()), tls="require", to="a@office.example")
    done = desk.vigie("mail", "test")
    assert done.returncode == JOB_FAILED and "no encryption" in done.stderr
