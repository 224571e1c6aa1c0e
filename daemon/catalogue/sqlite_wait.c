/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up: SQLite asks both while it waits for another process and every few
 * instructions while it works.  Then the statement fails, and its step is taken
 * back.
 */
#include "catalogue/sqlite_catalogue.h"

enum { LOOK_EVERY = 4096 };	/* instructions of SQLite: some 50 microseconds */

static bool
is_past(int64_t t_ms)
{
	return t_ms != 0 && monotonic_ms() > t_ms;
}

bool
wait_stopped(const struct catalogue *c)
{
	return is_past(c->stop_ms);
}

bool
wait_over(const struct catalogue *c)
{
	return is_past(c->deadline_ms) || wait_stopped(c);
}

static int
on_progress(void *arg)
{
	return wait_over(arg);
}

/* Others write for milliseconds, as a rule.  What is counted is the waiting: clocks go on while the machine sleeps. */
static int
on_busy(void *arg, int times)
{
	enum { LEAST_MS = 1, MOST_MS = 50 };
	struct catalogue *c = arg;
	if (times == 0)
		c->waited_ms = 0;
	if (wait_over(c) || c->waited_ms >= c->wait_ms)
		return 0;
	c->waited_ms += sqlite3_sleep(times < MOST_MS ? LEAST_MS + times : MOST_MS);
	return 1;
}

int
wait_register(struct catalogue *c, struct error *err)
{
	c->wait_ms = WAIT_MS;
	sqlite3_progress_handler(c->db, LOOK_EVERY, on_progress, c);
	return sqlite3_busy_handler(c->db, on_busy, c) == SQLITE_OK ? 0 : catalogue_fail(c, err, "setting the time-out");
}

void
catalogue_stop(struct catalogue *c, int64_t monotonic_ms)
{
	c->stop_ms = monotonic_ms;
}
