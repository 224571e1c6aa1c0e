/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, times and URLs appended as text, without printf: a page of listings
 * has some thousand of them.  A number without a value is for the caller.
 */
#ifndef VIGIE_REPRESENT_PUT_H
#define VIGIE_REPRESENT_PUT_H

#include <stdint.h>

#include "base/buf.h"
#include "normalise/listing.h"
#include "represent/represent.h"

/* The most decimals of a currency and of degrees. */
enum { PUT_DECIMALS_MAX = 7, DEGREES_DECIMALS = 7 };

void put_integer(struct buf *out, int64_t value);
/* value / 10^decimals, exactly, with all of the decimals: 1250 and 2 give "12.50". */
void put_scaled(struct buf *out, int64_t value, int decimals, char point);
/* Rounded to 7 decimals, a centimetre, without zeros at the end: "44.5". */
void put_degrees(struct buf *out, double degrees);
/* As num_text() has it. */
void put_real(struct buf *out, double value);
/* "2026-11-22T21:08:46Z", rounded down to the second. */
void put_time(struct buf *out, int64_t t_ms);

/* One segment of a URL's path: what is not unreserved (RFC 3986, 2.3), a colon or an @ as %XX. */
void put_segment(struct buf *out, const char *s, size_t len);

/*
 * "12 quai du Canal, 47200 Marmande", or less.  Partners whose street is a
 * whole address give postcode and town twice: people read them once.
 */
void put_address(struct buf *out, const struct listing *l);

/* The listing's own URL on this server, which is its identity in linked data. */
void put_item_url(struct buf *out, const struct represent *r, const struct listing_row *row);

static inline void
put_text(struct buf *out, struct text t)
{
	buf_add(out, t.s, t.len);
}

/* A string constant. */
#define put_literal(out, s) buf_add((out), "" s, sizeof s - 1)

#endif
