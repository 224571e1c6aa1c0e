# SPDX-License-Identifier: Apache-2.0
"""Each of the eight platforms, field by field, and what happens to its listings afterwards."""
import datetime
import json
import zoneinfo

import pytest

from sim.settings import ABOUT

PLATFORMS = list(ABOUT)


def utc(seconds, zone=None):
    """ISO text of a time; `zone`: the platform writes UTC's hands but means that zone's."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    if zone:
        moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def spot(r):
    return {"latitude": r["latitude"], "longitude": r["longitude"]}


def town(r):
    return {"postcode": r["postcode"], "locality": r["city"]}


def rating(r):
    return {"rating": r["rating"], "rating_count": r["rating_count"]}


def money(minor, unit=None):
    return {"price_minor": minor, "currency": "EUR", "price_unit": unit}


def cforgood(r, base):
    """One listing for each place; one without a place for a shop that is only on line."""
    first = (r["extra"]["perks"] or [[None, None]])[0][1]
    price = {None: (None, None), "Offert": (0, "Offert"), "5 €": (500, "5 €"), "10 €": (1000, "10 €"),
             "50 %": (None, "50 %"), "15 %": (None, "15 %")}[first]
    shop = {"title": r["title"], "url": None, "locality": None, "price_minor": price[0], "price_text": price[1],
            "image_url": f"{base}/photos/{r['id']}.svg"}
    places = r["extra"]["places"]
    if not places:
        return {str(r["id"]): {**shop, "latitude": None, "longitude": None}}
    return {f"{r['id']}/{70000 + 10 * r['seq'] + i}":
            {**shop, "latitude": round(r["latitude"] + i * .004, 5), "longitude": r["longitude"]} for i in range(places)}


def yescapa(r, base):
    return {str(r["id"]): {
        "title": r["title"], "description": r["text"], "url": f"{base}/campers/{r['id']}",
        "image_url": f"{base}/photos/{r['id']}.svg?w=638&h=426", "capacity": r["capacity"],
        **money(r["price_minor"], "day"), **spot(r), **town(r), **rating(r)}}


def homeexchange(r, base):
    return {str(r["id"]): {
        "title": r["title"], "description": r["text"], "url": f"{base}/maison/{r['id']}", "locality": r["city"],
        "capacity": r["capacity"], "price_minor": None, "currency": None, "rating": r["rating"], **spot(r)}}


def openagenda(r, base):
    return {str(r["id"]): {
        "title": r["title"], "url": f"{base}/agendas/val-de-garonne/events/{r['id']}",
        "description": r["text"] + ("\n" if r["seq"] % 7 == 0 else "\n\n") + "**Renseignements** à l'office.",
        "street": f"{r['street']}, {r['postcode']} {r['city']}", "country": "FR", "price_minor": r["price_minor"],
        "source_updated_at": utc(r["updated"]), **spot(r), **town(r)}}


def samboat(r, base):
    """« 8 pers. » is no number, so no capacity; an image without a scheme gets the good one."""
    return {str(r["id"]): {
        "title": r["title"], "url": f"{base}/bateaux/{r['id']}", "capacity": None,
        "image_url": f"https:{base.partition(':')[2]}/photos/{r['id']}.svg", "source_updated_at": utc(r["updated"], "Europe/Paris"),
        "rating_count": r["rating_count"] or None, "rating": r["rating"], **money(r["price_minor"], "day"), **spot(r),
        **town(r)}}


def eatwith(r, base):
    x = r["extra"]
    return {str(r["id"]): {
        "title": r["title"], "url": f"{base}/events/{r['id']}?ref=office", "language": "fr", "country": "FR",
        "description": f"{r['text']}\n\nCuisine : {x['cuisine']}\nConvives & hôte à la même table",
        "street": r["street"], "capacity": r["capacity"], "source_updated_at": utc(r["updated"]),
        **money(r["price_minor"], "person"), **spot(r), **town(r), **rating(r)}}


def base10(r, base):
    return {r["id"]: {
        "title": r["title"], "description": r["text"], "url": f"{base}/espaces/{r['id']}", "street": r["street"],
        "country": "FR", "capacity": r["capacity"], "source_updated_at": utc(r["updated"]),
        **money(r["price_minor"], "day"), **spot(r), **town(r)}}


def baludik(r, base):
    price = money(r["price_minor"]) if r["price_minor"] else {"price_minor": None}
    return {str(r["id"]): {
        "title": r["title"], "description": r["text"], "url": f"{base}/parcours/{r['id']}", "street": r["street"],
        "source_updated_at": utc(r["updated"]), **price, **spot(r), **town(r)}}


READ = {f.__name__: f for f in (cforgood, yescapa, homeexchange, openagenda, samboat, eatwith, base10, baludik)}


def expected(shape, partner):
    """external_id -> columns, from what the simulator itself knows of its present listings."""
    kind, found = ABOUT[shape][2], {}
    for record in partner.items():
        if not record["removed"]:
            found.update(READ[shape](record, partner.base_url))
    return {i: {"kind": kind, **columns} for i, columns in found.items()}


def seen(office, name, wanted):
    """external_id -> the columns that `wanted` speaks of."""
    return {i: {c: row[c] for c in wanted.get(i, ())} for i, row in office.listings(name).items()}


@pytest.mark.parametrize("shape", PLATFORMS)
def test_first_sync(office, make, shape):
    partner = make(shape)
    name = office.add(partner)
    wanted = expected(shape, partner)
    run = office.sync(name)
    assert (run["outcome"], run["error_kind"], run["exit"], run["quarantined"]) == ("complete", "none", 0, 0), run
    assert run["seen"] == len(partner.ids()) and run["added"] == run["listings"] == len(wanted)
    assert seen(office, name, wanted) == wanted
    assert {r["published"] for r in office.listings(name).values()} == {1}
    ledger, = office.runs(name)
    assert {k: ledger[k] for k in ("run", "outcome", "error_kind", "http_status", "requests", "bytes", "seen", "added")} == {
        "run": run["run"], "outcome": "complete", "error_kind": None, "http_status": 200, "requests": run["requests"],
        "bytes": run["bytes"], "seen": run["seen"], "added": run["added"]}
    state, = office.rows("SELECT * FROM partners WHERE partner = ?", name)
    assert state["name"] == ABOUT[shape][0] and state["theme"] == ABOUT[shape][1]
    assert state["listing_count"] == len(wanted) and state["last_success"] == state["last_attempt"]


@pytest.mark.parametrize("shape", PLATFORMS)
def test_changes_are_followed(office, make, shape):
    partner = make(shape)
    name = office.add(partner)
    office.sync(name)
    before = expected(shape, partner)
    partner.remove(1)
    partner.change(1, title="Un tout autre titre")
    partner.add(2)
    after = expected(shape, partner)
    new, gone = set(after) - set(before), set(before) - set(after)
    altered = {i for i in set(after) & set(before) if after[i] != before[i]}
    assert new and gone and altered
    first = office.sync(name)
    assert first["outcome"] == "complete" and first["added"] == len(new) and first["changed"] == len(altered), first
    second = office.sync(name)
    assert first["removed"] + second["removed"] == len(gone)
    assert first["removed"] == (len(gone) if shape == "openagenda" else 0), "a tombstone acts at once, an absence does not"
    assert seen(office, name, after) == after
    changes = office.changes(name)
    assert sorted(changes[:len(before)]) == [("added", i) for i in sorted(before)]
    assert sorted(changes[len(before):]) == sorted([("added", i) for i in new] + [("changed", i) for i in altered]
                                                   + [("removed", i) for i in gone])
    office.sync(name)
    third = office.sync(name)
    assert third["outcome"] == ("not-modified" if shape == "baludik" else "complete")
    assert third["added"] == third["changed"] == third["removed"] == 0 and len(office.changes(name)) == len(changes)


def test_all_eight_at_once(office, make):
    shapes = {office.add(make(shape)): shape for shape in PLATFORMS}
    runs = office.sync("--all")
    assert {n: (r["outcome"], r["exit"]) for n, r in runs.items()} == {n: ("complete", 0) for n in shapes}
    for name, shape in shapes.items():
        wanted = expected(shape, office.sim.partner(name))
        assert seen(office, name, wanted) == wanted, name


def test_what_has_no_column_is_kept(office, make):
    yescapa_partner, agenda, desks = make("yescapa"), make("openagenda"), make("base10")
    for partner in (yescapa_partner, agenda, desks):
        office.add(partner)
    office.sync("--all")
    for record in yescapa_partner.items():
        row = office.listings(yescapa_partner.name)[str(record["id"])]
        assert json.loads(row["properties"])["vehicle_type"] == record["extra"]["vehicle"]
    for record in desks.items():
        row = office.listings(desks.name)[record["id"]]
        assert json.loads(row["properties"])["amenities"] == ", ".join(record["extra"]["amenities"])
    for record in agenda.items():
        properties = json.loads(office.listings(agenda.name)[str(record["id"])]["properties"])
        day = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(record["extra"]["day"])
        begin = datetime.datetime.combine(day, datetime.time(record["extra"]["hour"]), zoneinfo.ZoneInfo("Europe/Paris"))
        assert datetime.datetime.fromisoformat(properties["starts_at"].replace("Z", "+00:00")) == begin


def test_urls_of_another_year_are_the_same_listing(office, make):
    partner = make("yescapa")
    name = office.add(partner)
    office.sync(name)
    partner.new_urls()
    run = office.sync(name)
    assert (run["added"], run["removed"], run["changed"]) == (0, 0, len(partner.ids()))
    assert all("/v2/" in r["url"] for r in office.listings(name).values())
