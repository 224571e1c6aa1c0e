/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host is always in one state, which host_settle() derives from its queue,
 * its places and its budget:
 *
 *	IDLE ──wait──► READY ──next──► FULL        (per_host are served)
 *	  ▲              │  ▲            │
 *	  └──── leave ───┘  └── leave ───┘
 *	                 READY ──► PACED ──timer──► READY   (no budget left)
 *
 * READY hosts stand in one list in the order in which they became ready, and
 * go to its end when one of theirs is served.
 */
#include <xxhash.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/host.h"

enum { MIN_BUCKETS = 16 };
enum { BURST_US = 1000000, MINUTE_US = 60 * 1000000 };

enum host_state { HOST_IDLE, HOST_READY, HOST_FULL, HOST_PACED };

struct host {
	struct hosts *hosts;
	struct host *same_bucket;
	struct host *ready_prev, *ready_next;
	struct turn *first, *last;	/* who waits */
	struct timer *timer;		/* made when the budget first matters */
	int64_t budget_full_us;		/* monotonic; the virtual schedule's next slot */
	uint64_t hash;
	unsigned served;
	enum host_state state;
	char name[];
};

struct hosts {
	struct loop *loop;
	void (*ready)(void *arg);
	void *arg;
	struct host **buckets;
	size_t n_buckets;		/* a power of two */
	size_t n_hosts;
	struct host *ready_first, *ready_last;
	size_t n_ready;
	unsigned per_host;
};

static int64_t
now_us(void)
{
	return monotonic_ms() * 1000;
}

/* The table */

static void
table_resize(struct hosts *hs, size_t n_buckets)
{
	struct host **buckets = xcalloc(n_buckets, sizeof *buckets);
	for (size_t i = 0; i < hs->n_buckets; i++) {
		struct host *next;
		for (struct host *h = hs->buckets[i]; h != NULL; h = next) {
			struct host **to = &buckets[h->hash & (n_buckets - 1)];
			next = h->same_bucket;
			h->same_bucket = *to;
			*to = h;
		}
	}
	free(hs->buckets);
	hs->buckets = buckets;
	hs->n_buckets = n_buckets;
}

static struct host *
host_find_or_make(struct hosts *hs, const char *name)
{
	size_t size = strlen(name) + 1;
	uint64_t hash = XXH3_64bits(name, size - 1);
	struct host *h = hs->buckets[hash & (hs->n_buckets - 1)];
	while (h != NULL && (h->hash != hash || strcmp(h->name, name) != 0))
		h = h->same_bucket;
	if (h != NULL)
		return h;
	if (hs->n_hosts >= hs->n_buckets)
		table_resize(hs, hs->n_buckets * 2);
	h = xcalloc(1, sizeof *h + size);
	memcpy(h->name, name, size);
	h->hosts = hs;
	h->hash = hash;
	struct host **bucket = &hs->buckets[hash & (hs->n_buckets - 1)];
	h->same_bucket = *bucket;
	*bucket = h;
	hs->n_hosts++;
	return h;
}

static void
host_free(struct host *h)
{
	struct hosts *hs = h->hosts;
	struct host **link = &hs->buckets[h->hash & (hs->n_buckets - 1)];
	while (*link != h)
		link = &(*link)->same_bucket;
	*link = h->same_bucket;
	timer_free(h->timer);
	free(h);
	hs->n_hosts--;
	if (hs->n_buckets > MIN_BUCKETS && hs->n_hosts < hs->n_buckets / 8)
		table_resize(hs, hs->n_buckets / 2);
}

/* States */

static void
ready_append(struct host *h)
{
	struct hosts *hs = h->hosts;
	h->ready_prev = hs->ready_last;
	h->ready_next = NULL;
	*(hs->ready_last ? &hs->ready_last->ready_next : &hs->ready_first) = h;
	hs->ready_last = h;
	hs->n_ready++;
}

static void
ready_remove(struct host *h)
{
	struct hosts *hs = h->hosts;
	*(h->ready_prev ? &h->ready_prev->ready_next : &hs->ready_first) = h->ready_next;
	*(h->ready_next ? &h->ready_next->ready_prev : &hs->ready_last) = h->ready_prev;
	hs->n_ready--;
}

static void
host_enter(struct host *h, enum host_state state)
{
	if (h->state == state)
		return;
	if (h->state == HOST_READY)
		ready_remove(h);
	h->state = state;
	if (state == HOST_READY)
		ready_append(h);
}

/* How long until the budget allows one more request. */
static int64_t
budget_wait_us(const struct host *h, unsigned rate_per_minute)
{
	if (rate_per_minute == 0)
		return 0;
	int64_t interval_us = MINUTE_US / (int64_t)rate_per_minute;
	int64_t burst_us = BURST_US > interval_us ? BURST_US - interval_us : 0;
	return h->budget_full_us - burst_us - now_us();
}

static void
budget_spend(struct host *h, unsigned rate_per_minute)
{
	if (rate_per_minute == 0)
		return;
	int64_t now = now_us();
	if (h->budget_full_us < now)
		h->budget_full_us = now;
	h->budget_full_us += MINUTE_US / (int64_t)rate_per_minute;
}

static void look_again(void *arg);

static void
host_look_again(struct host *h, int64_t wait_us)
{
	if (h->timer == NULL)
		h->timer = timer_new(h->hosts->loop, look_again, h);
	timer_start(h->timer, (wait_us + 999) / 1000);
}

/* Puts the host where it belongs; frees it when nothing is left to remember. */
static void
host_settle(struct host *h)
{
	if (h->first == NULL) {
		host_enter(h, HOST_IDLE);
		if (h->served > 0)
			return;
		int64_t wait_us = h->budget_full_us > 0 ? h->budget_full_us - now_us() : 0;
		if (wait_us > 0)
			host_look_again(h, wait_us);
		else
			host_free(h);
		return;
	}
	if (h->served >= h->hosts->per_host) {
		host_enter(h, HOST_FULL);
		return;
	}
	int64_t wait_us = budget_wait_us(h, h->first->rate_per_minute);
	if (wait_us > 0)
		host_look_again(h, wait_us);
	host_enter(h, wait_us > 0 ? HOST_PACED : HOST_READY);
}

static void
look_again(void *arg)
{
	struct host *h = arg;
	struct hosts *hs = h->hosts;
	host_settle(h);
	if (hs->ready_first != NULL)
		hs->ready(hs->arg);
}

/* Turns */

struct hosts *
hosts_new(struct loop *l, unsigned per_host, void (*ready)(void *arg), void *arg)
{
	struct hosts *hs = xcalloc(1, sizeof *hs);
	hs->loop = l;
	hs->ready = ready;
	hs->arg = arg;
	hs->per_host = per_host;
	table_resize(hs, MIN_BUCKETS);
	return hs;
}

void
hosts_free(struct hosts *hs)
{
	if (hs == NULL)
		return;
	for (size_t i = 0; i < hs->n_buckets; i++) {
		struct host *next;
		for (struct host *h = hs->buckets[i]; h != NULL; h = next) {
			next = h->same_bucket;
			timer_free(h->timer);
			free(h);
		}
	}
	free(hs->buckets);
	free(hs);
}

void
hosts_wait(struct hosts *hs, const char *name, unsigned rate_per_minute, struct turn *t)
{
	struct host *h = host_find_or_make(hs, name);
	*t = (struct turn){ .host = h, .prev = h->last, .rate_per_minute = rate_per_minute };
	*(h->last ? &h->last->next : &h->first) = t;
	h->last = t;
	host_settle(h);
}

static void
unqueue(struct host *h, struct turn *t)
{
	*(t->prev ? &t->prev->next : &h->first) = t->next;
	*(t->next ? &t->next->prev : &h->last) = t->prev;
}

size_t
hosts_ready(const struct hosts *hs)
{
	return hs->n_ready;
}

struct turn *
hosts_next(struct hosts *hs)
{
	struct host *h = hs->ready_first;
	if (h == NULL)
		return NULL;
	struct turn *t = h->first;
	unqueue(h, t);
	t->served = true;
	h->served++;
	budget_spend(h, t->rate_per_minute);
	/* Leaves the list, and comes back at its end if it can serve another. */
	host_enter(h, HOST_IDLE);
	host_settle(h);
	return t;
}

void
hosts_leave(struct hosts *hs, struct turn *t)
{
	struct host *h = t->host;
	(void)hs;
	if (h == NULL)
		return;
	if (t->served)
		h->served--;
	else
		unqueue(h, t);
	*t = (struct turn){ 0 };
	host_settle(h);
}
