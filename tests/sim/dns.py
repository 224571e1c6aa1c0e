# SPDX-License-Identifier: Apache-2.0
"""Two name servers (RFC 1035, UDP) that know the partners' domains, and the names that were set, and nothing else.

A partner's setting `dns` says what they answer for its domain and what is below: ok (its address), nxdomain, servfail,
refused, silent (no answer at all), or an address to give instead, such as that of a parking page.  "ok/nxdomain": the
first one says this, the second one that.
"""
import asyncio
import ipaddress
import struct

CODES = {"ok": 0, "servfail": 2, "nxdomain": 3, "refused": 5}
LOOPBACK = "127.0.0.1"
SERVERS = 2
_TYPE_A = 1
_TTL_S = 60


def validate(value):
    """ValueError unless it is one of the values of the setting."""
    for says in value.split("/"):
        if says not in CODES and says != "silent":
            ipaddress.IPv4Address(says)


def _question(packet):
    """(name, type, bytes of the question) of a query."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii").lower())
        at += 1 + packet[at]
    return ".".join(labels), int.from_bytes(packet[at + 1:at + 3], "big"), packet[12:at + 5]


def _says(name, partners, names):
    """(what is said of a name, the address of whoever has it)"""
    said = next((names[n] for n in names if name == n or name.endswith("." + n)), None)
    if said:
        return said, LOOPBACK
    partner = next((p for p in partners if name == p.domain or name.endswith("." + p.domain)), None)
    return (partner.dns, partner.host) if partner else ("nxdomain", None)


def answer(packet, partners, names, server):
    """The reply of server 0 or 1 to a query, or None for silence."""
    name, kind, question = _question(packet)
    says, host = _says(name, partners, names)
    says = says.split("/")[min(server, says.count("/"))]
    if says == "silent":
        return None
    code, record = CODES.get(says, 0), b""
    if code == 0 and kind == _TYPE_A:
        address = ipaddress.IPv4Address(host if says == "ok" else says)
        record = struct.pack("!HHHIH", 0xc00c, _TYPE_A, 1, _TTL_S, 4) + address.packed
    head = packet[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, 1 if record else 0, 0, 0)
    return head + question + record


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, partners, names, server):
        self.partners, self.names, self.server = partners, names, server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, address):
        try:
            reply = answer(packet, self.partners(), self.names, self.server)
        except (IndexError, ValueError):
            return  # not a query
        if reply:
            self.transport.sendto(reply, address)


async def serve(partners, names):
    """Listens on two free UDP ports of 127.0.0.1 and returns them; `partners` gives those that there are, `names` is
    name -> what is said of it and of what is below."""
    ports = []
    for server in range(SERVERS):
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda server=server: _Protocol(partners, names, server), (LOOPBACK, 0))
        ports.append(transport.get_extra_info("sockname")[1])
    return ports
