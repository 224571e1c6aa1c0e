/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iCalendar (RFC 5545), for those listings that take place at some time.
 * A document depends on the listings alone, not on when it is written.
 */
#ifndef VIGIE_REPRESENT_ICALENDAR_H
#define VIGIE_REPRESENT_ICALENDAR_H

#include "represent/represent.h"

bool icalendar_takes(const struct listing_row *row);
void icalendar_begin(struct buf *out, const struct represent *r);
void icalendar_item(struct buf *out, const struct represent *r, const struct listing_row *row);
void icalendar_end(struct buf *out, const struct represent *r);

#endif
