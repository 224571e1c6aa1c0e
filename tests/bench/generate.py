#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Listings for the benchmarks, always the same ones: about 825 bytes of JSON each.

    generate.py pages FOLDER N [--page-size 1000] [--change PERCENT]
    generate.py array|csv|… FILE N

`pages` writes FOLDER/1.json, 2.json … ({"total", "results"}), `array` one file, the others a file of that format.
--change alters the title and price of that share of the listings, spread evenly.
"""
import argparse
import csv
import gzip
import json
import os
import zipfile

WORDS = ("maison calme au bord de la Garonne avec jardin clos terrasse ombragée vue sur les coteaux "
         "marché du samedi halle gourmande tomate de Marmande canal latéral péniche écluse vélo "
         "randonnée cave vigneron pruneau table d'hôtes cuisine équipée chambre lumineuse parking "
         "proche gare centre historique église musée piscine chauffée animaux acceptés linge fourni").split()
TOWNS = (("47200", "Marmande", 44.5003, 0.1654), ("47400", "Tonneins", 44.3911, 0.3089),
         ("47180", "Meilhan-sur-Garonne", 44.5197, 0.0364), ("47430", "Le Mas-d'Agenais", 44.4069, 0.2197),
         ("47120", "Duras", 44.6764, 0.1822), ("47800", "Miramont-de-Guyenne", 44.6019, 0.3614))
KINDS = ("Capucine", "Van", "Profilé", "Intégral", "Péniche", "Maison", "Atelier", "Parcours")


class Numbers:
    """A small generator of its own (splitmix64), so that no version of Python changes the data."""

    def __init__(self, seed):
        self.state = seed * 0xD1B54A32D192ED03 & 0xFFFFFFFFFFFFFFFF

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        return (z ^ (z >> 31)) % n


def listing(i, changed):
    r = Numbers(i + 1)
    postcode, town, lat, lon = TOWNS[r.below(len(TOWNS))]
    kind = KINDS[r.below(len(KINDS))]
    words = " ".join(WORDS[r.below(len(WORDS))] for _ in range(47))
    return {
        "id": 1000000 + i,
        "title": f"{kind} {WORDS[r.below(len(WORDS))]} n° {i}" + (" (nouveau)" if changed else ""),
        "description": f"{kind} à {town} : {words}.",
        "type": kind,
        "url": f"https://www.partenaire.example/annonces/{1000000 + i}",
        "pictures": [{"url": f"https://images.partenaire.example/{i % 997}/{i}.jpg"}],
        "location": {"latitude": round(lat + (r.below(20000) - 10000) / 1e5, 5),
                     "longitude": round(lon + (r.below(20000) - 10000) / 1e5, 5),
                     "street": f"{1 + r.below(120)} rue des Écluses", "zipcode": postcode, "city": town},
        "price_per_day": 20 + r.below(200) + (1 if changed else 0),
        "currency": "EUR",
        "capacity": 1 + r.below(8),
        "review_average": r.below(51) / 10,
        "review_count": r.below(300),
        "updated_at": f"2026-{1 + r.below(9):02d}-{1 + r.below(28):02d}T{r.below(24):02d}:00:00Z",
    }


def lines(first, last, every):
    for i in range(first, last):
        changed = every and i % every == 0
        yield json.dumps(listing(i, changed), ensure_ascii=False, separators=(",", ":"))


def write_pages(folder, n, size, every):
    os.makedirs(folder, exist_ok=True)
    for page, first in enumerate(range(0, n, size), 1):
        with open(f"{folder}/{page}.json", "w", encoding="utf-8") as f:
            f.write(f'{{"total":{n},"results":[')
            f.write(",".join(lines(first, min(n, first + size), every)))
            f.write("]}")


def write_array(path, n):
    with open(path, "w", encoding="utf-8") as f:
        for i, line in enumerate(lines(0, n, 0)):
            f.write(("," if i else "[") + line)
        f.write("]")


# ---- the same listings as one document of another format


def write_gzip(path, n):
    with gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as f:
        for i, line in enumerate(lines(0, n, 0)):
            f.write(("," if i else "[") + line)
        f.write("]")


def write_zip(path, n):
    """A file for each, as DATAtourisme has it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as f:
        for i, line in enumerate(lines(0, n, 0)):
            f.writestr(f"objects/{i % 16:x}/{i % 256:02x}/{i}.json", line)


def write_packed(path, n):
    """As Tourinsoft's older service has them: several values in one text, numbers and dates as text."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'{{"odata.count":"{n}","value":[')
        for i in range(n):
            one, site = listing(i, False), "https://www.partenaire.example"
            place, photo = one["location"], one["pictures"][0]["url"]
            f.write(("," if i else "") + json.dumps({
                "SyndicObjectID": str(one["id"]), "SyndicObjectName": one["title"], "ObjectTypeName": one["type"], "Descriptif": one["description"],
                "MoyenDeCom": f"Téléphone|05 53 64 44 44#Mél|{i}@partenaire.example#Site web (URL)|{one['url']}",
                "Photos": f"{photo}|{one['title']}|Office#{site}/0.jpg||", "PeriodeOuverture": "01/05/2026|30/06/2026|||#01/09/2026|31/10/2026|||",
                "AD2": place["street"], "CP": place["zipcode"], "COMMUNE": place["city"], "GmapLatitude": str(place["latitude"]),
                "GmapLongitude": str(place["longitude"]), "CAPA": str(one["capacity"]), "Updated": f"/Date({1767225600000 + i * 1000})/",
            }, ensure_ascii=False, separators=(",", ":")))
        f.write("]}")


def flat(one):
    """A listing without anything nested, as tables have it."""
    place, rest = one["location"], {k: v for k, v in one.items() if k not in ("location", "pictures")}
    return {**rest, "image": one["pictures"][0]["url"], **place}


def write_csv(path, n):
    """Semicolons and decimal commas, as French spreadsheets write it; every seventh description has two lines."""
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = None
        for i in range(n):
            row = flat(listing(i, False))
            if i % 7 == 0:
                row["description"] = row["description"].replace(" : ", " :\n« ", 1) + " »"
            row["price_per_day"] = f"{row['price_per_day']},50"
            if writer is None:
                writer = csv.DictWriter(f, row, delimiter=";")
                writer.writeheader()
            writer.writerow(row)


def escaped(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;")


def elements(values):
    return "".join(f"<{k}>{escaped(v)}</{k}>" for k, v in values.items())


def write_xml(path, n):
    """Attributes, nesting, a decimal comma; every seventh description is markup in CDATA."""
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'<?xml version="1.0" encoding="utf-8"?>\n<annonces total="{n}">\n')
        for i in range(n):
            one = listing(i, False)
            number, place, pictures = one.pop("id"), one.pop("location"), one.pop("pictures")
            one["price_per_day"] = f"{one['price_per_day']},50"
            text = one.pop("description")
            text = f"<![CDATA[<p>{text}</p>]]>" if i % 7 == 0 else escaped(text)
            shown = "".join(f'<picture url="{escaped(p["url"])}"/>' for p in pictures)
            f.write(f'<annonce id="{number}">{elements(one)}<description>{text}</description><pictures>{shown}</pictures>'
                    f"<location>{elements(place)}</location></annonce>\n")
        f.write("</annonces>\n")


def write_rss(path, n):
    """RSS 2.0 with places and pictures."""
    with open(path, "w", encoding="utf-8") as f:
        f.write('<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:georss="http://www.georss.org/georss" '
                'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">\n'
                "<channel><title>Annonces</title><link>https://www.partenaire.example/</link><language>fr</language>\n")
        for i in range(n):
            one = listing(i, False)
            when = one["updated_at"]
            date = f"{when[8:10]} {('', 'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep')[int(when[5:7])]} 2026 {when[11:19]} GMT"
            f.write(f'<item><guid isPermaLink="false">{one["id"]}</guid><title>{escaped(one["title"])}</title><link>{one["url"]}</link>'
                    f'<pubDate>{date}</pubDate><category>{one["type"]}</category><description>{escaped(one["description"])}</description>'
                    f'<content:encoded><![CDATA[<p>{one["description"]}</p>]]></content:encoded>'
                    f'<media:content url="{one["pictures"][0]["url"]}" medium="image"/>'
                    f'<georss:point>{one["location"]["latitude"]} {one["location"]["longitude"]}</georss:point></item>\n')
        f.write("</channel></rss>\n")


def folded(line):
    """RFC 5545: 75 bytes a line, also inside of a character."""
    data = line.encode()
    return b"\r\n ".join([data[:75], *(data[i:i + 74] for i in range(75, len(data), 74))]) + b"\r\n"


def write_ical(path, n):
    with open(path, "wb") as f:
        f.write(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Vigie//bench//FR\r\n")
        for i in range(n):
            one = listing(i, False)
            place, when = one["location"], one["updated_at"].replace("-", "").replace(":", "")
            f.write(b"BEGIN:VEVENT\r\n")
            for line in (f"UID:{one['id']}@partenaire.example", f"DTSTAMP:{when}",
                         f"DTSTART;TZID=Europe/Paris:2026{1 + i % 12:02d}{1 + i % 28:02d}T{8 + i % 12:02d}3000", "DURATION:PT2H",
                         f"SUMMARY:{one['title']}", "DESCRIPTION:" + one["description"].replace(",", "\\,"),
                         f"LOCATION:{place['street']}\\, {place['zipcode']} {place['city']}",
                         f"GEO:{place['latitude']};{place['longitude']}", f"URL:{one['url']}", f"CATEGORIES:{one['type']}",
                         "ORGANIZER;CN=Jeanne Essai:mailto:jeanne@partenaire.example", f"LAST-MODIFIED:{when}"):
                f.write(folded(line))
            f.write(b"END:VEVENT\r\n")
        f.write(b"END:VCALENDAR\r\n")


def write_gbfs(path, n):
    """A station_information.json of version 2.3."""
    with open(path, "w", encoding="utf-8") as f:
        f.write('{"last_updated": 1767225600, "ttl": 60, "version": "2.3", "data": {"stations": [')
        for i in range(n):
            one = listing(i, False)
            place = one["location"]
            station = {"station_id": str(one["id"]), "name": one["title"], "lat": place["latitude"], "lon": place["longitude"],
                       "address": place["street"], "post_code": place["zipcode"], "cross_street": one["description"],
                       "capacity": one["capacity"], "rental_methods": ["key", "creditcard"], "rental_uris": {"web": one["url"]}}
            f.write((",\n" if i else "") + json.dumps(station, ensure_ascii=False))
        f.write("]}}")


def write_rpde(path, n):
    """One long page of a feed of changes; the next one, empty, lies beside it as rpde-last."""
    with open(path, "w", encoding="utf-8") as f:
        f.write('{"next": "rpde-last", "license": "https://creativecommons.org/licenses/by/4.0/", "items": [')
        for i in range(n):
            one = listing(i, False)
            place = one["location"]
            data = {"@type": "SessionSeries", "name": one["title"], "description": one["description"], "url": one["url"],
                    "image": [{"url": one["pictures"][0]["url"]}],
                    "offers": [{"price": one["price_per_day"], "priceCurrency": "EUR"}],
                    "location": {"name": place["city"], "geo": {"latitude": place["latitude"], "longitude": place["longitude"]},
                                 "address": {"streetAddress": place["street"], "postalCode": place["zipcode"],
                                             "addressLocality": place["city"]}}}
            item = {"state": "updated", "kind": "SessionSeries", "id": str(one["id"]), "modified": i, "data": data}
            f.write((",\n" if i else "") + json.dumps(item, ensure_ascii=False))
        f.write("]}")


DOCUMENTS = {"ical": write_ical, "gbfs": write_gbfs, "rpde": write_rpde, "array": write_array, "csv": write_csv, "gzip": write_gzip, "zip": write_zip, "xml": write_xml, "rss": write_rss, "packed": write_packed}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("form", choices=("pages", *DOCUMENTS))
    parser.add_argument("target")
    parser.add_argument("n", type=int)
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--change", type=float, default=0)
    args = parser.parse_args()
    if args.form in DOCUMENTS:
        DOCUMENTS[args.form](args.target, args.n)
    else:
        write_pages(args.target, args.n, args.page_size, round(100 / args.change) if args.change else 0)


main()
