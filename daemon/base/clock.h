/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one clock.  Every module takes the time from a `const struct clock`
 * that it was given, so that a rehearsal can run a year in minutes: with
 * speed 3600 an hour passes in a second.
 *
 * Times are int64_t milliseconds since 1970 (UTC), named *_ms; TIME_NONE is
 * « no time ».  Text is ISO 8601 / RFC 3339 in UTC.
 */
#ifndef VIGIE_BASE_CLOCK_H
#define VIGIE_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define TIME_NONE INT64_MIN

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

struct clock {
	int64_t origin_ms;	/* real time at which it was started */
	int64_t start_ms;	/* time that it showed then */
	double speed;		/* 1.0 is real time */
};

/* The machine's own time. */
void clock_init(struct clock *c);
/* From `start_ms` (TIME_NONE: now), `speed` times as fast as real time. */
void clock_init_fast(struct clock *c, int64_t start_ms, double speed);
int64_t clock_now_ms(const struct clock *c);
/* How long one really waits for `wait_ms` of this clock; at least 0. */
int64_t clock_real_wait_ms(const struct clock *c, int64_t wait_ms);

/* Milliseconds of CLOCK_MONOTONIC, for measuring real durations. */
int64_t monotonic_ms(void);

#define TIME_TEXT_MAX 32
/* "2026-11-22T21:08:46Z"; "" for TIME_NONE.  Returns `out`. */
const char *time_text(int64_t t_ms, char out[TIME_TEXT_MAX]);

#endif
