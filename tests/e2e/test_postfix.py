# SPDX-License-Identifier: Apache-2.0
"""vigie mail test through Postfix, started here on a free port; skipped where it cannot be."""
import email
import email.policy
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest

from office import GOOD, JOB_FAILED, wait_until
from test_mail import Desk

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = office.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ accueil@office.example=accueil/ later@office.example=later/ }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_security_level = encrypt
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ later@office.example = 451 4.7.1 greylisted, come back }} }}
    permit_mynetworks, reject
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def run(*words, **more):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, timeout=60, **more)


def make_files(folder, port):
    who = pwd.getpwnam("postfix")
    for name in ("etc", "spool", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, who.pw_uid, who.pw_gid)
    (folder / "etc/main.cf").write_text(MAIN.format(folder=folder, uid=who.pw_uid, gid=who.pw_gid))
    (folder / "etc/master.cf").write_text(MASTER.format(port=port))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost")


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def postfix():
    """(folder, port)"""
    if os.geteuid() != 0 or not shutil.which("postfix"):
        pytest.skip("Postfix, started by root, is needed")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vigie-postfix-"))
    folder.chmod(0o755)
    try:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        make_files(folder, port)
        started = subprocess.run(["postfix", "-c", folder / "etc", "start"], capture_output=True, timeout=60)
        if started.returncode != 0:
            pytest.skip(f"Postfix does not start: {started.stderr.decode(errors='replace')[-200:]}")
        try:
            wait_until(lambda: answers(port), "Postfix answers")
            yield folder, port
        finally:
            subprocess.run(["postfix", "-c", folder / "etc", "stop"], capture_output=True, timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def desk(tmp_path, postfix):
    folder, port = postfix
    desk = Desk(tmp_path)
    shutil.copy(folder / "cert.pem", tmp_path / "ca.pem")
    desk.settings = {"server": f"smtp://localhost:{port}", "tls": "require",
                     "to": "accueil@office.example"}
    desk.write(**desk.settings)
    return desk


def send(desk, *words):
    return desk.vigie("mail", "test", *words)


def test_delivered(desk, postfix):
    done = send(desk)
    assert (done.returncode, done.stderr) == (GOOD, "")
    folder, _ = postfix
    file = wait_until(lambda: next(folder.glob("mail/accueil/new/*"), None), "the letter is in the mailbox")
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert not mail.defects and mail.get_content_type() == "multipart/alternative"
    assert "message d’essai" in mail["Subject"]
    assert "with ESMTPS" in mail["Received"]


@pytest.mark.parametrize("to,words", [
    ("nobody@office.example", "refused for good: the mail server says « 550 5.1.1"),
    ("later@office.example", "not sent: the mail server says « 451 4.7.1"),
])
def test_not_taken(desk, to, words):
    done = send(desk, to)
    assert done.returncode == JOB_FAILED and words in done.stderr, done.stderr


def test_no_encryption(desk):
    desk.write(**{**desk.settings, "tls": "never"})
    done = send(desk)
    assert done.returncode == JOB_FAILED and "the service would try again later" in done.stderr
