/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tally: what it knows, and how it is brought up to date.
 *
 * Loaded by one scan, then it follows the change log.  A handle may see an older
 * catalogue than the tally shows: its transaction began before that of the one
 * that brought the tally up to date.  It then leaves it as it is.
 */
#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_reading.h"
#include "catalogue/sqlite_tally_private.h"

enum { FOLLOW_ROWS = 1024 };	/* under one lock */

struct seen_row {		/* as the catalogue has it now */
	int64_t change;		/* 0: not known */
	int64_t row;
	unsigned char kind;
	struct point at;
	double price;
	int32_t capacity;
	int64_t from_ms, to_ms;
	uint32_t text;
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
		free(list[i].lat);
		free(list[i].lon);
		free(list[i].price);
		free(list[i].capacity);
		free(list[i].from_ms);
		free(list[i].to_ms);
		free(list[i].change);
		free(list[i].text);
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

unsigned char
tally_kind(struct text kind)
{
	for (unsigned char i = 0; kind.s != NULL && listing_kinds[i] != NULL; i++)
		if (strlen(listing_kinds[i]) == kind.len && memcmp(listing_kinds[i], kind.s, kind.len) == 0)
			return (unsigned char)(i + 1);
	return KIND_OTHER;
}

int32_t
tally_quantise(double degrees)
{
	double q = floor(degrees * TALLY_SCALE);
	return (int32_t)(q / TALLY_SCALE > degrees ? q - 1 : q);
}

static struct point
point_of(double lat, double lon)
{
	bool placed = lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180;
	return placed ? (struct point){ tally_quantise(lat), tally_quantise(lon) } : (struct point){ NOWHERE, NOWHERE };
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

static bool
on_edge(const struct sum *s, struct point p)
{
	return p.lat != NOWHERE && (p.lat == s->low.lat || p.lat == s->high.lat || p.lon == s->low.lon || p.lon == s->high.lon);
}

static void
clear_boxes(struct tally_partner *p)
{
	for (size_t i = 0; i < KINDS; i++)
		p->sums[i].low = p->sums[i].high = (struct point){ NOWHERE, NOWHERE };
}

static void
tighten(struct tally_partner *p)
{
	if (!p->loose)
		return;
	p->loose = false;
	clear_boxes(p);
	for (size_t i = 0; i < p->n; i++)
		if (p->kind[i] != KIND_NONE)
			widen(&p->sums[p->kind[i]], (struct point){ p->lat[i], p->lon[i] });
}

/* All arrays are read in blocks, whatever they hold. */
#define LONGER(array) do { \
		(array) = xrealloc((array), cap, sizeof *(array)); \
		memset((array) + p->n, 0, (cap - p->n) * sizeof *(array)); \
	} while (0)

static void
reserve(struct tally_partner *p, size_t n)
{
	if (n <= p->n)
		return;
	size_t more = p->n + p->n / 8 + 64, cap = n > more ? n : more;
	LONGER(p->kind);	/* KIND_NONE */
	LONGER(p->lat);
	LONGER(p->lon);
	LONGER(p->price);
	LONGER(p->capacity);
	LONGER(p->from_ms);
	LONGER(p->to_ms);
	LONGER(p->change);
	LONGER(p->text);
	p->n = cap;
}

/* The row's number within its partner. */
static size_t
local(int64_t row)
{
	return (uint32_t)row;
}

static void
put(struct tally_partner *p, const struct seen_row *r)
{
	size_t i = local(r->row);
	reserve(p, i + 1);
	unsigned char was = p->kind[i];
	if (was != KIND_NONE) {
		p->sums[was].n--;
		p->loose = p->loose || on_edge(&p->sums[was], (struct point){ p->lat[i], p->lon[i] });
	}
	p->kind[i] = r->kind;
	p->lat[i] = r->at.lat;
	p->lon[i] = r->at.lon;
	p->price[i] = r->price;
	p->capacity[i] = r->capacity;
	p->from_ms[i] = r->from_ms;
	p->to_ms[i] = r->to_ms;
	p->text[i] = r->text;
	if (r->change > p->change[i])
		p->change[i] = r->change;
	if (r->kind != KIND_NONE) {
		p->sums[r->kind].n++;
		widen(&p->sums[r->kind], r->at);
	}
}

/* ---- partners */

struct tally_partner *
tally_partner(const struct tally *t, int64_t id)
{
	size_t low = 0, high = t->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (t->list[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->n && t->list[low].id == id ? &t->list[low] : NULL;
}

/* New ones come in, and what is hidden is known again.  None ever goes. */
static void
take_partners(struct tally *t, const struct roster *r)
{
	struct tally_partner *list = xcalloc(r->n + 1, sizeof *list);
	for (size_t i = 0; i < r->n; i++) {
		const struct roster_partner *p = &r->list[i];
		struct tally_partner *old = tally_partner(t, p->id);
		if (old != NULL) {
			list[i] = *old;
		} else {
			list[i] = (struct tally_partner){ .id = p->id, .name = xstrdup(p->partner) };
			clear_boxes(&list[i]);
		}
		list[i].hidden = p->withdrawn || p->loading;
	}
	free(t->list);
	t->list = list;
	t->n = r->n;
}

/* Kind, latitude, longitude, price, capacity and properties, from this column on. */
static void
take_columns(const struct query *q, int column, const struct zone *zone, struct seen_row *r)
{
	int64_t capacity = column_time(q, column + 4);
	r->kind = tally_kind(column_text(q, column));
	r->at = point_of(column_real(q, column + 1), column_real(q, column + 2));
	r->price = column_real(q, column + 3);
	r->capacity = capacity == TIME_NONE ? NO_CAPACITY : capacity > INT32_MAX ? INT32_MAX : (int32_t)capacity;
	reading_dates(column_text(q, column + 5).s, zone, &r->from_ms, &r->to_ms);
}

/* ---- loading */

static int
scan_listings(struct catalogue *c, struct tally *t, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_TALLY_LISTINGS);
	while ((rc = row(&q, err)) == 1) {
		struct seen_row r = { .row = column_integer(&q, 0) };
		take_columns(&q, 1, &c->zone, &r);
		struct tally_partner *p = tally_partner(t, r.row >> ROW_BITS);
		if (p != NULL)
			put(p, &r);
	}
	return rc;
}

/* One number for each row. */
static int
scan_numbers(struct catalogue *c, struct tally *t, enum sql sql, void (*set)(struct tally_partner *p, size_t i, int64_t v),
    struct error *err)
{
	int rc;
	struct tally_partner *p = NULL;
	struct query q = query(c, sql);
	while ((rc = row(&q, err)) == 1) {
		int64_t found = column_integer(&q, 0);
		if (p == NULL || p->id != found >> ROW_BITS)
			p = tally_partner(t, found >> ROW_BITS);
		if (p == NULL)
			continue;
		reserve(p, local(found) + 1);
		set(p, local(found), column_integer(&q, 1));
	}
	return rc;
}

static void
set_change(struct tally_partner *p, size_t i, int64_t change)
{
	p->change[i] = change;
}

static void
set_text(struct tally_partner *p, size_t i, int64_t text)
{
	p->text[i] = (uint32_t)text;
}

/* Once for all, where a million rows would make them longer again and again. */
static int
reserve_all(struct catalogue *c, struct tally *t, struct error *err)
{
	for (size_t i = 0; i < t->n; i++) {
		struct query q = query(c, SQL_ROW_NUMBER);
		bind_integer(&q, t->list[i].id << ROW_BITS);
		bind_integer(&q, ((t->list[i].id + 1) << ROW_BITS) - 1);
		if (row(&q, err) != 1)
			return -1;
		reserve(&t->list[i], local(column_integer(&q, 0)) + 1);
		finish(&q);
	}
	return 0;
}

static int
scan(struct catalogue *c, struct tally *t, struct error *err)
{
	if (reserve_all(c, t, err) != 0)
		return -1;
	if (scan_listings(c, t, err) != 0 || scan_numbers(c, t, SQL_TALLY_TEXTS, set_text, err) != 0)
		return -1;
	return scan_numbers(c, t, SQL_TALLY_CHANGES, set_change, err);
}

static int
load(struct tally *t, struct catalogue *c, struct error *err)
{
	struct tally fresh = { .n = 0 };
	take_partners(&fresh, &c->roster);
	if (scan(c, &fresh, err) != 0) {
		free_partners(fresh.list, fresh.n);
		return -1;
	}
	(void)pthread_rwlock_wrlock(&t->lock);
	free_partners(t->list, t->n);
	t->list = fresh.list;
	t->n = fresh.n;
	(void)pthread_rwlock_unlock(&t->lock);
	return 0;
}

/* ---- following */

static void
apply(struct tally *t, const struct seen_row *list, size_t n)
{
	(void)pthread_rwlock_wrlock(&t->lock);
	for (size_t i = 0; i < n; i++) {
		struct tally_partner *p = tally_partner(t, list[i].row >> ROW_BITS);
		if (p != NULL)
			put(p, &list[i]);
	}
	(void)pthread_rwlock_unlock(&t->lock);
}

static int
follow_changes(struct tally *t, struct catalogue *c, struct error *err)
{
	struct seen_row *list = xmalloc(FOLLOW_ROWS * sizeof *list);
	size_t n = 0;
	int rc;
	struct query q = query(c, SQL_TALLY_FOLLOW);
	bind_integer(&q, t->last.change);
	while ((rc = row(&q, err)) == 1) {
		struct seen_row *r = &list[n++];
		*r = (struct seen_row){ .change = column_integer(&q, 0), .row = column_integer(&q, 1),
			.text = (uint32_t)column_integer(&q, 3) };
		take_columns(&q, 4, &c->zone, r);
		if (column_integer(&q, 2) == 0)
			r->kind = KIND_NONE;
		if (n == FOLLOW_ROWS) {
			apply(t, list, n);
			n = 0;
		}
	}
	apply(t, list, n);
	free(list);
	return rc;
}

static int
follow(struct tally *t, struct catalogue *c, struct error *err)
{
	if (t->stamp.turn != c->roster.stamp.turn) {
		(void)pthread_rwlock_wrlock(&t->lock);
		take_partners(t, &c->roster);
		(void)pthread_rwlock_unlock(&t->lock);
	}
	return t->stamp.change != c->roster.stamp.change ? follow_changes(t, c, err) : 0;
}

/* ---- bringing it up to date */

static int
read_last(struct catalogue *c, int64_t change, struct last_change *ret, struct error *err)
{
	struct query q = query(c, SQL_TALLY_LAST);
	bind_integer(&q, change);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	*ret = (struct last_change){ .change = 0 };
	if (rc == 1) {
		*ret = (struct last_change){ change, column_integer(&q, 0), column_integer(&q, 1), column_integer(&q, 2) };
		finish(&q);
	}
	return 0;
}

/* The change up to which it is known is still there: neither was it pruned, nor is this another catalogue. */
static int
can_follow(const struct tally *t, struct catalogue *c, bool *ret, struct error *err)
{
	struct last_change there;
	if (read_last(c, t->last.change, &there, err) != 0)
		return -1;
	*ret = t->loaded && memcmp(&there, &t->last, sizeof there) == 0 && c->roster.stamp.turn >= t->stamp.turn;
	return 0;
}

static int
advance(struct tally *t, struct catalogue *c, struct error *err)
{
	bool known;
	struct last_change last;
	if (can_follow(t, c, &known, err) != 0 || read_last(c, c->roster.stamp.change, &last, err) != 0 ||
	    (known ? follow(t, c, err) : load(t, c, err)) != 0)
		return -1;
	(void)pthread_rwlock_wrlock(&t->lock);
	for (size_t i = 0; i < t->n; i++)
		tighten(&t->list[i]);
	t->stamp = c->roster.stamp;
	t->last = last;
	t->loaded = true;
	t->synced_ms = monotonic_ms();
	(void)pthread_rwlock_unlock(&t->lock);
	return 0;
}

/* What `c` sees may be from before the tally was brought to where it is. */
static bool
is_ahead(const struct tally *t, const struct catalogue *c)
{
	const struct catalogue_stamp *now = &c->roster.stamp;
	int64_t since_ms = c->read_since_ms != 0 ? c->read_since_ms : monotonic_ms();
	return t->loaded && (now->change < t->stamp.change || now->turn < t->stamp.turn) && since_ms <= t->synced_ms;
}

static int
sync_locked(struct tally *t, struct catalogue *c, struct error *err)
{
	const struct catalogue_stamp *now = &c->roster.stamp;
	if (t->loaded && t->stamp.change == now->change && t->stamp.turn == now->turn)
		return 0;
	if (is_ahead(t, c))
		return 0;
	/* All of it from one instant. */
	if (step_begin_read(c, err) != 0)
		return -1;
	/* A question may be given up; if this were, none would ever be answered. */
	int64_t deadline_ms = c->deadline_ms;
	catalogue_deadline(c, 0);
	int rc = roster_read(c, err) == 0 ? advance(t, c, err) : -1;
	catalogue_deadline(c, deadline_ms);
	return step_end(c, rc, err);
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
