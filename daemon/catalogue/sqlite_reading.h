/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of readings share: statements and their columns. */
#ifndef VIGIE_CATALOGUE_SQLITE_READING_H
#define VIGIE_CATALOGUE_SQLITE_READING_H

#include "catalogue/sqlite_catalogue.h"

enum reader_parameter {
	PARAMETER_LOW = 1, PARAMETER_HIGH,	/* rows */
	PARAMETER_REMOVED, PARAMETER_KIND, PARAMETER_EXTERNAL_ID,
	PARAMETER_WEST, PARAMETER_SOUTH, PARAMETER_EAST, PARAMETER_NORTH,
	PARAMETER_FROM, PARAMETER_TO, PARAMETER_CAPACITY, PARAMETER_PRICE_MIN, PARAMETER_PRICE_MAX
};
extern const char *const reader_sql[READERS];

/* The functions of the tests, and of searches. */
int reading_register(struct catalogue *c, struct error *err);
/* When a listing takes place, from its properties, a day being one of that zone; without dates: always. */
void reading_dates(const char *properties, const struct zone *zone, int64_t *ret_from_ms, int64_t *ret_to_ms);
#define ROWSET_POINTER "vigie rowset"	/* as sqlite3_bind_pointer() has it */

/* ---- sqlite_reader.c: statements, kept from reading to reading */

/* NULL: it could not be prepared. */
sqlite3_stmt *reader_take(struct catalogue *c, enum reader reader, struct error *err);
void reader_give(struct catalogue *c, enum reader reader, sqlite3_stmt *st);	/* takes NULL */
void readers_done(struct catalogue *c);
/* Binds what the filter asks of a row; which rows is left to PARAMETER_LOW and _HIGH. */
int reader_test(struct catalogue *c, sqlite3_stmt *st, const struct reading_filter *f, struct error *err);

/* vigie_listing(…) of all columns of a listing: puts them into c->read; 0: nothing of its partner is there. */
enum { READING_COLUMNS = 1 + LISTING_TEXTS + LISTING_INTEGERS + LISTING_REALS + 5 };
void reading_function(sqlite3_context *context, int n, sqlite3_value **v);
/* The row that a reader, or SQL_READ_ROW, has just come to; false: nothing of its partner is there. */
bool reading_row(const struct catalogue *c, sqlite3_stmt *st, struct listing_row *ret);

#endif
