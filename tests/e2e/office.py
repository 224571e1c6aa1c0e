# SPDX-License-Identifier: Apache-2.0
"""A tourist office in a temporary folder: its settings, its partners, the real programs, its catalogue.

    office.add(partner, removal={"age": "0s"})      writes partners.d/NAME.conf for a simulated partner
    office.sync("yescapa")                          runs « vigie sync --json », returns what it says of that partner
    with office.daemon() as vigied: …               runs the service; ready when it says so
    office.listings("yescapa"), office.runs(…)      read the public views
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

from sim import canary, settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
SLOW = 10 if os.environ.get("SANITIZED") else 1  # sanitized programs take their time
GOOD, JOB_FAILED, USAGE = 0, 1, 2


def few(n):
    """So many of what is only there for its size, or a tenth in a sanitized build, whose memory and pace are not the real ones."""
    return n // SLOW


def environment(**more):
    env = {k: v for k, v in os.environ.items()
           if k.lower() not in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "credentials_directory")
           and k not in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "INVOCATION_ID", "JOURNAL_STREAM")}
    return {**env, "VIGIE_CONNECTORS": str(BUILD / "connectors"), "VIGIE_LOCALE": str(BUILD / "locale"),
            "VIGIE_WWW": str(ROOT / "daemon/serve/www"),
            "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}


def wait_until(condition, what="", timeout=15):
    """Polls until `condition()` is true and returns what it gave; AssertionError with `what` after `timeout` seconds."""
    end = time.monotonic() + timeout * SLOW
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {timeout} s: {what or condition}"
        time.sleep(0.01)


class Catalogue:
    """The public views of a catalogue, read as any other tool would."""

    def __init__(self, path):
        self.path = path

    def rows(self, query, *values):
        """The rows of a query, as dicts."""
        if not self.path.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, values)]

    def one(self, query, *values):
        """The only value of the only row."""
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value

    def listings(self, partner, removed=False):
        """external_id -> row, of what is present (or with what was removed)."""
        where = "" if removed else " AND removed_at IS NULL"
        return {r["external_id"]: r for r in self.rows(f"SELECT * FROM listings WHERE partner = ?{where}", partner)}

    def ids(self, partner):
        return sorted(self.listings(partner))

    def runs(self, partner):
        return self.rows("SELECT * FROM runs WHERE partner = ? ORDER BY run", partner)

    def changes(self, partner):
        """(op, external_id) in the order in which they happened."""
        rows = self.rows("SELECT op, uid FROM changes WHERE partner = ? ORDER BY change", partner)
        return [(r["op"], r["uid"].partition(":")[2]) for r in rows]

    def quarantine(self, partner):
        """What waits in quarantine: there is no public view of it, so this one question goes to the table."""
        return self.rows("SELECT q.* FROM quarantine q JOIN partner p USING (partner_id) WHERE p.partner = ?", partner)

    def contents(self, partner):
        """Everything that a reader may see of a partner's listings, but the times of our own visits."""
        columns = ("uid, kind, title, description, language, url, image_url, latitude, longitude, street, postcode, locality,"
                   " country, price_minor, currency, price_unit, price_text, capacity, rating, rating_count, published,"
                   " source_updated_at, removed_at IS NULL AS present, properties")
        return self.rows(f"SELECT {columns} FROM listings WHERE partner = ? ORDER BY uid", partner)


class Office(Catalogue):
    def __init__(self, folder, sim=None):
        super().__init__(folder / "catalogue.db")
        self.folder, self.sim = folder, sim
        self.file = folder / "vigie.conf"
        self.main = {"office": {"name": "Office de tourisme du Val de Garonne", "contact": "https://vigie.example/contact"},
                     "catalogue": {"path": "catalogue.db"}, "paths": {"partners": "partners.d"},
                     "serve": {"listen": "none"}}
        if sim:  # nothing outside this machine is ever asked
            self.main["watch"] = {"control": sim.control, "resolvers": sim.resolvers, "allow_private": "yes"}
        self.partners = {}
        self.last = None
        (folder / "partners.d").mkdir()
        self.configure()

    @property
    def reserve(self):
        """The room that the service keeps beside its catalogue, for a disk that is full."""
        return self.path.with_name(self.path.name + "-reserve")

    # ---- settings

    def configure(self, **sections):
        """Writes vigie.conf with these keys over what it had."""
        self.sections = sections
        self.file.write_text(settings.text(settings.merge(self.main, **sections)), encoding="utf-8")

    def add(self, partner, /, name=None, **sections):
        """Writes the file of a simulated partner.  No rate budget, no retries and removal without delay by default;
        `sections` override.  Returns its name."""
        name = name or partner.name
        self.partners[name] = settings.sections(partner.info())
        defaults = {"limits": {"rate_per_minute": 0, "max_retries": 0}, "removal": {"age": "0s"},
                    "partner": {"interval": "1h"}}
        self.change(name, **defaults)
        return self.change(name, **sections)

    def change(self, name, /, **sections):
        """Changes keys of a partner's file; None takes a key away."""
        settings.write(self.folder, name, settings.merge(self.partners[name], **sections))
        return name

    def drop(self, name):
        """Takes a partner's file away."""
        del self.partners[name]
        self.partner_file(name).unlink()

    def partner_file(self, name):
        return self.folder / "partners.d" / f"{name}.conf"

    # ---- programs

    def vigie(self, *words, timeout=60, **env):
        """Runs the command; .returncode, .stdout and .stderr as text."""
        self.last = subprocess.run([BUILD / "vigie", "-c", self.file, *map(str, words)], env=environment(**env),
                                   stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout * SLOW, encoding="utf-8")
        canary.absent(self.last.stdout, self.last.stderr, of=f"vigie {words}")
        return self.last

    def sync(self, *names, timeout=60, wait=True, **env):
        """One run of each; what « vigie sync --json » says of it, of several a dict by name.  exit: the exit status.
        While somebody else reads it (a daemon, which does so when it starts), it is tried again, unless told not to."""
        def tried():
            self.vigie("sync", "--json", *names, timeout=timeout, **env)
            assert self.last.returncode in (GOOD, JOB_FAILED) and self.last.stdout, self.last
            said = json.loads(self.last.stdout)
            return None if wait and any(r["error_kind"] == "busy" for r in said) else [said]

        said, = wait_until(tried, "nobody else reads it", timeout)
        runs = {r["partner"]: {**r, "exit": self.last.returncode} for r in said}
        if len(names) > 1 or names[0] == "--all":
            return runs
        assert list(runs) == list(names), self.last
        return runs[names[0]]

    def syncing(self, *names):
        """Starts « vigie sync » and returns its process, for tests that interfere."""
        return subprocess.Popen([BUILD / "vigie", "-c", self.file, "sync", "--json", *names], env=environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")

    def daemon(self, *words, **env):
        """The service as a context: with office.daemon("--speed", 60, WATCHDOG_USEC=…) as vigied."""
        return Daemon(self, words, env)

    def daemon_served(self, *words, **env):
        """As daemon(), with the HTTP server on a free port: .port, .url"""
        self.main["serve"] = {"listen": "127.0.0.1:0"}
        self.configure(**self.sections)
        return Daemon(self, words, env, served=True)


class Daemon:
    """vigied under the eyes of a service manager: we own its notification socket."""

    def __init__(self, office, words=(), env=None, served=False):
        self.office, self.served, self.port, self.url = office, served, None, None
        self._command = [BUILD / "vigied", "-c", office.file, *map(str, words)]
        self._env = {k: str(v) for k, v in (env or {}).items()}
        self._folder = tempfile.TemporaryDirectory(prefix="vigie-")  # short: a socket's path has 108 bytes
        self._said, self._news = [], threading.Condition()
        self.process, self.last_log = None, ""

    def start(self, ready=True):
        """Starts it; returns once it says READY=1."""
        path = os.path.join(self._folder.name, "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        threading.Thread(target=self._listen, daemon=True).start()
        self._log = open(os.path.join(self._folder.name, "log"), "w+b")
        self.process = subprocess.Popen(self._command, env=environment(NOTIFY_SOCKET=path, **self._env),
                                        stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        if ready:
            self.wait_said("READY=1")
        if ready and "TSAN_OPTIONS" in os.environ:
            # ThreadSanitizer loses a signal that comes while a thread's first wait makes room for signals put off (GCC 12, LLVM 14).
            wchan = pathlib.Path(f"/proc/{self.process.pid}/wchan")
            wait_until(lambda: wchan.read_text() == "do_epoll_wait", "the service waits")
        if ready and self.served:
            self.url = self.wait_log(r"served at (http://\S+)$")[0]
            self.port = int(self.url.rpartition(":")[2])
        return self

    def _listen(self):
        with contextlib.suppress(OSError):
            while datagram := self._socket.recv(4096):
                with self._news:
                    self._said += datagram.decode().split("\n")
                    self._news.notify_all()

    def said(self, beginning=""):
        """The notifications so far that begin so, in order: READY=1, WATCHDOG=1, STATUS=…"""
        with self._news:
            return [line for line in self._said if line.startswith(beginning)]

    def wait_said(self, beginning, n=1, timeout=15):
        """Returns once n notifications begin so."""
        def there():
            assert self.process.poll() is None, f"vigied ended with {self.process.returncode}:\n{self.log()}"
            return sum(line.startswith(beginning) for line in self._said) >= n
        with self._news:
            end = time.monotonic() + timeout * SLOW
            while not there():
                assert time.monotonic() < end, f"not said: {beginning}; said: {self._said[-5:]}\n{self.log()}"
                self._news.wait(0.1)

    def log(self):
        self._log.flush()
        return pathlib.Path(self._log.name).read_text(encoding="utf-8")

    def wait_log(self, pattern, n=1, timeout=15):
        """Returns the matches once the log has n of them."""
        try:
            return wait_until(lambda: len(found := re.findall(pattern, self.log(), re.M)) >= n and found, pattern, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; the log:\n{self.log()}") from None

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        """SIGHUP; returns once it was read."""
        ready = len(self.said("READY=1"))
        self.signal(signal.SIGHUP)
        self.wait_said("READY=1", ready + 1)

    def kill(self):
        """SIGKILL, at once."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=20):
        """SIGTERM; its exit status."""
        self.process.terminate()
        return self.process.wait(timeout * SLOW)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind, *rest):
        try:
            if self.process.poll() is None and kind is None:
                assert self.stop() == 0, self.log()
        finally:
            self.close()

    def close(self):
        """Ends it in any case, and lets go of everything."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        self.last_log = self.log()
        self._socket.close()
        self._log.close()
        self._folder.cleanup()
        canary.absent(self.last_log, "\n".join(self._said), of="vigied")
