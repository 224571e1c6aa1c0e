/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A normalised listing: what the catalogue keeps, one member per column of
 * the public view `listings`, and its flat form.
 *
 * The flat form is a byte string that stage, merge and hash share: numbers in
 * the machine's order, texts as length and bytes.  It is not a file format.
 */
#ifndef VIGIE_NORMALISE_LISTING_H
#define VIGIE_NORMALISE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum listing_text {
	LISTING_EXTERNAL_ID,
	LISTING_KIND,
	LISTING_TITLE,
	LISTING_DESCRIPTION,
	LISTING_LANGUAGE,
	LISTING_URL,
	LISTING_IMAGE_URL,
	LISTING_STREET,
	LISTING_POSTCODE,
	LISTING_LOCALITY,
	LISTING_COUNTRY,
	LISTING_CURRENCY,
	LISTING_PRICE_UNIT,
	LISTING_PRICE_TEXT,
	LISTING_PROPERTIES,	/* a JSON object, "{}" at least */
	LISTING_TEXTS
};

enum listing_integer {
	LISTING_PRICE_MINOR,	/* of the currency's minor unit: cents */
	LISTING_CAPACITY,
	LISTING_RATING_COUNT,
	LISTING_SOURCE_UPDATED_AT,	/* ms since 1970 */
	LISTING_INTEGERS
};

enum listing_real {
	LISTING_LATITUDE,	/* WGS 84 degrees; both or none */
	LISTING_LONGITUDE,
	LISTING_RATING,		/* 0 to 5 */
	LISTING_REALS
};

enum { LISTING_DEPTH_MAX = 1000 };	/* of LISTING_PROPERTIES: cJSON reads what nests no deeper */
#define LISTING_NO_INTEGER INT64_MIN	/* and NAN for a real, NULL for a text */

struct text {
	const char *s;		/* UTF-8, not NUL-terminated; NULL: no value */
	size_t len;
};

enum listing_place { LISTING_INSIDE, LISTING_OUTSIDE, LISTING_UNLOCATED };

struct listing {
	struct text text[LISTING_TEXTS];	/* borrowed from whoever filled it */
	int64_t integer[LISTING_INTEGERS];
	double real[LISTING_REALS];
	enum listing_place place;		/* relative to the territory */
	bool published;				/* the territory lets it be seen */
};

void listing_clear(struct listing *l);		/* nothing has a value */
void listing_flatten(const struct listing *l, struct buf *out);	/* appends */
/* *ret borrows from `flat`.  -1 if `flat` is not what listing_flatten made. */
int listing_unflatten(const char *flat, size_t len, struct listing *ret);

/* Its LISTING_EXTERNAL_ID alone; no text if it is none of a flat form's. */
struct text listing_flat_id(const char *flat, size_t len);

/* Public column names, in the order of the enums. */
extern const char *const listing_text_names[LISTING_TEXTS];
extern const size_t listing_text_max[LISTING_TEXTS];	/* bytes that it has at most */
struct listing_range { int64_t least, most; };
extern const struct listing_range listing_integer_range[LISTING_INTEGERS];

/* 0 if `kind` is not one of the public kinds. */
bool listing_kind_valid(const char *kind, size_t len);
extern const char *const listing_kinds[];	/* ends with NULL */

#endif
