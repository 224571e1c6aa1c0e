# SPDX-License-Identifier: Apache-2.0
"""schema.org data in the pages of a sitemap: 1,500 pages of 50 kB, one after the other over one connection, as the connector
and its peers ask for them.  Politeness is switched off on both sides."""
import json

from harness import HERE, UNCONDITIONAL, Office, count, measure, median, need, nginx, say, spread, table, thousands

PEERS = {"python extruct, sqlite3": "extruct", "python lxml, sqlite3": "lxml"}
FILLER = "".join(f'<div class="c{i}"><p>Une <b>phrase</b> de la page, <a href="/p/{i}">un lien</a> &amp; la suite.</p></div>\n'
                 for i in range(480))


def write_site(folder, port, n):
    """robots.txt, a sitemap, n pages; the bytes of all pages."""
    base, size = f"http://127.0.0.1:{port}/site", 0
    (folder / "site").mkdir()
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /compte\n")
    (folder / "site/sitemap.xml").write_text('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">' + "".join(
        f"<url><loc>{base}/{i}.html</loc></url>" for i in range(n)) + "</urlset>")
    for i in range(n):
        site = {"@context": "https://schema.org", "@type": "Organization", "name": "Les Gîtes"}
        stay = {"@context": "https://schema.org", "@type": "VacationRental", "identifier": str(i), "name": f"Gîte {i}",
                "description": "Une maison au calme. " * 20, "url": f"{base}/{i}.html",
                "geo": {"@type": "GeoCoordinates", "latitude": 44.5 + i / 1e5, "longitude": .16},
                "offers": {"@type": "Offer", "price": 50 + i % 90, "priceCurrency": "EUR"}}
        blocks = "".join(f'<script type="application/ld+json">{json.dumps(b)}</script>' for b in (site, stay))
        html = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{i}</title>{blocks}</head><body>{FILLER}</body></html>"
        size += (folder / f"site/{i}.html").write_text(html)
    return size


def run(bench):
    n = 200 if bench.quick else 1_500
    used = {}
    with nginx(bench.folder, f"listen 127.0.0.1:PORT; {UNCONDITIONAL}") as port:
        size, url = write_site(bench.folder, port, n), f"http://127.0.0.1:{port}/site/sitemap.xml"
        office = Office(bench.folder / "pages-vigie")
        office.write("site", url, f"max_pages = {n + 10}\nrun = 1h\n[jsonld]\nat_most = {n}\n", "jsonld")
        for number in range(bench.rounds):
            say(f"pages, round {number + 1}")
            office.fresh()
            for step in ("vigie sync, first", "vigie sync, again"):
                one = measure(office.command("sync", "--json", "site"), office.folder / "log")
                (said,) = json.loads(one.output)
                need((said["outcome"], said["seen"], said["listings"]) == ("complete", n, n), f"vigie: {said}")
                used.setdefault(step, []).append(one)
            for name, how in PEERS.items():
                out = bench.folder / "pages.db"
                out.unlink(missing_ok=True)
                used.setdefault(name, []).append(measure([HERE / "peer_pages.py", how, url, out], bench.folder / "peer.log"))
                need(count(out, "SELECT count(*) FROM listing") == n, f"{name}: not {n} listings")
    rows = [(name, spread([u.wall_s for u in values]), spread([u.cpu_s for u in values]), thousands(n / median([u.wall_s for u in values])),
             f"{max(u.peak_kib for u in values) / 1024:.0f}") for name, values in used.items()]
    table(f"pages: {n:,} pages, {size / 1e6:.0f} MB: median (min–max)", ["what", "wall s", "CPU s", "pages/s", "peak MiB"], rows)
