# SPDX-License-Identifier: Apache-2.0
"""10,000 partners on 10,000 addresses that answer 304: polls a second, beside what else polls.

vigied lets time pass ten times as fast (--speed 10): at an interval of a second 10,000 partners ask for 100,000
polls a second, so that it is vigied that decides how many there are.  Then the same with TLS, verified, a new
connection for each: names under localhost, which libcurl knows to be this machine, share one certificate.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import time
import types
import urllib.request

from harness import (BUILD, HERE, Failed, Office, Promises, cpu_seconds, free_port, generate, measure, median, need, nginx,
                     running, say, spread, status_kib, table, thousands, wait_until)

SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"
ETAG = '"vigie-bench"'
FEED = f"""location / {{ etag off; if_modified_since off; add_header ETag '{ETAG}'; add_header Last-Modified '';
    if ($http_if_none_match) {{ return 304; }} }}"""


def addresses(n):
    return [f"127.1.{i // 250}.{i % 250 + 1}" for i in range(n)]


def of_daemon(office, seconds, partners):
    """Lets vigied run until every partner was polled, then counts the runs of `seconds` seconds."""
    office.fresh()
    with office.daemon("--speed", 10) as vigied:
        pid = vigied.process.pid
        wait_until(lambda: office.count("SELECT count(*) FROM run") >= 2 * partners, "two polls of each", 300)
        first, cpu, start = office.count("SELECT max(run) FROM runs"), cpu_seconds(pid), time.monotonic()
        time.sleep(seconds)
        last, cpu, wall = office.count("SELECT max(run) FROM runs"), cpu_seconds(pid) - cpu, time.monotonic() - start
        peak = status_kib(pid, "VmHWM")
        vigied.kill()
    wrong = office.count(f"SELECT count(*) FROM runs WHERE run > {first} AND http_status IS NOT 304")
    need(wrong == 0, f"vigied: {wrong} polls were not answered 304")
    return types.SimpleNamespace(rate=(last - first) / wall, cpu_rate=(last - first) / cpu, peak_kib=peak)


def of_command(office, partners):
    """`vigie sync --all`, when all have answered before."""
    if not office.catalogue.exists():
        measure(office.command("sync", "--all"), office.folder / "log")
    used = measure(office.command("sync", "--all"), office.folder / "log")
    return types.SimpleNamespace(rate=partners / used.wall_s, cpu_rate=partners / used.cpu_s, peak_kib=used.peak_kib)


def of_curl(folder, port, hosts):
    config = folder / "curl.conf"
    if not config.exists():
        config.write_text(f'header = "If-None-Match: {ETAG.replace(chr(34), chr(92) + chr(34))}"\n' + "".join(
            f'url = "http://{host}:{port}/1.json"\noutput = /dev/null\n' for host in hosts), encoding="utf-8")
    used = measure(["curl", "-sfZ", "-w", "%{http_code}\n", "-K", config], folder / "curl.log")
    need(used.output.count("304") == len(hosts), "curl -Z was not answered 304 each time")
    return types.SimpleNamespace(rate=len(hosts) / used.wall_s, cpu_rate=len(hosts) / used.cpu_s, peak_kib=used.peak_kib)


# ---- prometheus-blackbox-exporter, asked by wrk

BLACKBOX = f"""modules:
  unchanged:
    prober: http
    timeout: 10s
    http:
      headers: {{ If-None-Match: '{ETAG}' }}
      valid_status_codes: [304]
      preferred_ip_protocol: ip4
"""


@contextlib.contextmanager
def blackbox(folder, port, hosts):
    """The exporter; gives a function that has it probe for so many seconds."""
    own = free_port()
    (folder / "blackbox.yml").write_text(BLACKBOX, encoding="utf-8")
    (folder / "targets.lua").write_text(
        "local targets = {" + ",".join(f'"{host}"' for host in hosts) + "}\nlocal i = 0\n"
        "request = function()\n  i = i % #targets + 1\n"
        f"  return wrk.format('GET', '/probe?module=unchanged&target=http://' .. targets[i] .. ':{port}/1.json')\nend\n",
        encoding="utf-8")
    command = ["prometheus-blackbox-exporter", f"--config.file={folder}/blackbox.yml", f"--web.listen-address=127.0.0.1:{own}",
               "--log.level=error"]
    with running(command, own, folder / "blackbox.log") as exporter:
        probe = f"http://127.0.0.1:{own}/probe?module=unchanged&target=http://{hosts[0]}:{port}/1.json"
        with urllib.request.urlopen(probe) as answer:
            need(b"\nprobe_success 1\n" in answer.read(), "blackbox_exporter does not take 304 for success")

        def probes(seconds):
            cpu = cpu_seconds(exporter.pid)
            used = measure(["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", folder / "targets.lua", f"http://127.0.0.1:{own}"],
                           folder / "wrk.log")
            need("Non-2xx" not in used.output, used.output)
            done = int(used.output.partition(" requests in ")[0].split()[-1])
            cpu = cpu_seconds(exporter.pid) - cpu
            return types.SimpleNamespace(rate=done / used.wall_s, cpu_rate=done / cpu, peak_kib=status_kib(exporter.pid, "VmHWM"))
        yield probes


# ---- tables

def show(title, used):
    table(title, ["what", "polls/s", "/s of CPU", "peak MiB"], [
        (name, spread([u.rate for u in values], "{:,.0f}"), thousands(median([u.cpu_rate for u in values])),
         f"{median([u.peak_kib for u in values]) / 1024:.0f}") for name, values in used.items()])


def beside(promises, used, ours, peers, least):
    best = median([u.rate for u in used[ours]])
    for peer in peers:
        promises.at_least(f"{ours}, beside {peer}", best / median([u.rate for u in used[peer]]), least)


def rounds(bench, contenders):
    used = {name: [] for name in contenders}
    for number in range(bench.rounds):
        for name, go in contenders.items():
            say(f"round {number + 1}: {name}")
            used[name].append(go())
    return used


# ---- the two halves

def plain(bench, promises):
    partners, seconds = (500, 3) if bench.quick else (10_000, 10)
    hosts = addresses(partners)
    folder = bench.folder
    office = Office(folder / "office", fetch={"max_active": 1000})
    command_office = Office(folder / "command")
    with nginx(folder / "site", f"listen 0.0.0.0:PORT backlog=4096; {FEED}") as port:
        for i, host in enumerate(hosts):
            for o in (office, command_office):
                o.add(f"p{i}", f"http://{host}:{port}/1.json", "1s")
        with blackbox(folder, port, hosts) as probes:
            used = rounds(bench, {
                "vigied": lambda: of_daemon(office, seconds, partners),
                "vigie sync --all": lambda: of_command(command_office, partners),
                "curl -Z": lambda: of_curl(folder, port, hosts),
                "blackbox_exporter": lambda: probes(seconds),
            })
    show(f"Polls of {partners:,} partners on as many addresses, answered 304", used)
    beside(promises, used, "vigied", ("curl -Z", "blackbox_exporter"), 8)


def certificates(folder):
    """An authority of our own, a certificate for *.partners.localhost, and a bundle of all that is trusted."""
    def openssl(*words):
        done = subprocess.run(["openssl", *map(str, words)], cwd=folder, capture_output=True, encoding="utf-8")
        need(done.returncode == 0, done.stderr)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30)
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Vigie bench")
    openssl("req", *curve[:-2], "-keyout", "site.key", "-out", "site.csr", "-subj", "/CN=partners.localhost")
    (folder / "site.ext").write_text("subjectAltName = DNS:*.partners.localhost\n", encoding="utf-8")
    openssl("x509", "-req", "-in", "site.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", 30,
            "-extfile", "site.ext", "-out", "site.pem")
    bundle = folder / "bundle.pem"
    bundle.write_bytes(pathlib.Path(SYSTEM_CA).read_bytes() + (folder / "ca.pem").read_bytes())
    return bundle


def build_peer(folder):
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libcurl"], capture_output=True, check=True, encoding="utf-8")
    program = folder / "curl_defaults"
    subprocess.run([os.environ.get("CC", "gcc"), "-O2", "-Wall", "-Wextra", "-o", program, HERE / "curl_defaults.c",
                    *flags.stdout.split()], check=True)
    return program


def of_libcurl(program, folder, port, bundle, hosts, seconds):
    used = measure([program, seconds, 64, bundle, ETAG, f"https://p%u.partners.localhost:{port}/1.json", hosts], folder / "log")
    done, wall = used.output.split()
    return types.SimpleNamespace(rate=int(done) / float(wall), cpu_rate=int(done) / used.cpu_s, peak_kib=used.peak_kib)


def encrypted(bench, promises):
    partners, seconds = (100, 3) if bench.quick else (4000, 10)
    folder = bench.folder / "tls"
    folder.mkdir()
    bundle, program = certificates(folder), build_peer(folder)
    office = Office(folder / "office", fetch={"max_active": 64, "ca_file": bundle})
    server = (f"listen 0.0.0.0:PORT ssl backlog=4096; listen [::]:PORT ssl backlog=4096; ssl_certificate {folder}/site.pem; "
              f"ssl_certificate_key {folder}/site.key; keepalive_timeout 0; {FEED}")
    with nginx(bench.folder / "site", server) as port:
        for i in range(partners):
            office.add(f"p{i}", f"https://p{i}.partners.localhost:{port}/1.json", "1s")
        used = rounds(bench, {
            "vigied": lambda: of_daemon(office, seconds, partners),
            "libcurl's defaults": lambda: of_libcurl(program, folder, port, bundle, partners, seconds),
        })
    show(f"The same with TLS, verified, a new connection for each; {partners:,} partners", used)
    beside(promises, used, "vigied", ("libcurl's defaults",), 20)


def run(bench):
    if not shutil.which("pkg-config"):
        raise Failed("pkg-config is needed to build the peer")
    generate("pages", bench.folder / "site", 5)
    promises = Promises()
    plain(bench, promises)
    encrypted(bench, promises)
    promises.print()
