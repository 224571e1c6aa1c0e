/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON for programs (RFC 8259), written as it comes: nothing is collected, so
 * a million rows take no memory.  Whoever reads a list that breaks off because
 * of an error sees a document without its end.
 *
 *	struct json_out j = { .out = stdout };
 *	json_open(&j, NULL, '[');
 *	json_open(&j, NULL, '{');
 *	json_text(&j, "partner", "yescapa");
 *	json_close(&j, '}');
 *	json_close(&j, ']');		an end of line follows the outermost one
 *
 * `name` is the member's name, NULL within an array and outermost.
 */
#ifndef VIGIE_SHOW_JSON_OUT_H
#define VIGIE_SHOW_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct catalogue_cursor;

struct json_out {
	FILE *out;
	unsigned depth;
	bool filled;		/* the innermost one has something already */
	struct buf scratch;	/* json_done() frees it */
};

void json_open(struct json_out *j, const char *name, char bracket);
void json_close(struct json_out *j, char bracket);
void json_text(struct json_out *j, const char *name, const char *text);	/* NULL: null */
void json_integer(struct json_out *j, const char *name, int64_t value);
void json_real(struct json_out *j, const char *name, double value, int decimals);	/* finite */
void json_bool(struct json_out *j, const char *name, bool value);
void json_done(struct json_out *j);

/* Every column of the current row, by its name; `properties` is an object. */
void json_columns(struct json_out *j, const struct catalogue_cursor *q);
/* All rows as an array of objects.  Does not close the cursor. */
int json_rows(struct json_out *j, const char *name, struct catalogue_cursor *q, struct error *err);

#endif
