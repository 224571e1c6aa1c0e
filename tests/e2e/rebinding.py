# SPDX-License-Identifier: Apache-2.0
"""Names that lead elsewhere than they did, in a network of its own: run by test_ssrf.py within new namespaces.

    unshare --map-root-user --mount --net python3 rebinding.py FOLDER < CASE

CASE, in JSON: command (each is one run), answers (name -> addresses by question, the last one again and again), pages
(path -> [status, headers, body]).  Prints {"served": [[address, "host path", headers], …], "output": […]}: who was asked for
what, and what the command said.
"""
import collections
import http.server
import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading

PUBLIC = "9.9.9.9"  # of this network alone
PORT = 8080


def answer(packet, says, asked):
    """The reply to a query for an address of version 4; others get none."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    name, kind, question = ".".join(labels), int.from_bytes(packet[at + 1:at + 3], "big"), packet[12:at + 5]
    record = b""
    if kind == 1 and name in says:
        address = says[name][min(asked[name], len(says[name]) - 1)]
        asked[name] += 1
        record = struct.pack("!HHHIH", 0xc00c, 1, 1, 0, 4) + socket.inet_aton(address)
    return packet[:2] + struct.pack("!HHHHH", 0x8580, 1, bool(record), 0, 0) + question + record


def resolve(says):
    server, asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), collections.Counter()
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            packet, client = server.recvfrom(4096)
            server.sendto(answer(packet, says, asked), client)
    threading.Thread(target=serve, daemon=True).start()


def listen(pages):
    """One server on all addresses; each connection serves one request, so that each is looked up."""
    served = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            name = self.headers["Host"].partition(":")[0]
            served.append((self.connection.getsockname()[0], f"{name} {self.path}", dict(self.headers)))
            status, headers, body = pages.get(self.path.partition("?")[0], [404, {}, ""])
            self.send_response(status)
            for field in headers.items():
                self.send_header(*field)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, *words):
            pass
    server = http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return served


def main():
    case, folder = json.load(sys.stdin), pathlib.Path(sys.argv[1])
    for name, text in (("resolv.conf", "nameserver 127.0.0.1\n"), ("nsswitch.conf", "hosts: dns\n")):
        (folder / name).write_text(text, encoding="ascii")
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", PUBLIC + "/32", "dev", "lo"], check=True)
    resolve(case["answers"])
    served = listen(case["pages"])
    output = [subprocess.run(case["command"], capture_output=True, encoding="utf-8", check=False, timeout=60).stdout
              for _ in range(case["runs"])]
    print(json.dumps({"served": served, "output": output}))


if __name__ == "__main__":
    main()
