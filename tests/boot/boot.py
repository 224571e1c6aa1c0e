#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The packages on a machine of their own, from the first installation to the purge: boot.py FOLDER PACKAGES

FOLDER keeps Debian between two times; PACKAGES is the folder of the .deb files.  A real systemd boots in systemd-nspawn; the
simulator plays the partners.  The last line is « N passed, N failed »; where no machine can boot, one line says why.
"""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from machine import CannotBoot, Machine, alone  # noqa: E402
from sim import settings  # noqa: E402
from sim.client import Simulator  # noqa: E402

PATIENCE_S = 30
STOP_S, FIVE_MINUTES_S = 5, 300
EXPOSURE = 12  # tenths, as systemd-analyze counts
UNIT = "vigied.service"
CONFIG, STATE, SECRETS = "/etc/vigie", "/var/lib/vigie", "/etc/vigie/credentials"
# Seconds in place of minutes: what is tried is that systemd does it.
QUICK = "[Service]\nWatchdogSec=3s\nRestartSec=100ms\n"
# A system call that the filter does not have ends the process, where it would only fail otherwise.
STRICT = "[Service]\nSystemCallErrorNumber=kill\n"
HIGHER = "+higher"


class Gone(Exception):
    """What was waited for did not come."""


class Trial:
    """What holds and what does not, and the machine that it is tried on."""

    def __init__(self, machine, sim):
        self.machine, self.sim = machine, sim
        self.passed = self.failed = 0
        self.partners = {}
        self.start = time.monotonic()

    # ---- telling

    def check(self, good, what, *evidence):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"  {'ok    ' if good else 'FAILED'}  {what}", flush=True)
        if not good:
            for line in evidence:
                print("          " + str(line).strip().replace("\n", "\n          "), flush=True)
        return good

    def wait(self, condition, what, timeout=PATIENCE_S):
        """What the condition gives once it is true, and how long that took; counts as one assertion."""
        start = time.monotonic()
        while time.monotonic() - start < timeout:
            value = condition()
            if value:
                self.check(True, f"{what} ({time.monotonic() - start:.1f} s)")
                return value
            time.sleep(0.05)
        self.check(False, f"{what}, within {timeout} s", self.run("systemctl", "status", "-n", "20", UNIT).stdout)
        raise Gone(what)

    # ---- looking

    def run(self, *command, **options):
        return self.machine.run(*command, **options)

    def shell(self, command):
        return self.run("sh", "-c", command)

    def state(self):
        words = self.run("systemctl", "show", UNIT).stdout
        return dict(line.split("=", 1) for line in words.splitlines() if "=" in line)

    def pid(self):
        return int(self.state().get("MainPID", 0))

    def is_active(self):
        return self.state().get("ActiveState") == "active"

    def journal(self):
        return self.run("journalctl", "-b", "-u", UNIT, "-o", "cat", "--no-pager").stdout

    def vigie(self, *words):
        return self.run("vigie", *words)

    def listings(self, partner):
        done = self.vigie("listings", "--json", "--partner", partner, "--limit", "1000")
        return {row["uid"]: row for row in json.loads(done.stdout)} if done.returncode == 0 and done.stdout.strip() else {}

    def answers(self, path="/readyz"):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:8047{path}", timeout=PATIENCE_S) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError as error:
            return type(error.reason).__name__
        except OSError as error:
            return type(error).__name__

    def child(self):
        """A process of the service's; 0: it has none."""
        found = re.search(r"\d+", self.shell(f"grep -lsx 'PPid:.{self.pid()}' /proc/[0-9]*/status").stdout)
        return int(found[0]) if found else 0

    def filters(self, pid):
        """How many system call filters it has; 0: it is gone."""
        found = re.search(r"^Seccomp_filters:\s+(\d+)$", self.shell(f"cat /proc/{pid}/status").stdout, re.M)
        return int(found[1]) if found else 0

    def check_calls(self):
        """Since it has STRICT, and since the boot."""
        self.check("status=31/SYS" not in self.journal(), "it has made no system call that its filter does not have", self.journal()[-1500:])

    def mode(self, path):
        return self.run("stat", "-c", "%a %U:%G", path).stdout.strip()

    # ---- doing

    def drop_in(self, name, text):
        folder = self.machine.path(f"/etc/systemd/system/{UNIT}.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        self.run("systemctl", "daemon-reload")

    def install(self, *files):
        """As an administrator who, when asked, keeps the settings that were edited."""
        return self.run("apt-get", "install", "-y", "-o", "Dpkg::Options::=--force-confold", *(f"/root/packages/{f}" for f in files))

    def partner(self, name, shape):
        """A new partner of the simulator, and its file as the office would write it."""
        partner = self.sim.create(name, shape=shape, count=20)
        self.partners[name] = partner
        about = settings.merge(settings.sections(partner.info()), partner={"interval": "1s"},
                               limits={"rate_per_minute": 0, "max_retries": 0}, removal={"age": "0s"})
        settings.write(self.machine.path(CONFIG), name, about)
        return partner

    def synced(self, name):
        ids = {f"{name}:{i}" for i in self.partners[name].ids()}
        return ids and set(self.listings(name)) == ids


def packages_of(folder):
    """vigie_0.1.0_amd64.deb and vigie-connectors_….deb, without debug symbols."""
    return sorted(p.name for p in folder.glob("vigie*.deb") if re.match(r"vigie(-connectors)?_", p.name))


def make_higher(folder, names):
    """The same packages as a later version, with a settings file that has changed."""
    made = []
    for name in names:
        tree = folder / "higher"
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(["dpkg-deb", "-R", folder / name, tree], check=True)
        control = tree / "DEBIAN/control"
        version = re.search(r"^Version: (\S+)$", control.read_text(), re.M)[1]
        control.write_text(control.read_text().replace(version, version + HIGHER))
        if (tree / "etc/vigie/vigie.conf").exists():
            with open(tree / "etc/vigie/vigie.conf", "a", encoding="utf-8") as file:
                file.write("\n# What a later version says.\n")
        made.append(name.replace(version, version + HIGHER))
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, folder / made[-1]], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)
    return made


# ---- the acts


def act_install(t, files):
    done = t.install(*(f for f in files if f.startswith("vigie_")))
    t.check(done.returncode == 0, "apt installs vigie", done.stdout[-1500:], done.stderr[-1500:])
    t.wait(t.is_active, "the service was started and is ready")
    t.check(t.run("systemctl", "is-enabled", UNIT).stdout.strip() == "enabled", "it starts at every boot")
    t.check(t.run("systemctl", "is-enabled", "vigied.socket").stdout.strip() == "disabled", "the socket is left to who wants it")
    t.check("no partner is switched on" in t.journal(), "it says that there is no partner yet", t.journal())
    t.check("no partner" in t.state().get("StatusText", ""), "so does systemctl status", t.state().get("StatusText"))
    t.check(t.answers() == 200, "it answers over HTTP")
    t.check("/usr/sbin/nologin" in t.run("getent", "passwd", "vigie").stdout, "it has a user who cannot log in")
    t.check(t.mode(STATE) == "750 vigie:vigie", "its state is closed to others", t.mode(STATE))
    t.check(t.mode(SECRETS) == "700 root:root", "secrets are root's", t.mode(SECRETS))
    t.machine.path(f"{CONFIG}/partners.d/own.conf").write_text("[partner]\nconnector = csv\n")
    done = t.vigie("try", "own")
    t.check("vigie-connectors" in done.stderr, "what reads partners is missing, and it says which package has it", done.stderr)
    t.machine.path(f"{CONFIG}/partners.d/own.conf").unlink()
    before = t.pid()
    done = t.install(*(f for f in files if f.startswith("vigie-connectors_")))
    t.check(done.returncode == 0, "apt installs vigie-connectors", done.stdout[-1500:], done.stderr[-1500:])
    t.wait(lambda: t.is_active() and t.pid() != before, "the service was started again for them")


def act_hardened(t, files):
    done = t.vigie("check-config")
    t.check(done.returncode == 0, "the settings are right as they come", done.stdout, done.stderr)
    done = t.run("systemd-analyze", "verify", UNIT)
    t.check("vigied" not in done.stderr, "systemd has nothing to say of the unit", done.stderr)
    done = t.run("systemd-analyze", "security", "--no-pager", f"--threshold={EXPOSURE}", UNIT)
    t.check(done.returncode == 0, f"its exposure is {EXPOSURE / 10} at most: " + done.stdout.strip().splitlines()[-1][2:], done.stdout)
    status = t.machine.leader and t.shell(f"cat /proc/{t.pid()}/status").stdout
    for what, pattern in (("it has no capability", r"CapBnd:\s+0+$"), ("it can get no new ones", r"NoNewPrivs:\s+1$"),
                          ("its system calls are filtered", r"Seccomp:\s+2$")):
        t.check(re.search("^" + pattern, status, re.M), what, status)


def readme_path():
    """The commands of the README that come after the installation."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^## Use it\n.*?\n\n((?:    [^\n]*\n)+)", text, re.M | re.S)[1]
    commands = [re.sub(r"\s+#.*", "", line.strip()) for line in block.splitlines()]
    return [c for c in commands if not c.startswith("make ") and " apt install " not in c]


def act_readme(t, files):
    """What the README tells to type; the editor does what its comment says."""
    setup = 'sudo() { "$@"; }; editor() { sed -i "s/^enabled = no/enabled = yes/" "$1"; }; '
    for command in readme_path():
        done = t.shell(setup + command)
        t.check(done.returncode == 0, command, done.stdout, done.stderr)
    t.wait(lambda: len(t.listings("exemple-static")) == 3, "the table's listings are in the catalogue")
    sheet = t.vigie("partner", "exemple-static").stdout
    t.check("never-seen: nothing is known of it yet" in sheet, "whether the partner exists cannot be seen from here, and its sheet says no more", sheet)
    t.check(time.monotonic() - t.start < FIVE_MINUTES_S, f"all of it took {time.monotonic() - t.start:.0f} s, under five minutes")


def act_first_partner(t, files):
    """One with an interface and a secret."""
    config = t.machine.path(f"{CONFIG}/vigie.conf")
    words = config.read_text()
    words = words.replace("#name = Office", "name = Office", 1)
    # Nothing outside the simulator is asked.
    words = words.replace("[watch]\n", f"[watch]\ncontrol = {t.sim.control}\nresolvers = {t.sim.resolvers}\nallow_private = yes\n", 1)
    config.write_text(words)
    t.partner("yescapa", "yescapa")
    done = t.vigie("check-config")
    t.check(done.returncode == 0, "check-config takes the partner's file", done.stdout, done.stderr)
    done = t.vigie("try", "yescapa")
    t.check(done.returncode == 0, "vigie try shows what it offers", done.stdout[-500:], done.stderr)
    t.drop_in("strict.conf", STRICT)
    # For its secret, and for what was written into vigie.conf.
    done = t.run("systemctl", "restart", UNIT)
    t.check(done.returncode == 0 and t.is_active(), "restarted, it is ready again", done.stderr, t.journal())
    t.wait(lambda: t.synced("yescapa"), "its listings are in the catalogue")
    t.check(t.mode(f"{STATE}/catalogue.db").endswith("vigie:vigie"), "the catalogue is the service's own", t.mode(f"{STATE}/catalogue.db"))
    t.check(t.answers("/collections/all/items?limit=1") == 200, "they are served")


def act_caged(t, files):
    """While an answer stands still in its middle, the process that reads it does too."""
    yescapa = t.partners["yescapa"]
    yescapa.fault("stall", where="middle")
    yescapa.add(1)
    t.wait(lambda: t.filters(t.child()) > t.filters(t.pid()), "a process of its own reads what a partner sends, confined further than the service")
    t.check("less protection" not in t.journal(), "all that the kernel has is in force, Landlock too", t.journal())
    yescapa.clear()
    t.wait(lambda: t.synced("yescapa"), "what it reads is in the catalogue")


def act_reload(t, files):
    before = t.pid()
    t.partner("second", "plain")
    done = t.run("systemctl", "reload", UNIT)
    t.check(done.returncode == 0, "systemctl reload", done.stderr)
    t.wait(lambda: t.synced("second"), "a partner that is new is read")
    t.check(t.pid() == before and t.state()["NRestarts"] == "0", "by the same process")
    file = t.machine.path(f"{CONFIG}/partners.d/second.conf")
    right = file.read_text()
    file.write_text(right.replace("interval = 1s", "interval = 1h") + "nonsense\n")
    done = t.run("systemctl", "reload", UNIT)
    t.check(done.returncode != 0, "with a file that is wrong, systemctl reload fails", done.stdout, done.stderr)
    t.wait(lambda: re.search(r"second\.conf:\d+", t.journal()), "it is told, with its line")
    t.check(t.is_active() and t.pid() == before, "and the service goes on")
    t.partners["second"].add(1)
    t.wait(lambda: t.synced("second"), "by the settings that it had")
    file.write_text(right)
    done = t.run("systemctl", "reload", UNIT)
    t.check(done.returncode == 0, "right again, systemctl reload succeeds", done.stderr)


def act_killed(t, files):
    t.drop_in("quick.conf", QUICK)
    t.run("systemctl", "restart", UNIT)
    before, kept = t.pid(), t.listings("yescapa")
    t.shell(f"kill -KILL {before}")  # the shell's own: no package brings /bin/kill
    t.wait(lambda: t.pid() not in (0, before) and t.is_active(), "killed, it is started again")
    t.check(t.listings("yescapa").keys() == kept.keys() and kept, "the catalogue has all that it had")
    t.check(t.vigie("partners").returncode == 0, "the command reads it")


def act_starved(t, files):
    before = t.pid()
    t.shell(f"kill -STOP {before}")
    t.wait(lambda: t.pid() not in (0, before) and t.is_active(), "stopped in its tracks, the watchdog ends it and it is started again")
    t.check("Watchdog timeout" in t.journal(), "the journal says that it was the watchdog", t.journal()[-1000:])


def act_stopped(t, files):
    yescapa = t.partners["yescapa"]
    yescapa.hold()
    yescapa.wait_for_held()
    done = t.vigie("sync", "yescapa")
    t.check(done.returncode != 0 and str(t.pid()) in done.stderr, "nobody else reads it meanwhile, and is told by whom it is read",
            done.stdout, done.stderr)
    start = time.monotonic()
    done = t.run("systemctl", "stop", UNIT)
    took = time.monotonic() - start
    t.check(done.returncode == 0 and took < STOP_S, f"while a partner is read it stops in {took:.1f} s, under {STOP_S} s")
    t.check(t.state()["Result"] == "success" and t.state()["ExecMainStatus"] == "0", "with a good exit status", t.run("systemctl", "status", UNIT).stdout)
    yescapa.clear()
    yescapa.release()
    done = t.run("systemctl", "start", UNIT)
    t.check(done.returncode == 0 and t.is_active(), "and starts again", done.stderr)


def act_socket(t, files):
    """systemd listens in its place: whoever comes while it restarts waits, and is answered."""
    for words in (("stop", UNIT), ("enable", "--now", "vigied.socket"), ("start", UNIT)):
        t.run("systemctl", *words)
    t.check(t.is_active() and t.answers() == 200, "vigied takes the socket of systemd", t.journal()[-500:])
    t.run("systemctl", "stop", UNIT)
    answer = t.answers()
    t.check(answer == 200, "a visitor starts it, and is answered", answer, t.journal()[-1500:])
    t.wait(t.is_active, "it is ready")  # systemd may hear of it a little later than the visitor
    before = t.pid()
    restart = threading.Thread(target=t.run, args=("systemctl", "restart", UNIT))
    restart.start()
    answers = [t.answers()]
    while restart.is_alive() or t.pid() == before:
        answers.append(t.answers())
    restart.join()
    answers.append(t.answers())
    # Whom the old process was just serving may have to ask again.
    t.check("ConnectionRefusedError" not in answers and answers[-1] == 200, f"of {len(answers)} visitors during a restart nobody is refused",
            answers)
    t.run("systemctl", "disable", "--now", "vigied.socket")
    t.run("systemctl", "restart", UNIT)


def act_rebooted(t, files):
    t.check_calls()
    kept = t.listings("yescapa")
    for how, end in (("switched off", t.machine.off), ("without power", t.machine.cut)):
        end()
        t.machine.boot()
        t.wait(t.is_active, f"the machine was {how}: at the next boot the service is ready")
        t.check(t.listings("yescapa").keys() == kept.keys() and kept, "the catalogue has all that it had")
    yescapa = t.partners["yescapa"]
    yescapa.add(1)
    t.wait(lambda: t.synced("yescapa"), "and what is new is read")


def act_upgraded(t, files):
    config = t.machine.path(f"{CONFIG}/vigie.conf")
    before, edited, kept = t.pid(), config.read_text(), t.listings("yescapa")
    runs = len(json.loads(t.vigie("runs", "--json").stdout))
    done = t.install(*make_higher(t.machine.path("/root/packages"), files))
    t.check(done.returncode == 0, "a higher version is installed", done.stdout[-1500:], done.stderr[-1500:])
    versions = t.run("dpkg-query", "-W", "-f", "${Version} ", "vigie", "vigie-connectors").stdout.split()
    t.check(all(v.endswith(HIGHER) for v in versions), "both packages are of that version", versions)
    t.wait(lambda: t.is_active() and t.pid() != before, "the service was started again and is ready")
    t.check(config.read_text() == edited, "settings that were edited are as they were")
    t.check(config.with_name("vigie.conf.dpkg-dist").exists(), "those of the new version are beside them")
    t.check(kept and t.listings("yescapa").keys() >= kept.keys(), "the catalogue has all that it had")
    t.check(len(json.loads(t.vigie("runs", "--json").stdout)) >= runs > 0, "and its ledger")


def act_removed(t, files):
    t.check_calls()
    done = t.run("apt-get", "remove", "-y", "vigie", "vigie-connectors")
    t.check(done.returncode == 0, "the packages are removed", done.stderr)
    t.check(not t.is_active() and t.answers() == "ConnectionRefusedError", "the service is gone")
    t.check(t.machine.path(f"{STATE}/catalogue.db").exists(), "the catalogue stays")
    t.check(t.machine.path(f"{CONFIG}/partners.d/yescapa.conf").exists(), "so do the settings")
    t.check(any(t.machine.path(SECRETS).iterdir()), "and the secrets")
    done = t.run("apt-get", "install", "-y", *(f"/root/packages/{p.name}" for p in t.machine.path("/root/packages").glob(f"*{HIGHER}*")))
    t.check(done.returncode == 0, "installed again", done.stderr)
    t.wait(lambda: t.is_active() and t.synced("yescapa"), "it goes on where it was")


def act_purged(t, files):
    done = t.run("apt-get", "purge", "-y", "vigie", "vigie-connectors")
    t.check(done.returncode == 0, "the packages are purged", done.stdout[-500:], done.stderr)
    t.check(not t.machine.path(STATE).exists(), "the catalogue is gone")
    t.check(not t.machine.path(SECRETS).exists(), "so are the secrets")
    left = t.shell("find / -xdev -path /root -prune -o -path /proc -prune -o -name '*vigie*' -print").stdout.split()
    own = {f"{CONFIG}", f"{CONFIG}/vigie.conf.dpkg-old", f"/etc/systemd/system/{UNIT}.d"}
    t.check(not set(left) - own, "nothing else of it is left but what the administrator made", sorted(set(left) - own))
    t.check(t.state()["LoadState"] == "not-found", "systemd does not know it any more", t.state()["LoadState"])


ACTS = [
    ("apt install", act_install),
    ("the five minutes of the README", act_readme),
    ("hardened", act_hardened),
    ("a partner", act_first_partner),
    ("the reader of a partner", act_caged),
    ("reload", act_reload),
    ("killed", act_killed),
    ("no sign of life", act_starved),
    ("stop", act_stopped),
    ("the socket", act_socket),
    ("the machine goes down", act_rebooted),
    ("upgrade", act_upgraded),
    ("removal", act_removed),
    ("purge", act_purged),
]


def play(t, files):
    for title, act in ACTS:
        print(title, flush=True)
        try:
            act(t, files)
        except Gone:
            break


def main(folder, packages):
    files = packages_of(packages)
    if len(files) != 2:
        print(f"{packages} has no packages: make deb")
        return 1
    try:
        machine = Machine(folder, packages)
        machine.fetch(*(f"/packages/{f}" for f in files))
        machine.fresh()
        alone()
        took = machine.boot()
    except CannotBoot as why:
        print(f"SKIPPED: {why}")
        return 0
    # Whoever ends this ends the machine too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    print(f"systemd has booted in {took:.1f} s")
    with Simulator(platforms="none") as sim:
        t = Trial(machine, sim)
        try:
            play(t, files)
        finally:
            machine.cut()
    print(f"{t.passed} passed, {t.failed} failed")
    return int(t.failed > 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*(pathlib.Path(a).resolve() for a in sys.argv[1:])))
