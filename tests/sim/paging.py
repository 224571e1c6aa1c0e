# SPDX-License-Identifier: Apache-2.0
"""Where a page of a list starts, and how the next one is asked for.

A position reads (start, limit) from a request and writes the query parameters that lead to another start.  Where these
parameters are put (a field, a link, nowhere) is the platform's envelope, not this file.
"""
import json

from .http1 import Refusal, json_reply

ITEMS = "\x01items\x01"  # stands for the items in an envelope until it is bytes
_ITEMS_BYTES = json.dumps(ITEMS).encode()


def _number(text, name, least):
    if not text.isdigit() or int(text) < least:
        raise Refusal(json_reply({"error": f"{name}: a whole number from {least}"}, 400))
    return int(text)


class Whole:
    """No paging: every request gets the whole list."""

    def read(self, request, rows, size, most):
        return 0, max(len(rows), 1)

    def write(self, start, limit, rows):
        return {}


class Page:
    def __init__(self, page="page", limit="page_size"):
        self.page, self.limit = page, limit

    def read(self, request, rows, size, most):
        limit = min(_number(request.param(self.limit, str(size)), self.limit, 1), most)
        return (_number(request.param(self.page, "1"), self.page, 1) - 1) * limit, limit

    def write(self, start, limit, rows):
        return {self.page: start // limit + 1}


class Offset:
    def __init__(self, offset="offset", limit="limit"):
        self.offset, self.limit = offset, limit

    def read(self, request, rows, size, most):
        limit = min(_number(request.param(self.limit, str(size)), self.limit, 1), most)
        return _number(request.param(self.offset, "0"), self.offset, 0), limit

    def write(self, start, limit, rows):
        return {self.offset: start}


class Cursor:
    """A token that names the last record seen, so that insertions and removals shift nothing.

    `pair`: the token is OpenAgenda's array [sort key, id], else one opaque text.
    """

    def __init__(self, cursor="cursor", limit="limit", pair=False):
        self.cursor, self.limit, self.pair = cursor, limit, pair

    def read(self, request, rows, size, most):
        limit = min(_number(request.param(self.limit, str(size)), self.limit, 1), most)
        token = request.param(self.cursor, "")
        if not token:
            return 0, limit
        seq = _number(token[0 if self.pair else 1:], self.cursor, 0)
        return sum(r.seq <= seq for r in rows), limit

    def write(self, start, limit, rows):
        if start > len(rows):  # only a looping fault asks for that
            return {self.cursor: [start * 1000, start] if self.pair else f"c{start * 1000}"}
        row = rows[start - 1]
        return {self.cursor: [row.seq, row.id] if self.pair else f"c{row.seq}"}


class Plan:
    """What one list request is going to be answered with; faults may change any of it.

    rows: every record of the list; start, limit: what was asked; items: the bytes of each item shown; total: what is
    declared; next_start: where the next page starts, None on the last; headers: beside the document.
    """

    def __init__(self, partner, request, rows):
        self.partner, self.request, self.rows = partner, request, rows
        self.start, self.limit = partner.position.read(request, rows, partner.page_size, partner.max_page_size)
        self.total = len(rows)
        end = self.start + self.limit
        self.next_start = end if end < len(rows) else None
        self.headers = []
        self.show(self.start)

    @property
    def page(self):
        return self.start // self.limit + 1

    def show(self, start):
        """Puts the items from `start` on the page."""
        self.items = [self.partner.item_bytes(r) for r in self.rows[start:start + self.limit]]

    def next_params(self):
        if self.next_start is None:
            return None
        return self.partner.position.write(self.next_start, self.limit, self.rows)

    def url_at(self, start):
        """The path and query that lead to the page at `start`."""
        return self.request.with_params(self.partner.position.write(start, self.limit, self.rows))

    def next_target(self):
        """Path and query of the next page, or None."""
        return None if self.next_start is None else self.url_at(self.next_start)

    def next_url(self):
        target = self.next_target()
        return target and self.partner.origin(self.request) + target

    def document(self):
        """The body: the platform's envelope around the items."""
        envelope = json.dumps(self.partner.platform.envelope(self), ensure_ascii=False).encode()
        return envelope.replace(_ITEMS_BYTES, b"[" + b",".join(self.items) + b"]", 1)
