/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/loop.h"

enum { HANG_MS = 10000 };

struct rig {
	struct loop *loop;
	struct timer *hang, *a, *b, *c;
	struct watch *watch;
	struct wakeup *wakeup;
	struct turn *turn;
	int pair[2];
	char order[16];
	unsigned calls, woken;
	int what;
	int64_t at_ms;
	bool hung;
};

static void
hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static void
rig_open(struct rig *rig)
{
	struct error err = ERROR_INIT;
	memset(rig, 0, sizeof *rig);
	rig->loop = loop_new(&err);
	assert_non_null(rig->loop);
	rig->hang = timer_new(rig->loop, hang, rig);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, rig->pair), 0);
}

static void
rig_run(struct rig *rig)
{
	struct error err = ERROR_INIT;
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

static void
rig_close(struct rig *rig)
{
	timer_free(rig->hang);
	timer_free(rig->a);
	timer_free(rig->b);
	timer_free(rig->c);
	watch_free(rig->watch);
	wakeup_free(rig->wakeup);
	loop_free(rig->loop);
	(void)close(rig->pair[0]);
	(void)close(rig->pair[1]);
}

static void
note(struct rig *rig, char name)
{
	rig->order[strlen(rig->order)] = name;
	rig->at_ms = monotonic_ms();
}

static void
fire_a(void *arg)
{
	note(arg, 'a');
}

static void
fire_b(void *arg)
{
	note(arg, 'b');
}

static void
fire_stop(void *arg)
{
	struct rig *rig = arg;
	note(rig, 's');
	loop_stop(rig->loop);
}

static void
test_timers(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	rig.a = timer_new(rig.loop, fire_a, &rig);
	rig.b = timer_new(rig.loop, fire_b, &rig);
	rig.c = timer_new(rig.loop, fire_stop, &rig);
	int64_t started_ms = monotonic_ms();
	timer_start(rig.a, 20);
	timer_start(rig.b, 10);
	timer_start(rig.c, 30);
	assert_string_equal(rig.order, "");
	rig_run(&rig);
	assert_string_equal(rig.order, "bas");
	/* Never early; one millisecond is lost by cutting both times. */
	assert_true(rig.at_ms - started_ms >= 29);

	/* Started again, it moves; stopped, it does not come; negative is now. */
	memset(rig.order, 0, sizeof rig.order);
	timer_start(rig.a, 0);
	timer_start(rig.a, 20);
	timer_start(rig.b, 5);
	timer_stop(rig.b);
	timer_start(rig.c, 30);
	rig_run(&rig);
	assert_string_equal(rig.order, "as");
	memset(rig.order, 0, sizeof rig.order);
	timer_start(rig.c, -5);
	rig_run(&rig);
	assert_string_equal(rig.order, "s");
	rig_close(&rig);
}

/* Both are due; the first takes the second away. */
static void
fire_free_others(void *arg)
{
	struct rig *rig = arg;
	note(rig, 'f');
	timer_stop(rig->b);
	timer_free(rig->a);	/* itself */
	rig->a = NULL;
}

static void
test_free_in_callback(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	rig.a = timer_new(rig.loop, fire_free_others, &rig);
	rig.b = timer_new(rig.loop, fire_b, &rig);
	rig.c = timer_new(rig.loop, fire_stop, &rig);
	timer_start(rig.a, 0);
	timer_start(rig.b, 0);
	timer_start(rig.c, 20);
	rig_run(&rig);
	assert_string_equal(rig.order, "fs");
	rig_close(&rig);
}

/* A timer that is started at the end of a slow callback waits from then, also
 * when something else wakes the loop before. */
static void
fire_slow(void *arg)
{
	struct rig *rig = arg;
	int64_t until_ms = monotonic_ms() + 30;
	while (monotonic_ms() < until_ms)
		continue;
	rig->at_ms = monotonic_ms();
	timer_start(rig->b, 1);
	timer_start(rig->c, 20);
}

static void
fire_nothing(void *arg)
{
	(void)arg;
}

static void
fire_measure(void *arg)
{
	struct rig *rig = arg;
	rig->at_ms = monotonic_ms() - rig->at_ms;
	loop_stop(rig->loop);
}

static void
test_not_early(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	rig.a = timer_new(rig.loop, fire_slow, &rig);
	rig.b = timer_new(rig.loop, fire_nothing, &rig);
	rig.c = timer_new(rig.loop, fire_measure, &rig);
	timer_start(rig.a, 0);
	rig_run(&rig);
	assert_true(rig.at_ms >= 19);
	rig_close(&rig);
}

static void
ready(void *arg, int fd, int what)
{
	struct rig *rig = arg;
	char c;
	rig->calls++;
	rig->what |= what;
	if (what & LOOP_READ && read(fd, &c, 1) == 1 && c == 'q')
		loop_stop(rig->loop);
	if (what & LOOP_WRITE)
		watch_set(rig->watch, LOOP_READ);
}

static void
test_watch(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	rig.watch = watch_new(rig.loop, rig.pair[0], ready, &rig);
	watch_set(rig.watch, LOOP_READ | LOOP_WRITE);
	assert_int_equal(write(rig.pair[1], "abq", 3), 3);
	rig_run(&rig);
	assert_int_equal(rig.what, LOOP_READ | LOOP_WRITE);
	/* One byte a call: it stays set until changed. */
	assert_int_equal(rig.calls, 3);

	/* Nothing is watched: bytes are left alone. */
	watch_set(rig.watch, 0);
	assert_int_equal(write(rig.pair[1], "q", 1), 1);
	rig.c = timer_new(rig.loop, fire_stop, &rig);
	timer_start(rig.c, 10);
	rig_run(&rig);
	assert_int_equal(rig.calls, 3);
	watch_set(rig.watch, LOOP_READ);
	rig_run(&rig);
	assert_int_equal(rig.calls, 4);
	rig_close(&rig);
}

static void
signalled(void *arg)
{
	struct rig *rig = arg;
	rig->calls++;
	loop_stop(rig->loop);
}

static void
test_signal(void **state)
{
	struct rig rig;
	struct error err = ERROR_INIT;
	(void)state;
	rig_open(&rig);
	struct sig *s = signal_new(rig.loop, SIGUSR1, signalled, &rig, &err);
	assert_non_null(s);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(rig.calls, 0);
	rig_run(&rig);
	assert_int_equal(rig.calls, 1);
	signal_free(s);
	signal_free(NULL);
	assert_null(signal_new(rig.loop, 12345, signalled, &rig, &err));
	assert_int_equal(err.kind, ERROR_SYSTEM);
	rig_close(&rig);
}

static void
woken(void *arg)
{
	struct rig *rig = arg;
	rig->woken++;
	loop_stop(rig->loop);
}

static void *
call_many(void *arg)
{
	struct rig *rig = arg;
	for (int i = 0; i < 1000; i++)
		wakeup_call(rig->wakeup);
	return NULL;
}

static void
test_wakeup(void **state)
{
	struct rig rig;
	struct error err = ERROR_INIT;
	pthread_t thread;
	(void)state;
	rig_open(&rig);
	rig.wakeup = wakeup_new(rig.loop, woken, &rig, &err);
	assert_non_null(rig.wakeup);
	/* Many calls, one run. */
	assert_int_equal(pthread_create(&thread, NULL, call_many, &rig), 0);
	pthread_join(thread, NULL);
	assert_int_equal(rig.woken, 0);
	rig_run(&rig);
	assert_int_equal(rig.woken, 1);
	/* And from a thread while the loop sleeps. */
	assert_int_equal(pthread_create(&thread, NULL, call_many, &rig), 0);
	rig_run(&rig);
	pthread_join(thread, NULL);
	assert_true(rig.woken >= 2);
	rig_close(&rig);
}

/* Nothing to wait for is no reason to return: only the signal ends it. */
static struct loop *interrupted;
static volatile sig_atomic_t interruptions;

static void
interrupt(int signo)
{
	(void)signo;
	interruptions++;
	loop_stop(interrupted);
}

/* A signal that comes just before the loop goes to sleep is lost: again then. */
static void *
interrupt_later(void *arg)
{
	const int *fds = arg;
	struct pollfd over = { .fd = fds[1], .events = POLLIN };
	char c;
	if (read(fds[0], &c, 1) != 1)
		return arg;
	do {
		(void)kill(getpid(), SIGUSR2);
	} while (poll(&over, 1, 5) == 0);
	return NULL;
}

static void
fire_tell(void *arg)
{
	struct rig *rig = arg;
	note(rig, 'a');
	assert_int_equal(write(rig->pair[1], "x", 1), 1);
}

static void
test_no_events(void **state)
{
	struct error err = ERROR_INIT;
	struct sigaction action = { .sa_handler = interrupt };
	struct rig rig;
	pthread_t thread;
	sigset_t set;
	int over[2];
	(void)state;
	rig_open(&rig);
	assert_int_equal(pipe(over), 0);
	int fds[2] = { rig.pair[0], over[0] };
	interrupted = rig.loop;
	assert_int_equal(sigaction(SIGUSR2, &action, NULL), 0);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)fcntl(rig.pair[0], F_SETFL, 0);	/* the thread waits in read() */
	assert_int_equal(pthread_create(&thread, NULL, interrupt_later, fds), 0);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	rig.a = timer_new(rig.loop, fire_tell, &rig);
	timer_start(rig.a, 0);
	assert_int_equal(loop_run(rig.loop, &err), 0);
	assert_true(interruptions > 0);
	assert_string_equal(rig.order, "a");
	assert_int_equal(write(over[1], "x", 1), 1);
	pthread_join(thread, NULL);
	(void)close(over[0]);
	(void)close(over[1]);
	rig_close(&rig);
}

static void
append(struct rig *rig, char c)
{
	rig->order[strlen(rig->order)] = c;
}

static void
turned(void *arg)
{
	struct rig *rig = arg;
	append(rig, '.');
	if (strlen(rig->order) >= 5)
		loop_stop(rig->loop);
}

/* The first who is called sends itself a byte more, which the loop has not seen yet. */
static void
in_turn(void *arg, int fd, int what)
{
	struct rig *rig = arg;
	char c;
	(void)what;
	assert_int_equal(read(fd, &c, 1), 1);
	if (rig->order[0] == '\0')
		assert_int_equal(write(fd == rig->pair[0] ? rig->pair[1] : rig->pair[0], "x", 1), 1);
	append(rig, 'x');
	turn_start(rig->turn);
	turn_start(rig->turn);
}

static void
test_turn(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	rig.turn = turn_new(rig.loop, turned, &rig);
	struct watch *watches[2];
	for (size_t i = 0; i < 2; i++) {
		watches[i] = watch_new(rig.loop, rig.pair[i], in_turn, &rig);
		watch_set(watches[i], LOOP_READ);
		assert_int_equal(write(rig.pair[i], "x", 1), 1);
	}
	rig_run(&rig);
	assert_string_equal(rig.order, "xx.x.");
	turn_start(rig.turn);
	turn_free(rig.turn);	/* and no callback comes */
	watch_free(watches[0]);
	watch_free(watches[1]);
	rig_close(&rig);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_free_in_callback),
		cmocka_unit_test(test_not_early),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_wakeup),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_no_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
