/* SPDX-License-Identifier: Apache-2.0 */
/* What has happened: see news.h. */
#include "catalogue/news.h"

#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"

int
news_end(struct catalogue *c, struct news_position *ret, struct error *err)
{
	struct query q = query(c, SQL_NEWS_END);
	if (row(&q, err) != 1)
		return -1;
	*ret = (struct news_position){ column_integer(&q, 0), column_integer(&q, 1) };
	finish(&q);
	return 0;
}

int
news_behind(struct catalogue *c, int64_t change, struct news_position *ret, struct error *err)
{
	struct query q = query(c, SQL_NEWS_BEHIND);
	bind_integer(&q, change);
	if (row(&q, err) != 1)
		return -1;
	*ret = (struct news_position){ change, column_integer(&q, 0) };
	finish(&q);
	return 0;
}

static const char *
keep_text(struct buf *texts, struct text t)
{
	const char *at = texts->data + texts->len;
	buf_add(texts, t.s, t.len);
	buf_char(texts, '\0');
	return t.s != NULL ? at : NULL;
}

struct news_kept
news_keep(const struct news_change *change)
{
	struct news_kept k = { .change = *change };
	struct buf texts = BUF_INIT;
	buf_reserve(&texts, change->partner.len + change->external_id.len + change->kind.len + 3);
	k.change.partner.s = keep_text(&texts, change->partner);
	k.change.external_id.s = keep_text(&texts, change->external_id);
	k.change.kind.s = keep_text(&texts, change->kind);
	k.texts = texts.data;
	return k;
}

int
news_listing(struct catalogue *c, const struct news_change *change, struct reading **ret_reading,
    struct listing_row *ret, struct error *err)
{
	struct reading_filter filter = READING_FILTER_INIT;
	filter.partner = change->partner.s;
	filter.external_id = change->external_id.s;
	*ret_reading = NULL;
	if (change->gone || !change->published)
		return 0;
	*ret_reading = reading_open(c, &filter, NULL, err);
	return *ret_reading != NULL ? reading_next(*ret_reading, ret, err) : -1;
}

static int
each_change(struct query *q, news_change_each *each, void *arg, struct error *err)
{
	int rc;
	while ((rc = row(q, err)) == 1) {
		const struct news_change change = {
			.change = column_integer(q, 0), .at_ms = column_integer(q, 1), .op = (enum change_op)column_integer(q, 2),
			.partner = column_text(q, 3), .external_id = column_text(q, 4), .kind = column_text(q, 5),
			.gone = column_integer(q, 6) != 0, .published = column_integer(q, 7) != 0,
		};
		if (!each(arg, &change)) {
			finish(q);
			return 0;
		}
	}
	return rc;
}

int
news_changes(struct catalogue *c, int64_t after, size_t limit, news_change_each *each, void *arg, struct error *err)
{
	struct query q = query(c, SQL_NEWS_CHANGES);
	bind_integer(&q, after);
	bind_integer(&q, (int64_t)limit);
	return each_change(&q, each, arg, err);
}

int
news_changes_back(struct catalogue *c, const struct news_filter *f, news_change_each *each, void *arg,
    struct error *err)
{
	struct query q = query(c, SQL_NEWS_CHANGES_BACK);
	bind_integer(&q, f->before);
	bind_string(&q, f->partner);
	bind_string(&q, f->kind);
	return each_change(&q, each, arg, err);
}

int
news_turns(struct catalogue *c, int64_t after, size_t limit,
    bool (*each)(void *arg, const struct news_turn *turn), void *arg, struct error *err)
{
	struct query q = query(c, SQL_NEWS_TURNS);
	bind_integer(&q, after);
	bind_integer(&q, (int64_t)limit);
	int rc;
	while ((rc = row(&q, err)) == 1) {
		const struct news_turn turn = {
			.turn = column_integer(&q, 0), .at_ms = column_integer(&q, 1), .partner = column_text(&q, 2).s,
			.name = column_text(&q, 3).s, .verdict = column_text(&q, 4).s, .before = column_text(&q, 5).s,
			.replaced_by = column_text(&q, 6).s, .probability = column_real(&q, 7),
		};
		if (!each(arg, &turn)) {
			finish(&q);
			return 0;
		}
	}
	return rc;
}
