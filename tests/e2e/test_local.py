# SPDX-License-Identifier: Apache-2.0
"""A partner whose entries are a file of the office, and one that is only watched: they are read as any other."""
import json
import os

import pytest

from office import ROOT, GOOD, JOB_FAILED, SLOW, USAGE, few, wait_until
from test_limits import resident

ENTRIES = [{"id": 1, "title": "Atelier", "url": "/atelier", "price": "12,50 €"}, {"id": 2, "title": "Salle", "url": "/salle"}]


def write(office, entries=ENTRIES, file="entries.json"):
    path = office.folder / "partners.d" / file
    path.write_text(json.dumps({"items": entries}), encoding="utf-8")
    return path


def add(office, name="reflet", file="entries.json", **sections):
    office.partners[name] = {
        "partner": {"name": "Le Reflet", "theme": "Restaurant", "kind": "place", "website": "https://reflet.example/"},
        "request": {"file": file}, "json": {"items": "/items", "id": "/id"},
        "map": {"title": "/title", "url": "/url", "price": "/price"}, "removal": {"age": "0s"}}
    return office.change(name, **sections)


def check_config(office):
    office.vigie("check-config")
    return office.last.stderr


def test_it_is_read_like_an_answer(office):
    name = add(office)
    path = write(office)
    run = office.sync(name)
    assert (run["exit"], run["outcome"], run["added"], run["http_status"]) == (GOOD, "complete", 2, 200), run
    row = office.listings(name)["1"]
    assert (row["title"], row["url"], row["price_minor"]) == ("Atelier", "https://reflet.example/atelier", 1250)
    assert run["bytes"] == path.stat().st_size


def test_unchanged_is_not_read_again(office):
    name = add(office)
    write(office)
    office.sync(name)
    assert office.sync(name)["outcome"] == "not-modified"
    write(office)  # saved again, with the same content
    assert office.sync(name)["outcome"] == "not-modified"
    write(office, ENTRIES[:1] + [{**ENTRIES[1], "title": "Grande salle"}])
    run = office.sync(name)
    assert (run["outcome"], run["changed"], run["added"]) == ("complete", 1, 0), run
    write(office, [])
    assert office.sync(name)["outcome"] == "complete" and office.ids(name) == ["1", "2"], "an empty list removes nothing"


def test_removal_needs_two_readings(office):
    """What the office takes out of its file goes as any other listing goes."""
    name = add(office, removal={"brake_count": 10})
    write(office, [{"id": n, "title": f"Entrée {n}"} for n in range(6)])
    office.sync(name)
    write(office, [{"id": n, "title": f"Entrée {n}"} for n in range(5)])
    assert office.sync(name)["removed"] == 0
    assert office.sync(name)["removed"] == 1


def test_try_shows_it(office):
    name = add(office)
    write(office)
    shown = office.vigie("try", name)
    assert shown.returncode == GOOD and "READ entries.json" in shown.stdout and "Atelier" in shown.stdout, shown
    listed = json.loads(office.vigie("try", name, "--json").stdout)["listings"]
    assert [listing["title"] for listing in listed] == ["Atelier", "Salle"]


def test_the_first_example(office):
    """Columns of a preset need not be there: none of them reads as a slip, but those of the office's own map do."""
    shipped = ROOT / "config" / "partners.d" / "exemple-static.csv"
    (office.folder / "partners.d" / shipped.name).write_bytes(shipped.read_bytes())
    office.partners["exemple"] = {
        "partner": {"name": "Exemple", "connector": "static", "kind": "activity", "website": "https://example.org/"},
        "request": {"file": shipped.name}, "map": {"country": "/pays", "properties.duree": "/duree"}}
    office.change("exemple")
    shown = office.vigie("try", "exemple").stdout
    assert [line.split(";")[0] for line in shown.splitlines() if " in 3 of 3" in line] == [
        "country: by default in 3 of 3", "properties.duree: empty in 3 of 3"], shown
    line, = [line for line in shown.splitlines() if line.startswith("empty columns of the preset, of 3: ")]
    assert "capacity 1, " in line and ", tags" not in line and "properties.tags 3" in line
    assert not {"language", "kind", "currency"} & set(line.replace(",", "").split())
    assert "à la cale.\n                       Chiens admis.\n" in shown


def make_missing(path):
    path.unlink()


def make_folder(path):
    path.unlink()
    path.mkdir()


def make_fifo(path):
    path.unlink()
    os.mkfifo(path)


def make_link(path):
    elsewhere = path.with_suffix(".other")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def make_writable(path):
    path.chmod(0o666)


def make_large(path):
    with path.open("ab") as out:
        out.truncate(2 << 20)


@pytest.mark.parametrize("spoil, words", [
    (make_missing, "cannot read the local file entries.json: No such file"), (make_folder, "entries.json is not a file"),
    (make_fifo, "entries.json is not a file"), (make_link, "entries.json is a symbolic link"),
    (make_writable, "anybody on this machine can change entries.json: chmod o-w"),
    (make_large, "entries.json is larger than the 1048576 bytes that are allowed (max_body)"),
])
def test_what_is_no_good_is_said_and_keeps_all(office, spoil, words):
    name = add(office, limits={"max_body": "1M"}, request={"conditional": "no"})
    path = write(office)
    office.sync(name)
    spoil(path)
    run = office.sync(name)
    assert (run["exit"], run["outcome"], run["error_kind"]) == (JOB_FAILED, "failed", "config"), run
    assert words in run["detail"], run
    assert office.ids(name) == ["1", "2"]


def test_it_may_lie_in_a_folder_below_but_not_behind_a_link(office):
    name = add(office, file="reflet/entries.json")
    folder = office.folder / "partners.d" / "reflet"
    folder.mkdir()
    write(office, file="reflet/entries.json")
    assert office.sync(name)["added"] == 2
    folder.rename(office.folder / "elsewhere")
    folder.symlink_to(office.folder / "elsewhere")
    assert "cannot open the folder of reflet/entries.json" in office.sync(name)["detail"]


def test_a_file_has_no_second_page(office):
    name = add(office, json={"paging": "next-url", "next": "/next"})
    (office.folder / "partners.d" / "entries.json").write_text(
        json.dumps({"items": ENTRIES, "next": "https://elsewhere.example/2"}), encoding="utf-8")
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("failed", "config") and "is all there is" in run["detail"], run


@pytest.mark.parametrize("file", ["../vigie.conf", "/etc/passwd", "a/../b.csv", ".hidden.csv", "a//b.csv", "folder/", ".."])
def test_names_that_lead_elsewhere_are_refused(office, file):
    add(office, file=file)
    assert f'"{file}" is no value for "file"' in check_config(office) and office.last.returncode == USAGE


def test_settings_that_do_not_go_together(office):
    add(office, request={"url": "https://reflet.example/list"})
    assert 'there is a "url" and a "file"' in check_config(office)
    add(office, request={"file": None})
    assert '"url" is missing in [request]' in check_config(office)


def test_without_a_website_it_is_read_and_not_watched(office):
    name = add(office, partner={"website": None})
    write(office, [{"id": 1, "title": "Atelier", "url": "/atelier"}, {"id": 2, "title": "Salle", "url": "https://salle.example/"}])
    assert office.sync(name)["added"] == 2
    assert [row["url"] for row in office.listings(name).values()] == [None, "https://salle.example/"]
    assert "is not watched, as no website is given" in office.vigie("partner", name).stdout
    assert "file:entries.json" in office.vigie("check-config").stdout
    with office.daemon("--speed", 20000):
        wait_until(lambda: len(office.runs(name)) > 12, "half a day of runs")
    row, = office.rows("SELECT verdict FROM partners")
    assert row["verdict"] == "never-seen" and office.rows("SELECT * FROM evidence") == []


# ---- watch: no listings at all


def watch(office, simulated, /, name="velco", **sections):
    office.partners[name] = {
        "partner": {"name": "Velco", "theme": "Vélos", "connector": "watch", "website": simulated.base_url + "/"},
        "request": {"allow_private": "yes"}, "limits": {"max_retries": 0}}
    return office.change(name, **sections)


def test_watch_needs_a_website_only(office, make):
    partner = make()
    name = watch(office, partner)
    for n in range(2):
        run = office.sync(name)
        assert (run["exit"], run["outcome"] in ("complete", "not-modified"), run["seen"], run["error_kind"]) == (
            GOOD, True, 0, "none"), run
    watch(office, partner, partner={"website": None})
    assert '"website" is missing in [partner]' in check_config(office)
    watch(office, partner, partner={"website": None}, request={"url": partner.base_url + "/"})
    assert check_config(office) == "" and office.sync(name)["exit"] == GOOD
    watch(office, partner, request={"file": "x.csv"})
    assert "the connector watch reads no file" in check_config(office)


def test_watch_lets_anything_pass(office, make):
    partner = make()
    name = watch(office, partner)
    for kind in ("closing", "parking"):
        fault = partner.fault("html", kind=kind, scope="any")
        assert office.sync(name)["exit"] == GOOD
        partner.clear()
    partner.fault("status", status=404, scope="any")
    assert office.sync(name)["error_kind"] == "http"


def test_partners_says_why_there_are_no_listings(office, make):
    name = watch(office, make())
    office.sync(name)
    table = office.vigie("partners").stdout
    assert " presence " in table and " 0 " not in table, table
    assert "only whether its web site is there is watched" in office.vigie("partner", name).stdout


# ---- static: our own columns, as a spreadsheet saves them


EXCEL = ('id;title;url;latitude;longitude;postcode;locality;price;opening_hours\r\n'
         'a1;Gîte de l\'Écluse;/gite;44,5003;0,1654;47200;Marmande;115,00;"lundi ; jeudi"\r\n'
         'a2;"Chambre ""d\'hôtes""\r\nau calme";;44,55;0,08;47180;Meilhan-sur-Garonne;12,5 €;\r\n')


def add_static(office, body, **sections):
    office.partners["fiches"] = {
        "partner": {"name": "Fiches", "theme": "Essai", "kind": "place", "connector": "static", "website": "https://fiches.example"},
        "request": {"file": "fiches.csv"}}
    (office.folder / "partners.d" / "fiches.csv").write_bytes(body)
    return office.change("fiches", **sections)


@pytest.mark.parametrize("body", [EXCEL.encode("cp1252"), EXCEL.encode("utf-8-sig"), EXCEL.replace(";", "\t").encode("utf-16")],
                         ids=["latin-1", "bom", "unicode text"])
def test_what_a_french_excel_saves(office, body):
    name = add_static(office, body)
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 2, 0), run
    rows = office.listings(name)
    first, second = rows["a1"], rows["a2"]
    assert (first["title"], first["url"], first["latitude"], first["longitude"], first["price_minor"], first["currency"]) == (
        "Gîte de l'Écluse", "https://fiches.example/gite", 44.5003, 0.1654, 11500, "EUR")
    assert (first["locality"], first["country"], first["language"], first["kind"]) == ("Marmande", "FR", "fr", "place")
    assert second["title"] == "Chambre \"d'hôtes\" au calme" and second["price_minor"] == 1250 and second["url"] is None
    assert json.loads(first["properties"])["opening_hours"].split()[0] == "lundi"


def test_a_row_says_its_own_kind_and_more_columns_are_mapped_by_hand(office):
    body = "id;title;kind;parking\nb1;Base nautique;activity;oui\nb2;Halle;;non\n".encode()
    name = add_static(office, body, map={"properties.parking": "/parking"})
    office.sync(name)
    rows = office.listings(name)
    assert (rows["b1"]["kind"], rows["b2"]["kind"]) == ("activity", "place")
    assert json.loads(rows["b2"]["properties"]) == {"parking": "non"}


def test_a_half_saved_table_withdraws_nothing(office):
    name = add_static(office, EXCEL.encode())
    office.sync(name)
    (office.folder / "partners.d" / "fiches.csv").write_bytes(EXCEL.encode()[:120])
    office.sync(name)
    assert office.ids(name) == ["a1", "a2"]
    (office.folder / "partners.d" / "fiches.csv").write_bytes(EXCEL.encode())
    assert office.sync(name)["removed"] == 0 and office.ids(name) == ["a1", "a2"]


def test_a_large_table_passes_in_little_memory(office):
    """A hundred megabytes, of which one row is in memory at a time."""
    name = add_static(office, b"")
    with (office.folder / "partners.d" / "fiches.csv").open("w", encoding="utf-8") as out:
        out.write("id;title;description\n")
        out.writelines(f"{n};Fiche {n};{'texte ' * 800}\n" for n in range(few(20_000)))
    run, most = resident(office, name)
    assert (run["outcome"], run["added"]) == ("complete", few(20_000)), run
    assert run["bytes"] > few(90 << 20)
    assert most < 64 * SLOW, most


def test_presets_are_listed(office):
    add_static(office, EXCEL.encode())
    shown = office.vigie("check-config").stdout
    assert "static (csv)" in shown
    line, = [line for line in shown.splitlines() if line.startswith("connectors: ")]
    plugins, presets = line.split("; presets: ")
    assert "json" in plugins.split(": ")[1].split(", ") and "static" in presets.split(", ")
    listed = json.loads(office.vigie("check-config", "--json").stdout)
    assert "static" in listed["presets"] and "watch" in listed["connectors"]
    partner, = listed["partners"]
    assert (partner["connector"], partner["plugin"]) == ("static", "csv") and partner["preset"].endswith("/static.conf")
    assert "connector = static: a table with the catalogue's own column names" in office.vigie("keys").stdout
