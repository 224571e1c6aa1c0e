# SPDX-License-Identifier: Apache-2.0
"""schema.org data in pages: trying a partner's file, many pages, long sitemaps, blocks that take much memory."""
import pytest
from formats import listings, partner_file, try_file
from office import SLOW, few
from test_jsonld import add, page, site, stay  # noqa: F401
from test_limits import resident


def test_try(office, site):
    """One page with listings is enough, wherever it is; the way there is shown."""
    site.map("/index.xml", ["/sitemap.xml"], index=True)
    name = add(office, site, "/index.xml")
    tried = try_file(office, name)
    assert list(listings(tried)) == ["1"] and listings(tried)["1"]["title"] == "Gîte n° 1", tried
    assert site.asked() == ["/robots.txt", "/index.xml", "/sitemap.xml", "/gite/1"]
    assert office.listings(name) == {}


def test_a_long_sitemap_takes_little_memory(office, make, tmp_path):
    """50,000 addresses with pictures, 30 MB, and pages of 1 MB: one of them is held at a time."""
    partner = make("files", folder=str(tmp_path))
    base = partner.base_url
    filler = "".join(f"<p class='c{i}'>{'mot ' * 20}</p>" for i in range(8000))
    with open(tmp_path / "sitemap.xml", "w", encoding="utf-8") as file:
        file.write('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">')
        for n in range(few(50_000)):
            file.write(f"<url><loc>{base}/gites/{n}.html</loc>")
            file.writelines(f"<i:image><i:loc>{base}/photos/{n}/{i}.jpg</i:loc></i:image>" for i in range(8))
            file.write("</url>\n")
        file.write("</urlset>")
    (tmp_path / "gites").mkdir()
    for n in range(few(60)):
        (tmp_path / f"gites/{n}.html").write_text(page(stay(n), body=filler))
    assert (tmp_path / "sitemap.xml").stat().st_size > few(25_000_000) and len(filler) > 800_000
    name = partner_file(office, partner, "jsonld", "/sitemap.xml", jsonld={"at_most": few(60)}, limits={"max_wire": "1G"})
    run, mebibytes = resident(office, name)
    assert (run["outcome"], run["added"], run["requests"]) == ("partial", few(60), few(60) + 2), run
    assert f"there are {few(50_000)} pages" in run["detail"], run
    assert SLOW > 1 or mebibytes < 64, mebibytes


def test_a_thousand_pages(office, make, tmp_path):
    """Each a listing of its own; again, nothing has changed."""
    partner = make("files", folder=str(tmp_path))
    base = partner.base_url
    (tmp_path / "sitemap.txt").write_text("".join(f"{base}/{n}.html\n" for n in range(few(1000))))
    for n in range(few(1000)):
        (tmp_path / f"{n}.html").write_text(page(stay(n)))
    name = partner_file(office, partner, "jsonld", "/sitemap.txt")
    run, mebibytes = resident(office, name)
    assert (run["outcome"], run["added"]) == ("complete", few(1000)), run
    assert SLOW > 1 or mebibytes < 64, mebibytes
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["changed"], run["removed"]) == ("complete", 0, 0, 0), run


@pytest.mark.parametrize("inside", ["[],", "{},", '"a",', "1,", '{"@type":"Hotel","name":"a"},'])
def test_blocks_that_take_much_memory(office, site, inside):
    site.put("/gite/3", page("[" + inside * (few(4 << 20) // len(inside) - 100) + "0]"))
    run, mebibytes = resident(office, add(office, site))
    assert run["added"] == 4, run
    assert SLOW > 1 or mebibytes < 64, mebibytes
