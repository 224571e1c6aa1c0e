/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/pool.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/thread.h"

struct chain {
	struct pool_job *first, **last;
};

struct worker {
	struct pool *pool;
	pthread_t thread;
	void *own;
};

struct pool {
	struct worker *workers;
	size_t n, waiting;
	size_t slow, slow_max;		/* slow jobs at work, and how many may be */
	bool slow_next;			/* when both kinds wait: their turn */
	struct wakeup *wakeup;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct chain quick, slow_ones, finished;
	bool stop;
};

static void
push(struct chain *c, struct pool_job *job)
{
	job->next = NULL;
	*c->last = job;
	c->last = &job->next;
}

static struct pool_job *
shift(struct chain *c)
{
	struct pool_job *job = c->first;
	c->first = job->next;
	if (c->first == NULL)
		c->last = &c->first;
	return job;
}

/* The next job that may be begun now, NULL: there is none.  Those of both kinds wait no longer than the others. */
static struct pool_job *
next_job(struct pool *p)
{
	bool slow = p->slow_ones.first != NULL && p->slow < p->slow_max;
	if (p->quick.first == NULL && !slow)
		return NULL;
	if (p->quick.first != NULL && slow)
		slow = p->slow_next = !p->slow_next;
	p->waiting--;
	p->slow += slow;
	return shift(slow ? &p->slow_ones : &p->quick);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		struct pool_job *job = next_job(p);
		if (job == NULL) {
			(void)pthread_cond_wait(&p->more, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		job->work(w->own, job->arg);
		pthread_mutex_lock(&p->lock);
		p->slow -= job->slow;
		bool wake = p->finished.first == NULL;
		push(&p->finished, job);
		if (!wake)
			continue;
		/* Whoever is woken wants the lock at once. */
		pthread_mutex_unlock(&p->lock);
		wakeup_call(p->wakeup);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
on_finished(void *arg)
{
	struct pool *p = arg;
	pthread_mutex_lock(&p->lock);
	struct pool_job *job = p->finished.first;
	p->finished = (struct chain){ NULL, &p->finished.first };
	pthread_mutex_unlock(&p->lock);
	while (job != NULL) {
		struct pool_job *next = job->next;
		job->done(job->arg);
		job = next;
	}
}

void
pool_submit(struct pool *p, struct pool_job *job)
{
	pthread_mutex_lock(&p->lock);
	push(job->slow ? &p->slow_ones : &p->quick, job);
	p->waiting++;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_signal(&p->more);
}

size_t
pool_waiting(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	size_t n = p->waiting;
	pthread_mutex_unlock(&p->lock);
	return n;
}

struct pool *
pool_new(struct loop *l, void **own, size_t n, struct error *err)
{
	struct pool *p = xcalloc(1, sizeof *p);
	p->quick.last = &p->quick.first;
	p->slow_ones.last = &p->slow_ones.first;
	p->finished.last = &p->finished.first;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->more, NULL);
	p->slow_max = n - 1;
	p->wakeup = wakeup_new(l, on_finished, p, err);
	p->workers = xcalloc(n, sizeof *p->workers);
	while (p->wakeup != NULL && p->n < n) {
		struct worker *w = &p->workers[p->n];
		*w = (struct worker){ .pool = p, .own = own[p->n] };
		if (thread_start(&w->thread, work, w, err) != 0)
			break;
		p->n++;
	}
	if (p->n == n)
		return p;
	pool_free(p);
	return NULL;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n; i++)
		(void)pthread_join(p->workers[i].thread, NULL);
	wakeup_free(p->wakeup);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p->workers);
	free(p);
}
