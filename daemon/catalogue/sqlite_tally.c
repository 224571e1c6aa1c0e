/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tally: kind and position of every listing that is published, in arrays
 * by the row's number within its partner, and their sums.
 *
 * Loaded by one scan, then it follows the change log.  `mutex` is held by who
 * brings it up to date, `lock` by who looks.
 */
#include "catalogue/sqlite_tally.h"

#include <math.h>
#include <pthread.h>

#include "base/buf.h"

enum { KINDS = 16, KIND_NONE = 0, KIND_OTHER = KINDS - 1 };

#define SCALE 1e7		/* of positions: a centimetre */
#define NOWHERE INT32_MIN

struct point {
	int32_t lat, lon;	/* lat NOWHERE: none */
};

struct sum {			/* of a partner and kind */
	uint64_t n;
	struct point low, high;	/* hold all of them; lat NOWHERE: none has a position */
};

struct tally_partner {
	int64_t id;
	char *name;		/* owned */
	bool hidden;		/* nothing of it is published, whatever its rows say */
	unsigned char *kind;	/* KIND_NONE: it is not published */
	struct point *at;
	size_t n;		/* rows below this */
	struct sum sums[KINDS];
	bool loose;		/* the boxes of the sums may be too large */
};

struct tally {
	pthread_mutex_t mutex;
	pthread_rwlock_t lock;
	struct tally_partner *list;	/* by id */
	size_t n;
	struct catalogue_stamp stamp;	/* of the catalogue that it shows */
	bool loaded;
};

struct tally *
tally_new(void)
{
	struct tally *t = xcalloc(1, sizeof *t);
	/* With default attributes neither can fail. */
	(void)pthread_mutex_init(&t->mutex, NULL);
	(void)pthread_rwlock_init(&t->lock, NULL);
	return t;
}

static void
free_partners(struct tally_partner *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].kind);
		free(list[i].at);
	}
	free(list);
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	free_partners(t->list, t->n);
	(void)pthread_mutex_destroy(&t->mutex);
	(void)pthread_rwlock_destroy(&t->lock);
	free(t);
}

/* ---- a row */

static unsigned char
kind_number(struct text kind)
{
	for (unsigned char i = 0; listing_kinds[i] != NULL; i++)
		if (strlen(listing_kinds[i]) == kind.len && memcmp(listing_kinds[i], kind.s, kind.len) == 0)
			return (unsigned char)(i + 1);
	return KIND_OTHER;
}

static const char *
kind_name(unsigned kind)
{
	return kind == KIND_OTHER ? "" : listing_kinds[kind - 1];
}

/* The largest number whose degrees are not more than these: it keeps their order. */
static int32_t
quantise(double degrees)
{
	double q = floor(degrees * SCALE);
	return (int32_t)(q / SCALE > degrees ? q - 1 : q);
}

static struct point
point_of(double lat, double lon)
{
	bool placed = lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180;
	return placed ? (struct point){ quantise(lat), quantise(lon) } : (struct point){ NOWHERE, NOWHERE };
}

static void
widen(struct sum *s, struct point p)
{
	if (p.lat == NOWHERE)
		return;
	if (s->low.lat == NOWHERE) {
		s->low = s->high = p;
		return;
	}
	s->low = (struct point){ p.lat < s->low.lat ? p.lat : s->low.lat, p.lon < s->low.lon ? p.lon : s->low.lon };
	s->high = (struct point){ p.lat > s->high.lat ? p.lat : s->high.lat, p.lon > s->high.lon ? p.lon : s->high.lon };
}

static void
reserve(struct tally_partner *p, size_t n)
{
	if (n <= p->n)
		return;
	n = n > p->n * 2 ? n + 64 : p->n * 2;
	p->kind = xrealloc(p->kind, n, sizeof *p->kind);
	p->at = xrealloc(p->at, n, sizeof *p->at);
	memset(p->kind + p->n, KIND_NONE, n - p->n);
	p->n = n;
}

static void
take(struct tally_partner *p, size_t i, unsigned char kind, struct point at)
{
	reserve(p, i + 1);
	p->kind[i] = kind;
	p->at[i] = at;
	p->sums[kind].n++;
	widen(&p->sums[kind], at);
}

/* ---- loading */

static void
clear_sums(struct tally_partner *p)
{
	for (size_t i = 0; i < KINDS; i++)
		p->sums[i] = (struct sum){ .low = { NOWHERE, NOWHERE } };
}

static struct tally_partner *
new_partners(const struct roster *r)
{
	struct tally_partner *list = xcalloc(r->n + 1, sizeof *list);
	for (size_t i = 0; i < r->n; i++) {
		const struct roster_partner *p = &r->list[i];
		list[i].id = p->id;
		list[i].name = xstrdup(p->partner);
		list[i].hidden = p->withdrawn || p->loading;
		clear_sums(&list[i]);
	}
	return list;
}

static int
scan(struct catalogue *c, struct tally_partner *list, size_t n, struct error *err)
{
	size_t i = 0;
	int rc;
	struct query q = query(c, SQL_TALLY_SCAN);
	while ((rc = row(&q, err)) == 1) {
		int64_t found = column_integer(&q, 0);
		while (i < n && list[i].id < found >> ROW_BITS)
			i++;
		if (i < n && list[i].id == found >> ROW_BITS)
			take(&list[i], (uint32_t)found, kind_number(column_text(&q, 1)),
			    point_of(column_real(&q, 2), column_real(&q, 3)));
	}
	return rc;
}

static int
load(struct tally *t, struct catalogue *c, struct error *err)
{
	size_t n = c->roster.n;
	struct tally_partner *list = new_partners(&c->roster);
	if (scan(c, list, n, err) != 0) {
		free_partners(list, n);
		return -1;
	}
	(void)pthread_rwlock_wrlock(&t->lock);
	free_partners(t->list, t->n);
	t->list = list;
	t->n = n;
	t->stamp = c->roster.stamp;
	t->loaded = true;
	(void)pthread_rwlock_unlock(&t->lock);
	return 0;
}

static int
sync_locked(struct tally *t, struct catalogue *c, struct error *err)
{
	const struct catalogue_stamp *now = &c->roster.stamp;
	if (t->loaded && t->stamp.change == now->change && t->stamp.turn == now->turn)
		return 0;
	return load(t, c, err);
}

int
tally_sync(struct tally *t, struct catalogue *c, struct error *err)
{
	if (roster_read(c, err) != 0)
		return -1;
	(void)pthread_mutex_lock(&t->mutex);
	int rc = sync_locked(t, c, err);
	(void)pthread_mutex_unlock(&t->mutex);
	return rc;
}

/* ---- looking */

static struct box
box_of(const struct sum *s)
{
	if (s->low.lat == NOWHERE)
		return (struct box){ (double)NAN, (double)NAN, (double)NAN, (double)NAN };
	/* A position is at or above its number, and below the next. */
	return (struct box){ s->low.lon / SCALE, s->low.lat / SCALE, fmin((s->high.lon + 1.0) / SCALE, 180),
		fmin((s->high.lat + 1.0) / SCALE, 90) };
}

void
tally_each(struct tally *t, void (*each)(void *arg, const struct tally_entry *e), void *arg)
{
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->n; i++) {
		const struct tally_partner *p = &t->list[i];
		for (unsigned kind = KIND_NONE + 1; kind < KINDS && !p->hidden; kind++)
			if (p->sums[kind].n > 0)
				each(arg, &(struct tally_entry){ p->name, kind_name(kind), p->sums[kind].n, box_of(&p->sums[kind]) });
	}
	(void)pthread_rwlock_unlock(&t->lock);
}
