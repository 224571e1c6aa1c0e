/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known of a partner, and how evidence files and the catalogue's
 * view `evidence` write it. */
#ifndef VIGIE_HEALTH_SIGNAL_H
#define VIGIE_HEALTH_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum signal {
	SIGNAL_HTTP,		/* status of the API; 0: no answer, from whatever layer */
	SIGNAL_SITE,		/* status of the public web site */
	SIGNAL_REDIRECT,	/* the API leads to another registrable domain: 1, else 0 */
	SIGNAL_SITE_REDIRECT,	/* the same of the site */
	SIGNAL_SITE_SHAPE,	/* enum shape_reading, of the site's first page */
	SIGNAL_DNS,		/* enum dns_reading, of the registrable domain */
	SIGNAL_DOMAIN,		/* enum domain_reading, what its registry says */
	SIGNAL_TLS,		/* enum tls_reading */
	SIGNAL_SHAPE,		/* enum shape_reading, of the document of a good answer */
	SIGNAL_LISTINGS,	/* how many; each observation is a change of contents */
	SIGNAL_REGISTER,	/* enum register_reading, of the company */
	SIGNAL_SEASON,		/* enum season_reading, from the partner's calendar */
	SIGNAL_HUMAN,		/* enum human_reading: what staff have confirmed, or denied */
	SIGNALS
};

enum dns_reading { DNS_OK, DNS_NXDOMAIN, DNS_SERVFAIL, DNS_PARKED };
enum domain_reading { DOMAIN_OK, DOMAIN_PARKED, DOMAIN_ON_HOLD, DOMAIN_REDEMPTION, DOMAIN_FREE };
enum tls_reading { TLS_OK, TLS_EXPIRED };
enum shape_reading { SHAPE_OK, SHAPE_MISMATCH, SHAPE_CLOSING, SHAPE_PARKED };
enum register_reading { REGISTER_ACTIVE, REGISTER_RESCUE, REGISTER_LIQUIDATION, REGISTER_CEASED };
enum season_reading { SEASON_OPEN, SEASON_CLOSED };
enum human_reading { HUMAN_NONE, HUMAN_GONE, HUMAN_ALIVE };

const char *signal_name(enum signal signal);
/* false: no signal has this name; *ret is untouched. */
bool signal_of_name(const char *name, size_t len, enum signal *ret);
/* The text of a reading; false: this signal has no such value.  A redirect's
 * text is a domain, "" or "none" for no redirect. */
bool signal_value(enum signal signal, const char *text, size_t len, int64_t *ret);
/* The text of a value, into `out`; of a redirect "moved" or "none". */
enum { SIGNAL_TEXT_MAX = 24 };
const char *signal_text(enum signal signal, int64_t value, char out[SIGNAL_TEXT_MAX]);

#endif
