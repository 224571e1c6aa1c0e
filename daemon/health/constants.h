/* SPDX-License-Identifier: Apache-2.0 */
/* Every number that the detector reckons with, in one table, and where each
 * comes from.  docs/detection.md tells what they do together. */
#ifndef VIGIE_HEALTH_CONSTANTS_H
#define VIGIE_HEALTH_CONSTANTS_H

#include <stdint.h>

struct detector_constants {
	/* competing risks: death against one more outage */
	double hazard_per_year;
	double outages_per_year;
	int64_t long_outage_ms;
	double rate_prior_weight;

	/* factors on the odds, by group of one cause */
	double factor_nxdomain, factor_redemption, factor_on_hold, factor_both_410, factor_site_404, factor_api_absent;
	double factor_parked_two_cues, factor_parked_one_cue;
	double factor_site_silent, factor_site_answers, factor_tls_expired;
	double factor_host_max;
	double factor_closing;
	double factor_ceased, factor_liquidation, factor_trading;
	double factor_emptied, factor_dwindling;
	double factor_human;

	/* how long, or how often, before something is believed */
	int64_t nxdomain_held_ms, domain_held_ms, answer_held_ms, words_held_ms, site_silent_held_ms, moved_held_ms;
	int64_t emptied_held_ms, denied_held_ms, denied_site_unknown_ms;
	int64_t silence_group_ms, silence_only_ms, outage_ms;

	/* verdicts */
	double raise_probability, clear_probability, uncertain_probability;
	double group_counts_from;
	unsigned clear_polls;
	int64_t clear_over_ms;
	int64_t dismissed_ms;

	/* rhythm of change: BG/NBD */
	double rhythm_r, rhythm_alpha_days, rhythm_a, rhythm_b;
	double rhythm_dead_probability;
	double rhythm_changes_min;
	int64_t rhythm_quiet_min_ms;

	/* counts: CUSUM */
	double count_memory, count_slack, count_alarm, count_deviation_min;
	double count_empty_share, count_dwindled_share;

	/* one cause for many: is it us? */
	double incident_share;
	unsigned incident_partners_min;
	int64_t incident_window_ms, incident_longest_ms, incident_domain_longest_ms;
};

extern const struct detector_constants detector_constants;

#endif
