/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/indexer.h"

#include <malloc.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/log.h"

enum { SLICE = 20000 };

struct indexer {
	struct catalogue *catalogue;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool woken, stop, finish;
};

/* Until there are new texts; false: it is time to stop. */
static bool
wait_for_texts(struct indexer *x)
{
	pthread_mutex_lock(&x->lock);
	while (!x->woken && !x->stop)
		pthread_cond_wait(&x->more, &x->lock);
	bool go_on = !x->stop || (x->finish && x->woken);
	x->woken = false;
	pthread_mutex_unlock(&x->lock);
	return go_on;
}

static bool
may_go_on(struct indexer *x)
{
	pthread_mutex_lock(&x->lock);
	bool may = !x->stop || x->finish;
	pthread_mutex_unlock(&x->lock);
	return may;
}

static void
feed(struct indexer *x)
{
	struct error err = ERROR_INIT;
	uint64_t left = 1;
	while (left > 0 && may_go_on(x)) {
		if (catalogue_index(x->catalogue, SLICE, &left, &err) == 0)
			continue;
		log_error("search index: %s", err.text);
		return;
	}
}

static void *
indexer_main(void *arg)
{
	struct indexer *x = arg;
	while (wait_for_texts(x)) {
		feed(x);
		catalogue_rest(x->catalogue);
		(void)malloc_trim(0);
	}
	return NULL;
}

struct indexer *
indexer_new(const struct catalogue_options *options, struct error *err)
{
	struct indexer *x = xcalloc(1, sizeof *x);
	x->woken = true;
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->more, NULL);
	x->catalogue = catalogue_open(options, err);
	if (x->catalogue != NULL && pthread_create(&x->thread, NULL, indexer_main, x) == 0)
		return x;
	error_set(err, ERROR_SYSTEM, "the thread of the search index cannot be started");
	catalogue_close(x->catalogue);
	free(x);
	return NULL;
}

void
indexer_wake(struct indexer *x)
{
	pthread_mutex_lock(&x->lock);
	x->woken = true;
	pthread_cond_signal(&x->more);
	pthread_mutex_unlock(&x->lock);
}

void
indexer_free(struct indexer *x, bool finish)
{
	if (x == NULL)
		return;
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	x->finish = finish;
	pthread_cond_signal(&x->more);
	pthread_mutex_unlock(&x->lock);
	pthread_join(x->thread, NULL);
	catalogue_close(x->catalogue);
	pthread_cond_destroy(&x->more);
	pthread_mutex_destroy(&x->lock);
	free(x);
}
