# SPDX-License-Identifier: Apache-2.0
"""What can go wrong: a table of faults, each a function.

A fault acts in one stage of an exchange `x` (see partner.Exchange):
    document  changes x.plan before it becomes the document       def f(x, o)
    reply     changes x.reply before it is sent                   def f(x, o)
    hold      waits before the reply stage                        async def f(x, o)
    wire      sends x.reply in its own way, over x.wire           async def f(x, o)
`o` has the options given, over the defaults named at the registration: an option that is not there is refused.
"""
import asyncio
import gzip
import time
import types
import zlib
from dataclasses import dataclass
from email.utils import formatdate

from . import pages
from .http1 import Reply, html_reply, json_reply, send_reply

FAULTS = {}


class OneOf(tuple):
    """The values that an option may have; the first is its default."""


@dataclass(frozen=True)
class Kind:
    name: str
    stage: str
    run: object
    defaults: dict

    @property
    def help(self):
        return self.run.__doc__.split("\n")[0]

    def options(self, given):
        """The options of one fault, or ValueError that says what there is."""
        wrong = set(given) - set(self.defaults)
        if wrong:
            raise ValueError(f"{self.name} has no {sorted(wrong)}; it has {sorted(self.defaults)}")
        for name, choices in self.defaults.items():
            if isinstance(choices, OneOf) and given.get(name, choices[0]) not in choices:
                raise ValueError(f"{self.name}: {name} is one of {list(choices)}")
        defaults = {k: v[0] if isinstance(v, OneOf) else v for k, v in self.defaults.items()}
        return types.SimpleNamespace(**{**defaults, **given})


def fault(name, stage, **defaults):
    def register(run):
        FAULTS[name] = Kind(name, stage, run, defaults)
        return run
    return register


# ---- document: lists that lie


@fault("total", "document", by=0, to=None, drift=0)
def total(x, o):
    """The declared total is wrong: off `by` n, a fixed number `to`, or growing by `drift` with each page."""
    x.plan.total = (x.plan.total if o.to is None else o.to) + o.by + o.drift * (x.plan.page - 1)


@fault("ignore-page", "document")
def ignore_page(x, o):
    """The paging parameter is ignored: every page is exactly the first one."""
    x.plan.start = 0
    x.plan.next_start = x.plan.limit if x.plan.limit < len(x.plan.rows) else None
    x.plan.show(0)


@fault("loop-body", "document")
def loop_body(x, o):
    """Every page has the first one's items, and always a new next page: it never ends."""
    x.plan.next_start = x.plan.start + x.plan.limit
    x.plan.show(0)


@fault("loop-next", "document")
def loop_next(x, o):
    """From the second page on, the next page is the same one again: same link, same token."""
    x.plan.next_start = max(x.plan.start, x.plan.limit)


@fault("no-next", "document")
def no_next(x, o):
    """The list says that this page is the last one."""
    x.plan.next_start = None


@fault("repeat", "document", items=1)
def repeat(x, o):
    """The page starts with the last items of the page before, as when a record was inserted meanwhile."""
    x.plan.show(max(x.plan.start - o.items, 0))


@fault("skip", "document", items=1)
def skip(x, o):
    """The page leaves out its first items, as when a record was removed meanwhile."""
    x.plan.items = x.plan.items[o.items:]


@fault("empty-list", "document", total=0)
def empty_list(x, o):
    """A well-formed document without any item; `total` null keeps the declared total."""
    x.plan.items, x.plan.next_start = [], None
    x.plan.total = x.plan.total if o.total is None else o.total


def _without_id(item, key):
    return item.replace(b'"%b":' % key, b'"not_%b":' % key, 1)


def _id_as(value):
    def change(item, key):
        head, _, tail = item.partition(b'"%b": ' % key)
        return head + b'"%b": ' % key + value + tail[min(i for i in (tail.find(b","), tail.find(b"}")) if i >= 0):]
    return change


BAD_RECORDS = {
    "no-id": _without_id,
    "null-id": _id_as(b"null"),
    "empty-id": _id_as(b'""'),
    "object-id": _id_as(b'{"a":1}'),
    "float-id": _id_as(b"1.5e3"),
    "long-id": _id_as(b'"' + b"9" * 5000 + b'"'),
    "broken-utf8": lambda item, key: item[:-1] + b',"note":"caf\xe9 \xff\xc0\xaf"}',
    "lone-surrogate": lambda item, key: item[:-1] + b',"note":"\\ud800"}',
    "nul": lambda item, key: item[:-1] + b',"note":"a\\u0000b"}',
    "control": lambda item, key: item[:-1] + b',"note":"a\x01b"}',
    "broken-token": lambda item, key: item[:-1] + b',"note":nul}',
    "trailing-comma": lambda item, key: item[:-1] + b",}",
    "nan": lambda item, key: item[:-1] + b',"note":NaN}',
    "text": lambda item, key: b'"hors service"',
    "number": lambda item, key: b"42",
    "null": lambda item, key: b"null",
    "array": lambda item, key: b"[" + item + b"]",
    "empty-object": lambda item, key: b"{}",
    "deep": lambda item, key: item[:-1] + b',"note":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "huge": lambda item, key: item[:-1] + b',"note":"' + b"x" * (8 << 20) + b'"}',
    "twice": lambda item, key: item + b"," + item,
}


@fault("bad-record", "document", kind=OneOf(BAD_RECORDS), index=0)
def bad_record(x, o):
    """One item of the page is bad: `kind` says how, `index` which."""
    if o.index < len(x.plan.items):
        key = x.partner.platform.id_key.encode()
        x.plan.items[o.index] = BAD_RECORDS[o.kind](x.plan.items[o.index], key)


# ---- reply: the wrong thing, correctly sent


@fault("status", "reply", status=500, retry_after=None, retry_after_date=None, body=None, html=False)
def status(x, o):
    """Another status; Retry-After in seconds, or as an HTTP-date so many seconds from now."""
    text = o.body if o.body is not None else f"Erreur {o.status}"
    reply = html_reply(pages.page(text, f"<h1>{text}</h1>"), o.status) if o.html else json_reply({"error": text}, o.status)
    if o.retry_after is not None:
        reply.set("Retry-After", o.retry_after)
    if o.retry_after_date is not None:
        reply.set("Retry-After", formatdate(time.time() + o.retry_after_date, usegmt=True))
    if o.status == 401:
        reply.set("WWW-Authenticate", 'Bearer error="invalid_token"')
    x.reply.become(reply)


@fault("challenge", "reply", status=403)
def challenge(x, o):
    """A content network's challenge page."""
    reply = html_reply(pages.NOTICES["challenge"](x.partner.title), o.status)
    reply.headers += [("Server", "cloudflare"), ("CF-RAY", "8f00c0ffee00-CDG"), ("cf-mitigated", "challenge")]
    x.reply.become(reply)


@fault("html", "reply", kind=OneOf(pages.NOTICES), status=200)
def notice(x, o):
    """A web page where data was expected."""
    x.reply.become(html_reply(pages.NOTICES[o.kind](x.partner.title), o.status))


@fault("empty-body", "reply")
def empty_body(x, o):
    """200 and not one byte."""
    x.reply.body = b""


@fault("error-document", "reply", text="Internal error")
def error_document(x, o):
    """200 with {"error": …} where the list was expected."""
    x.reply.become(json_reply({"error": o.text}))


@fault("scalar", "reply", text="null")
def scalar(x, o):
    """200 with another JSON text (`null`, `true`, `[]`, …)."""
    x.reply.body = o.text.encode()


@fault("prefix", "reply", part=0.6)
def prefix(x, o):
    """The document breaks off, but the length is that of the part: HTTP sees nothing wrong."""
    x.reply.body = x.reply.body[:int(len(x.reply.body) * o.part)]


@fault("suffix", "reply", text="<!-- 0.042 s -->")
def suffix(x, o):
    """Something follows the document."""
    x.reply.body += o.text.encode()


@fault("garbage", "reply", bytes=4096)
def garbage(x, o):
    """Noise; always the same."""
    x.reply.body = b"".join(zlib.crc32(b"%d" % i).to_bytes(4, "big") for i in range(o.bytes // 4))


@fault("wrong-type", "reply", type="text/html; charset=utf-8")
def wrong_type(x, o):
    """The right document under another Content-Type; null: without any."""
    x.reply.drop("Content-Type")
    if o.type is not None:
        x.reply.set("Content-Type", o.type)


@fault("charset", "reply", to="utf-8-sig")
def charset(x, o):
    """The document in another encoding than it says: utf-8-sig, utf-16, latin-1…"""
    x.reply.body = x.reply.body.decode("utf-8", "replace").encode(o.to, "replace")


@fault("nested", "reply", depth=100_000)
def nested(x, o):
    """Arrays in arrays, very deep."""
    x.reply.body = b"[" * o.depth + b"]" * o.depth


@fault("headers", "reply", fields=1, bytes=100, set=None)
def headers(x, o):
    """Further header fields: `fields` of `bytes` each, or those of the object `set`."""
    x.reply.headers += [(f"X-Fill-{i}", "f" * o.bytes) for i in range(0 if o.set else o.fields)]
    x.reply.headers += list((o.set or {}).items())


@fault("sunset", "reply", days=30, deprecated=-30)
def sunset(x, o):
    """Notice in advance: Sunset in so many days, Deprecation since so many; null: without that header."""
    if o.days is not None:
        x.reply.set("Sunset", formatdate(time.time() + o.days * 86400, usegmt=True))
    if o.deprecated is not None:
        x.reply.set("Deprecation", f"@{int(time.time() + o.deprecated * 86400)}")


CORRUPTIONS = {
    "flipped": lambda packed: packed[:len(packed) // 2] + bytes(b ^ 0x5a for b in packed[len(packed) // 2:]),
    "short": lambda packed: packed[:len(packed) // 2],
    "no-trailer": lambda packed: packed[:-8],
    "wrong-sum": lambda packed: packed[:-8] + bytes(8),
    "trailing": lambda packed: packed + b"reste",
    "none": lambda packed: packed,
}


@fault("coding", "reply", coding=OneOf(("gzip", "deflate", "plain", "br")), corrupt=OneOf(CORRUPTIONS))
def coding(x, o):
    """Compressed, and the compressed bytes are damaged; `plain` only claims gzip, `br` is unknown."""
    pack = {"gzip": lambda b: gzip.compress(b, mtime=0), "deflate": zlib.compress}.get(o.coding, lambda b: b)
    x.reply.body = CORRUPTIONS[o.corrupt if o.coding in ("gzip", "deflate") else "none"](pack(x.reply.body))
    x.reply.set("Content-Encoding", "gzip" if o.coding == "plain" else o.coding)


_FILLS = {"space": b" ", "zero": b"\0", "bracket": b"[", "digit": b"9", "letter": b"x"}
_PREFIXES = {"letter": b'["', "digit": b"["}


async def _bomb(megabytes, fill):
    """A gzip stream of `megabytes` of one byte, about a thousand times smaller, made as it is sent."""
    block = _FILLS[fill] * (1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)  # stands alone: may be repeated
    yield b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(block, crc)
        yield packed
    yield packer.flush(zlib.Z_FINISH) + crc.to_bytes(4, "little") + (megabytes << 20 & 0xffffffff).to_bytes(4, "little")


@fault("bomb", "reply", megabytes=10_000, fill=OneOf(_FILLS))
def bomb(x, o):
    """A gzip bomb: ten gigabytes of white space in ten megabytes, streamed."""
    x.reply.stream = _bomb(o.megabytes, o.fill)
    x.reply.set("Content-Encoding", "gzip")


async def _endless(fill, partner):
    yield _PREFIXES.get(fill, b"") if fill != "items" else b"["
    while fill != "items":
        yield _FILLS[fill] * 16384
    number = 0
    while True:
        number += 1
        yield b'{"id": %d, "title": "sans fin %d"},' % (10_000_000 + number, number)


@fault("endless", "reply", fill=OneOf((*_FILLS, "items")))
def endless(x, o):
    """A body that never ends: one byte again and again, or `items`."""
    x.reply.stream = _endless(o.fill, x.partner)


def _same_host(x, o):
    return x.partner.origin(x.request) + "/_moved" + x.request.target


def _chain(x, o):
    """One step further, until o.length steps were made."""
    step = int(x.request.param("_step", "0")) + 1
    return x.request.with_params({"_step": step}) if step <= o.length else None


TARGETS = {
    "same-host": _same_host,
    "same-domain": lambda x, o: f"http://www.{x.partner.domain}:{x.partner.port}{x.request.target}",
    "other-domain": lambda x, o: "http://www.homeexchange.example/",
    "file": lambda x, o: "file:///etc/passwd",
    "loopback": lambda x, o: "http://127.0.0.1:22/",
    "metadata": lambda x, o: "http://169.254.169.254/latest/meta-data/",
    "loop": lambda x, o: x.request.target,
    "chain": _chain,
    "downgrade": lambda x, o: f"http://{x.partner.host}:{x.partner.port}{x.request.target}",
    "relative": lambda x, o: "/_moved" + x.request.target,
    "none": lambda x, o: "",
}


@fault("redirect", "reply", to="other-domain", status=301, length=30)
def redirect(x, o):
    """A redirect: `to` a known target or any URL; `chain` ends with the document after `length` steps."""
    location = TARGETS[o.to](x, o) if o.to in TARGETS else o.to
    if location is None or x.request.path.startswith("/_moved"):
        return
    reply = Reply(o.status, b"", [("Content-Type", "text/html")])
    if location:
        reply.set("Location", location)
    x.reply.become(reply)


@fault("hold", "hold")
async def hold(x, o):
    """The answer is ready and is held until it is released; wait_for_held() tells when."""
    if not await x.wire.left_or(x.partner.released):
        raise ConnectionError("the client left")


# ---- wire: the right thing, wrongly sent


@fault("stall", "wire", where=OneOf(("before", "head", "middle")))
async def stall(x, o):
    """Silence `before` the head, after the `head`, or in the `middle` of the body, until released or left."""
    head = x.reply.head(Content_Length=len(x.reply.body))
    sent = {"before": b"", "head": head, "middle": head + x.reply.body[:len(x.reply.body) // 2]}[o.where]
    released = x.partner.released  # before anything is awaited: a release from now on counts
    await x.wire.send(sent)
    if not await x.wire.left_or(released):
        raise ConnectionError("the client left")
    await x.wire.send((head + x.reply.body)[len(sent):])


@fault("delay", "wire", seconds=0.1)
async def delay(x, o):
    """The reply comes so much later."""
    await asyncio.sleep(o.seconds)
    await send_reply(x.wire, x.reply, x.request)


@fault("drip", "wire", interval=0.01, bytes=1, part=OneOf(("all", "body")))
async def drip(x, o):
    """A few bytes at a time; `part` is all, or the body only."""
    head = x.reply.head(Content_Length=len(x.reply.body))
    if o.part == "body":
        await x.wire.send(head)
    data = x.reply.body if o.part == "body" else head + x.reply.body
    for i in range(0, len(data), o.bytes):
        await x.wire.send(data[i:i + o.bytes])
        await asyncio.sleep(o.interval)


@fault("tar-pit", "wire", interval=0.05)
async def tar_pit(x, o):
    """Header fields that go on for ever, slowly."""
    await x.wire.send(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while True:
        number += 1
        await x.wire.send(b"X-Wait-%d: encore un instant\r\n" % number)
        await asyncio.sleep(o.interval)


def _cut(x, where):
    """What is sent before a connection ends early."""
    if where == "before":
        return b""
    head = x.reply.head(Content_Length=len(x.reply.body))
    return head + (x.reply.body[:len(x.reply.body) // 2] if where == "middle" else b"")


@fault("reset", "wire", where=OneOf(("before", "head", "middle")))
async def reset(x, o):
    """RST `before` anything, after the `head`, or in the `middle` of the body."""
    await x.wire.send(_cut(x, o.where))
    await x.wire.reset()


@fault("close", "wire", where=OneOf(("before", "head", "middle")))
async def close(x, o):
    """A clean end of the connection `before` anything, after the `head`, or in the `middle`."""
    await x.wire.send(_cut(x, o.where))
    x.wire.close()


@fault("length", "wire", by=100)
async def length(x, o):
    """Content-Length is off by so much (more: the body is truncated; less: bytes are left over), then the end."""
    await x.wire.send(x.reply.head(Content_Length=max(len(x.reply.body) + o.by, 0)) + x.reply.body)
    x.wire.close()


@fault("two-lengths", "wire")
async def two_lengths(x, o):
    """Two Content-Length fields that disagree."""
    x.reply.headers.append(("Content-Length", str(len(x.reply.body) + 7)))
    await x.wire.send(x.reply.head(Content_Length=len(x.reply.body)) + x.reply.body)
    x.wire.close()


@fault("chunked", "wire", size=512, trailers=True, end=OneOf(("good", "cut", "bad")))
async def chunked(x, o):
    """Chunks, with trailers; `end` may be cut (no last chunk) or bad (a size that is no number)."""
    trailer = {"Trailer": "X-Checksum"} if o.trailers else {}
    await x.wire.send(x.reply.head(Transfer_Encoding="chunked", **trailer))
    body = x.reply.body
    body = body if o.end == "good" else body[:len(body) // 2]
    for i in range(0, len(body), o.size):
        piece = body[i:i + o.size]
        await x.wire.send(b"%x;name=value\r\n%b\r\n" % (len(piece), piece))
    await x.wire.send({"good": b"0\r\n" + (b"X-Checksum: 42\r\n" if o.trailers else b"") + b"\r\n",
                       "bad": b"zz\r\nnot a chunk\r\n", "cut": b""}[o.end])
    if o.end != "good":
        x.wire.close()


@fault("http10", "wire")
async def http10(x, o):
    """HTTP/1.0 without a length: the end of the connection is the end of the body."""
    x.reply.version = "HTTP/1.0"
    await x.wire.send(x.reply.head(Connection="close") + x.reply.body)
    x.wire.close()


@fault("not-http", "wire", text="SSH-2.0-OpenSSH_9.2\r\n")
async def not_http(x, o):
    """Another protocol answers."""
    await x.wire.send(o.text.encode())
    x.wire.close()


@fault("interim", "wire", times=3)
async def interim(x, o):
    """Interim answers (103 Early Hints) come before the real one."""
    await x.wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" * o.times)
    await send_reply(x.wire, x.reply, x.request)
