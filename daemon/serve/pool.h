/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that work for a loop: a job is done on one of them, with what that
 * thread has for itself, and its end is told on the loop.
 *
 * Slow jobs never have the last thread: one is always there for quick ones.
 */
#ifndef VIGIE_SERVE_POOL_H
#define VIGIE_SERVE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "net/loop.h"

struct pool;

struct pool_job {			/* embedded in whatever is worked on */
	struct pool_job *next;
	void (*work)(void *own, void *arg);	/* on a thread */
	void (*done)(void *arg);		/* afterwards, on the loop */
	void *arg;
	bool slow;
};

/* `own` has one for each of the `n` threads, two at the least, borrowed. */
struct pool *pool_new(struct loop *l, void **own, size_t n, struct error *err);
/* Jobs that were not begun are not done; those under way are waited for.  No `done` comes any more. */
void pool_free(struct pool *p);		/* takes NULL */
void pool_submit(struct pool *p, struct pool_job *job);
size_t pool_waiting(struct pool *p);	/* jobs that no thread has begun */

#endif
