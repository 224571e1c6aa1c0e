# SPDX-License-Identifier: Apache-2.0
"""The canary: a word that every secret of the tests holds, and the search for it where no secret belongs.

It is of small letters and digits, so that it reads the same in JSON, in a URL however it is escaped, in XML and in HTML.  Base64
hides it in one of three ways, by how many bytes stand before it, and hexadecimal digits in two.

    absent(stdout, stderr, of="vigie sync")     AssertionError where the word stands
    left(folder)                                the files below it in which it stands, but those in which secrets belong
"""
import base64
import os
import pathlib

WORD = "kanari9vq"
CHUNK = 1 << 18  # bytes that are looked at together, so that they are still near for the next form

# Where a secret belongs, by the name of a folder or file.
BELONGS = {
    "credentials": "the secrets' own files",
    "handed": "the same, as systemd hands them over",
    "planted": "what test_canary puts there to be found",
    "requests.json": "what test_hooks gives to a receiver's library to verify",
}


def _base64(before):
    """What of the word's base64 does not depend on its neighbours, when so many bytes stand before it (modulo 3)."""
    coded = base64.b64encode(b"\0" * before + WORD.encode())
    return coded[-(-before * 8 // 6):(before + len(WORD)) * 8 // 6]


FORMS = {"plain": WORD.encode(), **{f"base64+{n}": _base64(n) for n in range(3)},
         "hex": WORD.encode().hex().encode(), "HEX": WORD.encode().hex().upper().encode()}
OVERLAP = max(map(len, FORMS.values())) - 1


def traces(data):
    """The forms in which the word stands in these bytes."""
    return [form for form, sought in FORMS.items() if sought in data]


def absent(*texts, of):
    """Each is bytes, text or None."""
    for text in texts:
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text or b""
        assert not traces(data), f"a secret stands in what comes from {of} ({', '.join(traces(data))}):\n{data[:4000]!r}"


def in_file(path):
    """The forms in which the word stands in a file or in its name."""
    found, tail = set(traces(os.fsencode(path.name))), b""
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            found.update(traces(tail + chunk))
            tail = chunk[-OVERLAP:]
    return sorted(found)


def left(folder):
    """{path: forms} of the regular files below a folder."""
    found = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if f not in BELONGS]
        for path in (pathlib.Path(parent, f) for f in files if f not in BELONGS):
            if path.is_file() and not path.is_symlink() and (forms := in_file(path)):
                found[path] = forms
    return found
