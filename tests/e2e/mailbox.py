# SPDX-License-Identifier: Apache-2.0
"""A real mail server (aiosmtpd) on loopback whose mood can be changed, and the mails that it took.

    with Mailbox() as post:
        office.configure(mail=post.settings(to="accueil@office.example"))
        mail = post.wait(lambda m: "Yescapa" in m["Subject"])
        post.mood = "refusing"          good, later (451), refusing (550), dropping (after DATA)
        post.refused = {"nuit@office.example"}      550 for these alone
        post.stall("RCPT", "end")       the next connection waits there, the one after it there: wait_stalled(), release()
        post.at("DATA", daemon.kill)    called once when somebody gets there
        post.stop(); post.start()       down, and up again on the same port

Places of a dialogue: greeting EHLO MAIL RCPT DATA end (after the last dot) taken (kept, the answer not sent yet) QUIT.
"""
import asyncio
import collections
import email
import email.policy
import re
import socket
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from office import wait_until
from sim import canary

PLACES = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end", "taken", "QUIT")


class _Server(SMTP):
    """Tells the mailbox where the dialogue is."""

    async def _handle_client(self):
        self.stalls_at = self.event_handler.box.arrival()
        await self._pass("greeting")
        await super()._handle_client()

    async def _pass(self, place):
        await self.event_handler.box.pass_by(place, self.stalls_at)

    async def smtp_EHLO(self, name):
        await self._pass("EHLO")
        await super().smtp_EHLO(name)

    async def smtp_MAIL(self, words):
        await self._pass("MAIL")
        await super().smtp_MAIL(words)

    async def smtp_RCPT(self, words):
        await self._pass("RCPT")
        await super().smtp_RCPT(words)

    async def smtp_DATA(self, words):
        await self._pass("DATA")
        await super().smtp_DATA(words)

    async def smtp_QUIT(self, words):
        await self._pass("QUIT")
        await super().smtp_QUIT(words)


class _Handler:
    def __init__(self, box):
        self.box = box

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.box.asked[address] += 1
        if self.box.mood == "later":
            return "451 4.7.1 Greylisted, try again later"
        if self.box.mood == "refusing" or address in self.box.refused:
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.box.attempts += 1
        await server._pass("end")
        if self.box.mood == "dropping":
            self.box.lost.append(parse(envelope))
            server.transport.abort()
            return "421 gone"
        self.box.keep(envelope)
        await server._pass("taken")
        return "250 2.0.0 taken"


class _Controller(Controller):
    def __init__(self, box, port, **options):
        self._options = options
        super().__init__(_Handler(box), hostname="127.0.0.1", port=port)

    def factory(self):
        return _Server(self.handler, hostname="post.example", enable_SMTPUTF8=True, **self._options)


def parse(envelope):
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    mail.rcpt = list(envelope.rcpt_tos)
    return mail


class Mailbox:
    """tls: an ssl.SSLContext, then STARTTLS is required; login: (name, password), then they are."""

    def __init__(self, tls=None, login=None):
        self.mails, self.lost, self.mood, self.refused = [], [], "good", set()
        self.attempts, self.asked, self.connections = 0, collections.Counter(), 0
        self._news = threading.Condition()
        self._stalls, self._stalled, self._calls, self._free = collections.deque(), [], {}, False
        self._options = {"tls_context": tls, "require_starttls": tls is not None}
        if login:
            self._options.update(auth_required=True, authenticator=self._authenticator(login))
        self._controller = None
        # Bound without listening: the port stays ours while the server is down.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))
        self.port = self._port.getsockname()[1]

    @staticmethod
    def _authenticator(login):
        def check(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == tuple(word.encode() for word in login)
            return AuthResult(success=good, handled=good)
        return check

    def start(self):
        self._controller = _Controller(self, self.port, **self._options)
        self._controller.start()
        return self

    def stop(self):
        if self._controller:
            self._controller.stop()
        self._controller = None

    __enter__ = start

    def __exit__(self, *error):
        self.stop()
        self._port.close()
        for mail in self.mails + self.lost:
            canary.absent(bytes(mail), text(mail), html(mail), of="a mail")

    # ---- places

    def stall(self, *places):
        self._stalls.extend(places)
        self._free = False

    def wait_stalled(self, timeout=30):
        """Returns the place where somebody waits."""
        return wait_until(lambda: self._stalled and self._stalled[0], "nobody waits", timeout)

    def release(self):
        """Whoever waits goes on."""
        self._stalled.clear()

    def unstall(self):
        """Nobody waits any more, nor will, wherever on the way."""
        self._free = True
        self._stalls.clear()
        self._stalled.clear()

    def is_up(self):
        return self._controller is not None

    def at(self, place, call):
        self._calls[place] = call

    def arrival(self):
        self.connections += 1
        return self._stalls.popleft() if self._stalls else None

    async def pass_by(self, place, stalls_at):
        if place in self._calls:
            self._calls.pop(place)()
        if place == stalls_at and not self._free:
            self._stalled.append(place)
            while place in self._stalled:
                await asyncio.sleep(0.01)

    # ---- mails

    def keep(self, envelope):
        with self._news:
            self.mails.append(parse(envelope))
            self._news.notify_all()

    def settings(self, to="accueil@office.example", **more):
        """The [mail] section that leads here."""
        return {"server": f"smtp://127.0.0.1:{self.port}", "tls": "never", "from": "vigie@office.example", "to": to, **more}

    def find(self, condition):
        with self._news:
            return [m for m in self.mails if condition(m)]

    def to(self, address):
        return self.find(lambda m: m.rcpt == [address])

    def wait(self, condition, n=1, timeout=30):
        """The mails for which condition(mail) is true, once there are n."""
        return wait_until(lambda: len(found := self.find(condition)) >= n and found, "a mail", timeout)


def text(mail):
    return mail.get_body(("plain",)).get_content()


def html(mail):
    return mail.get_body(("html",)).get_content()


def links(mail):
    return re.findall(r'href="([^"]*)"', html(mail))
