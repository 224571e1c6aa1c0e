# SPDX-License-Identifier: Apache-2.0
"""One document of 500 MB of each format through `vigie sync`: the most memory that it ever held.

Compressed formats are measured by what comes out of them.
"""
import shutil

from bench_formats import FORMATS, RPDE_LAST, Vigie
from harness import UNCONDITIONAL, Promises, need, nginx, say, table, thousands

SAMPLE = 2_000
UNPACKED = {"gzip": "array", "zip": "array"}  # whose size counts


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def run(bench):
    total = (5 if bench.quick else 500) * 1_000_000
    rows, promises = [], Promises()
    (bench.folder / "rpde-last").write_text(RPDE_LAST)
    need(bench.only in (None, *FORMATS), f"there is no format {bench.only}; there are {', '.join(FORMATS)}")
    with nginx(bench.folder, f"listen 127.0.0.1:PORT; {UNCONDITIONAL}") as port:
        for name, form in FORMATS.items():
            if bench.only not in (None, name):
                continue
            document, plain = form.document or name, UNPACKED.get(name, form.document or name)
            sample = bench.data(plain, f"{plain}-{SAMPLE}", SAMPLE)
            n = total * SAMPLE // sample.stat().st_size
            file = bench.data(document, f"{document}-{n}", n)
            (bench.folder / name).symlink_to(file)
            say(f"{name}: {n:,} listings")
            used = Vigie(bench, name, form, f"http://127.0.0.1:{port}/{name}").sync(n, n)
            rows.append((name, thousands(n), f"{file.stat().st_size / 1e6:.0f}", f"{used.wall_s:.1f}", f"{used.peak_kib / 1024:.1f}"))
            promises.at_most(name, used.peak_kib / 1024, 64, "{:.1f} MiB")
            remove(file)
            shutil.rmtree(bench.folder / f"{name}-vigie")
    table(f"A document of {total / 1e6:.0f} MB, first sync", ["format", "listings", "MB sent", "wall s", "peak MiB"], rows)
    promises.print()
