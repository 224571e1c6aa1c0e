/* SPDX-License-Identifier: Apache-2.0 */
/* Where a feed of changes goes on, and what runs that read changes leave alone. */
#include "catalogue_fixture.h"

/* A whole run of changes, after which the feed goes on at `watermark`. */
static const struct run_result *
changes(struct fixture *f, const char *watermark)
{
	f->report.changes = true;
	f->report.removal.snapshot = false;
	f->report.watermark = watermark;
	return complete(f);
}

static void
check_watermark(struct fixture *f, const char *want)
{
	begin(f);
	if (want == NULL)
		assert_null(f->memory.watermark);
	else
		assert_string_equal(f->memory.watermark, want);
}

/* Ten listings, all read; the feed goes on at « 1 ». */
static void
harvest(struct fixture *f)
{
	f->report.watermark = "1";
	run_of(f, "a", 0, 10);
	check_watermark(f, "1");
}

static void
test_only_a_whole_run_moves_it(void **state)
{
	static const enum run_outcome others[] = { RUN_PARTIAL, RUN_NOT_MODIFIED, RUN_FAILED, RUN_REFUSED };
	struct fixture *f = *state;
	check_watermark(f, NULL);
	complete(f);
	check_watermark(f, NULL);
	harvest(f);
	f->report.watermark = "2";
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		finish_after(f, others[i], 1);
		check_watermark(f, "1");
	}
	f->report.limited = true;
	complete(f);
	check_watermark(f, "1");
	f->report.limited = false;
	f->report.incident = true;
	complete(f);
	check_watermark(f, "1");
	f->report.incident = false;
	changes(f, NULL);
	check_watermark(f, "1");
	int64_t began_ms = f->report.started_ms;
	changes(f, "2");
	check_watermark(f, "2");
	assert_int_equal(f->memory.watermark_ms, began_ms);
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	catalogue_close(f->c);
	fixture_open(f);
	check_watermark(f, "2");
}

/* Items are read by other rules: those before the mark must come again. */
static void
test_it_is_of_one_seed(void **state)
{
	struct fixture *f = *state;
	harvest(f);
	f->report.watermark = NULL;
	f->report.seed = 8;
	check_watermark(f, NULL);
	finish_after(f, RUN_FAILED, 1);
	f->report.seed = 7;
	check_watermark(f, "1");	/* nothing was read with the other one */
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	f->report.seed = 8;
	begin(f);
	item(f, "a1", "other words");
	finish_after(f, RUN_PARTIAL, 1);
	f->report.seed = 7;
	check_watermark(f, NULL);
	item(f, "a1", "a1");
	finish_after(f, RUN_PARTIAL, 1);
	check_watermark(f, NULL);	/* it was of what is no longer there */
}

static void
test_what_changes_do_not_have_stays(void **state)
{
	struct fixture *f = *state;
	harvest(f);
	item(f, "a3", "autrement");
	tombstone(f, "a4");
	const struct run_result *r = changes(f, "2");
	assert_int_equal(r->changed, 1);
	assert_int_equal(r->removed, 1);
	assert_int_equal(r->missing, 0);
	assert_int_equal(r->listing_count, 9);
	for (int i = 0; i < 3; i++) {
		begin(f);
		assert_int_equal(changes(f, "2")->missing, 0);
	}
	check_present(f, "a0,a1,a2,a3,a5,a6,a7,a8,a9");
	/* They were all confirmed, for a feed of changes would have said else. */
	check_list(f, "SELECT DISTINCT last_seen FROM listings WHERE removed_at IS NULL", "2026-01-05T00:00:00Z");
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM missing"), 0);
}

static void
test_missing_stays_missing(void **state)
{
	struct fixture *f = *state;
	harvest(f);
	items(f, "a", 1, 10);
	complete(f);
	assert_int_equal(f->result.missing, 1);
	for (int i = 0; i < 3; i++) {
		begin(f);
		assert_int_equal(changes(f, "2")->removed, 0);
		assert_int_equal(f->result.missing, 1);
	}
	begin(f);
	item(f, "a0", "back");
	assert_int_equal(changes(f, "3")->missing, 0);
}

/* A mark past a withdrawal that waits for staff would lose it. */
static void
test_a_hold_keeps_the_old_one(void **state)
{
	struct fixture *f = *state;
	uint64_t removed;
	f->report.watermark = "1";
	run_of(f, "a", 0, 30);
	for (int again = 0; again < 2; again++) {
		check_watermark(f, "1");
		for (int i = 0; i < 20; i++) {
			char id[16];
			(void)snprintf(id, sizeof id, "a%d", i);
			tombstone(f, id);
		}
		const struct run_result *r = changes(f, "2");
		assert_int_equal(r->hold, HOLD_BRAKE);
		assert_int_equal(r->held, 20);
		assert_int_equal(r->removed, 0);
	}
	assert_int_equal(catalogue_accept(f->c, "p", f->report.started_ms, &removed, &f->err), 0);
	assert_int_equal(removed, 20);
	check_watermark(f, "1");
	tombstone(f, "a0");
	assert_int_equal(changes(f, "2")->hold, HOLD_NONE);
	check_watermark(f, "2");
}

static void
test_quarantine_waits_for_what_replaces_it(void **state)
{
	struct fixture *f = *state;
	harvest(f);
	reject(f, "{one", "a0");
	reject(f, "{two", "n1");
	reject(f, "{three", "n2");
	reject(f, "{four", NULL);
	reject(f, "{five", "n3");
	assert_int_equal(changes(f, "2")->quarantined, 5);
	begin(f);
	changes(f, "3");
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM quarantine"), 5);
	begin(f);
	item(f, "a0", "good again");	/* listed before */
	item(f, "n1", "good at last");	/* never was */
	tombstone(f, "n2");
	reject(f, "{six", "n3");
	changes(f, "4");
	check_list(f, "SELECT raw FROM quarantine JOIN quarantine_raw USING (number) ORDER BY number",
	    "{four,{five,{six");
	/* A harvest has all that there is. */
	f->report.changes = false;
	f->report.removal.snapshot = true;
	run_of(f, "a", 0, 10);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM quarantine"), 0);
}

/* An item without identifier that cannot be read may be any listing, as long as no harvest has said else. */
static void
test_what_has_no_name_goes_on_protecting(void **state)
{
	struct fixture *f = *state;
	harvest(f);
	reject(f, "{broken", NULL);
	changes(f, "2");
	int64_t before = ask_integer(f, "SELECT unnamed_ms FROM partner");
	begin(f);
	changes(f, "3");
	assert_int_equal(ask_integer(f, "SELECT unnamed_ms FROM partner"), before);
}

static void
test_from_schema_4(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 3);
	catalogue_close(f->c);
	fixture_without_watermark(f);
	check_list(f, "UPDATE meta SET value = 4 WHERE key = 0", "");
	fixture_open(f);
	check_present(f, "a0,a1,a2");
	check_watermark(f, NULL);
	changes(f, "2");
	check_watermark(f, "2");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_only_a_whole_run_moves_it), TEST(test_it_is_of_one_seed),
		TEST(test_what_changes_do_not_have_stays), TEST(test_missing_stays_missing),
		TEST(test_a_hold_keeps_the_old_one), TEST(test_quarantine_waits_for_what_replaces_it),
		TEST(test_what_has_no_name_goes_on_protecting), TEST(test_from_schema_4),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
