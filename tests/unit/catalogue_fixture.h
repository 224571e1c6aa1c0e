/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue in a temporary folder, and runs of a partner « p » as a test tells them. */
#ifndef VIGIE_TESTS_CATALOGUE_FIXTURE_H
#define VIGIE_TESTS_CATALOGUE_FIXTURE_H

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "catalogue/catalogue.h"

#define START_MS INT64_C(1767225600000)	/* 2026-01-01T00:00:00Z */

struct fixture {
	struct catalogue *c;
	char dir[32], path[48];
	struct run_memory memory;
	struct stage *stage;
	struct run_report report;	/* of the next run; a test may change it before */
	struct run_result result;
	struct error err;
	const char *kind;		/* of the listings that come */
	bool spread;			/* give each a position */
};

static inline void
fixture_open(struct fixture *f)
{
	struct catalogue_options options = { .path = f->path, .search = true };
	f->c = catalogue_open(&options, &f->err);
	if (f->c == NULL)
		fail_msg("%s", f->err.text);
}

static inline int
fixture_setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	*state = f;
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/vigie-test.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof f->path, "%s/c.db", f->dir);
	f->kind = "boat";
	f->report = (struct run_report){ .partner = "p", .started_ms = START_MS, .finished_ms = START_MS + 1000,
		.declared_total = -1, .detail = "", .seed = 7, .next_poll_ms = TIME_NONE, .not_before_ms = TIME_NONE,
		.removal = { .snapshot = true, .min_runs = 2, .min_age_ms = DAY_MS, .brake_percent = 20,
		    .brake_count = 10 } };
	fixture_open(f);
	struct partner_record p = { "p", "Partner", "boats", "https://p.example/", NULL };
	assert_int_equal(catalogue_partner_put(f->c, &p, &f->err), 0);
	return 0;
}

static inline int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const suffix[] = { "", "-wal", "-shm", "-search", "-search-wal", "-search-shm" };
	stage_free(f->stage);
	run_memory_done(&f->memory);
	catalogue_close(f->c);
	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "%s%s", f->path, suffix[i]);
		(void)unlink(name);
	}
	int rc = rmdir(f->dir);
	free(f);
	return rc;
}

/* ---- a run */

static inline void
begin(struct fixture *f)
{
	stage_free(f->stage);
	f->stage = stage_new(f->dir);
	run_memory_done(&f->memory);
	if (catalogue_run_begin(f->c, "p", f->report.seed, f->report.started_ms, &f->memory, &f->err) != 0)
		fail_msg("%s", f->err.text);
}

static inline struct text
txt(const char *s)
{
	return (struct text){ s, s != NULL ? strlen(s) : 0 };
}

static inline void
put_on_stage(struct fixture *f, struct raw_hash hash, const struct listing *l)
{
	struct buf flat = BUF_INIT;
	listing_flatten(l, &flat);
	if (stage_listing(f->stage, hash, flat.data, flat.len, &f->err) != 0)
		fail_msg("%s", f->err.text);
	buf_done(&flat);
}

/* Stages what the raw bytes say, without asking what is known. */
static inline void
emit_raw(struct fixture *f, const char *raw, const char *id, const char *title)
{
	struct listing l;
	listing_clear(&l);
	l.text[LISTING_EXTERNAL_ID] = txt(id);
	l.text[LISTING_KIND] = txt(f->kind);
	l.text[LISTING_TITLE] = txt(title);
	l.text[LISTING_PROPERTIES] = txt("{}");
	l.place = LISTING_INSIDE;
	l.published = true;
	if (f->spread) {
		l.real[LISTING_LATITUDE] = 44 + (double)(strlen(title) % 10) / 100;
		l.real[LISTING_LONGITUDE] = 0.5;
	}
	put_on_stage(f, raw_hash(raw, strlen(raw), f->report.seed), &l);
}

/* An item as the core treats it: known ones are only marked. */
static inline void
item(struct fixture *f, const char *id, const char *title)
{
	char raw[256];
	(void)snprintf(raw, sizeof raw, "%s=%s", id, title);
	f->report.seen++;
	if (known_mark(f->memory.known, raw_hash(raw, strlen(raw), f->report.seed)) == 0)
		emit_raw(f, raw, id, title);
}

/* Items "PREFIX<from>" to "PREFIX<to - 1>". */
static inline void
items(struct fixture *f, const char *prefix, int from, int to)
{
	for (int i = from; i < to; i++) {
		char id[32];
		(void)snprintf(id, sizeof id, "%s%d", prefix, i);
		item(f, id, id);
	}
}

static inline void
reject(struct fixture *f, const char *raw, const char *id)
{
	struct raw_hash hash = raw_hash(raw, strlen(raw), f->report.seed);
	struct stage_entry e = { .kind = STAGE_REJECT, .hash = hash, .external_id = txt(id), .raw = txt(raw),
		.reason = txt("no title") };
	f->report.seen++;
	if (known_mark(f->memory.known, hash) == 0)
		assert_int_equal(stage_reject(f->stage, &e, &f->err), 0);
}

static inline void
tombstone(struct fixture *f, const char *id)
{
	assert_int_equal(stage_tombstone(f->stage, id, strlen(id), &f->err), 0);
}

/* Ends the run; the next one starts `hours` later. */
static inline const struct run_result *
finish_after(struct fixture *f, enum run_outcome outcome, int hours)
{
	f->report.outcome = outcome;
	if (catalogue_run_finish(f->c, &f->report, f->stage, f->memory.known, &f->result, &f->err) != 0)
		fail_msg("%s", f->err.text);
	f->report.started_ms += hours * (int64_t)HOUR_MS;
	f->report.finished_ms = f->report.started_ms + 1000;
	f->report.seen = 0;
	return &f->result;
}

static inline const struct run_result *
complete(struct fixture *f)
{
	return finish_after(f, RUN_COMPLETE, 24);
}

/* A whole run with items PREFIX<from> to PREFIX<to - 1>. */
static inline const struct run_result *
run_of(struct fixture *f, const char *prefix, int from, int to)
{
	begin(f);
	items(f, prefix, from, to);
	return complete(f);
}

/* ---- looking at the file behind the catalogue's back */

/* A connection to it, and as `texts` to the full-text index. */
static inline sqlite3 *
look_behind(const struct fixture *f)
{
	sqlite3 *db;
	char attach[80];
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	(void)snprintf(attach, sizeof attach, "%s-search", f->path);
	if (access(attach, F_OK) != 0)
		return db;
	(void)snprintf(attach, sizeof attach, "ATTACH '%s-search' AS texts", f->path);
	assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static inline int64_t
ask_integer(const struct fixture *f, const char *sql)
{
	sqlite3 *db = look_behind(f);
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t v = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	return v;
}

/* The first column of all rows, with commas between. */
static inline void
ask_list(const struct fixture *f, const char *sql, struct buf *out)
{
	sqlite3 *db = look_behind(f);
	sqlite3_stmt *st;
	buf_clear(out);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *s = (const char *)sqlite3_column_text(st, 0);
		if (out->len > 0)
			buf_char(out, ',');
		buf_str(out, s != NULL ? s : "-");
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
}

static inline void
check_list(const struct fixture *f, const char *sql, const char *want)
{
	struct buf got = BUF_INIT;
	ask_list(f, sql, &got);
	size_t same = 0;
	while (want[same] != '\0' && want[same] == buf_cstr(&got)[same])
		same++;
	if (strcmp(buf_cstr(&got), want) != 0)
		fail_msg("%s\n from byte %zu on gives %s\n not %s", sql, same, buf_cstr(&got) + same, want + same);
	buf_done(&got);
}

static inline void
check_present(const struct fixture *f, const char *want)
{
	check_list(f, "SELECT external_id FROM listings WHERE removed_at IS NULL ORDER BY external_id", want);
}

/* Takes away what schema 5 and later brought, for tests that begin with an older one. */
static inline void
fixture_without_watermark(const struct fixture *f)
{
	static const char *const columns[] = { "watermark", "watermark_ms", "runs_complete", "runs_partial", "runs_not_modified",
		"runs_failed", "runs_refused", "all_requests", "all_bytes", "all_added", "all_changed", "all_removed",
		"all_restored", "runs_blocked", "runs_redirect" };
	check_list(f, "DROP VIEW listings", "");
	check_list(f, "DROP VIEW listing_all", "");
	check_list(f, "DROP INDEX listing_to_purge", "");
	check_list(f, "ALTER TABLE listing DROP COLUMN forgotten_ms", "");
	check_list(f, "DROP TABLE forgotten", "");
	check_list(f, "DROP TRIGGER partner_added", "");
	check_list(f, "DROP TRIGGER partner_turned", "");
	check_list(f, "DELETE FROM meta WHERE key BETWEEN 3 AND 6", "");
	check_list(f, "DROP TABLE hook", "");
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		char sql[96];
		(void)snprintf(sql, sizeof sql, "ALTER TABLE partner DROP COLUMN %s", columns[i]);
		check_list(f, sql, "");
	}
}

/* And schema 4. */
static inline void
fixture_without_watch(const struct fixture *f)
{
	static const char *const drops[] = {
		"DROP VIEW alerts", "DROP VIEW verdicts", "DROP VIEW labels",
		"DROP INDEX alert_open", "DROP TABLE detector", "DROP TABLE watch_note", "DROP TABLE verdict_log",
		"DROP TABLE label", "DROP TABLE outbox_item", "DROP TABLE outbox",
	};
	static const char *const columns[][2] = {
		{ "partner", "withdrawn" }, { "partner", "withdrawn_ms" }, { "alert", "facts" }, { "alert", "told" },
		{ "alert", "told_ms" }, { "alert", "told_mask" }, { "alert", "closed_ms" }, { "alert", "answer" },
		{ "alert", "snoozed_ms" }, { "alert", "remind_ms" }, { "alert", "reminders" },
	};
	fixture_without_watermark(f);
	for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++)
		check_list(f, drops[i], "");
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
		char sql[96];
		(void)snprintf(sql, sizeof sql, "ALTER TABLE %s DROP COLUMN %s", columns[i][0], columns[i][1]);
		check_list(f, sql, "");
	}
}

/* The story that VIEW_WHY tells of a listing: its events. */
static inline void
check_why(struct fixture *f, const char *uid, const char *want)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	struct buf got = BUF_INIT;
	filter.uid = uid;
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_WHY, &filter, &f->err);
	assert_non_null(q);
	int rc;
	while ((rc = cursor_next(q, &f->err)) == 1) {
		if (got.len > 0)
			buf_char(&got, ' ');
		buf_str(&got, cursor_text(q, 1));
	}
	assert_int_equal(rc, 0);
	cursor_close(q);
	assert_string_equal(buf_cstr(&got), want);
	buf_done(&got);
}

#endif
