# SPDX-License-Identifier: Apache-2.0
"""A partner within the campaign's own process, which answers what it is told to and knows when it has.

    with Peer(lambda path: reply(b'{"items": []}')) as peer:
        peer.url("/x")
        peer.answered.wait(30)          set once the last byte of an answer was given away
"""
import contextlib
import socketserver
import threading

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def reply(body, content_type="application/json"):
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (content_type.encode(), len(body)) + body


class Last(bytes):
    """A reply after which the connection is closed."""


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        with contextlib.suppress(ConnectionError):  # whoever asked was killed
            while line := self.rfile.readline(65536):
                while self.rfile.readline(65536).strip():
                    pass
                wire = self.server.answer(line.split()[1].decode())
                self.wfile.write(wire or NOT_FOUND)
                if wire:
                    self.server.answered.set()
                if isinstance(wire, Last):
                    return


class Peer(socketserver.ThreadingTCPServer):
    """answer(path): a reply, head and body, or None for what is not there."""

    allow_reuse_address, daemon_threads, request_queue_size = True, True, 1000

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.answered = answer, threading.Event()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()
