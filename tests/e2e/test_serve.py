# SPDX-License-Identifier: Apache-2.0
"""The HTTP server itself: methods, problems, caching, and visitors who want to harm."""
import http.client
import json
import os
import re
import socket
import time

import pytest

from office import SLOW, wait_until
from sim import canary


@pytest.fixture
def served(office):
    """The service, and where it listens."""
    with office.daemon_served() as vigied:
        yield vigied


def ask(served, target="/livez", method="GET", body=None, **headers):
    """(status, headers, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20 * SLOW)
    connection.request(method, target, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    with answer:
        body = answer.read()
    canary.absent(str(answer.headers), body, of=target)
    return answer.status, answer.headers, body


def raw(served, data, timeout=20):
    """What comes back of bytes that are sent as they are, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", served.port), timeout) as s:
        s.sendall(data)
        got = b""
        while piece := s.recv(65536):
            got += piece
        return got


def test_methods(served):
    status, headers, body = ask(served)
    assert (status, body) == (200, b"alive\n") and headers["Content-Type"].startswith("text/plain")
    status, headers, body = ask(served, method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", "6")
    status, headers, body = ask(served, method="OPTIONS")
    assert (status, body, headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        status, headers, body = ask(served, method=method, body=b"{}")
        assert status == 405 and headers["Allow"] == "GET, HEAD, OPTIONS", method


def test_problems_are_json_for_programs(served):
    status, headers, body = ask(served, "/nowhere")
    assert status == 404 and headers["Content-Type"] == "application/problem+json"
    problem = json.loads(body)
    assert problem["status"] == 404 and problem["code"] == "not-found" and problem["description"] == problem["detail"]
    status, headers, body = ask(served, "/livez?nonsense=1")
    assert status == 400 and json.loads(body)["code"] == "query-param-unknown"
    assert headers["Cache-Control"] == "no-cache" and "ETag" not in headers


def test_a_connection_is_kept(served):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20 * SLOW)
    for target in ("/livez", "/nowhere", "/livez"):
        connection.request("GET", target)
        first = connection.sock
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_what_is_kept_is_told_by_its_etag(served):
    status, headers, body = ask(served, "/assets/vigie.css")
    assert status == 200 and re.fullmatch(r'W/"[0-9a-f]{16}"', headers["ETag"])
    again = ask(served, "/assets/vigie.css", If_None_Match=f'"x", {headers["ETag"]}')
    assert again[0] == 304 and again[2] == b"" and again[1]["ETag"] == headers["ETag"]
    assert ask(served, "/assets/vigie.css", If_None_Match='W/"0"')[0] == 200


def test_headers_that_are_too_long(served):
    got = raw(served, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n")
    assert b" 400 " in got.split(b"\r\n")[0] or got == b""
    assert ask(served)[0] == 200


def test_a_body_that_is_too_long(served):
    got = raw(served, b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n" + b"a" * 100)
    assert b" 413 " in got.split(b"\r\n")[0] or got == b""
    assert ask(served)[0] == 200


@pytest.mark.parametrize("data", [b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /%zz%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                  b"GET http://other/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                                  b"POST /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])
def test_what_is_no_request(served, data):
    with socket.create_connection(("127.0.0.1", served.port), 20) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    assert ask(served)[0] == 200


def test_connections_over_the_limit(office):
    office.configure(serve={"max_connections": 3})
    with office.daemon_served() as served:
        held = [socket.create_connection(("127.0.0.1", served.port), 20) for _ in range(12)]
        late = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20 * SLOW)
        late.request("GET", "/livez")  # those who are silent longest make room
        assert late.getresponse().status == 200
        late.close()
        for s in held:
            s.close()


def test_a_host_that_is_no_host_is_not_repeated(served):
    for host in ("<script>", "a b", "evil.example/x?", "h\tx"):
        _, headers, body = ask(served, "/livez", Host=host)
        assert host not in str(headers) and host.encode() not in body


def test_only_by_names_of_ours(office):
    """The page of another site whose name leads to this machine (DNS rebinding) reads nothing, whatever it asks for."""
    office.configure(serve={"url": "https://vigie.office.example:8443/vigie"})
    with office.daemon_served() as served:
        for host in ("127.0.0.1", f"127.0.0.1:{served.port}", "[::1]:8047", "localhost:8047", "vigie.localhost", "LOCALHOST",
                     "vigie.office.example", "Vigie.Office.Example:443"):
            assert ask(served, "/livez", Host=host)[0] == 200, host
        for host in ("evil.example", f"evil.example:{served.port}", "vigie.office.example.evil.example", "127.0.0.1.evil.example",
                     "localhost.evil.example", "office.example", "1.evil"):
            for method, target in (("GET", "/"), ("GET", "/partners/boats"), ("GET", "/metrics"), ("GET", "/events"), ("OPTIONS", "/"),
                                   ("POST", "/partners/boats/answer")):
                status, headers, body = ask(served, target, method, Host=host, Accept="application/json")
                assert status == 421 and json.loads(body)["code"] == "host-unknown" and "[serve] url" in json.loads(body)["detail"], host
                assert "Access-Control-Allow-Origin" not in headers


def test_pages_are_for_people_who_come(served):
    """What other sites' pages may read in a browser is data: no partner's sheet, nor the page that says how partners are."""
    for target in ("/", "/partners/boats", "/listings", "/collections/all/items", "/nowhere"):
        assert "Access-Control-Allow-Origin" not in ask(served, target, Accept="text/html")[1], target
    for target in ("/", "/collections/all/items", "/rpde", "/changes", "/api"):
        assert ask(served, target)[1]["Access-Control-Allow-Origin"] == "*", target
    assert "Access-Control-Allow-Origin" not in ask(served, "/partners/boats")[1]


@pytest.mark.parametrize("target, age", [("/rpde", "public, max-age=8"), ("/assets/vigie.css", "public, max-age=3600"), ("/api", "no-cache")])
def test_not_modified_says_what_the_answer_said(served, target, age):
    status, headers, _ = ask(served, target)
    assert (status, headers["Cache-Control"]) == (200, age)
    status, again, _ = ask(served, target, If_None_Match=headers["ETag"])
    assert (status, again["Cache-Control"], again["ETag"]) == (304, age, headers["ETag"])
    assert ask(served, "/assets/nothing.css")[1]["Cache-Control"] == "no-cache", "what is not there may come"


def test_settings_are_seen_at_once(office):
    """What was kept of an answer is not confirmed after a restart with other settings."""
    with office.daemon_served() as served:
        _, headers, _ = ask(served, "/rpde", Host="localhost")
    office.configure(serve={"license": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"})
    with office.daemon_served() as served:
        status, _, body = ask(served, "/rpde", Host="localhost", If_None_Match=headers["ETag"])
    assert status == 200 and "etalab" in json.loads(body)["license"]


def test_nothing_is_described_twice(served):
    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)
    json.loads(ask(served, "/api")[2], object_pairs_hook=once)


def test_a_unix_socket(office, tmp_path_factory):
    path = f"/tmp/vigie-{os.getpid()}.sock"
    office.configure(serve={"listen": f"unix:{path}"})
    for _ in range(2):  # what a process that was killed left behind is no hindrance
        with office.daemon() as vigied:
            vigied.wait_log(f"served at unix:{re.escape(path)}")
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(path)
                s.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert s.recv(65536).startswith(b"HTTP/1.1 200")
            vigied.kill()
    os.unlink(path)


def test_a_port_that_is_taken_does_not_stop_the_lookout(office):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        office.configure(serve={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        with office.daemon() as vigied:
            assert "the catalogue is not served: cannot listen on 127.0.0.1:" in vigied.log()


@pytest.mark.parametrize("listen, text", [
    ("0.0.0.0:8047", "is not on this machine"), ("8047", "is no address with a port"), ("[::2]:80", "is not on this machine"),
    ("127.0.0.1:70000", "is no address with a port"), ("unix:relative", "a path that starts with /"),
    ("example.org:80", "is no address with a port")])
def test_addresses_that_are_not_taken(office, listen, text):
    office.configure(serve={"listen": listen})
    assert office.vigie("check-config").returncode == 2
    assert text in office.last.stderr + office.last.stdout


def test_it_stops_at_once_with_visitors_who_hold_on(office):
    with office.daemon_served() as served:
        held = [socket.create_connection(("127.0.0.1", served.port), 20) for _ in range(20)]
        for s in held[::2]:
            s.sendall(b"GET /livez HT")
        begin = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - begin < 5
        for s in held:
            s.close()


def test_descriptors_are_given_back(served):
    def descriptors():
        return len(os.listdir(f"/proc/{served.process.pid}/fd"))
    ask(served)
    before = descriptors()
    for _ in range(50):
        ask(served)
        raw(served, b"GET /livez HTTP/1.0\r\n\r\n")
    # A hundred connections; the index may have been opened meanwhile.
    wait_until(lambda: descriptors() <= before + 10, "connections are closed")
