# SPDX-License-Identifier: Apache-2.0
"""Compressed documents and archives: known by their first bytes, unpacked on the way, and never taken for whole when they are not."""
import gzip
import io
import json
import zipfile
import zlib

import pytest

from office import SLOW, few
from test_limits import resident

PARTNER = """[partner]
name = {name}
kind = place
connector = {connector}
{partner}
[request]
url = {url}
allow_private = yes
{request}
[limits]
rate_per_minute = 0
max_retries = {retries}
{limits}
[removal]
age = 0s
[{connector}]
id = {id}
{settings}
[map]
title = /title
"""
LISTINGS = [{"id": n, "title": f"Maison {n}", "note": "é" * n} for n in range(40)]


class Unseekable(io.RawIOBase):
    """A file that goes on the wire: sizes and checksums come after the bytes, in data descriptors."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def packed(files, method=zipfile.ZIP_DEFLATED, streamed=False):
    """name -> text or value, as an archive."""
    out = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, (str, bytes)) else json.dumps(content))
    return out.data if streamed else out.getvalue()


def rows(listings):
    return "id;title\n" + "".join(f"{row['id']};{row['title']}\n" for row in listings)


class Source:
    """A partner that answers with these bytes."""

    def __init__(self, office, partner, name="archive"):
        self.office, self.partner, self.name = office, partner, name

    def answer(self, body, headers=None):
        self.partner.route("/set", body, headers={"Content-Type": "application/octet-stream", **(headers or {})})

    def configure(self, connector="json", request="", settings="", limits="", retries=0, id="/id",
                  partner=""):
        self.office.partner_file(self.name).write_text(PARTNER.format(
            name=self.name, connector=connector, url=self.partner.base_url + "/set", request=request, settings=settings,
            limits=limits, retries=retries, id=id, partner=partner), encoding="utf-8")

    def sync(self, body=None):
        if body is not None:
            self.answer(body)
        return self.office.sync(self.name)

    def titles(self):
        return {int(i): row["title"] for i, row in self.office.listings(self.name).items()}


@pytest.fixture
def source(office, make):
    made = Source(office, make("raw"))
    made.configure()
    return made


def whole(run, n=len(LISTINGS)):
    return (run["outcome"], run["added"], run["quarantined"]) == ("complete", n, 0)


# ---- what is read


TEXT = json.dumps(LISTINGS).encode()


@pytest.mark.parametrize("body", [
    gzip.compress(TEXT), gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:]),
    packed({"a.json": TEXT}), packed({"a.json": TEXT}, zipfile.ZIP_STORED), packed({"a.json": TEXT}, streamed=True),
    packed({"d/": "", "__MACOSX/._a.json": "x", "d/.DS_Store": "x", "d/a.json": TEXT}, streamed=True)],
    ids=["gzip", "gzip-members", "deflated", "stored", "streamed", "litter"])
def test_one_document(source, body):
    run = source.sync(body)
    assert whole(run), run
    assert source.titles() == {row["id"]: row["title"] for row in LISTINGS}
    again = source.sync()
    assert (again["outcome"], again["changed"], again["removed"]) == ("complete", 0, 0)


def test_a_compressed_file_that_is_compressed_on_the_wire(source):
    source.answer(gzip.compress(gzip.compress(TEXT)), {"Content-Encoding": "gzip"})
    assert whole(source.sync())


def test_removals(source):
    """A whole set: what is missing from it goes."""
    source.sync(packed({"a.json": TEXT}))
    for _ in range(2):
        run = source.sync(packed({"a.json": LISTINGS[:38]}))
    assert run["removed"] == 2 and len(source.titles()) == 38


def test_many_documents(source):
    source.configure(request="member = objects/*", settings="document = item")
    files = {"index.json": [1], "context.jsonld": {}, **{f"objects/{n % 7}/{n}.json": row for n, row in enumerate(LISTINGS)}}
    run = source.sync(packed(files))
    assert whole(run), run
    assert source.titles() == {row["id"]: row["title"] for row in LISTINGS}
    del files["objects/3/3.json"]
    for _ in range(2):
        run = source.sync(packed(files))
    assert (run["removed"], run["changed"]) == (1, 0) and 3 not in source.titles()


def test_lists_in_several_files(source):
    """Each with its own envelope; what they declare is added up."""
    source.configure(settings="items = /items\ntotal = /total")
    half = {"1.json": {"total": 20, "items": LISTINGS[:20]}, "2.json": {"items": LISTINGS[20:], "total": 20}}
    assert whole(source.sync(packed(half)))
    half["2.json"]["total"] = 21
    run = source.sync(packed(half))
    assert (run["outcome"], run["error_kind"], run["removed"]) == ("partial", "total", 0), run


def test_withdrawn(source):
    """Identifiers in a file of their own: gone at once, whatever the order of the files."""
    source.configure(request="member = o*", settings="removed_member = *supprimes.json")
    assert whole(source.sync(packed({"o/1.json": LISTINGS[:20], "o/2.json": LISTINGS[20:], "o_supprimes.json": [], "x.json": "x"})))
    run = source.sync(packed({"o_supprimes.json": [3, "4", None, {"id": 5}, True], "o/1.json": LISTINGS[5:]}))
    assert (run["outcome"], run["removed"], run["quarantined"]) == ("complete", 2, 3), run
    assert set(source.titles()) == {row["id"] for row in LISTINGS} - {3, 4}


def test_archives_of_changes(source):
    """What is not in one of them is as it was: present, in quarantine, or on offer as before."""
    source.configure(partner="source = changes", settings="removed_member = gone.json")
    first = [*LISTINGS, {"title": "it has no identifier"}]
    run = source.sync(packed({"changed/1.json": first, "gone.json": []}))
    assert (run["outcome"], run["added"], run["quarantined"]) == ("complete", len(LISTINGS), 1), run
    for _ in range(3):
        run = source.sync(packed({"changed/1.json": [{"id": 7, "title": "Moulin"}], "gone.json": [8, 9]}))
        assert (run["outcome"], run["error_kind"], run["listings"]) == ("complete", "none", len(LISTINGS) - 2), run
        assert len(source.office.quarantine(source.name)) == 1 and source.titles()[7] == "Moulin"
    run = source.sync(packed({"changed/": "", "gone.json": []}))
    assert (run["outcome"], run["error_kind"], run["removed"]) == ("complete", "none", 0), run
    assert source.office.one("SELECT verdict FROM partners") == "alive" and len(source.titles()) == len(LISTINGS) - 2
    run = source.sync(packed({"changed/1.json": [{"id": 8, "title": "Encore"}], "gone.json": []}))
    assert run["listings"] == len(LISTINGS) - 1, run


def test_a_table(source):
    """A connector that knows nothing of archives is given its only file, or the one that is asked for."""
    source.configure("csv")
    assert whole(source.sync(packed({"export/": "", "export/liste.csv": rows(LISTINGS)}, streamed=True)))
    both = packed({"liste.csv": rows(LISTINGS), "lisez-moi.txt": "bonjour"})
    run = source.sync(both)
    assert run["error_kind"] == "shape" and "(liste.csv, lisez-moi.txt)" in run["detail"] and "member" in run["detail"], run
    source.configure("csv", request="member = *.csv")
    assert source.sync(both)["outcome"] == "complete"
    assert source.sync(gzip.compress(rows(LISTINGS).encode()))["outcome"] == "complete"


def test_a_file_of_the_office(office):
    """An archive beside the partner's file is read like one that is fetched."""
    office.partner_file("local").write_text("[partner]\nname = Local\nkind = place\nconnector = csv\n[request]\nfile = liste.zip\n"
                                            "member = *.csv\n[csv]\nid = /id\n[map]\ntitle = /title\n")
    (office.folder / "partners.d/liste.zip").write_bytes(packed({"liste.csv": rows(LISTINGS), "lisez-moi.txt": "bonjour"}))
    run = office.sync("local")
    assert whole(run), run


def test_trying_it(source):
    """What « vigie try » shows of an archive: listings, and in words what is wrong with it."""
    source.answer(packed({"a.json": TEXT}))
    office = source.office
    assert len(json.loads(office.vigie("try", source.name, "--json").stdout)["listings"]) > 0
    source.answer(packed({"a.json": TEXT[:-1]}))
    done = office.vigie("try", source.name)
    assert done.returncode == 1 and "file a.json of the archive: the document stops before its end" in done.stdout + done.stderr
    assert not office.path.exists() or office.listings(source.name) == {}


def test_another_choice_of_files_is_another_set(source):
    """It is read although the server says that nothing changed."""
    source.configure(request="member = a*")
    body = packed({"a.json": LISTINGS[:10], "b.json": LISTINGS[10:]})
    source.answer(body, {"ETag": '"1"'})
    assert whole(source.sync(), 10)
    source.configure(request="member = b*")
    assert source.sync()["added"] == 30


# ---- the archives of two platforms, read with their presets


def preset(source, name, more=""):
    source.office.partner_file(source.name).write_text(
        f"[partner]\nname = {name}\nkind = place\nconnector = {name}\n[request]\nurl = {source.partner.base_url}/set\n"
        f"allow_private = yes\n[limits]\nmax_retries = 0\n[removal]\nage = 0s\n{more}", encoding="utf-8")


def poi(uuid, host="data.datatourisme.fr"):
    """Everything in lists, by language."""
    return {
        "@id": f"https://{host}/15/{uuid}", "@type": ["PlaceOfInterest", "PointOfInterest"],
        "rdfs:label": {"en": ["The mill"], "fr": ["Le moulin"]}, "rdfs:comment": {"fr": ["Au bord de l'eau."]},
        "isLocatedAt": [{"schema:geo": {"schema:latitude": "44.5", "schema:longitude": "0.165"}, "schema:address": [
            {"schema:streetAddress": ["3 rue des Écluses"], "schema:postalCode": "47200", "schema:addressLocality": "Marmande"}]}],
        "hasContact": [{"schema:email": ["claire.martin@exemple.fr"], "schema:telephone": ["+33 5 53 01 02 03"],
                        "foaf:homepage": ["https://www.moulin.example/"]}],
        "lastUpdateDatatourisme": "2025-08-14T04:07:09.947Z"}


def alone(value):
    """The same without the lists."""
    if isinstance(value, list):
        return alone(value[0])
    return {k: alone(v) for k, v in value.items()} if isinstance(value, dict) else value


def test_datatourisme(source):
    """Values in lists or alone, texts by language or not, positions as text or numbers."""
    preset(source, "datatourisme-flux")
    flat = {**alone(poi("flat")), "rdfs:label": "Le moulin"}
    flat["isLocatedAt"]["schema:geo"] = {"schema:latitude": 44.5, "schema:longitude": 0.165}
    mixed = poi("mixed", "data.datatourisme.gouv.fr")
    mixed["isLocatedAt"][0]["schema:address"] = mixed["isLocatedAt"][0]["schema:address"][0]
    long = {**poi("long"), "hasDescription": [{"dc:description": {"fr": ["Au bord de l'eau. " + "Détail. " * 90_000]}}]}
    objects = {"lists": poi("lists"), "flat": flat, "mixed": mixed, "long": long}
    files = {"index.json": [{"file": f"0/00/15-{n}.json"} for n in objects], "context.jsonld": {"@context": {}},
             **{f"objects/0/00/15-{n}.json": o for n, o in objects.items()}}
    run = source.sync(packed(files))
    assert whole(run, 4), run
    for name, row in source.office.listings(source.name).items():
        assert (row["title"], row["latitude"], row["longitude"], row["street"], row["postcode"], row["locality"], row["url"]) == \
            ("Le moulin", 44.5, 0.165, "3 rue des Écluses", "47200", "Marmande", "https://www.moulin.example/"), name
        assert row["description"].startswith("Au bord de l'eau.") and row["source_updated_at"] == "2025-08-14T04:07:09Z"
    assert set(source.office.listings(source.name)) == set(objects), "the identifier is that of the API, whatever the host's name"
    everything = source.office.path.read_bytes()
    assert b"claire.martin" not in everything and b"53 01 02 03" not in everything and b"5301020" not in everything


def test_apidae(source):
    preset(source, "apidae-export")

    def sheet(number, name):
        return {"id": number, "type": "RESTAURATION", "nom": {"libelleFr": name}, "state": "PUBLISHED", "localisation": {
            "adresse": {"codePostal": "47200", "commune": {"nom": "Marmande"}},
            "geolocalisation": {"geoJson": {"type": "Point", "coordinates": [0.165, 44.5]}}}}

    run = source.sync(packed({
        "communes.json": [], "elements_reference.json": [], "objets_modifies/": "", "objets_supprimes.json": [99],
        "objets_modifies/objets_modifies-1.json": [sheet(1, "Chez Paul"), sheet(2, "La Halle")],
        "objets_modifies/objets_modifies-2.json": [sheet(3, "Le Quai")], "__MACOSX/._objets_modifies": "x"}, streamed=True))
    assert whole(run, 3), run
    run = source.sync(packed({"objets_modifies/objets_modifies-1.json": [sheet(2, "La Halle neuve")], "objets_supprimes.json": "[ 3 ]"}))
    assert (run["changed"], run["removed"], run["listings"]) == (1, 1, 2), run
    assert source.titles() == {1: "Chez Paul", 2: "La Halle neuve"}
    assert {(r["latitude"], r["longitude"]) for r in source.office.listings(source.name).values()} == {(44.5, 0.165)}


# ---- what is not


def encrypted(body):
    """The flag in the local header and in the directory."""
    body = bytearray(body)
    body[6] |= 1
    body[body.index(b"PK\1\2") + 8] |= 1
    return bytes(body)


def rotten(body, at):
    return body[:at] + bytes([body[at] ^ 0x10]) + body[at + 1:]


PLAIN = packed({"a.json": TEXT}, zipfile.ZIP_STORED)


@pytest.mark.parametrize("body,kind,said", [
    (packed({"a.json": TEXT})[:-1], "truncated", "the archive stops before its end"),
    (packed({"a.json": TEXT})[:300], "truncated", "the archive stops before its end"),
    (gzip.compress(TEXT)[:-4], "truncated", "stops before its end"),
    (packed({}), "shape", "the archive has no files"),
    (encrypted(packed({"a.json": TEXT})), "format", "file a.json of the archive: it is encrypted"),
    (packed({"a.json": TEXT}, zipfile.ZIP_BZIP2), "format", "file a.json of the archive: it is compressed by method 12"),
    (packed({"a.json": TEXT}, zipfile.ZIP_STORED, streamed=True), "format", "file a.json of the archive: it is stored without its size"),
    (rotten(PLAIN, 200), "format", "file a.json of the archive: its checksum (CRC-32)"),
    (rotten(gzip.compress(TEXT), -6), "format", "the compressed document (gzip) is damaged"),
    (gzip.compress(TEXT) + b"\n", "format", "something follows the end of the compressed document"),
    (PLAIN + b"\n", "format", "something follows the end of the archive"),
    (packed({"a.json": TEXT[:-1]}), "truncated", "file a.json of the archive: the document stops before its end"),
    (packed({"a.json": TEXT[:-1], "b.json": TEXT}), "truncated", "file a.json of the archive: the document stops before its end"),
    (packed({"a.json": TEXT, "lisez-moi.txt": "bonjour"}), "format", "file lisez-moi.txt of the archive: this is not a JSON document"),
    (packed({"a.json": b"", "b.json": TEXT}), "format", "file a.json of the archive: the answer is empty"),
    (b"PK\3\4", "truncated", "the archive stops before its end"),
    (b"\x1f\x8b", "truncated", "stops before its end"),
    (b"\x1f\x8b\x09\x00" * 5, "format", "the compressed document (gzip) is damaged"),
    (packed({"n" * 2000: TEXT}), "limit", "a name of 2000 bytes"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_what_is_refused(source, body, kind, said):
    """One clear line; nothing that was there before is touched."""
    assert whole(source.sync(TEXT))
    for _ in range(3):
        run = source.sync(body)
        assert run["outcome"] in ("failed", "partial") and run["error_kind"] == kind and said in run["detail"], run
        assert (run["removed"], run["listings"]) == (0, len(LISTINGS))


def test_no_file_that_is_asked_for(source):
    source.configure(request="member = *.xml")
    run = source.sync(packed({f"{n}.json": TEXT for n in range(9)}))
    assert (run["outcome"], run["error_kind"]) == ("failed", "shape"), run
    assert "member = *.xml" in run["detail"] and "0.json, 1.json, 2.json, 3.json and 5 more" in run["detail"]


@pytest.mark.parametrize("broken", ['{"id": 3, "title": "Mai', "", "<html>", "oops", '[{"id": 3}]', '{"id": 3,}', '{"title": "?"}'])
def test_a_file_that_cannot_be_read(source, broken):
    """One file is one listing: it is kept in quarantine, and what it was counts as present."""
    source.configure(request="member = objects/*", settings="document = item")
    files = {f"objects/{n}.json": row for n, row in enumerate(LISTINGS)}
    assert whole(source.sync(packed(files)))
    files["objects/3.json"] = broken
    for _ in range(3):
        run = source.sync(packed(files))
        assert (run["outcome"], run["quarantined"], run["removed"], run["listings"]) == ("complete", 1, 0, len(LISTINGS)), run
    assert len(source.office.quarantine(source.name)) == 1
    files["objects/3.json"] = LISTINGS[3]
    run = source.sync(packed(files))
    assert (run["outcome"], run["quarantined"], run["listings"]) == ("complete", 0, len(LISTINGS))


def test_an_archive_that_breaks_off_is_asked_for_again(source):
    """Nothing of the first attempt stays."""
    source.configure(retries=2)
    source.answer(packed({"a.json": TEXT}))
    source.partner.fault("prefix", part=0.5, count=1)
    run = source.sync()
    assert whole(run) and run["requests"] == 2, run
    assert len(source.titles()) == len(LISTINGS)


# ---- sizes


def zeros(megabytes):
    """So many megabytes of white space as raw deflate, made without having them."""
    deflate = zlib.compressobj(9, wbits=-15)
    return b"".join(deflate.compress(b" " * (1 << 20)) for _ in range(megabytes)) + deflate.flush()


def bomb(megabytes):
    """An archive whose file has data descriptors, so that nothing says before how large it is; it stops where its bytes do."""
    return b"PK\3\4\x14\0\x08\0\x08\0" + bytes(16) + b"\x06\0\0\0a.json" + zeros(megabytes)


@pytest.mark.parametrize("name", ["zip", "gzip", "skipped"])
def test_bombs(source, name):
    """Three hundred megabytes in less than one."""
    assert whole(source.sync(TEXT))
    source.configure(limits=f"max_body = {few(40)}M", request="member = *.csv" if name == "skipped" else "")
    body = bomb(few(300)) if name != "gzip" else b"\x1f\x8b\x08" + bytes(7) + zeros(few(300))
    assert len(body) < 1 << 20
    source.answer(body)
    run, mebibytes = resident(source.office, source.name)
    assert run["error_kind"] == "limit" and run["outcome"] in ("failed", "partial") and run["removed"] == 0, run
    assert SLOW > 1 or mebibytes < 64, mebibytes


def test_large_objects_in_a_large_archive(source):
    """700 kB an object, half a gigabyte in all, in little memory."""
    count = few(750)
    out = Unseekable()
    chunks = []
    out.write = lambda data: chunks.append(bytes(data)) or len(data)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for n in range(count):
            archive.writestr(f"objects/{n}.json", f'{{"id": {n}, "title": "T{n}", "long": "{str(n) * (700_000 // len(str(n)))}"}}')
    source.configure(request="member = objects/*", settings="document = item")
    source.answer(b"".join(chunks))
    run, mebibytes = resident(source.office, source.name)
    assert whole(run, count), run
    assert SLOW > 1 or mebibytes < 64, mebibytes
