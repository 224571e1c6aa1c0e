/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/upkeep.h"

#include <malloc.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/thread.h"

enum { SLICE = 20000, QUIET_S = 2 };

struct upkeep {
	struct catalogue *catalogue;
	struct room *room;		/* NULL */
	bool search;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool index, checkpoint;		/* to be done */
	struct said troubles;		/* by the thread */
	bool unmerged;			/* by the thread: the index has parts to merge when it is quiet */
	bool stop, finish;
};

/* Until there is work, or a quiet time to merge; false: it is time to stop. */
static bool
wait_for_work(struct upkeep *u)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += QUIET_S;
	pthread_mutex_lock(&u->lock);
	int rc = 0;
	while (!u->index && !u->checkpoint && !u->stop && rc == 0)
		rc = u->unmerged ? pthread_cond_timedwait(&u->more, &u->lock, &until) :
		    pthread_cond_wait(&u->more, &u->lock);
	bool go_on = !u->stop || (u->finish && u->index);
	pthread_mutex_unlock(&u->lock);
	return go_on;
}

static bool
take(struct upkeep *u, bool *task)
{
	pthread_mutex_lock(&u->lock);
	bool is_set = *task && (!u->stop || u->finish);
	*task = false;
	pthread_mutex_unlock(&u->lock);
	return is_set;
}

static void
checkpoint(struct upkeep *u)
{
	struct error err = ERROR_INIT;
	if (!take(u, &u->checkpoint))
		return;
	(void)catalogue_checkpoint(u->catalogue, &err);
	room_log(u->room, &u->troubles, "checkpoint", &err);
}

static void
feed_index(struct upkeep *u)
{
	struct error err = ERROR_INIT;
	uint64_t left = 1;
	while (left > 0 && take(u, &u->index)) {
		int rc = catalogue_index(u->catalogue, SLICE, &left, &err);
		room_log(u->room, &u->troubles, "search index", &err);
		if (rc != 0)
			return;
		if (left > 0)
			upkeep_index(u);
		u->unmerged = true;
		checkpoint(u);
	}
	catalogue_rest(u->catalogue);
	(void)malloc_trim(0);
}

static bool
is_quiet(struct upkeep *u)
{
	pthread_mutex_lock(&u->lock);
	bool quiet = !u->index && !u->checkpoint && !u->stop;
	pthread_mutex_unlock(&u->lock);
	return quiet;
}

static void
merge_index(struct upkeep *u)
{
	struct error err = ERROR_INIT;
	while (u->unmerged && is_quiet(u)) {
		if (catalogue_index_merge(u->catalogue, &u->unmerged, &err) == 0)
			continue;
		room_log(u->room, &u->troubles, "search index", &err);
		u->unmerged = false;
	}
	catalogue_rest(u->catalogue);
	(void)malloc_trim(0);
}

static void *
upkeep_main(void *arg)
{
	struct upkeep *u = arg;
	while (wait_for_work(u)) {
		if (is_quiet(u))
			merge_index(u);
		checkpoint(u);
		if (u->search)
			feed_index(u);
	}
	return NULL;
}

struct upkeep *
upkeep_new(const struct catalogue_options *options, struct room *room, struct error *err)
{
	struct upkeep *u = xcalloc(1, sizeof *u);
	u->room = room;
	u->search = u->index = options->search;
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->more, NULL);
	u->catalogue = catalogue_open(options, err);
	if (u->catalogue != NULL && thread_start(&u->thread, upkeep_main, u, err) == 0)
		return u;
	catalogue_close(u->catalogue);
	free(u);
	return NULL;
}

static void
set(struct upkeep *u, bool *flag)
{
	pthread_mutex_lock(&u->lock);
	*flag = true;
	pthread_cond_signal(&u->more);
	pthread_mutex_unlock(&u->lock);
}

void
upkeep_index(struct upkeep *u)
{
	if (u->search)
		set(u, &u->index);
}

void
upkeep_checkpoint(struct upkeep *u)
{
	set(u, &u->checkpoint);
}

void
upkeep_stop(struct upkeep *u, int64_t monotonic_ms)
{
	catalogue_stop(u->catalogue, monotonic_ms);
}

void
upkeep_free(struct upkeep *u, bool finish)
{
	if (u == NULL)
		return;
	if (finish)
		set(u, &u->finish);
	set(u, &u->stop);
	pthread_join(u->thread, NULL);
	catalogue_close(u->catalogue);
	said_done(&u->troubles);
	pthread_cond_destroy(&u->more);
	pthread_mutex_destroy(&u->lock);
	free(u);
}
