/* SPDX-License-Identifier: Apache-2.0 */
#include "show/json_out.h"

#include <inttypes.h>
#include <math.h>

#include "catalogue/catalogue.h"

/* Comma, line and name: what stands before any value. */
static void
start_value(struct json_out *j, const char *name)
{
	/* One line for each item of the outermost one is enough for eyes and diffs. */
	if (j->filled && j->depth > 0)
		(void)fputs(j->depth == 1 ? ",\n" : ",", j->out);
	else if (j->depth == 1)
		(void)fputc('\n', j->out);
	if (name != NULL) {
		buf_clear(&j->scratch);
		buf_json(&j->scratch, name, strlen(name));
		(void)fprintf(j->out, "%s:", j->scratch.data);
	}
	j->filled = true;
}

void
json_open(struct json_out *j, const char *name, char bracket)
{
	start_value(j, name);
	(void)fputc(bracket, j->out);
	j->depth++;
	j->filled = false;
}

void
json_close(struct json_out *j, char bracket)
{
	j->depth--;
	if (j->depth == 0)
		(void)fputs(j->filled ? "\n" : "", j->out);
	(void)fputc(bracket, j->out);
	if (j->depth == 0)
		(void)fputc('\n', j->out);
	j->filled = true;
}

static void
put_string(struct json_out *j, const char *text)
{
	buf_clear(&j->scratch);
	buf_json(&j->scratch, text, strlen(text));
	(void)fwrite(j->scratch.data, 1, j->scratch.len, j->out);
}

void
json_text(struct json_out *j, const char *name, const char *text)
{
	start_value(j, name);
	if (text == NULL)
		(void)fputs("null", j->out);
	else
		put_string(j, text);
}

void
json_integer(struct json_out *j, const char *name, int64_t value)
{
	start_value(j, name);
	(void)fprintf(j->out, "%" PRId64, value);
}

void
json_real(struct json_out *j, const char *name, double value, int decimals)
{
	start_value(j, name);
	(void)fprintf(j->out, "%.*f", decimals, value);
}

void
json_bool(struct json_out *j, const char *name, bool value)
{
	start_value(j, name);
	(void)fputs(value ? "true" : "false", j->out);
}

void
json_done(struct json_out *j)
{
	buf_done(&j->scratch);
}

/* ---- rows */

/* The shortest of the usual two that reads back as the same number. */
static void
put_real(struct json_out *j, double value)
{
	char text[32];
	(void)snprintf(text, sizeof text, "%.15g", value);
	if (strtod(text, NULL) != value)
		(void)snprintf(text, sizeof text, "%.17g", value);
	(void)fputs(isfinite(value) ? text : "null", j->out);
}

static void
put_column(struct json_out *j, const struct catalogue_cursor *q, int i)
{
	const char *name = cursor_name(q, i);
	start_value(j, name);
	switch (cursor_type(q, i)) {
	case CURSOR_NULL:
		(void)fputs("null", j->out);
		return;
	case CURSOR_INTEGER:
		(void)fprintf(j->out, "%" PRId64, cursor_integer(q, i));
		return;
	case CURSOR_REAL:
		put_real(j, cursor_real(q, i));
		return;
	case CURSOR_TEXT:
		if (strcmp(name, "properties") == 0)
			(void)fputs(cursor_text(q, i), j->out);
		else
			put_string(j, cursor_text(q, i));
		return;
	}
}

void
json_columns(struct json_out *j, const struct catalogue_cursor *q)
{
	for (int i = 0; i < cursor_columns(q); i++)
		put_column(j, q, i);
}

int
json_rows(struct json_out *j, const char *name, struct catalogue_cursor *q, struct error *err)
{
	int rc;
	json_open(j, name, '[');
	while ((rc = cursor_next(q, err)) == 1) {
		json_open(j, NULL, '{');
		json_columns(j, q);
		json_close(j, '}');
	}
	if (rc == 0)
		json_close(j, ']');
	return rc;
}
