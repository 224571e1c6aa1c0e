# SPDX-License-Identifier: Apache-2.0
"""Public registers: domain names (RDAP), companies (recherche-entreprises) and the legal gazette (BODACC).

On 127.0.0.1, under /_registers; what they say of a domain or a SIREN is set through /_control/registers (control.py):

    GET /_registers/rdap/dns.json        which server knows which names (RFC 9224): this one, all of them
    GET /_registers/rdap/domain/X        active by default
    GET /_registers/search?q=SIREN       not found by default
    GET /_registers/bodacc/records?where=registre like "SIREN"      no notices by default
"""
import datetime
import json
import re
import time

from .http1 import Reply, json_reply

PREFIX = "_registers"
REGISTERS = ("bootstrap", "domain", "company", "gazette")
MAX_LOG = 10_000
ZONES = ("fr", "com", "org", "net", "eu", "example")

# state -> status[], days until it expires, name servers; None: not registered
DOMAINS = {
    "active": (["active"], 200, ["ns1.hebergeur.example", "ns2.hebergeur.example"]),
    "expired": (["auto renew period"], -5, ["ns1.hebergeur.example"]),
    "on-hold": (["client hold", "auto renew period"], -20, ["ns1.hebergeur.example"]),
    "redemption": (["redemption period", "pending delete"], -40, []),
    "parked": (["active"], 330, ["ns1.sedoparking.com", "ns2.sedoparking.com"]),
    "unregistered": None,
}

# state -> etat_administratif, what a director is; None: not found
COMPANIES = {
    "active": ("A", "Président de SAS"),
    "liquidation": ("A", "Liquidateur"),
    "ceased": ("C", "Liquidateur"),
    "hidden": (None, "Président de SAS"),
    "unknown": None,
}


def _judgement(family, nature):
    return "collective", lambda day: {"jugement": json.dumps(
        {"type": "initial", "famille": family, "nature": nature, "date": day, "complementJugement": nature + "."},
        ensure_ascii=False)}


# kind -> family, what it holds on that day
NOTICES = {
    "rescue": _judgement("Jugement d'ouverture", "Jugement d'ouverture d'une procédure de redressement judiciaire"),
    "safeguard": _judgement("Jugement d'ouverture", "Jugement d'ouverture d'une procédure de sauvegarde"),
    "liquidation": _judgement("Jugement d'ouverture", "Jugement d'ouverture de liquidation judiciaire"),
    "closed": _judgement("Jugement de clôture", "Jugement de clôture pour insuffisance d'actif"),
    "struck-off": ("radiation", lambda day: {"radiationaurcs": json.dumps({"radiationPM": "O"})}),
    "accounts": ("dpc", lambda day: {"depot": json.dumps({"dateCloture": day, "typeDepot": "Comptes annuels et rapports"})}),
    "sale": ("vente", lambda day: {}),
}


def _garbage(fault):
    return Reply(200, b"<html><body>Service en cours de d\xe9ploiement</body></html>", [("Content-Type", "text/html")])


def _status(fault):
    reply = json_reply({"erreur": f"{fault['status']}"}, fault["status"])
    if fault["retry_after"] is not None:
        reply.set("Retry-After", fault["retry_after"])
    return reply


def _day(days):
    return (datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=days)).isoformat()


class Registers:
    """`bell` is rung at every request."""

    def __init__(self, bell):
        self.bell, self.port = bell, None
        self.domains, self.companies, self.notices = {}, {}, {}
        self.faults, self.log = [], []

    # ---- what they say

    def domain(self, name, state="active"):
        """A domain name: active, expired, on-hold, redemption, parked or unregistered."""
        self.domains[name.lower()] = _one_of(DOMAINS, state)

    def company(self, siren, state="active", date=None, name="Voyageur inventé"):
        """A company: active, liquidation (a liquidator directs it), ceased on `date`, hidden or unknown."""
        self.companies[_siren(siren)] = (_one_of(COMPANIES, state), date or _day(-10), name)

    def gazette(self, siren, notices=(), registre="list"):
        """The notices on a company, oldest first: kinds, or {"kind": …, "date": …, "cancels" or "corrects": index of another}.

        registre: list, or text, as the same field is told of by different sources."""
        rows = [{"kind": n} if isinstance(n, str) else dict(n) for n in notices]
        for at, row in enumerate(rows):
            _one_of(NOTICES, row["kind"])
            row.setdefault("date", _day(at - len(rows) - 5))
        self.notices[_siren(siren)] = (rows, registre)

    def fail(self, register, status=None, retry_after=None, garbage=False, about=None, count=None):
        """A register answers with another status, or with garbage: about one domain or SIREN only, `count` times."""
        _one_of(REGISTERS, register)
        if (status is None) != bool(garbage):
            raise ValueError("status or garbage")
        self.faults.append({"register": register, "status": status, "retry_after": retry_after, "about": about,
                            "left": count, "make": _garbage if garbage else _status})

    def clear(self):
        """No faults, and everything as by default; the log is emptied."""
        for kept in (self.domains, self.companies, self.notices, self.faults, self.log):
            kept.clear()

    # ---- answering

    def answer(self, request):
        register, about, make = self._which(request)
        fault = next((f for f in self.faults if f["register"] == register and f["left"] != 0
                      and f["about"] in (None, about)), None)
        if fault:
            fault["left"] = fault["left"] and fault["left"] - 1
            reply = fault["make"](fault)
        else:
            reply = make(about)
        self.log.append({"at": time.time(), "register": register, "about": about, "target": request.target,
                         "headers": request.headers, "status": reply.status})
        del self.log[:-MAX_LOG]
        self.bell.ring()
        return reply

    def _which(self, request):
        """(register, domain or SIREN, what makes the reply)"""
        path = request.path.removeprefix(f"/{PREFIX}")
        if path == "/rdap/dns.json":
            return "bootstrap", None, self._bootstrap
        if path.startswith("/rdap/domain/"):
            return "domain", path.rpartition("/")[2].lower(), self._domain
        if path == "/search":
            return "company", request.param("q", "").replace(" ", ""), self._company
        if path == "/bodacc/records":
            found = re.fullmatch(r'registre like "(\d{9})"', request.param("where", ""))
            return "gazette", found and found[1], self._gazette
        return "none", None, lambda about: json_reply({"error": "no such register"}, 404)

    def _bootstrap(self, about):
        server = f"http://127.0.0.1:{self.port}/{PREFIX}/rdap/"
        return json_reply({"version": "1.0", "services": [[list(ZONES), [server]]]})

    def _domain(self, name):
        found = DOMAINS[self.domains.get(name, "active")]
        if found is None:
            return json_reply({"errorCode": 404, "title": "Not Found", "rdapConformance": ["rdap_level_0"]}, 404)
        status, expires, servers = found
        events = {"registration": -2000, "expiration": expires, "last changed": -100, "last update of RDAP database": 0}
        reply = json_reply({
            "objectClassName": "domain", "handle": "DOM0001-EXAMPLE", "ldhName": name, "status": status,
            "events": [{"eventAction": what, "eventDate": _day(days) + "T09:00:00Z"} for what, days in events.items()],
            "nameservers": [{"objectClassName": "nameserver", "ldhName": n} for n in servers],
            "secureDNS": {"delegationSigned": False}, "rdapConformance": ["rdap_level_0"]})
        reply.set("Content-Type", "application/rdap+json")
        return reply

    def _company(self, siren):
        if not siren:
            return json_reply({"erreur": "Veuillez indiquer au moins un paramètre de recherche."}, 400)
        state, date, name = self.companies.get(siren, ("unknown", None, None))
        rows = [_company_row(siren, name, *COMPANIES[state], date)] if COMPANIES[state] else []
        return json_reply({"results": rows, "total_results": len(rows), "page": 1, "per_page": 10, "total_pages": len(rows)})

    def _gazette(self, siren):
        if siren is None:
            return json_reply({"error_code": "ODSQLError", "message": "ODSQL query is malformed"}, 400)
        rows, registre = self.notices.get(siren, ([], "list"))
        found = [_notice_row(siren, registre, rows, at) for at in range(len(rows))]
        found.sort(key=lambda row: row["dateparution"], reverse=True)
        return json_reply({"total_count": len(found), "results": found[:20]})


def _one_of(table, name):
    if name not in table:
        raise ValueError(f"one of {sorted(table)}, not {name}")
    return name


def _siren(text):
    if not re.fullmatch(r"\d{9}", text):
        raise ValueError("siren: nine digits")
    return text


def _company_row(siren, name, state, role, date):
    closed = date if state == "C" else None
    return {"siren": siren, "nom_complet": name.upper(), "nom_raison_sociale": name.upper(), "nombre_etablissements": 1,
            "nombre_etablissements_ouverts": int(state != "C"), "etat_administratif": state, "date_fermeture": closed,
            "date_creation": "2016-03-01", "nature_juridique": "5710",
            "siege": {"siret": siren + "00019", "etat_administratif": "F" if closed else "A", "date_fermeture": closed},
            "dirigeants": [{"nom": "INVENTEE", "prenoms": "ALEX", "qualite": role, "type_dirigeant": "personne physique"}]}


def _numbers(row, at):
    """(issue, number within it) of a notice."""
    return row["date"][:4] + f"{100 + at:04d}", 400 + at


def _notice_row(siren, registre, rows, at):
    row = rows[at]
    family, contents = NOTICES[row["kind"]]
    issue, number = _numbers(row, at)
    spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    target = row.get("cancels", row.get("corrects"))
    previous = None
    if target is not None:
        old_issue, old_number = _numbers(rows[target], target)
        previous = json.dumps({"nomPublication": "BODACC B", "numeroParution": old_issue, "numeroAnnonce": str(old_number),
                               "dateParution": "/".join(reversed(rows[target]["date"].split("-")))})
    kind = "annulation" if "cancels" in row else "rectificatif" if "corrects" in row else "annonce"
    empty = {"jugement": None, "radiationaurcs": None, "depot": None, "modificationsgenerales": None, "acte": None}
    return {"id": f"B{issue}{number}", "publicationavis": "B", "parution": issue, "dateparution": row["date"],
            "numeroannonce": number, "typeavis": kind, "familleavis": family, "tribunal": "Greffe du Tribunal de Commerce d'Agen",
            "registre": [spaced, siren] if registre == "list" else f"{spaced},{siren}",
            **empty, **contents(row["date"]), "parutionavisprecedent": previous}
