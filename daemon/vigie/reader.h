/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share that read the catalogue. */
#ifndef VIGIE_VIGIE_READER_H
#define VIGIE_VIGIE_READER_H

#include "catalogue/catalogue.h"
#include "config/config.h"
#include "show/json_out.h"
#include "show/row.h"
#include "show/table.h"
#include "show/words.h"
#include "vigie/command.h"

struct reader {
	struct config *config;
	struct config_problems problems;
	struct catalogue *catalogue;
	struct screen screen;
	struct json_out json;
	int64_t now_ms;
};

/* EXIT_GOOD, or what to exit with after it was said why.  Close it in any case. */
int reader_open(struct reader *r, const struct invocation *in);
/* For the one command that writes. */
int reader_open_to_write(struct reader *r, const struct invocation *in);
void reader_close(struct reader *r);

/* What is wrong with the partner's file, NULL if nothing is.  Borrowed. */
const struct config_problem *reader_problem(const struct reader *r, const char *partner);

/* EXIT_GOOD if the settings or the catalogue have a partner of that name; else
 * says which name is near and returns EXIT_USAGE. */
int reader_check_partner(struct reader *r, const char *partner);
/* 0, or -1 with what was meant, if it is none of the public kinds. */
int reader_check_kind(const char *kind, struct error *err);
/* *ret is at the partner's row of VIEW_PARTNERS, NULL if it was never asked. */
int reader_partner(struct reader *r, const char *partner, struct catalogue_cursor **ret, struct error *err);

/* Rows in the catalogue filter's terms: LONG_MAX is 0, no limit. */
size_t reader_limit(long limit);

/* « 1 listing », « 8 listings » below a table, on a terminal only. */
void reader_count(const struct reader *r, size_t n, const char *one, const char *many);

/* A heading over a part of a sheet, after an empty line. */
void reader_heading(const struct reader *r, const char *text);
/* « name   text », wrapped; nothing for "".  Text is escaped. */
void reader_fact(const struct reader *r, const char *name, const char *text);
void reader_fact_fmt(const struct reader *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A table of runs, newest first, at most `max` of them; `failed`: only those that
 * did not go well.  *ret_rows: how many.  Returns 0 or -1. */
struct runs_options {
	const char *partner;	/* NULL: of all, with a column for it */
	size_t max;		/* 0: no limit */
	bool failed;
	const char *heading;	/* over it, if there are rows; NULL */
};
int reader_print_runs(struct reader *r, const struct runs_options *o, size_t *ret_rows, struct error *err);

#endif
