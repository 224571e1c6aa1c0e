/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten is nowhere in the files, and what others need to know of it stays. */
#include "catalogue_fixture.h"

#include <sys/stat.h>

#include "catalogue/forget.h"

#define CANARY "zorglubine"	/* a word of the title: in the index too */

enum { MANY = 300 };

static const char *const suffixes[] = { "", "-wal", "-search", "-search-wal" };

static bool
in_file(const struct fixture *f, const char *suffix, const char *what)
{
	char name[64];
	struct stat st;
	(void)snprintf(name, sizeof name, "%s%s", f->path, suffix);
	FILE *file = fopen(name, "rb");
	if (file == NULL)
		return false;
	assert_int_equal(fstat(fileno(file), &st), 0);
	char *text = xmalloc((size_t)st.st_size + 1);
	size_t n = fread(text, 1, (size_t)st.st_size, file);
	(void)fclose(file);
	bool found = memmem(text, n, what, strlen(what)) != NULL;
	free(text);
	return found;
}

static bool
anywhere(const struct fixture *f, const char *what)
{
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (in_file(f, suffixes[i], what))
			return true;
	return false;
}

static void
index_and_wipe(struct fixture *f)
{
	uint64_t left = 1;
	while (left > 0)
		assert_int_equal(catalogue_index(f->c, 1000, &left, &f->err), 0);
	if (catalogue_wipe(f->c, &f->err) != 0)
		fail_msg("%s", f->err.text);
}

/* Listings "a0" … and "secret", whose title has changed once. */
static void
fill(struct fixture *f)
{
	f->spread = true;
	for (int turn = 0; turn < 2; turn++) {
		begin(f);
		items(f, "a", 0, MANY);
		item(f, "secret", turn == 0 ? CANARY " un" : CANARY " deux");
		reject(f, "{broken " CANARY, "secret2");
		complete(f);
	}
	index_and_wipe(f);
	assert_true(in_file(f, "", CANARY));
	assert_true(in_file(f, "-search", CANARY));
}

static void
test_forget(void **state)
{
	struct fixture *f = *state;
	fill(f);
	check_list(f, "SELECT count(*) FROM quarantine", "1");
	begin(f);
	items(f, "a", 0, MANY);
	item(f, "secret", CANARY " deux");
	item(f, "secret2", CANARY " lisible");
	complete(f);
	if (catalogue_forget(f->c, "p:secret", START_MS + DAY_MS * 9L, &f->err) != 0 ||
	    catalogue_forget(f->c, "p:secret2", START_MS + DAY_MS * 9L, &f->err) != 0)
		fail_msg("%s", f->err.text);
	index_and_wipe(f);
	assert_false(anywhere(f, CANARY));
	check_list(f, "SELECT count(*) FROM spot", "300");
	check_list(f, "SELECT listing_count FROM partner", "300");
	check_list(f, "SELECT op FROM changes WHERE uid = 'p:secret'", "added,changed,removed");
	check_list(f, "SELECT removed_at FROM listings WHERE external_id = 'secret'", "2026-01-10T00:00:00Z");
	check_why(f, "p:secret", "added changed last-seen forgotten");
}

/* Neither as it was, nor changed, nor from the quarantine; until it is allowed to. */
static void
test_stays_away(void **state)
{
	struct fixture *f = *state;
	run_of(f, "a", 0, 3);
	begin(f);	/* under way while somebody asks */
	items(f, "a", 0, 2);
	item(f, "a2", CANARY);
	assert_int_equal(catalogue_forget(f->c, "p:a2", START_MS, &f->err), 0);
	complete(f);
	check_present(f, "a0,a1");
	begin(f);
	items(f, "a", 0, 3);
	reject(f, "{broken " CANARY, "a2");
	complete(f);
	check_present(f, "a0,a1");
	index_and_wipe(f);
	assert_false(anywhere(f, CANARY));
	check_list(f, "SELECT count(*) FROM quarantine", "0");
	assert_int_equal(catalogue_forget(f->c, "p:a2", START_MS, &f->err), 0);
	assert_int_equal(catalogue_forget(f->c, "p:nobody", START_MS, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
	error_clear(&f->err);
	assert_int_equal(catalogue_remember(f->c, "p:a1", START_MS, &f->err), -1);
	assert_int_equal(f->err.kind, ERROR_NOT_FOUND);
	error_clear(&f->err);
	assert_int_equal(catalogue_remember(f->c, "p:a2", START_MS, &f->err), 0);
	run_of(f, "a", 0, 3);
	check_present(f, "a0,a1,a2");
	check_list(f, "SELECT title FROM listings WHERE external_id = 'a2'", "a2");
	check_list(f, "SELECT listing_count FROM partner", "3");
}

/* Nobody knows whose record that was: what it says goes, that there was one stays. */
static void
test_unnamed(void **state)
{
	struct fixture *f = *state;
	for (int turn = 0; turn < 3; turn++) {
		begin(f);
		items(f, "a", 0, 2);
		if (turn == 0)
			item(f, "secret", CANARY);
		reject(f, "{broken " CANARY, NULL);
		if (turn == 2)
			reject(f, "{broken again " CANARY, NULL);
		complete(f);
		if (turn == 0)
			assert_int_equal(catalogue_forget(f->c, "p:secret", START_MS, &f->err), 0);
		index_and_wipe(f);
		assert_false(anywhere(f, CANARY));
	}
	check_list(f, "SELECT times FROM quarantine ORDER BY number", "3,1");
	assert_int_equal(catalogue_remember(f->c, "p:secret", START_MS, &f->err), 0);
	begin(f);
	reject(f, "{broken anew " CANARY, NULL);
	complete(f);
	check_list(f, "SELECT count(*) FROM quarantine_raw", "1");
}

static size_t
purge(struct fixture *f, int64_t before_ms)
{
	const struct purge what = { .now_ms = f->report.started_ms, .before_ms = before_ms, .max = 50 };
	size_t n = 0, all = 0;
	do {
		if (catalogue_purge(f->c, &what, &n, &f->err) != 0)
			fail_msg("%s", f->err.text);
		all += n;
	} while (n > 0);
	return all;
}

static void
test_purge(void **state)
{
	struct fixture *f = *state;
	fill(f);
	begin(f);
	items(f, "a", 0, 100);
	f->report.removal.brake_count = MANY;
	tombstone(f, "secret");
	for (int i = 100; i < MANY; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "a%d", i);
		tombstone(f, id);
	}
	int64_t removed_ms = f->report.finished_ms;
	assert_int_equal(complete(f)->removed, MANY - 100 + 1);
	assert_int_equal(purge(f, removed_ms), 0);
	index_and_wipe(f);
	assert_true(in_file(f, "", CANARY));
	assert_int_equal(purge(f, removed_ms + 1), MANY - 100 + 1);
	assert_int_equal(purge(f, removed_ms + 1), 0);
	index_and_wipe(f);
	assert_false(anywhere(f, CANARY));
	check_list(f, "SELECT count(*), count(title) FROM listings WHERE removed_at IS NOT NULL", "201");
	check_list(f, "SELECT count(title) FROM listings", "100");
	check_list(f, "SELECT count(*) FROM spot", "100");
	run_of(f, "a", 0, 102);		/* back, as any other */
	check_list(f, "SELECT count(title) FROM listings", "102");
	check_list(f, "SELECT count(*) FROM spot", "102");
	check_why(f, "p:a100", "added tombstone purged restored");
}

/* What cannot be read stays while its partner answers, and goes a while after the last answer. */
static void
test_purge_of_quarantine(void **state)
{
	struct fixture *f = *state;
	begin(f);
	items(f, "a", 0, 2);
	reject(f, "{broken " CANARY, NULL);
	int64_t seen_ms = f->report.started_ms;
	complete(f);
	f->report.outcome = RUN_NOT_MODIFIED;
	stage_free(f->stage);
	f->stage = NULL;
	finish_after(f, RUN_NOT_MODIFIED, 24);
	assert_int_equal(purge(f, seen_ms + 1), 0);
	assert_int_equal(purge(f, f->report.started_ms), 1);
	index_and_wipe(f);
	assert_false(anywhere(f, CANARY));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_forget), TEST(test_stays_away), TEST(test_unnamed), TEST(test_purge), TEST(test_purge_of_quarantine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
