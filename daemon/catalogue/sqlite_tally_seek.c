/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into the tally: where rows are that match, how many, and sums for all. */
#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_tally_private.h"

/* Reading a row that does not match costs a fifth of finding the next that does. */
enum { GAP_ROWS = 5 };

bool
tally_seek_init(struct tally_seek *ret, int64_t partner_id, const char *kind, const struct box *box)
{
	*ret = (struct tally_seek){ .partner_id = partner_id, .boxed = box != NULL };
	if (kind != NULL)
		ret->kind = tally_kind((struct text){ kind, strlen(kind) });
	if (ret->kind == KIND_OTHER)
		return false;
	if (box == NULL)
		return true;
	ret->south = tally_quantise(fmax(-90, fmin(90, box->south)));
	ret->west = tally_quantise(fmax(-180, fmin(180, box->west)));
	ret->height = (uint32_t)(tally_quantise(fmax(-90, fmin(90, box->north))) - ret->south);
	ret->width = (uint32_t)tally_quantise(fmax(-180, fmin(180, box->east))) - (uint32_t)ret->west;
	/* Across the antimeridian, and all the way round. */
	if (box->west > box->east && ret->width == 0)
		ret->width = UINT32_MAX;
	return box->south <= box->north;
}

/* Within the box or on its line, or without position. */
static bool
is_within(const struct tally_seek *s, struct point p)
{
	return p.lat == NOWHERE || ((uint32_t)p.lat - (uint32_t)s->south <= s->height &&
	    (uint32_t)p.lon - (uint32_t)s->west <= s->width);
}

static bool
is_on_line(const struct tally_seek *s, struct point p)
{
	uint32_t y = (uint32_t)p.lat - (uint32_t)s->south, x = (uint32_t)p.lon - (uint32_t)s->west;
	return p.lat != NOWHERE && (y == 0 || y == s->height || x == 0 || x == s->width);
}

static bool
matches(const struct tally_seek *s, const struct tally_partner *p, size_t i)
{
	if (s->kind != 0 ? p->kind[i] != s->kind : p->kind[i] == KIND_NONE)
		return false;
	return !s->boxed || is_within(s, p->at[i]);
}

static bool
concerns(const struct tally_seek *s, const struct tally_partner *p)
{
	return !p->hidden && (s->partner_id == 0 || p->id == s->partner_id);
}

/* ---- spans */

struct spans {
	struct span *list;
	size_t n, max;
};

/* False: there is no room for another. */
static bool
add(struct spans *out, int64_t row)
{
	struct span *last = out->n > 0 ? &out->list[out->n - 1] : NULL;
	if (last != NULL && row - last->high <= GAP_ROWS + 1) {
		last->high = row;
		return true;
	}
	if (out->n == out->max)
		return false;
	out->list[out->n++] = (struct span){ row, row };
	return true;
}

/* False: that is enough for now. */
static bool
seek_partner(const struct tally_seek *s, const struct tally_partner *p, struct tally_page *page, struct spans *out)
{
	int64_t base = p->id << ROW_BITS;
	size_t i = page->next_row > base ? (size_t)(page->next_row - base) : 0;
	for (; i < p->n; i++) {
		if (!matches(s, p, i))
			continue;
		if (page->skip > 0) {
			page->skip--;
			continue;
		}
		if (page->want == 0 || !add(out, base + (int64_t)i)) {
			page->next_row = base + (int64_t)i;
			return false;
		}
		page->want--;
	}
	page->next_row = (p->id + 1) << ROW_BITS;
	return true;
}

size_t
tally_spans(struct tally *t, const struct tally_seek *s, struct tally_page *page, struct span *ret, size_t max)
{
	struct spans out = { .list = ret, .max = max };
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->n; i++) {
		const struct tally_partner *p = &t->list[i];
		if ((p->id + 1) << ROW_BITS > page->next_row && concerns(s, p) && !seek_partner(s, p, page, &out))
			break;
	}
	(void)pthread_rwlock_unlock(&t->lock);
	return out.n;
}

/* ---- counting */

struct doubtful {
	int64_t *list;
	size_t n;
};

static void
doubt(struct doubtful *d, int64_t row)
{
	/* A power of two: it is full. */
	if ((d->n & (d->n - 1)) == 0)
		d->list = xrealloc(d->list, d->n > 0 ? d->n * 2 : 1, sizeof *d->list);
	d->list[d->n++] = row;
}

static uint64_t
count_sums(const struct tally_seek *s, const struct tally_partner *p)
{
	uint64_t n = 0;
	for (unsigned kind = KIND_NONE + 1; kind < KINDS; kind++)
		n += s->kind == 0 || s->kind == kind ? p->sums[kind].n : 0;
	return n;
}

static uint64_t
count_box(const struct tally_seek *s, const struct tally_partner *p, struct doubtful *d)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (!matches(s, p, i))
			continue;
		if (is_on_line(s, p->at[i]))
			doubt(d, (p->id << ROW_BITS) + (int64_t)i);
		else
			n++;
	}
	return n;
}

uint64_t
tally_count(struct tally *t, const struct tally_seek *s, int64_t **ret_doubtful, size_t *ret_n)
{
	struct doubtful d = { .n = 0 };
	uint64_t n = 0;
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->n; i++)
		if (concerns(s, &t->list[i]))
			n += s->boxed ? count_box(s, &t->list[i], &d) : count_sums(s, &t->list[i]);
	(void)pthread_rwlock_unlock(&t->lock);
	*ret_doubtful = d.list;
	*ret_n = d.n;
	return n;
}

/* ---- the rest */

int64_t
tally_last_change(struct tally *t, int64_t row)
{
	(void)pthread_rwlock_rdlock(&t->lock);
	const struct tally_partner *p = tally_partner(t, row >> ROW_BITS);
	int64_t change = p != NULL && (uint32_t)row < p->n ? p->change[(uint32_t)row] : 0;
	(void)pthread_rwlock_unlock(&t->lock);
	return change;
}

static struct box
box_of(const struct sum *s)
{
	if (s->low.lat == NOWHERE)
		return (struct box){ (double)NAN, (double)NAN, (double)NAN, (double)NAN };
	/* A position is at or above its number, and below the next. */
	return (struct box){ s->low.lon / TALLY_SCALE, s->low.lat / TALLY_SCALE,
		fmin((s->high.lon + 1.0) / TALLY_SCALE, 180), fmin((s->high.lat + 1.0) / TALLY_SCALE, 90) };
}

static const char *
kind_name(unsigned kind)
{
	return kind == KIND_OTHER ? "" : listing_kinds[kind - 1];
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
