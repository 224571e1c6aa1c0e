/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OAuth 2.0 client credentials (RFC 6749 section 4.4): one token per partner,
 * one refresh at a time, refreshed before it expires.
 */
#ifndef VIGIE_NET_OAUTH_H
#define VIGIE_NET_OAUTH_H

#include "base/clock.h"
#include "net/fetch.h"

struct oauth;

struct oauth_options {		/* copied */
	const char *token_url, *client_id, *client_secret;
	const char *scope;	/* NULL: none */
	bool in_body;		/* credentials in the form instead of Basic */
	struct fetch_request limits;	/* time-outs, sizes, allow_private of the token request; the rest is ignored */
};

struct oauth *oauth_new(struct fetcher *f, const struct clock *clock, const struct oauth_options *options);
/* Waiting callers are not called.  Not from within `ready`. */
void oauth_free(struct oauth *o);

/*
 * Calls `ready` from the loop with "Bearer …" (borrowed during the call), or
 * NULL and why: as the fetch failed, ERROR_THROTTLED for 429, ERROR_HTTP for
 * 5xx, ERROR_AUTH for any other answer without a token.  Callers that wait at
 * the same time share one request, and its failure; the next asks again.
 */
struct oauth_wait;
struct oauth_wait *oauth_token(struct oauth *o, void (*ready)(void *arg, const char *authorization,
    const struct error *err), void *arg);
void oauth_cancel(struct oauth_wait *w);	/* not once `ready` was called */
/* The token was refused with 401: the next oauth_token() asks for a new one. */
void oauth_refused(struct oauth *o, const char *authorization);

#endif
