/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has happened, one thing after the other, for those who are told of it:
 * changes of listings, and verdicts on partners.  Everything given to a callback
 * is borrowed until it returns, and it must not ask the catalogue; it returns
 * false to stop.
 */
#ifndef VIGIE_CATALOGUE_NEWS_H
#define VIGIE_CATALOGUE_NEWS_H

#include "catalogue/catalogue.h"
#include "catalogue/reading.h"

struct news_position {
	int64_t change;		/* of the change log */
	int64_t turn;		/* of the verdicts */
};
/* Behind all that has happened. */
int news_end(struct catalogue *c, struct news_position *ret, struct error *err);
/* Behind a change, and behind what happened before it. */
int news_behind(struct catalogue *c, int64_t change, struct news_position *ret, struct error *err);

struct news_change {
	int64_t change, at_ms;
	enum change_op op;
	struct text partner, external_id, kind;
	bool gone;		/* by now it was removed, or all of its partner is withdrawn */
	bool published;		/* by now its own place lets it be seen */
};
/* A copy that owns its texts; free(k.texts) ends it. */
struct news_kept {
	struct news_change change;
	char *texts;
};
struct news_kept news_keep(const struct news_change *change);

/* The listing as it is now: 1, 0 if it is not shown, -1.  *ret borrows from *ret_reading, which reading_close() ends. */
int news_listing(struct catalogue *c, const struct news_change *change, struct reading **ret_reading,
    struct listing_row *ret, struct error *err);

typedef bool news_change_each(void *arg, const struct news_change *change);
/* Changes above `after`, in order, at most `limit`. */
int news_changes(struct catalogue *c, int64_t after, size_t limit, news_change_each *each, void *arg, struct error *err);

struct news_filter {
	const char *partner, *kind;	/* NULL: any */
	int64_t before;		/* INT64_MAX: all */
};
/* Changes below `before`, the newest first. */
int news_changes_back(struct catalogue *c, const struct news_filter *f, news_change_each *each, void *arg,
    struct error *err);

struct news_turn {
	int64_t turn, at_ms;
	const char *partner, *name, *verdict, *before, *replaced_by;	/* name, replaced_by: NULL */
	double probability;
};
/* Changes of verdicts above `after`, in order, at most `limit`. */
int news_turns(struct catalogue *c, int64_t after, size_t limit,
    bool (*each)(void *arg, const struct news_turn *turn), void *arg, struct error *err);

#endif
