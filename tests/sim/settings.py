# SPDX-License-Identifier: Apache-2.0
"""Partner files for simulated partners: the README's blocks are the one source, for tests and for the demo.

    files = sections(partner.info())            {"request": {"url": …}, "json": {…}, …}
    merge(files, removal={"age": "0s"})         overrides; a value of None takes the line away
    write(folder, "yescapa", files)             FOLDER/partners.d/yescapa.conf, secrets in FOLDER/credentials
"""
import configparser
import pathlib
import re

README = pathlib.Path(__file__).with_name("README.md")

# shape -> what a partner's file says of it to people, and the kind of its listings
ABOUT = {
    "cforgood": ("C'for good", "Remises chez des commerçants solidaires", "deal"),
    "yescapa": ("Yescapa", "Location de camping-cars entre particuliers", "camper_van"),
    "homeexchange": ("HomeExchange", "Échange de maisons", "home_exchange"),
    "openagenda": ("OpenAgenda", "Agenda des sorties", "event"),
    "samboat": ("SamBoat", "Location de bateaux entre particuliers", "boat"),
    "eatwith": ("Eatwith", "Repas chez l'habitant", "hosted_meal"),
    "base10": ("Base10", "Espaces de coworking", "coworking"),
    "baludik": ("Baludik", "Parcours et chasses au trésor", "game"),
}

PLAIN_MAP = {
    "title": "/title", "description": "/description", "url": "/url", "image_url": "/image", "price": "/price",
    "currency": "/currency", "latitude": "/latitude", "longitude": "/longitude", "street": "/street",
    "postcode": "/postcode", "locality": "/city", "capacity": "/capacity", "source_updated_at": "/updated_at",
}
PLAIN_PAGING = {
    "none": {}, "page": {}, "offset": {}, "cursor": {"cursor": "/next_cursor"}, "next-url": {"next": "/next"},
    "link-header": {},
}
SECRET = re.compile(r"token|key|authorization|secret", re.I)


def blocks():
    """platform -> section -> settings, as the README gives them, in its order."""
    found = {}
    for block in re.findall(r"```ini\n(.*?)```", README.read_text(encoding="utf-8"), re.S):
        parser = configparser.RawConfigParser(delimiters=("=",))
        parser.optionxform = str
        parser.read_string(block)
        found[re.match(r"# \d (\w+):", block)[1]] = {s: dict(parser[s]) for s in parser.sections()}
    return found


def _plain(info):
    array = info["envelope"] == "array"
    listing = {"items": "" if array else "/items", "id": "/id", "paging": info["paging"], **PLAIN_PAGING[info["paging"]]}
    if not array:
        listing["total"] = "/total"
    return {"request": {"url": "http://HOST/items"}, "json": listing, "map": dict(PLAIN_MAP)}


def sections(info):
    """The file of a partner, from what Partner.info() says: a platform's own block, or that of a plain one."""
    shape = info["shape"]
    settings = blocks()[shape] if shape in ABOUT else _plain(info)
    name, theme, kind = ABOUT.get(shape, (info["title"], "Essai", "deal"))
    host = info["base_url"].partition("//")[2]
    about = {"name": name, "theme": theme, "kind": kind, "website": info["base_url"]}
    settings = {"partner": about, **settings}
    settings["request"]["allow_private"] = "yes"
    return {s: {k: v.replace("HOST", host) for k, v in keys.items()} for s, keys in settings.items()}


def merge(settings, **overrides):
    """Sets keys of sections, in place; None takes a key away.  Returns `settings`."""
    for section, keys in overrides.items():
        for key, value in keys.items():
            if value is None:
                settings.get(section, {}).pop(key, None)
            else:
                settings.setdefault(section, {})[key] = str(value)
    return settings


def text(settings):
    """A file in the form that Vigie reads."""
    return "\n".join(f"[{s}]\n" + "".join(f"{k} = {v}\n".replace(" = \n", " =\n") for k, v in keys.items())
                     for s, keys in settings.items())


def _hide(folder, name, key, value):
    """Puts a secret into a file of its own; what the partner's file says in its place."""
    scheme, _, secret = value.rpartition(" ")
    credential = f"{name}-{key.rpartition('.')[2].lower().replace('_', '-')}"
    path = folder / "credentials" / credential
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(secret + "\n", encoding="utf-8")
    return f"{scheme} credential:{credential}".lstrip()


def write(folder, name, settings):
    """Writes FOLDER/partners.d/NAME.conf, and FOLDER/credentials/… for its secrets.  Returns the file's path."""
    folder = pathlib.Path(folder)
    shown = {s: dict(keys) for s, keys in settings.items()}
    for section in ("request", "oauth"):
        for key, value in shown.get(section, {}).items():
            if (key.startswith(("header.", "query.")) or section == "oauth") and SECRET.search(key) \
                    and "credential:" not in value and key != "token_url":
                shown[section][key] = _hide(folder, name, key, value)
    path = folder / "partners.d" / f"{name}.conf"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text(shown), encoding="utf-8")
    return path
