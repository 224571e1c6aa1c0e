/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements are a table (sqlite_statement.c), prepared when first used and
 * kept.  A use is: query() binds nothing and resets; bind_*() in the order of
 * the question marks; then run() for a statement without rows, or row() until
 * it returns 0.  Binding errors are kept and come out of run() and row().
 */
#ifndef VIGIE_CATALOGUE_SQLITE_STATEMENT_H
#define VIGIE_CATALOGUE_SQLITE_STATEMENT_H

#include <sqlite3.h>

#include "catalogue/catalogue.h"
#include "catalogue/sqlite_sql.h"

struct query {
	struct catalogue *c;
	sqlite3_stmt *st;	/* NULL: it could not be prepared; run and row say why */
	enum sql sql;
	int bound;		/* parameters so far */
	int rc;			/* the first thing that went wrong */
};

struct query query(struct catalogue *c, enum sql sql);
void bind_integer(struct query *q, int64_t value);
void bind_time(struct query *q, int64_t t_ms);		/* TIME_NONE: null */
void bind_real(struct query *q, double value);		/* NAN: null */
void bind_text(struct query *q, struct text text);	/* borrowed until the step */
void bind_string(struct query *q, const char *s);	/* NULL: null */
void bind_blob(struct query *q, struct text blob);
int run(struct query *q, struct error *err);
/* 1 a row, 0 the end, -1.  Leaving early needs finish(). */
int row(struct query *q, struct error *err);
void finish(struct query *q);

int64_t column_time(const struct query *q, int column);	/* null: TIME_NONE */
int64_t column_integer(const struct query *q, int column);
double column_real(const struct query *q, int column);	/* null: NAN */
struct text column_text(const struct query *q, int column);	/* borrowed until the next step */
char *column_copy(const struct query *q, int column);	/* owned; null: NULL */
struct text column_blob(const struct query *q, int column);

/* ERROR_CATALOGUE: what was being done, and SQLite's words.  Returns -1. */
int catalogue_fail(struct catalogue *c, struct error *err, const char *doing);
void statements_done(struct catalogue *c);

#endif
