/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into the tally: where rows are that match, how many, and sums for all. */
#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_tally_private.h"

/* Reading a row that does not match costs a fifth of finding the next that does. */
enum { GAP_ROWS = 5 };

enum { BLOCK_ROWS = 256 };	/* looked at together: what a compiler makes of it is several times as fast */

/* What can be said of a row. */
enum { MATCHES_NOT = 0, MATCHES_PERHAPS = 1, MATCHES = 2 };

static bool
set_box(struct tally_seek *s, const struct box *box)
{
	s->boxed = true;
	s->south = (uint32_t)tally_quantise(fmax(-90, fmin(90, box->south)));
	s->west = (uint32_t)tally_quantise(fmax(-180, fmin(180, box->west)));
	s->height = (uint32_t)tally_quantise(fmax(-90, fmin(90, box->north))) - s->south;
	s->width = (uint32_t)tally_quantise(fmax(-180, fmin(180, box->east))) - s->west;
	/* Across the antimeridian, and all the way round. */
	if (box->west > box->east && s->width == 0)
		s->width = UINT32_MAX;
	return box->south <= box->north;
}

bool
tally_seek_init(struct tally_seek *ret, int64_t partner_id, const struct reading_filter *f)
{
	*ret = (struct tally_seek){ .partner_id = partner_id, .kind = KIND_NONE + 1, .kinds = KINDS - KIND_NONE - 2,
		.priced = !isnan(f->price_min) || !isnan(f->price_max), .held = f->capacity_min != 0,
		.dated = f->from_ms != TIME_NONE || f->to_ms != TIME_NONE };
	if (f->kind != NULL) {
		ret->kind = tally_kind((struct text){ f->kind, strlen(f->kind) });
		ret->kinds = 0;
	}
	ret->price_min = isnan(f->price_min) ? -(double)INFINITY : f->price_min;
	ret->price_max = isnan(f->price_max) ? (double)INFINITY : f->price_max;
	ret->capacity_min = f->capacity_min > INT32_MAX ? INT32_MAX : f->capacity_min < 0 ? 0 : (int32_t)f->capacity_min;
	ret->from_ms = f->from_ms;	/* TIME_NONE is INT64_MIN */
	ret->to_ms = f->to_ms == TIME_NONE ? INT64_MAX : f->to_ms;
	return (f->box == NULL || set_box(ret, f->box)) && ret->kind != KIND_OTHER;
}

static bool
concerns(const struct tally_seek *s, const struct tally_partner *p)
{
	return !p->hidden && (s->partner_id == 0 || p->id == s->partner_id);
}

/* ---- a block of rows */

static void
look_at_kinds(const struct tally_seek *s, const unsigned char *kind, size_t n, unsigned char *restrict out)
{
	const unsigned char first = s->kind, more = s->kinds;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(kind[i] - first) <= more ? MATCHES : MATCHES_NOT;
}

/* A row on a line of the box is in it perhaps; one without position, for certain. */
static void
look_at_box(const struct tally_seek *s, const int32_t *lat, const int32_t *lon, size_t n, unsigned char *restrict out)
{
	const uint32_t south = s->south, west = s->west, height = s->height, width = s->width;
	const uint32_t inner_height = height > 0 ? height - 1 : 0, inner_width = width > 0 ? width - 1 : 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t y = (uint32_t)lat[i] - south, x = (uint32_t)lon[i] - west;
		uint32_t within = (y <= height) & (x <= width);
		uint32_t inner = (y - 1 < inner_height) & (x - 1 < inner_width);
		uint32_t say = lat[i] == NOWHERE ? MATCHES : within + (within & inner);
		out[i] = (unsigned char)(out[i] != MATCHES_NOT ? say : MATCHES_NOT);
	}
}

static void
look_at_prices(const struct tally_seek *s, const double *price, size_t n, unsigned char *restrict out)
{
	const double low = s->price_min, high = s->price_max;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(((price[i] >= low) & (price[i] <= high)) != 0 ? out[i] : MATCHES_NOT);
}

static void
look_at_capacities(const struct tally_seek *s, const int32_t *capacity, size_t n, unsigned char *restrict out)
{
	const int32_t least = s->capacity_min;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(capacity[i] >= least ? out[i] : MATCHES_NOT);
}

static void
look_at_dates(const struct tally_seek *s, const int64_t *from_ms, const int64_t *to_ms, size_t n, unsigned char *restrict out)
{
	const int64_t from = s->from_ms, to = s->to_ms;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(((from_ms[i] <= to) & (to_ms[i] >= from)) != 0 ? out[i] : MATCHES_NOT);
}

static void
look_at_texts(const struct tally_seek *s, const uint32_t *text, size_t n, unsigned char *out)
{
	for (size_t i = 0; i < n; i++)
		if (out[i] != MATCHES_NOT && (text[i] > s->last_text || !rowset_has(s->texts, text[i])))
			out[i] = MATCHES_NOT;
}

/* What can be said of the `n` rows from `from` on. */
static void
look(const struct tally_seek *s, const struct tally_partner *p, size_t from, size_t n, unsigned char out[BLOCK_ROWS])
{
	look_at_kinds(s, p->kind + from, n, out);
	if (s->boxed)
		look_at_box(s, p->lat + from, p->lon + from, n, out);
	if (s->priced)
		look_at_prices(s, p->price + from, n, out);
	if (s->held)
		look_at_capacities(s, p->capacity + from, n, out);
	if (s->dated)
		look_at_dates(s, p->from_ms + from, p->to_ms + from, n, out);
	if (s->texts != NULL)
		look_at_texts(s, p->text + from, n, out);
}

static size_t
block_rows(const struct tally_partner *p, size_t from)
{
	return p->n - from < BLOCK_ROWS ? p->n - from : BLOCK_ROWS;
}

static size_t
count_of(const unsigned char *out, size_t n, unsigned char what)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++)
		found += out[i] == what;
	return found;
}

/* ---- spans */

struct spans {
	struct span *list;
	size_t n, max;
	int64_t gap;		/* rows that may stand between */
};

/* False: there is no room for another. */
static bool
add(struct spans *out, int64_t row)
{
	struct span *last = out->n > 0 ? &out->list[out->n - 1] : NULL;
	if (last != NULL && row - last->high <= out->gap + 1) {
		last->high = row;
		return true;
	}
	if (out->n == out->max)
		return false;
	out->list[out->n++] = (struct span){ row, row };
	return true;
}

/* The place in the block at which there is enough for now; `n`: nowhere. */
static size_t
take_block(const unsigned char *found, size_t n, int64_t row, struct tally_page *page, struct spans *out)
{
	for (size_t i = 0; i < n; i++) {
		if (found[i] == MATCHES_NOT)
			continue;
		if (page->skip > 0) {
			page->skip--;
			continue;
		}
		if (page->want == 0 || !add(out, row + (int64_t)i))
			return i;
		page->want--;
	}
	return n;
}

/* False: that is enough for now. */
static bool
seek_partner(const struct tally_seek *s, const struct tally_partner *p, struct tally_page *page, struct spans *out)
{
	int64_t base = p->id << ROW_BITS;
	size_t from = page->next_row > base ? (size_t)(page->next_row - base) : 0, n;
	for (; from < p->n; from += n) {
		unsigned char found[BLOCK_ROWS];
		n = block_rows(p, from);
		look(s, p, from, n, found);
		size_t matching = n - count_of(found, n, MATCHES_NOT);
		if (matching <= page->skip) {
			page->skip -= matching;
			continue;
		}
		size_t end = take_block(found, n, base + (int64_t)from, page, out);
		if (end < n) {
			page->next_row = base + (int64_t)(from + end);
			return false;
		}
	}
	page->next_row = (p->id + 1) << ROW_BITS;
	return true;
}

size_t
tally_spans(struct tally *t, const struct tally_seek *s, struct tally_page *page, struct span *ret, size_t max)
{
	/* Of all that is asked for, only a text is not tested again by who reads the row. */
	struct spans out = { .list = ret, .max = max, .gap = s->texts == NULL ? GAP_ROWS : 0 };
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->n; i++) {
		const struct tally_partner *p = &t->list[i];
		if ((p->id + 1) << ROW_BITS > page->next_row && concerns(s, p) && !seek_partner(s, p, page, &out))
			break;
	}
	(void)pthread_rwlock_unlock(&t->lock);
	return out.n;
}

bool
tally_may_match(struct tally *t, const struct tally_seek *s, int64_t row)
{
	(void)pthread_rwlock_rdlock(&t->lock);
	const struct tally_partner *p = tally_partner(t, row >> ROW_BITS);
	unsigned char found[BLOCK_ROWS] = { MATCHES_NOT };
	if (p != NULL && concerns(s, p) && (uint32_t)row < p->n)
		look(s, p, (uint32_t)row, 1, found);
	(void)pthread_rwlock_unlock(&t->lock);
	return found[0] != MATCHES_NOT;
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

/* Than partner and kind. */
static bool
asks_for_more(const struct tally_seek *s)
{
	return s->boxed || s->priced || s->held || s->dated || s->texts != NULL;
}

static uint64_t
count_sums(const struct tally_seek *s, const struct tally_partner *p)
{
	uint64_t n = 0;
	for (unsigned kind = s->kind; kind < KINDS; kind++)
		n += kind - s->kind <= s->kinds ? p->sums[kind].n : 0;
	return n;
}

static uint64_t
count_rows(const struct tally_seek *s, const struct tally_partner *p, struct doubtful *d)
{
	uint64_t sum = 0;
	size_t n;
	for (size_t from = 0; from < p->n; from += n) {
		unsigned char found[BLOCK_ROWS];
		n = block_rows(p, from);
		look(s, p, from, n, found);
		sum += count_of(found, n, MATCHES);
		for (size_t i = 0; s->boxed && i < n; i++)
			if (found[i] == MATCHES_PERHAPS)
				doubt(d, (p->id << ROW_BITS) + (int64_t)(from + i));
	}
	return sum;
}

uint64_t
tally_count(struct tally *t, const struct tally_seek *s, int64_t **ret_doubtful, size_t *ret_n)
{
	struct doubtful d = { .n = 0 };
	uint64_t n = 0;
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->n; i++)
		if (concerns(s, &t->list[i]))
			n += asks_for_more(s) ? count_rows(s, &t->list[i], &d) : count_sums(s, &t->list[i]);
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
