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

/* The functions that the tests use. */
int reading_register(struct catalogue *c, struct error *err);
void readers_done(struct catalogue *c);

/* The columns of a reader, of SQL_READ_ROW too; false: nothing of its partner is there. */
bool reading_row(const struct catalogue *c, sqlite3_stmt *st, struct listing_row *ret);

#endif
