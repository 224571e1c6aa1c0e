/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: timers, sockets, signals, and completions from other
 * threads.  loop.c is the only file that knows libevent.
 *
 * Callbacks run from loop_run() only: a start function never calls back
 * before it returns, and after a stop or free no callback comes.
 */
#ifndef VIGIE_NET_LOOP_H
#define VIGIE_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

/* SIGPIPE is ignored from now on, in the whole process. */
struct loop *loop_new(struct error *err);
void loop_free(struct loop *l);			/* takes NULL; after all that was made with it */
int loop_run(struct loop *l, struct error *err);	/* until loop_stop() */
/* libevent's own, for serve/http.c alone. */
struct event_base *loop_base(struct loop *l);
void loop_stop(struct loop *l);	/* ends the run under way when the callback returns; may run again */

/* One shot; starting it again moves it.  Real milliseconds. */
struct timer;
struct timer *timer_new(struct loop *l, void (*fire)(void *arg), void *arg);
void timer_free(struct timer *t);
void timer_start(struct timer *t, int64_t wait_ms);
void timer_stop(struct timer *t);

/*
 * Runs `fire` when all that the loop has found to have happened by now was
 * called, before it looks again: what was done for one of them is known to
 * hold for the others until then.
 */
struct turn;
struct turn *turn_new(struct loop *l, void (*fire)(void *arg), void *arg);
void turn_free(struct turn *t);
void turn_start(struct turn *t);	/* from the loop's thread; several times are once */

enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct watch;
struct watch *watch_new(struct loop *l, int fd, void (*ready)(void *arg, int fd, int what), void *arg);
void watch_free(struct watch *w);	/* before its descriptor is closed */
void watch_set(struct watch *w, int what);	/* 0: nothing; stays until changed */
int watch_wanted(const struct watch *w);	/* what it was set to */

struct sig;
struct sig *signal_new(struct loop *l, int signo, void (*fire)(void *arg), void *arg, struct error *err);
void signal_free(struct sig *s);

/* Run `fire` on the loop's thread; may be called from any thread, any number
 * of times before it runs once. */
struct wakeup;
struct wakeup *wakeup_new(struct loop *l, void (*fire)(void *arg), void *arg, struct error *err);
void wakeup_free(struct wakeup *w);
void wakeup_call(struct wakeup *w);

#endif
