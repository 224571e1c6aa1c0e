/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/rows.h"

#include <csv.h>
#include <inttypes.h>

#include "base/buf.h"
#include "csv/dialect.h"
#include "csv/mend.h"

enum {
	SLICE_BYTES = 16 << 10,		/* between two looks at how long a field is */
	FIELD_STEP_BYTES = 4096,	/* by which libcsv's buffer grows */
	WAITING_MAX_BYTES = 64 << 10,	/* of rows that wait to be delivered */
	/* Strict: libcsv stops at a stray quote, and goes on without. */
	OPTIONS = CSV_REPALL_NL, STRICT = OPTIONS | CSV_STRICT
};

struct column {
	char *name;		/* as JSON, with the comma before it and the colon: "\"name\":" */
	size_t len;
	size_t written;		/* bytes of it in the header */
};

struct rows {
	struct rows_options options;
	struct rows_reader reader;
	struct csv_parser parser;

	struct column *columns;
	size_t n_columns, n_renamed;
	struct buf header;	/* its fields one after the other */

	/* the row that is being read: its fields one after the other */
	struct buf fields;
	size_t ends[ROWS_COLUMNS_MAX];
	size_t n_fields;	/* as many as it has; only the first ROWS_COLUMNS_MAX are kept */
	bool cut, run_on;
	bool stray;		/* the field has a quote within its quotes that is not doubled */
	uint64_t number;
	bool after_cr;

	/* rows that wait */
	struct buf json;
	struct row waiting[ROWS_MAX];
	size_t json_ends[ROWS_MAX];
	size_t n_waiting;

	uint64_t count, whole;
	bool stopped;
	enum vigie_failure why;
	char problem[256];
};

static void
stop(struct rows *r, enum vigie_failure why, const char *text)
{
	if (r->stopped)
		return;
	r->stopped = true;
	r->why = why;
	(void)snprintf(r->problem, sizeof r->problem, "%s", text);
}

static struct vigie_bytes
field(const struct rows *r, size_t i)
{
	size_t start = i > 0 ? r->ends[i - 1] : 0;
	return (struct vigie_bytes){ r->fields.data + start, r->ends[i] - start };
}

/* ---- columns */

static void
drop_columns(struct rows *r)
{
	for (size_t i = 0; i < r->n_columns; i++)
		free(r->columns[i].name);
	free(r->columns);
	r->columns = NULL;
	r->n_columns = r->n_renamed = 0;
}

static bool
has_column(const struct rows *r, const struct buf *name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (r->columns[i].len == name->len && memcmp(r->columns[i].name, name->data, name->len) == 0)
			return true;
	return false;
}

/* The n-th of that name is called NAME_n; one without a name column_N. */
static void
add_column(struct rows *r, const char *s, size_t len)
{
	struct buf plain = BUF_INIT, name = BUF_INIT;
	buf_add(&plain, s, len);
	if (len == 0)
		buf_fmt(&plain, "column_%zu", r->n_columns + 1);
	size_t plain_len = plain.len;
	for (unsigned n = 2;; n++) {
		buf_clear(&name);
		buf_json(&name, plain.data, plain.len);
		buf_char(&name, ':');
		if (!has_column(r, &name))
			break;
		buf_cut(&plain, plain_len);
		buf_fmt(&plain, "_%u", n);
	}
	r->n_renamed += plain.len != len;
	r->columns = xrealloc(r->columns, r->n_columns + 1, sizeof *r->columns);
	r->columns[r->n_columns].len = name.len;
	r->columns[r->n_columns++].name = buf_take(&name);
	buf_done(&plain);
}

static void
tell_header(struct rows *r)
{
	struct buf json = BUF_INIT;
	buf_char(&json, '{');
	for (size_t i = 0; i < r->n_columns; i++) {
		const struct column *c = &r->columns[i];
		if (i > 0)
			buf_char(&json, ',');
		buf_add(&json, c->name, c->len);
		buf_add(&json, c->name, c->len - 1);
	}
	buf_char(&json, '}');
	if (r->reader.header(r->reader.arg, json.data, json.len) != 0)
		stop(r, VIGIE_WRONG_SHAPE, "");
	buf_done(&json);
}

static void
take_header(struct rows *r)
{
	if (r->n_fields > ROWS_COLUMNS_MAX)
		stop(r, VIGIE_TOO_BIG, "the first row has more than 1000 columns");
	else if (r->run_on)
		stop(r, VIGIE_WRONG_SHAPE, "the first row has a quote that is not closed");
	else if (r->fields.len > ROWS_HEADER_MAX_BYTES || r->cut)
		stop(r, VIGIE_TOO_BIG, "the first row has more than 64 kB of column names");
	if (r->stopped)
		return;
	for (size_t i = 0; i < r->n_fields; i++) {
		struct vigie_bytes name = field(r, i);
		add_column(r, name.s, name.len);
		r->columns[i].written = name.len;
	}
	buf_clear(&r->header);
	buf_add(&r->header, r->fields.data, r->fields.len);
	tell_header(r);
}

/* Without a header: what the partner's file says, or as many as the first row has. */
static void
name_columns(struct rows *r)
{
	const char *s = r->options.columns;
	char number[24];
	if (s == NULL && r->n_fields > ROWS_COLUMNS_MAX)
		stop(r, VIGIE_TOO_BIG, "the first row has more than 1000 columns");
	for (size_t i = 1; s == NULL && i <= r->n_fields && !r->stopped; i++)
		add_column(r, number, (size_t)snprintf(number, sizeof number, "%zu", i));
	while (s != NULL && *(s += strspn(s, " ,")) != '\0' && r->n_columns < ROWS_COLUMNS_MAX) {
		size_t len = strcspn(s, " ,");
		add_column(r, s, len);
		s += len;
	}
	if (!r->stopped)
		tell_header(r);
}

/* ---- rows */

static void
deliver(struct rows *r)
{
	size_t start = 0, n = r->n_waiting;
	for (size_t i = 0; i < n; i++) {
		r->waiting[i].json = (struct vigie_bytes){ r->json.data + start, r->json_ends[i] - start };
		start = r->json_ends[i];
	}
	r->n_waiting = 0;
	if (n > 0)
		r->reader.rows(r->reader.arg, r->waiting, n);
	buf_clear(&r->json);
}

static void
write_row(struct rows *r, bool object)
{
	size_t n = r->n_fields < ROWS_COLUMNS_MAX ? r->n_fields : ROWS_COLUMNS_MAX;
	buf_char(&r->json, object ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		struct vigie_bytes value = field(r, i);
		if (i > 0)
			buf_char(&r->json, ',');
		if (object)
			buf_add(&r->json, r->columns[i].name, r->columns[i].len);
		buf_json(&r->json, value.s, value.len);
	}
	buf_char(&r->json, object ? '}' : ']');
}

static void
take_row(struct rows *r)
{
	struct row *row = &r->waiting[r->n_waiting];
	*row = (struct row){ .number = r->number, .fields = r->n_fields, .cut = r->cut,
		.run_on = r->run_on };
	row->wrong = r->n_fields != r->n_columns;
	write_row(r, !row->wrong && !row->cut && !row->run_on);
	r->json_ends[r->n_waiting++] = r->json.len;
	r->count++;
	r->whole += !row->wrong;
	if (r->n_waiting == ROWS_MAX || r->json.len > WAITING_MAX_BYTES)
		deliver(r);
}

/* After the mark that a file begins with, quotes were read as text. */
static struct vigie_bytes
first_field(const struct rows *r)
{
	struct vigie_bytes whole = field(r, 0), s = dialect_unmarked(whole);
	bool quoted = s.len != whole.len && s.len >= 2 && s.s[0] == '"' && s.s[s.len - 1] == '"';
	return quoted ? (struct vigie_bytes){ s.s + 1, s.len - 2 } : s;
}

/* The header again, where files were put one after the other.  It is no listing,
 * so nothing is lost without it; in quarantine it would hold removals back for as
 * long as the partner writes so. */
static bool
is_header(const struct rows *r)
{
	size_t start = 0;
	if (!r->options.header || r->n_fields != r->n_columns)
		return false;
	for (size_t i = 0; i < r->n_fields; i++) {
		struct vigie_bytes value = i == 0 ? first_field(r) : field(r, i);
		if (value.len != r->columns[i].written ||
		    (value.len > 0 && memcmp(value.s, r->header.data + start, value.len) != 0))
			return false;
		start += value.len;
	}
	return true;
}

static void
end_row(struct rows *r)
{
	if (r->n_columns == 0 && r->options.header) {
		take_header(r);
		return;
	}
	if (r->n_columns == 0)
		name_columns(r);
	if (!r->stopped && !is_header(r))
		take_row(r);
}

/* The last line may lack its end; when it lacks fields too, the document was
 * cut. */
static void
cut_short(struct rows *r)
{
	char text[128];
	(void)snprintf(text, sizeof text, "the document ends within row %" PRIu64 ", which has %zu of %zu fields",
	    r->number, r->n_fields, r->n_columns);
	stop(r, VIGIE_TRUNCATED, text);
}

static void
open_quotes(struct rows *r)
{
	char text[128];
	(void)snprintf(text, sizeof text, "the document ends within the quotes of row %" PRIu64, r->number + 1);
	stop(r, VIGIE_TRUNCATED, text);
}

/* Of a field with a stray quote: was the quote before it never closed?  Then what
 * follows, up to the same place in another row, is in the field: the end of a
 * line, and as many separators as a row has. */
static bool
has_rows(const struct rows *r, const char *s, size_t len)
{
	bool line = false;
	size_t separators = 0;
	for (size_t i = 0; i < len; i++) {
		line |= s[i] == '\n' || s[i] == '\r';
		separators += (unsigned char)s[i] == r->parser.delim_char;
	}
	return line && separators + 1 >= r->n_columns;
}

/* ---- what libcsv calls */

static void
on_field(void *s, size_t len, void *arg)
{
	struct rows *r = arg;
	if (r->stray) {
		r->run_on |= has_rows(r, s, len);
		r->stray = false;
	}
	if (r->stopped || r->n_fields++ >= ROWS_COLUMNS_MAX)
		return;
	if (r->fields.len + len > r->options.max_row_bytes) {
		r->cut = true;
		len = r->options.max_row_bytes - r->fields.len;
	}
	if (!r->options.mend || !mend_text(s, len, &r->fields))
		buf_add(&r->fields, s, len);
	r->ends[r->n_fields - 1] = r->fields.len;
}

/* libcsv tells of every line's end outside a row: an empty line, or the second
 * byte of CR LF. */
static void
on_row(int c, void *arg)
{
	struct rows *r = arg;
	bool second = c == '\n' && r->after_cr && r->n_fields == 0;
	r->after_cr = c == '\r';
	if (r->stopped || second)
		return;
	r->number++;
	if (c == -1 && r->n_fields < r->n_columns)
		cut_short(r);
	else if (r->n_fields > 0)
		end_row(r);
	buf_clear(&r->fields);
	r->n_fields = 0;
	r->cut = r->run_on = false;
}

/* ---- the document */

struct rows *
rows_new(const struct rows_options *options, const struct rows_reader *reader)
{
	struct rows *r = xcalloc(1, sizeof *r);
	r->options = *options;
	r->reader = *reader;
	(void)csv_init(&r->parser, STRICT);
	csv_set_blk_size(&r->parser, FIELD_STEP_BYTES);
	return r;
}

void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	drop_columns(r);
	csv_free(&r->parser);
	buf_done(&r->header);
	buf_done(&r->fields);
	buf_done(&r->json);
	free(r);
}

void
rows_reset(struct rows *r, char separator)
{
	drop_columns(r);
	csv_free(&r->parser);
	(void)csv_init(&r->parser, STRICT);
	csv_set_blk_size(&r->parser, FIELD_STEP_BYTES);
	csv_set_delim(&r->parser, (unsigned char)separator);
	buf_clear(&r->fields);
	buf_clear(&r->json);
	r->n_fields = r->n_waiting = 0;
	r->number = r->count = r->whole = 0;
	r->cut = r->run_on = r->stray = r->after_cr = r->stopped = false;
	*r->problem = '\0';
}

/* A field that is too long is cut to what libcsv may take back of it when the
 * field ends: its spaces and a quote. */
static void
limit_field(struct rows *r)
{
	struct csv_parser *p = &r->parser;
	if (p->entry_pos <= r->options.max_row_bytes)
		return;
	p->spaces = p->spaces > 0;
	p->entry_pos = p->spaces + 1;
	r->cut = true;
}

/* A stray quote is read as one; within quotes it is remembered. */
static size_t
parse(struct rows *r, const char *s, size_t len)
{
	struct csv_parser *p = &r->parser;
	size_t done = csv_parse(p, s, len, on_field, on_row, r);
	while (done < len && csv_error(p) == CSV_EPARSE) {
		r->stray |= p->quoted != 0;
		(void)csv_set_opts(p, OPTIONS);
		done += csv_parse(p, s + done, 1, on_field, on_row, r);
		(void)csv_set_opts(p, STRICT);
		done += csv_parse(p, s + done, len - done, on_field, on_row, r);
	}
	return done;
}

int
rows_feed(struct rows *r, const char *s, size_t len)
{
	while (len > 0 && !r->stopped) {
		size_t n = len < SLICE_BYTES ? len : SLICE_BYTES;
		if (parse(r, s, n) != n)
			stop(r, VIGIE_TOO_BIG, "there is no memory for a row");
		limit_field(r);
		s += n;
		len -= n;
	}
	deliver(r);
	return r->stopped ? -1 : 0;
}

int
rows_end(struct rows *r)
{
	/* libcsv then says whether a quote is open. */
	(void)csv_set_opts(&r->parser, STRICT | CSV_STRICT_FINI);
	if (!r->stopped && csv_fini(&r->parser, on_field, on_row, r) != 0)
		open_quotes(r);
	(void)csv_set_opts(&r->parser, STRICT);
	deliver(r);
	return r->stopped ? -1 : 0;
}

const char *
rows_problem(const struct rows *r, enum vigie_failure *ret_why)
{
	*ret_why = r->why;
	return *r->problem != '\0' ? r->problem : NULL;
}

size_t
rows_columns(const struct rows *r)
{
	return r->n_columns;
}

size_t
rows_renamed(const struct rows *r)
{
	return r->n_renamed;
}

uint64_t
rows_count(const struct rows *r)
{
	return r->count;
}

uint64_t
rows_whole(const struct rows *r)
{
	return r->whole;
}
