/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first load: what is preloaded segment by segment ends as the same
 * catalogue as what is merged at once, and nothing of it is seen before.
 */
#include "catalogue_fixture.h"
#include "sanitized.h"

enum { ROUNDS = ROUNDS_OF(150), IDS = 40, EMISSIONS = 120 };

static const char *const views[] = {
	"SELECT json_array(uid, title, latitude, longitude, published, first_seen, last_seen, changed_at, removed_at,"
	" properties) FROM listings ORDER BY uid",
	"SELECT json_array(at, uid, op) FROM changes ORDER BY uid, op",
	"SELECT json_array(run, partner, outcome, seen, added, changed, removed, quarantined) FROM runs ORDER BY run",
	"SELECT json_array(partner, listing_count, verdict, last_change) FROM partners ORDER BY partner",
	"SELECT json_array(external_id, reason, times, length(r.raw)) FROM quarantine q JOIN quarantine_raw r USING (number)"
	" ORDER BY external_id, low",
	"SELECT json_array(s.cell, l.external_id) FROM spot s JOIN listing l ON l.row = s.row ORDER BY s.cell, l.external_id",
	"SELECT json_array(outside_count, confirmed_ms, unnamed_ms, seed, failures) FROM partner ORDER BY partner_id",
	"SELECT json_array(external_id, t.low, t.high, t.content, t.seen_ms, t.present) FROM trace t"
	" JOIN listing l ON l.row = t.row ORDER BY l.partner_id, external_id",
};

static uint32_t
below(uint32_t *random, uint32_t n)
{
	*random = *random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*random * n >> 32);
}

static void
hand_over(struct fixture *f)
{
	if (catalogue_run_preload(f->c, &f->report, f->stage, &f->err) != 0)
		fail_msg("%s", f->err.text);
	stage_free(f->stage);
	f->stage = stage_new(f->dir);
}

static void
check_nothing_seen(struct fixture *f)
{
	check_list(f, "SELECT count(*) FROM listings WHERE partner = 'p'", "0");
	check_list(f, "SELECT count(*) FROM changes WHERE partner = 'p'", "0");
	check_list(f, "SELECT listing_count FROM partners WHERE partner = 'p'", "0");
	check_why(f, "p:1", "");
}

/* A run of another partner, which takes numbers of changes. */
static void
run_of_other(struct fixture *f, int n)
{
	struct stage *stage = f->stage;
	struct run_memory memory = f->memory;
	struct run_report report = f->report;
	struct partner_record p = { "other", "Other", "boats", "https://o.example/", NULL };
	assert_int_equal(catalogue_partner_put(f->c, &p, &f->err), 0);
	f->memory = (struct run_memory){ .known = NULL };
	f->stage = stage_new(f->dir);
	f->report.partner = "other";
	assert_int_equal(catalogue_run_begin(f->c, "other", 7, START_MS, &f->memory, &f->err), 0);
	items(f, "o", n * 3, n * 3 + 3);
	finish_after(f, RUN_PARTIAL, 0);
	stage_free(f->stage);
	run_memory_done(&f->memory);
	f->stage = stage;
	f->memory = memory;
	f->report = report;
}

/* One answer, as `seed` decides; `pipelined`: in segments as long as there is no tombstone. */
static void
emit_all(struct fixture *f, uint32_t seed, bool pipelined)
{
	uint32_t random = seed;
	bool tombstones = below(&random, 2) == 0, withdrawn = false;
	for (int i = 0; i < EMISSIONS; i++) {
		char id[16], title[32], raw[48];
		uint32_t what = below(&random, 20);
		(void)snprintf(id, sizeof id, "%u", below(&random, IDS));
		(void)snprintf(title, sizeof title, "%.*s", (int)below(&random, 4), "abc");
		(void)snprintf(raw, sizeof raw, "bad %u", below(&random, 3));
		bool cut = below(&random, 12) == 0, other = below(&random, 30) == 0;
		if (what == 0 && tombstones && i > EMISSIONS / 3) {
			tombstone(f, id);
			withdrawn = true;
		} else if (what < 3) {
			reject(f, raw, what == 1 ? id : NULL);
		} else {
			item(f, id, title);
		}
		if (cut && pipelined && !withdrawn) {
			hand_over(f);
			check_nothing_seen(f);
		}
		if (other)
			run_of_other(f, i);
	}
}

static void
one_way(uint32_t seed, bool pipelined, struct buf *out)
{
	struct buf rows = BUF_INIT;
	void *fresh;
	assert_int_equal(fixture_setup(&fresh), 0);
	struct fixture *g = fresh;
	g->spread = true;
	begin(g);
	assert_true(g->memory.fresh);
	emit_all(g, seed, pipelined);
	struct run_result result = *finish_after(g, seed % 3 == 0 ? RUN_PARTIAL : RUN_COMPLETE, 24);
	/* And once more the same, which finds what the first time left. */
	begin(g);
	assert_false(g->memory.fresh);
	item(g, "1", "x");
	item(g, "2", "y");
	complete(g);
	buf_clear(out);
	buf_fmt(out, "%llu added %llu changed %llu quarantined %llu missing %lld there %llu outside\n",
	    (unsigned long long)result.added, (unsigned long long)result.changed,
	    (unsigned long long)result.quarantined, (unsigned long long)result.missing,
	    (long long)result.listing_count, (unsigned long long)result.outside);
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		ask_list(g, views[i], &rows);
		buf_fmt(out, "%s\n", buf_cstr(&rows));
	}
	/* Every text has a number of its own, which the batches know. */
	check_list(g, "SELECT count(*) - count(DISTINCT text) FROM trace", "0");
	check_list(g, "SELECT count(*) FROM trace t LEFT JOIN text_batch b ON t.row = b.row + t.text - b.first"
	    " AND t.text BETWEEN b.first AND b.first + b.n - 1 WHERE b.row IS NULL", "0");
	check_list(g, "PRAGMA integrity_check", "ok");
	buf_done(&rows);
	(void)fixture_teardown(&fresh);
}

static void
test_same_either_way(void **state)
{
	(void)state;
	struct buf at_once = BUF_INIT, segments = BUF_INIT;
	for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
		one_way(seed, false, &at_once);
		one_way(seed, true, &segments);
		if (strcmp(buf_cstr(&at_once), buf_cstr(&segments)) != 0)
			fail_msg("round %u: at once\n%s\nin segments\n%s", seed, buf_cstr(&at_once), buf_cstr(&segments));
	}
	buf_done(&at_once);
	buf_done(&segments);
}

static void
preload_items(struct fixture *f, int from, int to)
{
	items(f, "a", from, to);
	hand_over(f);
}

static void
test_last_word(void **state)
{
	struct fixture *f = *state;
	begin(f);
	item(f, "1", "first");
	item(f, "2", "stays");
	item(f, "1", "second");
	hand_over(f);
	item(f, "1", "third");
	item(f, "3", "new");
	hand_over(f);
	item(f, "3", "newer");
	tombstone(f, "2");
	const struct run_result *r = complete(f);
	assert_int_equal(r->added, 2);
	assert_int_equal(r->changed, 0);
	assert_int_equal(r->listing_count, 2);
	check_list(f, "SELECT uid || ' ' || title FROM listings ORDER BY uid", "p:1 third,p:3 newer");
	check_list(f, "SELECT uid || ' ' || op FROM changes ORDER BY uid", "p:1 added,p:3 added");
}

static void
test_abandoned(void **state)
{
	struct fixture *f = *state;
	begin(f);
	preload_items(f, 0, 10);
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	check_list(f, "SELECT count(*) FROM listing", "0");
	check_list(f, "SELECT count(*) FROM trace", "0");
	begin(f);
	preload_items(f, 5, 8);
	assert_int_equal(complete(f)->added, 3);
	check_present(f, "a5,a6,a7");
}

static void
test_failed(void **state)
{
	struct fixture *f = *state;
	static const enum run_outcome outcomes[] = { RUN_FAILED, RUN_REFUSED };
	for (size_t i = 0; i < 2; i++) {
		begin(f);
		assert_true(f->memory.fresh);
		preload_items(f, 0, 10);
		stage_free(f->stage);
		f->stage = NULL;
		assert_int_equal(finish_after(f, outcomes[i], 1)->added, 0);
		check_list(f, "SELECT count(*) FROM listing", "0");
		check_list(f, "SELECT count(*) FROM listings", "0");
	}
	begin(f);
	assert_int_equal(complete(f)->listing_count, 0);
}

/* As a killed process leaves it: the handle and the lease are gone, the rows are there. */
static void
test_interrupted(void **state)
{
	struct fixture *f = *state;
	begin(f);
	preload_items(f, 0, 10);
	catalogue_close(f->c);
	fixture_open(f);
	check_list(f, "SELECT count(*) FROM listing", "10");
	check_nothing_seen(f);
	assert_int_equal(ask_integer(f, "UPDATE partner SET lease_pid = 0 RETURNING 1"), 1);
	begin(f);
	assert_true(f->memory.fresh);
	check_list(f, "SELECT count(*) FROM listing", "0");
	preload_items(f, 20, 22);
	assert_int_equal(complete(f)->added, 2);
	check_present(f, "a20,a21");
}

/* What was rolled back is missed, not forgotten. */
static void
test_rolled_back(void **state)
{
	struct fixture *f = *state;
	for (int first = 0; first < 2; first++) {
		begin(f);
		if (first == 0)
			preload_items(f, 0, 3);
		assert_int_equal(catalogue_begin(f->c, &f->err), 0);
		preload_items(f, 3, 6);
		/* As when the disk is full: the group cannot be committed. */
		sqlite3 *db = *(sqlite3 **)(void *)f->c;
		assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(catalogue_commit(f->c, &f->err), -1);
		items(f, "a", 6, 9);
		error_clear(&f->err);
		assert_int_equal(catalogue_run_preload(f->c, &f->report, f->stage, &f->err), -1);
		error_clear(&f->err);
		f->report.outcome = RUN_COMPLETE;
		assert_int_equal(catalogue_run_finish(f->c, &f->report, f->stage, f->memory.known, &f->result, &f->err), -1);
		error_clear(&f->err);
		assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
		check_list(f, "SELECT count(*) FROM listing", "0");
	}
	begin(f);
	preload_items(f, 0, 4);
	assert_int_equal(complete(f)->added, 4);
}

static void
test_only_once(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 2);
	begin(f);
	assert_false(f->memory.fresh);
	item(f, "b", "b");
	assert_int_equal(catalogue_run_preload(f->c, &f->report, f->stage, &f->err), -1);
}

/* A segment with a tombstone is a mistake of the caller, and changes nothing. */
static void
test_no_tombstones(void **state)
{
	struct fixture *f = *state;
	begin(f);
	tombstone(f, "a");
	assert_int_equal(catalogue_run_preload(f->c, &f->report, f->stage, &f->err), -1);
	check_list(f, "SELECT loading FROM partner", "0");
}

static void
test_searched_and_found_near(void **state)
{
	struct fixture *f = *state;
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	uint64_t left = 1;
	f->spread = true;
	begin(f);
	preload_items(f, 0, 10);
	while (left > 0)
		assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	filter.search = "a3";	/* it is in the index already, and nobody sees it */
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
	assert_int_equal(cursor_next(q, &f->err), 0);
	cursor_close(q);
	check_list(f, "SELECT count(*) FROM search WHERE search MATCH 'a3'", "1");
	complete(f);
	for (left = 1; left > 0;)
		assert_int_equal(catalogue_index(f->c, 100, &left, &f->err), 0);
	filter.near_lat = 44.02;
	filter.near_lon = 0.5;
	filter.near_km = 50;
	q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
	assert_non_null(q);
	assert_int_equal(cursor_next(q, &f->err), 1);
	assert_string_equal(cursor_text(q, 0), "p:a3");
	assert_int_equal(cursor_next(q, &f->err), 0);
	cursor_close(q);
}

static size_t
count_near(struct fixture *f)
{
	struct catalogue_filter filter = CATALOGUE_FILTER_INIT;
	filter.near_lat = 44.02;
	filter.near_lon = 0.5;
	filter.near_km = 0.1;
	filter.removed = true;
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_LISTINGS, &filter, &f->err);
	size_t n = 0;
	assert_non_null(q);
	while (cursor_next(q, &f->err) == 1)
		n++;
	cursor_close(q);
	return n;
}

static void
open_again(struct fixture *f, bool search)
{
	struct catalogue_options options = { .path = f->path, .search = search };
	catalogue_close(f->c);
	f->c = catalogue_open(&options, &f->err);
	if (f->c == NULL)
		fail_msg("%s", f->err.text);
	if (ask_integer(f, "SELECT lease_pid FROM partner") != 0)
		assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
}

/* Without the index of space the same is found, and it can be made at any time. */
static void
test_near_with_and_without_index(void **state)
{
	struct fixture *f = *state;
	f->spread = true;
	for (int i = 0; i < 4; i++) {
		bool search = i % 2 != 0;
		char prefix[] = { (char)('a' + i), '\0' };
		open_again(f, search);
		assert_int_equal(count_near(f), 10 * i);
		begin(f);
		for (int j = 0; j < 10; j++) {
			char id[16];
			(void)snprintf(id, sizeof id, "%s%d", prefix, j);
			item(f, id, "ab");
		}
		if (i == 0)
			hand_over(f);
		finish_after(f, RUN_PARTIAL, 1);
		assert_int_equal(count_near(f), 10 * (i + 1));
		check_list(f, "SELECT count(*) FROM spot", search ? (i == 1 ? "20" : "40") : "0");
	}
	/* One moves away, one is taken away while there is no index. */
	open_again(f, false);
	begin(f);
	item(f, "a1", "longer");
	tombstone(f, "a2");
	finish_after(f, RUN_PARTIAL, 1);
	assert_int_equal(count_near(f), 39);
	open_again(f, true);
	assert_int_equal(count_near(f), 39);
	check_list(f, "SELECT count(*) FROM spot", "40");
}

/* A long load is told to move the WAL before it grows without end. */
static void
test_wal_falls_due(void **state)
{
	enum { SEGMENTS_MAX = 200, TITLE = 60000 };
	struct fixture *f = *state;
	char title[TITLE + 1], id[16];
	bool due = false;
	int segments = 0;
	memset(title, 'x', TITLE);
	title[TITLE] = '\0';
	begin(f);
	for (; !due && segments < SEGMENTS_MAX; segments++) {
		(void)snprintf(id, sizeof id, "%d", segments);
		emit_raw(f, id, id, title);
		hand_over(f);
		due = catalogue_wal(f->c) == WAL_DUE;
	}
	assert_in_range(segments, 2, SEGMENTS_MAX - 1);
	assert_int_equal(catalogue_checkpoint(f->c, &f->err), 0);
	assert_int_equal(catalogue_wal(f->c), WAL_SHORT);
	assert_int_equal(complete(f)->added, segments);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_either_way), TEST(test_last_word), TEST(test_abandoned), TEST(test_failed),
		TEST(test_interrupted), TEST(test_rolled_back), TEST(test_only_once), TEST(test_no_tombstones),
		TEST(test_searched_and_found_near), TEST(test_near_with_and_without_index), TEST(test_wal_falls_due),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
