# SPDX-License-Identifier: Apache-2.0
"""What every benchmark needs: a folder, nginx, measured processes, offices of the bench, tables.

Nothing here asserts a speed.  What would make a figure meaningless (a peer that failed, listings that are
missing) ends the benchmark at once.
"""
import contextlib
import os
import pathlib
import resource
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import types

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from e2e.office import BUILD, Daemon, environment, wait_until  # noqa: E402

PEERS = BUILD / "bench"
MIB = 1 << 20


class Failed(Exception):
    """A figure cannot be had; the text says why."""


def need(condition, text):
    if not condition:
        raise Failed(text)


def raise_limits():
    """Ten thousand connections need as many descriptors, here and in everything that is started."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for wanted in (65536, hard):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
            return


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def accepts(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


@contextlib.contextmanager
def running(command, port, log, **env):
    """A server for the time of a block, ready when its port accepts."""
    with open(log, "ab") as out:
        process = subprocess.Popen(list(map(str, command)), env=environment(**env), stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=out)
    try:
        wait_until(lambda: accepts(port) or process.poll() is not None, f"{command[0]} on port {port}")
        need(process.poll() is None, f"{command[0]} did not start:\n{pathlib.Path(log).read_text()[-2000:]}")
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def nginx(folder, server, http=""):
    """nginx with one server: `server` holds its directives, PORT in them is its port.  Gives the port."""
    port = free_port()
    conf = folder / f"nginx-{port}.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    conf.write_text(f"""daemon off; {user} worker_processes 1; worker_rlimit_nofile 65536;
pid {folder}/nginx-{port}.pid; error_log {folder}/nginx-{port}.log;
events {{ worker_connections 30000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type application/json;
  keepalive_requests 1000000000; keepalive_timeout 600s; {http}
  server {{ root {folder}; {server.replace("PORT", str(port))} }}
}}
""", encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-p", folder, "-c", conf], port, folder / f"nginx-{port}.log"):
        yield port


# Answers are always whole: what a partner without ETag and Last-Modified sends.
UNCONDITIONAL = "etag off; if_modified_since off; add_header Last-Modified '';"


def generate(*words):
    subprocess.run([sys.executable, HERE / "generate.py", *map(str, words)], check=True)


# ---- processes

def status_kib(pid, field):
    """VmHWM or VmRSS of a process in KiB; 0 once it has ended."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


def cpu_seconds(pid):
    """What the threads of a running process used so far, to the nanosecond."""
    return sum(int(f.read_text().split()[0]) for f in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def written_bytes(pid):
    """What a process gave to write() so far, also when it has ended and was not waited for yet."""
    text = pathlib.Path(f"/proc/{pid}/io").read_text()
    return int(text.partition("\nwchar: ")[2].split()[0])


def measure(command, log, in_shell=False, **env):
    """Runs a command to its end: .wall_s, .cpu_s (with its children), .output; and of itself, without children,
    .peak_kib and .written (bytes)."""
    words = ["sh", "-ec", command] if in_shell else list(map(str, command))
    with open(log, "w+b") as errors:
        start = time.monotonic()
        process = subprocess.Popen(words, env=environment(**env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=errors)
        peak = [0]
        ended = threading.Event()

        def watch():  # rusage would show this script's own size if that is larger
            while not ended.wait(0.02):
                peak[0] = max(peak[0], status_kib(process.pid, "VmHWM"))

        watcher = threading.Thread(target=watch)
        watcher.start()
        output = process.stdout.read().decode()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - start
        written = written_bytes(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
        errors.seek(0)
        need(process.returncode == 0, f"{words} ended with {process.returncode}:\n{output[-500:]}{errors.read().decode()[-2000:]}")
    return types.SimpleNamespace(wall_s=wall, cpu_s=usage.ru_utime + usage.ru_stime, peak_kib=peak[0],
                                 written=written, output=output)


def count(database, query):
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        return db.execute(query).fetchone()[0]


# ---- offices

MAP = """title = /title
description = /description
url = /url
image_url = /pictures/0/url
latitude = /location/latitude
longitude = /location/longitude
street = /location/street
postcode = /location/zipcode
locality = /location/city
price = /price_per_day
currency = /currency
price_unit = "day"
capacity = /capacity
rating = /review_average
rating_count = /review_count
source_updated_at = /updated_at
properties.type = /type
"""


class Office:
    """Settings of the bench in a folder of their own; politeness switched off, for it is not what is measured."""

    def __init__(self, folder, search="yes", level="warn", **sections):
        folder.mkdir(parents=True)
        (folder / "partners.d").mkdir()
        self.folder, self.file, self.catalogue = folder, folder / "vigie.conf", folder / "catalogue.db"
        text = f"[office]\nname = Bench\n[log]\nlevel = {level}\n[catalogue]\npath = catalogue.db\nsearch = {search}\n"
        for section, keys in sections.items():
            text += f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
        self.file.write_text(text, encoding="utf-8")

    def add(self, name, url, interval="1h", items="/results", paging="", limits=""):
        """The file of a partner that gives generate.py's listings as JSON; `paging` and `limits` are lines of those sections."""
        self.write(name, url, f"[json]\nitems = {items}\nid = /id\n{paging}[map]\n{MAP}", interval=interval, limits=limits)

    def write(self, name, url, sections, connector="json", interval="1h", limits=""):
        """A partner's file: `sections` is the text of those that say how its answer is read."""
        (self.folder / "partners.d" / f"{name}.conf").write_text(
            f"[partner]\nname = {name}\nkind = accommodation\nconnector = {connector}\ninterval = {interval}\n"
            f"[request]\nurl = {url}\nallow_private = yes\n"
            f"[limits]\nrate_per_minute = 0\nmax_retries = 0\n{limits}{sections}", encoding="utf-8")

    def fresh(self):
        """As if it had never run."""
        for path in self.folder.glob("catalogue.db*"):
            path.unlink()

    def command(self, *words):
        return [BUILD / "vigie", "-c", self.file, *words]

    def daemon(self, *words, **env):
        return Daemon(self, words, env)

    def count(self, query):
        return count(self.catalogue, query) if self.catalogue.exists() else 0


# ---- tables

def spread(values, form="{:.2f}"):
    """median (min–max)"""
    if len(values) == 1:
        return form.format(values[0])
    return f"{form.format(statistics.median(values))} ({form.format(min(values))}–{form.format(max(values))})"


def median(values):
    return statistics.median(values)


def thousands(value):
    return f"{value:,.0f}"


def table(title, heads, rows):
    """Columns as wide as they must be; the first to the left, the others to the right."""
    cells = [heads, *[[str(c) for c in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    print(f"\n{title}")
    for row in cells:
        print("  " + row[0].ljust(widths[0]) + "".join("  " + c.rjust(w) for c, w in zip(row[1:], widths[1:])))
    sys.stdout.flush()


class Promises:
    """The second table of a topic: what was promised, what came out."""

    def __init__(self):
        self.rows = []

    def at_least(self, what, value, least, form="{:.1f} ×"):
        self._add(what, "≥ " + form.format(least), form.format(value), value >= least)

    def at_most(self, what, value, most, form):
        self._add(what, "≤ " + form.format(most), form.format(value), value <= most)

    def _add(self, what, promise, measured, good):
        self.rows.append((what, promise, measured, "pass" if good else "short"))

    def print(self):
        table("Promises", ["what", "promise", "measured", ""], self.rows)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)
