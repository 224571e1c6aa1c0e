/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at any instant leaves the last complete state: a child merges and
 * indexes in a loop, the parent kills it and looks, sixty times.
 */
#include "catalogue_fixture.h"
#include "sanitized.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { ITEMS = 400, KILLS = ROUNDS_OF(60), SEGMENTS = 8 };

/* The first run of a partner « p », in segments, and again from nothing. */
static void
loading_child(struct fixture *f, int ready)
{
	char byte = 0, id[16];
	fixture_open(f);
	begin(f);
	if (!f->memory.fresh)
		_exit(1);
	for (int i = 0; i < ITEMS; i++) {
		(void)snprintf(id, sizeof id, "%d", i);
		item(f, id, "first");
		if (i % (ITEMS / SEGMENTS) != 0)
			continue;
		if (catalogue_run_preload(f->c, &f->report, f->stage, &f->err) != 0)
			_exit(1);
		stage_free(f->stage);
		f->stage = stage_new(f->dir);
		if (write(ready, &byte, 1) != 1)
			_exit(1);
	}
	finish_after(f, RUN_COMPLETE, 0);
	_exit(0);
}

/* Every run gives every listing a new title: « version N ». */
static void
child(struct fixture *f, int ready)
{
	uint64_t left;
	char byte = 0;
	fixture_open(f);
	for (;;) {
		char title[48], id[16];
		begin(f);
		int64_t run = ask_integer(f, "SELECT count(*) FROM run");
		(void)snprintf(title, sizeof title, "version %" PRId64, run);
		f->report.finished_ms = f->report.started_ms = START_MS + run * HOUR_MS;
		for (int i = 0; i < ITEMS; i++) {
			(void)snprintf(id, sizeof id, "%d", i);
			item(f, id, title);
		}
		if (write(ready, &byte, 1) != 1)
			_exit(1);
		finish_after(f, RUN_COMPLETE, 0);
		if (catalogue_index(f->c, 300, &left, &f->err) != 0 || catalogue_checkpoint(f->c, &f->err) != 0)
			_exit(1);
	}
}

static void
check_state(struct fixture *f, int64_t *runs)
{
	char want[32];
	check_list(f, "PRAGMA integrity_check", "ok");
	int64_t n = ask_integer(f, "SELECT count(*) FROM run");
	assert_true(n >= *runs);
	*runs = n;
	if (n == 0)
		return;
	(void)snprintf(want, sizeof want, "version %" PRId64, n - 1);
	check_list(f, "SELECT DISTINCT title FROM listings", want);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM listings"), ITEMS);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM changes"), n * ITEMS);
	assert_int_equal(ask_integer(f, "SELECT listing_count FROM partners"), ITEMS);
	/* The index holds just what it says: texts up to its change. */
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM search s JOIN trace t ON t.text = s.rowid WHERE s.search MATCH 'version'"),
	    ask_integer(f, "SELECT count(*) FROM trace WHERE text <= (SELECT position FROM state)"));
}

static void
test_kill(void **state)
{
	struct fixture *f = *state;
	int64_t runs = 0;
	unsigned seed = 4242;
	catalogue_close(f->c);
	f->c = NULL;
	for (int i = 0; i < KILLS; i++) {
		int ready[2];
		char byte;
		assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
		pid_t pid = fork();
		if (pid == 0)
			child(f, ready[1]);
		assert_true(pid > 0);
		(void)close(ready[1]);
		/* Into the merge after a few, then some instant of the next 20 ms. */
		for (int j = rand_r(&seed) % 3; j >= 0; j--)
			assert_int_equal(read(ready[0], &byte, 1), 1);
		struct timespec instant = { 0, (long)(rand_r(&seed) % 20000) * 1000 };
		(void)ppoll(NULL, 0, &instant, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		(void)close(ready[0]);
		check_state(f, &runs);
	}
	assert_true(runs > KILLS / 2);
}

/* The rows of a run that was killed are never seen; at the end there is all, or nothing. */
static void
check_loading(struct fixture *f, bool *whole)
{
	check_list(f, "PRAGMA integrity_check", "ok");
	int64_t runs = ask_integer(f, "SELECT count(*) FROM run");
	int64_t n = runs == 0 ? 0 : ITEMS;
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM listings"), n);
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM changes"), n);
	assert_int_equal(ask_integer(f, "SELECT listing_count FROM partners"), n);
	*whole = runs == 1;
}

/* From nothing each time: some loads end before they are killed, most do not. */
static void
test_kill_first_load(void **state)
{
	struct fixture *f = *state;
	unsigned seed = 2424, left_behind = 0;
	catalogue_close(f->c);
	f->c = NULL;
	for (int i = 0; i < KILLS; i++) {
		int ready[2];
		char byte;
		bool whole;
		assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
		pid_t pid = fork();
		if (pid == 0)
			loading_child(f, ready[1]);
		assert_true(pid > 0);
		(void)close(ready[1]);
		int segments = 1 + rand_r(&seed) % SEGMENTS;
		for (int j = 0; j < segments; j++)
			assert_int_equal(read(ready[0], &byte, 1), 1);
		/* After the last one, some instant of the merge. */
		struct timespec instant = { 0, (long)(rand_r(&seed) % (segments < SEGMENTS ? 300 : 8000)) * 1000 };
		(void)ppoll(NULL, 0, &instant, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		(void)close(ready[0]);
		check_loading(f, &whole);
		left_behind += !whole && ask_integer(f, "SELECT count(*) FROM listing") > 0;
		if (!whole)
			continue;
		/* Back to nothing, by hand. */
		check_list(f, "DELETE FROM listing", "");
		check_list(f, "DELETE FROM trace", "");
		check_list(f, "DELETE FROM change_log", "");
		check_list(f, "DELETE FROM run", "");
		check_list(f, "UPDATE partner SET listing_count = 0", "");
	}
	assert_true(left_behind > KILLS / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kill, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_kill_first_load, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
