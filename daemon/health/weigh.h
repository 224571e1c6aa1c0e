/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of the evidence, additive in log-odds.  Signals with one cause are a
 * group; the host's (DNS, TLS, HTTP, site) share one capped factor. */
#ifndef VIGIE_HEALTH_WEIGH_H
#define VIGIE_HEALTH_WEIGH_H

#include "health/detector.h"

enum evidence_group {
	GROUP_SILENCE, GROUP_HOST, GROUP_WORDS, GROUP_REGISTER, GROUP_CATALOGUE, GROUP_HUMAN, GROUPS
};

struct balance {
	double log_odds;
	double groups[GROUPS];	/* what each group added */
	bool host_speaks;	/* the host's group has more than silence */
	size_t n_reasons;
	struct reason *reasons;	/* REASONS of them, the caller's */
};

/* Sets everything but `reasons`. */
void weigh(const struct partner_health *p, struct balance *b);

/* Whether nothing can be fetched: no answer, or another document. */
bool health_failing(const struct partner_health *p);
/* The reading of a signal is `value`, and was on two looks that were at least `held_ms` apart. */
bool health_held(const struct partner_health *p, enum signal signal, int64_t value, int64_t held_ms);
/* Closing words on two fetches, of the API or of the site's first page. */
bool health_says_closing(const struct partner_health *p);
/* The site's first page shows words that were not yet read twice. */
bool health_needs_second_look(const struct partner_health *p);
bool health_site_answers(const struct partner_health *p);

#endif
