/* SPDX-License-Identifier: Apache-2.0 */
/* vigie runs: the ledger, for people. */
#include <math.h>

#include "base/buf.h"
#include "vigie/reader.h"

enum { SHOWN_MAX = 50 };

static const struct table_column columns[] = {
	{ .heading = "PARTNER", .least = 10 },	/* only when it is of several */
	{ .heading = "RUN", .number = true },
	{ .heading = "STARTED" },
	{ .heading = "TOOK", .number = true, .spare = 3 },
	{ .heading = "OUTCOME" },
	{ .heading = "HTTP", .number = true, .spare = 5 },
	{ .heading = "REQUESTS", .number = true, .spare = 7 },
	{ .heading = "BYTES", .number = true, .spare = 6 },
	{ .heading = "READ", .number = true },
	{ .heading = "CHANGES" },
	{ .heading = "UNREADABLE", .number = true, .spare = 4 },
	{ .heading = "DETAIL", .least = 30 },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void
add_changes(struct table *t, const struct catalogue_cursor *q)
{
	static const struct { char sign; const char *column; } counts[] = {
		{ '+', "added" }, { '~', "changed" }, { '-', "removed" },
	};
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		long long n = row_integer(q, counts[i].column);
		if (n != 0)
			buf_fmt(&text, "%s%c%lld", text.len > 0 ? " " : "", counts[i].sign, n);
	}
	table_text(t, buf_cstr(&text));
	buf_done(&text);
}

static void
add_run(struct table *t, const struct catalogue_cursor *q, bool of_several)
{
	char words[WORDS_MAX];
	int64_t started_ms = row_time_ms(q, "started"), finished_ms = row_time_ms(q, "finished");
	if (of_several)
		table_text(t, row_text(q, "partner"));
	table_integer(t, row_integer(q, "run"));
	table_text(t, words_date(started_ms, words));
	table_text(t, words_duration(finished_ms - started_ms, words));
	table_text(t, row_text(q, "outcome"));
	table_text(t, row_integer(q, "http_status") != 0 ? row_text(q, "http_status") : "");
	table_integer(t, row_integer(q, "requests"));
	table_text(t, words_bytes((uint64_t)row_integer(q, "bytes"), words));
	table_integer(t, row_integer(q, "seen"));
	add_changes(t, q);
	table_text(t, row_integer(q, "quarantined") != 0 ? row_text(q, "quarantined") : "");
	table_text(t, row_text(q, "detail"));
}

static bool
went_well(const struct catalogue_cursor *q)
{
	const char *outcome = row_text(q, "outcome");
	return strcmp(outcome, run_outcome_name(RUN_COMPLETE)) == 0 ||
	    strcmp(outcome, run_outcome_name(RUN_NOT_MODIFIED)) == 0;
}

int
reader_print_runs(struct reader *r, const struct runs_options *o, size_t *ret_rows, struct error *err)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.partner = o->partner;
	filter.limit = o->failed ? 0 : o->max;
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_RUNS, &filter, err);
	if (q == NULL)
		return -1;
	int rc;
	bool of_several = o->partner == NULL;
	struct table *t = table_new(columns + !of_several, (size_t)(COLUMNS - !of_several));
	while ((rc = cursor_next(q, err)) == 1 && (o->max == 0 || table_rows(t) < o->max))
		if (!o->failed || !went_well(q))
			add_run(t, q, of_several);
	if (o->heading != NULL && table_rows(t) > 0)
		reader_heading(r, o->heading);
	if (table_rows(t) > 0)
		table_print(t, &r->screen, stdout);
	*ret_rows = table_rows(t);
	table_free(t);
	cursor_close(q);
	return rc < 0 ? -1 : 0;
}

static int
print_json(struct reader *r, const char *partner, size_t max, struct error *err)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.partner = partner;
	filter.limit = max;
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_RUNS, &filter, err);
	int rc = q != NULL ? json_rows(&r->json, NULL, q, err) : -1;
	cursor_close(q);
	return rc;
}

static int
print_table(struct reader *r, const char *partner, const struct invocation *in, struct error *err)
{
	size_t rows = 0, max = in->limit > 0 ? reader_limit(in->limit) : r->screen.terminal ? SHOWN_MAX : 0;
	const struct runs_options o = { .partner = partner, .max = max };
	if (reader_print_runs(r, &o, &rows, err) != 0)
		return -1;
	if (rows == 0)
		(void)fprintf(stderr, "vigie: no partner was asked yet\n");
	else
		reader_count(r, rows, "run", "runs");
	if (r->screen.terminal && in->limit == 0 && rows == max)
		(void)printf("These are the newest ones; « --limit all » shows every run.\n");
	return 0;
}

int
command_runs(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	const char *partner = in->argc > 0 ? in->argv[0] : NULL;
	int rc = 0, status = reader_open(&r, in);
	if (status == EXIT_GOOD && partner != NULL)
		status = reader_check_partner(&r, partner);
	if (status == EXIT_GOOD)
		rc = in->json ? print_json(&r, partner, reader_limit(in->limit), &err) :
		    print_table(&r, partner, in, &err);
	if (rc != 0)
		status = command_fail(&err);
	reader_close(&r);
	return status;
}
