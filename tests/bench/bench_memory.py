# SPDX-License-Identifier: Apache-2.0
"""1,000,000 listings from one array of 825 MB: the most memory that vigied and `vigie sync` ever held."""
import pathlib

from harness import (UNCONDITIONAL, Office, Promises, measure, need, nginx, say, status_kib, table, thousands,
                     wait_until)

TOO_LONG_S = 900


def office(folder, port, interval="1h"):
    it = Office(folder)
    it.add("array", f"http://127.0.0.1:{port}/array", interval, items="", limits="max_wire = 2G\nmax_body = 2G\nrequest = 1h\nrun = 1h\n")
    return it


def finished(it):
    """Runs in the ledger that read everything."""
    return it.count("SELECT count(*) FROM runs WHERE outcome = 'complete'")


def of_daemon(bench, port, n):
    """[first, second] peaks of vigied in KiB: the second run begins at once after the first."""
    it = office(bench.folder / "vigied", port, "1s")
    peaks = []
    with it.daemon() as vigied:
        pid = vigied.process.pid
        for run in (1, 2):
            wait_until(lambda n=run: finished(it) >= n, f"run {run}", TOO_LONG_S)
            peaks.append(status_kib(pid, "VmHWM"))
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from now on
        vigied.stop(900)
    need(it.count("SELECT count(*) FROM listings") == n, "vigied lost some")
    return peaks


def of_command(bench, port, n):
    it = office(bench.folder / "vigie", port)
    peaks = []
    for _ in (1, 2):
        used = measure(it.command("sync", "array"), bench.folder / "log")
        peaks.append(used)
    need(it.count("SELECT count(*) FROM listings") == n, "vigie lost some")
    return peaks


def run(bench):
    n = 50_000 if bench.quick else 1_000_000
    array = bench.data("array", f"array-{n}", n)
    (bench.folder / "array").symlink_to(array)
    rows, peaks = [], []
    with nginx(bench.folder, f"listen 127.0.0.1:PORT; {UNCONDITIONAL}") as port:
        say("vigied, twice")
        for which, peak in zip(("first", "second"), of_daemon(bench, port, n)):
            rows.append((f"vigied, {which} run", f"{peak / 1024:.1f}", "", ""))
            peaks.append((f"vigied, {which} run", peak / 1024))
        say("vigie sync, twice")
        for which, used in zip(("first", "second"), of_command(bench, port, n)):
            rows.append((f"vigie sync, {which} run", f"{used.peak_kib / 1024:.1f}", f"{used.cpu_s:.1f}", thousands(n / used.wall_s)))
            peaks.append((f"vigie sync, {which} run", used.peak_kib / 1024))
    table(f"{n:,} listings from one array of {array.stat().st_size / 1e6:,.0f} MB, with full-text index",
          ["what", "peak MiB", "CPU s", "listings/s"], rows)
    promises = Promises()
    for what, peak in peaks:
        promises.at_most(what, peak, 64, "{:.1f} MiB")
    promises.print()
