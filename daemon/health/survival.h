/* SPDX-License-Identifier: Apache-2.0 */
/* How long outages last, how often a partner has one, and what that makes of
 * a silence: the competing risks of death and of one more outage. */
#ifndef VIGIE_HEALTH_SURVIVAL_H
#define VIGIE_HEALTH_SURVIVAL_H

#include <stdint.h>

/* Years, for rates. */
double years_of_ms(int64_t t_ms);

/* S(t): the share of recovered outages that lasted longer than `t_ms`. */
double survival(int64_t t_ms);

/* A partner's rate of outages a year, shrunk towards the pooled rate: the mean
 * of the gamma posterior of a Poisson rate.  Only outages of six hours and more
 * are counted, and scaled by S(6 h): how many short ones are seen depends on
 * how often one looks, and they say little about long ones. */
double outage_rate(unsigned long_outages, int64_t observed_ms);

/* ln of hazard / (rate × S(t)): the odds that who is silent for `t_ms` of
 * observed time is gone, as far as silence alone tells. */
double silence_log_odds(int64_t silent_ms, double rate_per_year);

/* 1 / (1 + e^-x) */
double probability_of_log_odds(double log_odds);

#endif
