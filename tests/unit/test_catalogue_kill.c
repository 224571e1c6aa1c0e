/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at any instant leaves the last complete state: a child merges and
 * indexes in a loop, the parent kills it and looks, sixty times.
 */
#include "catalogue_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { ITEMS = 400, KILLS = 60 };

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
	assert_int_equal(ask_integer(f, "SELECT count(*) FROM search WHERE search MATCH 'version'"),
	    ask_integer(f, "SELECT count(*) FROM trace WHERE text_change <="
	    " coalesce((SELECT value FROM meta WHERE key = 1), 0)"));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kill, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
