/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other tools see of a listing, as a table: name, type, where it comes
 * from, what it means.  GeoJSON, CSV, GeoPackage and the JSON Schema are all
 * made from it, so a column added here is in each of them.
 */
#ifndef VIGIE_REPRESENT_COLUMN_H
#define VIGIE_REPRESENT_COLUMN_H

#include "base/buf.h"
#include "catalogue/reading.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_UID,		/* a text too */
	COLUMN_INTEGER,
	COLUMN_REAL,
	COLUMN_DEGREES,
	COLUMN_PRICE,		/* a decimal number of the currency's major unit */
	COLUMN_TIME,		/* an instant, RFC 3339 in UTC */
	COLUMN_WHEN,		/* a day or an instant: see represent/when.h */
	COLUMN_JSON		/* an object */
};

enum { COLUMN_KEY_ROOM = 24 };

struct column {
	const char *name;
	char key[COLUMN_KEY_ROOM];	/* ,"name": as a member of a JSON object, and NULs */
	size_t key_len;
	size_t offset;		/* in struct listing_row */
	enum column_type type;
	const char *help;	/* one sentence */
};

extern const struct column listing_columns[];	/* ends with a NULL name */
const struct column *column_find(const char *name);	/* NULL: there is none */

/* A value that is none of the listing's: NULL text, NAN, LISTING_NO_INTEGER. */
static inline struct text
column_as_text(const struct column *c, const struct listing_row *row)
{
	return *(const struct text *)(const void *)((const char *)row + c->offset);
}

static inline int64_t
column_as_integer(const struct column *c, const struct listing_row *row)
{
	return *(const int64_t *)(const void *)((const char *)row + c->offset);
}

static inline double
column_as_real(const struct column *c, const struct listing_row *row)
{
	return *(const double *)(const void *)((const char *)row + c->offset);
}

/*
 * The value as plain text, numbers with `point`; nothing for none.  What is
 * text goes in as it is: escaping is the format's.
 */
void column_put(struct buf *out, const struct column *c, const struct listing_row *row, char point);

/* "partner:external_id" */
void put_uid(struct buf *out, const struct listing_row *row);
/* The same as a JSON string. */
void put_uid_json(struct buf *out, const struct listing_row *row);
/* The price in the currency's major unit; false: it has none, or in a currency that we do not know. */
bool put_price(struct buf *out, const struct listing_row *row, char point);

#endif
