# SPDX-License-Identifier: Apache-2.0
"""make install and make uninstall: all of it arrives, settings are never overwritten, and there is a way back."""
import os
import pathlib
import subprocess

from office import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
USUAL = "usr/local"
THERE = {f"{USUAL}/{path}" for path in """sbin/vigied bin/vigie lib/vigie/connectors/json.so lib/vigie/connectors/static.conf
    include/vigie_connector.h share/locale/fr/LC_MESSAGES/vigie.mo share/vigie/www/vigie.css share/vigie/prometheus/vigie.rules.yml
    share/man/man1/vigie.1 share/man/man5/vigie.conf.5 share/man/man8/vigied.8 share/bash-completion/completions/vigie
    lib/systemd/system/vigied.service lib/systemd/system/vigied.socket lib/sysusers.d/vigie.conf lib/tmpfiles.d/vigie.conf""".split()}
SETTINGS = {"etc/vigie/vigie.conf", "etc/vigie/hooks.d/hook.conf.example", *(f"etc/vigie/partners.d/{path.name}"
            for path in (ROOT / "config/partners.d").iterdir())}


def make(target, root):
    """From what is built; nothing is built again."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    build = os.path.relpath(BUILD, ROOT)
    done = subprocess.run(["make", "-s", "-o", "all", "-o", f"{build}/paths", target, f"BUILD={build}", f"DESTDIR={root}"],
                          cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done
    return done.stdout


def files(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def test_there_and_back(tmp_path):
    make("install", tmp_path)
    assert THERE | SETTINGS <= files(tmp_path)
    unit = (tmp_path / USUAL / "lib/systemd/system/vigied.service").read_text()
    assert f"ExecStart=/{USUAL}/sbin/vigied -c /etc/vigie/vigie.conf" in unit
    assert (tmp_path / "etc/vigie/credentials").stat().st_mode & 0o777 == 0o700

    edited = tmp_path / "etc/vigie/vigie.conf"
    edited.write_text("# mine\n")
    (tmp_path / USUAL / "share/vigie/www/mine.css").write_text("")
    make("install", tmp_path)
    assert edited.read_text() == "# mine\n"

    said = make("uninstall", tmp_path)
    assert files(tmp_path) == SETTINGS | {f"{USUAL}/share/vigie/www/mine.css"}
    assert edited.read_text() == "# mine\n" and "it is not empty" in said and "/etc/vigie" in said
    assert not (tmp_path / USUAL / "lib/vigie").exists()
