/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates in any written form that we have met: ISO 8601, RFC 3339 and 9557, RFC 2822,
 * Ruby's and PHP's, /Date(ms)/, seconds or milliseconds since 1970, French and
 * English words.  The name of the weekday is not looked at: partners get it
 * wrong.  Years are from 1900 to 2199.
 *
 * No date: "03/04/2017", April to some and March to others, unless the zone says
 * day_first ("16/03/2017" is one); "2026070420", an hour or seconds; a date behind
 * words other than "le", "dès", "from" and their like ("annulé le 4 juillet 2026").
 */
#ifndef VIGIE_NORMALISE_DATE_H
#define VIGIE_NORMALISE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "normalise/zone.h"

struct buf;

struct date {
	int64_t ms;		/* since 1970, UTC; of a day its start in the zone */
	bool day_only;		/* written without a time */
	int year, month, day;	/* as written, when day_only */
};

/* `s` is clean and of one line; `zone` is for times without one.  -1: no date. */
int date_read(const char *s, size_t len, const struct zone *zone, struct date *ret);

/* Bytes of "jusqu'au " or "until ", which the date of an end may start with. */
size_t date_until(const char *s, size_t len);

/* "2026-07-04" for a day, else "2026-07-04T12:00:00Z".  Appends. */
void date_text(const struct date *d, struct buf *out);

/* Can it stand in normalise_options.timezone? */
bool date_timezone_valid(const char *name);

#endif
