# SPDX-License-Identifier: Apache-2.0
"""The platforms: for each its path, paging, credentials, the shape of its items and of what is around them.

PLATFORMS is the table.  To add one: write item() and envelope(), add a row, describe it in README.md.
"""
import datetime
import html
import json
from dataclasses import dataclass

from . import regional
from .canary import WORD
from .http1 import Refusal, json_reply
from .paging import ITEMS, Cursor, Offset, Page, Whole


@dataclass(frozen=True)
class Platform:
    """One row.  item(record, partner) and envelope(plan) give JSON values; select(partner, request, rows) may narrow the
    list or raise Refusal; pages are the forms that listing URLs have had, the newest last."""

    title: str
    theme: str
    path: str
    query: str
    position: object
    item: object
    envelope: object
    first_id: object = 900001
    auth: dict = None
    method: str = "GET"
    body: str = None
    token_path: str = None
    select: object = None
    id_key: str = "id"
    pages: tuple = ("/annonces/{id}",)
    page_size: int = 20
    max_page_size: int = 100
    count: int = 60
    validators: bool = False  # ETag and Last-Modified, 304, gzip
    more_paths: tuple = ()  # other paths of the list


def _iso(seconds, form="%Y-%m-%dT%H:%M:%SZ"):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(form)


def _euros(minor):
    return None if minor is None else (minor // 100 if minor % 100 == 0 else minor / 100)


def _comma(minor):
    return f"{minor // 100},{minor % 100:02d}"


# ---- 1. C'for good: discounts in responsible shops


def cforgood_item(r, partner):
    x = r.extra
    places = [{"id": 70000 + 10 * r.seq + i, "latitude": round(r.latitude + i * .004, 5), "longitude": r.longitude}
              for i in range(x["places"])]
    perks = [{"id": 80000 + 10 * r.seq + i, "name": name, "flash": "FLASH" in name, "picture": None,
              "times_remaining": 15 * i, "offer": offer, "usable_for_user": True, "nb_views": 3 * r.seq % 50}
             for i, (name, offer) in enumerate(x["perks"])]
    return {"id": r.id, "email": f"contact-{r.seq}@boutique.example" if r.seq % 3 else None, "name": r.title,
            "activity": x["activity"], "picture": partner.image_url(r), "business_category_id": x["category"],
            "like": x["likes"], "online": x["places"] == 0, "addresses": places,
            "labels": [{"name": name} for name in x["labels"]], "perks": perks}


def cforgood_select(partner, request, rows):
    """Without lat and lng it does not fail: it answers for Bordeaux."""
    return rows if request.param("lat") and request.param("lng") else partner.elsewhere().present()


# ---- 2. Yescapa: camper vans, Django REST paging


def yescapa_item(r, partner):
    x = r.extra
    return {"id": r.id, "ad_url": partner.listing_url(r), "title": r.title, "vehicle_type": x["vehicle"],
            "vehicle_seats": r.capacity, "vehicle_beds": x["beds"], "price_per_day": _euros(r.price_minor),
            "currency_used": "EUR", "final_booking_price": None, "instant_booking_activated": x["instant"],
            "display_review_average": r.rating, "review_count": r.rating_count, "description": r.text,
            "vehicle_location_city": r.city, "vehicle_location_zipcode": r.postcode,
            "vehicle_location_latitude": r.latitude, "vehicle_location_longitude": r.longitude,
            "vehicle_owner_first_name": x["owner"],
            "pictures": [{"id": f"{r.seq}-1", "url": partner.image_url(r) + "?w=638&h=426"}]}


def yescapa_envelope(plan):
    before = plan.start - plan.limit
    previous = plan.partner.origin(plan.request) + plan.url_at(before) if before >= 0 else None
    return {"count": plan.total, "next": plan.next_url(), "previous": previous, "results": ITEMS}


def yescapa_select(partner, request, rows):
    """A page past the end is a 404, as Django REST has it."""
    start, _ = partner.position.read(request, rows, partner.page_size, partner.max_page_size)
    if start and start >= len(rows):
        raise Refusal(json_reply({"detail": "Page non valide."}, 404))
    return rows


# ---- 3. HomeExchange: a search by POST, prices in points


def homeexchange_item(r, partner):
    x = r.extra
    return {"id": r.id, "type": 1, "capacity": r.capacity, "guestpoint": x["guestpoints"], "global_rating": r.rating,
            "min_nights": x["min_nights"], "prefers_reciprocal": r.seq % 4 == 0, "is_he_collection": False,
            "contact_allowed": True, "location": {"latitude": r.latitude, "longitude": r.longitude},
            "translated_admins": {"admin1": "Nouvelle-Aquitaine", "admin2": "Lot-et-Garonne", "admin3": r.city,
                                  "country": "France"},
            "user": {"id": 8000000 + r.seq, "name": x["owner"], "exchange_nb": r.rating_count, "global_rating": None,
                     "is_identity_verified": True, "response_rate": 95},
            "detail": {"bedrooms_nb": x["bedrooms"], "bathrooms_nb": x["bathrooms"], "size": x["size"]},
            "feature": {"multimedia": 3, "practical": 40, "outdoor": 5, "kids": 0, "transport": 1},
            "descriptions": [{"locale": "fr", "title": r.title, "good_feature": r.text},
                             {"locale": "en", "title": r.title_en, "good_feature": ""}][::1 if r.seq % 5 else -1],
            "images": [{"url": partner.image_url(r)}]}


def homeexchange_select(partner, request, rows):
    """The body must be a search by bounds; only homes inside are found."""
    try:
        bounds = json.loads(request.body)["search_query"]["location"]["bounds"]
        south, west, north, east = (float(bounds[c][k]) for c in ("sw", "ne") for k in ("lat", "lon"))
    except (ValueError, KeyError, TypeError):
        raise Refusal(json_reply({"message": "search_query.location.bounds is required"}, 400)) from None
    return [r for r in rows if r.raw or south <= r.latitude <= north and west <= r.longitude <= east]


HOMEEXCHANGE_BODY = ('{"search_query":{"location":{"bounds":{"sw":{"lat":44.1,"lon":-0.3},'
                     '"ne":{"lat":44.9,"lon":0.7}}}}}')

# ---- 4. OpenAgenda: events, localised, cursor in an array, removed ones on demand


def _last_sunday(year, month):
    last = datetime.date(year, month, 31)
    return last - datetime.timedelta((last.weekday() + 1) % 7)


def _french_time(day, hour):
    """RFC 3339 with the offset of that day: summer time from the last Sunday of March to that of October."""
    summer = _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10)
    return f"{day}T{hour:02d}:00:00+0{2 if summer else 1}:00"


def openagenda_item(r, partner):
    x = r.extra
    days = [partner.today + datetime.timedelta(x["day"] + i) for i in range(x["days"])]
    timings = [{"begin": _french_time(d, x["hour"]), "end": _french_time(d, x["hour"] + 3)} for d in days]
    separator = "\u2028" if r.seq % 7 == 0 else "\n\n"
    price = f"{_euros(r.price_minor)} €" if r.price_minor else "Gratuit"
    return {"uid": r.id, "slug": f"evenement-{r.seq}", "title": {"fr": r.title, "en": r.title_en},
            "description": {"fr": r.text[:200]}, "longDescription": {"fr": r.text + separator + "**Renseignements** à l'office."},
            "conditions": {"fr": price}, "keywords": {"fr": x["keywords"]}, "timings": timings,
            "firstTiming": timings[0], "lastTiming": timings[-1],
            "location": {"uid": 60000 + r.seq, "name": f"Centre-bourg, {r.city}", "address": f"{r.street}, {r.postcode} {r.city}",
                         "city": r.city, "postalCode": r.postcode, "countryCode": "FR", "latitude": r.latitude,
                         "longitude": r.longitude},
            "image": {"base": partner.site_url + "/photos/", "filename": f"{r.id}.svg"},
            "canonicalUrl": partner.listing_url(r), "status": 1, "updatedAt": _iso(r.updated, "%Y-%m-%dT%H:%M:%S.000Z")}


def openagenda_envelope(plan):
    """The last page names a cursor too, behind which there is nothing."""
    after = plan.next_params()
    if not after and plan.items and plan.rows:
        after = plan.partner.position.write(len(plan.rows), plan.limit, plan.rows)
    return {"total": plan.total, "events": ITEMS, "after": after and after["after[]"], "success": True}


# ---- 5. SamBoat: boats, Link header, dirty values


def samboat_item(r, partner):
    x = r.extra
    tracking = "?utm_source=affilae&utm_medium=cpa&utm_campaign=office&ae=1582&picked_from=list"
    return {"id": r.id, "title": r.title, "type": x["boat"], "description": r.text,
            "price": f"{_euros(r.price_minor)} € / jour".replace(".", ","), "capacity": f"{r.capacity} pers.",
            "length": f"{x['length_cm'] // 100},{x['length_cm'] % 100:02d} m", "with_captain": x["captain"],
            "latitude": str(r.latitude), "longitude": str(r.longitude), "city": f" {r.city} ", "zip": r.postcode,
            "rating": {"average": r.rating, "count": r.rating_count} if r.rating_count else None,
            "image": partner.image_url(r).partition(":")[2], "url": partner.listing_url(r) + tracking,
            "updated_at": _iso(r.updated, "%Y-%m-%d %H:%M:%S")}


def link_header(plan):
    """RFC 8288: first and last always, prev and next where there are."""
    last = max((plan.total - 1) // plan.limit * plan.limit, 0)
    starts = {"first": 0, "prev": plan.start - plan.limit if plan.start else None, "next": plan.next_start, "last": last}
    origin = plan.partner.origin(plan.request)
    return ", ".join(f'<{origin}{plan.url_at(start)}>; rel="{rel}"' for rel, start in starts.items() if start is not None)


def samboat_envelope(plan):
    plan.headers += [("Link", link_header(plan)), ("X-Total-Count", str(plan.total))]
    return ITEMS


# ---- 6. Eatwith: meals at a host's, next URL


def eatwith_item(r, partner):
    x = r.extra
    text = (f"<p>{html.escape(r.text, quote=False)}</p><ul><li>Cuisine&nbsp;: {x['cuisine']}</li>"
            f"<li>Convives &amp; hôte à la m&ecirc;me table</li></ul><script>suivi({r.seq})</script>")
    return {"id": r.id, "title": r.title, "description": text, "price": _comma(r.price_minor), "currency": "EUR",
            "price_unit": "person", "guests": {"min": 2, "max": r.capacity}, "host": {"first_name": x["host"]},
            "address": {"street": r.street, "zip": r.postcode, "city": r.city, "country": "FR",
                        "location": {"lng": r.longitude, "lat": r.latitude}},
            "cover": partner.image_url(r), "url": partner.listing_url(r) + "?ref=office", "language": "fr",
            "rating": r.rating, "reviews": r.rating_count, "updated": r.updated}


def eatwith_envelope(plan):
    """The next URL is relative on odd pages and absolute on even ones."""
    following = plan.next_target() if plan.page % 2 else plan.next_url()
    return {"data": ITEMS, "has_more": plan.next_start is not None, "next": following}


# ---- 7. Base10: coworking behind OAuth2


def base10_item(r, partner):
    x = r.extra
    return {"id": r.id, "name": r.title, "summary": r.text, "category": x["offer"],
            "pricing": {"amount": f"{r.price_minor / 100:.2f}", "currency": "EUR", "per": "day"}, "capacity": r.capacity,
            "address": {"streetAddress": r.street, "postalCode": r.postcode, "addressLocality": r.city, "addressCountry": "FR"},
            "geo": {"latitude": str(r.latitude), "longitude": str(r.longitude)}, "amenities": x["amenities"],
            "openingHours": "Mo-Fr 08:00-20:00", "url": partner.listing_url(r), "photo": partner.image_url(r),
            "active": True, "modified": _iso(r.updated, "%Y-%m-%dT%H:%M:%S+00:00")}


def base10_envelope(plan):
    return {"count": plan.total, "value": ITEMS}


# ---- 8. Baludik: treasure hunts, one document


def baludik_item(r, partner):
    x = r.extra
    offer = {"offers": {"@type": "Offer", "price": f"{r.price_minor / 100:.2f}", "priceCurrency": "EUR"}} if r.price_minor else {}
    return {"@type": "TouristTrip", "@id": partner.listing_url(r), "identifier": str(r.id), "name": r.title,
            "description": r.text, "url": partner.listing_url(r), "image": partner.image_url(r), "inLanguage": ["fr", "en"],
            "isAccessibleForFree": not r.price_minor, **offer, "timeRequired": f"PT{x['minutes']}M",
            "distance": f"{x['km']} km".replace(".", ","), "typicalAgeRange": f"{x['age']}-",
            "provider": {"@type": "Organization", "name": "Office de tourisme (exemple)"},
            "itinerary": {"@type": "Place", "name": r.city,
                          "address": {"@type": "PostalAddress", "streetAddress": r.street, "postalCode": r.postcode,
                                      "addressLocality": r.city, "addressCountry": "FR"},
                          "geo": {"@type": "GeoCoordinates", "latitude": r.latitude, "longitude": r.longitude}},
            "dateModified": _iso(r.updated)}


def baludik_envelope(plan):
    return {"@context": "https://schema.org", "@type": "ItemList", "numberOfItems": plan.total, "itemListElement": ITEMS}


# ---- plain: no platform in particular, any paging; array: files as items


def plain_item(r, partner):
    return {"id": r.id, "title": r.title, "description": r.text, "url": partner.listing_url(r), "image": partner.image_url(r),
            "price": _euros(r.price_minor), "currency": "EUR", "latitude": r.latitude, "longitude": r.longitude,
            "street": r.street, "postcode": r.postcode, "city": r.city, "capacity": r.capacity, "updated_at": _iso(r.updated)}


PLAIN_POSITIONS = {"none": Whole(), "page": Page(), "offset": Offset(), "cursor": Cursor(), "next-url": Page(),
                   "link-header": Page()}


def plain_envelope(plan):
    paging, following = plan.partner.paging, plan.next_params()
    if paging == "link-header":
        plan.headers.append(("Link", link_header(plan)))
    if plan.partner.envelope == "array":
        return ITEMS
    extra = {"cursor": {"next_cursor": following and following.get("cursor")}, "next-url": {"next": plan.next_url()}}
    return {"total": plan.total, "items": ITEMS, **extra.get(paging, {})}


def _headers(**pairs):
    return {"kind": "headers", "headers": {k.replace("_", "-"): v for k, v in pairs.items()}}


PLATFORMS = {
    "cforgood": Platform(
        "C'for good", "deal", "/api/v1/businesses", "lat=44.5&lng=0.166", Whole(), cforgood_item, lambda plan: ITEMS,
        first_id=90001, auth=_headers(X_User_Email="office@vigie.example", X_User_Token=f"{WORD}-jeton-cforgood"),
        select=cforgood_select, pages=("/commerces/{id}",)),
    "yescapa": Platform(
        "Yescapa", "van", "/3/campers/search/", "latitude=44.5&longitude=0.166&radius=50000&page_size=20", Page(),
        yescapa_item, yescapa_envelope, auth=_headers(x_api_key=f"{WORD}-cle-yescapa"), select=yescapa_select,
        pages=("/camping-cars/{id}/", "/campers/{id}"), count=90),
    "homeexchange": Platform(
        "HomeExchange", "home", "/search/homes", "offset=0&limit=36", Offset(), homeexchange_item,
        lambda plan: {"total_count": plan.total, "homes": ITEMS}, first_id=9000001, method="POST", body=HOMEEXCHANGE_BODY,
        auth={"kind": "bearer", "token": f"{WORD}-jeton-homeexchange"}, select=homeexchange_select, pages=("/maison/{id}",),
        page_size=36, max_page_size=36, count=80),
    "openagenda": Platform(
        "OpenAgenda", "event", "/v2/agendas/47200047/events", "size=30", Cursor("after[]", "size", pair=True),
        openagenda_item, openagenda_envelope, first_id=40000001, auth=_headers(key=f"{WORD}-cle-openagenda"), id_key="uid",
        pages=("/agendas/val-de-garonne/events/{id}",), max_page_size=300, count=100),
    "samboat": Platform(
        "SamBoat", "boat", "/api/boats", f"per_page=24&partner_key={WORD}-cle-samboat", Page("page", "per_page"), samboat_item,
        samboat_envelope, auth={"kind": "query", "params": {"partner_key": f"{WORD}-cle-samboat"}},
        pages=("/location-bateau/{city}/{id}", "/bateaux/{id}"), page_size=24, count=50),
    "eatwith": Platform(
        "Eatwith", "meal", "/v1/events", "city=Marmande&limit=15", Cursor("starting_after", "limit"), eatwith_item,
        eatwith_envelope, first_id=99001, auth={"kind": "bearer", "token": f"{WORD}-jeton-eatwith"},
        pages=("/events/consult/{id}", "/events/{id}"), page_size=15, count=40),
    "base10": Platform(
        "Base10", "desk", "/api/spaces", "limit=10", Offset(), base10_item, base10_envelope, first_id="sp-",
        auth={"kind": "oauth2", "client_id": "office", "client_secret": f"{WORD}-secret-base10", "expires_in": 3600},
        token_path="/oauth/token", pages=("/espaces/{id}",), page_size=10, count=30),
    "baludik": Platform(
        "Baludik", "hunt", "/export/parcours.json", "", Whole(), baludik_item, baludik_envelope, first_id=300001,
        id_key="identifier", pages=("/parcours/{id}",), count=35, validators=True),
}

SHAPES = {
    **PLATFORMS,
    **regional.shapes(Platform),
    "plain": Platform("Partenaire", "deal", "/items", "", Whole(), plain_item, plain_envelope, first_id=1, count=25, page_size=10,
                      max_page_size=10000),
    "array": Platform("Fichiers", "deal", "/items", "", Whole(), None, plain_envelope, first_id=1, count=0, page_size=10,
                      max_page_size=10000),
    "files": Platform("Dossier", "deal", "/", "", Whole(), None, None, count=0),
    "raw": Platform("Brut", "deal", "/", "", Whole(), None, None, count=0),
}
