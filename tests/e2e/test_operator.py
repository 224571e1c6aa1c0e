# SPDX-License-Identifier: Apache-2.0
"""Whatever an operator writes into a file: exit 2, the file, the line, and what to write instead."""
import os

import pytest

from office import GOOD, USAGE, Daemon

# key of a partner's file -> value, and what the complaint must say
PARTNER = {
    ("partner", "knid", "deal"): 'did you mean "kind"',
    ("partner", "kind", "boats"): 'did you mean "boat"',
    ("partner", "kind", None): '"kind" is missing in [partner]',
    ("partner", "name", None): '"name" is missing in [partner]',
    ("partner", "interval", "1 hour"): "1h",
    ("partner", "interval", "0s"): "from 1s to 365d",
    ("partner", "interval", "-5m"): "such as 30s or 6h",
    ("partner", "enabled", "oui"): "enabled = yes",
    ("partner", "source", "snapshoot"): 'did you mean "snapshot"',
    ("partner", "connector", "jsom"): "jsom",
    ("partner", "connector", "../json"): "connector",
    ("partner", "website", "www.exemple.fr"): "must start with https:// or http://",
    ("request", "url", None): '"url" is missing in [request]',
    ("request", "url", "file:///etc/passwd"): "must start with https:// or http://",
    ("request", "url", "http://"): "no host",
    ("request", "url", "http://x.example/?api_key=abc"): "query.api_key = credential:NAME",
    ("request", "url", "http://moi:secret@x.example/"): "Authorization = Basic credential:NAME",
    ("request", "url", "http://x.example/a b"): "%20",
    ("request", "method", "PUT"): "GET POST",
    ("request", "header.Authorization", "Bearer abcdef"): "credential:NAME",
    ("request", "header.X-Api-Key", "abcdef"): "credential:NAME",
    ("request", "header.User-Agent", "x"): "is set by the service itself",
    ("request", "header.B d", "x"): "is no name of a header",
    ("request", "query.token", "credential:nulle-part"): "there is no credential \"nulle-part\"",
    ("request", "query.token", "credential:../../etc/passwd"): "credential",
    ("request", "allow_private", "maybe"): "allow_private = yes or allow_private = no",
    ("oauth", "token_url", "http://x.example/t"): "is missing in [oauth]",
    ("oauth", "client_secret", "abcdef"): "credential:NAME",
    ("limits", "max_body", "lots"): "such as 64M",
    ("limits", "max_pages", "0"): "max_pages",
    ("limits", "max_retries", "-1"): "max_retries",
    ("limits", "max_pagse", "5"): 'did you mean "max_pages"',
    ("removal", "age", "soon"): "such as 30s or 6h",
    ("removal", "brake_percent", "120"): "brake_percent",
    ("normalise", "language", "français"): "fr",
    ("normalise", "country", "fr"): "FR",
    ("normalise", "currency", "€"): "EUR",
    ("normalise", "timezone", "Paris"): "Europe/Paris",
    ("normalise", "price", "cents"): "minor",
    ("json", "paging", "next_url"): 'did you mean "next-url"',
    ("json", "paging", "cursor"): "cursor",
    ("json", "items", "results"): "JSON Pointer",
    ("json", "id", None): '"id" is missing',
    ("json", "id", "id"): "id",
    ("json", "tombstone", "/removed"): "POINTER = VALUE",
    ("map", "titel", "/title"): "titel",
    ("mapp", "title", "/title"): 'did you mean [map]',
}


@pytest.mark.parametrize("section,key,value", PARTNER, ids=lambda v: str(v)[:24])
def test_a_partners_file(office, make, section, key, value):
    name = office.add(make(count=1))
    good = office.partner_file(name).read_text()
    office.change(name, **{section: {key: value}})
    if (section, key) not in (("oauth", "client_secret"), ("request", "header.Authorization"), ("request", "header.X-Api-Key")):
        words = PARTNER[section, key, value]
    else:  # as an operator would write it, not as the helper hides it
        words = PARTNER[section, key, value]
        office.partner_file(name).write_text(good + f"[{section}]\n{key} = {value}\n")
    for command in (["check-config"], ["sync", name], ["try", name]):
        done = office.vigie(*command)
        assert done.returncode == USAGE, done
        said = done.stdout + done.stderr
        assert f"{name}.conf" in said and words in said, said
        assert "abcdef" not in said and "secret@" not in said, "what looks like a secret is not repeated"
    assert not office.path.exists() or office.runs(name) == []


MAIN = {
    "[office]\nnaem = x\n": (2, 'did you mean "name"'),
    "[ofice]\nname = x\n": (1, 'did you mean [office]'),
    "[office]\nname\n": (2, "="),
    "name = x\n": (1, ""),
    "[catalogue]\nsearch = maybe\n": (2, "search = yes"),
    "[territory]\ncircle = 44.5,0.1\n": (2, "LAT,LON,KM"),
    "[territory]\ncircle = 144.5,0.1,10\n": (2, ""),
    "[territory]\npolygon = 44.5,0.1 44.6,0.2\n": (2, ""),
    "[territory]\nunlocated = show\n": (2, "publish hide"),
    "[fetch]\nper_host = 0\n": (2, "per_host"),
    "[fetch]\nper_host = two\n": (2, "per_host"),
    "[log]\nlevel = verbose\n": (2, "debug"),
    "[office]\ncontact = office@vigie.example\n": (2, "mailto:"),
    "[office]\nname = a\nname = b\n": (3, "name"),
    "[paths]\npartners = nulle-part\n": (2, "nulle-part"),
    "\xff\xfe": (1, ""),
}


@pytest.mark.parametrize("text", MAIN, ids=lambda t: t[:30].replace("\n", " "))
def test_the_main_file(office, make, text):
    office.add(make(count=1))
    office.file.write_text(text, encoding="latin-1")
    line, words = MAIN[text]
    for command in (["check-config"], ["sync", "--all"], ["partners"]):
        done = office.vigie(*command)
        assert done.returncode == USAGE, done
        assert f"vigie.conf:{line}: " in done.stderr + done.stdout and words in done.stderr + done.stdout, done
    vigied = Daemon(office)
    try:
        vigied.start(ready=False)
        assert vigied.process.wait(20) == USAGE and f"vigie.conf:{line}: " in vigied.log()
    finally:
        vigied.close()


def test_all_problems_in_one_go(office, make):
    first, second = office.add(make(count=1)), office.add(make(count=1))
    office.change(first, partner={"interval": "soon", "knid": "x"})
    office.change(second, json={"paging": "pages"})
    said = office.vigie("check-config")
    text = said.stdout + said.stderr
    assert all(words in text for words in ("soon", "knid", "pages", f"{first}.conf:", f"{second}.conf:")), text


def test_a_main_file_that_is_not_there(office):
    office.file.unlink()
    done = office.vigie("partners")
    assert done.returncode == USAGE and str(office.file) in done.stderr and len(done.stderr.strip().splitlines()) == 1, done


@pytest.mark.parametrize("name", ["Majuscule", "espace ici", "a" * 70, "été"])
def test_names_of_files(office, make, name):
    good = office.add(make(count=1))
    os.rename(office.partner_file(good), office.partner_file(name))
    done = office.vigie("check-config")
    assert done.returncode == USAGE and "rename this file" in done.stdout + done.stderr, done


@pytest.mark.parametrize("name", [".hidden.conf", "notes.txt", "yescapa.conf~", "yescapa.conf.dpkg-old", "readme"])
def test_files_that_are_none_of_ours(office, make, name):
    office.add(make(count=1))
    (office.folder / "partners.d" / name).write_text("n'importe quoi")
    assert office.vigie("check-config").returncode == GOOD


def test_a_problem_of_another_partner_does_not_stop_this_one(office, make):
    good, bad = office.add(make(count=1)), office.add(make(count=1))
    office.change(bad, partner={"kind": "x"})
    assert office.sync(good)["outcome"] == "complete"
    assert f"{bad}.conf" in office.last.stderr, "but it is told"
    assert office.vigie("sync", "--all").returncode == USAGE


@pytest.mark.parametrize("words", [["sync"], ["sync", "--all", "x"], ["sync", "nobody"], ["accept"], ["try"], ["sycn", "--all"], [],
                                   ["listings", "--near", "here"], ["listings", "--limit", "many"]], ids=" ".join)
def test_command_lines(office, make, words):
    office.add(make(count=1))
    done = office.vigie(*words)
    assert done.returncode == USAGE and done.stderr.strip(), done
    assert words == [] or len(done.stderr.strip().splitlines()) <= 2, done.stderr


def test_a_connector_of_another_interface(office, make, tmp_path):
    """A plugin built for something else is refused with a word about it."""
    folder = tmp_path / "connectors"
    folder.mkdir()
    (folder / "json.so").write_bytes(b"not a library")
    name = office.add(make(count=1))
    done = office.vigie("sync", name, VIGIE_CONNECTORS=str(folder))
    assert done.returncode == USAGE and "json.so" in done.stdout + done.stderr, done
