# SPDX-License-Identifier: Apache-2.0
"""200,000 listings in pages of 1,000 from nginx into a catalogue, beside the programs people write or combine for it.

Every round runs all of them one after another, each on a fresh catalogue: a first sync, then the same again.
Vigie goes on: 1 % of the listings changed, then all of them.  nginx sends whole answers, never 304.
"""
import contextlib
import json
import os

from harness import (PEERS, UNCONDITIONAL, HERE, Office, Promises, count, measure, median, need, nginx, say, spread,
                     table, thousands)

PAGE = 1000

COLUMNS = {
    "id": "CAST(value ->> '$.id' AS TEXT)", "kind": "'accommodation'", "title": "value ->> '$.title'",
    "description": "value ->> '$.description'", "url": "value ->> '$.url'", "image_url": "value ->> '$.pictures[0].url'",
    "latitude": "value ->> '$.location.latitude'", "longitude": "value ->> '$.location.longitude'",
    "street": "value ->> '$.location.street'", "postcode": "value ->> '$.location.zipcode'",
    "locality": "value ->> '$.location.city'", "price_minor": "(value ->> '$.price_per_day') * 100",
    "currency": "value ->> '$.currency'", "price_unit": "'day'", "capacity": "value ->> '$.capacity'",
    "rating": "value ->> '$.review_average'", "rating_count": "value ->> '$.review_count'",
    "updated_at": "value ->> '$.updated_at'", "properties": "json_object('type', value ->> '$.type')",
    "last_seen": "datetime('now')",
}


def write_upsert(path, pages, folder):
    """The statements that `sqlite3` runs over the pages that curl left in `folder`."""
    names = list(COLUMNS)
    with open(path, "w", encoding="utf-8") as f:
        f.write("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN;\n"
                f"CREATE TABLE IF NOT EXISTS listing({', '.join(names).replace('id,', 'id TEXT PRIMARY KEY,', 1)});\n")
        for page in range(1, pages + 1):
            f.write(f"INSERT INTO listing SELECT {', '.join(COLUMNS.values())} "
                    f"FROM json_each(readfile('{folder}/{page}.json'), '$.results') WHERE true ON CONFLICT(id) DO UPDATE SET "
                    + ", ".join(f"{c} = excluded.{c}" for c in names[1:]) + ";\n")
        f.write("COMMIT;\n")


class Peer:
    def __init__(self, name, database, command, shell=False, env=None):
        self.name, self.database, self.command, self.shell, self.env = name, database, command, shell, env or {}

    def fresh(self):
        for path in self.database.parent.glob(self.database.name + "*"):
            path.unlink()

    def sync(self, n):
        used = measure(self.command, self.database.with_suffix(".log"), self.shell, **self.env)
        need(count(self.database, "SELECT count(*) FROM listing") == n, f"{self.name} did not store {n} listings")
        return used


class Vigie:
    def __init__(self, name, office):
        self.name, self.office = name, office

    def fresh(self):
        self.office.fresh()

    def sync(self, n):
        used = measure(self.office.command("sync", "--json", "pages"), self.office.folder / "log")
        (said,) = json.loads(used.output)
        need(said["seen"] == n and said["outcome"] == "complete", f"{self.name}: {said}")
        used.changed = said["changed"]
        return used


def contenders(bench, url, n):
    folder = bench.folder
    found = []
    for name, search in (("vigie, search = no", "no"), ("vigie, everything", "yes")):
        office = Office(folder / f"search-{search}", search)
        office.add("pages", f"{url}/{{page}}.json", paging="total = /total\npaging = page\n", limits="run = 1h\n")
        found.append(Vigie(name, office))
    found.append(Peer("node, better-sqlite3", folder / "node.db", ["node", HERE / "node_peer.js", url, folder / "node.db"],
                      env={"NODE_PATH": str(PEERS / "node_modules")}))
    (folder / "curled").mkdir()
    write_upsert(folder / "upsert.sql", n // PAGE, folder / "curled")
    found.append(Peer("curl -Z, sqlite3", folder / "curl.db", shell=True, command=(
        f"curl -sfZ -o '{folder}/curled/#1.json' '{url}/[1-{n // PAGE}].json' && "
        f"sqlite3 {folder}/curl.db < {folder}/upsert.sql")))
    found.append(Peer("curl, sqlite-utils upsert", folder / "utils.db", shell=True, command=(
        f"test -e {folder}/utils.db || sqlite-utils create-database {folder}/utils.db --enable-wal; "
        f"curl -sf {url.replace('live', 'array')} | sqlite-utils upsert {folder}/utils.db listing - --pk id --flatten")))
    return found


@contextlib.contextmanager
def served(bench, n):
    """nginx, and point("base") to say which pages it serves under /live."""
    folder = bench.folder
    variants = {"base": (), "one": ("--change", 1), "all": ("--change", 100)}
    for name, words in variants.items():
        (folder / name).symlink_to(bench.data("pages", f"pages-{n}-{name}", n, "--page-size", PAGE, *words))
    (folder / "array").symlink_to(bench.data("array", f"array-{n}", n))

    def point(name):
        os.symlink(name, folder / "next")
        os.replace(folder / "next", folder / "live")

    point("base")
    with nginx(folder, f"listen 127.0.0.1:PORT; {UNCONDITIONAL}") as port:
        yield f"http://127.0.0.1:{port}/live", point


STEPS = (("first", "base"), ("again", "base"), ("1 % changed", "one"), ("all changed", "all"))


def collect(bench, n):
    """{(contender, step): [usage of each round]}"""
    used = {}
    with served(bench, n) as (url, point):
        rivals = contenders(bench, url, n)
        for number in range(bench.rounds):
            for rival in rivals:
                say(f"round {number + 1}: {rival.name}")
                rival.fresh()
                for step, pages in STEPS if isinstance(rival, Vigie) else STEPS[:2]:
                    point(pages)
                    used.setdefault((rival.name, step), []).append(rival.sync(n))
                point("base")
    return used


def own(name, values):
    """Columns that are known of single programs only."""
    if name.startswith("curl"):
        return "–", "–"
    return f"{median([u.written for u in values]) / 1e6:.0f}", f"{median([u.peak_kib for u in values]) / 1024:.0f}"


def show(used, n):
    for step, _ in STEPS:
        rows = []
        for (name, s), values in used.items():
            if s == step:
                wall, cpu = [u.wall_s for u in values], [u.cpu_s for u in values]
                rows.append((name, spread(wall), spread(cpu), thousands(n / median(wall)), thousands(n / median(cpu)),
                             *own(name, values)))
        table(f"Sync of {n:,} listings, {step}: median (min–max)",
              ["what", "wall s", "CPU s", "listings/s", "/s of CPU", "written MB", "peak MiB"], rows)


def judge(used, n):
    promises = Promises()
    names = list(dict.fromkeys(name for name, _ in used))
    plain, full, node, curl, utils = names

    def wall(name, step):
        return median([u.wall_s for u in used[name, step]])

    for peer, least in ((node, 2), (curl, 3), (utils, 7)):
        promises.at_least(f"first, search = no, beside {peer}", wall(peer, "first") / wall(plain, "first"), least)
    for peer in (node, curl, utils):
        promises.at_least(f"first, everything, beside {peer}", wall(peer, "first") / wall(full, "first"), 1)
    best = min((node, curl, utils), key=lambda peer: wall(peer, "again"))
    for name in (plain, full):
        promises.at_least(f"again, {name[7:]}, beside the best ({best})", wall(best, "again") / wall(name, "again"), 10)
    promises.at_least("again, listings a second of CPU", n / median([u.cpu_s for u in used[plain, "again"]]), 1e6,
                      "{:,.0f}")
    for name in (plain, full):
        one, every = (median([u.written for u in used[name, step]]) for step in ("1 % changed", "all changed"))
        promises.at_most(f"written at 1 % changed, of what is at 100 %, {name[7:]}", 100 * one / max(every, 1), 10, "{:.1f} %")
    promises.print()


def run(bench):
    n = 20_000 if bench.quick else 200_000
    used = collect(bench, n)
    show(used, n)
    judge(used, n)
