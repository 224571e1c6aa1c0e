/* SPDX-License-Identifier: Apache-2.0 */
/* When a listing takes place: `starts_at` and `ends_at`, which have no column of their own but stand in `properties`. */
#ifndef VIGIE_REPRESENT_WHEN_H
#define VIGIE_REPRESENT_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "normalise/listing.h"

struct when {
	struct text text;	/* "2026-07-04" for a day, else "2026-07-04T12:00:00Z"; borrowed from `properties` */
	bool is_day;
	int64_t ms;		/* since 1970, UTC; of a day, its first in UTC */
};

/* False: the listing has no such date, or a partner's own words stand under that name. */
bool when_read(struct text properties, const char *name, struct when *ret);

#endif
