/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings as other tools read them: typed, in an order that can be gone on
 * with, published ones only.  What catalogue_query() is for people, this is
 * for machines, a million rows at a time.
 *
 * The order is that of `row`, a number that stays a listing's own: « go on
 * after row n » (a keyset) costs the same on every page and misses nothing
 * that was there all along.  A search comes in the order of its rank instead.
 */
#ifndef VIGIE_CATALOGUE_READING_H
#define VIGIE_CATALOGUE_READING_H

#include "catalogue/catalogue.h"

struct tally;

/* Read within one transaction, so that all of an answer is of one instant. */
int catalogue_read_begin(struct catalogue *c, struct error *err);
void catalogue_read_end(struct catalogue *c);
/* Questions are given up with ERROR_TIMEOUT from then on (monotonic_ms()); 0: never. */
void catalogue_deadline(struct catalogue *c, int64_t monotonic_ms);

/* Changes whenever an answer about listings or partners' verdicts may have changed. */
struct catalogue_stamp {
	int64_t change;		/* the last of `changes`; 0: none */
	int64_t turn;		/* the last change of a verdict or of what a partner is called */
	int64_t found;		/* the last text that searches find; they come later than their changes */
	int64_t at_ms;		/* of the later one of the first two; TIME_NONE: none */
};
bool catalogue_stamp_same(const struct catalogue_stamp *a, const struct catalogue_stamp *b);
/* Cheap (a few microseconds): nothing is read while nobody commits. */
int catalogue_stamp(struct catalogue *c, struct catalogue_stamp *ret, struct error *err);

struct box {			/* WGS 84 degrees; west > east: across the antimeridian */
	double west, south, east, north;
};

/* Each word of a search costs its own walk through the index, which no deadline ends. */
enum { READING_SEARCH_MAX_BYTES = 200 };

struct reading_filter {		/* NULL, NAN, 0 and TIME_NONE: any */
	const char *partner, *kind, *external_id;
	const char *search;		/* words; the last one may be a beginning, if few listings have it as it stands;
					 * longer than READING_SEARCH_MAX_BYTES is ERROR_LIMIT */
	const struct box *box;		/* listings without position match too (OGC 17-069r4, 7.15.3) */
	int64_t from_ms, to_ms;		/* overlaps starts_at..ends_at; listings without dates match too */
	double price_min, price_max;	/* of the currency's major unit */
	int64_t capacity_min;
	int64_t after_row;		/* 0: from the beginning */
	uint64_t offset;		/* rows to leave out */
	uint64_t limit;			/* 0: all */
	bool removed;			/* those that were removed or withdrawn too */
};
#define READING_FILTER_INIT { .from_ms = TIME_NONE, .to_ms = TIME_NONE, \
	.price_min = (double)NAN, .price_max = (double)NAN }

struct listing_row {		/* texts are borrowed until the next call */
	int64_t row;
	struct text partner, partner_name, partner_website;
	struct text verdict;		/* s NULL: all is well with its partner */
	struct listing listing;
	int64_t first_seen_ms, changed_ms;
	int64_t removed_ms;		/* TIME_NONE: it is there */
};

struct reading;
/* The filter is borrowed for the call.  `tally` may be NULL; with it, rows that do not match need not be looked at, but for
 * those that were removed. */
struct reading *reading_open(struct catalogue *c, const struct reading_filter *filter, struct tally *tally,
    struct error *err);
int reading_next(struct reading *r, struct listing_row *ret, struct error *err);	/* 1 a row, 0 the end, -1 */
void reading_close(struct reading *r);		/* takes NULL */

/* How many match, leaving after_row, offset and limit aside. */
int reading_count(struct catalogue *c, const struct reading_filter *filter, struct tally *tally,
    uint64_t *ret, struct error *err);

/* ---- changes, for those who follow the catalogue */

enum change_op {
	CHANGE_ADDED = 1, CHANGE_CHANGED, CHANGE_REMOVED, CHANGE_RESTORED,
	CHANGE_WITHDRAWN, CHANGE_PUBLISHED	/* by itself or with its partner; in the view `changes` these are changes */
};

struct change_row {
	int64_t change, at_ms;
	enum change_op op;
	bool present;		/* published by now, so that `row` may be shown */
	struct listing_row row;
};
struct change_page {
	int64_t after;
	size_t limit;		/* 0: all */
	bool (*each)(void *arg, const struct change_row *change);
	void *arg;
};
/*
 * The last change of each listing, above `after`, in order of change, at most
 * `limit`; a listing that changed again later comes there only, and one that
 * never was published does not come as long as it is as it was added.  `each` returns
 * false to stop.  Brings the tally up to date.
 */
int catalogue_changes(struct catalogue *c, struct tally *tally, const struct change_page *page, struct error *err);

/* ---- the tally: how many listings of each kind each partner has published */

/*
 * What readings ask of a listing, 49 bytes for each, kept up to date by following
 * `changes`; safe to share between threads.  Made empty; filled by the first
 * tally_sync(), which takes a second for a million.
 */
struct tally *tally_new(void);
void tally_free(struct tally *t);	/* takes NULL */
/* Brings it to what `c` sees now. */
int tally_sync(struct tally *t, struct catalogue *c, struct error *err);

struct tally_entry {
	const char *partner, *kind;	/* borrowed from the call; kind "": they have none */
	uint64_t count;
	struct box extent;		/* holds all of them; NAN: none has a position */
};
/* Every partner and kind with published listings; `each` leaves the tally alone. */
void tally_each(struct tally *t, void (*each)(void *arg, const struct tally_entry *e), void *arg);

#endif
