# SPDX-License-Identifier: Apache-2.0
"""However an address of this machine or of a private network is written, a partner's file does not get us there by itself."""
import contextlib
import socket

import pytest

from office import JOB_FAILED

LISTENING = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "localhost", "localhost.", "LOCALHOST", "0.0.0.0", "0",
             "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::]"]
ELSEWHERE = ["169.254.169.254", "2852039166", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1",
             "[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:a9fe:a9fe]"]


@contextlib.contextmanager
def listener():
    """A port of this machine on which nobody may call, whatever the address."""
    with socket.socket(socket.AF_INET6) as s:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", 0))
        s.listen()
        s.setblocking(False)
        yield s


@pytest.mark.parametrize("proxy", [False, True], ids=["direct", "proxy"])
def test_spelled_in_any_way(office, make, proxy):
    partner = make(count=1)
    with listener() as caught:
        port = caught.getsockname()[1]
        names = [office.add(partner, f"p{i}", request={"url": f"http://{host}:{port}/latest/meta-data", "allow_private": "no"})
                 for i, host in enumerate(LISTENING + ELSEWHERE)]
        env = {v: f"http://127.0.0.1:{port}" for v in ("http_proxy", "ALL_PROXY", "all_proxy")} if proxy else {}
        done = office.vigie("sync", *names, **env)
        assert done.returncode == JOB_FAILED, done
        with pytest.raises(BlockingIOError):
            caught.accept()
    said = {n: [(r["outcome"], r["error_kind"]) for r in office.runs(n)] for n in names}
    # Resolvers differ in whether there is such a name.
    dotted = f"p{LISTENING.index('localhost.')}"
    assert said.pop(dotted) in ([("refused", "blocked")], [("failed", "dns")])
    assert said == {n: [("refused", "blocked")] for n in names if n != dotted}
