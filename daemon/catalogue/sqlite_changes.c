/* SPDX-License-Identifier: Apache-2.0 */
/* The last change of each listing, in order of change: the tally knows which one is the last. */
#include "catalogue/sqlite_reading.h"
#include "catalogue/sqlite_tally.h"

/* 1: tell more, 0: enough, -1; *left goes down with each that is told. */
static int
tell(struct catalogue *c, const struct query *change, const struct change_page *page, size_t *left, struct error *err)
{
	struct change_row told = { .change = column_integer(change, 0), .at_ms = column_integer(change, 1),
		.op = (enum change_op)column_integer(change, 3) };
	struct query q = query(c, SQL_READ_ROW);
	bind_integer(&q, column_integer(change, 2));
	int rc = row(&q, err);
	if (rc < 0)
		return -1;
	bool more = true;
	if (rc == 1 && reading_row(c, q.st, &told.row)) {
		told.present = told.row.listing.published && told.row.removed_ms == TIME_NONE;
		if (told.present || told.op != CHANGE_ADDED) {
			more = page->each(page->arg, &told);
			--*left;
		}
	}
	if (rc == 1)
		finish(&q);
	return more;
}

int
catalogue_changes(struct catalogue *c, struct tally *tally, const struct change_page *page, struct error *err)
{
	if (tally_sync(tally, c, err) != 0)
		return -1;
	int rc = 0, more = 1;
	size_t left = page->limit > 0 ? page->limit : SIZE_MAX;
	struct query q = query(c, SQL_CHANGE_TAIL);
	bind_integer(&q, page->after);
	while (left > 0 && more == 1 && (rc = row(&q, err)) == 1) {
		if (tally_last_change(tally, column_integer(&q, 2)) != column_integer(&q, 0))
			continue;
		more = tell(c, &q, page, &left, err);
	}
	finish(&q);
	return rc < 0 || more < 0 ? -1 : 0;
}
