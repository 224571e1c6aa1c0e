# SPDX-License-Identifier: Apache-2.0
"""Secrets stand in no log, no error, no catalogue and no output, also when the partner echoes them."""
import json
import pathlib
import signal

import pytest

from office import wait_until
from sim.canary import WORD
from sim.settings import ABOUT

SECRETS = {"cforgood": f"{WORD}-jeton-cforgood", "yescapa": f"{WORD}-cle-yescapa", "homeexchange": f"{WORD}-jeton-homeexchange",
           "openagenda": f"{WORD}-cle-openagenda", "samboat": f"{WORD}-cle-samboat", "eatwith": f"{WORD}-jeton-eatwith", "base10": f"{WORD}-secret-base10"}


def said(office, *texts):
    """Everything that is to be free of secrets: what was printed, and the bytes of every file but the secrets' own."""
    everything = "".join(texts).encode()
    for file in sorted(office.folder.rglob("*")):
        if file.is_file() and file.parent.name != "credentials":
            everything += b"\n" + file.name.encode() + b"\n" + file.read_bytes()
    return everything


def outputs(office, *names):
    """What the commands print of these partners."""
    texts = []
    for words in (["sync", *names], ["sync", "--json", *names], *(["try", n] for n in names), *(["try", "--json", n] for n in names),
                  *(["partner", n] for n in names), ["runs"], ["runs", "--json"], ["partners"], ["check-config"]):
        done = office.vigie(*words)
        texts += [done.stdout, done.stderr]
    return texts


@pytest.mark.parametrize("fault,options", [
    (None, {}), ("status", {"status": 401}), ("html", {"kind": "login"}), ("status", {"status": 429, "retry_after": 600}),
    ("redirect", {"to": f"http://other.example/?partner_key={WORD}-cle-samboat&token={WORD}-jeton-eatwith"}), ("prefix", {})], ids=str)
def test_platforms(office, make, fault, options):
    partners = [make(shape, count=3) for shape in ABOUT]
    names = [office.add(p) for p in partners]
    office.configure(log={"level": "debug"})
    if fault:
        for partner in partners:
            partner.fault(fault, **options)
    texts = outputs(office, *names)
    with office.daemon() as vigied:
        wait_until(lambda: all(office.runs(n) for n in names), "runs of all")
        texts.append(vigied.log())
    everything = said(office, *texts)
    assert [s for s in SECRETS.values() if s.encode() in everything and f"token={s}" not in str(options)] == []
    assert f"{WORD}-jeton-1".encode() not in everything, "nor does an access token"
    if fault is None:
        assert b"127.0." in everything and len(everything) > 50_000


@pytest.mark.parametrize("paging", ["next-url", "link-header"])
@pytest.mark.parametrize("fault,options", [(None, {}), ("loop-next", {}), ("status", {"status": 500, "page": 2})], ids=str)
def test_an_echoed_key(office, make, paging, fault, options):
    """The link to the next page repeats the key of the query, and is kept for conditional requests."""
    secret = f"clef-tres-{WORD}-42"
    partner = make(paging=paging, validators=True, auth={"kind": "query", "params": {"apikey": secret, "zone": "47"}})
    name = office.add(partner, request={"query.apikey": secret, "query.zone": "47"})
    office.configure(log={"level": "debug"})
    if fault:
        partner.fault(fault, **options)
    run = office.sync(name)
    assert run["outcome"] == ("partial" if fault else "complete"), run
    if not fault:
        assert office.sync(name)["outcome"] == "not-modified"
        assert len(partner.requests()) == 6
    sent = [e["query"] for e in partner.requests()]
    assert all(q.count(["apikey", secret]) == 1 for q in sent), "it is sent, and once"
    assert secret.encode() not in said(office, *outputs(office, name), json.dumps(run))


def test_a_key_in_a_redirect(office, make):
    secret = f"clef-tres-{WORD}-42"
    partner = make(auth={"kind": "query", "params": {"apikey": secret}})
    name = office.add(partner, request={"query.apikey": secret})
    partner.fault("redirect", to="same-host")
    run = office.sync(name)
    assert run["outcome"] == "complete", run
    partner.clear()
    partner.fault("redirect", to="http://other.example/?apikey=" + secret)
    run = office.sync(name)
    assert run["error_kind"] == "redirect"
    assert secret.encode() not in said(office, *outputs(office, name), json.dumps(run))


def test_a_key_goes_to_no_other_host(office, make):
    """A redirect within the domain keeps what belongs to the partner; one to another is not followed at all."""
    partner, stranger = make("yescapa"), make(count=1)
    name = office.add(partner)
    partner.fault("redirect", to=stranger.base_url + "/items")
    assert office.sync(name)["error_kind"] == "redirect"
    assert stranger.requests() == []


def test_files_that_others_can_read(office, make):
    partner = make("yescapa")
    name = office.add(partner)
    secret, = (office.folder / "credentials").iterdir()
    secret.chmod(0o644)
    done = office.vigie("sync", name)
    assert done.returncode == 2 and f"chmod 600 {secret}" in done.stderr and f"{WORD}-cle-yescapa" not in done.stderr, done


def test_credentials_directory(office, make, tmp_path):
    """As systemd hands them over."""
    partner = make("yescapa", count=2)
    name = office.add(partner)
    secret, = (office.folder / "credentials").iterdir()
    handed = tmp_path / "handed"
    handed.mkdir()
    secret.rename(handed / secret.name)
    assert office.vigie("sync", name).returncode == 2
    assert office.vigie("sync", name, CREDENTIALS_DIRECTORY=str(handed)).returncode == 0
    assert len(office.ids(name)) == 2


def test_no_core(office, make):
    """Whoever has read a secret leaves no core when it dies, wherever cores are allowed."""
    secret = f"clef-tres-{WORD}-42"
    partner = make(auth={"kind": "query", "params": {"apikey": secret}})
    name = office.add(partner, request={"query.apikey": secret})
    with office.daemon() as vigied:
        wait_until(lambda: office.runs(name), "a run")
        limits = pathlib.Path(f"/proc/{vigied.process.pid}/limits").read_text()
        (most,) = [line.split()[5] for line in limits.splitlines() if line.startswith("Max core file size")]
        assert most in ("0", "1"), "0: where whoever started it forbids more"
        vigied.signal(signal.SIGABRT)
        assert vigied.process.wait(60) == -signal.SIGABRT
