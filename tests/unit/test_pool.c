/* SPDX-License-Identifier: Apache-2.0 */
/* Who works when: slow jobs leave a thread to the quick ones, and neither kind waits for ever. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/loop.h"
#include "serve/pool.h"

enum { THREADS = 3, HANG_MS = 10000, JOBS = 40 };

struct rig {
	struct loop *loop;
	struct pool *pool;
	struct timer *hang;
	sem_t begun, go;		/* slow jobs wait for `go` */
	size_t done, wanted;
	char order[JOBS + 1];		/* as they ended: q, s */
	bool hung;
};

struct job {
	struct pool_job pool;
	struct rig *rig;
};

static void
work(void *own, void *arg)
{
	struct job *job = arg;
	(void)own;
	if (!job->pool.slow)
		return;
	(void)sem_post(&job->rig->begun);
	(void)sem_wait(&job->rig->go);
}

static void
on_done(void *arg)
{
	const struct job *job = arg;
	struct rig *rig = job->rig;
	rig->order[rig->done++] = job->pool.slow ? 's' : 'q';
	if (rig->done == rig->wanted)
		loop_stop(rig->loop);
}

static void
on_hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static void
rig_open(struct rig *rig)
{
	struct error err = ERROR_INIT;
	void *own[THREADS] = { NULL };
	*rig = (struct rig){ .loop = loop_new(&err) };
	assert_int_equal(sem_init(&rig->begun, 0, 0), 0);
	assert_int_equal(sem_init(&rig->go, 0, 0), 0);
	rig->hang = timer_new(rig->loop, on_hang, rig);
	rig->pool = pool_new(rig->loop, own, THREADS, &err);
	assert_non_null(rig->pool);
}

static void
rig_wait(struct rig *rig, size_t wanted)
{
	struct error err = ERROR_INIT;
	rig->wanted = wanted;
	timer_start(rig->hang, HANG_MS);
	if (rig->done < wanted)
		assert_int_equal(loop_run(rig->loop, &err), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

static void
rig_close(struct rig *rig)
{
	pool_free(rig->pool);
	timer_free(rig->hang);
	loop_free(rig->loop);
	(void)sem_destroy(&rig->begun);
	(void)sem_destroy(&rig->go);
}

static void
submit(struct rig *rig, struct job *job, bool slow)
{
	*job = (struct job){ .pool = { .work = work, .done = on_done, .arg = job, .slow = slow }, .rig = rig };
	pool_submit(rig->pool, &job->pool);
}

static void
slow_ones_leave_a_thread(void **state)
{
	struct rig rig;
	struct job slow[6], quick[4];
	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < 6; i++)
		submit(&rig, &slow[i], true);
	for (size_t i = 0; i < THREADS - 1; i++)
		assert_int_equal(sem_wait(&rig.begun), 0);
	for (size_t i = 0; i < 4; i++)
		submit(&rig, &quick[i], false);
	rig_wait(&rig, 4);
	assert_string_equal(rig.order, "qqqq");
	assert_int_equal(pool_waiting(rig.pool), 4);
	assert_int_equal(sem_trywait(&rig.begun), -1);
	for (size_t i = 0; i < 6; i++)
		(void)sem_post(&rig.go);
	rig_wait(&rig, 10);
	assert_int_equal(pool_waiting(rig.pool), 0);
	rig_close(&rig);
}

static void
both_kinds_have_their_turn(void **state)
{
	struct rig rig;
	struct job slow[JOBS / 2], quick[JOBS / 2];
	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < JOBS / 2; i++) {
		(void)sem_post(&rig.go);
		submit(&rig, &quick[i], false);
	}
	for (size_t i = 0; i < JOBS / 2; i++)
		submit(&rig, &slow[i], true);
	rig_wait(&rig, JOBS);
	rig_close(&rig);
}

static void
what_was_not_begun_is_left(void **state)
{
	struct rig rig;
	struct job slow[4];
	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < 4; i++)
		submit(&rig, &slow[i], true);
	for (size_t i = 0; i < THREADS - 1; i++)
		assert_int_equal(sem_wait(&rig.begun), 0);
	for (size_t i = 0; i < THREADS - 1; i++)
		(void)sem_post(&rig.go);
	rig_wait(&rig, 1);
	for (size_t i = 0; i < 4; i++)
		(void)sem_post(&rig.go);
	rig_close(&rig);	/* waits for what is under way */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_ones_leave_a_thread),
		cmocka_unit_test(both_kinds_have_their_turn),
		cmocka_unit_test(what_was_not_begun_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
