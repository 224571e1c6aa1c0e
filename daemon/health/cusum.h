/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many listings a partner usually has, and whether their number sinks: the
 * one-sided cumulative sum of Page (1954) on the logarithm of the count,
 * against the partner's own mean and deviation.  Plain data; zero is a good
 * start.
 */
#ifndef VIGIE_HEALTH_CUSUM_H
#define VIGIE_HEALTH_CUSUM_H

#include <stdbool.h>
#include <stdint.h>

struct cusum {
	double mean, variance;	/* of ln(1 + count), moving */
	double sum;		/* of the deviations downwards, less the slack */
	uint32_t seen;		/* counts that the mean knows */
};

void cusum_count(struct cusum *c, int64_t count);
/* So few, beside what is usual, that nothing is left. */
bool cusum_empty(const struct cusum *c, int64_t count);
/* They have become fewer, and not by chance: at most half of what is usual. */
bool cusum_dwindling(const struct cusum *c, int64_t count);

#endif
