/* SPDX-License-Identifier: Apache-2.0 */
/* What readings ask of the tally: where the rows are that match. */
#ifndef VIGIE_CATALOGUE_SQLITE_TALLY_H
#define VIGIE_CATALOGUE_SQLITE_TALLY_H

#include "catalogue/rowset.h"
#include "catalogue/sqlite_catalogue.h"

struct span {			/* of rows, both included */
	int64_t low, high;
};

struct tally_seek {
	int64_t partner_id;	/* 0: any */
	unsigned char kind, kinds;	/* this one, and so many after it */
	const struct rowset *texts;	/* one of these numbers; NULL: any */
	uint32_t last_text;		/* and none above this */
	bool boxed, priced, held, dated;	/* what stands below is asked for */
	int64_t from_ms, to_ms;
	double price_min, price_max;
	int32_t capacity_min;
	/* A box in the tally's units, which are a centimetre: its lines are in it, and may not be in the true one. */
	uint32_t south, west;
	uint32_t height, width;	/* modulo 2^32: across the antimeridian too */
};
/* All of the filter but the text, external_id and `removed`.  False: nothing can match. */
bool tally_seek_init(struct tally_seek *ret, int64_t partner_id, const struct reading_filter *f);

struct tally_page {
	int64_t next_row;	/* the search goes on from there; moves on */
	uint64_t skip;		/* rows that match to leave out first; goes down */
	uint64_t want;		/* rows that match, about; more may come */
};
/*
 * Spans, in order, that hold every row that matches, and some between them that
 * do not, though never for their text.  Returns how many; 0: there are no more.
 */
size_t tally_spans(struct tally *t, const struct tally_seek *s, struct tally_page *page, struct span *ret, size_t max);

/* False for certain; else one has to look. */
bool tally_may_match(struct tally *t, const struct tally_seek *s, int64_t row);

/*
 * How many match for certain.  Of those on a line of the box nobody here knows:
 * they are given as rows, which the caller frees.
 */
uint64_t tally_count(struct tally *t, const struct tally_seek *s, int64_t **ret_doubtful, size_t *ret_n);

/* The number of the last change of a row, as far as the tally knows; 0: none. */
int64_t tally_last_change(struct tally *t, int64_t row);

#endif
