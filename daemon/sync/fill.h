/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a partner's file adds to a request: headers, and query parameters.
 *
 * Query parameters whose value has placeholders, for
 * systems that take their whole query as one parameter:
 *
 *	query.query = {"apiKey":"{credential:apidae}","first":{first},"count":{count}}
 *
 * "{first}" is the url's parameter of that name, which does not stay in the url.
 * So whoever pages (a connector) does it in the url as always, and never sees a
 * secret.  In a value that is JSON it is escaped as in a JSON string.
 */
#ifndef VIGIE_SYNC_FILL_H
#define VIGIE_SYNC_FILL_H

#include "config/config.h"
#include "net/fetch.h"

struct fill {
	char *url;		/* without the parameters that went into values */
	struct fetch_pair *query;	/* names and secrets borrowed from the configuration */
	size_t n;
	struct fetch_pair *headers;	/* borrowed from it */
	size_t n_headers;
};

/* `authorization`: one more header, borrowed; NULL. */
void fill_init(struct fill *f, const struct partner_config *p, const char *url, const char *authorization);
void fill_done(struct fill *f);	/* wipes what may hold a secret */

/* Puts asterisks over the partner's secrets in a text that it sent. */
void fill_cover(const struct partner_config *p, char *text);

#endif
