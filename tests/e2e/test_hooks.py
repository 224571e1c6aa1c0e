# SPDX-License-Identifier: Apache-2.0
"""Programs elsewhere are told of changes: nothing is left out, whatever happens to them, to us, and between."""
import json
import time

import pytest

from office import wait_until
from receiver import Receiver, answer

SPEED = 20000  # a day in 4.3 s
LISTINGS = "listing.added listing.changed listing.removed"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def boats(office, make):
    """A partner of three listings, polled often."""
    partner = make("plain", count=3, paging="none")
    partner.file = office.add(partner, "boats", partner={"interval": "1s", "kind": "boat"})
    return partner


def hook_row(office, name="site"):
    rows = office.rows("SELECT * FROM hook WHERE hook = ?", name)
    return rows[0] if rows else None


def changes(office):
    return [r["change"] for r in office.rows("SELECT change FROM changes ORDER BY change")]


def test_events(office, boats, receiver):
    """What is added, changed and removed comes once, in order, signed, as both standards have it."""
    receiver.hook(office, "site", events=LISTINGS)
    with office.daemon() as vigied:
        receiver.wait(3, "listing.added")
        boats.change(1, title="Autrement « \\ »")
        changed, = receiver.wait(1, "listing.changed")
        before = set(boats.ids())
        boats.remove(1)
        gone, = before - set(boats.ids())
        removed, = receiver.wait(1, "listing.removed")
        boats.restore()
        receiver.wait(4, "listing.added")
        assert "<3>" not in vigied.log() and "<4>" not in vigied.log(), vigied.log()
    events = receiver.events()
    assert [e["type"] for e in events] == ["listing.added"] * 3 + ["listing.changed", "listing.removed", "listing.added"]
    assert [e["data"]["change"] for e in events] == changes(office)
    assert len({e["id"] for e in events}) == len(events)
    for request, event in zip(receiver.requests, events):
        assert receiver.signed(request) and request.headers["webhook-id"] == event["id"]
        assert request.headers["content-type"].startswith("application/cloudevents+json")
        assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
        assert event["specversion"] == "1.0" and event["source"] and event["time"] == event["timestamp"]
        assert set(event) >= {"type", "timestamp", "data"}, "Standard Webhooks"
        assert event["subject"] == event["data"]["uid"] and event["data"]["partner"] == "boats"
        assert len(request.body) < 20_000
    assert removed["data"]["uid"] == f"boats:{gone}" and "listing" not in removed["data"]
