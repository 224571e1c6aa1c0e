/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, runs, changes, the public views, leases, validators. */
#include "catalogue_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void
test_public_columns(void **state)
{
	static const char *const views[][2] = {
		{ "listings", "uid,partner,external_id,kind,title,description,language,url,image_url,latitude,longitude,"
		    "street,postcode,locality,country,price_minor,currency,price_unit,price_text,capacity,rating,"
		    "rating_count,published,source_updated_at,first_seen,last_seen,changed_at,removed_at,properties,"
		    "partner_verdict" },
		{ "partners", "partner,name,theme,website,verdict,verdict_since,probability,replaced_by,listing_count,"
		    "last_success,last_attempt,last_change,next_poll" },
		{ "runs", "run,partner,started,finished,outcome,error_kind,http_status,requests,bytes,seen,added,changed,"
		    "removed,quarantined,declared_total,detail" },
		{ "changes", "change,at,uid,partner,op" },
		{ "evidence", "at,partner,signal,value,weight,note" },
		{ "alerts", "at,partner,verdict,mail_state,acknowledged_by,acknowledged_at,told,answer,snoozed_until,"
		    "closed_at" },
		{ "verdicts", "at,partner,verdict,before,probability" },
		{ "labels", "at,partner,label,verdict,given_by,note,until" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		char sql[96];
		(void)snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')", views[i][0]);
		check_list(f, sql, views[i][1]);
	}
	assert_int_equal(ask_integer(f, "PRAGMA user_version"), 1);
}

static void
test_a_listing_with_everything(void **state)
{
	struct fixture *f = *state;
	struct listing l;
	static const char *const texts[LISTING_TEXTS] = { "é:1", "boat", "Péniche", "Sur le canal", "fr", "https://u/",
		"https://i/", "1 quai", "47200", "Marmande", "FR", "EUR", "night", "dès 50 €", "{\"a\":1}" };
	begin(f);
	listing_clear(&l);
	for (size_t i = 0; i < LISTING_TEXTS; i++)
		l.text[i] = txt(texts[i]);
	for (size_t i = 0; i < LISTING_INTEGERS; i++)
		l.integer[i] = 100 + (int64_t)i;
	l.integer[LISTING_SOURCE_UPDATED_AT] = -1500;
	l.real[LISTING_LATITUDE] = 44.5;
	l.real[LISTING_LONGITUDE] = 0.25;
	l.real[LISTING_RATING] = 4.5;
	l.place = LISTING_OUTSIDE;
	put_on_stage(f, (struct raw_hash){ 1, 2 }, &l);
	assert_int_equal(complete(f)->outside, 1);
	check_list(f, "SELECT uid || '|' || partner || '|' || external_id || '|' || kind || '|' || title || '|' ||"
	    " description || '|' || language || '|' || url || '|' || image_url || '|' || latitude || '|' || longitude"
	    " || '|' || street || '|' || postcode || '|' || locality || '|' || country || '|' || price_minor || '|' ||"
	    " currency || '|' || price_unit || '|' || price_text || '|' || capacity || '|' || rating || '|' ||"
	    " rating_count || '|' || published || '|' || source_updated_at || '|' || properties FROM listings",
	    "p:é:1|p|é:1|boat|Péniche|Sur le canal|fr|https://u/|https://i/|44.5|0.25|1 quai|47200|Marmande|FR|100|EUR|"
	    "night|dès 50 €|101|4.5|102|0|1969-12-31T23:59:58Z|{\"a\":1}");
	/* uid holds a second colon; unpublished ones are hidden unless asked for. */
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.uid = "p:é:1";
	for (int removed = 0; removed < 2; removed++) {
		filter.removed = removed;
		struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
		assert_non_null(q);
		assert_int_equal(cursor_next(q, &f->err), removed);
		cursor_close(q);
	}
}

static void
test_nulls(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 1);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM listings WHERE description IS NULL AND latitude IS NULL"
	    " AND price_minor IS NULL AND rating IS NULL AND source_updated_at IS NULL AND removed_at IS NULL"), 1);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM runs WHERE error_kind IS NULL AND http_status IS NULL"
	    " AND declared_total IS NULL AND detail = ''"), 1);
}

static void
test_changes(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 3);
	begin(f);
	items(f, "a", 0, 2);
	item(f, "a2", "another title");
	item(f, "a3", "new");
	const struct run_result *r = complete(f);
	assert_int_equal(r->added, 1);
	assert_int_equal(r->changed, 1);
	check_list(f, "SELECT change || op || uid || at FROM changes WHERE change > 3 ORDER BY change",
	    "4changedp:a22026-01-02T00:00:01Z,5addedp:a32026-01-02T00:00:01Z");
	check_list(f, "SELECT changed_at || ' ' || title FROM listings WHERE external_id = 'a2'",
	    "2026-01-02T00:00:01Z another title");
	check_list(f, "SELECT added || ' ' || changed || ' ' || seen FROM runs ORDER BY run", "3 0 3,1 1 4");
	/* Other bytes of the same listing are no change, and known next time. */
	begin(f);
	for (int i = 0; i < 4; i++) {
		char id[16], title[32];
		(void)snprintf(id, sizeof id, "a%d", i);
		(void)snprintf(title, sizeof title, i == 2 ? "another title" : i == 3 ? "new" : "a%d", i);
		emit_raw(f, id, id, title);
	}
	assert_int_equal(complete(f)->changed, 0);
	begin(f);
	assert_true(known_mark(f->memory.known, raw_hash("a2", 2, 7)));
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.after = 4;
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_CHANGES, &filter, &f->err);
	assert_int_equal(cursor_next(q, &f->err), 1);
	assert_int_equal(cursor_integer(q, 0), 5);
	assert_int_equal(cursor_type(q, 0), CURSOR_INTEGER);
	assert_string_equal(cursor_name(q, 2), "uid");
	assert_int_equal(cursor_columns(q), 5);
	assert_int_equal(cursor_next(q, &f->err), 0);
	cursor_close(q);
}

static void
test_one_item_several_listings(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3; i++) {
		begin(f);
		if (!known_mark(f->memory.known, raw_hash("two places", 10, 7))) {
			assert_int_equal(i, 0);
			emit_raw(f, "two places", "x1", "one");
			emit_raw(f, "two places", "x2", "two");
		}
		assert_int_equal(complete(f)->missing, 0);
	}
	assert_int_equal(f->result.listing_count, 2);
}

/* An identifier twice in every answer: no flapping, whatever is known. */
static void
test_duplicates_do_not_flap(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 4; i++) {
		begin(f);
		item(f, "a1", "first words");
		item(f, "a2", "other");
		item(f, "a1", "last words");
		const struct run_result *r = complete(f);
		assert_int_equal(r->added, i == 0 ? 2 : 0);
		assert_int_equal(r->changed, 0);
		assert_int_equal(r->listing_count, 2);
	}
	check_list(f, "SELECT title FROM listings WHERE external_id = 'a1'", "last words");
	/* The same when the bytes are new every time, and when far apart. */
	char *filler = xcalloc(1, STAGE_RAW_MAX_BYTES);
	for (int i = 0; i < 3; i++) {
		begin(f);
		for (int j = 0; j < 3; j++) {
			char raw[32];
			(void)snprintf(raw, sizeof raw, "%d/%d", i, j);
			emit_raw(f, raw, "a1", j == 2 ? "last words" : "middle words");
			emit_raw(f, "a2=other", "a2", "other");
			struct stage_entry e = { .kind = STAGE_REJECT, .hash = { 1, 1 }, .raw = { filler, STAGE_RAW_MAX_BYTES } };
			for (int k = 0; k < 5; k++)
				assert_int_equal(stage_reject(f->stage, &e, &f->err), 0);
		}
		assert_true(stage_batches(f->stage) > 2);
		assert_int_equal(complete(f)->changed, 0);
	}
	free(filler);
}

static void
test_states(void **state)
{
	struct fixture *f = *state;
	struct partner_state s;
	assert_int_equal(catalogue_partner_state(f->c, "p", &s, &f->err), 0);
	assert_true(s.last_attempt_ms == TIME_NONE && s.last_success_ms == TIME_NONE && s.next_poll_ms == TIME_NONE);
	check_list(f, "SELECT verdict || coalesce(verdict_since, '-') FROM partners", "never-seen-");
	begin(f);
	f->report.next_poll_ms = START_MS + DAY_MS;
	f->report.error_kind = ERROR_DNS;
	f->report.http_status = 503;
	finish_after(f, RUN_FAILED, 1);
	begin(f);
	finish_after(f, RUN_REFUSED, 1);
	assert_int_equal(catalogue_partner_state(f->c, "p", &s, &f->err), 0);
	assert_int_equal(s.failures, 2);
	assert_true(s.last_success_ms == TIME_NONE);
	assert_int_equal(s.last_attempt_ms, START_MS + HOUR_MS + 1000);
	assert_int_equal(s.next_poll_ms, START_MS + DAY_MS);
	check_list(f, "SELECT verdict FROM partners", "never-seen");
	check_list(f, "SELECT outcome || error_kind || http_status FROM runs", "faileddns503,refuseddns503");
	begin(f);
	finish_after(f, RUN_PARTIAL, 1);
	assert_int_equal(catalogue_partner_state(f->c, "p", &s, &f->err), 0);
	assert_int_equal(s.failures, 0);
	assert_true(s.last_success_ms == TIME_NONE);
	run_of(f, "a", 0, 3);
	assert_int_equal(catalogue_partner_state(f->c, "p", &s, &f->err), 0);
	assert_int_equal(s.listing_count, 3);
	assert_int_equal(s.last_success_ms, START_MS + 3 * HOUR_MS + 1000);
	check_list(f, "SELECT verdict || verdict_since || last_change FROM partners",
	    "alive2026-01-01T03:00:01Z2026-01-01T03:00:01Z");
	assert_int_equal(catalogue_partner_state(f->c, "nobody", &s, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
}

static void
test_validators(void **state)
{
	struct fixture *f = *state;
	struct validator v[2] = {
		{ { 1, 2 }, (char[]){ "\"etag\"" }, NULL, (char[]){ "https://p/2" } },
		{ { 3, 4 }, NULL, (char[]){ "Sun, 22 Nov 2026" }, NULL },
	};
	f->report.validators = v;
	f->report.n_validators = 2;
	run_of(f, "a", 0, 3);
	f->report.n_validators = 0;
	begin(f);
	assert_int_equal(f->memory.n_validators, 2);
	assert_string_equal(f->memory.validators[0].etag, "\"etag\"");
	assert_null(f->memory.validators[0].last_modified);
	assert_string_equal(f->memory.validators[0].next_url, "https://p/2");
	assert_int_equal(f->memory.validators[1].request.low, 3);
	assert_int_equal(f->memory.validators[1].request.high, 4);
	assert_null(f->memory.validators[1].next_url);
	assert_int_equal(f->memory.seed_used.low, 7);
	finish_after(f, RUN_NOT_MODIFIED, 1);
	begin(f);
	assert_int_equal(f->memory.n_validators, 2);
	finish_after(f, RUN_FAILED, 1);
	/* A partial run that changes nothing keeps them, one that does not. */
	begin(f);
	items(f, "a", 0, 2);
	finish_after(f, RUN_PARTIAL, 1);
	f->report.seed = 8;
	begin(f);
	assert_int_equal(f->memory.n_validators, 0);	/* of another seed */
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	f->report.seed = 7;
	begin(f);
	assert_int_equal(f->memory.n_validators, 2);
	item(f, "a0", "new words");
	finish_after(f, RUN_PARTIAL, 1);
	begin(f);
	assert_int_equal(f->memory.n_validators, 0);
}

static void
test_nothing_changed_writes_next_to_nothing(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 5000);
	assert_int_equal(catalogue_checkpoint(f->c, &f->err), 0);
	char wal[64];
	struct stat st;
	(void)snprintf(wal, sizeof wal, "%s-wal", f->path);
	catalogue_close(f->c);	/* the last one out removes the log */
	fixture_open(f);
	begin(f);
	items(f, "a", 0, 5000);
	assert_int_equal(complete(f)->missing, 0);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size < 10 * 16500);	/* pages */
	/* 1 %, spread, is a page or so each. */
	begin(f);
	items(f, "a", 50, 5000);
	for (int i = 0; i < 50; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "a%d", i);
		item(f, id, "changed");
	}
	assert_int_equal(complete(f)->changed, 50);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size < 80 * 16500);
}

/* ---- leases and groups */

static void
tell_boot(void)
{
	char id[64] = "", *to = id;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (f == NULL || fgets(id, sizeof id, f) == NULL)
		_exit(1);
	for (const char *from = id; *from != '\0'; from++)
		if (*from != '-' && *from != '\n')
			*to++ = *from;
	*to = '\0';
	(void)fclose(f);
	(void)setenv("VIGIE_BOOT", id, 1);
}

static void
test_lease(void **state)
{
	struct fixture *f = *state;
	struct run_memory m;
	int ready[2], leave[2];
	char byte = 0;
	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(leave, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct catalogue_options options = { .path = f->path };
		struct error err = ERROR_INIT;
		tell_boot();	/* as systemd tells the service, and the command is not told */
		(void)close(leave[1]);	/* the parent's end is the only one, should it fail */
		struct catalogue *c = catalogue_open(&options, &err);
		if (c == NULL || catalogue_run_begin(c, "p", 1, 0, &m, &err) != 0)
			_exit(1);
		(void)!write(ready[1], &byte, 1);
		(void)!read(leave[0], &byte, 1);
		_exit(0);	/* without giving it back */
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(catalogue_run_begin(f->c, "p", 1, 0, &m, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_BUSY);
	error_clear(&f->err);
	/* Without a beginning either. */
	m = (struct run_memory){ .state.last_attempt_ms = TIME_NONE };
	f->report.left = &m;
	assert_int_equal(catalogue_run_finish(f->c, &f->report, NULL, NULL, &f->result, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_BUSY);
	f->report.left = NULL;
	error_clear(&f->err);
	/* Somebody else's lease is not ours to give back. */
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	assert_int_equal(catalogue_run_begin(f->c, "p", 1, 0, &m, &f->err), -1);
	error_clear(&f->err);
	assert_int_equal(write(leave[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(catalogue_run_begin(f->c, "p", 1, 0, &f->memory, &f->err), 0);
	/* A run of ours that could not be stored does not lock us out. */
	assert_int_equal(catalogue_run_begin(f->c, "p", 1, 0, &m, &f->err), 0);
	run_memory_done(&m);
	finish_after(f, RUN_FAILED, 1);
	begin(f);
	for (int i = 0; i < 2; i++) {
		(void)close(ready[i]);
		(void)close(leave[i]);
	}
}

/* A run that goes by what a quiet one has left. */
static void
test_without_a_beginning(void **state)
{
	struct fixture *f = *state;
	(void)run_of(f, "a", 0, 3);
	begin(f);
	stage_free(f->stage);
	f->stage = NULL;
	struct run_memory left = { .state.last_attempt_ms = f->report.finished_ms };
	assert_true(finish_after(f, RUN_NOT_MODIFIED, 1)->quiet);
	f->report.left = &left;
	int64_t finished_ms = f->report.finished_ms;
	assert_int_equal(finish_after(f, RUN_NOT_MODIFIED, 1)->listing_count, 3);
	/* It has been synchronised since. */
	assert_int_equal(catalogue_run_finish(f->c, &f->report, NULL, NULL, &f->result, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_BUSY);
	error_clear(&f->err);
	left.state.last_attempt_ms = finished_ms;
	assert_int_equal(finish_after(f, RUN_NOT_MODIFIED, 1)->run, 4);
}

static void
test_who_wrote(void **state)
{
	struct fixture *f = *state;
	catalogue_look(f->c);
	int64_t others = catalogue_others(f->c);
	assert_true(others > 0);
	(void)run_of(f, "a", 0, 3);
	catalogue_look(f->c);
	assert_int_equal(catalogue_others(f->c), others);
	sqlite3 *db = look_behind(f);
	assert_int_equal(sqlite3_exec(db, "UPDATE partner SET name = 'x'", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	catalogue_look(f->c);
	assert_int_not_equal(catalogue_others(f->c), others);
}

static void
test_groups(void **state)
{
	struct fixture *f = *state;
	struct partner_record p = { "q", "Q", NULL, NULL, NULL };
	struct run_report bad = f->report;
	struct catalogue *other;
	struct catalogue_options options = { .path = f->path, .read_only = true };
	struct partner_state s;
	bad.partner = "nobody";
	assert_int_equal(catalogue_begin(f->c, &f->err), 0);
	assert_int_equal(catalogue_partner_put(f->c, &p, &f->err), 0);
	assert_int_equal(catalogue_run_finish(f->c, &bad, NULL, NULL, &f->result, &f->err), -1);
	error_clear(&f->err);
	assert_non_null(other = catalogue_open(&options, &f->err));
	assert_int_equal(catalogue_partner_state(other, "q", &s, &f->err), -1);	/* not yet */
	error_clear(&f->err);
	assert_int_equal(catalogue_begin(f->c, &f->err), -1);
	error_clear(&f->err);
	assert_int_equal(catalogue_commit(f->c, &f->err), 0);
	assert_int_equal(catalogue_partner_state(other, "q", &s, &f->err), 0);
	assert_int_equal(catalogue_partner_put(other, &p, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_CATALOGUE);
	error_clear(&f->err);
	assert_int_equal(catalogue_commit(f->c, &f->err), -1);
	catalogue_close(other);
}

static void
test_opening(void **state)
{
	struct fixture *f = *state;
	char path[64];
	struct catalogue_options options = { .path = path, .read_only = true };
	(void)snprintf(path, sizeof path, "%s/none.db", f->dir);
	assert_null(catalogue_open(&options, &f->err));
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
	error_clear(&f->err);
	/* A file from the future, and one that is no catalogue. */
	(void)ask_integer(f, "UPDATE meta SET value = 99 WHERE key = 0 RETURNING 1");
	(void)snprintf(path, sizeof path, "%s", f->path);
	assert_null(catalogue_open(&options, &f->err));
	assert_non_null(strstr(f->err.text, "99"));
	error_clear(&f->err);
	(void)ask_integer(f, "UPDATE meta SET value = 1 WHERE key = 0 RETURNING 1");
	(void)snprintf(path, sizeof path, "%s/text", f->dir);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 100; i++)
		(void)fputs("this is no database at all\n", file);
	(void)fclose(file);
	options.read_only = false;
	assert_null(catalogue_open(&options, &f->err));
	assert_int_equal(f->err.kind, ERROR_DAMAGED);
	assert_non_null(strstr(f->err.text, "not a database"));
	(void)unlink(path);
}

/* A merge that is given up leaves nothing, and what others lock is not waited for; the next handle begins where the last run ended. */
static void
test_stop(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	run_of(f, "a", 0, 3);
	begin(f);
	items(f, "b", 0, 3000);
	catalogue_stop(f->c, monotonic_ms() - 1);
	assert_int_equal(catalogue_run_finish(f->c, &f->report, f->stage, f->memory.known, &f->result, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	catalogue_close(f->c);
	check_present(f, "a0,a1,a2");
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM runs"), 1);

	sqlite3 *other = look_behind(f);
	fixture_open(f);
	assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	catalogue_stop(f->c, monotonic_ms() + 200);
	int64_t since_ms = monotonic_ms();
	error_clear(&err);
	assert_int_equal(catalogue_begin(f->c, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	assert_in_range(monotonic_ms() - since_ms, 200, 15 * SECOND_MS);
	(void)sqlite3_close(other);
	catalogue_close(f->c);
	fixture_open(f);
	run_of(f, "b", 0, 3000);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM listings"), 3003);
}

/* Who reads all changes gets all listings that are there, however old: the last change of each stays. */
static void
test_prune(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	begin(f);
	items(f, "a", 0, 3);
	item(f, "a3", "another");
	items(f, "a", 4, 10);
	tombstone(f, "a5");
	complete(f);
	check_list(f, "SELECT change FROM changes", "1,2,3,4,5,6,7,8,9,10,11,12");
	int64_t later_ms = START_MS + 402 * (int64_t)DAY_MS;
	assert_int_equal(catalogue_prune(f->c, START_MS, 1000, &f->err), 0);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM changes"), 12);
	assert_int_equal(catalogue_prune(f->c, later_ms, 5, &f->err), 0);
	check_list(f, "SELECT change FROM changes", "1,2,3,5,6,7,8,9,10,11,12");
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM runs"), 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(catalogue_prune(f->c, later_ms, 5, &f->err), 0);
	/* The last one stays, so that numbers never come again. */
	check_list(f, "SELECT change FROM changes", "1,2,3,5,7,8,9,10,11,12");
	f->report.started_ms = later_ms;
	f->report.finished_ms = later_ms;
	begin(f);
	item(f, "a3", "another one");
	finish_after(f, RUN_PARTIAL, 1);
	assert_int_equal(catalogue_prune(f->c, later_ms, 1000, &f->err), 0);
	assert_int_equal(catalogue_prune(f->c, later_ms, 1000, &f->err), 0);
	check_list(f, "SELECT change FROM changes", "1,2,3,5,7,8,9,10,13");
}

static void
test_partners_view(void **state)
{
	struct fixture *f = *state;
	struct partner_record p = { "p", "Renamed", "boats", "https://p.example/", "q" };
	assert_int_equal(catalogue_partner_put(f->c, &p, &f->err), 0);
	check_list(f, "SELECT name || replaced_by FROM partners", "Renamedq");
	run_of(f, "a", 0, 2);
	run_of(f, "a", 0, 0);
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_PARTNERS, NULL, &f->err);
	assert_int_equal(cursor_next(q, &f->err), 1);
	assert_string_equal(cursor_text(q, 0), "p");
	assert_string_equal(cursor_name(q, 13), "hold");
	assert_string_equal(cursor_text(q, 13), "empty");
	assert_string_equal(removal_hold_name(f->result.hold), "empty");
	assert_int_equal(cursor_integer(q, 14), 2);
	assert_int_equal(cursor_next(q, &f->err), 0);
	cursor_close(q);
	q = catalogue_query(f->c, VIEW_RUNS, NULL, &f->err);
	assert_int_equal(cursor_next(q, &f->err), 1);
	assert_int_equal(cursor_integer(q, 0), 2);
	cursor_close(q);
}

/* SQLite would say that it cannot open a file that is not there. */
static void
a_folder_that_is_closed(void **state)
{
	enum { NOBODY = 65534 };
	struct fixture *f = *state;
	char path[64], want[256];
	(void)snprintf(path, sizeof path, "%s/new.db", f->dir);
	(void)snprintf(want, sizeof want, "%s: there is no catalogue yet, and this user may not write in %s/: try with sudo, or name "
	    "another file with \"path\" in [catalogue]", path, f->dir);
	struct catalogue_options options = { .path = path };
	bool root = geteuid() == 0;
	assert_int_equal(chmod(f->dir, 0555), 0);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_null(catalogue_open(&options, &f->err));
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_string_equal(f->err.text, want);
	error_clear(&f->err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_public_columns),
		TEST(test_a_listing_with_everything),
		TEST(test_nulls),
		TEST(test_changes),
		TEST(test_one_item_several_listings),
		TEST(test_duplicates_do_not_flap),
		TEST(test_states),
		TEST(test_validators),
		TEST(test_nothing_changed_writes_next_to_nothing),
		TEST(test_lease),
		TEST(test_without_a_beginning),
		TEST(test_who_wrote),
		TEST(test_groups),
		TEST(test_opening),
		TEST(test_stop), TEST(test_prune),
		TEST(test_partners_view),
		TEST(a_folder_that_is_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
