# SPDX-License-Identifier: Apache-2.0
"""One partner: its listings, its settings, its armed faults, its log, and how it answers a request.

Owns everything that belongs to one host.  The server gives it requests and wires; control.py calls its verbs.
"""
import asyncio
import base64
import datetime
import gzip
import hashlib
import itertools
import json
import mimetypes
import pathlib
import re
import time
from dataclasses import dataclass, field
from email.utils import formatdate

from . import auth, dns, pages
from .collection import Collection
from .faults import FAULTS
from .http1 import Refusal, Reply, html_reply, json_reply, send_reply
from .paging import Plan
from .platforms import PLAIN_POSITIONS, SHAPES
from .themes import BORDEAUX

MAX_LOG = 100_000
SCOPES = ("api", "site", "token", "other", "any")
SETTINGS = ("page_size", "max_page_size", "site_url", "auth", "paging", "envelope", "tombstones", "banner", "validators",
            "title", "domain", "tls", "dns", "today")


@dataclass
class Armed:
    """A fault that is on.  It acts on requests of its scope and page, after `skip` of them, `count` times (None: always)."""

    number: int
    kind: object
    options: object
    scope: str
    page: int = None
    skip: int = 0
    count: int = None
    tag: str = None

    def takes(self, scope, page):
        """Whether it acts on this request; counts it."""
        if self.scope not in ("any", scope) or self.count == 0 or (self.page is not None and self.page != page):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True


@dataclass
class Exchange:
    """One request on its way through the stages."""

    partner: object
    request: object
    wire: object
    scope: str = "other"
    plan: object = None
    reply: Reply = None
    page: int = None
    faults: list = field(default_factory=list)

    def run(self, stage):
        for armed in self.faults:
            if armed.kind.stage == stage:
                armed.kind.run(self, armed.options)


class Partner:
    def __init__(self, name, shape, host, port, seed, bell, lines):
        """`bell` is rung at every change of the log; `lines` opens and closes the listener: lines.open(partner)."""
        self.name, self.shape, self.host, self.port, self.seed = name, shape, host, port, seed
        self.platform = SHAPES[shape]
        self.bell, self.lines = bell, lines
        self.title, self.domain = self.platform.title, f"{name}.example"
        self.collection = Collection(name, seed, self.platform.theme, self.platform.first_id)
        self.page_size, self.max_page_size = self.platform.page_size, self.platform.max_page_size
        self.auth, self.validators = self.platform.auth, self.platform.validators
        self.site_url = f"http://{host}:{port}"
        self.paging, self.envelope, self.tombstones, self.banner = "none", "object", False, None
        self.tls, self.dns = "valid", "ok"
        self.today = datetime.datetime.now(datetime.timezone.utc).date()
        self.url_version = max(len(self.platform.pages) - 1, 0)
        self.tokens, self.tokens_issued = {}, 0
        self.routes, self.folder = {}, None
        self.armed, self._numbers = [], itertools.count(1)
        self._entries = itertools.count(1)
        self.log, self.held, self.released = [], 0, asyncio.Event()
        self._elsewhere = None

    # ---- settings and looks

    def set(self, **settings):
        """Changes settings; ValueError on one that is not there or cannot be."""
        wrong = set(settings) - set(SETTINGS)
        if wrong:
            raise ValueError(f"no such setting: {sorted(wrong)}; there are {sorted(SETTINGS)}")
        if "auth" in settings:
            auth.validate(settings["auth"])
        if settings.get("paging", "none") not in PLAIN_POSITIONS:
            raise ValueError(f"paging: one of {sorted(PLAIN_POSITIONS)}")
        if settings.get("envelope", "object") not in ("object", "array"):
            raise ValueError("envelope: object or array")
        if "today" in settings:
            settings["today"] = datetime.date.fromisoformat(settings["today"])
        if "dns" in settings:
            dns.validate(settings["dns"])
        if "tls" in settings:
            self.lines.use_certificate(self, settings["tls"])
        for name, value in settings.items():
            setattr(self, name, value)

    @property
    def position(self):
        return PLAIN_POSITIONS[self.paging] if self.shape in ("plain", "array") else self.platform.position

    def origin(self, request):
        """Scheme and host as this client sees them, for absolute links."""
        scheme = "https" if request.secure else "http"
        return f"{scheme}://{request.headers.get('host', f'{self.host}:{self.port}')}"

    def listing_url(self, record):
        forms = self.platform.pages
        version, form = divmod(self.url_version, len(forms))
        path = forms[form].format(id=record.id, city=str(record.city).lower().replace(" ", "-").replace("'", "-"))
        return self.site_url + (f"/v{version + 1}" if version else "") + path

    def image_url(self, record):
        return f"{self.site_url}/photos/{record.id}.svg"

    def item_bytes(self, record):
        if record.raw is not None:
            return record.raw
        if record.removed:
            return _dump({self.platform.id_key: record.id, "updatedAt": record.updated, "removed": True})
        return _dump(self.platform.item(record, self))

    def elsewhere(self):
        """The list that is served to who does not say where: Bordeaux."""
        if self._elsewhere is None:
            self._elsewhere = Collection(self.name + "/bordeaux", self.seed, self.platform.theme, 190001, BORDEAUX)
            self._elsewhere.add(30)
        return self._elsewhere

    def new_urls(self):
        """Every listing's URL takes its next form."""
        self.url_version += 1

    def expire_tokens(self):
        """Every OAuth2 token issued so far is refused from now on."""
        self.tokens.clear()

    def refuse(self):
        """Nothing listens any more: connections are refused, those that are open are reset."""
        self.lines.close(self)

    async def accept(self, new_address=False):
        """Listens again, on its own address or on a fresh one."""
        await self.lines.reopen(self, new_address)

    # ---- faults

    def arm(self, kind, options, scope="api", page=None, skip=0, count=None, tag=None):
        """Switches a fault on and returns its number."""
        if kind not in FAULTS:
            raise ValueError(f"no such fault: {kind}; there are {sorted(FAULTS)}")
        if scope not in SCOPES:
            raise ValueError(f"no such scope: {scope}; there are {list(SCOPES)}")
        armed = Armed(next(self._numbers), FAULTS[kind], FAULTS[kind].options(options), scope, page, skip, count, tag)
        self.armed.append(armed)
        return armed.number

    def disarm(self, number=None, tag=None):
        """Switches off one fault, those of a tag, or all; what was held or stalled goes on."""
        self.armed = [a for a in self.armed
                      if (number is not None and a.number != number) or (tag is not None and a.tag != tag)]
        self.let_go()

    def let_go(self):
        """Everything that waits now goes on; what comes later waits again."""
        self.released.set()
        self.released = asyncio.Event()

    # ---- answering

    async def answer(self, request, wire):
        """Answers one request.  Raises ConnectionError when the client left or the wire was cut."""
        x = Exchange(self, request, wire)
        entry = self._note(x)
        sent_before = wire.sent
        try:
            self._prepare(x, entry)
            await self._hold(x, entry)
            x.run("reply")
            self._compress(x)
            entry["status"] = x.reply.status
            await self._send(x)
            entry["ended"] = "cut" if wire.over else "sent"
        except (ConnectionError, asyncio.CancelledError):
            entry["ended"] = "left"
            raise
        finally:
            entry["bytes"] = wire.sent - sent_before
            self.bell.ring()

    def _prepare(self, x, entry):
        x.scope = self._scope(x.request)
        try:
            if x.scope == "api":
                auth.check(self, x.request)
            x.plan = self._plan(x) if x.scope == "api" and self.platform.envelope else None
            x.page = x.plan.page if x.plan else (1 if x.scope == "api" else None)
        except Refusal as refusal:
            x.reply = refusal.reply
        x.faults = [a for a in self.armed if a.takes(x.scope, x.page)]
        entry.update(scope=x.scope, page=x.page, faults=[a.kind.name for a in x.faults])
        self.bell.ring()
        if x.reply is None:
            x.reply = self._render(x)

    def _plan(self, x):
        if x.request.method not in (self.platform.method, "HEAD"):
            raise Refusal(json_reply({"error": "method not allowed"}, 405, Allow=self.platform.method))
        rows = list(self.collection.rows) if self.tombstones else self.collection.present()
        if x.request.param("removed") == "1":  # as OpenAgenda has it
            rows = self.collection.removed()
        if self.platform.select:
            rows = self.platform.select(self, x.request, rows)
        return Plan(self, x.request, rows)

    def _scope(self, request):
        path = re.sub(r"^/_moved", "", request.path)
        if self.folder or path in self.routes:
            return "api"
        if path in (self.platform.path, *self.platform.more_paths) and self.platform.envelope:
            return "api"
        if path == self.platform.token_path:
            return "token"
        return "other" if path.startswith(("/photos/", "/robots.txt", "/favicon")) else "site"

    def _render(self, x):
        if x.plan:
            return self._document(x)
        if x.scope == "token":
            return auth.issue_token(self, x.request)
        path = re.sub(r"^/_moved", "", x.request.path)
        if path in self.routes:
            return self._routed(self.routes[path])
        if self.folder:
            return self._file(x.request, path)
        return self._site(path)

    def _document(self, x):
        x.run("document")
        reply = Reply(200, x.plan.document(), [("Content-Type", "application/json; charset=utf-8")])
        reply.headers += x.plan.headers
        if self.validators:
            newest = max((r.updated for r in self.collection.rows), default=0)
            _validate(reply, x.request, formatdate(newest, usegmt=True))
        return reply

    def _site(self, path):
        if path == "/":
            return pages.home(self)
        if path == "/robots.txt":
            return Reply(200, b"User-agent: *\nDisallow:\n", [("Content-Type", "text/plain")])
        if path.startswith("/photos/"):
            return pages.photo(path)
        for record in self.collection.present():
            if str(record.id) in path.split("/"):
                return pages.listing(self, record)
        return html_reply(pages.page("Page introuvable", "<h1>Page introuvable</h1>"), 404)

    @staticmethod
    def _routed(route):
        reply = Reply(route["status"], route["body"], [])
        for name, value in route["headers"].items():
            reply.set(name, value)
        return reply

    def _file(self, request, path):
        file = (self.folder / path.lstrip("/")).resolve()
        if not file.is_relative_to(self.folder) or not file.is_file():
            return json_reply({"error": "no such file"}, 404)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        reply = Reply(200, file.read_bytes(), [("Content-Type", kind)])
        _validate(reply, request, formatdate(file.stat().st_mtime, usegmt=True))
        return reply

    def _compress(self, x):
        wanted = self.validators and "gzip" in x.request.headers.get("accept-encoding", "")
        if wanted and x.reply.has_body and x.reply.stream is None and not x.reply.get("Content-Encoding"):
            x.reply.body = gzip.compress(x.reply.body, 6, mtime=0)
            x.reply.set("Content-Encoding", "gzip")
            x.reply.set("Vary", "Accept-Encoding")

    async def _hold(self, x, entry):
        armed = next((a for a in x.faults if a.kind.stage == "hold"), None)
        if armed is None:
            return
        self.held += 1
        entry["held"] = True
        self.bell.ring()
        try:
            await armed.kind.run(x, armed.options)
        finally:
            self.held -= 1
            entry["held"] = False

    async def _send(self, x):
        route = self.routes.get(x.request.path)
        if route and route["wire"] is not None:
            await x.wire.send(route["wire"])
            x.wire.close()
            return
        sender = next((a for a in x.faults if a.kind.stage == "wire"), None)
        if sender:
            await sender.kind.run(x, sender.options)
        else:
            await send_reply(x.wire, x.reply, x.request)

    # ---- raw answers and files

    def route(self, path, body="", body_base64=None, status=200, headers=None, wire_base64=None):
        """Serves these bytes at `path`; `wire_base64`: the whole reply as it is on the wire, then the end."""
        data = base64.b64decode(body_base64) if body_base64 is not None else body.encode()
        wire = base64.b64decode(wire_base64) if wire_base64 is not None else None
        self.routes[path] = {"status": status, "body": data, "wire": wire,
                             "headers": headers or {"Content-Type": "application/json; charset=utf-8"}}

    def serve_folder(self, folder):
        """Every file of a folder is served under its relative path."""
        self.folder = _folder(folder)

    def wrap_files(self, folder, pattern="*"):
        """Every file of a folder that matches becomes one item of the list, bytes as they are, in order of name."""
        for file in sorted(_folder(folder).glob(pattern)):
            if file.is_file():
                self.collection.append_raw(file.read_bytes())

    # ---- the log

    def _note(self, x):
        r = x.request
        entry = {"number": next(self._entries), "at": time.time(), "partner": self.name, "method": r.method,
                 "target": r.target, "path": r.path, "query": r.query, "headers": r.headers,
                 "body": r.body[:65536].decode("utf-8", "replace"), "secure": r.secure, "scope": None, "page": None,
                 "faults": [], "status": None, "bytes": 0, "held": False, "ended": None}
        self.log.append(entry)
        del self.log[:-MAX_LOG]
        return entry

    def summary(self):
        """What a client needs to reach it."""
        base, secure = f"http://{self.host}:{self.port}", self.lines.tls_port
        query = "?" + self.platform.query if self.platform.query else ""
        return {"name": self.name, "shape": self.shape, "title": self.title, "domain": self.domain, "host": self.host,
                "base_url": base, "url": base + self.platform.path + query,
                "https_base_url": secure and f"https://{self.host}:{secure}", "method": self.platform.method,
                "body": self.platform.body, "auth": self.auth,
                "token_url": self.platform.token_path and base + self.platform.token_path,
                "listening": self.lines.is_open(self), "page_size": self.page_size, "tls": self.tls,
                "listings": len(self.collection.present()), "held": self.held, "paging": self.paging, "envelope": self.envelope,
                "faults": [{"number": a.number, "kind": a.kind.name, "scope": a.scope, "page": a.page, "count": a.count,
                            "options": vars(a.options)} for a in self.armed]}


def _dump(item):
    return json.dumps(item, ensure_ascii=False).encode()


def _folder(name):
    folder = pathlib.Path(name).resolve()
    if not folder.is_dir():
        raise ValueError(f"{name}: no such folder")
    return folder


def _validate(reply, request, modified):
    """Adds ETag and Last-Modified; turns the reply into a 304 when the client has it already."""
    tag = '"' + hashlib.sha1(reply.body).hexdigest()[:20] + '"'
    reply.set("ETag", tag)
    reply.set("Last-Modified", modified)
    known = request.headers.get("if-none-match")
    if known == tag or (known is None and request.headers.get("if-modified-since") == modified):
        reply.status, reply.body = 304, b""
        reply.drop("Content-Type")
