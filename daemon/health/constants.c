/* SPDX-License-Identifier: Apache-2.0 */
#include "health/constants.h"

#include "base/clock.h"

/* « M »: measured on 3,519 recovered outages of 160 sites in 103 site-years.
 * « S »: suggested with those measurements, as an order of magnitude.
 * « J »: our judgement; docs/detection.md says how much depends on it. */
const struct detector_constants detector_constants = {
	.hazard_per_year = 0.05,		/* M: platforms of this kind die at 0.05 to 0.08 a year */
	.outages_per_year = 33.7,		/* M: pooled */
	.long_outage_ms = 6 * HOUR_MS,		/* M: from there on the lengths follow one law */
	.rate_prior_weight = 1,			/* J: the pool weighs as one long outage, four months of watching */

	.factor_nxdomain = 100,			/* S */
	.factor_redemption = 100,		/* S */
	.factor_on_hold = 10,			/* J: unpaid, and taken out of the DNS by its registrar or registry */
	.factor_both_410 = 100,			/* S; M: 410 in none of 3,519 outages */
	.factor_site_404 = 20,			/* S */
	.factor_api_absent = 3,			/* M: 404 opens 0.74 % of outages, but is common in long ones */
	.factor_parked_two_cues = 100,		/* S */
	.factor_parked_one_cue = 10,		/* J: the root of the two */
	.factor_site_silent = 10,		/* J: who trades keeps the site up; one host may carry both */
	.factor_site_answers = 0.2,		/* J: an API that is given up alone, beside one that is broken */
	.factor_tls_expired = 2,		/* S */
	.factor_host_max = 200,			/* J: the strongest sign and the weakest, never two strong ones */
	.factor_closing = 50,			/* S */
	.factor_ceased = 1e6,			/* S: near certain */
	.factor_liquidation = 30,		/* S: strong */
	.factor_trading = 0.5,			/* S: a sign of life, no more */
	.factor_emptied = 20,			/* S */
	.factor_dwindling = 3,			/* J */
	.factor_human = 1e6,			/* S */

	.nxdomain_held_ms = 2 * HOUR_MS,	/* S */
	.domain_held_ms = 20 * HOUR_MS,		/* J: two answers of a registry that is asked once a day */
	.answer_held_ms = HOUR_MS,		/* J: a slip while something is deployed is over by then */
	.words_held_ms = HOUR_MS,		/* S: two fetches; of a parking page as well */
	.site_silent_held_ms = DAY_MS,		/* J: M: 98.5 % of outages are over */
	.moved_held_ms = HOUR_MS,		/* J: two fetches */
	.emptied_held_ms = 3 * DAY_MS,		/* S */
	.denied_held_ms = 2 * DAY_MS,		/* J: M: 99 % of outages are over after 42 h */
	.denied_site_unknown_ms = 7 * DAY_MS,	/* J */
	.silence_group_ms = DAY_MS,		/* J: as site_silent_held */
	.silence_only_ms = 9 * DAY_MS,		/* M: one outage in 1,000 is longer, before the site has a say */
	.outage_ms = 30 * MINUTE_MS,		/* M: half of all outages are over after 24 min */

	.raise_probability = 0.95,		/* S */
	.clear_probability = 0.20,		/* S */
	.uncertain_probability = 0.20,		/* J: what does not clear is not certain */
	.group_counts_from = 3,			/* J: a factor below is not evidence of its own */
	.clear_polls = 3,			/* S */
	.clear_over_ms = DAY_MS,		/* S */
	.dismissed_ms = 30 * (int64_t)DAY_MS,	/* J: what staff know of a partner ages */

	.rhythm_r = 1,				/* J: rates of change of partners differ as much as an exponential */
	.rhythm_alpha_days = 3,			/* J: a change in three days */
	.rhythm_a = 0.5,			/* J: with b, one change in twenty is the last; */
	.rhythm_b = 9.5,			/* that weighs as ten changes */
	.rhythm_dead_probability = 0.95,	/* S: as sure as of any other end */
	.rhythm_changes_min = 5,		/* J: below there is no rhythm to speak of */
	.rhythm_quiet_min_ms = 7 * DAY_MS,	/* J: a week has a week-end in it */

	.count_memory = 0.02,			/* J: the usual number is that of the last fifty changes */
	.count_slack = 0.5,			/* Page (1954): half of the shift to be found, one deviation */
	.count_alarm = 8,			/* Page (1954): an average run of some 10,000 changes without cause */
	.count_deviation_min = 0.05,		/* J: 5 %; steadier than that is luck */
	.count_empty_share = 0.1,		/* J */
	.count_dwindled_share = 0.5,		/* J */

	.incident_share = 0.5,			/* M: 14 % of outages hit half of a lookout's sites */
	.incident_partners_min = 2,		/* one alone is not « many » */
	.incident_window_ms = 75 * MINUTE_MS,	/* a poll's interval, and M: 10 min */
	.incident_longest_ms = 7 * DAY_MS,	/* J: longer than that a blind lookout is noticed */
	.incident_domain_longest_ms = DAY_MS,	/* J: as site_silent_held; a house also closes with all that it offers */
};
