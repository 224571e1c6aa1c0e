/* SPDX-License-Identifier: Apache-2.0 */
#include "health/survival.h"

#include <math.h>
#include <stddef.h>

#include "base/clock.h"
#include "health/constants.h"

/* Recovered outages longer than t, of 3,519.  The quantiles are measured (half
 * after 24 min, a tenth after 4.4 h, a hundredth after 42 h, two after twelve
 * days); the rest is read back from the odds that the measurements gave.
 * Between knots, and after the last one, S is a power of t. */
enum { OUTAGES = 3519 };

static const struct {
	double t_ms, outages;
} knots[] = {
	{ MINUTE_MS, OUTAGES },
	{ 24 * MINUTE_MS, 0.50 * OUTAGES },
	{ 4.4 * HOUR_MS, 0.10 * OUTAGES },
	{ 6 * HOUR_MS, 0.09 * OUTAGES },
	{ DAY_MS, 53 },
	{ 42 * HOUR_MS, 0.01 * OUTAGES },
	{ 3.0 * DAY_MS, 13 },
	{ 6.0 * DAY_MS, 6 },
	{ 12.0 * DAY_MS, 2 },
};
enum { KNOTS = sizeof knots / sizeof knots[0] };
static const double tail_exponent = -1.2;	/* the Pareto law that fits from 6 h on */

static const double year_ms = 365.25 * DAY_MS;

double
years_of_ms(int64_t t_ms)
{
	return (double)t_ms / year_ms;
}

double
survival(int64_t t_ms)
{
	double t = (double)t_ms;
	size_t i = 0;
	while (i < KNOTS && t >= knots[i].t_ms)
		i++;
	if (i == 0)
		return 1;
	double exponent = tail_exponent;
	if (i < KNOTS)
		exponent = log(knots[i].outages / knots[i - 1].outages) / log(knots[i].t_ms / knots[i - 1].t_ms);
	return knots[i - 1].outages / OUTAGES * pow(t / knots[i - 1].t_ms, exponent);
}

double
outage_rate(unsigned long_outages, int64_t observed_ms)
{
	const struct detector_constants *k = &detector_constants;
	double long_share = survival(k->long_outage_ms);
	double pooled = k->outages_per_year * long_share;
	double rate = (long_outages + k->rate_prior_weight) / (years_of_ms(observed_ms) + k->rate_prior_weight / pooled);
	return rate / long_share;
}

double
silence_log_odds(int64_t silent_ms, double rate_per_year)
{
	return log(detector_constants.hazard_per_year / (rate_per_year * survival(silent_ms)));
}

double
probability_of_log_odds(double log_odds)
{
	return 1 / (1 + exp(-log_odds));
}
