/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for people.  On a terminal it fits: columns that may shrink are cut
 * with "…", the widest first; columns that may be left out go when that is not
 * enough.  Anywhere else every cell is whole, columns two blanks apart.
 */
#ifndef VIGIE_SHOW_TABLE_H
#define VIGIE_SHOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct screen {
	size_t width;		/* columns; 0: no limit */
	bool terminal;
};

/* What stdout is.  $COLUMNS is asked when the terminal does not say. */
struct screen screen_of_stdout(void);
void screen_bold(const struct screen *s, FILE *out, const char *text);
/* Words to the width of the screen and an end of line.  `used` columns of the
 * first line are taken; the others start with `indent` blanks. */
void screen_wrap(const struct screen *s, FILE *out, const char *text, size_t used, size_t indent);

struct table_column {
	const char *heading;
	size_t least;		/* what it may shrink to; 0: it does not */
	unsigned spare;		/* may be left out, the highest first, or when it is empty; 0: never */
	bool number;		/* to the right */
};

struct table;

/* `columns` is borrowed. */
struct table *table_new(const struct table_column *columns, size_t n);
void table_free(struct table *t);

/* The next cell, from left to right, row by row.  Text is escaped, and cut
 * after TABLE_CELL_MAX bytes; "" is an empty cell. */
enum { TABLE_CELL_MAX = 4096 };
void table_text(struct table *t, const char *text);
void table_integer(struct table *t, int64_t value);
void table_fmt(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

size_t table_rows(const struct table *t);
/* Only whole rows: a row that was begun must be complete. */
void table_print(const struct table *t, const struct screen *s, FILE *out);

#endif
