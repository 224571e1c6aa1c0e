/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions in one dimension: latitude and longitude in 16 bits each,
 * interleaved (Morton 1966), so that a circle is a handful of ranges of an
 * ordinary index.  A cell is about 300 m by 600 m at the equator.
 */
#ifndef VIGIE_CATALOGUE_SQLITE_NEAR_H
#define VIGIE_CATALOGUE_SQLITE_NEAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct catalogue;

struct cell_range {
	int64_t low, high;	/* both included */
};

enum { NEAR_RANGES = 32 };

int64_t near_cell(double lat, double lon);	/* -1: no position */
/* Ranges that hold every cell within `km` of the point; at most NEAR_RANGES. */
size_t near_cover(double lat, double lon, double km, struct cell_range ret[NEAR_RANGES]);
/* The SQL function vigie_km(lat1, lon1, lat2, lon2). */
int near_register(struct catalogue *c, struct error *err);

#endif
