/* SPDX-License-Identifier: Apache-2.0 */
/* « Deletion is a decision with evidence »: every condition alone. */
#include "catalogue_fixture.h"

/* Ten listings; then one of them is missed by runs a day apart. */

static void
test_removed_after_two_runs_and_a_day(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(run_of(f, "a", 0, 10)->added, 10);
	assert_int_equal(run_of(f, "a", 1, 10)->missing, 1);
	assert_int_equal(f->result.removed, 0);
	const struct run_result *r = run_of(f, "a", 1, 10);
	assert_int_equal(r->removed, 1);
	assert_int_equal(r->missing, 1);
	assert_int_equal(r->hold, HOLD_NONE);
	assert_int_equal(r->listing_count, 9);
	check_present(f, "a1,a2,a3,a4,a5,a6,a7,a8,a9");
	check_list(f, "SELECT first_seen || ' ' || last_seen || ' ' || removed_at FROM listings WHERE external_id = 'a0'",
	    "2026-01-01T00:00:00Z 2026-01-01T00:00:00Z 2026-01-03T00:00:01Z");
	check_why(f, "p:a0", "added last-seen missed missed removed");
}

static void
test_two_runs_within_the_day_are_not_enough(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	for (int i = 0; i < 24; i++) {
		begin(f);
		items(f, "a", 1, 10);
		assert_int_equal(finish_after(f, RUN_COMPLETE, 1)->removed, 0);
	}
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 1);
	check_why(f, "p:a0", "added last-seen missed missed removed");
}

static void
test_one_run_is_not_enough(void **state)
{
	struct fixture *f = *state;
	f->report.removal.min_runs = 3;
	run_of(f, "a", 0, 10);
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 0);
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 0);
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 1);
}

static void
test_other_outcomes_count_nothing(void **state)
{
	static const enum run_outcome outcomes[] = { RUN_PARTIAL, RUN_FAILED, RUN_REFUSED };
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	for (size_t i = 0; i < 9; i++) {
		begin(f);
		if (outcomes[i % 3] == RUN_PARTIAL)
			items(f, "a", 1, 5);
		finish_after(f, outcomes[i % 3], 24);
		assert_int_equal(f->result.removed + f->result.missing, 0);
	}
	/* The last whole run is what last_seen goes by. */
	check_list(f, "SELECT DISTINCT last_seen FROM listings", "2026-01-01T00:00:00Z");
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 0);
}

static void
test_window_never_removes(void **state)
{
	struct fixture *f = *state;
	f->report.removal.snapshot = false;
	run_of(f, "a", 0, 10);
	for (int i = 0; i < 5; i++)
		assert_int_equal(run_of(f, "a", 5, 10)->removed, 0);
	assert_int_equal(f->result.hold, HOLD_NONE);
	assert_int_equal(f->result.listing_count, 10);
	check_list(f, "SELECT DISTINCT last_seen FROM listings WHERE external_id < 'a5'", "2026-01-01T00:00:00Z");
	check_list(f, "SELECT DISTINCT last_seen FROM listings WHERE external_id >= 'a5'", "2026-01-06T00:00:00Z");
}

static void
test_limited_and_incident_never_remove(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	run_of(f, "a", 1, 10);
	f->report.limited = true;
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 0);
	f->report.limited = false;
	f->report.incident = true;
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 0);
	begin(f);
	items(f, "a", 1, 10);
	tombstone(f, "a5");
	assert_int_equal(complete(f)->removed, 0);
	f->report.incident = false;
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 1);
}

static void
test_a_tombstone_acts_at_once(void **state)
{
	struct fixture *f = *state;
	f->report.removal.snapshot = false;
	run_of(f, "a", 0, 10);
	begin(f);
	tombstone(f, "a3");
	tombstone(f, "never-heard-of");
	const struct run_result *r = complete(f);
	assert_int_equal(r->removed, 1);
	assert_int_equal(r->listing_count, 9);
	check_list(f, "SELECT external_id FROM listings WHERE removed_at IS NOT NULL", "a3");
	check_why(f, "p:a3", "added last-seen tombstone");
	/* Not again. */
	begin(f);
	tombstone(f, "a3");
	assert_int_equal(complete(f)->removed, 0);
}

static void
test_the_last_word_of_a_run_counts(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	begin(f);
	items(f, "a", 0, 10);
	tombstone(f, "b1");
	item(f, "b1", "came back");
	item(f, "b2", "comes and goes");
	tombstone(f, "b2");
	tombstone(f, "a4");
	item(f, "a4", "new words");
	item(f, "a5", "new words");
	tombstone(f, "a5");
	const struct run_result *r = complete(f);
	assert_int_equal(r->added, 1);
	assert_int_equal(r->removed, 1);
	check_list(f, "SELECT external_id || ' ' || title FROM listings WHERE external_id >= 'a4' AND removed_at IS NULL"
	    " AND external_id NOT BETWEEN 'a6' AND 'a9'", "a4 a4,b1 came back");
}

static void
test_a_partial_run_removes_nothing_by_tombstone(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	begin(f);
	tombstone(f, "a3");
	assert_int_equal(finish_after(f, RUN_PARTIAL, 1)->removed, 0);
}

static void
test_brake(void **state)
{
	struct fixture *f = *state;
	uint64_t removed;
	run_of(f, "a", 0, 50);
	assert_int_equal(run_of(f, "a", 11, 50)->hold, HOLD_NONE);
	const struct run_result *r = run_of(f, "a", 11, 50);
	assert_int_equal(r->removed, 0);
	assert_int_equal(r->hold, HOLD_BRAKE);
	assert_int_equal(r->held, 11);
	check_list(f, "SELECT hold || ' ' || held FROM partner", "1 11");
	/* It stays, writes no more evidence, and says so after other outcomes too. */
	assert_int_equal(run_of(f, "a", 11, 50)->held, 11);
	begin(f);
	assert_int_equal(finish_after(f, RUN_FAILED, 1)->hold, HOLD_BRAKE);
	assert_int_equal(f->result.held, 11);
	check_why(f, "p:a3", "added last-seen missed missed held");
	/* One comes back: ten of fifty are not more than ten. */
	r = run_of(f, "a", 10, 50);
	assert_int_equal(r->hold, HOLD_NONE);
	assert_int_equal(r->removed, 10);
	check_why(f, "p:a10", "added missed missed held returned");
	check_why(f, "p:a3", "added last-seen missed missed held removed");
	assert_int_equal(catalogue_accept(f->c, "p", f->report.finished_ms, &removed, &f->err), 0);
	assert_int_equal(removed, 0);
}

/* More than 20 %, but not more than ten. */
static void
test_brake_needs_many(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 40);
	run_of(f, "a", 10, 40);
	assert_int_equal(run_of(f, "a", 10, 40)->removed, 10);
}

/* More than ten, but not more than 20 %. */
static void
test_brake_needs_a_share(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 60);
	run_of(f, "a", 12, 60);
	const struct run_result *r = run_of(f, "a", 12, 60);
	assert_int_equal(r->removed, 12);
	assert_int_equal(r->hold, HOLD_NONE);
}

static void
test_tombstones_brake_too(void **state)
{
	struct fixture *f = *state;
	uint64_t removed = 0;
	run_of(f, "a", 0, 40);
	begin(f);
	items(f, "a", 20, 40);
	for (int i = 0; i < 20; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "a%d", i);
		tombstone(f, id);
	}
	const struct run_result *r = complete(f);
	assert_int_equal(r->removed, 0);
	assert_int_equal(r->hold, HOLD_BRAKE);
	assert_int_equal(r->held, 20);
	assert_int_equal(catalogue_accept(f->c, "p", f->report.finished_ms, &removed, &f->err), 0);
	assert_int_equal(removed, 20);
}

static void
test_accept(void **state)
{
	struct fixture *f = *state;
	uint64_t removed = 0;
	struct partner_state s;
	run_of(f, "a", 0, 50);
	run_of(f, "a", 30, 50);
	run_of(f, "a", 30, 50);
	assert_int_equal(f->result.hold, HOLD_BRAKE);
	/* Not while the partner is being synchronised. */
	begin(f);
	assert_int_equal(catalogue_accept(f->c, "p", f->report.finished_ms, &removed, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_BUSY);
	error_clear(&f->err);
	assert_int_equal(catalogue_run_abandon(f->c, "p", &f->err), 0);
	assert_int_equal(catalogue_accept(f->c, "p", f->report.finished_ms, &removed, &f->err), 0);
	assert_int_equal(removed, 30);
	assert_int_equal(catalogue_partner_state(f->c, "p", &s, &f->err), 0);
	assert_int_equal(s.listing_count, 20);
	check_list(f, "SELECT hold || ' ' || held || ' ' || coalesce(hold_since_ms, 0) FROM partner", "0 0 0");
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM changes WHERE op = 'removed'"), 30);
	check_why(f, "p:a3", "added last-seen missed missed held accepted");
	assert_int_equal(run_of(f, "a", 30, 50)->removed, 0);
	assert_int_equal(f->result.listing_count, 20);
}

static void
test_rotated(void **state)
{
	struct fixture *f = *state;
	uint64_t removed = 0;
	run_of(f, "a", 0, 5);
	for (int i = 0; i < 4; i++) {
		const struct run_result *r = run_of(f, "b", 0, 5);
		assert_int_equal(r->removed, 0);
		assert_int_equal(r->hold, HOLD_ROTATED);
		assert_int_equal(r->held, 5);
	}
	check_why(f, "p:a1", "added last-seen missed held missed");
	/* Among the new ones the rules go on. */
	run_of(f, "b", 1, 5);
	assert_int_equal(run_of(f, "b", 1, 5)->removed, 1);
	assert_int_equal(f->result.hold, HOLD_ROTATED);
	assert_int_equal(catalogue_accept(f->c, "p", f->report.finished_ms, &removed, &f->err), 0);
	assert_int_equal(removed, 5);
	check_present(f, "b1,b2,b3,b4");
}

static void
test_rotation_ends_when_an_old_one_returns(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 5);
	run_of(f, "b", 0, 5);
	assert_int_equal(f->result.hold, HOLD_ROTATED);
	begin(f);
	items(f, "b", 0, 5);
	items(f, "a", 0, 1);
	const struct run_result *r = complete(f);
	assert_int_equal(r->hold, HOLD_NONE);
	assert_int_equal(r->removed, 4);	/* missed twice, a day apart */
}

/* Two are too few to speak of rotation. */
static void
test_two_are_no_rotation(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 2);
	run_of(f, "b", 0, 2);
	assert_int_equal(f->result.hold, HOLD_NONE);
	assert_int_equal(run_of(f, "b", 0, 2)->removed, 2);
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;
	uint64_t removed = 0;
	run_of(f, "a", 0, 2);
	for (int i = 0; i < 4; i++) {
		const struct run_result *r = run_of(f, "a", 0, 0);
		assert_int_equal(r->removed, 0);
		assert_int_equal(r->hold, HOLD_EMPTY);
		assert_int_equal(r->held, 2);
	}
	begin(f);
	assert_int_equal(finish_after(f, RUN_NOT_MODIFIED, 24)->hold, HOLD_EMPTY);
	/* The empty answers did not count: this is the first run that misses a1. */
	const struct run_result *r = run_of(f, "a", 0, 1);
	assert_int_equal(r->hold, HOLD_NONE);
	assert_int_equal(r->removed, 0);
	check_why(f, "p:a1", "added last-seen held missed");
	run_of(f, "a", 0, 0);
	assert_int_equal(catalogue_accept(f->c, "p", f->report.finished_ms, &removed, &f->err), 0);
	assert_int_equal(removed, 2);
	assert_int_equal(ask_integer(f, "SELECT listing_count FROM partners"), 0);
}

static void
test_not_modified_repeats(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	run_of(f, "a", 1, 10);
	begin(f);
	const struct run_result *r = finish_after(f, RUN_NOT_MODIFIED, 24);
	assert_int_equal(r->removed, 1);
	assert_int_equal(r->missing, 1);
	check_present(f, "a1,a2,a3,a4,a5,a6,a7,a8,a9");
	check_list(f, "SELECT DISTINCT last_seen FROM listings WHERE removed_at IS NULL", "2026-01-03T00:00:00Z");
	check_list(f, "SELECT last_seen FROM listings WHERE removed_at IS NOT NULL", "2026-01-01T00:00:00Z");
}

static void
test_restore_keeps_first_seen(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	run_of(f, "a", 1, 10);
	run_of(f, "a", 1, 10);
	const struct run_result *r = run_of(f, "a", 0, 10);
	assert_int_equal(r->restored, 1);
	assert_int_equal(r->added, 0);
	assert_int_equal(r->changed, 0);
	assert_int_equal(r->listing_count, 10);
	check_list(f, "SELECT first_seen || ' ' || last_seen || ' ' || coalesce(removed_at, 'present') FROM listings"
	    " WHERE external_id = 'a0'", "2026-01-01T00:00:00Z 2026-01-04T00:00:00Z present");
	check_list(f, "SELECT op FROM changes WHERE uid = 'p:a0' ORDER BY change", "added,removed,restored");
	check_why(f, "p:a0", "added missed missed removed restored");
}

static void
test_seen_again_starts_over(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	run_of(f, "a", 1, 10);
	begin(f);
	items(f, "a", 0, 1);
	finish_after(f, RUN_PARTIAL, 24);	/* a partial run can only show that it is there */
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 0);
	assert_int_equal(run_of(f, "a", 1, 10)->removed, 1);
	check_why(f, "p:a0", "added missed returned last-seen missed missed removed");
	check_list(f, "SELECT last_seen FROM listings WHERE external_id = 'a0'", "2026-01-03T00:00:00Z");
}

/* A mapping was changed: nothing is known, absence comes from comparing. */
static void
test_seed_change(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 10);
	f->report.seed = 8;
	begin(f);
	assert_int_equal(known_count(f->memory.known), 0);
	items(f, "a", 1, 10);
	assert_int_equal(complete(f)->missing, 1);
	assert_int_equal(f->result.changed, 0);
	begin(f);
	assert_int_equal(known_count(f->memory.known), 10);
	items(f, "a", 1, 10);
	assert_int_equal(complete(f)->removed, 1);
	check_present(f, "a1,a2,a3,a4,a5,a6,a7,a8,a9");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_removed_after_two_runs_and_a_day),
		TEST(test_two_runs_within_the_day_are_not_enough),
		TEST(test_one_run_is_not_enough),
		TEST(test_other_outcomes_count_nothing),
		TEST(test_window_never_removes),
		TEST(test_limited_and_incident_never_remove),
		TEST(test_a_tombstone_acts_at_once),
		TEST(test_the_last_word_of_a_run_counts),
		TEST(test_a_partial_run_removes_nothing_by_tombstone),
		TEST(test_brake),
		TEST(test_brake_needs_many),
		TEST(test_brake_needs_a_share),
		TEST(test_tombstones_brake_too),
		TEST(test_accept),
		TEST(test_rotated),
		TEST(test_rotation_ends_when_an_old_one_returns),
		TEST(test_two_are_no_rotation),
		TEST(test_empty),
		TEST(test_not_modified_repeats),
		TEST(test_restore_keeps_first_seen),
		TEST(test_seen_again_starts_over),
		TEST(test_seed_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
