# SPDX-License-Identifier: Apache-2.0
"""The regional systems as their clients see them: query, pages, envelope and habits of each.  Their rows join SHAPES.

They have no block in README.md: what a partner's file says of them is in connectors/presets.
"""
import json

from .canary import WORD
from .http1 import Refusal, Reply, json_reply
from .paging import ITEMS, Offset, Page, Whole

APIDAE_KEY = f"{WORD}-cle-apidae"
WINDOW = 10_000  # where Opendatasoft's pages end


def _text(text, status):
    raise Refusal(Reply(status, text.encode(), [("Content-Type", "text/plain; charset=utf-8")]))


# ---- Apidae v2: the query is one JSON text; what it does not understand is 404, in words that repeat the key


def _apidae_query(request):
    try:
        query = json.loads(request.param("query", ""))
    except ValueError:
        _text(f"Votre requête n'est pas du JSON : {request.param('query', '')[:200]}", 404)
    if query.get("apiKey") != APIDAE_KEY or not isinstance(query.get("projetId"), int):
        _text(f"Le projet n'existe pas pour la clé {query.get('apiKey')}", 404)
    if not all(isinstance(query.get(k, 0), int) for k in ("first", "count")) or query.get("count", 20) > 200:
        _text(f"count dépasse 200 (apiKey={query['apiKey']})", 404)
    return query


class ApidaeQuery:
    def read(self, request, rows, size, most):
        query = _apidae_query(request)
        return query.get("first", 0), min(query.get("count", 20), most)

    def write(self, start, limit, rows):
        return {}


def apidae_item(r, partner):
    means = [{"type": {"id": 201, "libelleFr": "Téléphone"}, "coordonnees": {"fr": "05 53 64 44 44"}},
             {"type": {"id": 204, "libelleFr": "Mél"}, "coordonnees": {"fr": f"accueil{r.seq}@camping.example"}},
             {"type": {"id": 205, "libelleFr": "Site web (URL)"}, "coordonnees": {"fr": partner.listing_url(r)}}]
    return {"type": "HEBERGEMENT_COLLECTIF", "id": r.id, "state": "PUBLISHED", "nom": {"libelleFr": r.title, "libelleEn": r.title_en},
            "gestion": {"dateModification": _offset_time(r.updated), "membreProprietaire": {"nom": "Office (exemple)"}},
            "informations": {"moyensCommunication": means[::1 if r.seq % 2 else -1]},
            "illustrations": [{"type": "IMAGE", "traductionFichiers": [{"locale": "fr", "url": partner.image_url(r)}]}],
            "presentation": {"descriptifCourt": {"libelleFr": r.text}},
            "localisation": {"adresse": {"adresse1": r.street, "codePostal": r.postcode, "commune": {"nom": r.city}},
                             "geolocalisation": {"geoJson": {"type": "Point", "coordinates": [r.longitude, r.latitude]}}},
            "ouverture": {"periodesOuvertures": [{"dateDebut": "2026-05-01", "dateFin": "2026-10-31"}]},
            "informationsHebergementCollectif": {"capacite": {"capaciteTotale": r.capacity}}}


def _offset_time(seconds):
    from .platforms import _iso
    return _iso(seconds, "%Y-%m-%dT%H:%M:%S.000+0000")


def apidae_envelope(plan):
    """The list is left out when it is empty; the query comes back, key and all."""
    query = json.loads(plan.request.param("query"))
    head = {"query": {**query, "order": "IDENTIFIANT"}, "numFound": plan.total, "formatVersion": "v002"}
    return {**head, "objetsTouristiques": ITEMS} if plan.items else head


# ---- Opendatasoft Explore v2.1: pages that end at the 10,000th record, and exports that do not

DATASET = "/api/explore/v2.1/catalog/datasets/aires-de-camping-car"


class OpendatasoftPages(Offset):
    def read(self, request, rows, size, most):
        if request.path.endswith("/exports/json"):
            return Whole().read(request, rows, size, most)
        start, limit = super().read(request, rows, size, most)
        if int(request.param("limit", "10")) > 100 or start + limit >= WINDOW:
            raise Refusal(json_reply({"error_code": "InvalidRESTParameterError", "message": "offset + limit should be less than 10000"}, 400))
        return start, limit


def opendatasoft_item(r, partner):
    return {"id_aire": r.id, "nom": r.title, "description": r.text, "adresse": r.street, "code_postal": r.postcode, "commune": r.city,
            "geo_point_2d": {"lon": r.longitude, "lat": r.latitude}, "nb_places": r.capacity}


def opendatasoft_envelope(plan):
    return ITEMS if plan.request.path.endswith("/exports/json") else {"total_count": plan.total, "results": ITEMS}


# ---- Tourinsoft: OData 2 and 3, packed fields; API v3, the whole set


def tourinsoft_odata_item(r, partner):
    return {"SyndicObjectID": str(r.id), "SyndicObjectName": r.title, "ObjectTypeName": "Hôtellerie de plein air",
            "Updated": f"/Date({r.updated * 1000})/", "Descriptif": r.text, "AD1": "", "AD2": r.street, "CP": r.postcode, "COMMUNE": r.city,
            "GmapLatitude": str(r.latitude), "GmapLongitude": str(r.longitude) if r.latitude else "", "CAPA": str(r.capacity or ""),
            "MoyenDeCom": f"Téléphone|05 53 64 44 44#Mél|accueil{r.seq}@camping.example#Site web (URL)|{partner.listing_url(r)}",
            "Photos": f"{partner.image_url(r)}|{r.title}|Office#{partner.site_url}/photos/0.svg||",
            "PeriodeOuverture": "01/05/2026|30/06/2026|||#01/09/2026|31/10/2026|||"}


def tourinsoft_odata2_envelope(plan):
    return {"d": {"results": ITEMS, "__count": str(plan.total)}}


def tourinsoft_odata_envelope(plan):
    return {"odata.metadata": "…/$metadata#Objects", "odata.count": str(plan.total), "value": ITEMS}


def tourinsoft_item(r, partner):
    return {"SyndicObjectID": str(r.id), "SyndicObjectName": r.title, "ObjectTypeName": "Hôtellerie de plein air",
            "Updated": _offset_time(r.updated).replace("+0000", "Z"), "GmapLatitude": str(r.latitude), "GmapLongitude": str(r.longitude),
            "AdresseCompletes": [{"Adresse1": None, "Adresse2": r.street, "CodePostal": r.postcode, "Commune": r.city}],
            "DescriptionsCommercialess": [{"Descriptioncommerciale": r.text}],
            "MoyensDeComs": [{"TypedaccesTelecom": {"ThesLibelle": "Mél"}, "CoordonneesTelecom": f"accueil{r.seq}@camping.example"},
                             {"TypedaccesTelecom": {"ThesLibelle": "Site web (URL)"}, "CoordonneesTelecom": partner.listing_url(r)}],
            "Photoss": [{"Photo": {"Url": partner.image_url(r)}}], "Capacites": [{"Nombretotaldelits": r.capacity}],
            "PeriodeOuvertures": [{"Datededebut": "2026-05-01T00:00:00", "Datedefin": "2026-10-31T00:00:00"}]}


# ---- DATAtourisme API v1: flat names, texts by "@fr", a link that repeats the key of the query


def datatourisme_item(r, partner):
    return {"uuid": f"00000000-0000-4000-8000-{r.seq:012d}", "uri": f"https://data.datatourisme.fr/47/{r.seq}", "type": ["Camping", "PlaceOfInterest"],
            "label": {"@fr": r.title, "@en": r.title_en}, "lastUpdate": _offset_time(r.updated)[:10],
            "hasDescription": [{"shortDescription": {"@fr": r.text}}], "hasContact": [{"homepage": [partner.listing_url(r)], "telephone": ["+33 5 53 64 44 44"]}],
            "hasMainRepresentation": [{"hasRelatedResource": [{"locator": [partner.image_url(r)]}]}],
            "isLocatedAt": [{"geo": {"latitude": r.latitude, "longitude": r.longitude},
                             "address": [{"streetAddress": [r.street], "postalCode": r.postcode, "addressLocality": r.city}]}]}


def datatourisme_envelope(plan):
    following = plan.next_url()
    if following:
        following += "&api_key=" + plan.request.headers.get("x-api-key", "")
    return {"objects": ITEMS, "meta": {"total": plan.total, "total_pages": -(-plan.total // plan.limit), "next": following}}


def shapes(platform):
    """The rows; `platform` is the class Platform, which imports this."""
    return {
        "apidae": platform("Apidae", "van", "/api/v002/recherche/list-objets-touristiques", "", ApidaeQuery(), apidae_item, apidae_envelope,
                           first_id=500001, max_page_size=200),
        "opendatasoft": platform("Opendatasoft", "van", DATASET + "/records", "", OpendatasoftPages(), opendatasoft_item, opendatasoft_envelope,
                                 first_id="aire-", id_key="id_aire", page_size=10, more_paths=(DATASET + "/exports/json",), validators=True),
        "tourinsoft-odata": platform("Tourinsoft", "van", "/Syndication/3.0/cdt47/guid/Objects", "", Offset("$skip", "$top"), tourinsoft_odata_item,
                                     tourinsoft_odata_envelope, id_key="SyndicObjectID", max_page_size=1000),
        "tourinsoft-odata2": platform("Tourinsoft", "van", "/Syndication/cdt47/guid/Objects", "", Offset("$skip", "$top"), tourinsoft_odata_item,
                                      tourinsoft_odata2_envelope, id_key="SyndicObjectID", max_page_size=1000),
        "tourinsoft": platform("Tourinsoft", "van", "/api/syndications/cdt47/guid", "", Whole(), tourinsoft_item, lambda plan: {"value": ITEMS},
                               id_key="SyndicObjectID", token_path="/token"),
        "datatourisme": platform("DATAtourisme", "van", "/v1/catalog", "", Page(), datatourisme_item, datatourisme_envelope, id_key="uuid",
                                 auth={"kind": "headers", "headers": {"X-API-Key": f"{WORD}-cle-datatourisme"}}),
    }
