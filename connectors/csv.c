/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: a table as text, from a spreadsheet, an affiliate network or an open
 * data portal.  How it is written is recognised from its first bytes
 * (csv/dialect.h); each row becomes an item whose members are the columns
 * (csv/rows.h).
 *
 *	chunk ─► head, until the dialect is known ─► decode ─► rows ─► record
 */
#include <inttypes.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "csv/decode.h"
#include "csv/dialect.h"
#include "csv/rows.h"
#include "lib/charset.h"
#include "lib/paging.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

static const struct vigie_option options[] = {
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL,
	    "expression that gives a row's own identifier: /COLUMN" },
	{ "header", VIGIE_OPTION_BOOLEAN, NULL, "yes", false, NULL,
	    "does the first row have the names of the columns?" },
	{ "columns", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "names of the columns when there is no header, separated by spaces; without them they are 1, 2, 3 …" },
	{ "separator", VIGIE_OPTION_CHOICE, NULL, "auto", false, "auto comma semicolon tab bar",
	    "what stands between two fields; auto: what the first line has most of" },
	{ "encoding", VIGIE_OPTION_TEXT, NULL, "auto", false, NULL,
	    "a name that iconv knows; auto: UTF-8, windows-1252 and UTF-16 are recognised" },
	{ "repair", VIGIE_OPTION_BOOLEAN, NULL, "yes", false, NULL,
	    "read texts that were encoded twice (\"Ã©\" for \"é\") as they were meant" },
	PAGING_OPTIONS,
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

struct csv {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *encoding;	/* stated; NULL: recognised.  Borrowed */
	char separator;		/* stated; 0: recognised */
	bool header;

	struct record *record;
	struct rows *rows;
	struct paging paging;

	struct vigie_answer answer;	/* copies, of the page that is being read */
	char *answer_url, *answer_link, *answer_type;
	struct buf head;
	bool begun;		/* the dialect is known */
	const char *written;	/* its encoding: a constant, or the one that is stated */
	char between;		/* its separator */
	struct decode decode;
};

/* ---- set-up */

static void
csv_close(void *self)
{
	struct csv *v = self;
	if (v == NULL)
		return;
	rows_free(v->rows);
	record_free(v->record);
	paging_done(&v->paging);
	decode_done(&v->decode);
	buf_done(&v->head);
	free(v->answer_url);
	free(v->answer_link);
	free(v->answer_type);
	free(v);
}

static char
named_separator(const char *name)
{
	static const struct { const char *name; char c; } names[] = {
		{ "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }, { "bar", '|' },
	};
	for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].c;
	return '\0';
}

static bool
is_yes(const struct vigie_setup *setup, const char *name)
{
	const char *text = setting_text(setup, "csv", name);
	return text == NULL || strcmp(text, "yes") == 0;
}

static int on_header(void *arg, const char *json, size_t len);
static void on_rows(void *arg, const struct row *rows, size_t n);

static int
open_paging(struct csv *v, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *style = setting_text(setup, "csv", "paging");
	if (style != NULL && (strcmp(style, "cursor") == 0 || strcmp(style, "next-url") == 0))
		return complain(c, "csv", "paging", "a CSV document has no place for it: take page, offset or link-header");
	return paging_open(&v->paging, setup, "csv", c);
}

static int
open_all(struct csv *v, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	const char *encoding = setting_text(setup, "csv", "encoding");
	if (encoding != NULL && strcmp(encoding, "auto") != 0)
		v->encoding = encoding;
	if (v->encoding != NULL && !decode_knows(v->encoding))
		return complain(c, "csv", "encoding", "there is no such encoding: « iconv -l » has their names");
	v->separator = named_separator(setting_text(setup, "csv", "separator"));
	v->header = is_yes(setup, "header");
	const struct rows_options o = {
		.header = v->header, .columns = setting_text(setup, "csv", "columns"),
		.mend = is_yes(setup, "repair"), .max_row_bytes = setup->max_item_bytes,
	};
	if (o.header && o.columns != NULL)
		return complain(c, "csv", "columns", "they are for header = no: with a header its names count");
	v->rows = rows_new(&o, &(struct rows_reader){ on_header, on_rows, v });
	v->record = record_new(setup, "csv", c);
	return v->record ? open_paging(v, setup, c) : -1;
}

static void *
csv_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct csv *v = xcalloc(1, sizeof *v);
	v->host = setup->host;
	v->run = setup->run;
	if (open_all(v, setup, c) == 0)
		return v;
	csv_close(v);
	return NULL;
}

static int
fail(struct csv *v, enum vigie_failure why, const char *text)
{
	v->host->fail(v->run, why, text);
	return -1;
}

/* ---- rows */

static void
tell_dialect(struct csv *v)
{
	static const struct { char c; const char *name; } names[] = {
		{ ',', "commas" }, { ';', "semicolons" }, { '\t', "tabs" }, { '|', "bars" },
	};
	size_t i = 0, n = rows_columns(v->rows), renamed = rows_renamed(v->rows);
	struct buf text = BUF_INIT;
	if (v->host->remark == NULL || v->answer.page > 0)
		return;
	while (names[i].c != v->between)
		i++;
	buf_fmt(&text, "%zu columns, separated by %s, in %s", n, names[i].name, v->written);
	if (renamed > 0)
		buf_fmt(&text, "; %zu of them had no name, or that of another, and are called column_N or NAME_2", renamed);
	v->host->remark(v->run, NULL, text.data);
	buf_done(&text);
}

/* A header in which `id` finds nothing is none: an error's text, another
 * partner's file, or columns that were renamed. */
static int
on_header(void *arg, const char *json, size_t len)
{
	enum { NAMES_SHOWN_BYTES = 160 };
	struct csv *v = arg;
	struct buf text = BUF_INIT;
	tell_dialect(v);
	if (record_identifies(v->record, json, len))
		return 0;
	size_t shown = utf8_cut(json, len, NAMES_SHOWN_BYTES);
	buf_fmt(&text, "the columns that « id » speaks of are not in the %s: %.*s%s", v->header ? "header" : "file",
	    (int)shown, json, shown < len ? "…" : "");
	(void)fail(v, VIGIE_WRONG_SHAPE, text.data);
	buf_done(&text);
	return -1;
}

static void
reject_row(struct csv *v, const struct row *row)
{
	char text[128];
	if (row->cut)
		(void)snprintf(text, sizeof text, "row %" PRIu64 " is too big", row->number);
	else if (row->run_on)
		(void)snprintf(text, sizeof text, "row %" PRIu64 " has a quote that is not closed: it holds the rows after it",
		    row->number);
	else
		(void)snprintf(text, sizeof text, "row %" PRIu64 " has %zu fields, but there are %zu columns", row->number,
		    row->fields, rows_columns(v->rows));
	record_reject(v->record, text);
}

static void
on_rows(void *arg, const struct row *rows, size_t n)
{
	struct csv *v = arg;
	struct vigie_bytes raw[ROWS_MAX] = { { NULL, 0 } };
	for (size_t i = 0; i < n; i++)
		raw[i] = rows[i].json;
	v->host->expect(v->run, raw, n);
	for (size_t i = 0; i < n; i++) {
		if (v->host->known(v->run, raw[i].s, raw[i].len))
			continue;
		if (rows[i].wrong || rows[i].cut || rows[i].run_on)
			reject_row(v, &rows[i]);
		else
			record_read(v->record, raw[i].s, raw[i].len);
	}
}

/* Out of quarantine: a row that is no object had another number of fields, say. */
static int
csv_item(void *self, const char *raw, size_t len)
{
	struct csv *v = self;
	if (len > 0 && raw[0] == '[')
		record_reject(v->record, "the row has not as many fields as there are columns, is too big or holds other rows");
	else
		record_read(v->record, raw, len);
	return 0;
}

/* ---- documents */

static int
csv_first(void *self, struct vigie_request *ret)
{
	struct csv *v = self;
	paging_first(&v->paging, ret);
	return 0;
}

static void
keep(char **copy, const char **ret, const char *s)
{
	free(*copy);
	*ret = *copy = xstrdup(s);
}

static int
csv_begin(void *self, const struct vigie_answer *answer)
{
	struct csv *v = self;
	v->answer = *answer;
	keep(&v->answer_url, &v->answer.url, answer->url);
	keep(&v->answer_link, &v->answer.link, answer->link);
	keep(&v->answer_type, &v->answer.content_type, answer->content_type);
	decode_done(&v->decode);
	buf_clear(&v->head);
	v->begun = false;
	rows_reset(v->rows, ',');
	return 0;
}

static int
feed_rows(struct csv *v, struct vigie_bytes text)
{
	enum vigie_failure why;
	if (rows_feed(v->rows, text.s, text.len) == 0)
		return 0;
	const char *problem = rows_problem(v->rows, &why);
	return problem != NULL ? fail(v, why, problem) : -1;
}

/* What was held back is read. */
static int
begin_rows(struct csv *v)
{
	size_t mark, skip = 0;
	struct vigie_bytes head = { buf_cstr(&v->head), v->head.len };
	v->written = dialect_encoding(head, v->encoding, v->answer.content_type, &mark);
	decode_open(&v->decode, v->written);
	struct vigie_bytes text = dialect_unmarked(decode_feed(&v->decode, head.s + mark, head.len - mark));
	const char *problem = dialect_refuse(text);
	if (problem != NULL)
		return fail(v, VIGIE_WRONG_FORMAT, problem);
	v->between = dialect_separator(text, &skip);
	if (v->separator != '\0')
		v->between = v->separator;
	rows_reset(v->rows, v->between);
	v->begun = true;
	return feed_rows(v, (struct vigie_bytes){ text.s + skip, text.len - skip });
}

static int
csv_feed(void *self, const char *chunk, size_t len)
{
	struct csv *v = self;
	size_t held = 0;
	if (!v->begun) {
		size_t room = DIALECT_HEAD_BYTES - v->head.len;
		held = len < room ? len : room;
		buf_add(&v->head, chunk, held);
		if (v->head.len < DIALECT_HEAD_BYTES)
			return 0;
		if (begin_rows(v) != 0)
			return -1;
	}
	return feed_rows(v, decode_feed(&v->decode, chunk + held, len - held));
}

static int
check_end(struct csv *v)
{
	char text[160];
	uint64_t n = rows_count(v->rows);
	if (decode_broken(&v->decode))
		return fail(v, VIGIE_TRUNCATED, "the document ends within a character");
	if (rows_columns(v->rows) == 0 && v->answer.page == 0)
		return fail(v, VIGIE_WRONG_SHAPE, "the document is empty");
	if (n == 0 || rows_whole(v->rows) > 0)
		return 0;
	(void)snprintf(text, sizeof text, "there are %zu columns, but not one of %" PRIu64 " rows has as many fields",
	    rows_columns(v->rows), n);
	return fail(v, VIGIE_WRONG_SHAPE, text);
}

static int
csv_end(void *self, struct vigie_next *ret)
{
	struct csv *v = self;
	enum vigie_failure why;
	if (!v->begun && begin_rows(v) != 0)
		return -1;
	if (rows_end(v->rows) != 0) {
		const char *problem = rows_problem(v->rows, &why);
		return problem != NULL ? fail(v, why, problem) : -1;
	}
	if (check_end(v) != 0)
		return -1;
	return paging_next(&v->paging, NULL, &v->answer, rows_count(v->rows), ret);
}

static void
csv_load(void *self)
{
	const struct csv *v = self;
	charset_load();
	if (v->encoding != NULL)
		(void)iconv_open("UTF-8", v->encoding);
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "csv",
	.summary = "a table as text: CSV of any separator and encoding",
	.options = options,
	.open = csv_open,
	.close = csv_close,
	.load = csv_load,
	.first = csv_first,
	.begin = csv_begin,
	.feed = csv_feed,
	.end = csv_end,
	.item = csv_item,
};
