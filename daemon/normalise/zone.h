/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones for dates that come without one: fixed offsets, and zones under
 * the rule of directive 2000/84/EC (summer time from the last Sunday of March
 * to the last Sunday of October, changes at 01:00 UTC).  Own rules, because a
 * minimal Debian has no tzdata and tzset is one global for all.
 *
 * Before 1996 summer time ended in September; before 1981, when the countries
 * did not agree, there is none here.
 */
#ifndef VIGIE_NORMALISE_ZONE_H
#define VIGIE_NORMALISE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone {
	int offset_s;		/* east of Greenwich, in winter */
	bool summer;		/* the European rule applies */
	bool day_first;		/* of its customs: « 03/04/2017 » is in April; not from zone_parse */
};

/* "Europe/Paris" and others of the table in zone.c, "UTC", "Z", "+02:00",
 * "-0330", "+01".  -1: not known. */
int zone_parse(const char *s, size_t len, struct zone *ret);

/* Seconds since 1970 of a local time given as seconds since 1970-01-01T00:00
 * local.  An hour that comes twice is the first one; one that is skipped is
 * read in winter time. */
int64_t zone_to_utc_s(const struct zone *z, int64_t local_s);
int64_t zone_to_local_s(const struct zone *z, int64_t utc_s);	/* the other way */
/* Milliseconds since 1970 when a day, as days_from_civil() counts, begins there. */
int64_t zone_day_ms(const struct zone *z, int64_t day);

/* Days from 1970-01-01 in the Gregorian calendar. */
int64_t days_from_civil(int year, int month, int day);
int days_in_month(int year, int month);

#endif
