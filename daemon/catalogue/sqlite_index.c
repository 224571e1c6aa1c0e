/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The full-text index follows the change log.
 *
 * META_INDEXED is how far it has come.  trace.text_change is the change that
 * brought a listing's present text, so the index holds exactly the texts of
 * the present listings whose text_change is not above META_INDEXED: a merge
 * takes out what it changes if it was in, and puts nothing in; the slices
 * below put in what is above, each text once, at the change that brought it.
 */
#include "catalogue/sqlite_catalogue.h"

enum {
	SLICE_MERGE_PAGES = 64,	/* of the index's segments, when there is nothing else to do */
	PRUNE_AGE_DAYS = 400
};

static int
add_text(struct catalogue *c, const struct query *from, struct error *err)
{
	struct query q = query(c, SQL_INDEX_ADD);
	bind_integer(&q, column_integer(from, 1));
	for (int i = 2; i < 5; i++)
		bind_text(&q, column_text(from, i));
	return run(&q, err);
}

/* *ret_n: changes read. */
static int
index_slice(struct catalogue *c, size_t max, size_t *ret_n, struct error *err)
{
	int64_t indexed, change;
	int rc;
	*ret_n = 0;
	if (meta_get(c, META_INDEXED, &indexed, err) != 0)
		return -1;
	struct query q = query(c, SQL_INDEX_WAITING);
	bind_integer(&q, indexed);
	bind_integer(&q, (int64_t)max);
	while ((rc = row(&q, err)) == 1) {
		change = column_integer(&q, 0);
		if (change > indexed)
			indexed = change;
		++*ret_n;
		if (column_time(&q, 1) != TIME_NONE && add_text(c, &q, err) != 0) {
			finish(&q);
			return -1;
		}
	}
	if (rc != 0 || *ret_n == 0)
		return rc;
	return meta_put(c, META_INDEXED, indexed, err);
}

static int
merge_segments(struct catalogue *c, struct error *err)
{
	struct query q = query(c, SQL_INDEX_MERGE);
	bind_integer(&q, SLICE_MERGE_PAGES);
	return run(&q, err);
}

static int
count_left(struct catalogue *c, uint64_t *ret, struct error *err)
{
	int64_t indexed;
	if (meta_get(c, META_INDEXED, &indexed, err) != 0)
		return -1;
	struct query q = query(c, SQL_INDEX_LEFT);
	bind_integer(&q, indexed);
	if (row(&q, err) != 1)
		return -1;
	*ret = (uint64_t)column_integer(&q, 0);
	finish(&q);
	return 0;
}

int
catalogue_index(struct catalogue *c, size_t max, uint64_t *ret_left, struct error *err)
{
	size_t n = 0;
	if (!c->search) {
		*ret_left = 0;
		return 0;
	}
	if (count_left(c, ret_left, err) != 0)
		return -1;
	if (step_begin(c, err) != 0)
		return -1;
	int rc = *ret_left > 0 ? index_slice(c, max, &n, err) : merge_segments(c, err);
	if (step_end(c, rc, err) != 0)
		return -1;
	return n > 0 ? count_left(c, ret_left, err) : 0;
}

static int
prune(struct catalogue *c, int64_t before_ms, size_t max, struct error *err)
{
	static const enum sql by_age[] = { SQL_PRUNE_RUNS, SQL_PRUNE_ABSENCES };
	int64_t indexed;
	if (meta_get(c, META_INDEXED, &indexed, err) != 0)
		return -1;
	/* A change that the index still needs stays. */
	struct query q = query(c, SQL_PRUNE_CHANGES);
	bind_integer(&q, before_ms);
	bind_integer(&q, indexed);
	bind_integer(&q, (int64_t)max);
	if (run(&q, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof by_age / sizeof by_age[0]; i++) {
		q = query(c, by_age[i]);
		bind_integer(&q, before_ms);
		bind_integer(&q, (int64_t)max);
		if (run(&q, err) != 0)
			return -1;
	}
	return 0;
}

int
catalogue_prune(struct catalogue *c, int64_t now_ms, size_t max, struct error *err)
{
	if (step_begin(c, err) != 0)
		return -1;
	return step_end(c, prune(c, now_ms - PRUNE_AGE_DAYS * (int64_t)DAY_MS, max, err), err);
}
