/* SPDX-License-Identifier: Apache-2.0 */
/* The last change of each listing, in order of change. */
#include "base/buf.h"
#include "catalogue/sqlite_reading.h"
#include "catalogue/sqlite_tally.h"

struct change {
	int64_t change, at_ms, row;
	enum change_op op;
};

struct changes {
	struct change *list;
	size_t n, cap;
};

static struct change
change_of(const struct query *q)
{
	return (struct change){ column_integer(q, 0), column_integer(q, 1), column_integer(q, 2),
		(enum change_op)column_integer(q, 3) };
}

static void
add(struct changes *s, const struct query *q)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 256;
		s->list = xrealloc(s->list, s->cap, sizeof *s->list);
	}
	s->list[s->n++] = change_of(q);
}

/* By listing; of the same one, the last change first. */
static int
compare_rows(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->change < y->change) - (x->change > y->change);
}

static int
compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	return (x->change > y->change) - (x->change < y->change);
}

static void
keep_last(struct changes *s)
{
	size_t n = 0;
	if (s->n > 1)
		qsort(s->list, s->n, sizeof *s->list, compare_rows);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || s->list[n - 1].row != s->list[i].row)
			s->list[n++] = s->list[i];
	s->n = n;
	if (n > 1)
		qsort(s->list, n, sizeof *s->list, compare_changes);
}

static int
read_tail(struct catalogue *c, int64_t after, struct changes *ret, struct error *err)
{
	int rc;
	struct query q = query(c, SQL_CHANGE_TAIL);
	bind_integer(&q, after);
	while ((rc = row(&q, err)) == 1)
		add(ret, &q);
	if (rc == 0)
		keep_last(ret);
	return rc;
}

/* 1: tell more, 0: enough, -1. */
static int
tell(struct catalogue *c, const struct change *change, const struct change_page *page, struct error *err)
{
	struct change_row told = { .change = change->change, .at_ms = change->at_ms, .op = change->op };
	struct query q = query(c, SQL_READ_ROW);
	bind_integer(&q, change->row);
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	bool more = true;
	if (rc == 1 && reading_row(c, q.st, &told.row)) {
		told.present = told.row.listing.published && told.row.removed_ms == TIME_NONE;
		more = page->each(page->arg, &told);
	}
	if (rc == 1)
		finish(&q);
	return more;
}

/* The tally knows which change is a listing's last. */
static int
tell_with_tally(struct catalogue *c, struct tally *tally, const struct change_page *page, struct error *err)
{
	int rc, more = 1;
	size_t left = page->limit > 0 ? page->limit : SIZE_MAX;
	struct query q = query(c, SQL_CHANGE_TAIL);
	bind_integer(&q, page->after);
	while (left > 0 && (rc = row(&q, err)) == 1) {
		struct change change = change_of(&q);
		if (tally_last_change(tally, change.row) != change.change)
			continue;
		left--;
		if ((more = tell(c, &change, page, err)) != 1)
			break;
	}
	finish(&q);
	return left > 0 && more == 1 ? rc : more < 0 ? -1 : 0;
}

static int
tell_without(struct catalogue *c, const struct change_page *page, struct error *err)
{
	struct changes s = { .n = 0 };
	int rc = read_tail(c, page->after, &s, err);
	size_t n = page->limit > 0 && page->limit < s.n ? page->limit : s.n;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		int more = tell(c, &s.list[i], page, err);
		if (more == 0)
			break;
		rc = more < 0 ? -1 : 0;
	}
	free(s.list);
	return rc;
}

int
catalogue_changes(struct catalogue *c, struct tally *tally, const struct change_page *page, struct error *err)
{
	if (roster_read(c, err) != 0 || (tally != NULL && tally_sync(tally, c, err) != 0))
		return -1;
	return tally != NULL ? tell_with_tally(c, tally, page, err) : tell_without(c, page, err);
}
