# SPDX-License-Identifier: Apache-2.0
"""What bash makes of the TAB key: the files of completion, in a real bash, as the package bash-completion loads them."""
import os
import pty
import re
import select
import subprocess
import time

import pytest
from office import BUILD, ROOT, SLOW, environment

pytestmark = pytest.mark.skipif(SLOW > 1, reason="what bash completes is the same of the other build")
LOADER = "/usr/share/bash-completion/bash_completion"


@pytest.fixture
def shell(office, tmp_path):
    """Environment of a bash that finds the programs and their completions."""
    folder = tmp_path / "completions"
    folder.mkdir()
    for program in ("vigie", "vigied"):
        (folder / program).symlink_to(ROOT / "daemon" / program / "completion" / program)
    (tmp_path / "bin").mkdir()
    for program in ("vigie", "vigied"):
        (tmp_path / "bin" / program).symlink_to(BUILD / program)
    return environment(BASH_COMPLETION_USER_DIR=str(tmp_path), PATH=f"{tmp_path}/bin:{os.environ['PATH']}", HOME=str(tmp_path),
                       INPUTRC="/dev/null", PS1="$ ", TERM="dumb")


@pytest.fixture
def offers(office, shell):
    """offers("vigie runs y"): what bash would offer for the last word, sorted."""
    script = f"""
        . {LOADER}
        cd "$1"; shift
        _completion_loader "$1"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function "$1" "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}" """

    def offering(line):
        words = [word or "" for word in line.replace("=", " = ").split(" ")]
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", str(office.folder), *words], env=shell, capture_output=True,
                              encoding="utf-8", timeout=60 * SLOW)
        assert done.returncode == 0 and done.stderr == "", done
        return sorted(done.stdout.split())

    return offering


def helped(shell, *words):
    done = subprocess.run([*words], env=shell, capture_output=True, encoding="utf-8", timeout=60)
    return done.stdout


def test_commands_and_options(offers, shell):
    commands = re.findall(r"^  ([a-z][a-z-]+)  +\S", helped(shell, "vigie", "help"), re.M)
    assert offers("vigie ") == sorted([*commands, "help"]) == offers("vigie -c vigie.conf ")
    assert offers("vigie help ") == offers("vigie ") and offers("vigie help sync ") == []
    for command in commands:
        assert offers(f"vigie {command} -") == sorted(set(re.findall(r" (--[a-z]+)", helped(shell, "vigie", "help", command)))), command
    assert offers("vigied --") == ["--config", "--from", "--help", "--speed", "--version"]


def test_names(office, offers, make):
    for name in ("samboat", "yescapa", "yes-too"):
        office.add(make(count=1), name=name)
    office.change("yes-too", partner={"kind": "nonsense"})
    conf = f"vigie -c {office.file}"
    assert offers(f"{conf} runs ") == ["samboat", "yes-too", "yescapa"]
    assert offers(f"{conf} sync samboat y") == ["yes-too", "yescapa"] and offers(f"{conf} runs samboat ") == []
    assert offers(f"{conf} listings -p s") == offers(f"{conf} listings --partner=s") == ["samboat"]
    assert {"json", "csv", "openagenda"} <= set(offers(f"{conf} keys "))
    assert offers(f"{conf} snooze sam") == ["samboat"] and offers(f"{conf} snooze samboat ") == []
    # Settings that cannot be read offer nothing, and say nothing.
    assert offers("vigie -c none.conf runs ") == []


def test_words_and_files(office, offers, shell):
    formats = re.search(r"--format FORMAT +(.*)", helped(shell, "vigie", "help", "export"))[1]
    assert offers("vigie listings --kind b") == ["boat"] == offers("vigie listings --kind=b")
    assert offers("vigie export --format ") == sorted(re.split(", | or ", formats))
    assert offers("vigie mail ") == ["list", "preview", "test"] and offers("vigie mail test ") == []
    assert {"alert", "digest", "gone", "group"} <= set(offers("vigie mail preview "))
    assert offers("vigie hooks r") == ["resume"] and offers("vigie listings --near ") == []
    (office.folder / "evidence file.csv").touch()
    assert offers("vigie replay ev") == ["evidence", "file.csv"] and offers("vigied -c vigie.c") == ["vigie.conf"]


def test_the_key_itself(office, make, shell):
    """A person types, and presses TAB."""
    office.add(make(count=1), name="yescapa")
    leader, terminal = pty.openpty()
    process = subprocess.Popen(["bash", "--norc", "-i"], stdin=terminal, stdout=terminal, stderr=terminal, env=shell,
                               start_new_session=True)
    os.close(terminal)
    screen = b""

    def until(text):
        nonlocal screen
        end = time.monotonic() + 30 * SLOW
        while text not in screen:
            assert time.monotonic() < end and process.poll() is None, screen
            if select.select([leader], [], [], 0.1)[0]:
                screen += os.read(leader, 4096)
        screen = b""

    try:
        os.write(leader, f". {LOADER}; echo lo''aded\n".encode())
        until(b"loaded\r\n")
        os.write(leader, f"vigie -c {office.file} check-c\t".encode())
        until(b"check-config ")
        os.write(leader, b"\x15" + f"vigie -c {office.file} runs y\t".encode())
        until(b"runs yescapa ")
    finally:
        process.kill()
        process.wait()
        os.close(leader)
