# SPDX-License-Identifier: Apache-2.0
"""Who may ask: one checker per kind of credentials, in a table.

A partner's `auth` is None or {"kind": one of AUTHS, …}.  A checker raises Refusal with the platform's own answer.
"""
import base64
import time
import urllib.parse

from .canary import WORD
from .http1 import Refusal, json_reply


def _refuse(text, **headers):
    raise Refusal(json_reply({"error": text}, 401, **headers))


def check_headers(auth, partner, request):
    """{"kind": "headers", "headers": {name: value}}"""
    for name, value in auth["headers"].items():
        if request.headers.get(name.lower()) != value:
            _refuse(f"{name} missing or wrong")


def check_query(auth, partner, request):
    """{"kind": "query", "params": {name: value}}"""
    for name, value in auth["params"].items():
        if request.param(name) != value:
            _refuse(f"{name} missing or wrong")


def check_bearer(auth, partner, request):
    """{"kind": "bearer", "token": T}"""
    if request.headers.get("authorization") != f"Bearer {auth['token']}":
        _refuse("invalid_token", WWW_Authenticate='Bearer error="invalid_token"')


def check_basic(auth, partner, request):
    """{"kind": "basic", "user": U, "password": P}"""
    if _basic(request) != (auth["user"], auth["password"]):
        _refuse("unauthorized", WWW_Authenticate='Basic realm="api"')


def check_oauth2(auth, partner, request):
    """{"kind": "oauth2", "client_id": I, "client_secret": S, "expires_in": seconds}: RFC 6749 section 4.4."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or partner.tokens.get(token, 0) <= time.monotonic():
        _refuse("invalid_token", WWW_Authenticate='Bearer error="invalid_token"')


AUTHS = {"headers": check_headers, "query": check_query, "bearer": check_bearer, "basic": check_basic,
         "oauth2": check_oauth2}


def check(partner, request):
    if partner.auth:
        AUTHS[partner.auth["kind"]](partner.auth, partner, request)


def validate(auth):
    """The auth of a partner, or ValueError that says what there is."""
    if auth is not None and (not isinstance(auth, dict) or auth.get("kind") not in AUTHS):
        raise ValueError("auth: null or one of " + "; ".join(f.__doc__ for f in AUTHS.values()))
    return auth


def _basic(request):
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return user, password


def issue_token(partner, request):
    """The token endpoint: a POST form, credentials by Basic or in the body."""
    auth = partner.auth or {}
    form = dict(urllib.parse.parse_qsl(request.body.decode("latin-1")))
    given = _basic(request) or (form.get("client_id"), form.get("client_secret"))
    if request.method != "POST" or form.get("grant_type") != "client_credentials":
        return json_reply({"error": "unsupported_grant_type"}, 400)
    if given != (auth.get("client_id"), auth.get("client_secret")):
        return json_reply({"error": "invalid_client"}, 401, WWW_Authenticate="Basic")
    partner.tokens_issued += 1
    token, seconds = f"{WORD}-jeton-{partner.tokens_issued}", auth.get("expires_in", 3600)
    partner.tokens[token] = time.monotonic() + seconds
    return json_reply({"access_token": token, "token_type": "bearer", "expires_in": seconds, "scope": "catalogue"},
                      Cache_Control="no-store")
