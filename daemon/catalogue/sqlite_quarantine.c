/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items that could not be read.  Each is kept with its raw bytes, so that it
 * can be read again when the mapping is mended (not those without identifier of
 * a partner of whom a listing was forgotten: sqlite_forget.c); the listing that it would have
 * been counts as present.
 *
 * An item that has an identifier protects that listing.  One that has none may
 * be any listing that vanished when it appeared: `unnamed_ms` is when the
 * youngest of those in this run was first seen, and the absence of a listing
 * last seen before that is not counted (sqlite_removal.c).  An old broken
 * record so protects nothing that went away later.
 */
#include "catalogue/sqlite_merge.h"

#include "base/buf.h"

static int
compare_bad(const void *a, const void *b)
{
	const struct bad_item *x = a, *y = b;
	if (x->hash.low != y->hash.low)
		return x->hash.low < y->hash.low ? -1 : 1;
	return (x->hash.high > y->hash.high) - (x->hash.high < y->hash.high);
}

/* ---- a new seed makes new hashes */

struct rehash {
	int64_t number;
	struct raw_hash hash;
};

static int
write_hash(struct merge *m, const struct rehash *r, struct error *err)
{
	struct query q = query(m->c, SQL_QUARANTINE_REHASH);
	bind_integer(&q, (int64_t)m->report->seed);
	bind_integer(&q, (int64_t)r->hash.low);
	bind_integer(&q, (uint32_t)r->hash.high);
	bind_integer(&q, r->number);
	return run(&q, err);
}

/* What was cut cannot be hashed: it goes when a complete run has not seen it. */
static int
rehash(struct merge *m, struct error *err)
{
	int rc;
	struct rehash *list = NULL;
	size_t n = 0, cap = 0;
	struct query q = query(m->c, SQL_QUARANTINE_OTHER_SEED);
	bind_integer(&q, m->p.id);
	bind_integer(&q, (int64_t)m->report->seed);
	while ((rc = row(&q, err)) == 1) {
		struct text raw = column_blob(&q, 1);
		if (raw.len >= STAGE_RAW_MAX_BYTES)
			continue;
		if (n == cap) {
			cap = cap * 2 + 16;
			list = xrealloc(list, cap, sizeof *list);
		}
		list[n++] = (struct rehash){ column_integer(&q, 0), raw_hash(raw.s ? raw.s : "", raw.len, m->report->seed) };
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = write_hash(m, &list[i], err);
	free(list);
	return rc;
}

int
quarantine_load(struct merge *m, struct error *err)
{
	int rc;
	if ((uint64_t)m->p.seed != m->report->seed && rehash(m, err) != 0)
		return -1;
	size_t cap = 0;
	struct query q = query(m->c, SQL_QUARANTINE_ALL);
	bind_integer(&q, m->p.id);
	while ((rc = row(&q, err)) == 1) {
		if (m->n_bad == cap) {
			cap = cap * 2 + 16;
			m->bad = xrealloc(m->bad, cap, sizeof *m->bad);
		}
		m->bad[m->n_bad++] = (struct bad_item){ .number = column_integer(&q, 0),
			.hash = { (uint64_t)column_integer(&q, 1), (uint64_t)column_integer(&q, 2) } };
	}
	if (m->n_bad > 0)
		qsort(m->bad, m->n_bad, sizeof *m->bad, compare_bad);
	m->bad_stored = m->n_bad;
	return rc;
}

/* First of that hash, or NULL. */
static struct bad_item *
find_bad(const struct merge *m, struct raw_hash hash)
{
	struct bad_item key = { .hash = { hash.low, (uint32_t)hash.high } };
	size_t from = 0, to = m->n_bad;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (compare_bad(&m->bad[middle], &key) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < m->n_bad && compare_bad(&m->bad[from], &key) == 0 ? &m->bad[from] : NULL;
}

void
quarantine_emitted(struct merge *m, struct raw_hash hash)
{
	struct bad_item *b = find_bad(m, hash);
	for (; b != NULL && b < m->bad + m->n_bad && b->hash.low == hash.low && b->hash.high == (uint32_t)hash.high; b++)
		b->emitted = true;
}

static void
unnamed(struct merge *m, int64_t first_seen_ms)
{
	if (first_seen_ms > m->unnamed_ms)
		m->unnamed_ms = first_seen_ms;	/* TIME_NONE is less than all */
}

/* The listing that the item would have been is present, whatever it was; so are
 * those of its places, ITEM/PLACE. */
static int
protect(struct merge *m, struct text id, int64_t first_seen_ms, struct error *err)
{
	if (id.len == 0) {
		unnamed(m, first_seen_ms);
		return 0;
	}
	int rc;
	struct query q = query(m->c, SQL_LISTING_PLACES);
	bind_integer(&q, m->p.id);
	bind_text(&q, id);
	while ((rc = row(&q, err)) == 1)
		rowset_add(&m->present, (uint32_t)(column_integer(&q, 0) - m->base));
	return rc;
}

static int
keep_raw(struct merge *m, int64_t number, struct text raw, struct error *err)
{
	struct query q = query(m->c, SQL_QUARANTINE_RAW_ADD);
	bind_integer(&q, number);
	bind_blob(&q, raw);
	return run(&q, err);
}

static int
keep(struct merge *m, const struct stage_entry *e, int64_t *ret_first_seen_ms, struct error *err)
{
	struct query q = query(m->c, SQL_QUARANTINE_ADD);
	bind_integer(&q, m->p.id);
	bind_integer(&q, (int64_t)m->report->seed);
	bind_integer(&q, (int64_t)e->hash.low);
	bind_integer(&q, (uint32_t)e->hash.high);
	bind_text(&q, e->external_id.s != NULL ? e->external_id : (struct text){ "", 0 });
	bind_text(&q, e->reason);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, m->run);
	if (row(&q, err) != 1)
		return -1;
	int64_t number = column_integer(&q, 0), times = column_integer(&q, 1);
	*ret_first_seen_ms = column_integer(&q, 2);
	finish(&q);
	if (number >= KNOWN_ROW_END)
		return error_set(err, ERROR_LIMIT, "the quarantine has no number left");
	if (times > 1)
		return 0;
	m->bad_stored++;
	/* It may be of somebody who is to be forgotten. */
	return m->forgets && e->external_id.len == 0 ? 0 : keep_raw(m, number, e->raw, err);
}

int
quarantine_add(struct merge *m, const struct stage_entry *e, struct error *err)
{
	int64_t first_seen_ms = m->seen_ms;
	int forgotten = forget_has(m, e->external_id, err);
	if (forgotten != 0)
		return forgotten < 0 ? -1 : 0;
	m->result->quarantined++;
	bool room = m->bad_stored < QUARANTINE_MAX_ITEMS || find_bad(m, e->hash) != NULL;
	if (room && keep(m, e, &first_seen_ms, err) != 0)
		return -1;
	return protect(m, e->external_id, first_seen_ms, err);
}

int
quarantine_seen(struct merge *m, uint32_t number, struct error *err)
{
	m->result->quarantined++;
	struct query q = query(m->c, SQL_QUARANTINE_SEEN);
	bind_integer(&q, m->seen_ms);
	bind_integer(&q, m->run);
	bind_integer(&q, number);
	int rc = row(&q, err);
	if (rc != 1)
		return rc;
	/* A copy: the statement must come to its end before the next one. */
	struct text id = column_text(&q, 0);
	char *copy = xstrndup(id.s, id.len);
	int64_t first_seen_ms = column_integer(&q, 1);
	finish(&q);
	rc = protect(m, (struct text){ copy, id.len }, first_seen_ms, err);
	free(copy);
	return rc;
}

static int
drop(struct merge *m, int64_t number, struct error *err)
{
	struct query q = query(m->c, SQL_QUARANTINE_DROP);
	bind_integer(&q, number);
	bind_integer(&q, m->run);
	return run(&q, err);
}

/* Changes say of an item that it is gone only by what came in its place. */
static int
drop_replaced(struct merge *m, struct error *err)
{
	int rc;
	struct rows replaced = { .n = 0 };
	struct query q = query(m->c, SQL_QUARANTINE_NAMED);
	bind_integer(&q, m->p.id);
	bind_integer(&q, m->run);
	while ((rc = row(&q, err)) == 1) {
		int64_t number = column_integer(&q, 0);
		int decided = merge_decided(m, column_text(&q, 1), err);
		if (decided < 0) {
			finish(&q);
			rc = -1;
			break;
		}
		if (decided == 1)
			rows_add(&replaced, number);
	}
	for (size_t i = 0; rc == 0 && i < replaced.n; i++)
		rc = drop(m, replaced.list[i], err);
	free(replaced.list);
	return rc;
}

int
quarantine_end(struct merge *m, bool whole, struct error *err)
{
	if (m->bad_stored == 0)
		return 0;
	for (size_t i = 0; i < m->n_bad; i++) {
		if (m->bad[i].emitted && drop(m, m->bad[i].number, err) != 0)
			return -1;
	}
	if (!whole)
		return 0;
	if (m->report->changes)
		return drop_replaced(m, err);
	struct query q = query(m->c, SQL_QUARANTINE_DROP_UNSEEN);
	bind_integer(&q, m->p.id);
	bind_integer(&q, m->run);
	return run(&q, err);
}

int
catalogue_quarantine_each(struct catalogue *c, const char *partner, uint64_t seed,
    void (*each)(void *arg, struct raw_hash hash, const char *raw, size_t len), void *arg, struct error *err)
{
	struct partner_row p;
	int rc;
	if (partner_get(c, partner, &p, err) != 0)
		return -1;
	struct query q = query(c, SQL_QUARANTINE_OTHER_SEED);
	bind_integer(&q, p.id);
	bind_integer(&q, (int64_t)seed);
	while ((rc = row(&q, err)) == 1) {
		struct text raw = column_blob(&q, 1);
		const char *s = raw.s != NULL ? raw.s : "";
		if (raw.len < STAGE_RAW_MAX_BYTES)
			each(arg, raw_hash(s, raw.len, seed), s, raw.len);
	}
	return rc;
}
