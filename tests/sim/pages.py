# SPDX-License-Identifier: Apache-2.0
"""The web pages around the lists: the partner's own site, and the pages that say that something is wrong."""
import html
import zlib

from .http1 import Reply, html_reply

_STYLE = ("body{font:17px/1.5 system-ui,sans-serif;margin:0 auto;max-width:46em;padding:2em;color:#233}"
          "h1{color:#175}li{margin:.4em 0}img{max-width:100%;border-radius:8px}.banner{background:#fd6;padding:.8em}")


def page(title, body, lang="fr"):
    return (f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
            f"<style>{_STYLE}</style></head>\n<body>{body}</body></html>\n")


def home(partner):
    """The partner's home page: some of its listings, and the banner when there is one."""
    rows = partner.collection.present()
    items = "".join(f'<li><a href="{html.escape(partner.listing_url(r))}">{html.escape(r.title)}</a></li>' for r in rows[:24])
    banner = f'<div id="banner-promo" class="banner">{partner.banner}</div>' if partner.banner else ""
    name = html.escape(partner.title)
    return html_reply(page(f"{partner.title} | près de Marmande", f"{banner}<h1>{name}</h1>"
                           f"<p>{len(rows)} annonces autour de Marmande et du Val de Garonne.</p><ul>{items}</ul>"))


def listing(partner, record):
    text = (f'<h1>{html.escape(record.title)}</h1><img alt="" src="{html.escape(partner.image_url(record))}">'
            f"<p>{html.escape(record.text)}</p><p>{html.escape(str(record.street))}, {record.postcode} "
            f'{html.escape(str(record.city))}</p><p><a href="/">{html.escape(partner.title)}</a></p>')
    return html_reply(page(record.title, text))


def photo(name):
    """A picture of its own for every name: hills, a river and a sun in colours drawn from the name."""
    h = zlib.crc32(name.encode())
    hue, sun, hill = h % 360, 80 + h % 480, 60 + (h >> 8) % 120
    body = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400"><rect width="640" height="400" fill="hsl({hue},60%,82%)"/>'
            f'<circle cx="{sun}" cy="110" r="46" fill="hsl({(hue + 40) % 360},90%,72%)"/>'
            f'<path d="M0 {400 - hill} Q160 {300 - hill} 320 {380 - hill} T640 {360 - hill} V400 H0Z" fill="hsl({(hue + 120) % 360},35%,55%)"/>'
            f'<path d="M0 340 Q160 310 320 345 T640 335 V400 H0Z" fill="hsl({(hue + 200) % 360},45%,60%)"/></svg>')
    return Reply(200, body.encode(), [("Content-Type", "image/svg+xml"), ("Cache-Control", "max-age=86400")])


def _closing(name):
    return page(name, f"<h1>{name} ferme définitivement ses portes, avec effet immédiat</h1>"
                "<p>Toute l'équipe vous remercie pour ces belles années. Le service n'est plus disponible.</p>")


def _parking(name):
    return page(f"{name}.example est à vendre", f"<h1>Ce nom de domaine est à vendre</h1><p>{name}.example may be for sale. "
                '<a href="https://parking.example/buy">Buy this domain</a></p><p>Related searches: vols pas chers, '
                "assurance auto, crédit.</p>")


def _reused(name):
    return page("Agence web Armor | Portfolio", "<h1>Portfolio</h1><p>Création de sites vitrines et référencement à Vannes.</p>")


def _maintenance(name):
    return page("Maintenance", f"<h1>{name} est en maintenance</h1><p>Nous revenons dans quelques heures.</p>")


def _login(name):
    return page("Connexion", f'<h1>Connexion à {name}</h1><form method="post" action="/login"><input name="email">'
                '<input name="password" type="password"><button>Se connecter</button></form>')


def _banner(name):
    return page(name, f'<div id="banner-promo" class="banner">{name} rejoint NOUVELLE-MARQUE, inscrivez-vous à '
                '<a href="https://nouvelle-marque.example">l\'app</a> !</div>')


def _challenge(name):
    return page("Just a moment...", '<div class="main-wrapper"><h1>Vérification de votre navigateur</h1><div id="cf-wrapper">'
                'Enable JavaScript and cookies to continue</div><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></div>')


NOTICES = {"closing": _closing, "parking": _parking, "reused": _reused, "maintenance": _maintenance, "login": _login,
           "banner": _banner, "challenge": _challenge}
