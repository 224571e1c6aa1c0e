/* SPDX-License-Identifier: Apache-2.0 */
/* vigie partner: the sheet of one. */
#include <inttypes.h>
#include <math.h>

#include "base/buf.h"
#include "vigie/history.h"
#include "vigie/reader.h"
#include "vigie/remarks.h"

enum { RUNS_MAX = 5, QUARANTINE_MAX = 5, HISTORY_MAX = 100 };

static const struct table_column quarantine_columns[] = {
	{ .heading = "LAST SEEN" },
	{ .heading = "TIMES", .number = true, .spare = 1 },
	{ .heading = "IDENTIFIER", .least = 12 },
	{ .heading = "REASON", .least = 20 },
	{ .heading = "WHAT WAS SENT", .least = 16 },
};

struct sheet {
	struct reader *r;
	const char *partner;
	const struct partner_config *p;		/* NULL: not in the settings */
	struct catalogue_cursor *q;		/* at its row; NULL: never asked */
	const char *predecessor;		/* "" */
};

static const double SHOWN_FROM = 0.01;

/* Its file says so, or another's says that it was replaced by this one. */
static const char *
find_predecessor(const struct sheet *s)
{
	const struct config *c = s->r->config;
	if (s->p != NULL && s->p->predecessor != NULL)
		return s->p->predecessor;
	for (size_t i = 0; i < c->n_partners; i++) {
		const char *by = c->partners[i]->replaced_by;
		if (by != NULL && (strcmp(by, s->partner) == 0 || (s->p != NULL && strcmp(by, s->p->name) == 0)))
			return c->partners[i]->name;
	}
	return "";
}

static struct catalogue_filter
filter_of(const struct sheet *s, size_t limit)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	f.partner = s->partner;
	f.limit = limit;
	return f;
}

/* ---- for people */

static const char *
when(const struct sheet *s, const char *column, char out[2 * WORDS_MAX])
{
	char date[WORDS_MAX], ago[WORDS_MAX];
	int64_t t_ms = row_time_ms(s->q, column);
	if (t_ms == TIME_NONE)
		(void)snprintf(out, 2 * WORDS_MAX, "never");
	else
		(void)snprintf(out, 2 * WORDS_MAX, "%s (%s)", words_date(t_ms, date), words_when(t_ms, s->r->now_ms, ago));
	return out;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static void
print_settings(const struct sheet *s)
{
	char words[WORDS_MAX];
	const struct partner_config *p = s->p;
	const struct config_problem *problem = reader_problem(s->r, s->partner);
	if (p == NULL && problem != NULL)
		reader_fact_fmt(s->r, "settings", "%s:%u: %s", problem->file, problem->line, problem->text);
	else if (p == NULL)
		reader_fact(s->r, "settings", "none: its file is gone; the catalogue keeps what it had");
	if (p == NULL)
		return;
	reader_fact(s->r, "contact", or_empty(p->contact));
	reader_fact(s->r, "company", or_empty(p->siren));
	if (p->contract_from != NULL || p->contract_to != NULL)
		reader_fact_fmt(s->r, "contract", "%s%s%s%s", p->contract_from != NULL ? "from " : "",
		    or_empty(p->contract_from), p->contract_to != NULL ? " to " : "", or_empty(p->contract_to));
	reader_fact(s->r, "for charity", or_empty(p->charity));
	reader_fact(s->r, "closed", or_empty(p->closed));
	reader_fact(s->r, "settings", p->file);
	reader_fact_fmt(s->r, "asked", "%severy %s, with the connector « %s »",
	    p->enabled ? "" : "no; if it were switched on, ", words_duration(p->interval_ms, words), p->connector_name);
	reader_fact(s->r, "preset", or_empty(p->preset));
	reader_fact(s->r, "cannot be asked", p->missing != NULL ? p->missing : "");
	if (p->local_file != NULL)
		reader_fact_fmt(s->r, "source", "the office's own file %s: whether the partner exists %s", p->local_file,
		    p->website != NULL ? "is seen by its web site" : "is not watched, as no website is given");
	else if (p->connector->presence)
		reader_fact(s->r, "source", "none: only whether its web site is there is watched");
	else
		reader_fact(s->r, "source", p->snapshot ? "every answer is the whole set: what is missing from it was withdrawn" :
		    p->changes ? "changes since the answer before: nothing is removed because it is missing" :
		    "a window on the latest: nothing is removed because it is missing");
}

static void
print_state(const struct sheet *s)
{
	char words[2 * WORDS_MAX];
	const struct catalogue_cursor *q = s->q;
	reader_fact(s->r, "theme", row_text(q, "theme"));
	reader_fact(s->r, "web site", row_text(q, "website"));
	bool judged = row_time_ms(q, "verdict_since") != TIME_NONE;
	reader_fact_fmt(s->r, "verdict", "%s%s%s: %s", row_text(q, "verdict"), judged ? " since " : "",
	    judged ? when(s, "verdict_since", words) : "", history_verdict(row_text(q, "verdict")));
	if (row_real(q, "probability") >= SHOWN_FROM)
		reader_fact_fmt(s->r, "gone with", "%.0f %%", row_real(q, "probability") * 100);
	reader_fact(s->r, "replaced by", row_text(q, "replaced_by"));
	reader_fact(s->r, "replaces", s->predecessor);
	reader_fact(s->r, "listings", row_text(q, "listing_count"));
	if (row_integer(q, "withdrawn"))
		reader_fact(s->r, "not published", "nothing of it is, as long as it is not back");
	if (row_integer(q, "outside") > 0)
		reader_fact_fmt(s->r, "not shown", "%" PRId64 " of them, outside the territory", row_integer(q, "outside"));
	if (row_integer(q, "quarantined") > 0)
		reader_fact_fmt(s->r, "unreadable", "%" PRId64 " in quarantine", row_integer(q, "quarantined"));
	reader_fact(s->r, "last success", when(s, "last_success", words));
	reader_fact(s->r, "last attempt", when(s, "last_attempt", words));
	reader_fact(s->r, "last change", when(s, "last_change", words));
	if (s->p != NULL && s->p->enabled)
		reader_fact(s->r, "next poll", row_time_ms(q, "next_poll") == TIME_NONE ? "soon" :
		    when(s, "next_poll", words));
}

static int
print_quarantine(const struct sheet *s, struct error *err)
{
	char words[WORDS_MAX];
	struct catalogue_filter f = filter_of(s, QUARANTINE_MAX);
	struct catalogue_cursor *q = catalogue_query(s->r->catalogue, VIEW_QUARANTINE, &f, err);
	if (q == NULL)
		return -1;
	int rc;
	struct table *t = table_new(quarantine_columns, sizeof quarantine_columns / sizeof quarantine_columns[0]);
	while ((rc = cursor_next(q, err)) == 1) {
		table_text(t, words_date(row_time_ms(q, "at"), words));
		table_integer(t, row_integer(q, "times"));
		table_text(t, row_text(q, "external_id"));
		table_text(t, row_text(q, "reason"));
		table_text(t, row_text(q, "raw"));
	}
	cursor_close(q);
	if (rc == 0 && table_rows(t) > 0) {
		reader_heading(s->r, "In quarantine, the latest");
		table_print(t, &s->r->screen, stdout);
	}
	table_free(t);
	return rc;
}

static int
print_runs(const struct sheet *s, struct error *err)
{
	size_t rows;
	const struct runs_options o = { .partner = s->partner, .max = RUNS_MAX, .heading = "The latest runs" };
	return reader_print_runs(s->r, &o, &rows, err);
}

static int
print_sheet(const struct sheet *s, struct error *err)
{
	struct buf remarks = BUF_INIT, title = BUF_INIT;
	int rc = remarks_add(s->r, &remarks, s->q, s->p, err);
	const char *name = s->q != NULL ? row_text(s->q, "name") : s->p != NULL ? s->p->name : "";
	buf_fmt(&title, *name != '\0' ? "%s (%s)" : "%s%s", name, s->partner);
	screen_bold(&s->r->screen, stdout, buf_cstr(&title));
	(void)fputc('\n', stdout);
	reader_fact(s->r, "remarks", buf_cstr(&remarks));
	if (s->q != NULL)
		print_state(s);
	print_settings(s);
	if (rc == 0 && s->q != NULL)
		rc = history_print(s->r, s->partner, err);
	if (rc == 0 && s->q != NULL)
		rc = print_runs(s, err);
	if (rc == 0 && s->q != NULL)
		rc = print_quarantine(s, err);
	buf_done(&title);
	buf_done(&remarks);
	return rc;
}

/* ---- for programs */

static int
json_view(const struct sheet *s, const char *name, enum catalogue_view view, size_t limit, struct error *err)
{
	struct catalogue_filter f = filter_of(s, limit);
	struct catalogue_cursor *q = catalogue_query(s->r->catalogue, view, &f, err);
	int rc = q != NULL ? json_rows(&s->r->json, name, q, err) : -1;
	cursor_close(q);
	return rc;
}

static void
json_settings(struct json_out *j, const struct sheet *s)
{
	const struct partner_config *p = s->p;
	json_text(j, "contact", p != NULL ? p->contact : NULL);
	json_text(j, "siren", p != NULL ? p->siren : NULL);
	json_text(j, "contract_from", p != NULL ? p->contract_from : NULL);
	json_text(j, "contract_to", p != NULL ? p->contract_to : NULL);
	json_text(j, "charity", p != NULL ? p->charity : NULL);
	json_text(j, "closed", p != NULL ? p->closed : NULL);
	json_text(j, "predecessor", *s->predecessor != '\0' ? s->predecessor : NULL);
}

static int
print_json(const struct sheet *s, struct error *err)
{
	static const struct { const char *name; enum catalogue_view view; } views[] = {
		{ "verdicts", VIEW_VERDICTS }, { "alerts", VIEW_ALERTS }, { "labels", VIEW_LABELS },
		{ "evidence", VIEW_EVIDENCE },
	};
	struct json_out *j = &s->r->json;
	struct buf remarks = BUF_INIT;
	int rc = remarks_add(s->r, &remarks, s->q, s->p, err);
	json_open(j, NULL, '{');
	if (s->q != NULL) {
		json_columns(j, s->q);
	} else {
		json_text(j, "partner", s->partner);
		json_text(j, "name", s->p != NULL ? s->p->name : NULL);
	}
	json_bool(j, "enabled", s->p != NULL && s->p->enabled);
	json_text(j, "remarks", buf_cstr(&remarks));
	json_text(j, "file", s->p != NULL ? s->p->file : NULL);
	json_settings(j, s);
	for (size_t i = 0; rc == 0 && i < sizeof views / sizeof views[0]; i++)
		rc = json_view(s, views[i].name, views[i].view, HISTORY_MAX, err);
	if (rc == 0)
		rc = json_view(s, "runs", VIEW_RUNS, RUNS_MAX, err);
	if (rc == 0)
		rc = json_view(s, "quarantine", VIEW_QUARANTINE, QUARANTINE_MAX, err);
	json_close(j, '}');
	buf_done(&remarks);
	return rc;
}

int
command_partner(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	struct sheet s = { .r = &r, .partner = in->argv[0] };
	int rc = 0, status = reader_open(&r, in);
	if (status == EXIT_GOOD)
		status = reader_check_partner(&r, s.partner);
	if (status == EXIT_GOOD) {
		s.p = config_partner(r.config, s.partner);
		s.predecessor = find_predecessor(&s);
		rc = reader_partner(&r, s.partner, &s.q, &err);
	}
	if (status == EXIT_GOOD && rc == 0)
		rc = in->json ? print_json(&s, &err) : print_sheet(&s, &err);
	if (rc != 0)
		status = command_fail(&err);
	cursor_close(s.q);
	reader_close(&r);
	return status;
}
