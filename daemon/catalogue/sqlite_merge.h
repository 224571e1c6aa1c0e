/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One merge: what the files sqlite_run, _merge, _quarantine and _removal share
 * while catalogue_run_finish() (or catalogue_accept()) is at work.
 *
 * Two times: a listing was *seen* when its run started (never later than the
 * truth), and things *happen* when the run finishes.
 */
#ifndef VIGIE_CATALOGUE_SQLITE_MERGE_H
#define VIGIE_CATALOGUE_SQLITE_MERGE_H

#include "base/buf.h"
#include "catalogue/idset.h"
#include "catalogue/reading.h"
#include "catalogue/rowset.h"
#include "catalogue/sqlite_catalogue.h"

struct spot {
	int64_t cell, row;
};

struct bad_item {		/* an entry of the quarantine */
	struct raw_hash hash;	/* .high: as known.h keeps it, 32 bits */
	int64_t number;
	bool emitted;		/* this run could read it */
};

struct text_batch {		/* numbers of texts: that of row + i is first + i */
	int64_t first, row, n;
};

struct rows {			/* a list of rows of the partner */
	int64_t *list;
	size_t n, cap;
};

struct merge {
	struct catalogue *c;
	const struct run_report *report;	/* NULL: catalogue_accept */
	struct run_report partial;	/* in its place, when it was not all */
	struct run_result *result;
	struct partner_row p;	/* as it was before */
	struct load *load;	/* all rows of the partner come from it; NULL: none */
	bool preloading;	/* the run is not at its end */

	int64_t base;		/* of the partner's rows */
	int64_t run;		/* 0: none */
	int64_t at_ms;		/* when things happen */
	int64_t seen_ms;	/* when listings were seen */
	int64_t next_change;
	int64_t first_row, next_row;	/* rows added by this run */
	int64_t next_text;
	struct text_batch texts;	/* numbered, and not yet written */

	struct rowset same;	/* marked in `known`: seen, unchanged */
	struct rowset present;	/* seen in any other way */
	struct rowset decided;	/* its last emission was dealt with */
	struct rowset was_missing;
	struct idset withdrawn;	/* tombstones of listings that have no row */
	struct rows tombstones;	/* rows to remove */
	bool unplaced;		/* places are not kept */
	struct spot *spots;	/* to be written, sorted by cell */
	size_t n_spots;

	struct bad_item *bad;	/* sorted by hash */
	size_t n_bad, bad_stored;	/* at the start; now */
	int64_t unnamed_ms;	/* as in struct partner_row, of this run */

	bool forgets;		/* some identifiers are not to come back: sqlite_forget.c */
	bool empty;		/* nothing at all was seen */
	uint64_t again;		/* items that came twice, and are the same */
	uint64_t returned, returned_held;	/* missing listings that were seen again */
	int64_t listing_count, outside;	/* now */
};

/* ---- sqlite_run.c */
int merge_numbers(struct merge *m, struct error *err);		/* fills in next_* */

/* ---- sqlite_merge.c */
int merge_stage(struct merge *m, struct stage *stage, struct error *err);
/* After the last stage: places and the change log of what was added. */
int merge_added(struct merge *m, struct error *err);
int merge_spot(struct merge *m, int64_t row, int64_t cell, struct error *err);	/* cell -1: it has none */
bool merge_saw(const struct merge *m, int64_t row);
struct stored {			/* what the catalogue has under an identifier */
	int64_t row, content, text;
	bool present;
};
/* 1, 0 it has none, -1. */
int merge_find(struct merge *m, struct text id, struct stored *ret, struct error *err);
/* An entry of the stage that could be read decided about this identifier: 1, 0, -1. */
int merge_decided(struct merge *m, struct text id, struct error *err);
int merge_log(struct merge *m, int64_t row, enum change_op op, struct error *err);
void rows_add(struct rows *r, int64_t row);
void merge_done(struct merge *m);

/* ---- sqlite_load.c */
bool load_under_way(const struct catalogue *c, const struct partner_row *p);
/* Before the merge of a run that preloaded: what was loaded counts as added by it. */
int load_adopt(struct merge *m, struct error *err);
/* After it: rejected items, places; and from now on the partner is visible. */
int load_end(struct merge *m, struct error *err);
/* Where a row lies that is new or changed; counts what is outside. */
void load_note(struct merge *m, int64_t row, const struct listing *l);
/* A row that was loaded is withdrawn: as if it had never been. */
int load_withdraw(struct merge *m, int64_t row, struct error *err);
/* While preloading: keeps the item for load_end(). */
int load_reject(struct merge *m, const struct stage_entry *e, struct error *err);
void load_forget(struct catalogue *c, int64_t partner_id);

/* ---- sqlite_quarantine.c */
enum { QUARANTINE_MAX_ITEMS = 10000 };	/* per partner; more are only counted */
int quarantine_load(struct merge *m, struct error *err);
int quarantine_add(struct merge *m, const struct stage_entry *e, struct error *err);
/* The item is in quarantine and was seen, unchanged. */
int quarantine_seen(struct merge *m, uint32_t number, struct error *err);
void quarantine_emitted(struct merge *m, struct raw_hash hash);
int quarantine_end(struct merge *m, bool whole, struct error *err);

/* ---- sqlite_removal.c */
/* Missing listings that were seen again are no longer missing. */
int removal_returned(struct merge *m, struct error *err);
/* Counts absences, decides about removals and does them; `known` may be NULL. */
int removal_decide(struct merge *m, const struct known *known, struct error *err);
/* Whatever the policy says; `event` is kept as evidence. */
int removal_now(struct merge *m, int64_t row, const char *event, const char *note, struct error *err);
int removal_evidence(struct merge *m, int64_t row, const char *event, const char *note, struct error *err);

/* ---- sqlite_forget.c */
int forget_load(struct merge *m, struct error *err);		/* fills in m->forgets */
/* Somebody asked that this one be forgotten: 1, 0, -1. */
int forget_has(struct merge *m, struct text id, struct error *err);

#endif
