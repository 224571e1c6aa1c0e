# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1: requests read from a stream, replies as bytes, and the wire that can be misused.

Owns: framing (RFC 9112) of what comes in, and the one correct way to send a reply.  The wrong ways are in
faults.py, which is why this is no library's job: it has to stall, drip, reset and lie about lengths.
"""
import asyncio
import http
import json
import socket
import struct
import urllib.parse
from dataclasses import dataclass, field

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024


class Refusal(Exception):
    """A request that is answered with `reply` instead of what was asked for."""

    def __init__(self, reply):
        super().__init__(reply.status)
        self.reply = reply


@dataclass
class Request:
    """One request as it came.  `headers` has lower-case names; repeated fields are joined by ", "."""

    method: str
    target: str
    version: str
    headers: dict
    body: bytes = b""
    secure: bool = False
    path: str = ""
    query: list = field(default_factory=list)

    def __post_init__(self):
        parts = urllib.parse.urlsplit(self.target)
        self.path = urllib.parse.unquote(parts.path)
        self.query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)

    def param(self, name, default=None):
        """The first value of a query parameter."""
        return next((v for k, v in self.query if k == name), default)

    def params(self, name):
        """Every value of a repeated query parameter."""
        return [v for k, v in self.query if k == name]

    def with_params(self, changes):
        """The target of this request with some parameters replaced; a list is a repeated parameter."""
        pairs = [(k, v) for k, v in self.query if k not in changes]
        for name, value in changes.items():
            pairs += [(name, v) for v in (value if isinstance(value, list) else [value])]
        path = urllib.parse.urlsplit(self.target).path
        return path + ("?" + urllib.parse.urlencode(pairs, safe="[]") if pairs else "")

    @property
    def keeps_alive(self):
        connection = self.headers.get("connection", "").lower()
        return connection == "keep-alive" if self.version == "HTTP/1.0" else connection != "close"


@dataclass
class Reply:
    """One reply before it is sent.  `stream`, when set, yields the body and makes it chunked."""

    status: int = 200
    body: bytes = b""
    headers: list = field(default_factory=list)
    version: str = "HTTP/1.1"
    stream: object = None
    close: bool = False

    def get(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def set(self, name, value):
        """Replaces every field of that name."""
        self.drop(name)
        self.headers.append((name, str(value)))

    def drop(self, name):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name.lower()]

    def become(self, other):
        """Takes over everything that another reply says."""
        self.__dict__.update(other.__dict__)

    @property
    def has_body(self):
        return self.status >= 200 and self.status not in (204, 304)

    def head(self, **framing):
        """Status line and fields; `framing` gives further ones, with _ for -."""
        try:
            reason = http.HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Status"
        lines = [f"{self.version} {self.status} {reason}"]
        lines += [f"{k}: {v}" for k, v in self.headers]
        lines += [f"{k.replace('_', '-')}: {v}" for k, v in framing.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def json_reply(document, status=200, **headers):
    body = json.dumps(document, ensure_ascii=False).encode()
    fields = [("Content-Type", "application/json; charset=utf-8")]
    return Reply(status, body, fields + [(k.replace("_", "-"), str(v)) for k, v in headers.items()])


def html_reply(text, status=200):
    return Reply(status, text.encode(), [("Content-Type", "text/html; charset=utf-8")])


async def read_request(reader, secure, on_continue):
    """The next request of a connection, or None when the peer left.  Raises Refusal on what is not HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise Refusal(json_reply({"error": "request head too long"}, 431)) from None
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Refusal(json_reply({"error": "not an HTTP/1 request"}, 400))
    request = Request(words[0], words[1], words[2], _fields(lines[1:]), secure=secure)
    if request.headers.get("expect", "").lower() == "100-continue":
        await on_continue(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.body = await _read_body(reader, request.headers)
    return request


def _fields(lines):
    fields = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.lower(), value.strip()
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


async def _read_body(reader, headers):
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise Refusal(json_reply({"error": "bad Content-Length"}, 400))
    return await reader.readexactly(int(length))


async def _read_chunks(reader):
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        body += await reader.readexactly(size)
        await reader.readuntil(b"\r\n")
        if size == 0:
            return body
    raise Refusal(json_reply({"error": "body too long"}, 413))


class Wire:
    """One connection seen as bytes.  Counts what it sent; every send raises ConnectionError once the peer left."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.sent = 0
        self.over = False
        writer.transport.set_write_buffer_limits(high=256 * 1024)

    async def send(self, data):
        self.writer.write(data)
        self.sent += len(data)
        await self.writer.drain()

    async def flush(self):
        """Everything sent so far is with the kernel: needed before reset()."""
        self.writer.transport.set_write_buffer_limits(high=0)
        await self.writer.drain()

    async def left(self):
        """Returns when the peer closed or reset the connection."""
        try:
            while await self.reader.read(4096):
                pass
        except ConnectionError:
            pass

    async def left_or(self, event):
        """Waits for an asyncio.Event, but no longer than the peer stays.  True if the event came."""
        tasks = [asyncio.ensure_future(self.left()), asyncio.ensure_future(event.wait())]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)  # the reader is free again only then
        return tasks[1] in done

    async def reset(self):
        """Ends the connection by RST: the peer sees ECONNRESET, not an end of file."""
        await self.flush()
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.over = True
        self.writer.transport.abort()

    def close(self):
        """Ends the connection by FIN, after what was sent."""
        self.over = True
        self.writer.close()


async def send_reply(wire, reply, request):
    """Sends a reply the correct way: with its length, or chunked when it is a stream."""
    bodiless = request.method == "HEAD" or not reply.has_body
    if reply.stream is not None and not bodiless:
        await wire.send(reply.head(Transfer_Encoding="chunked"))
        async for piece in reply.stream:
            if piece:  # an empty chunk would be the last one
                await wire.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        await wire.send(b"0\r\n\r\n")
        return
    framing = {"Content_Length": len(reply.body)} if reply.has_body else {}
    await wire.send(reply.head(**framing) + (b"" if bodiless else reply.body))
