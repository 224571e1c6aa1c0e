/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule's order, and what is due while there is no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/schedule.h"

enum { ENTRIES = 10 };

struct rig;

struct entry {
	struct rig *rig;
	size_t number;
};

struct rig {
	struct clock clock;
	struct loop *loop;
	struct schedule *schedule;
	struct entry entries[ENTRIES];
	size_t called[ENTRIES], n_called;
	size_t room;
	unsigned refused;	/* times that there was none */
	size_t stop_at;		/* calls */
	unsigned stop_refused;
};

static void
on_due(void *arg)
{
	struct entry *e = arg;
	struct rig *rig = e->rig;
	rig->called[rig->n_called++] = e->number;
	rig->room--;
	if (rig->n_called == rig->stop_at)
		loop_stop(rig->loop);
}

static bool
has_room(void *arg)
{
	struct rig *rig = arg;
	if (rig->room > 0)
		return true;
	if (++rig->refused == rig->stop_refused)
		loop_stop(rig->loop);
	return false;
}

static void
rig_open(struct rig *rig, size_t room)
{
	struct error err = ERROR_INIT;
	*rig = (struct rig){ .room = room, .stop_at = ENTRIES };
	clock_init(&rig->clock);
	rig->loop = loop_new(&err);
	assert_non_null(rig->loop);
	rig->schedule = schedule_new(rig->loop, &rig->clock, on_due);
	/* Overdue for minutes, the last one for longest. */
	for (size_t i = 0; i < ENTRIES; i++) {
		rig->entries[i] = (struct entry){ rig, i };
		schedule_set(rig->schedule, &rig->entries[i], clock_now_ms(&rig->clock) - (int64_t)(i + 1) * MINUTE_MS);
	}
}

static void
rig_close(struct rig *rig)
{
	schedule_free(rig->schedule);
	loop_free(rig->loop);
}

static void
run_loop(struct rig *rig)
{
	struct error err = ERROR_INIT;
	assert_int_equal(loop_run(rig->loop, &err), 0);
}

static void
assert_order(const struct rig *rig)
{
	for (size_t i = 0; i < rig->n_called; i++)
		assert_int_equal(rig->called[i], ENTRIES - 1 - i);
}

static void
test_order(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ENTRIES);
	assert_true(schedule_overdue_ms(rig.schedule) >= ENTRIES * MINUTE_MS);
	run_loop(&rig);
	assert_int_equal(rig.n_called, ENTRIES);
	assert_order(&rig);
	assert_int_equal(schedule_overdue_ms(rig.schedule), 0);
	rig_close(&rig);
}

static void
test_waits_for_room(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, 3);
	schedule_bound(rig.schedule, has_room, &rig);
	rig.stop_refused = 3;
	run_loop(&rig);
	assert_int_equal(rig.n_called, 3);
	/* It looks again, and does not call that an idle schedule. */
	assert_int_equal(rig.refused, 3);
	assert_int_equal(schedule_overdue_ms(rig.schedule), 0);
	/* What comes while it is full neither overtakes nor is lost. */
	schedule_remove(rig.schedule, &rig.entries[0]);
	schedule_set(rig.schedule, &rig.entries[0], clock_now_ms(&rig.clock) - MINUTE_MS);
	rig.room = ENTRIES;
	run_loop(&rig);
	assert_int_equal(rig.n_called, ENTRIES);
	assert_order(&rig);
	rig_close(&rig);
}

static void
on_hang(void *arg)
{
	loop_stop(arg);
}

/* Somebody sets the clock back by a day: who is due in a moment is not due in a day. */
static void
test_clock_set_back(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, ENTRIES);
	run_loop(&rig);
	struct timer *hang = timer_new(rig.loop, on_hang, rig.loop);
	timer_start(hang, 20 * SECOND_MS);
	rig.n_called = 0;
	rig.room = ENTRIES;
	for (size_t i = 0; i < ENTRIES; i++)
		schedule_set(rig.schedule, &rig.entries[i], clock_now_ms(&rig.clock) + 100 - 10 * (int64_t)i);
	rig.clock.start_ms -= DAY_MS;
	/* Set by the new clock, it is not moved. */
	schedule_remove(rig.schedule, &rig.entries[0]);
	schedule_set(rig.schedule, &rig.entries[0], clock_now_ms(&rig.clock) + HOUR_MS);
	rig.stop_at = ENTRIES - 1;
	run_loop(&rig);
	assert_int_equal(rig.n_called, ENTRIES - 1);
	assert_order(&rig);
	timer_free(hang);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_waits_for_room),
		cmocka_unit_test(test_clock_set_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
