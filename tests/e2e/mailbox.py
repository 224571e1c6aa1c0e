# SPDX-License-Identifier: Apache-2.0
"""A real mail server (aiosmtpd) on loopback whose mood can be changed, and the mails that it took.

    with Mailbox() as post:
        office.configure(mail=post.settings(to="accueil@office.example"))
        mail = post.wait(lambda m: "Yescapa" in m["Subject"])
        post.mood = "refusing"          good, later (451), refusing (550), dropping (after DATA), stalling, down
"""
import asyncio
import email
import email.policy
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from office import wait_until


class _Handler:
    def __init__(self, box):
        self.box = box

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.box.mood == "later":
            return "451 4.7.1 Greylisted, try again later"
        if self.box.mood == "refusing":
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.box.attempts += 1
        if self.box.mood == "stalling":
            await self.box.released()
        if self.box.mood == "dropping":
            server.transport.abort()
            return "421 gone"
        self.box.keep(envelope)
        return "250 2.0.0 taken"


class _Controller(Controller):
    def __init__(self, box, port):
        super().__init__(_Handler(box), hostname="127.0.0.1", port=port)

    def factory(self):
        return SMTP(self.handler, hostname="post.example", enable_SMTPUTF8=True)


class Mailbox:
    def __init__(self):
        self.mails, self.mood, self.attempts = [], "good", 0
        self._news = threading.Condition()
        self._controller, self.port = None, 0

    def start(self):
        self._controller = _Controller(self, self.port)
        if not self.port:  # Controller asks port 0 of itself when it starts: find a free one first
            import socket
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            self._controller = _Controller(self, self.port)
        self._controller.start()
        return self

    def stop(self):
        if self._controller:
            self._controller.stop()
        self._controller = None

    __enter__ = start

    def __exit__(self, *error):
        self.stop()

    async def released(self):
        while self.mood == "stalling":
            await asyncio.sleep(0.02)

    def keep(self, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail.rcpt = list(envelope.rcpt_tos)
        with self._news:
            self.mails.append(mail)
            self._news.notify_all()

    def settings(self, to="accueil@office.example", **more):
        """The [mail] section that leads here."""
        return {"server": f"smtp://127.0.0.1:{self.port}", "tls": "never", "from": "vigie@office.example", "to": to, **more}

    def find(self, condition):
        with self._news:
            return [m for m in self.mails if condition(m)]

    def wait(self, condition, n=1, timeout=30):
        """The mails for which condition(mail) is true, once there are n."""
        return wait_until(lambda: len(found := self.find(condition)) >= n and found, "a mail", timeout)


def text(mail):
    return mail.get_body(("plain",)).get_content()


def html(mail):
    return mail.get_body(("html",)).get_content()
