/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One VEVENT: its text, from BEGIN to END with unfolded lines, as the JSON text
 * of an item, or as the days that it takes.
 *
 *	{ "uid", "recurrence_id", "withdrawn": true, "summary", "description",
 *	  "location", "geo": { "latitude", "longitude" }, "start", "end", "url",
 *	  "image", "categories": [ … ], "status", "last_modified",
 *	  "recurrence": { "rule", "dates": [ … ], "except": [ … ] } }
 *
 * Times are UTC where their zone is known; else as they are written, for the
 * host to read: in the zone that is named behind them in brackets (RFC 9557),
 * or in the partner's.  `end` of an event of whole days is its last day.  Cancelled,
 * private and confidential events are withdrawn.
 */
#ifndef VIGIE_ICAL_EVENT_H
#define VIGIE_ICAL_EVENT_H

#include <stdint.h>

#include "base/buf.h"
#include "ical/zones.h"

/* Of several events with one key, that with the highest number counts. */
struct ical_version {
	struct buf key;		/* UID, and RECURRENCE-ID; empty: it has none */
	uint32_t sequence;	/* 0 if it does not say */
};

/*
 * Appends the object and says in *ret_version which it is; -1 with *ret_problem, a constant, when its dates cannot be
 * read.  1: one of them names a time zone that is not known (yet), and stands
 * there as it is written.
 */
int ical_event_json(const char *text, const struct ical_zones *zones, struct buf *out, struct ical_version *ret_version,
    const char **ret_problem);

enum { ICAL_DAY_BYTES = 11 };	/* "2026-07-04" */

struct ical_period {
	char start[ICAL_DAY_BYTES], end[ICAL_DAY_BYTES];	/* days; `end` is the first that is free */
	char *repeats;		/* JSON text of when else, as `recurrence` above; NULL: never */
};

/* 1: it takes *ret; 0: it takes nothing, being cancelled or no obstacle; -1.
 * `home`: where the days of times in UTC are; NULL: they stay in UTC. */
int ical_event_period(const char *text, icaltimezone *home, struct ical_period *ret, const char **ret_problem);

#endif
