/* SPDX-License-Identifier: Apache-2.0 */
/* Times, durations, sizes and prices as people say them. */
#ifndef VIGIE_SHOW_WORDS_H
#define VIGIE_SHOW_WORDS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

#define WORDS_MAX 48

/* The catalogue's times, "2026-11-22T21:08:46Z"; TIME_NONE for anything else. */
int64_t words_time_ms(const char *text);
/* "now", "3 min ago", "in 12 min", "5 days ago"; "never" for TIME_NONE.  Returns `out`. */
const char *words_when(int64_t t_ms, int64_t now_ms, char out[WORDS_MAX]);
/* "2026-11-22 21:08:46" in local time; "never" for TIME_NONE.  Returns `out`. */
const char *words_date(int64_t t_ms, char out[WORDS_MAX]);
/* "< 1 s", "40 s", "12 min", "3 h", "5 days": rounded down.  Returns `out`. */
const char *words_duration(int64_t ms, char out[WORDS_MAX]);
/* "512 B", "1.2 kB", "165 MB": powers of a thousand.  Returns `out`. */
const char *words_bytes(uint64_t bytes, char out[WORDS_MAX]);
/* Appends "75.00 EUR / day", or "free"; `minor` is in the currency's smallest unit;
 * `currency` and `unit` may be "". */
void words_price(struct buf *out, int64_t minor, const char *currency, const char *unit);

#endif
