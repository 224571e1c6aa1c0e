# SPDX-License-Identifier: Apache-2.0
"""The manual: it tells of all that there is, of nothing else, and formats without a complaint."""
import os
import re
import subprocess

import pytest
from office import BUILD, GOOD, ROOT

PAGES = sorted(path.name.removesuffix(".in") for path in (ROOT / "docs").glob("*.[1-8].in"))


def run(*command, **env):
    done = subprocess.run([str(word) for word in command], capture_output=True, encoding="utf-8", timeout=60,
                          env=os.environ | {"LC_ALL": "C.UTF-8"} | env)
    assert done.returncode == GOOD, done
    return done.stdout, done.stderr


def shown(page):
    """A page as people see it, a list of lines."""
    text, complaints = run("groff", "-mandoc", "-ww", "-Tutf8", "-P-cbou", "-rLL=4000n", BUILD / "man" / page)
    assert complaints == ""
    return text.splitlines()


def part(lines, heading):
    """The lines below a heading, up to the next."""
    start = lines.index(heading) + 1
    return next((lines[start:i] for i in range(start, len(lines)) if re.match(r"\S", lines[i])), lines[start:])


def vigie(*words):
    return run(BUILD / "vigie", "-c", ROOT / "config/vigie.conf", *words, VIGIE_CONNECTORS=str(BUILD / "connectors"))[0]


def keys():
    """(part, section, name) of each key that `vigie keys` prints; part is a kind of file, or a connector."""
    where = section = None
    for line in vigie("keys").splitlines():
        if title := re.match(r"(VIGIE\.CONF|PARTNER FILE|HOOK FILE)(?:, connector = (\S+):)?", line):
            where = title[2] or title[1]
        elif line.startswith("["):
            section = line
        elif key := re.match(r"  (\S+) = ", line):
            yield where, section, key[1]


@pytest.mark.parametrize("page", PAGES)
def test_no_complaint(page):
    text, complaints = run("groff", "-mandoc", "-ww", "-Tutf8", "-P-cbou", "-rLL=80n", BUILD / "man" / page)
    assert complaints == "" and max(map(len, text.splitlines())) <= 80
    assert run("mandoc", "-Tlint", "-Wwarning", BUILD / "man" / page) == ("", "")
    assert not re.search(r"@[A-Z]+@|^@", (BUILD / "man" / page).read_text(), re.M)


def test_commands_and_options():
    lines = shown("vigie.1")
    commands = re.findall(r"^  ([a-z][a-z-]+)  +\S", vigie("help"), re.M)
    assert len(commands) >= 18
    options = part(lines, "OPTIONS")
    for command in commands:
        # Commands that share a text follow each other.
        usage = next(line for line in part(lines, "COMMANDS") if re.match(rf"     {command}( |$)", line))
        for letter, option in re.findall(r"^  (?:-(\w), |    )--([a-z]+)", vigie("help", command), re.M):
            assert any(re.search(rf"--{option}\b", line) for line in options), option
            if option not in ("config", "help", "version"):
                assert f"-{letter}" in usage if letter else f"--{option}" in usage, (command, option)


def test_options_of_the_service():
    lines = part(shown("vigied.8"), "DESCRIPTION")
    options = re.findall(r"^  (?:-\w, |    )--([a-z]+)", run(BUILD / "vigied", "--help")[0], re.M)
    assert len(options) == 5
    for option in options:
        assert any(re.match(rf" +(-\w [a-z]+, |-\w, )?--{option}\b", line) for line in lines), option


def test_keys():
    """Each with its section, in the part that it belongs to."""
    parts = {"VIGIE.CONF": part(shown("vigie.conf.5"), "VIGIE.CONF"),
             "PARTNER FILE": part(shown("vigie.conf.5"), "FILES OF PARTNERS"),
             "HOOK FILE": part(shown("vigie.conf.5"), "FILES OF HOOKS")}
    connectors = shown("vigie-connector.7")
    told = set()
    for where, lines in parts.items():
        told |= set(items(where, lines))
    name = None
    for line in part(connectors, "CONNECTORS"):
        if title := re.match(r"   connector = (\S+)$", line):
            name, parts[title[1]] = title[1], []
        elif name:
            parts[name].append(line)
    for name in set(parts) - {"VIGIE.CONF", "PARTNER FILE", "HOOK FILE"}:
        told |= set(items(name, parts[name]))
    known = set(keys())
    for lines in parts.values():
        sections = [line for line in lines if re.match(r"     \[\w+\]$", line)]
        assert len(sections) == len(set(sections)), sections
    assert known == told and len(known) > 150
    assert {path.stem for path in (ROOT / "connectors").glob("*.c")} <= set(parts)


def items(where, lines):
    section = None
    for line in lines:
        if title := re.match(r"     (\[\w+\])$", line):
            section = title[1]
        elif key := re.match(r"     (\S+) = ", line):
            yield where, section, key[1]


def test_presets():
    lines = part(shown("vigie-connector.7"), "PRESETS")
    told = [m[1] for line in lines if (m := re.match(r"   connector = (\S+)$", line))]
    assert told == sorted(path.stem for path in (ROOT / "connectors/presets").glob("*.conf"))


@pytest.mark.parametrize("page", ["vigie.1", "vigied.8"])
def test_exit_status_and_environment(page):
    lines = shown(page)
    assert re.findall(r"^     (\d+)  ", "\n".join(part(lines, "EXIT STATUS")), re.M) == ["0", "1", "2"]
    # Whatever the programs' own sources ask for is told in a page.
    asked = {name for path in (ROOT / "daemon").rglob("*.c")
             for name in re.findall(r'getenv\("(\w+)"\)|"(?=VIGIE_[A-Z]+")(\w+)"', path.read_text())}
    asked = {name for names in asked for name in names if name}
    told = "\n".join(part(shown("vigie.1"), "ENVIRONMENT") + part(shown("vigied.8"), "ENVIRONMENT"))
    assert asked and [name for name in asked if name not in told] == []


def test_a_template_cannot_tell_of_what_is_not_there(tmp_path):
    template = tmp_path / "x.1.in"
    for text, complaint in [("@command nonsense\n", "@command nonsense"), ("@keys x\n", "@keys x"),
                            ("@command sync\n", "it lacks « @command accept »")]:
        template.write_text(text)
        done = subprocess.run([BUILD / "manual", template, BUILD / "connectors"], capture_output=True, encoding="utf-8")
        assert done.returncode == 1 and done.stdout == "" and complaint in done.stderr, done


@pytest.mark.parametrize("part, file", [("VIGIE.CONF", "vigie.conf"), ("PARTNER FILE", "partners.d/partner.conf.example"),
                                        ("HOOK FILE", "hooks.d/hook.conf.example")])
def test_settings_that_are_shipped_have_every_key(part, file):
    text = (ROOT / "config" / file).read_text(encoding="utf-8")
    for where, section, name in keys():
        if where == part:
            prefix = re.escape(re.sub("(NAME|THEME)$", "", name))
            assert re.search(rf"^#?{prefix}[\w-]* =", text, re.M), f"{section} {name}"
