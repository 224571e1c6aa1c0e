/* SPDX-License-Identifier: Apache-2.0 */
/* Months in which a partner is closed: "11-01..03-31, 12-24..12-26", ends included. */
#ifndef VIGIE_HEALTH_SEASON_H
#define VIGIE_HEALTH_SEASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { SEASON_SPANS = 8 };

struct season {
	struct { unsigned from, to; } spans[SEASON_SPANS];	/* month * 100 + day; from > to: over New Year */
	size_t n;
};
/* ERROR_CONFIG with what to write instead. */
int season_parse(const char *text, struct season *ret, struct error *err);
/* In Universal Time: a day more or less does not matter here. */
bool season_closed(const struct season *s, int64_t t_ms);

#endif
