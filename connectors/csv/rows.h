/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a CSV document (RFC 4180 and its usual variants, read by libcsv)
 * that arrives in pieces, each as the text of a JSON object: the names of its
 * columns and their values, all of them texts.  The header is none, as often as
 * it comes.
 *
 * A row that has not as many fields as there are columns is never spread over
 * them: it comes as an array of its fields, and so does one that others are in.  Empty lines are passed over.
 * Memory is that of one row, and of ROWS_MAX that wait to be delivered.
 */
#ifndef VIGIE_CSV_ROWS_H
#define VIGIE_CSV_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "vigie_connector.h"

enum {
	ROWS_MAX = 16,			/* delivered at once */
	ROWS_COLUMNS_MAX = 1000,
	ROWS_HEADER_MAX_BYTES = 1 << 16	/* of all names */
};

struct rows_options {
	bool header;		/* the first row has the names */
	const char *columns;	/* names, separated by spaces or commas, when it has not;
				 * NULL: columns are called 1, 2, 3 … */
	bool mend;		/* UTF-8 that was encoded twice (csv/mend.h) */
	size_t max_row_bytes;
};

struct row {
	struct vigie_bytes json;
	uint64_t number;	/* as a spreadsheet counts: with the header and empty lines, from 1 */
	size_t fields;
	bool wrong;		/* not as many as there are columns */
	bool cut;		/* it was too big; only its first bytes are there */
	bool run_on;		/* a quote is not closed: other rows are in one of its fields */
};

struct rows_reader {
	/* The names of the columns, as an object in which each has itself for value; -1
	 * ends the document.  rows_renamed is known. */
	int (*header)(void *arg, const char *json, size_t len);
	/* Borrowed until it returns. */
	void (*rows)(void *arg, const struct row *rows, size_t n);
	void *arg;
};

struct rows;

struct rows *rows_new(const struct rows_options *options, const struct rows_reader *reader);
void rows_free(struct rows *r);		/* takes NULL */
void rows_reset(struct rows *r, char separator);	/* a new document */

/* 0, or -1: rows_problem says why, with *ret_why, or NULL if the reader knows.
 * What came before it was delivered. */
int rows_feed(struct rows *r, const char *s, size_t len);
int rows_end(struct rows *r);
const char *rows_problem(const struct rows *r, enum vigie_failure *ret_why);

size_t rows_columns(const struct rows *r);	/* 0 before the header */
size_t rows_renamed(const struct rows *r);	/* of them, those whose name was empty or twice there */
/* Rows of this document: all but the header, and those with the right number
 * of fields. */
uint64_t rows_count(const struct rows *r);
uint64_t rows_whole(const struct rows *r);

#endif
