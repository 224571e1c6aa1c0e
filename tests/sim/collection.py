# SPDX-License-Identifier: Apache-2.0
"""A partner's listings: what they hold and how they change, whatever the shape they are shown in.

Invariant: `seq` grows with every record and never changes or comes back; it is the order of the list and what cursors
point at.  Everything follows from (seed, name, calls made): no clock, no global randomness.
"""
import random
import uuid
from dataclasses import dataclass, field, fields

from .themes import STREETS, THEMES, TOWNS

UPDATED_FROM = 1767225600  # 2026-01-01T00:00:00Z: when the first record of every partner was last changed
DAY_S = 86400


@dataclass
class Record:
    """One listing.  `extra` has what only its theme knows; `raw`, when set, is the item's bytes as given."""

    seq: int
    id: object
    title: str = ""
    title_en: str = ""
    text: str = ""
    price_minor: int = None
    unit: str = None
    capacity: int = None
    rating: float = None
    rating_count: int = 0
    latitude: float = None
    longitude: float = None
    street: str = None
    postcode: str = None
    city: str = None
    updated: int = UPDATED_FROM
    extra: dict = field(default_factory=dict)
    removed: bool = False
    raw: bytes = None

    def public(self):
        """What the control interface shows."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "raw"}


class Collection:
    def __init__(self, name, seed, theme, first_id, towns=None):
        """`first_id` an int: numbered ids from there; a text: that prefix and a deterministic UUID."""
        self.name, self.theme, self.first_id = name, theme, first_id
        self.rng = random.Random(f"{seed}/{name}")
        self.towns = towns or TOWNS
        self.rows = []
        self.generation = 0

    def present(self):
        return [r for r in self.rows if not r.removed]

    def removed(self):
        return [r for r in self.rows if r.removed]

    def _new_id(self, seq):
        if isinstance(self.first_id, int):
            return self.first_id + seq - 1 + self.generation * 1_000_000
        return self.first_id + str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{self.generation}/{seq}"))

    def add(self, n):
        """Adds n invented records at the end and returns them."""
        return [self._invent(len(self.rows) + 1) for _ in range(n)]

    def _invent(self, seq):
        rng = self.rng
        town, postcode, latitude, longitude = rng.choice(self.towns[:8] if rng.random() < .6 else self.towns)
        record = Record(seq, self._new_id(seq), **THEMES[self.theme](rng, town))
        record.city, record.postcode = town, postcode
        record.latitude = round(latitude + rng.uniform(-.008, .008), 5)
        record.longitude = round(longitude + rng.uniform(-.008, .008), 5)
        record.street = f"{rng.randint(1, 90)} {rng.choice(STREETS)}"
        record.rating_count = rng.choice([0, 0, 3, 9, 14, 27, 61])
        record.rating = round(rng.uniform(3.6, 5), 1) if record.rating_count else None
        record.updated = UPDATED_FROM + seq * 3600
        self.rows.append(record)
        return record

    def append_raw(self, raw):
        """Adds a record whose item is these bytes, whatever they are."""
        seq = len(self.rows) + 1
        self.rows.append(Record(seq, self._new_id(seq), title=f"raw {seq}", raw=raw))

    def pick(self, which, rows):
        """The records meant by a number (the first n of `rows`) or by a list of ids."""
        if isinstance(which, bool) or not isinstance(which, (int, list)):
            raise ValueError("which: a number of records or a list of ids")
        if isinstance(which, int):
            if which > len(rows):
                raise ValueError(f"{which} asked for, there are {len(rows)}")
            return rows[:which]
        by_id = {str(r.id): r for r in rows}
        missing = [i for i in which if str(i) not in by_id]
        if missing:
            raise ValueError(f"no such id: {missing[:5]}")
        return [by_id[str(i)] for i in which]

    def change(self, which, values=None):
        """Changes records: to `values` (fields of a record), or price and text by default."""
        allowed = {f.name for f in fields(Record)} - {"seq", "raw", "removed"}
        wrong = set(values or {}) - allowed
        if wrong:
            raise ValueError(f"no such field: {sorted(wrong)}; there are {sorted(allowed)}")
        picked = self.pick(which, self.present())
        for record in picked:
            for name, value in (values or self._new_wording(record)).items():
                setattr(record, name, value)
            if "updated" not in (values or {}):
                record.updated += DAY_S
        return picked

    @staticmethod
    def _new_wording(record):
        price = None if record.price_minor is None else record.price_minor + 500
        return {"price_minor": price, "text": record.text + " Mis à jour."}

    def remove(self, which):
        """Withdraws records; a number takes the last ones, so that earlier pages stay as they are."""
        rows = self.present()
        picked = self.pick(which, rows[::-1] if isinstance(which, int) else rows)
        for record in picked:
            record.removed = True
            record.updated += DAY_S
        return picked

    def restore(self, which=None):
        """Brings withdrawn records back under their ids: all of them by default."""
        gone = self.removed()
        picked = gone if which is None else self.pick(which, gone)
        for record in picked:
            record.removed = False
            record.updated += DAY_S
        return picked

    def rotate_ids(self):
        """Gives every record another id, as platforms do that rebuild their database."""
        self.generation += 1
        for record in self.rows:
            record.id = self._new_id(record.seq)
        return self.present()
