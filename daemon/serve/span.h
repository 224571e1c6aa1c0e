/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a question spans in space and in time: the parameters bbox and datetime
 * of OGC API - Features (17-069r4, 7.15.3 and 7.15.4).
 */
#ifndef VIGIE_SERVE_SPAN_H
#define VIGIE_SERVE_SPAN_H

#include <stdint.h>

#include "base/error.h"
#include "catalogue/reading.h"
#include "normalise/zone.h"

/*
 * « W,S,E,N » or, with heights, which are not looked at, « W,S,bottom,E,N,top »;
 * west > east goes across the antimeridian.  Maps that show the world several
 * times ask beyond 180 and 90 degrees: such a box is brought back.  -1 with a
 * text for whoever asked.
 */
int box_read(const char *s, struct box *ret, struct error *err);

/*
 * An instant, or « A/B », each an instant or open (« .. » or nothing).  A day
 * is all of it in that zone, « 2026-07-04T », which GDAL sends, too.  *ret_from_ms and
 * *ret_to_ms belong to it; TIME_NONE: open.  -1 as above.
 */
int interval_read(const char *s, const struct zone *zone, int64_t *ret_from_ms, int64_t *ret_to_ms, struct error *err);

#endif
