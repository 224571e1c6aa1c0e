# SPDX-License-Identifier: Apache-2.0
"""However an address of this machine or of a private network is written, a partner's file does not get us there by itself."""
import base64
import contextlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest

from office import BUILD, JOB_FAILED, SLOW, environment
from rebinding import PORT, PUBLIC
from sim import canary, settings
from sim.canary import WORD

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
    counted = {row["partner"]: row["runs_blocked"] for row in office.rows("SELECT partner, runs_blocked FROM partner")}
    assert [counted[n] for n in names if n != dotted] == [1] * (len(names) - 1)


@pytest.mark.parametrize("how", ["redirect", "next-url", "link-header"])
def test_one_port_was_named(office, make, how):
    """A file allows its partner, not what else there is on the same machine."""
    partner = make("raw")
    with listener() as caught:
        target = f"http://{partner.host}:{caught.getsockname()[1]}/"
        document = json.dumps({"items": [{"id": 1, "title": "Un"}], "next": target})
        headers = {"redirect": {"Location": target}, "link-header": {"Link": f'<{target}>; rel="next"'}}.get(how)
        partner.route("/a", document, status=302 if how == "redirect" else 200, headers=headers)
        paging = {"paging": how} if how != "redirect" else {}
        name = office.add(partner, request={"url": partner.base_url + "/a"},
                          json={"items": "/items", "total": None, **paging, **({"next": "/next"} if how == "next-url" else {})})
        run = office.sync(name)
        with pytest.raises(BlockingIOError):
            caught.accept()
    assert (run["outcome"], run["error_kind"]) == ("refused" if how == "redirect" else "partial", "blocked"), run
    assert office.one("SELECT runs_blocked FROM partner") == 1
    assert office.runs(name)[-1]["detail"].endswith(f"{partner.host}: resolves to {partner.host}, a private address:"
                                                    " its file allows one for the host and port of its url alone")


NAME, OTHER = "api.tourisme.example", "www.tourisme.example"
ITEMS = json.dumps({"items": [{"id": 1, "title": "Un"}], "next": f"http://{NAME}:{PORT}/b"})
LEADING = {"/a": [302, {"Location": f"http://{OTHER}:{PORT}/b"}, ""]}
LINKING = {"/a": [200, {}, ITEMS.replace(NAME, OTHER)]}
PAGING = {"/a": [200, {}, ITEMS], "/b": [200, {}, json.dumps({"items": [{"id": 2, "title": "Deux"}]})]}
REBOUND = {  # what names say by question, pages, allow_private, outcomes of runs, who is asked
    "public": ({NAME: [PUBLIC]}, PAGING, "no", ["complete"], [PUBLIC, PUBLIC]),
    "private": ({NAME: ["127.0.0.1"]}, PAGING, "no", ["refused"], []),
    "between pages": ({NAME: [PUBLIC, "127.0.0.1"]}, PAGING, "no", ["partial"], [PUBLIC]),
    "between runs": ({NAME: [PUBLIC, PUBLIC, "169.254.169.254"]}, PAGING, "no", ["complete", "refused"], [PUBLIC] * 2),
    "redirect": ({NAME: [PUBLIC], OTHER: ["10.0.0.1"]}, LEADING, "no", ["refused"], [PUBLIC]),
    "next link": ({NAME: [PUBLIC], OTHER: ["192.168.1.1"]}, LINKING, "no", ["partial"], [PUBLIC]),
    "allowed": ({NAME: ["127.0.0.2"]}, PAGING, "yes", ["complete"], ["127.0.0.2"] * 2),
    "redirect by an allowed one": ({NAME: ["127.0.0.2"], OTHER: ["127.0.0.1"]}, LEADING, "yes", ["refused"], ["127.0.0.2"]),
    "next link of an allowed one": ({NAME: ["127.0.0.2"], OTHER: ["127.0.0.1"]}, LINKING, "yes", ["partial"], ["127.0.0.2"]),
}


def elsewhere(folder, answers, pages, command, runs=1):
    """What the command said in a network where names lead to these addresses, and who was asked for what: see rebinding.py."""
    within = ["unshare", "--map-root-user", "--mount", "--net"]
    if not shutil.which("ip") or subprocess.run([*within, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs « ip » and the right to make a network of its own (unshare --net)")
    wanted = {"answers": answers, "pages": pages, "runs": runs, "command": list(map(str, command))}
    done = subprocess.run([*within, sys.executable, pathlib.Path(__file__).with_name("rebinding.py"), folder],
                          input=json.dumps(wanted), capture_output=True, encoding="utf-8", env=environment(),
                          timeout=60 * SLOW, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return [json.loads(output) for output in told["output"]], told["served"]


@pytest.mark.parametrize("case", REBOUND)
def test_names_that_lead_elsewhere(office, make, tmp_path, case):
    """The address counts to which a connection is made, whatever the name said before."""
    answers, pages, allowed, outcomes, asked = REBOUND[case]
    name = office.add(make("raw"), request={"url": f"http://{NAME}:{PORT}/a", "allow_private": allowed, "conditional": "no"},
                      json={"items": "/items", "paging": "next-url", "next": "/next", "total": None})
    output, served = elsewhere(tmp_path, answers, pages, [BUILD / "vigie", "-c", office.file, "sync", "--json", name], len(outcomes))
    runs = [run for run, in output]
    assert [r["outcome"] for r in runs] == outcomes, runs
    assert [address for address, *_ in served] == asked
    assert office.one("SELECT runs_blocked FROM partner") == (outcomes[-1] != "complete"), "it is counted"
    if outcomes[-1] != "complete":
        blamed, address = (OTHER, answers[OTHER][-1]) if OTHER in answers else (NAME, answers[NAME][-1])
        assert runs[-1]["error_kind"] == "blocked" and f"{blamed}: resolves to {address}, a private" in runs[-1]["detail"]


KEY, TOKEN = f"{WORD}-clef", f"{WORD}-jeton"
ENTRY = base64.b64encode(KEY.encode()).decode()
HELD = {  # what a file says, and how it looks where it belongs
    "header": ({"request": {"header.X-Key": KEY}}, KEY),
    "basic": ({"request": {"header.Authorization": f"Basic {ENTRY}"}}, f"Basic {ENTRY}"),
    "query": ({"request": {"query.key": KEY}}, f"key={KEY}"),
    "path": ({"request": {"url": f"http://{NAME}:{PORT}/path/{{key}}", "query.key": KEY}}, KEY),
    "oauth2": ({"oauth": {"token_url": f"http://{NAME}:{PORT}/token", "client_id": "office", "client_secret": KEY}}, f"Bearer {TOKEN}"),
}


def leading(name):
    """A redirect to another host of the domain; from there to the next page by a relative link, back to the first host, and away."""
    def page(number, link):
        return [200, {}, json.dumps({"items": [{"id": number, "title": "Un"}], "next": link})]
    echo = f"key={KEY}&" if name == "query" else ""
    return {first_page(name): [302, {"Location": f"http://{OTHER}:{PORT}/{name}/1?{echo}clear=1"}, ""],
            f"/{name}/1": page(1, f"/{name}/2"), f"/{name}/2": page(2, f"http://{NAME}:{PORT}/{name}/3"),
            f"/{name}/3": page(3, f"http://{OTHER}:{PORT}/{name}/4"), f"/{name}/4": page(4, None)}


def first_page(name):
    return f"/path/{KEY}" if name == "path" else f"/{name}"


def test_a_secret_stays_with_its_host(office, make, tmp_path):
    """It is for the host of the url that the file names: others of the partner's domain are asked, and get none."""
    pages = {"/token": [200, {}, json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})],
             "/lost": [302, {"Location": f"http://{OTHER}:{PORT}/locked"}, ""], "/locked": [401, {}, ""]}
    for name, (sections, _) in HELD.items():
        pages |= leading(name)
        office.add(make("raw"), name, json={"items": "/items", "paging": "next-url", "next": "/next", "total": None},
                   **settings.merge({"request": {"url": f"http://{NAME}:{PORT}/{name}", "allow_private": "no"}}, **sections))
    office.add(make("raw"), "lost", request={"url": f"http://{NAME}:{PORT}/lost", "allow_private": "no", "header.X-Key": KEY})
    (runs,), served = elsewhere(tmp_path, {NAME: [PUBLIC], OTHER: [PUBLIC]}, pages,
                                [BUILD / "vigie", "-c", office.file, "sync", "--json", *HELD, "lost"])
    said = {run["partner"]: run for run in runs}
    assert {name: said[name]["outcome"] for name in HELD} == dict.fromkeys(HELD, "complete"), said
    assert (said["lost"]["error_kind"], "another host than that of its url" in said["lost"]["detail"]) == ("auth", True)
    asked = {what.partition("?")[0]: [what, *headers.values()] for _, what, headers in served}
    for name, (_, shown) in HELD.items():
        for page, host in enumerate((NAME, OTHER, OTHER, NAME, OTHER)):
            sent = " ".join(asked[f"{host} /{name}/{page}" if page else f"{host} {first_page(name)}"])
            assert (shown in sent) == (host == NAME) and bool(canary.traces(sent.encode())) == (host == NAME), (name, page, sent)
    assert "clear=1" in asked[f"{OTHER} /query/1"][0]
