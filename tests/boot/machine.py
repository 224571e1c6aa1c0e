# SPDX-License-Identifier: Apache-2.0
"""A machine: Debian with systemd as its first process, in systemd-nspawn, in the network of this process.

    machine = Machine(folder, packages)    bootstraps Debian once into folder/base; fetches what the packages depend on
    machine.boot()                         until its systemd says that it is running
    machine.run("apt-get", "install", …)   a program in it, as root
    machine.off(), machine.cut()           a clean end; the power is cut
    alone()                                from now on the network of this process is a loopback and nothing else

CannotBoot says why there can be none here, in one line.
"""
import contextlib
import ctypes
import fcntl
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import time

INCLUDED = "systemd-sysv,dbus,init-system-helpers"
MIRROR = os.environ.get("MIRROR", "http://deb.debian.org/debian")
BOOT_TIMEOUT_S = 90
CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8914, 0x1
# As on a real machine: systemd-nspawn itself knows nothing of it.
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
ENVIRONMENT = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]


class CannotBoot(Exception):
    pass


def last_line(text, otherwise):
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).splitlines() if line.strip()]
    return lines[-1] if lines else otherwise


def release():
    """The code name of the Debian that we run on: packages are made for that one."""
    found = re.search(r"^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text(), re.M)
    if not found:
        raise CannotBoot("this is not a release of Debian")
    return found[1]


def apt_settings():
    """How this machine reaches Debian's archive, for the other one: proxies and the like."""
    lines = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout.splitlines()
    return "".join(f"{line}\n" for line in lines if re.match(r"Acquire::(?!IndexTargets)\S+ ", line))


def alone():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise CannotBoot(f"no network can be made: {os.strerror(ctypes.get_errno())}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))


def control_groups():
    """Folders of a new control group in every hierarchy that systemd uses; [] when systemd is at work here: it makes one."""
    if os.path.isdir("/run/systemd/system"):
        return []
    folders = []
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        top = {"": CGROUPS / "unified" if (CGROUPS / "unified").is_dir() else CGROUPS, "name=systemd": CGROUPS / "systemd"}.get(controllers)
        if top is not None:
            folders.append(top / path.lstrip("/") / f"vigie-boot-{os.getpid()}")
    try:
        for folder in folders:
            folder.mkdir()
            (folder / "cgroup.procs").read_text()
    except OSError as error:
        raise CannotBoot(f"no control group can be made: {error}") from None
    if not folders:
        raise CannotBoot("there are no control groups for systemd")
    return folders


class Machine:
    def __init__(self, folder, packages):
        self.folder, self.packages = folder, packages
        self.base, self.root = folder / "base", folder / "machine"
        self.nspawn, self.leader, self.groups = None, None, []
        if os.geteuid() != 0:
            raise CannotBoot("only root can boot a machine")
        for program in ("systemd-nspawn", "debootstrap", "nsenter"):
            if not shutil.which(program):
                raise CannotBoot(f"{program} is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        self._bootstrap()

    # ---- what it is made of

    def _bootstrap(self):
        """Debian itself, once."""
        want, stamp = f"{release()} {MIRROR} {INCLUDED}\n", self.folder / "base.is"
        if stamp.exists() and stamp.read_text() == want:
            return
        stamp.unlink(missing_ok=True)
        shutil.rmtree(self.base, ignore_errors=True)
        print(f"bootstrapping Debian {release()} into {self.base}: once, a minute or two", flush=True)
        with open(self.folder / "debootstrap.log", "w+", encoding="utf-8") as log:
            done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", release(), self.base, MIRROR],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            log.seek(0)
            if done.returncode != 0:
                raise CannotBoot(f"Debian cannot be bootstrapped: {last_line(log.read(), 'no reason given')}")
        stamp.write_text(want)

    def _in_base(self, *command):
        """A program in the base, not booted, with the network of this machine and the packages at /packages."""
        return subprocess.run(["systemd-nspawn", "--quiet", "--directory", self.base, "--as-pid2", "--register=no", "--keep-unit",
                               "--resolv-conf=copy-host", "--timezone=off", f"--bind-ro={self.packages}:/packages",
                               "--console=pipe", *ENVIRONMENT, *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def fetch(self, *names):
        """Fetches what these packages depend on; the machine itself has no way to the network."""
        (self.base / "etc/apt/apt.conf.d/99host").write_text(apt_settings())
        get = ["apt-get", "-qq", "install", "--download-only", "-y", *names]
        done = self._in_base(*get)
        if done.returncode != 0:
            self._in_base("apt-get", "-qq", "update")
            done = self._in_base(*get)
        if done.returncode != 0:
            raise CannotBoot(f"what the packages depend on cannot be fetched: {last_line(done.stderr, 'no reason given')}")

    def fresh(self):
        """The machine's disk as on its first day."""
        shutil.rmtree(self.root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.base, self.root], check=True)
        (self.root / "root/packages").mkdir()
        for package in self.packages.glob("*.deb"):
            shutil.copy(package, self.root / "root/packages")

    # ---- on and off

    def _start(self):
        self.groups = control_groups()
        words = ["systemd-nspawn", "--quiet", "--boot", "--directory", self.root, "--machine", f"vigie-boot-{os.getpid()}",
                 "--register=no", *["--keep-unit"] * bool(self.groups), "--link-journal=no", "--settings=no",
                 "--resolv-conf=off", "--timezone=off", "--console=pipe", f"--system-call-filter={LANDLOCK}"]
        # The shell moves itself into the group, and is nspawn then.
        move = "".join(f"echo $$ > {shlex.quote(str(g / 'cgroup.procs'))}; " for g in self.groups)
        self.console = open(self.folder / "console.log", "w+b")
        self.nspawn = subprocess.Popen(["sh", "-c", move + 'exec "$@"', "sh", *words], stdin=subprocess.DEVNULL,
                                       stdout=self.console, stderr=self.console, start_new_session=True)

    def _find_leader(self):
        """The process that is number 1 in there."""
        pid = self.nspawn.pid
        with contextlib.suppress(FileNotFoundError):
            for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                if re.search(r"^NSpid:.*\t1$", pathlib.Path(f"/proc/{child}/status").read_text(), re.M):
                    return int(child)
        return None

    def boot(self):
        """Returns once its systemd is running; how many seconds that took."""
        start = time.monotonic()
        self._start()
        state = ""
        while time.monotonic() - start < BOOT_TIMEOUT_S and self.nspawn.poll() is None:
            self.leader = self._find_leader()
            state = self.leader and self.run("systemctl", "is-system-running").stdout.strip()
            if state in ("running", "degraded"):
                return time.monotonic() - start
            time.sleep(0.1)
        self.console.seek(0)
        words = last_line(self.console.read().decode(errors="replace"), f"its systemd said {state or 'nothing'}")
        self.cut()
        raise CannotBoot(f"systemd does not boot in systemd-nspawn here: {words}")

    def off(self):
        """As somebody who switches it off; True when it ended by itself."""
        self.nspawn.terminate()
        try:
            return self.nspawn.wait(60) is not None
        except subprocess.TimeoutExpired:
            return False
        finally:
            self.cut()

    def cut(self):
        """The power is cut: nothing in it is told."""
        if self.nspawn is None:
            return
        if self.nspawn.poll() is None:
            if self.leader:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.leader, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.nspawn.wait(20)
            if self.nspawn.poll() is None:
                self.nspawn.kill()
                self.nspawn.wait()
        self.nspawn = self.leader = None
        self.console.close()
        for group in self.groups:
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)

    # ---- in it

    def run(self, *command, timeout=300):
        return subprocess.run(["nsenter", "--target", str(self.leader), "--all", *ENVIRONMENT, *map(str, command)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def path(self, inside):
        """A file of it, as seen from here; while it is off too."""
        return self.root / inside.lstrip("/")
