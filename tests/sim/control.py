# SPDX-License-Identifier: Apache-2.0
"""The control interface: JSON over HTTP under /_control on 127.0.0.1.

    GET    /_control                       the names of all there is
    GET    /_control/partners              every partner
    POST   /_control/partners              {"name": …, "shape": …, "count": …, settings}: a new one
    GET    /_control/partners/P            one partner;  DELETE takes it away
    GET    /_control/partners/P/items      its listings, withdrawn ones too
    GET    /_control/partners/P/requests   its log; ?wait=n&timeout=s waits for n entries, &scope= &page= &status= &ended= filter
    GET    /_control/partners/P/held       waits until ?n= answers are held
    POST   /_control/partners/P/VERB       one of VERBS, its arguments as a JSON object
    POST   /_control/names                 {"name": …, "says": …}: what the name servers say of it
    POST   /_control/registers/VERB        domain, company, gazette, fail or clear, with the arguments of registers.py
    GET    /_control/registers             what has been asked of them; ?wait=n&timeout=s, &register= &about= &status= filter

Whatever is not right is answered with 400 and {"error": …} that says what there is.
"""
import inspect
import json
from dataclasses import dataclass

from . import ends
from .http1 import json_reply

DEFAULT_WAIT_S = 10


@dataclass(frozen=True)
class Verb:
    """`keeps`: it changes what the journal has to bring back."""

    run: object
    keeps: bool = False

    @property
    def arguments(self):
        return list(inspect.signature(self.run).parameters)[1:]

    def bind(self, partner, arguments):
        """ValueError when these are not its arguments."""
        try:
            return inspect.signature(self.run).bind(partner, **arguments)
        except TypeError as error:
            raise ValueError(f"{error}; arguments: {self.arguments}") from None


def _ids(records):
    return {"ids": [r.id for r in records]}


def _fault(partner, kind, options=None, scope="api", page=None, skip=0, count=None):
    return {"fault": partner.arm(kind, options or {}, scope, page, skip, count)}


async def _end(partner, kind, options=None):
    if kind not in ends.ENDS:
        raise ValueError(f"no such end: {kind}; there are {sorted(ends.ENDS)}")
    start = Verb(ends.ENDS[kind])
    bound = start.bind(partner, options or {})
    await _recover(partner)
    start.run(*bound.args, **bound.kwargs)


async def _recover(partner, new_address=False):
    ends.recover(partner)
    await partner.accept(new_address)


def _clear_log(partner):
    partner.log.clear()


def _set(partner, **settings):
    partner.set(**settings)


VERBS = {
    "add": Verb(lambda partner, n=1: _ids(partner.collection.add(n)), keeps=True),
    "change": Verb(lambda partner, which=1, values=None: _ids(partner.collection.change(which, values)), keeps=True),
    "remove": Verb(lambda partner, which=1: _ids(partner.collection.remove(which)), keeps=True),
    "restore": Verb(lambda partner, which=None: _ids(partner.collection.restore(which)), keeps=True),
    "rotate_ids": Verb(lambda partner: _ids(partner.collection.rotate_ids()), keeps=True),
    "new_urls": Verb(lambda partner: partner.new_urls(), keeps=True),
    "set": Verb(_set, keeps=True),
    "route": Verb(lambda partner, path, body="", body_base64=None, status=200, headers=None, wire_base64=None:
                  partner.route(path, body, body_base64, status, headers, wire_base64), keeps=True),
    "fault": Verb(_fault),
    "clear": Verb(lambda partner, fault=None: partner.disarm(fault)),
    "release": Verb(lambda partner: partner.let_go()),
    "end": Verb(_end),
    "recover": Verb(_recover),
    "refuse": Verb(lambda partner: partner.refuse()),
    "accept": Verb(lambda partner, new_address=False: partner.accept(new_address)),
    "expire_tokens": Verb(lambda partner: partner.expire_tokens()),
    "clear_log": Verb(_clear_log),
}


async def apply(sim, change):
    """Carries out one change, {"create": {…}} or {"partner": P, "verb": V, "arguments": {…}}; returns what it says."""
    if "create" in change:
        partner = await sim.create(**change["create"])
        sim.remember(change)
        return partner.summary()
    partner = sim.partner(change["partner"])
    verb = VERBS.get(change["verb"])
    if verb is None:
        raise ValueError(f"no such verb: {change['verb']}; there are {sorted(VERBS)}")
    bound = verb.bind(partner, change["arguments"])
    result = verb.run(*bound.args, **bound.kwargs)
    if inspect.isawaitable(result):
        result = await result
    if verb.keeps:
        sim.remember(change)
    return result or {}


async def handle(sim, request):
    """The reply to a control request."""
    words = request.path.strip("/").split("/")[1:]
    try:
        arguments = json.loads(request.body) if request.body else {}
        if not isinstance(arguments, dict):
            raise ValueError("a JSON object is expected")
        return json_reply(await _route(sim, request, words, arguments))
    except (ValueError, TypeError, KeyError, OSError) as error:
        return json_reply({"error": str(error)}, 400)


async def _route(sim, request, words, arguments):
    if not words:
        return sim.names()
    if words == ["partners"]:
        if request.method == "POST":
            return await apply(sim, {"create": arguments})
        return {"partners": [p.summary() for p in sim.partners.values()]}
    if words == ["names"] and request.method == "POST":
        return _call(sim.say_of_name, arguments)
    if words[0] == "registers" and len(words) < 3:
        return await _registers(sim, request, words, arguments)
    if words[0] != "partners" or len(words) > 3:
        raise ValueError("unknown path; see tests/sim/README.md")
    partner = sim.partner(words[1])
    if len(words) == 3 and request.method == "POST":
        return await apply(sim, {"partner": partner.name, "verb": words[2], "arguments": arguments})
    if len(words) == 3:
        return await _read(sim, partner, words[2], request)
    if request.method == "DELETE":
        return sim.remove(partner.name) or {}
    return partner.summary()


def _call(function, arguments):
    """ValueError when these are not its arguments."""
    try:
        bound = inspect.signature(function).bind(**arguments)
    except TypeError as error:
        raise ValueError(f"{error}; arguments: {list(inspect.signature(function).parameters)}") from None
    return function(*bound.args, **bound.kwargs) or {}


async def _registers(sim, request, words, arguments):
    verbs = {f.__name__: f for f in (sim.registers.domain, sim.registers.company, sim.registers.gazette,
                                     sim.registers.fail, sim.registers.clear)}
    if len(words) == 1:
        wanted = {k: v for k, v in request.query if k in ("register", "about", "status")}
        least, timeout = int(request.param("wait", "0")), float(request.param("timeout", str(DEFAULT_WAIT_S)))
        reached = await sim.bell.until(lambda: len(_matching(sim.registers, wanted)) >= least, timeout)
        return {"reached": reached, "requests": _matching(sim.registers, wanted)}
    if words[1] not in verbs:
        raise ValueError(f"no such verb: {words[1]}; there are {sorted(verbs)}")
    return _call(verbs[words[1]], arguments)


async def _read(sim, partner, what, request):
    if what == "items":
        return {"items": [r.public() for r in partner.collection.rows]}
    timeout = float(request.param("timeout", str(DEFAULT_WAIT_S)))
    if what == "requests":
        wanted = {k: v for k, v in request.query if k in ("scope", "page", "status", "ended", "method", "path")}
        least = int(request.param("wait", "0"))
        reached = await sim.bell.until(lambda: len(_matching(partner, wanted)) >= least, timeout)
        return {"reached": reached, "requests": _matching(partner, wanted)}
    if what == "held":
        least = int(request.param("n", "1"))
        return {"reached": await sim.bell.until(lambda: partner.held >= least, timeout), "held": partner.held}
    raise ValueError("items, requests or held")


def _matching(asked, wanted):
    """The entries of the log, of a partner or of the registers, that agree with every filter."""
    return asked.log if not wanted else [e for e in asked.log if all(str(e[k]) == v for k, v in wanted.items())]
