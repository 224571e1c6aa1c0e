# SPDX-License-Identifier: Apache-2.0
"""The client of the simulator for tests: starts it, drives it through its control interface, stops it.

    with Simulator() as sim:
        yescapa = sim.partner("yescapa")
        yescapa.fault("status", page=2, count=1, status=503, retry_after=1)
        …
        yescapa.wait_for_requests(3)
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

COMMAND = [sys.executable, str(pathlib.Path(__file__).with_name("sim.py"))]
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ControlError(Exception):
    """The simulator refused a control request; its words say what there is."""


class Simulator:
    """A simulator process.  It never outlives this one: its stdin closes with us.

    port, tls_port, dns_ports, control, ca: as it printed them.  platforms: "all", "none" or names separated by commas.
    """

    def __init__(self, platforms="all", seed=1, tls=False, state=None, port=0):
        self._command = COMMAND + ["--platforms", platforms, "--seed", str(seed), "--port", str(port)]
        self._command += ["--tls"] * tls + (["--state", str(state)] if state else [])
        self._process, self._words = None, tempfile.TemporaryFile()

    def start(self):
        """Starts it and returns once it listens."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words)
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._words.seek(0)
            raise RuntimeError(f"the simulator ended with status {status}: {self._words.read().decode()}")
        ready = json.loads(line)
        self.port, self.tls_port, self.dns_ports = ready["port"], ready["tls_port"], ready["dns_ports"]
        self.control, self.ca = ready["control"], ready["ca"]
        self.registers = Registers(self)
        return self

    def stop(self):
        """Ends it; harmless when it is not running."""
        if self._process:
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    __enter__ = start

    def __exit__(self, *error):
        self.stop()

    def call(self, path, arguments=None, method=None, timeout=60):
        """One control request; what it answers.  ControlError when it is refused."""
        data = None if arguments is None else json.dumps(arguments).encode()
        request = urllib.request.Request(self.control + path, data, method=method or ("GET" if data is None else "POST"))
        try:
            with _opener.open(request, timeout=timeout) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(json.load(error)["error"]) from None

    def names(self):
        """The platforms, shapes, ends, verbs and faults that there are."""
        return self.call("")

    def create(self, name, shape=None, count=None, **settings):
        """A new partner on an address of its own.

        shape: a platform, plain, array, files or raw.  settings: those of Partner.set, and for files and array
        folder (and pattern).  count: listings at the start.
        """
        arguments = {"name": name, "shape": shape, "count": count, **settings}
        self.call("/partners", {k: v for k, v in arguments.items() if v is not None})
        return Partner(self, name)

    def partner(self, name):
        return Partner(self, name)

    def partners(self):
        return [Partner(self, p["name"]) for p in self.call("/partners")["partners"]]

    def delete(self, name):
        """Takes a partner away, and its listener."""
        self.call(f"/partners/{name}", method="DELETE")

    def say_of_name(self, name, says):
        """What the name servers say of a name and of what is below it: the values of the setting dns; None: as by default."""
        self.call("/names", {"name": name, "says": says})

    @property
    def resolvers(self):
        """The setting of Vigie that asks both name servers."""
        return " ".join(f"127.0.0.1:{port}" for port in self.dns_ports)


class Registers:
    """Domain names, companies, the legal gazette: what they say, how they fail, what was asked of them."""

    def __init__(self, sim):
        self.sim = sim

    @property
    def urls(self):
        """rdap_url, rdap_bootstrap_url, company_url, gazette_url: settings of Vigie."""
        base = f"http://127.0.0.1:{self.sim.port}/_registers"
        return {"rdap_url": f"{base}/rdap/", "rdap_bootstrap_url": f"{base}/rdap/dns.json",
                "company_url": f"{base}/search", "gazette_url": f"{base}/bodacc/records"}

    def _do(self, verb, **arguments):
        self.sim.call(f"/registers/{verb}", {k: v for k, v in arguments.items() if v is not None})

    def domain(self, name, state):
        """active (the default), expired, on-hold, redemption, parked, unregistered."""
        self._do("domain", name=name, state=state)

    def company(self, siren, state, date=None, name=None):
        """active, liquidation, ceased (on date), hidden, unknown (the default)."""
        self._do("company", siren=siren, state=state, date=date, name=name)

    def gazette(self, siren, *notices, registre=None):
        """Notices, oldest first: rescue, safeguard, liquidation, closed, struck-off, accounts, sale, or
        {"kind": …, "date": …, "cancels" or "corrects": index of another}.  None at all by default."""
        self._do("gazette", siren=siren, notices=list(notices), registre=registre)

    def fail(self, register, status=None, retry_after=None, garbage=None, about=None, count=None):
        """bootstrap, domain, company or gazette answers with a status or with garbage: about one domain or SIREN, count times."""
        self._do("fail", register=register, status=status, retry_after=retry_after, garbage=garbage, about=about, count=count)

    def clear(self):
        """Everything as by default, and an empty log."""
        self._do("clear")

    def requests(self, wait=0, timeout=30, **filters):
        """The log: at, register, about, target, headers, status.  Filters: register, about, status.  TimeoutError
        unless `wait` entries match in time."""
        query = urllib.parse.urlencode({**filters, "wait": wait, "timeout": timeout if wait else 0})
        answer = self.sim.call(f"/registers?{query}", timeout=timeout + 30)
        if not answer["reached"]:
            raise TimeoutError(f"registers: {len(answer['requests'])} of {wait} requests after {timeout} s")
        return answer["requests"]


class Partner:
    """One partner.  Every method is one control request; `which` is a number of listings or a list of ids."""

    def __init__(self, sim, name):
        self.sim, self.name = sim, name

    def _do(self, verb, **arguments):
        return self.sim.call(f"/partners/{self.name}/{verb}", arguments)

    def _get(self, what, timeout=0, **query):
        query = {k: v for k, v in query.items() if v is not None}
        return self.sim.call(f"/partners/{self.name}/{what}?{urllib.parse.urlencode({**query, 'timeout': timeout})}",
                             timeout=timeout + 30)

    # ---- what it is

    def info(self):
        """name, shape, host, base_url, url, https_base_url, token_url, method, body, auth, listings, faults, …"""
        return self.sim.call(f"/partners/{self.name}")

    @property
    def base_url(self):
        return self.info()["base_url"]

    @property
    def https_base_url(self):
        return self.info()["https_base_url"]

    @property
    def url(self):
        """The list's URL with the query that it wants."""
        return self.info()["url"]

    @property
    def host(self):
        return self.info()["host"]

    def items(self):
        """Every listing, as fields of collection.Record; withdrawn ones have removed true."""
        return self._get("items")["items"]

    def ids(self):
        """The ids that are present, as text, in the order of the list."""
        return [str(r["id"]) for r in self.items() if not r["removed"]]

    # ---- what it offers: these return the ids concerned

    def add(self, n=1):
        """New listings at the end."""
        return self._do("add", n=n)["ids"]

    def change(self, which=1, **values):
        """New price and text, or the given fields (title=…, latitude=…, price_minor=…, street=…)."""
        return self._do("change", which=which, values=values or None)["ids"]

    def remove(self, which=1):
        """Withdraws listings; a number takes the last ones."""
        return self._do("remove", which=which)["ids"]

    def restore(self, which=None):
        """Brings withdrawn listings back under their ids: all by default."""
        return self._do("restore", which=which)["ids"]

    def rotate_ids(self):
        """Every listing has another id; returns the new ones."""
        return self._do("rotate_ids")["ids"]

    def new_urls(self):
        """Every listing's URL changes, the ids stay."""
        self._do("new_urls")

    def set(self, **settings):
        """page_size, max_page_size, site_url, auth, paging, envelope, tombstones, banner, validators, title, domain,
        tls (valid, expired, wrong-name, untrusted), dns (ok, nxdomain, servfail, refused, silent, an address), today."""
        self._do("set", **settings)

    def route(self, path, body=b"", status=200, headers=None, wire=None):
        """Serves these bytes at path; wire: the whole reply as bytes, sent as they are, then the connection ends."""
        encoded = base64.b64encode(body.encode() if isinstance(body, str) else body).decode()
        extra = {"wire_base64": base64.b64encode(wire).decode()} if wire is not None else {}
        self._do("route", path=path, body_base64=encoded, status=status, headers=headers, **extra)

    # ---- how it fails

    def fault(self, kind, /, scope="api", page=None, skip=0, count=None, **options):
        """Switches a fault on: scope api, site, token, other or any; page n only; after skip requests; count times.
        Returns its number for clear()."""
        arguments = {"kind": kind, "options": options, "scope": scope, "page": page, "skip": skip, "count": count}
        return self._do("fault", **arguments)["fault"]

    def clear(self, fault=None):
        """Switches off one fault, or all; releases what waits."""
        self._do("clear", fault=fault)

    def hold(self, scope="api", page=None, count=None):
        """Answers wait until release(); wait_for_held() tells when one does."""
        return self.fault("hold", scope, page, count=count)

    def wait_for_held(self, n=1, timeout=30):
        """Returns once n answers are held; TimeoutError."""
        if not self._get("held", timeout, n=n)["reached"]:
            raise TimeoutError(f"{self.name}: fewer than {n} answers held after {timeout} s")

    def release(self):
        """What is held or stalled now goes on; the fault stays on for later requests: clear() ends it."""
        self._do("release")

    def end(self, kind, /, **options):
        """One of the ends that were really seen: names()["ends"]."""
        self._do("end", kind=kind, options=options)

    def recover(self, new_address=False):
        """The end is over; it listens again, on a new address if so wanted."""
        self._do("recover", new_address=new_address)

    def refuse(self):
        """Nothing listens: connection refused.  accept() undoes it."""
        self._do("refuse")

    def accept(self, new_address=False):
        self._do("accept", new_address=new_address)

    def expire_tokens(self):
        """OAuth2 tokens issued so far are refused from now on."""
        self._do("expire_tokens")

    # ---- what was asked of it

    def requests(self, **filters):
        """The log: number, at, method, target, path, query, headers, body, scope, page, faults, status, bytes, held,
        ended (sent, cut, left; None while it is being answered).  Filters: scope, page, status, ended, method, path."""
        return self._get("requests", **filters)["requests"]

    def wait_for_requests(self, n, timeout=30, **filters):
        """Returns the log once it has n entries that match; TimeoutError.  They may still be in the making: ended="sent"."""
        answer = self._get("requests", timeout, wait=n, **filters)
        if not answer["reached"]:
            raise TimeoutError(f"{self.name}: {len(answer['requests'])} of {n} requests after {timeout} s")
        return answer["requests"]

    def clear_log(self):
        self._do("clear_log")
