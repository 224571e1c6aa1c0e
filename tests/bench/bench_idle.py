# SPDX-License-Identifier: Apache-2.0
"""1,000 partners that wait for their next poll: what vigied holds and burns meanwhile."""
import time

from harness import Office, Promises, cpu_seconds, generate, nginx, say, status_kib, table, wait_until


def run(bench):
    partners, watch_s = (100, 5) if bench.quick else (1000, 30)
    generate("pages", bench.folder / "site", 5)
    office = Office(bench.folder / "office")
    with nginx(bench.folder / "site", "listen 0.0.0.0:PORT;") as port:
        for i in range(partners):
            office.add(f"p{i}", f"http://127.1.{i // 250}.{i % 250 + 1}:{port}/1.json", "365d")
        with office.daemon() as vigied:
            pid = vigied.process.pid
            say(f"first polls of {partners} partners, spread over {partners * 0.05:.0f} s")
            wait_until(lambda: office.count("SELECT count(DISTINCT partner) FROM runs") == partners, "first polls", 300)
            # The search index and the WAL are put in order before the watch begins.
            wait_until(lambda: quiet(pid), "a quiet second", 60)
            say(f"watching for {watch_s} s")
            before, start = cpu_seconds(pid), time.monotonic()
            time.sleep(watch_s)
            percent = 100 * (cpu_seconds(pid) - before) / (time.monotonic() - start)
            rss, peak = (status_kib(pid, field) / 1024 for field in ("VmRSS", "VmHWM"))
    table(f"vigied with {partners:,} idle partners, {watch_s} s", ["what", "figure"],
          [("resident", f"{rss:.1f} MiB"), ("at most, during the first polls", f"{peak:.1f} MiB"), ("CPU", f"{percent:.3f} % of a core")])
    promises = Promises()
    promises.at_most("resident", rss, 32, "{:.1f} MiB")
    promises.at_most("CPU, of a core", percent, 0.1, "{:.3f} %")
    promises.print()


def quiet(pid):
    before = cpu_seconds(pid)
    time.sleep(1)
    return cpu_seconds(pid) - before < 0.001
