/* SPDX-License-Identifier: Apache-2.0 */
#include "health/cusum.h"

#include <math.h>

#include "health/constants.h"

static double
share_of_usual(const struct cusum *c, int64_t count)
{
	return c->seen > 0 ? (double)count / (exp(c->mean) - 1) : 1;
}

bool
cusum_empty(const struct cusum *c, int64_t count)
{
	/* Who never offered anything has not been emptied. */
	return c->seen > 0 && c->mean > 0 && share_of_usual(c, count) < detector_constants.count_empty_share;
}

bool
cusum_dwindling(const struct cusum *c, int64_t count)
{
	return c->sum > detector_constants.count_alarm &&
	    share_of_usual(c, count) < detector_constants.count_dwindled_share;
}

void
cusum_count(struct cusum *c, int64_t count)
{
	const struct detector_constants *k = &detector_constants;
	double x = log1p((double)count), delta = x - c->mean;
	double deviation = fmax(sqrt(c->variance), k->count_deviation_min);
	if (c->seen > 0)
		c->sum = fmax(0, c->sum - delta / deviation - k->count_slack);
	/* What is usual does not get used to nothing. */
	if (cusum_empty(c, count))
		return;
	double weight = fmax(k->count_memory, 1.0 / (c->seen + 1));
	c->mean += weight * delta;
	c->variance = (1 - weight) * (c->variance + weight * delta * delta);
	c->seen += c->seen < UINT32_MAX;
}
