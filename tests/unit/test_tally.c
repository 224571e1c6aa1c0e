/* SPDX-License-Identifier: Apache-2.0 */
/* The tally beside catalogues that were pruned or restored, and between threads. */
#include "reading_world.h"

#include <pthread.h>
#include <stdatomic.h>

/* What the tally was told last has been dropped since. */
static void
test_pruned(void **state)
{
	struct world w;
	open_world(&w, *state);
	for (int step = 0; step < 10; step++) {
		random_run(&w);
		if (step == 5)
			check_synced(&w);
	}
	check_list(w.f, "DELETE FROM change_log WHERE change < (SELECT max(change) FROM change_log)", "");
	check_synced(&w);
	close_world(&w);
}

static void
copy_catalogue(const char *from, const char *to)
{
	sqlite3 *db;
	char sql[160];
	(void)unlink(to);
	assert_int_equal(sqlite3_open(from, &db), SQLITE_OK);
	(void)snprintf(sql, sizeof sql, "VACUUM INTO '%s'", to);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void
reopen_reader(struct world *w)
{
	struct catalogue_options options = { .path = w->f->path, .read_only = true, .search = true };
	catalogue_close(w->reader);
	assert_non_null(w->reader = catalogue_open(&options, &w->f->err));
}

/* A backup comes back: with fewer changes, and then with others of the same numbers. */
static void
test_restored(void **state)
{
	struct world w;
	char kept[64];
	open_world(&w, *state);
	(void)snprintf(kept, sizeof kept, "%s/kept", w.f->dir);
	random_run(&w);
	copy_catalogue(w.f->path, kept);
	random_run(&w);
	random_run(&w);
	check_synced(&w);
	int64_t synced_ms = monotonic_ms();
	/* In this order: the last one takes the WAL with it, unless it only reads. */
	catalogue_close(w.reader);
	w.reader = NULL;
	catalogue_close(w.f->c);
	assert_int_equal(rename(kept, w.f->path), 0);
	fixture_open(w.f);
	reopen_reader(&w);
	while (monotonic_ms() <= synced_ms)
		;
	check_synced(&w);
	random_run(&w);
	check_synced(&w);
	close_world(&w);
}

struct thread {
	pthread_t id;
	const char *path;
	struct tally *tally;
	atomic_bool *over;
	uint64_t asked;
	bool failed;
};

static bool
ask_once(struct catalogue *c, struct tally *tally, uint64_t n)
{
	struct error err = ERROR_INIT;
	struct listing_row r;
	struct box box = { -90, -45, 90, 45 };
	struct reading_filter f = READING_FILTER_INIT;
	uint64_t count = 0, entries = 0;
	f.kind = kinds[n % 3];
	f.box = n % 2 == 0 ? &box : NULL;
	f.limit = 1 + n % 7;
	if (catalogue_read_begin(c, &err) != 0)
		return false;
	bool good = tally_sync(tally, c, &err) == 0 && reading_count(c, &f, tally, &count, &err) == 0;
	struct reading *reading = good ? reading_open(c, &f, tally, &err) : NULL;
	while (reading != NULL && reading_next(reading, &r, &err) == 1)
		entries++;
	reading_close(reading);
	tally_each(tally, count_all, &count);
	catalogue_read_end(c);
	return good && err.kind == ERROR_NONE && entries <= f.limit;
}

static void *
ask_all_the_time(void *arg)
{
	struct thread *t = arg;
	struct catalogue_options options = { .path = t->path, .read_only = true, .search = true };
	struct catalogue *c = catalogue_open(&options, NULL);
	t->failed = c == NULL;
	do
		t->failed = t->failed || !ask_once(c, t->tally, t->asked++);
	while (!t->failed && !*t->over);
	catalogue_close(c);
	return NULL;
}

static void
test_threads(void **state)
{
	enum { THREADS = 3, RUNS = 30 };
	struct world w;
	struct thread threads[THREADS];
	atomic_bool over = false;
	open_world(&w, *state);
	for (int i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){ .path = w.f->path, .tally = w.tally, .over = &over };
		assert_int_equal(pthread_create(&threads[i].id, NULL, ask_all_the_time, &threads[i]), 0);
	}
	for (int run = 0; run < RUNS; run++) {
		random_run(&w);
		if (run % 5 == 0)
			random_turn(&w);
	}
	over = true;
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i].id, NULL), 0);
		assert_false(threads[i].failed);
	}
	check_synced(&w);
	close_world(&w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pruned), TEST(test_restored), TEST(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
