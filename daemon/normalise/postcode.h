/* SPDX-License-Identifier: Apache-2.0 */
/* A postcode as the prefixes of a territory are compared with it. */
#ifndef VIGIE_NORMALISE_POSTCODE_H
#define VIGIE_NORMALISE_POSTCODE_H

#include "normalise/listing.h"

struct buf;

/*
 * Appends "47200" for "47 200", "F-47200" and "FR-47200".  Another country's
 * postcode says so, "ES-47400": it is of another country if `country`, or "F-",
 * says one that has not the postcodes of `home`.  No text and NULL: not known.
 */
void postcode_write(struct buf *out, const struct text *postcode, const struct text *country, const char *home);

#endif
