# SPDX-License-Identifier: Apache-2.0
"""A real receiver of webhooks on loopback whose mood can be changed, and what it was sent.

    with Receiver() as receiver:
        receiver.hook(office, "site", events="listing.added")      writes hooks.d/site.conf and its secret
        receiver.wait(3)                                            events that were taken, once there are so many
        receiver.mood = answer(503, {"Retry-After": "60"})          or a function of the request
        receiver.hold(); receiver.wait_held(); receiver.release()   does not answer meanwhile
        receiver.at_next(daemon.kill)                               called when the next request is read, before its answer
        receiver.stop(); receiver.start()                           down, and up again on the same port
"""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import secrets
import socket
import threading

from office import wait_until
from sim import canary, settings

Request = collections.namedtuple("Request", "path headers body taken")


def answer(status, headers=None, body=b""):
    return lambda request: (status, headers or {}, body)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = Request(self.path, dict((k.lower(), v) for k, v in self.headers.items()), body, [])
        status, headers, words = receiver.take(request)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(words)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(words)

    def do_GET(self):
        self.server.receiver.visits.append(self.path)
        self.send_error(404)

    def log_message(self, *words):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass  # vigied was killed


class Receiver:
    def __init__(self):
        self.requests, self.visits, self.mood = [], [], answer(204)
        self.key = secrets.token_bytes(8) + canary.WORD.encode() + secrets.token_bytes(8)
        self._open, self._held, self._calls, self._server = threading.Event(), [], [], None
        self._open.set()
        # Bound without listening: the port stays ours while the server is down.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))
        self.port = self._port.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def start(self):
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.receiver = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    __enter__ = start

    def __exit__(self, *error):
        self.release()
        self.stop()
        self._port.close()
        for request in self.requests:
            canary.absent(request.path, str(request.headers), request.body, of="a hook")

    @property
    def secret(self):
        return "whsec_" + base64.b64encode(self.key).decode()

    def hook(self, office, name, **keys):
        """Writes the hook's file; its secret lies beside it."""
        credential = office.folder / "credentials" / f"hook-{name}"
        credential.parent.mkdir(exist_ok=True)
        credential.unlink(missing_ok=True)
        credential.touch(mode=0o600)
        credential.write_text(self.secret + "\n")
        folder = office.folder / "hooks.d"
        folder.mkdir(exist_ok=True)
        hook = {"hook": {"url": self.url, "secret": f"credential:hook-{name}", "allow_private": "yes", **keys}}
        (folder / f"{name}.conf").write_text(settings.text({"hook": {k: v for k, v in hook["hook"].items() if v is not None}}))
        return name

    # ---- what happens to a request

    def take(self, request):
        if self._calls:
            self._calls.pop(0)()
        self._held.append(request)
        self._open.wait(60)
        self._held.remove(request)
        status, headers, body = self.mood(request)
        if 200 <= status < 300:
            request.taken.append(True)
        self.requests.append(request)
        return status, headers, body

    def hold(self):
        self._open.clear()

    def wait_held(self):
        wait_until(lambda: self._held, "a request")

    def held(self):
        return len(self._held)

    def release(self):
        self._open.set()

    def at_next(self, call):
        self._calls.append(call)

    # ---- what came

    def events(self, *types):
        """Events that were taken, in order, each time that they were."""
        found = []
        for request in list(self.requests):
            body = json.loads(request.body)
            if request.taken:
                found += body if isinstance(body, list) else [body]
        return [e for e in found if not types or e["type"] in types]

    def wait(self, n, *types, timeout=30):
        return wait_until(lambda: len(found := self.events(*types)) >= n and found, f"{n} events", timeout)

    def wait_requests(self, n, timeout=30):
        return wait_until(lambda: len(self.requests) >= n and list(self.requests), f"{n} requests", timeout)

    def signed(self, request):
        """Whether a signature of it is right."""
        head = request.headers
        content = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + request.body
        mine = "v1," + base64.b64encode(hmac.new(self.key, content, hashlib.sha256).digest()).decode()
        return mine in head["webhook-signature"].split(" ")
