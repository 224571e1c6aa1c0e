/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How partners and hooks stand, and what they came to since they were first
 * known, for those who measure.  Sums are kept with each partner: the ledger is
 * not read, and what it drops stays counted.
 */
#ifndef VIGIE_CATALOGUE_TOTALS_H
#define VIGIE_CATALOGUE_TOTALS_H

#include "catalogue/catalogue.h"

struct partner_total {		/* texts are borrowed until the callback returns */
	const char *partner, *name, *theme, *verdict;
	double probability;
	int64_t last_success_ms, last_attempt_ms, next_poll_ms;	/* TIME_NONE */
	int64_t listings, outside;	/* present; of these, outside the territory */
	bool withdrawn;
	int64_t quarantined, held, failures;
	int64_t runs[RUN_OUTCOMES];
	int64_t requests, bytes, added, changed, removed, restored;
	int64_t blocked, led_away;	/* runs that ended with ERROR_BLOCKED, with ERROR_REDIRECT */
};
/* In order of their names. */
int totals_partners(struct catalogue *c, void (*each)(void *arg, const struct partner_total *t), void *arg,
    struct error *err);

struct hook_total {
	const char *hook;
	int64_t delivered, refused;	/* events */
	int64_t first_failure_ms;	/* since when all attempts have failed; TIME_NONE */
	bool disabled;
	int64_t behind;			/* changes that it has not been told of, or passed over */
};
int totals_hooks(struct catalogue *c, void (*each)(void *arg, const struct hook_total *t), void *arg, struct error *err);

#endif
