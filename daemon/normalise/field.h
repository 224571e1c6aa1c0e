/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and dates out of a connector's field, whatever type it came in. */
#ifndef VIGIE_NORMALISE_FIELD_H
#define VIGIE_NORMALISE_FIELD_H

#include "vigie_connector.h"

struct buf;
struct date;
struct decimal;
struct zone;

/* 0 with *ret, 1: there is no value, -1: it is something else.  `scratch` is
 * overwritten. */
int field_decimal(const struct vigie_field *f, struct buf *scratch, struct decimal *ret);
int field_date(const struct vigie_field *f, struct buf *scratch, const struct zone *zone, struct date *ret);

#endif
