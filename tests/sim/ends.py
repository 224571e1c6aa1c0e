# SPDX-License-Identifier: Apache-2.0
"""The ends of partners, as they were seen: each sets a partner up with faults and settings.

ENDS is the table; recover(partner) takes any of them back.  An end is told from other faults by its tag, so that a
test's own faults stay.
"""
TAG = "end"


def _api(partner, kind, /, **options):
    partner.arm(kind, options, scope="api", tag=TAG)


def _everywhere(partner, kind, /, **options):
    partner.arm(kind, options, scope="any", tag=TAG)


def moved(partner, to="http://www.homeexchange.example/"):
    """GuestToGuest, VizEat: API and site redirect to another registrable domain."""
    _everywhere(partner, "redirect", to=to, status=301)


def renamed(partner, to="https://www.yescapa.example/"):
    """JeLoueMonCampingCar: the site redirects to the new brand, the API host never changes."""
    partner.arm("redirect", {"to": to, "status": 301}, scope="site", tag=TAG)


def frozen(partner):
    """C'for good, first act: the API answers the same list for ever, the site has a banner."""
    partner.banner = "Rejoint NOUVELLE-MARQUE : inscrivez-vous à <a href=\"https://nouvelle-marque.example\">l'app</a> !"


def locked(partner):
    """C'for good, second act: 401 on the API, the banner still on the site."""
    frozen(partner)
    _api(partner, "status", status=401)


def refused(partner):
    """C'for good, last act: nothing listens any more."""
    partner.refuse()


def closing(partner):
    """MyLittleTrip: a closing page with status 200 where data was expected, and on the site."""
    _everywhere(partner, "html", kind="closing")


def reused(partner):
    """Otoktone: the name is used by strangers; 200, valid certificate, unrelated content."""
    _everywhere(partner, "html", kind="reused")


def parked(partner):
    """The domain is for sale."""
    _everywhere(partner, "html", kind="parking")


def emptied(partner):
    """Cookening: well-formed answers, zero listings after years."""
    _api(partner, "empty-list")


def fire(partner):
    """Cantine numérique: gone for months; recover(new_address=True) brings it back under the same ids."""
    partner.refuse()


def bought(partner):
    """SamBoat: the owner changes, nothing technical does."""


def urls_changed(partner):
    """Every listing's URL changes, the ids stay.  recover() does not undo it."""
    partner.new_urls()


def page_lost(partner, page=3):
    """The list ends before that page, while the total still counts it."""
    partner.arm("no-next", {}, page=page - 1, tag=TAG)
    partner.arm("empty-list", {"total": None}, page=page, tag=TAG)


def challenged(partner, status=403):
    """A content network asks for a browser, on API and site."""
    _everywhere(partner, "challenge", status=status)


def limited(partner, retry_after=120):
    """429 with Retry-After on the API."""
    _api(partner, "status", status=429, retry_after=retry_after)


def token_expired(partner):
    """401 on the API, the site lives."""
    _api(partner, "status", status=401)


def gone(partner, status=410):
    """410 (or 404) on API and site."""
    _everywhere(partner, "status", status=status, html=True)


def outage(partner, status=503, retry_after=None):
    """5xx on API and site: an outage, not an end."""
    _everywhere(partner, "status", status=status, retry_after=retry_after)


ENDS = {f.__name__.replace("_", "-"): f for f in (
    moved, renamed, frozen, locked, refused, closing, reused, parked, emptied, fire, bought, urls_changed, page_lost,
    challenged, limited, token_expired, gone, outage)}


def recover(partner):
    partner.disarm(tag=TAG)
    partner.banner = None
