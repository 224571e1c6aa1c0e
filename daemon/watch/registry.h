/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What public registers answer: domain names (RDAP, RFC 9083), companies
 * (recherche-entreprises.api.gouv.fr) and the legal gazette (BODACC).  Pure
 * parsers over bounded JSON, which may be hostile; ERROR_FORMAT when the
 * document is not what it should be: then nothing is known.
 */
#ifndef VIGIE_WATCH_REGISTRY_H
#define VIGIE_WATCH_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "health/signal.h"

enum { REGISTRY_NOTE_MAX = 160 };

struct rdap_reading {
	bool registered;
	bool redemption;	/* redemption period, pending delete */
	bool on_hold;		/* client hold, server hold: not in the DNS */
	bool parked;		/* its name servers are a park's */
	int64_t expires_ms;	/* TIME_NONE */
	int64_t registered_ms;	/* latest (re-)registration; TIME_NONE */
	char note[REGISTRY_NOTE_MAX];	/* what to show, in its own words */
};
/* `status` 404 is « not registered » whatever the body says. */
int rdap_read(int status, const char *json, size_t len, struct rdap_reading *ret, struct error *err);
/* The RDAP server of a domain in IANA's bootstrap file (RFC 9224): a URL that
 * ends with "/" into out; ERROR_NOT_FOUND if there is none. */
int rdap_bootstrap(const char *json, size_t len, const char *domain, char *out, size_t out_size, struct error *err);

struct company_reading {
	bool known;		/* false: not found, which is not death; the rest is not set */
	enum register_reading reading;
	int64_t since_ms;	/* of the closing; TIME_NONE */
	char note[REGISTRY_NOTE_MAX];
};
/* Of the company with this SIREN alone, whatever else the answer holds. */
int company_read(const char *siren, const char *json, size_t len, struct company_reading *ret, struct error *err);

/* The notices on this SIREN put together, newest last: cancelled ones are
 * taken out, corrected ones replaced, a later judgement overrides. */
int gazette_read(const char *siren, const char *json, size_t len, struct company_reading *ret, struct error *err);

/* Nine digits with a right Luhn sum (La Poste's establishments do not matter here). */
bool siren_valid(const char *text);

#endif
