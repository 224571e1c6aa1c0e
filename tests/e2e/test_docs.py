# SPDX-License-Identifier: Apache-2.0
"""The documents: what they point at is there, the commands that they name exist, and what they quote is said."""
import re
import subprocess

import pytest
from office import BUILD, GOOD, ROOT
from sim.canary import WORD

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDE = (ROOT / "docs" / "guide.fr.md").read_text(encoding="utf-8")
# What letters say of times depends on the day that they are shown.
TIME = r"(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)? ?\d+(er)? \w+(, \d+ h \d+)?"


def anchors(path):
    """The anchors of a document's headings, as forges make them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


def code(path):
    """All that a document has in code, in a line or in a block; of settings, all."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".md":
        return text
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    indented = re.findall(r"^    .*$", rest, re.M)
    return "\n".join([*blocks, *indented, *re.findall(r"`([^`\n]+)`", rest)])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links(path):
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), f"{path.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{path.name}: {target}"
    # And the files of the project that it names.
    for named in re.findall(r"`(?!\S*NAME)((?:daemon|connectors|config|tests|docs|systemd|debian)/[\w./-]+)`", text):
        assert (ROOT / named).exists() or (ROOT / f"{named}.in").exists(), f"{path.name}: {named}"


@pytest.fixture(scope="module")
def commands():
    """{command: its options}"""
    def helped(*words):
        return subprocess.run([BUILD / "vigie", "help", *words], capture_output=True, encoding="utf-8").stdout

    names = re.findall(r"^  ([a-z][a-z-]+)  +\S", helped(), re.M)
    found = {name: re.findall(r" (--?[A-Za-z]+)", helped(name)) for name in names}
    return found | {"help": ["--json"]}


@pytest.mark.parametrize("path", [*DOCUMENTS, *sorted((ROOT / "config").rglob("*.conf*"))], ids=lambda p: p.name)
def test_commands(path, commands):
    text = code(path)
    for names, rest in re.findall(r"(?:^|[ /«(])vigie (?:-c \S+ )?([a-z][a-z|-]+)\b([^\n|;&»]*)", text, re.M):
        for name in names.split("|"):
            assert name in commands, f"{path.name}: vigie {name}"
            for option in re.findall(r"(?<= )(--[a-z]+)", rest):
                assert option in commands[name], f"{path.name}: vigie {name} {option}"
    for target in re.findall(r"(?:^|`|&& )make ([a-z][a-z-]+)\b(?!/)", text, re.M):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M), f"{path.name}: make {target}"


def test_lines_of_the_log():
    """Those that administrators are told of are what the sources print, as far as they are fixed."""
    table = (ROOT / "docs/administration.md").read_text(encoding="utf-8").split("## What the log says\n", 1)[1].split("\n## ")[0]
    lines = [line for row in re.findall(r"^\| (`.*?) \|", table, re.M) for line in re.findall(r"`([^`]+)`", row)]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "daemon").rglob("*.c"))
    sources = re.sub(r'"\s*\n\s*"', "", sources)
    assert len(lines) > 15
    for line in lines:
        for piece in re.split(r"…|\(…\)|\b(?:failed|partial|refused) for\b|\bNAME\b|\bFILE:LINE\b|\b\d+\b|vigie\.conf", line):
            piece = piece.strip(" :.,()")
            assert len(piece) < 5 or piece in sources, f"{line}: {piece}"


# ---- the guide for staff


def plain(text):
    """Without what differs from day to day, in lines, and in the marks of typographers."""
    return re.sub(r"\s+", " ", re.sub(TIME, "DATE", text)).replace("’", "'").strip()


def preview(office, kind):
    done = office.vigie("mail", "preview", kind)
    assert done.returncode == GOOD, done
    return done.stdout


def test_what_the_guide_quotes_is_said(office):
    """Blocks that begin with a command are what it prints, but for what is left out at […]."""
    office.configure(mail={"server": "smtp://localhost:25", "from": "vigie@office.example", "to": "accueil@office.example",
                           "answers": "numerique@office.example"})
    blocks = re.findall(r"^```text\n\$ vigie mail preview (\S+)\n(.*?)^```", GUIDE, re.M | re.S)
    assert blocks
    for kind, block in blocks:
        printed = plain(preview(office, kind))
        for piece in block.split("[…]"):
            assert plain(piece) in printed, piece


def test_the_guide_tells_of_every_letter_and_verdict(office):
    office.configure(mail={"server": "smtp://localhost:25", "from": "vigie@office.example", "to": "accueil@office.example"})
    whole, begun = ("recovery", "blind", "host", "house", "seeing", "full", "room", "test"), {"reminder": 33, "group": 24, "digest": 18}
    offered = subprocess.run([BUILD / "vigie", "complete", "mail", "preview", ""], capture_output=True, encoding="utf-8").stdout.split()
    source = (ROOT / "daemon/alert/letter_words.c").read_text(encoding="utf-8")
    verdicts = re.findall(r"\[(VERDICT_\w+)\] = \{(.*?)(?=\n\t\[|\n\};)", source, re.S)
    assert len(verdicts) == 11
    names = {verdict.removeprefix("VERDICT_").lower().replace("_", "-") for verdict, _ in verdicts}
    assert set(offered) - names == {"alert", *whole, *begun}, "a letter that the guide does not tell of"
    for kind in whole:
        assert plain(f"« {preview(office, kind).splitlines()[0]} »") in plain(GUIDE), kind
    for kind, start in begun.items():
        assert plain(f"« {preview(office, kind)[:start]}") in plain(GUIDE), kind
    words = (ROOT / "daemon/alert/po/fr.po").read_text(encoding="utf-8")
    for verdict, text in verdicts:
        short = re.findall(r'N_\("(.*?)"', text)[2]
        french = re.search(rf'msgid "{re.escape(short)}"\nmsgstr "(.*)"', words)[1]
        assert plain(f"| **{french}** |") in plain(GUIDE), verdict
    for verbal in re.findall(r'\{ [-\d.]+, N_\("([\w ]+)"\) \}', source):
        assert re.search(rf'msgid "{verbal}"\nmsgstr "(.*)"', words)[1] in GUIDE, verbal


def test_partners_of_the_guide(office, make):
    """Its files are right, and its table is read."""
    blocks = re.findall(r"^```ini\n(.*?)^```", GUIDE, re.M | re.S)
    table = re.search(r"^```csv\n(.*?)^```", GUIDE, re.M | re.S)[1]
    assert len(blocks) == 2
    for i, text in enumerate(blocks):
        office.partner_file(f"guide-{i}").write_text(text, encoding="utf-8")
    office.partner_file("atelier").with_suffix(".csv").write_text(table, encoding="utf-8")
    assert office.vigie("check-config").returncode == GOOD, office.vigie("check-config")
    tried = office.vigie("try", "guide-0")
    assert tried.returncode == GOOD and "Atelier de poterie" in tried.stdout and "Balade en gabare" in tried.stdout, tried


def test_mail_settings_of_the_administrators_guide(office):
    text = (ROOT / "docs/administration.md").read_text(encoding="utf-8")
    block = re.search(r"^    \[mail\]\n((?:    \S.*\n)+)", text, re.M)[1]
    office.configure(mail=dict(line.strip().split(" = ", 1) for line in block.splitlines()))
    secret = office.folder / "credentials" / "mail-password"
    secret.parent.mkdir(exist_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(WORD + "\n")
    assert office.vigie("check-config").returncode == GOOD, office.vigie("check-config")
