/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time zones of one calendar.  A name of the IANA database means that
 * zone, whatever the calendar's own VTIMEZONE says of it: many of those are
 * shortened to one offset.  Other names mean the calendar's VTIMEZONE.
 */
#ifndef VIGIE_ICAL_ZONES_H
#define VIGIE_ICAL_ZONES_H

#include <libical/ical.h>
#include <stddef.h>

/* What may not be: many zones, long ones, and rules that would take for ever to reckon. */
enum { ICAL_ZONES_MAX = 64, ICAL_ZONE_MAX_BYTES = 16 << 10 };

struct ical_zones {
	icaltimezone *list[ICAL_ZONES_MAX];
	size_t n;
};

void ical_zones_clear(struct ical_zones *z);
/* The lines of a VTIMEZONE, from BEGIN to END; what cannot be used is left out. */
void ical_zones_add(struct ical_zones *z, const char *text);
/* Borrowed; NULL: not known. */
icaltimezone *ical_zones_find(const struct ical_zones *z, const char *tzid);

#endif
