/* SPDX-License-Identifier: Apache-2.0 */
/* Items that cannot be read: kept, shown, read again, and what they protect. */
#include "catalogue_fixture.h"

static int64_t
kept(const struct fixture *f)
{
	return ask_integer(f, "SELECT count(*) FROM quarantine");
}

/* Runs with all but a0, and with the rejected item if there is one. */
static const struct run_result *
without_a0(struct fixture *f, const char *raw, const char *id)
{
	begin(f);
	items(f, "a", 1, 10);
	if (raw != NULL)
		reject(f, raw, id);
	return complete(f);
}

static void
test_a_broken_listing_counts_as_present(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	for (int i = 0; i < 4; i++) {
		const struct run_result *r = without_a0(f, "{broken", "a0");
		assert_int_equal(r->missing, 0);
		assert_int_equal(r->quarantined, 1);
	}
	check_list(f, "SELECT last_seen FROM listings WHERE external_id = 'a0'", "2026-01-05T00:00:00Z");
	check_list(f, "SELECT times || ' ' || first_seen_ms FROM quarantine", "4 1767312000000");
}

/* Of an item with several places, the identifier is what theirs begin with. */
static void
test_a_broken_item_protects_its_places(void **state)
{
	struct fixture *f = *state;
	begin(f);
	items(f, "a", 1, 10);
	items(f, "a0/", 0, 2);
	items(f, "a01", 0, 1);
	items(f, "a0.", 0, 1);
	complete(f);
	begin(f);
	items(f, "a", 1, 10);
	reject(f, "{broken", "a0");
	assert_int_equal(complete(f)->missing, 2);
	check_list(f, "SELECT l.external_id FROM missing m JOIN listing l USING (row) ORDER BY 1", "a0.0,a010");
}

static void
test_broken_at_first_sight(void **state)
{
	struct fixture *f = *state;
	begin(f);
	reject(f, "{broken", "b1");
	assert_int_equal(complete(f)->quarantined, 1);
	assert_int_equal(f->result.listing_count, 0);
	/* Known from now on: not staged again, and not gone either. */
	begin(f);
	reject(f, "{broken", "b1");
	assert_int_equal(stage_mark(f->stage).entries, 0);
	assert_int_equal(complete(f)->quarantined, 1);
	assert_int_equal(f->result.hold, HOLD_NONE);
	assert_int_equal(kept(f), 1);
	run_of(f, "a", 0, 1);
	assert_int_equal(kept(f), 0);
}

static void
test_a_newly_broken_one_without_id_protects(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	for (int i = 0; i < 5; i++)
		assert_int_equal(without_a0(f, "{broken", NULL)->removed, 0);
	assert_int_equal(f->result.missing, 1);
	check_why(f, "p:a0", "added last-seen kept");
	/* A « not modified » means the same answer, with the same broken item. */
	begin(f);
	assert_int_equal(finish_after(f, RUN_NOT_MODIFIED, 24)->removed, 0);
	begin(f);
	assert_int_equal(finish_after(f, RUN_NOT_MODIFIED, 24)->removed, 0);
	/* Without it, the absence counts from now on. */
	assert_int_equal(without_a0(f, NULL, NULL)->removed, 0);
	assert_int_equal(without_a0(f, NULL, NULL)->removed, 1);
	check_why(f, "p:a0", "added last-seen kept missed missed removed");
}

static void
test_an_old_broken_one_protects_nothing(void **state)
{
	struct fixture *f = *state;
	begin(f);
	items(f, "a", 0, 10);
	reject(f, "{broken", NULL);
	complete(f);
	assert_int_equal(without_a0(f, "{broken", NULL)->removed, 0);
	assert_int_equal(without_a0(f, "{broken", NULL)->removed, 1);
}

static void
test_partial_runs_drop_nothing(void **state)
{
	struct fixture *f = *state;
	begin(f);
	items(f, "a", 0, 3);
	reject(f, "{broken", NULL);
	complete(f);
	begin(f);
	finish_after(f, RUN_PARTIAL, 1);
	assert_int_equal(kept(f), 1);
	begin(f);
	finish_after(f, RUN_FAILED, 1);
	assert_int_equal(kept(f), 1);
}

static void
replay(void *arg, struct raw_hash hash, const char *raw, size_t len)
{
	struct fixture *f = arg;
	struct raw_hash want = raw_hash(raw, len, f->report.seed);
	assert_int_equal(hash.low, want.low);
	assert_int_equal(hash.high, want.high);
	if (strcmp(raw, "{mended") == 0)
		emit_raw(f, raw, "m1", "mended");
}

static void
test_replay_after_mending(void **state)
{
	struct fixture *f = *state;
	begin(f);
	items(f, "a", 0, 3);
	reject(f, "{mended", "m1");
	reject(f, "{hopeless", NULL);
	complete(f);
	f->report.seed = 8;
	begin(f);
	assert_int_equal(catalogue_quarantine_each(f->c, "p", 8, replay, f, &f->err), 0);
	const struct run_result *r = finish_after(f, RUN_PARTIAL, 1);
	assert_int_equal(r->added, 1);
	check_list(f, "SELECT CAST(raw AS TEXT) FROM quarantine_raw", "{hopeless");
	/* With the new seed it is known, and is as old as it was. */
	begin(f);
	items(f, "a", 0, 3);
	item(f, "m1", "mended");
	reject(f, "{hopeless", NULL);
	assert_true(known_mark(f->memory.known, raw_hash("{hopeless", 9, 8)));
	assert_int_equal(complete(f)->quarantined, 1);
	check_list(f, "SELECT first_seen_ms FROM quarantine", "1767225600000");
}

static void
test_the_view(void **state)
{
	struct fixture *f = *state;
	struct buf raw = BUF_INIT;
	for (int i = 0; i < 300; i++)
		buf_str(&raw, "é");
	begin(f);
	reject(f, raw.data, "b1");
	reject(f, "short", NULL);
	complete(f);
	struct catalogue_cursor *q = catalogue_query(f->c, VIEW_QUARANTINE, NULL, &f->err);
	static const char *const names[] = { "at", "partner", "external_id", "reason", "raw" };
	assert_non_null(q);
	for (int i = 0; i < 5; i++)
		assert_string_equal(cursor_name(q, i), names[i]);
	int rows = 0;
	for (; cursor_next(q, &f->err) == 1; rows++) {
		bool named = cursor_type(q, 2) != CURSOR_NULL;
		assert_string_equal(cursor_text(q, 2), named ? "b1" : "");
		assert_string_equal(cursor_text(q, 3), "no title");
		assert_int_equal(strlen(cursor_text(q, 4)), named ? 400 : 5);
	}
	assert_int_equal(rows, 2);
	cursor_close(q);
	buf_done(&raw);
}

/* Beyond the limit they are only counted, and still protect. */
static void
test_more_than_fit(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	for (int run = 0; run < 3; run++) {
		begin(f);
		items(f, "a", 1, 10);
		for (int i = 0; i < 10005; i++) {
			char raw[16];
			(void)snprintf(raw, sizeof raw, "{%d", i);
			reject(f, raw, NULL);
		}
		const struct run_result *r = complete(f);
		assert_int_equal(r->quarantined, 10005);
		assert_int_equal(r->removed, 0);
		assert_int_equal(kept(f), 10000);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_broken_listing_counts_as_present),
		TEST(test_a_broken_item_protects_its_places),
		TEST(test_broken_at_first_sight),
		TEST(test_a_newly_broken_one_without_id_protects),
		TEST(test_an_old_broken_one_protects_nothing),
		TEST(test_partial_runs_drop_nothing),
		TEST(test_replay_after_mending),
		TEST(test_the_view),
		TEST(test_more_than_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
