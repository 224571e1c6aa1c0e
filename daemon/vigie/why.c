/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie why: the evidence behind what the catalogue says.  Of a listing: its
 * history, what it is now and what would remove it.  Of a partner: what is
 * missing, what is on hold, what failed last.
 */
#include <inttypes.h>
#include <math.h>

#include "base/buf.h"
#include "base/log.h"
#include "vigie/history.h"
#include "vigie/reader.h"
#include "vigie/remarks.h"

enum { MISSING_MAX = 20, FAILURES_MAX = 5, DATE_COLUMNS = 23, NOTE_MAX = 1000 };

static const struct table_column missing_columns[] = {
	{ .heading = "UID", .least = 20 },
	{ .heading = "TITLE", .least = 12, .spare = 1 },
	{ .heading = "LAST SEEN" },
	{ .heading = "MISSED SINCE", .spare = 2 },
	{ .heading = "RUNS", .number = true },
	{ .heading = "ON HOLD" },
};

struct subject {
	struct reader *r;
	char *partner;
	const char *uid;		/* NULL: the partner as a whole */
	const struct partner_config *p;	/* NULL: not in the settings */
	size_t missing_max;		/* 0: no limit */
};

static struct catalogue_cursor *
ask(const struct subject *s, enum catalogue_view view, size_t limit, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	f.uid = s->uid;
	f.partner = s->uid == NULL ? s->partner : NULL;
	f.removed = true;
	f.limit = limit;
	return catalogue_query(s->r->catalogue, view, &f, err);
}

/* ---- a listing */

static const char *
event_text(const char *event)
{
	static const struct { const char *event, *text; } texts[] = {
		{ "added", "first seen, and added" },
		{ "changed", "its contents changed" },
		{ "last-seen", "seen for the last time" },
		{ "missed", "missing from a complete answer" },
		{ "kept", "missing, but it may be one that could not be read" },
		{ "held", "removal put on hold" },
		{ "returned", "in the answer again" },
		{ "removed", "removed" },
		{ "tombstone", "removed, because the partner said that it is withdrawn" },
		{ "accepted", "removed with « vigie accept »" },
		{ "forgotten", "removed and forgotten with « vigie forget »: it does not come back" },
		{ "remembered", "allowed to come back with « vigie forget --undo »" },
		{ "purged", "what it said was dropped, as long after its removal as the settings say" },
		{ "restored", "offered again, and restored" },
		{ "withdrawn", "not published any more, because its partner is gone or doubtful" },
		{ "published", "published again with its partner" },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(event, texts[i].event) == 0)
			return texts[i].text;
	return event;
}

static void
print_event(const struct subject *s, const struct catalogue_cursor *q)
{
	char date[WORDS_MAX];
	struct buf text = BUF_INIT;
	const char *note = row_text(q, "note");
	buf_str(&text, event_text(row_text(q, "event")));
	if (*note != '\0')
		buf_str(&text, ": ");
	text_escape(&text, note, strlen(note), NOTE_MAX);
	if (row_integer(q, "run") != 0)
		buf_fmt(&text, " (run %" PRId64 ")", row_integer(q, "run"));
	(void)printf("  %-*s", DATE_COLUMNS - 2, words_date(row_time_ms(q, "at"), date));
	screen_wrap(&s->r->screen, stdout, buf_cstr(&text), DATE_COLUMNS, DATE_COLUMNS);
	buf_done(&text);
}

static int
print_history(const struct subject *s, struct error *err)
{
	int rc = -1;
	struct catalogue_cursor *q = ask(s, VIEW_WHY, 0, err);
	if (q != NULL)
		reader_heading(s->r, "What happened");
	while (q != NULL && (rc = cursor_next(q, err)) == 1)
		print_event(s, q);
	cursor_close(q);
	return rc;
}

static void
say_rule(const struct subject *s)
{
	char age[WORDS_MAX];
	const struct config_removal *rule = &s->p->removal;
	if (!s->p->snapshot)
		reader_fact_fmt(s->r, "to be removed", "the partner would have to say that it is withdrawn; being "
		    "missing is not enough, because its answers are only the latest (source = %s)",
		    s->p->changes ? "changes" : "window");
	else
		reader_fact_fmt(s->r, "to be removed", "it takes %u complete answers without it%s%s; or "
		    "that the partner says it is withdrawn", rule->min_runs, rule->min_age_ms > 0 ? ", over at least " : "",
		    rule->min_age_ms > 0 ? words_duration(rule->min_age_ms, age) : "");
}

static void
say_missing(const struct subject *s, const struct catalogue_cursor *m)
{
	char date[WORDS_MAX], due[WORDS_MAX];
	const struct config_removal *rule = &s->p->removal;
	int64_t since_ms = row_time_ms(m, "missed_since"), runs = row_integer(m, "missed_runs");
	if (runs > 0)
		reader_fact_fmt(s->r, "now", "present, but missing from %" PRId64 " complete %s, first on %s", runs,
		    runs == 1 ? "answer" : "answers", words_date(since_ms, date));
	else
		reader_fact(s->r, "now", "present, but not in the partner's last answer");
	if (row_integer(m, "held"))
		reader_fact_fmt(s->r, "to be removed", "its removal is on hold: « vigie accept %s » would remove it",
		    s->partner);
	else if (row_integer(m, "kept"))
		reader_fact(s->r, "to be removed", "an item that cannot be read may be this listing: first "
		    "that item must become readable or go");
	else if (!s->p->snapshot || since_ms == TIME_NONE)
		say_rule(s);
	else if (runs < rule->min_runs)
		reader_fact_fmt(s->r, "to be removed", "it takes %" PRId64 " more complete %s without it, not "
		    "before %s", rule->min_runs - runs, rule->min_runs - runs == 1 ? "answer" : "answers",
		    words_date(since_ms + rule->min_age_ms, due));
	else
		reader_fact_fmt(s->r, "to be removed", "the next complete answer without it from %s on",
		    words_date(since_ms + rule->min_age_ms, due));
}

static int
say_not_shown(const struct subject *s, const struct catalogue_cursor *q, struct error *err)
{
	struct catalogue_cursor *p;
	if (row_integer(q, "published"))
		return 0;
	if (reader_partner(s->r, s->partner, &p, err) != 0)
		return -1;
	if (p != NULL && row_integer(p, "withdrawn"))
		reader_fact_fmt(s->r, "not shown", "nothing of this partner is published, because it is %s: see « vigie "
		    "partner %s »", row_text(p, "verdict"), s->partner);
	else
		reader_fact(s->r, "not shown", "it lies outside the territory, or nothing says where it is");
	cursor_close(p);
	return 0;
}

static int
say_now(const struct subject *s, const struct catalogue_cursor *q, struct error *err)
{
	char date[WORDS_MAX];
	if (*row_text(q, "removed_at") != '\0') {
		bool known = *row_text(q, "title") != '\0';
		reader_fact_fmt(s->r, "now", "removed on %s; %s", words_date(row_time_ms(q, "removed_at"), date), known ?
		    "kept in the catalogue, and back by itself if the partner offers it again" : "what it said is no longer kept");
		return 0;
	}
	struct catalogue_cursor *m = ask(s, VIEW_MISSING, 1, err);
	int rc = m != NULL ? cursor_next(m, err) : -1;
	if (rc >= 0 && say_not_shown(s, q, err) != 0)
		rc = -1;
	if (rc >= 0 && s->p == NULL)
		reader_fact(s->r, "now", "present; it stays, because its partner is no longer asked");
	else if (rc == 1)
		say_missing(s, m);
	else if (rc == 0) {
		reader_fact_fmt(s->r, "now", "present, last seen %s", words_date(row_time_ms(q, "last_seen"), date));
		say_rule(s);
	}
	cursor_close(m);
	return rc < 0 ? -1 : 0;
}

static int
print_listing(const struct subject *s, const struct catalogue_cursor *q, struct error *err)
{
	screen_bold(&s->r->screen, stdout, s->uid);
	(void)fputc('\n', stdout);
	reader_fact(s->r, "title", row_text(q, "title"));
	reader_fact(s->r, "kind", row_text(q, "kind"));
	reader_fact(s->r, "address", row_text(q, "url"));
	int rc = say_now(s, q, err);
	return rc == 0 ? print_history(s, err) : rc;
}

/* ---- a partner */

static int
print_missing(const struct subject *s, struct error *err)
{
	char words[WORDS_MAX];
	struct catalogue_cursor *q = ask(s, VIEW_MISSING, s->missing_max > 0 ? s->missing_max + 1 : 0, err);
	if (q == NULL)
		return -1;
	int rc;
	struct table *t = table_new(missing_columns, sizeof missing_columns / sizeof missing_columns[0]);
	while ((rc = cursor_next(q, err)) == 1 && (s->missing_max == 0 || table_rows(t) < s->missing_max)) {
		table_text(t, row_text(q, "uid"));
		table_text(t, row_text(q, "title"));
		table_text(t, words_date(row_time_ms(q, "last_seen"), words));
		table_text(t, *row_text(q, "missed_since") ? words_date(row_time_ms(q, "missed_since"), words) : "");
		table_integer(t, row_integer(q, "missed_runs"));
		table_text(t, row_integer(q, "held") ? "yes" : "");
	}
	cursor_close(q);
	if (rc >= 0 && table_rows(t) > 0) {
		reader_heading(s->r, "Not in its last complete answer");
		table_print(t, &s->r->screen, stdout);
	}
	if (rc == 1)
		(void)printf("There are more: « --limit all » shows them.\n");
	table_free(t);
	return rc < 0 ? -1 : 0;
}

static int
print_partner(const struct subject *s, const struct catalogue_cursor *q, struct error *err)
{
	char date[WORDS_MAX];
	size_t rows;
	const struct runs_options failures = {
		.partner = s->partner, .max = FAILURES_MAX, .failed = true,
		.heading = "The latest runs that did not go well",
	};
	struct buf remarks = BUF_INIT;
	int rc = remarks_add(s->r, &remarks, q, s->p, err);
	screen_bold(&s->r->screen, stdout, s->partner);
	(void)fputc('\n', stdout);
	bool judged = row_time_ms(q, "verdict_since") != TIME_NONE;
	reader_fact_fmt(s->r, "verdict", "%s%s%s: %s", row_text(q, "verdict"), judged ? " since " : "",
	    judged ? words_date(row_time_ms(q, "verdict_since"), date) : "", history_verdict(row_text(q, "verdict")));
	reader_fact_fmt(s->r, "gone with", "%.1f %%", row_real(q, "probability") * 100);
	reader_fact_fmt(s->r, "last success", "%s", words_date(row_time_ms(q, "last_success"), date));
	if (*row_text(q, "hold") != '\0')
		reader_fact_fmt(s->r, "on hold", "%" PRId64 " removals since %s, because %s; to remove them: "
		    "« vigie accept %s »", row_integer(q, "held"), words_date(row_time_ms(q, "hold_since"), date),
		    remarks_hold(row_text(q, "hold")), s->partner);
	else
		reader_fact(s->r, "remarks", remarks.len > 0 ? remarks.data : "nothing is on hold, nothing fails");
	if (rc == 0)
		rc = history_print_evidence(s->r, s->partner, err);
	if (rc == 0)
		rc = print_missing(s, err);
	if (rc == 0)
		rc = reader_print_runs(s->r, &failures, &rows, err);
	buf_done(&remarks);
	return rc;
}

/* ---- for programs */

static int
json_view(const struct subject *s, const char *name, enum catalogue_view view, struct error *err)
{
	struct catalogue_cursor *q = ask(s, view, 0, err);
	int rc = q != NULL ? json_rows(&s->r->json, name, q, err) : -1;
	cursor_close(q);
	return rc;
}

static int
print_json(const struct subject *s, const struct catalogue_cursor *q, struct error *err)
{
	struct json_out *j = &s->r->json;
	json_open(j, NULL, '{');
	json_columns(j, q);
	int rc = json_view(s, "missing", VIEW_MISSING, err);
	if (rc == 0)
		rc = s->uid != NULL ? json_view(s, "history", VIEW_WHY, err) : json_view(s, "runs", VIEW_RUNS, err);
	if (rc == 0 && s->uid == NULL)
		rc = json_view(s, "evidence", VIEW_EVIDENCE, err);
	json_close(j, '}');
	return rc;
}

/* ---- which of them */

static int
explain(const struct subject *s, bool json, struct error *err)
{
	struct catalogue_cursor *q = ask(s, s->uid != NULL ? VIEW_LISTINGS : VIEW_PARTNERS, 1, err);
	int rc = q != NULL ? cursor_next(q, err) : -1;
	if (rc == 0 && s->uid != NULL)
		rc = error_set(err, ERROR_USAGE, "the catalogue has no listing \"%s\"; « vigie listings --partner %s » "
		    "lists those there are", s->uid, s->partner);
	else if (rc == 0)
		rc = error_set(err, ERROR_NOT_FOUND, "%s was never asked yet: « vigie sync %s » asks it now", s->partner,
		    s->partner);
	else if (rc == 1 && json)
		rc = print_json(s, q, err);
	else if (rc == 1)
		rc = s->uid != NULL ? print_listing(s, q, err) : print_partner(s, q, err);
	cursor_close(q);
	return rc;
}

int
command_why(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	const char *word = in->argv[0];
	struct subject s = {
		.r = &r, .partner = xstrndup(word, strcspn(word, ":")), .uid = strchr(word, ':') != NULL ? word : NULL,
		.missing_max = in->limit > 0 ? reader_limit(in->limit) : MISSING_MAX,
	};
	int status = reader_open(&r, in);
	if (status == EXIT_GOOD)
		status = reader_check_partner(&r, s.partner);
	if (status == EXIT_GOOD) {
		s.p = config_partner(r.config, s.partner);
		if (explain(&s, in->json, &err) != 0)
			status = command_fail(&err);
	}
	reader_close(&r);
	free(s.partner);
	return status;
}
