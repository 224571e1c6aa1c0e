/* SPDX-License-Identifier: Apache-2.0 */
#include "health/rhythm.h"

#include <math.h>

#include "base/clock.h"
#include "health/constants.h"
#include "health/survival.h"

void
rhythm_pass(struct rhythm *r, int64_t observed_ms)
{
	r->observed_ms += observed_ms;
}

void
rhythm_change(struct rhythm *r)
{
	r->changes++;
	r->changed_ms = r->observed_ms;
}

double
rhythm_alive(const struct rhythm *r)
{
	const struct detector_constants *k = &detector_constants;
	if (r->changes < 1)
		return 1;
	double seen_days = (double)r->observed_ms / DAY_MS, changed_days = (double)r->changed_ms / DAY_MS;
	double log_odds_stopped = log(k->rhythm_a / (k->rhythm_b + r->changes - 1)) +
	    (k->rhythm_r + r->changes) * log((k->rhythm_alpha_days + seen_days) / (k->rhythm_alpha_days + changed_days));
	return 1 - probability_of_log_odds(log_odds_stopped);
}

int
rhythm_stopped(const struct rhythm *r)
{
	const struct detector_constants *k = &detector_constants;
	return r->changes >= k->rhythm_changes_min && r->observed_ms - r->changed_ms >= k->rhythm_quiet_min_ms &&
	    1 - rhythm_alive(r) >= k->rhythm_dead_probability;
}
