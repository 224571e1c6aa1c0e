/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask, and who may change something: whoever has the token of [serve],
 * as a Bearer (RFC 6750) or in the form.  The one place where that is decided;
 * on the loop's thread, before a worker hears of the request.
 */
#ifndef VIGIE_SERVE_TOKEN_H
#define VIGIE_SERVE_TOKEN_H

#include "base/said.h"
#include "config/config.h"
#include "serve/answer.h"

struct token_guard {			/* against those who try */
	int64_t since_ms;		/* monotonic, of the first wrong one in this minute */
	unsigned wrong;
	struct said guessing;
};

struct token_given {			/* NULL: not sent */
	const char *authorization, *field;
	const char *origin, *site, *host;	/* headers: Origin, Sec-Fetch-Site, Host */
};

/*
 * Is this header Host (NULL: not sent) one of ours: an address, localhost, or the host of [serve] url?  A page of
 * another site that has its own name lead to this machine (DNS rebinding) would read all that is here.
 */
bool token_host_is_ours(const struct config *config, const char *host);

/* 0, or -1 with the problem: 401 no or a wrong token, 403 none is set, or another site's page asks, 429 too many tried. */
int token_check(struct token_guard *g, const struct config *config, const struct token_given *given, struct answer *a);

#endif
