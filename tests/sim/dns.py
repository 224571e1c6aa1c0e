# SPDX-License-Identifier: Apache-2.0
"""A name server (RFC 1035, UDP) that knows the partners' domains and nothing else.

A partner's setting `dns` says what it answers for its domain and what is below: ok (its address), nxdomain, servfail,
refused, silent (no answer at all), or an address to give instead, such as that of a parking page.
"""
import asyncio
import ipaddress
import struct

CODES = {"ok": 0, "servfail": 2, "nxdomain": 3, "refused": 5}
_TYPE_A = 1
_TTL_S = 60


def validate(value):
    """ValueError unless it is one of the values of the setting."""
    if value not in CODES and value != "silent":
        ipaddress.IPv4Address(value)


def _question(packet):
    """(name, type, bytes of the question) of a query."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii").lower())
        at += 1 + packet[at]
    return ".".join(labels), int.from_bytes(packet[at + 1:at + 3], "big"), packet[12:at + 5]


def answer(packet, partners):
    """The reply to a query, or None for silence."""
    name, kind, question = _question(packet)
    partner = next((p for p in partners if name == p.domain or name.endswith("." + p.domain)), None)
    says = partner.dns if partner else "nxdomain"
    if says == "silent":
        return None
    code, record = CODES.get(says, 0), b""
    if code == 0 and kind == _TYPE_A:
        address = ipaddress.IPv4Address(partner.host if says == "ok" else says)
        record = struct.pack("!HHHIH", 0xc00c, _TYPE_A, 1, _TTL_S, 4) + address.packed
    head = packet[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, 1 if record else 0, 0, 0)
    return head + question + record


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, partners):
        self.partners = partners

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, address):
        try:
            reply = answer(packet, self.partners())
        except (IndexError, ValueError):
            return  # not a query
        if reply:
            self.transport.sendto(reply, address)


async def serve(partners):
    """Listens on a free UDP port of 127.0.0.1 and returns it; `partners` gives those that there are."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Protocol(partners), ("127.0.0.1", 0))
    return transport.get_extra_info("sockname")[1]
