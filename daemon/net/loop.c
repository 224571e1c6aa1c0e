/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that knows libevent, but for serve/http.c, which knows its HTTP.
 *
 * The base reads the monotonic clock afresh for every timer (no cached time):
 * a timer that is started at the end of a slow callback waits from then, so
 * none fires early.
 */
#include <sys/eventfd.h>
#include <sys/time.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/buf.h"
#include "net/loop.h"

struct loop {
	struct event_base *base;
};

struct timer {
	struct event event;
	void (*fire)(void *arg);
	void *arg;
};

struct turn {
	struct event event;
	void (*fire)(void *arg);
	void *arg;
};

struct watch {
	struct event event;
	struct event_base *base;
	void (*ready)(void *arg, int fd, int what);
	void *arg;
	int fd;
	int what;		/* is waited for */
	int armed;		/* the kernel tells */
};

struct sig {
	struct event event;
	void (*fire)(void *arg);
	void *arg;
};

struct wakeup {
	struct event event;
	void (*fire)(void *arg);
	void *arg;
	int fd;
};

/* event_add() fails when memory, or the kernel's memory for epoll, runs out. */
static void
add(struct event *ev, const struct timeval *wait)
{
	if (event_add(ev, wait) == 0)
		return;
	(void)fprintf(stderr, "<2>cannot watch an event: %s\n", strerror(errno));
	abort();
}

struct loop *
loop_new(struct error *err)
{
	/* A peer that has gone is an error of write(), not the end of us; neither
	 * OpenSSL nor libcurl (told to leave signals alone) sees to it. */
	(void)signal(SIGPIPE, SIG_IGN);
	struct loop *l = xcalloc(1, sizeof *l);
	struct event_config *config = event_config_new();
	if (config != NULL) {
		(void)event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME |
		    EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NOLOCK);
		l->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (l->base == NULL) {
		(void)error_set(err, ERROR_SYSTEM, "cannot make the event loop");
		free(l);
		return NULL;
	}
	return l;
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	event_base_free(l->base);
	free(l);
}

int
loop_run(struct loop *l, struct error *err)
{
	if (event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
		return error_set(err, ERROR_SYSTEM, "the event loop failed");
	return 0;
}

void
loop_stop(struct loop *l)
{
	(void)event_base_loopbreak(l->base);
}

/* Timers */

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;
	(void)fd;
	(void)what;
	t->fire(t->arg);
}

struct timer *
timer_new(struct loop *l, void (*fire)(void *arg), void *arg)
{
	struct timer *t = xcalloc(1, sizeof *t);
	t->fire = fire;
	t->arg = arg;
	(void)evtimer_assign(&t->event, l->base, timer_fired, t);
	return t;
}

void
timer_free(struct timer *t)
{
	if (t == NULL)
		return;
	(void)event_del(&t->event);
	free(t);
}

void
timer_start(struct timer *t, int64_t wait_ms)
{
	if (wait_ms < 0)
		wait_ms = 0;
	struct timeval wait = {
		.tv_sec = (time_t)(wait_ms / 1000),
		.tv_usec = (suseconds_t)(wait_ms % 1000 * 1000),
	};
	add(&t->event, &wait);
}

void
timer_stop(struct timer *t)
{
	(void)event_del(&t->event);
}

/* The end of a turn */

static void
turn_fired(evutil_socket_t fd, short what, void *arg)
{
	struct turn *t = arg;
	(void)fd;
	(void)what;
	t->fire(t->arg);
}

struct turn *
turn_new(struct loop *l, void (*fire)(void *arg), void *arg)
{
	struct turn *t = xcalloc(1, sizeof *t);
	t->fire = fire;
	t->arg = arg;
	(void)evtimer_assign(&t->event, l->base, turn_fired, t);
	return t;
}

void
turn_free(struct turn *t)
{
	if (t == NULL)
		return;
	(void)event_del(&t->event);
	free(t);
}

void
turn_start(struct turn *t)
{
	/* The last of those that are active, which libevent calls before it polls again. */
	event_active(&t->event, EV_TIMEOUT, 1);
}

/* Sockets */

static void watch_fired(evutil_socket_t fd, short what, void *arg);

static void
arm(struct watch *w, int what)
{
	if (w->armed == what)
		return;
	if (w->armed != 0)
		(void)event_del(&w->event);
	w->armed = what;
	if (what == 0)
		return;
	int flags = EV_PERSIST | (what & LOOP_READ ? EV_READ : 0) | (what & LOOP_WRITE ? EV_WRITE : 0);
	(void)event_assign(&w->event, w->base, w->fd, (short)flags, watch_fired, w);
	add(&w->event, NULL);
}

static void
watch_fired(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	int ready = w->what & ((what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0));
	if (ready != 0)
		w->ready(w->arg, (int)fd, ready);
	else
		arm(w, w->what);
}

struct watch *
watch_new(struct loop *l, int fd, void (*ready)(void *arg, int fd, int what), void *arg)
{
	struct watch *w = xcalloc(1, sizeof *w);
	w->base = l->base;
	w->ready = ready;
	w->arg = arg;
	w->fd = fd;
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	arm(w, 0);
	free(w);
}

/* One that waits for nothing stays armed until something comes: a connection
 * that is used again has cost the kernel nothing in between. */
void
watch_set(struct watch *w, int what)
{
	w->what = what;
	if (what != 0)
		arm(w, what);
}

int
watch_wanted(const struct watch *w)
{
	return w->what;
}

/* Signals */

static void
signal_fired(evutil_socket_t signo, short what, void *arg)
{
	struct sig *s = arg;
	(void)signo;
	(void)what;
	s->fire(s->arg);
}

struct sig *
signal_new(struct loop *l, int signo, void (*fire)(void *arg), void *arg, struct error *err)
{
	struct sig *s = xcalloc(1, sizeof *s);
	s->fire = fire;
	s->arg = arg;
	if (evsignal_assign(&s->event, l->base, signo, signal_fired, s) == 0 &&
	    event_add(&s->event, NULL) == 0)
		return s;
	(void)error_set(err, ERROR_SYSTEM, "cannot watch signal %d", signo);
	free(s);
	return NULL;
}

void
signal_free(struct sig *s)
{
	if (s == NULL)
		return;
	(void)event_del(&s->event);
	free(s);
}

/* Completions from other threads */

static void
wakeup_fired(evutil_socket_t fd, short what, void *arg)
{
	struct wakeup *w = arg;
	(void)what;
	uint64_t calls;
	/* Cleared before `fire`: a call during it runs it once more. */
	ssize_t n = read((int)fd, &calls, sizeof calls);
	if (n == (ssize_t)sizeof calls)
		w->fire(w->arg);
}

struct wakeup *
wakeup_new(struct loop *l, void (*fire)(void *arg), void *arg, struct error *err)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0) {
		(void)error_errno(err, ERROR_SYSTEM, "eventfd");
		return NULL;
	}
	struct wakeup *w = xcalloc(1, sizeof *w);
	w->fire = fire;
	w->arg = arg;
	w->fd = fd;
	(void)event_assign(&w->event, l->base, fd, EV_READ | EV_PERSIST, wakeup_fired, w);
	add(&w->event, NULL);
	return w;
}

void
wakeup_free(struct wakeup *w)
{
	if (w == NULL)
		return;
	(void)event_del(&w->event);
	(void)close(w->fd);
	free(w);
}

void
wakeup_call(struct wakeup *w)
{
	uint64_t one = 1;
	/* EAGAIN means that the counter is full: a run is due already. */
	while (write(w->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}
