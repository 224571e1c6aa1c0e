/* SPDX-License-Identifier: Apache-2.0 */
/* When to ask again: back-off and Retry-After, as pure functions. */
#ifndef VIGIE_NET_RETRY_H
#define VIGIE_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Can asking again soon heal it?  Reset, time-out, truncation, 5xx but 501
 * and 505, 408, 425, 429: yes.  DNS failure: yes.  TLS, other 4xx: no. */
bool retry_heals(enum error_kind kind, int status);

/* Full jitter (Brooker, AWS Architecture Blog, 2015): uniform in
 * [0, min(cap, base * 2^attempt)], attempt from 0. */
int64_t retry_wait_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, uint64_t random);

/* The interval of a partner that failed `failures` runs in a row: doubled for
 * each after the first, up to a day (or the interval itself if it is longer). */
int64_t retry_interval_ms(int64_t interval_ms, unsigned failures);

/* Retry-After (RFC 9110 10.2.3): seconds or an HTTP date, in ms from now;
 * -1 if it cannot be read.  A date in the past is 0.  At most a week, whatever is
 * asked for: nobody makes the lookout look away for good. */
int64_t retry_after_ms(const char *value, int64_t now_ms);

/* Is a wait until then not over yet?  One of more than a week was reckoned by a
 * clock that was ahead.  TIME_NONE: none was asked for. */
bool retry_waits_until(int64_t until_ms, int64_t now_ms);

/* The same of a wait that was asked for at `asked_ms`: one that was noted at a time to come is over. */
bool retry_must_wait(int64_t until_ms, int64_t asked_ms, int64_t now_ms);

uint64_t random_u64(void);	/* from the kernel; for jitter, not for secrets */

#endif
