# SPDX-License-Identifier: Apache-2.0
"""The simulator: its partners, the lines they listen on, and the loop of a connection.

Every partner has a loopback address of its own, 127.0.1.K, on one common port: a host for whoever counts hosts.
127.0.0.1 has the control interface, and answers for partners by the name in Host.
"""
import asyncio
import json
import pathlib
import socket

from . import control, dns, registers, tls
from .faults import FAULTS
from .http1 import MAX_HEAD_BYTES, Refusal, Wire, json_reply, read_request, send_reply
from .partner import Partner
from .platforms import PLATFORMS, SHAPES


class Bell:
    """Wakes whoever waits for something to have changed."""

    def __init__(self):
        self._waiting = set()

    def ring(self):
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, true, timeout):
        """Waits until true() holds.  False when that took longer than `timeout` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not true():
            future = loop.create_future()
            self._waiting.add(future)
            done, _ = await asyncio.wait([future], timeout=deadline - loop.time())
            self._waiting.discard(future)
            if not done:
                return true()
        return True


class Lines:
    """The listening sockets and open connections of each partner."""

    def __init__(self, port, tls_port, certificates):
        self.port, self.tls_port, self.certificates = port, tls_port, certificates
        self._servers, self._connections, self._contexts = {}, {}, {}
        self._next_host = len(PLATFORMS) + 1

    def new_host(self):
        """An address that nobody had: the platforms have those before, in the order of their table."""
        host = f"127.0.{1 + self._next_host // 250}.{self._next_host % 250}"
        self._next_host += 1
        return host

    async def open(self, partner):
        """Starts to listen for a partner.  OSError when its port is taken."""
        async def serve(reader, writer, secure):
            await self._serve(partner, reader, writer, secure)

        servers = [await asyncio.start_server(lambda r, w: serve(r, w, False), partner.host, self.port,
                                              limit=MAX_HEAD_BYTES, backlog=512)]
        if self.certificates:
            self._contexts.pop(partner.name, None)
            servers.append(await asyncio.start_server(lambda r, w: serve(r, w, True), partner.host, self.tls_port,
                                                      limit=MAX_HEAD_BYTES, ssl=tls.door(lambda: self._context(partner))))
        self._servers[partner.name] = servers

    def _context(self, partner):
        """Its certificate, made when the first client asks for it: few ever do."""
        if partner.name not in self._contexts:
            self.use_certificate(partner, partner.tls)
        return self._contexts[partner.name]

    async def _serve(self, partner, reader, writer, secure):
        open_ones = self._connections.setdefault(partner.name, set())
        open_ones.add(writer)
        try:
            await converse(partner.answer, reader, writer, secure)
        finally:
            open_ones.discard(writer)

    def is_open(self, partner):
        return partner.name in self._servers

    def close(self, partner):
        """Stops listening and aborts what is open."""
        for server in self._servers.pop(partner.name, []):
            server.close()
        for writer in list(self._connections.get(partner.name, ())):
            writer.transport.abort()

    async def reopen(self, partner, new_address=False):
        if new_address:
            self.close(partner)
            old = f"http://{partner.host}:{self.port}"
            partner.host = self.new_host()
            if partner.site_url == old:
                partner.site_url = f"http://{partner.host}:{self.port}"
        if not self.is_open(partner):
            await self.open(partner)

    def use_certificate(self, partner, kind):
        """New handshakes with this partner see another kind of certificate."""
        if not self.certificates:
            raise ValueError("tls: the simulator was started without --tls")
        self._contexts[partner.name] = self.certificates.context(partner.name, partner.host, partner.domain, kind)


async def converse(answer, reader, writer, secure):
    """One connection: requests are answered one after the other by `answer(request, wire)` until one side ends it."""
    wire = Wire(reader, writer)
    try:
        while not wire.over:
            request = await _next_request(reader, secure, wire)
            if request is None:
                break
            await answer(request, wire)
            if not request.keeps_alive:
                break
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.close()


async def _next_request(reader, secure, wire):
    try:
        return await read_request(reader, secure, wire.send)
    except Refusal as refusal:
        await wire.send(refusal.reply.head(Content_Length=len(refusal.reply.body)) + refusal.reply.body)
        return None


class Simulator:
    """All partners of one process.  `journal` is the file that keeps what changed them, or None."""

    def __init__(self, seed, journal=None):
        self.seed, self.journal = seed, journal
        self.bell, self.partners = Bell(), {}
        self.lines, self.dns_ports = None, None
        self.registers, self.said_of_names = registers.Registers(self.bell), {}
        self._replaying = False
        self._kept = None

    def _keep_port(self, port):
        """Takes a port of 127.0.0.1 as the control server does its own, so that no other simulator is given it; returns it."""
        self._kept = socket.create_server(("127.0.0.1", port))
        return self._kept.getsockname()[1]

    async def start(self, port, tls_port, certificates, platforms):
        """Listens; returns the port.  The partners named in `platforms` are there from the start."""
        control_server = await asyncio.start_server(lambda r, w: converse(self._answer, r, w, False), "127.0.0.1", port,
                                                    limit=MAX_HEAD_BYTES, backlog=512)
        port = control_server.sockets[0].getsockname()[1]
        if certificates:
            tls_port = self._keep_port(tls_port)
        self.lines = Lines(port, tls_port if certificates else None, certificates)
        self.registers.port = port
        self.dns_ports = await dns.serve(self.partners.values, self.said_of_names)
        for name in platforms:
            await self.create(name)
        await self._replay()
        return port

    async def create(self, name, shape=None, count=None, **options):
        """Adds a partner of a shape (by default its name is one) with `count` listings.  ValueError on nonsense."""
        shape = shape or name
        if shape not in SHAPES:
            raise ValueError(f"no such shape: {shape}; there are {sorted(SHAPES)}")
        if not isinstance(name, str) or not name.replace("-", "").isalnum():
            raise ValueError("name: letters, digits and -")
        if name in self.partners:
            raise ValueError(f"{name} is there already")
        host = f"127.0.1.{list(PLATFORMS).index(name) + 1}" if name in PLATFORMS else self.lines.new_host()
        partner = Partner(name, shape, host, self.lines.port, self.seed, self.bell, self.lines)
        _furnish(partner, options)
        partner.collection.add(SHAPES[shape].count if count is None else count)
        await self.lines.open(partner)
        self.partners[name] = partner
        return partner

    def partner(self, name):
        if name not in self.partners:
            raise ValueError(f"no such partner: {name}; there are {sorted(self.partners)}")
        return self.partners[name]

    def remove(self, name):
        self.lines.close(self.partner(name))
        del self.partners[name]

    def say_of_name(self, name, says="ok"):
        """What the name servers say of a name and of what is below it, whoever has it; null: no more than by default."""
        if says is None:
            self.said_of_names.pop(name, None)
        else:
            dns.validate(says)
            self.said_of_names[name] = says

    def names(self):
        """What may be asked for: the tables by name."""
        from .ends import ENDS
        return {"platforms": sorted(PLATFORMS), "shapes": sorted(SHAPES), "ends": sorted(ENDS),
                "verbs": {name: sorted(v.arguments) for name, v in control.VERBS.items()},
                "faults": {k.name: {"stage": k.stage, "help": k.help, "options": k.defaults} for k in FAULTS.values()}}

    def remember(self, change):
        """Writes a change to the journal, so that the next start finds it."""
        if self.journal and not self._replaying:
            with open(self.journal, "a", encoding="utf-8") as file:
                file.write(json.dumps(change, ensure_ascii=False) + "\n")

    async def _replay(self):
        if not self.journal or not pathlib.Path(self.journal).exists():
            return
        self._replaying = True
        for line in pathlib.Path(self.journal).read_text(encoding="utf-8").splitlines():
            await control.apply(self, json.loads(line))
        self._replaying = False

    async def _answer(self, request, wire):
        """What comes to 127.0.0.1: control, registers, or a partner by the name in Host."""
        if request.path.split("/")[1] == "_control":
            return await send_reply(wire, await control.handle(self, request), request)
        if request.path.split("/")[1] == registers.PREFIX:
            return await send_reply(wire, self.registers.answer(request), request)
        host = request.headers.get("host", "").partition(":")[0]
        for partner in self.partners.values():
            if host == partner.domain or host.endswith("." + partner.domain):
                return await partner.answer(request, wire)
        return await send_reply(wire, json_reply({"error": "control is under /_control"}, 404), request)


def _furnish(partner, options):
    """Settings and contents that a partner has from its creation."""
    folder, pattern = options.pop("folder", None), options.pop("pattern", "*")
    partner.set(**options)
    if folder and partner.shape == "files":
        partner.serve_folder(folder)
    elif folder:
        partner.wrap_files(folder, pattern)
