# SPDX-License-Identifier: Apache-2.0
"""CSV: tables of every separator and encoding, from the documents of tests/corpus/csv and from ones that are made here."""
import pytest
from formats import CORPUS, listings, partner_file, try_file
from office import SLOW, few
from test_limits import resident

SHEET = {
    "csv": {"id": "/Réf"}, "normalise": {"currency": "EUR"},
    "map": {"title": "/Intitulé", "locality": "/Commune", "price": "/Tarif", "rating": "/Note"}}
TYPE = {"Content-Type": "text/csv"}


def document(name):
    return (CORPUS / "csv" / name).read_bytes()


@pytest.fixture
def table(office, make):
    """table(bytes or name of a document, **sections): the name of a partner that gives it, read as SHEET says but for
    `sections`; table.say(…): what it gives from now on."""
    def create(body, headers=None, **sections):
        create.partner = make("raw")
        create.say(body, headers)
        both = {s: {**SHEET.get(s, {}), **sections.get(s, {})} for s in {**SHEET, **sections}}
        return partner_file(office, create.partner, "csv", "/table", **both)

    def say(body, headers=None):
        create.partner.route("/table", document(body) if isinstance(body, str) else body, headers=headers or TYPE)

    create.say = say
    return create


# ---- how it is written


SPREADSHEETS = ["semicolon.csv", "bom.csv", "windows-1252.csv", "utf-16le.csv", "utf-16be.csv", "utf-16-no-bom.csv",
                "encoded-twice.csv", "encoded-twice-bom.csv", "tab.tsv", "bar.csv", "sep-line.csv", "no-last-end.csv",
                "old-mac.csv", "empty-lines.csv", "quoted.csv"]


@pytest.mark.parametrize("name", SPREADSHEETS)
def test_the_same_sheet_however_it_is_written(office, table, name):
    found = listings(try_file(office, table(name)))
    assert list(found) == ["A1", "A2", "A3"]
    assert [r["title"] for r in found.values()] == ["Gîte « l'Écluse »", "Chambre d'œuvre", "Péniche"]
    assert [r["locality"] for r in found.values()] == ["Marmande", "Tonneins", "Meilhan-sur-Garonne"]
    assert [r.get("price_minor") for r in found.values()] == [11500, None, 4500]
    assert [r.get("rating") for r in found.values()] == [4.5, None, 5]


def test_files_that_were_put_together(office, table):
    """Marks and headers come again; nobody is called « Réf »."""
    text = document("semicolon.csv").decode()
    name = table(("\ufeff\ufeff" + text + "\ufeff" + text.replace("A", "B")).encode())
    run = office.sync(name)
    assert (run["outcome"], run["quarantined"], office.ids(name)) == ("complete", 0, ["A1", "A2", "A3", "B1", "B2", "B3"]), run


@pytest.mark.parametrize("name,says", [
    ("semicolon.csv", "5 columns, separated by semicolons, in utf-8"), ("utf-16-no-bom.csv", "5 columns, separated by semicolons, in utf-16le"),
    ("windows-1252.csv", "5 columns, separated by semicolons, in windows-1252"), ("tab.tsv", "5 columns, separated by tabs, in utf-8"),
    ("names-twice.csv", "5 columns, separated by semicolons, in utf-8; 3 of them had no name, or that of another, "
                        "and are called column_N or NAME_2"),
])
def test_what_was_recognised_is_told(office, table, name, says):
    partner = table(name, map={"title": "/Intitulé | /Nom", "price": None, "rating": None, "locality": None})
    assert try_file(office, partner)["written"] == says
    assert says in office.vigie("try", partner).stdout


def test_it_can_be_stated(office, table):
    """What is stated is not guessed: a table whose first line misleads, in an encoding that nobody recognises."""
    body = "Réf,Intitulé\tNote\nA1,x\t5\n".encode("cp850")
    name = table(body, csv={"id": "/Réf,Intitulé", "separator": "tab", "encoding": "ibm850"}, map={"title": "/Réf,Intitulé"})
    assert listings(try_file(office, name))["A1,x"]["rating"] == 5
    name = table(document("encoded-twice.csv"), csv={"id": "/RÃ©f", "repair": "no"}, map={"title": "/IntitulÃ©"})
    assert listings(try_file(office, name))["A3"]["title"] == "PÃ©niche"


def test_the_charset_of_the_answer(office, table):
    """€ has another byte in ISO 8859-15; what says ISO 8859-1 and is UTF-8 is UTF-8."""
    body = "Réf;Intitulé\nA1;5 €\n"
    name = table(body.encode("iso-8859-15"), {"Content-Type": "text/csv; charset=ISO-8859-15"})
    assert listings(try_file(office, name))["A1"]["title"] == "5 €"
    name = table(body.encode(), {"Content-Type": "text/csv; charset=ISO-8859-1"})
    assert listings(try_file(office, name))["A1"]["title"] == "5 €"


def test_a_wrong_byte_spoils_nothing_else(office, table):
    found = listings(try_file(office, table("one-wrong-byte.csv")))
    assert [found[i]["title"] for i in ("A1", "A4")] == ["Gîte « l'Écluse »", "Cassé"]


def test_without_a_header(office, table):
    name = table("no-header.csv", csv={"id": "/1", "header": "no"}, map={"title": "/2", "locality": "/3"})
    assert [r["title"] for r in listings(try_file(office, name)).values()] == ["Gîte « l'Écluse »", "Chambre d'œuvre", "Péniche"]
    name = table("no-header.csv", csv={"header": "no", "columns": "Réf Intitulé Commune Tarif Note"})
    assert listings(try_file(office, name))["A3"]["price_minor"] == 4500


def test_names_that_are_twice_there(office, table):
    name = table("names-twice.csv", map={"title": "\"{/Nom}, {/Nom_2}, {/column_4}, {/Nom_3}\""})
    assert listings(try_file(office, name))["A1"]["title"] == "un, deux, trois, quatre"


@pytest.mark.parametrize("settings,says", [
    ({"encoding": "klingon"}, "no such encoding"), ({"columns": "a b"}, "header = no"), ({"separator": ";"}, "separator"),
    ({"paging": "cursor", "cursor": "/x"}, "has no place for it"), ({"paging": "next-url"}, "has no place for it"), ({"header": "maybe"}, "header"),
])
def test_settings_that_are_refused(office, table, settings, says):
    table("semicolon.csv", csv={"id": "/Réf", **settings})
    assert office.vigie("check-config").returncode == 2 and says in office.last.stdout + office.last.stderr, office.last


# ---- an affiliate feed


AFFILIATE = {"partner": {"connector": "awin"}, "csv": {"id": None}, "normalise": {"currency": None},
             "map": {"title": None, "locality": None, "price": None, "rating": None}}


def test_an_affiliate_feed(office, table):
    """BBCode, decimal commas, empty prices, longitude first; a tombstone is no listing."""
    tried = try_file(office, table("affiliate.csv", **AFFILIATE))
    found = listings(tried)
    assert list(found) == ["M-31", "M-32", "M-34"] and (tried["withdrawn"], tried["rejected"]) == (1, 0)
    assert found["M-31"] | {
        "title": "Table d'hôtes \"chez Mado\"", "url": "https://www.awin1.com/pclick.php?p=31&a=0&m=1", "price_minor": 3950,
        "description": "Trois services\net un verre de vin\nau bord du canal", "currency": "EUR", "latitude": 44.5003, "longitude": 0.1654,
        "image_url": "https://images.partenaire.example/31.jpg", "street": "12 quai des Tanneurs 47200 Marmande", "language": "fr"} == found["M-31"]
    assert found["M-31"]["properties"] == {
        "venue": "Halle, Marmande", "category": "Repas", "starts_at": "2026-06-27T18:30:00Z"}
    assert [found[i].get("price_minor") for i in ("M-32", "M-34")] == [None, 124990] and "latitude" not in found["M-32"]


def test_what_the_feed_withdraws_goes_at_once(office, table):
    """Absence takes two runs and a day, a tombstone one run; and it may come back."""
    text = document("affiliate.csv").decode()
    name = table(text.encode(), **AFFILIATE, removal={"age": "24h"})
    assert office.sync(name)["added"] == 3
    gone = text.replace(",0.1701,44.4989,1", ",0.1701,44.4989,0")
    table.say(gone.encode())
    assert (office.sync(name)["removed"], office.ids(name)) == (1, ["M-31", "M-32"])
    table.say("\n".join(line for line in gone.split("\n") if not line.startswith('"https://www.awin1.com/pclick.php?p=32')).encode())
    assert (office.sync(name)["removed"], office.ids(name)) == (0, ["M-31", "M-32"]), "it is only missing"
    table.say(text.encode())
    assert office.sync(name)["removed"] == 0 and office.ids(name) == ["M-31", "M-32", "M-34"]


# ---- rows that are wrong


def test_a_row_of_another_number_of_fields(office, table):
    """It waits with its number and both counts; nothing slips into another column; it comes in when it is good again."""
    name = table("other-numbers.csv")
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 2, 2), run
    assert {q["reason"] for q in office.quarantine(name)} == {
        "row 3 has 4 fields, but there are 3 columns", "row 4 has 2 fields, but there are 3 columns"}
    assert office.ids(name) == ["A1", "A4"]
    again = office.sync(name)
    assert (again["outcome"], again["quarantined"], again["removed"]) in [("complete", 2, 0), ("not-modified", 0, 0)], again
    fixed = document("other-numbers.csv").decode().replace("Gîte; avec piscine", '"Gîte; avec piscine"').replace("A3;Péniche", "A3;Péniche;Duras")
    table.say(fixed.encode())
    run = office.sync(name)
    assert (run["added"], run["quarantined"], office.quarantine(name)) == (2, 0, []), run
    assert office.listings(name)["A2"]["title"] == "Gîte; avec piscine"


def test_what_a_broken_row_was_about_stays(office, table):
    """Nobody knows whose row it is, so nothing is taken for missing while it waits."""
    text = document("semicolon.csv").decode()
    name = table(text.encode(), removal={"runs": 1, "age": "0s"})
    office.sync(name)
    for broken in (text.replace("A2;", "A2;;"), text.replace("A2;", "A2;;").replace("A3", "A3 ")):
        table.say(broken.encode())
        run = office.sync(name)
        assert (run["removed"], office.ids(name)) == (0, ["A1", "A2", "A3"]), run
    assert len(office.quarantine(name)) == 1


def test_a_row_without_an_identifier(office, table):
    name = table("no-ref.csv")
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 2, 1), run
    kept, = office.quarantine(name)
    assert "no identifier" in kept["reason"]


def test_stray_quotes(office, table):
    found = listings(try_file(office, table("stray-quote.csv")))
    assert [r["title"] for r in found.values()] == ["Écran 32\"", "Le \"Grand\" Gîte", "x"]


def test_a_quote_that_is_not_closed(office, table):
    """Rows that went into the field of another are not missing."""
    text = "Réf;Intitulé;Commune\nA1;{}Le Bac;Duras\nA2;x;Duras\nA3;\"Foo\";Duras\nA4;x;Duras\n"
    name = table(text.format("").encode(), removal={"runs": 1, "age": "0s"})
    office.sync(name)
    table.say(text.format('"').encode())
    run = office.sync(name)
    assert (run["outcome"], run["changed"], run["removed"], run["quarantined"]) == ("complete", 0, 0, 1), run
    assert [q["reason"] for q in office.quarantine(name)] == ["row 2 has a quote that is not closed: it holds the rows after it"]
    assert office.ids(name) == ["A1", "A2", "A3", "A4"]


def test_a_row_of_eight_megabytes(office, table):
    body = "Réf;Intitulé;Commune\nA1;x;Duras\nA2;\"" + "é\n" * 2_700_000 + "\";Duras\nA3;x;Duras\n"
    name = table(body.encode())
    run = office.sync(name)
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", 2, 1), run
    assert [q["reason"] for q in office.quarantine(name)] == ["row 3 is too big"]


# ---- documents that are none


BROKEN = {
    "ends-in-quotes.csv": ("truncated", "within the quotes of row 3"), "ends-in-row.csv": ("truncated", "within row 3"),
    "closing-page.html": ("format", "an HTML page"), "error.json": ("format", "this is JSON"),
    "error-text.txt": ("shape", "not in the header"), "other-columns.csv": ("shape", "Code"),
    "one-wrong-separator.csv": ("shape", "not one of 2 rows"), "empty.csv": ("shape", "is empty"),
    "zeros.bin": ("format", "zero bytes"), "spreadsheet.xlsx": ("format", ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_document_that_is_none(office, table, name):
    """The run does not succeed and says what came instead; what was there stays."""
    partner = table("semicolon.csv")
    assert office.sync(partner)["added"] == 3
    table.say(name)
    run = office.sync(partner)
    kind, says = BROKEN[name]
    assert run["outcome"] in ("failed", "partial") and (run["exit"], run["error_kind"], run["removed"]) == (1, kind, 0), run
    assert says in run["detail"], run
    assert {"A1", "A2", "A3"} <= set(office.ids(partner))


def test_only_a_header(office, table):
    """A partner that suddenly offers nothing is believed only after a person has looked."""
    name = table("semicolon.csv", removal={"runs": 1})
    office.sync(name)
    table.say("only-header.csv")
    run = office.sync(name)
    assert (run["removed"], len(office.ids(name))) == (0, 3), run


def test_what_came_before_the_break_is_kept(office, table):
    rows = "".join(f"B{i};Chalet {i};Duras\n" for i in range(2000))
    name = table(("Réf;Intitulé;Commune\n" + rows + "B2000;\"Cha").encode())
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"]) == ("partial", "truncated") and "row 2002" in run["detail"], run
    assert len(office.ids(name)) == 2000


def test_rows_for_a_program(office, table):
    """A program in jq has the row as an object of texts, and may give the identifier itself."""
    name = table("semicolon.csv", csv={"id": "/none"}, map={"title": None, "locality": None, "price": None, "rating": None},
                 jq={"program": '{id: (.["Réf"] | ascii_downcase), title: "\\(.["Intitulé"]) à \\(.Commune)"}'})
    assert [(i, r["title"]) for i, r in listings(try_file(office, name)).items()] == [
        ("a1", "Gîte « l'Écluse » à Marmande"), ("a2", "Chambre d'œuvre à Tonneins"), ("a3", "Péniche à Meilhan-sur-Garonne")]


# ---- whole sets, pages


def test_what_is_missing_goes(office, table):
    text = document("semicolon.csv").decode()
    name = table(text.encode(), removal={"runs": 1, "age": "0s"})
    office.sync(name)
    table.say("".join(line + "\r\n" for line in text.split("\r\n") if line and not line.startswith("A2")).encode())
    assert (office.sync(name)["removed"], office.ids(name)) == (1, ["A1", "A3"])
    table.say(text.encode())
    office.sync(name)
    assert office.changes(name)[-1] == ("restored", "A2")


def test_rows_that_did_not_change_are_not_read_again(office, table):
    text = document("semicolon.csv").decode()
    name = table(text.encode())
    office.sync(name)
    table.say(text.replace("Péniche", "Toue cabanée").encode())
    run = office.sync(name)
    assert (run["changed"], run["added"], run["removed"]) == (1, 0, 0) and office.listings(name)["A3"]["title"] == "Toue cabanée"


def test_pages(office, make):
    """Each page has its header; they may differ in the order of their columns."""
    partner = make("raw")
    pages = ["Réf;Intitulé\nA1;un\nA2;deux\n", "Intitulé;Réf\ntrois;A3\n", "Réf;Intitulé\n"]
    for i, text in enumerate(pages, 1):
        partner.route(f"/{i}", text, headers=TYPE)
        partner.route(f"/l{i}", text, headers={**TYPE, **({"Link": f'</l{i + 1}>; rel="next"'} if i < 3 else {})})
    by_number = partner_file(office, partner, "csv", "/{page}", name="numbers", csv={"id": "/Réf", "paging": "page"}, map={"title": "/Intitulé"})
    by_link = partner_file(office, partner, "csv", "/l1", name="links", csv={"id": "/Réf", "paging": "link-header"}, map={"title": "/Intitulé"})
    for name in (by_number, by_link):
        run = office.sync(name)
        assert (run["outcome"], run["requests"], run["added"]) == ("complete", 3, 3), run
        assert [r["title"] for r in office.listings(name).values()] == ["un", "deux", "trois"]


@pytest.mark.parametrize("key", ["x" * 58 + "é", "x" * 59 + "é", "x" * 57 + "😀", "é" * 200, "a" + "\u0301" * 300])
def test_a_long_name_costs_one_row(office, table, key):
    """It is quoted, and cut between two characters: the row waits in quarantine, the others are read."""
    name = table(f"Réf;title;{key}\nA1;un;\nA2;deux;\nA3;trois;voilà\n".encode(), normalise={"currency": None},
                 map=dict.fromkeys(SHEET["map"]), jq={"program": 'with_entries(select(.value != "" and .key != "Réf"))'})
    run = office.sync(name)
    assert (run["outcome"], run["listings"], run["quarantined"]) == ("complete", 2, 1), run
    kept, = office.quarantine(name)
    begin = 'jq: the catalogue has no column "'
    shown = kept["reason"][len(begin):].partition('"')[0]
    assert kept["reason"].startswith(begin) and 57 <= len(shown.encode()) <= 60 and key.startswith(shown), kept["reason"]


# ---- memory


def test_a_long_table_takes_little_memory(office, make, tmp_path):
    """60 MB in one document; what is held is a batch of rows."""
    rest = ";".join(["Rue des Écluses"] * 40)
    with open(tmp_path / "long.csv", "w", encoding="utf-8") as file:
        file.write("Réf;Intitulé;" + ";".join(f"c{i}" for i in range(40)) + "\n")
        file.writelines(f"M{i};Chalet {i};{rest}\n" for i in range(few(90_000)))
    partner = make("files", folder=str(tmp_path))
    name = partner_file(office, partner, "csv", "/long.csv", limits={"max_wire": "1G", "max_body": "1G"}, **SHEET)
    assert (tmp_path / "long.csv").stat().st_size > few(60_000_000)
    run, mebibytes = resident(office, name)
    assert (run["outcome"], run["added"]) == ("complete", few(90_000)), run
    assert SLOW > 1 or mebibytes < 64, mebibytes


@pytest.mark.parametrize("field", ["\"x", "\"x\"", "x"], ids=["open-quotes", "after-quotes", "without-quotes"])
def test_a_field_without_end(office, make, tmp_path, field):
    """A hundred megabytes in one field: they are not held, and the document was cut."""
    with open(tmp_path / "long.csv", "w", encoding="utf-8") as file:
        file.write("Réf;Intitulé;Commune\nA1;x;Duras\nA2;" + field)
        file.writelines([" " * 1_000_000] * few(100))
    partner = make("files", folder=str(tmp_path))
    name = partner_file(office, partner, "csv", "/long.csv", limits={"max_wire": "1G", "max_body": "1G"}, **SHEET)
    run, mebibytes = resident(office, name)
    assert (run["outcome"], run["error_kind"], run["added"]) == ("partial", "truncated", 1), run
    assert SLOW > 1 or mebibytes < 64, mebibytes
