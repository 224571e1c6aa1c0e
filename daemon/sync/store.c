/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two queues under one mutex: `todo` from the loop to the thread, `finished`
 * back.  The catalogue handle belongs to the thread once it runs.
 */
#include "sync/store.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/thread.h"
#include "catalogue/forget.h"
#include "sync/room.h"
#include "sync/upkeep.h"

enum { GROUP_MAX = 512, PRUNE_SLICE = 1000, PURGE_SLICE = 200, IDLE_MS = 200, LOOK_MS = SECOND_MS };
static const int64_t PRUNE_EVERY_MS = HOUR_MS;

struct node {
	struct node *next;
	struct store_job job;
	struct error commit;
};

struct queue {
	struct node *first, **last;
};

struct store {
	const struct clock *clock;
	struct catalogue *catalogue;
	struct upkeep *upkeep;
	struct room *room;		/* borrowed; NULL: nobody watches */
	void (*room_changed)(void *arg);
	void *room_arg;
	bool told_full, told_damaged;	/* as the loop knows it */
	atomic_bool damaged;
	struct wakeup *wakeup;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct queue todo, finished;
	size_t pending;		/* of the loop's thread */
	bool stop, finish;
	bool looking;		/* for room on the disk */
	int64_t looked_for_room_ms;	/* monotonic */
	int64_t busy_since_ms;	/* monotonic; 0: idle */
	int64_t others, looked_ms;
	bool dirty;		/* something was written since the last checkpoint */
	int64_t pruned_ms;
	int64_t keep_removed_ms;	/* 0: nothing is purged */
	bool purging;		/* there may be more */
	struct said troubles;	/* of the thread */
	bool unwiped;		/* something was purged, and the WAL has it yet */
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_push(struct queue *q, struct node *n)
{
	n->next = NULL;
	*q->last = n;
	q->last = &n->next;
}

/* At most `max` from the front, as a chain. */
static struct node *
queue_take(struct queue *q, size_t max)
{
	struct node *chain = q->first, **end = &chain;
	while (*end != NULL && max-- > 0)
		end = &(*end)->next;
	q->first = *end;
	*end = NULL;
	if (q->first == NULL)
		q->last = &q->first;
	return chain;
}

/* ---- the thread */

static bool
is_full(struct store *s)
{
	return s->room != NULL && room_full_since(s->room) != TIME_NONE;
}

/* Whoever asked for it has been told; here it counts for all. */
static void
notice_full(struct store *s)
{
	struct error err = ERROR_INIT;
	if (!catalogue_full(s->catalogue) || s->room == NULL)
		return;
	(void)error_set(&err, ERROR_FULL, "writing the catalogue");
	room_tell(s->room, &err);
}

static void
notice_damage(struct store *s)
{
	if (s->damaged || !catalogue_damaged(s->catalogue))
		return;
	s->damaged = true;
	wakeup_call(s->wakeup);
}

static void
set_looking(struct store *s, bool looking)
{
	pthread_mutex_lock(&s->lock);
	s->looking = looking;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

/* Whoever found out: this thread and the loop are waiting for something else. */
static void
on_full(void *arg)
{
	struct store *s = arg;
	set_looking(s, true);
	wakeup_call(s->wakeup);
}

static void
look_for_room(struct store *s)
{
	if (!is_full(s) || monotonic_ms() - s->looked_for_room_ms < LOOK_MS)
		return;
	s->looked_for_room_ms = monotonic_ms();
	set_looking(s, false);	/* before: it may be full again at once */
	room_look(s->room);
	if (is_full(s))
		set_looking(s, true);
	else
		wakeup_call(s->wakeup);
}

static void
run_jobs(struct store *s, struct node *chain)
{
	struct error err = ERROR_INIT;
	bool grouped = chain->next != NULL && catalogue_begin(s->catalogue, &err) == 0;
	error_clear(&err);
	catalogue_look(s->catalogue);
	for (struct node *n = chain; n != NULL; n = n->next)
		n->job.work(s->catalogue, n->job.arg);
	if (grouped)
		(void)catalogue_commit(s->catalogue, &err);
	for (struct node *n = chain; n != NULL; n = n->next)
		n->commit = err;
	notice_full(s);
	s->dirty = true;
	if (catalogue_index_due(s->catalogue))
		upkeep_index(s->upkeep);
}

/* By whole days, so that the full-text index is made again once a day at most. */
static void
purge(struct store *s, int64_t now_ms)
{
	struct error err = ERROR_INIT;
	size_t n = 0;
	const struct purge what = { .now_ms = now_ms, .max = PURGE_SLICE,
		.before_ms = (now_ms - s->keep_removed_ms) / DAY_MS * DAY_MS };
	(void)catalogue_purge(s->catalogue, &what, &n, &err);
	room_log(s->room, &s->troubles, "purging what was removed", &err);
	s->unwiped = s->unwiped || n > 0;
	s->purging = n > 0;
	s->dirty = s->dirty || n > 0;
	if (s->unwiped && !s->purging)
		upkeep_index(s->upkeep);
}

static void
move_wal(struct store *s)
{
	struct error err = ERROR_INIT;
	if (s->unwiped)
		s->unwiped = catalogue_wipe(s->catalogue, &err) != 0;	/* else the next time */
	else
		(void)catalogue_checkpoint(s->catalogue, &err);
	room_log(s->room, &s->troubles, "checkpoint", &err);
}

/* What is done when there is no job; true if there is more to do at once. */
static bool
at_rest(struct store *s)
{
	struct error err = ERROR_INIT;
	int64_t now_ms = clock_now_ms(s->clock);
	if (now_ms - s->pruned_ms >= PRUNE_EVERY_MS) {
		s->pruned_ms = now_ms;
		(void)catalogue_prune(s->catalogue, now_ms, PRUNE_SLICE, &err);
		room_log(s->room, &s->troubles, "pruning", &err);
		s->purging = s->keep_removed_ms > 0;
		return true;
	}
	if (s->purging) {
		purge(s, now_ms);
		return true;
	}
	if (s->dirty) {
		move_wal(s);
		catalogue_rest(s->catalogue);
		(void)malloc_trim(0);
	}
	s->dirty = false;
	return false;
}

static void
give_back(struct store *s, struct node *chain)
{
	pthread_mutex_lock(&s->lock);
	s->others = catalogue_others(s->catalogue);
	s->looked_ms = s->busy_since_ms;
	s->busy_since_ms = 0;
	while (chain != NULL) {
		struct node *next = chain->next;
		queue_push(&s->finished, chain);
		chain = next;
	}
	pthread_mutex_unlock(&s->lock);
	wakeup_call(s->wakeup);
}

/* Waits until there is a job, for IDLE_MS when upkeep may be due, or for LOOK_MS while the disk is full. */
static struct node *
next_jobs(struct store *s, bool *ret_stop)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (s->dirty ? IDLE_MS : LOOK_MS) * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&s->lock);
	int rc = 0;
	while (s->todo.first == NULL && !s->stop && rc == 0)
		rc = s->dirty || s->looking ? pthread_cond_timedwait(&s->more, &s->lock, &until) :
		    pthread_cond_wait(&s->more, &s->lock);
	struct node *chain = queue_take(&s->todo, GROUP_MAX);
	if (chain != NULL)
		s->busy_since_ms = monotonic_ms();
	*ret_stop = s->stop && chain == NULL;
	pthread_mutex_unlock(&s->lock);
	return chain;
}

static bool
may_rest(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool may = s->todo.first == NULL && !s->stop;
	pthread_mutex_unlock(&s->lock);
	return may;
}

/* A WAL is only written over when all of it has been moved while nobody writes: when it is too long, we wait for that. */
static void
bound_wal(struct store *s)
{
	struct error err = ERROR_INIT;
	switch (catalogue_wal(s->catalogue)) {
	case WAL_SHORT:
		return;
	case WAL_DUE:
		upkeep_checkpoint(s->upkeep);
		return;
	case WAL_LONG:
		(void)catalogue_checkpoint(s->catalogue, &err);
		room_log(s->room, &s->troubles, "checkpoint", &err);
		return;
	}
}

static void *
store_main(void *arg)
{
	struct store *s = arg;
	bool stop = false;
	while (!stop) {
		notice_damage(s);
		look_for_room(s);	/* there may be one job after another */
		struct node *chain = next_jobs(s, &stop);
		if (chain != NULL) {
			run_jobs(s, chain);
			give_back(s, chain);
			bound_wal(s);
		} else if (!stop) {
			while (may_rest(s) && at_rest(s))
				continue;
		}
	}
	while (s->finish && at_rest(s))
		continue;
	return NULL;
}

/* ---- the loop's side */

static void
tell_room(struct store *s)
{
	bool full = is_full(s), damaged = s->damaged;
	if ((full == s->told_full && damaged == s->told_damaged) || s->room_changed == NULL)
		return;
	s->told_full = full;
	s->told_damaged = damaged;
	s->room_changed(s->room_arg);
}

static void
on_wakeup(void *arg)
{
	struct store *s = arg;
	pthread_mutex_lock(&s->lock);
	struct node *chain = queue_take(&s->finished, SIZE_MAX);
	pthread_mutex_unlock(&s->lock);
	tell_room(s);
	while (chain != NULL) {
		struct node *n = chain;
		chain = n->next;
		s->pending--;
		n->job.done(n->job.arg, &n->commit);
		free(n);
	}
}

struct store *
store_new(struct loop *l, const struct clock *clock, const struct catalogue_options *options, struct room *room,
    struct error *err)
{
	struct store *s = xcalloc(1, sizeof *s);
	s->clock = clock;
	s->room = room;
	s->dirty = true;
	s->keep_removed_ms = options->keep_removed_ms;
	queue_init(&s->todo);
	queue_init(&s->finished);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	s->catalogue = catalogue_open(options, err);
	s->upkeep = s->catalogue ? upkeep_new(options, room, err) : NULL;
	s->wakeup = s->upkeep ? wakeup_new(l, on_wakeup, s, err) : NULL;
	if (s->wakeup != NULL && room != NULL)
		room_on_full(room, on_full, s);
	if (s->wakeup != NULL && thread_start(&s->thread, store_main, s, err) == 0)
		return s;
	if (room != NULL)
		room_on_full(room, NULL, NULL);
	wakeup_free(s->wakeup);
	upkeep_free(s->upkeep, false);
	catalogue_close(s->catalogue);
	free(s);
	return NULL;
}

void
store_stop(struct store *s, int64_t grace_ms)
{
	int64_t until_ms = monotonic_ms() + grace_ms;
	catalogue_stop(s->catalogue, until_ms);
	upkeep_stop(s->upkeep, until_ms);
}

void
store_free(struct store *s, bool finish)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	s->finish = finish;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->room_changed = NULL;
	if (s->room != NULL)
		room_on_full(s->room, NULL, NULL);
	on_wakeup(s);
	wakeup_free(s->wakeup);
	upkeep_free(s->upkeep, finish);
	catalogue_close(s->catalogue);
	said_done(&s->troubles);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
store_submit(struct store *s, struct store_job job)
{
	struct node *n = xcalloc(1, sizeof *n);
	n->job = job;
	s->pending++;
	pthread_mutex_lock(&s->lock);
	queue_push(&s->todo, n);
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

int64_t
store_others(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	int64_t others = monotonic_ms() - s->looked_ms < LOOK_MS ? s->others : 0;
	pthread_mutex_unlock(&s->lock);
	return others;
}

size_t
store_pending(const struct store *s)
{
	return s->pending;
}

int64_t
store_busy_ms(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	int64_t since_ms = s->busy_since_ms;
	pthread_mutex_unlock(&s->lock);
	return since_ms ? monotonic_ms() - since_ms : 0;
}

void
store_on_room(struct store *s, void (*changed)(void *arg), void *arg)
{
	s->room_changed = changed;
	s->room_arg = arg;
}

bool
store_damaged(const struct store *s)
{
	return s->damaged;
}

int64_t
store_full_since(struct store *s)
{
	return s->room != NULL ? room_full_since(s->room) : TIME_NONE;
}

void
store_tell_room(struct store *s, const struct error *err)
{
	if (s->room != NULL)
		room_tell(s->room, err);
}

void
store_log(struct store *s, struct said *said, const char *what, const struct error *err)
{
	room_log(s->room, said, what, err);
}
