/* SPDX-License-Identifier: Apache-2.0 */
/* What a run reads from the catalogue and writes into it: a part of catalogue.h. */
#ifndef VIGIE_CATALOGUE_RUN_H
#define VIGIE_CATALOGUE_RUN_H

#include "base/clock.h"
#include "base/error.h"
#include "catalogue/known.h"
#include "catalogue/stage.h"

struct buf;
struct catalogue;

struct partner_state {		/* what the catalogue remembers for the scheduler */
	int64_t last_attempt_ms, last_success_ms, next_poll_ms;	/* TIME_NONE: never */
	int64_t not_before_ms;	/* the partner asked to wait (Retry-After); TIME_NONE: no */
	unsigned failures;	/* failed runs in a row */
	int64_t listing_count;
};
/* ERROR_NOT_FOUND if it was never put. */
int catalogue_partner_state(struct catalogue *c, const char *partner, struct partner_state *ret,
    struct error *err);

/* ---- one run: begin ─► (stage) ─► finish, or abandon */

struct validator {		/* of one request of the last complete run, in order */
	struct raw_hash request;
	char *etag, *last_modified;	/* owned; NULL if none was sent */
	char *next_url;			/* owned; what was asked for next; NULL: it was the last */
};

struct run_memory {		/* what a run needs to know; owned by the run */
	struct partner_state state;
	struct known *known;
	struct validator *validators;
	size_t n_validators;
	struct raw_hash seed_used;	/* .low: the seed that raw hashes were made with */
	char *watermark;	/* what the report of the last run had that was whole and held nothing; NULL: none */
	int64_t watermark_ms;	/* when that run began */
	bool quarantined;	/* it has items in quarantine: see catalogue_quarantine_each */
	bool fresh;		/* the catalogue has nothing of this partner: see catalogue_run_preload */
};

/*
 * Takes the partner's lease (ERROR_BUSY if another living process holds it; one
 * process keeps its own runs of a partner apart) and loads its memory.  `seed` decides how raw items are read: when it is not the
 * one of the last merge, known, validators and watermark come back empty.
 */
int catalogue_run_begin(struct catalogue *c, const char *partner, uint64_t seed, int64_t now_ms,
    struct run_memory *ret, struct error *err);
void run_memory_done(struct run_memory *m);
/* Gives the lease back; nothing else happened (what was preloaded goes). */
int catalogue_run_abandon(struct catalogue *c, const char *partner, struct error *err);

/* Every item in quarantine whose seed is not `seed`: to be read again.  `hash`
 * is made with the new seed: what is staged under it leaves the quarantine.
 * Items whose raw bytes were cut are left out. */
int catalogue_quarantine_each(struct catalogue *c, const char *partner, uint64_t seed,
    void (*each)(void *arg, struct raw_hash hash, const char *raw, size_t len), void *arg, struct error *err);

enum run_outcome { RUN_COMPLETE, RUN_PARTIAL, RUN_NOT_MODIFIED, RUN_FAILED, RUN_REFUSED, RUN_OUTCOMES };
const char *run_outcome_name(enum run_outcome outcome);

struct removal_policy {
	bool snapshot;		/* absence means removal; false for a window */
	unsigned min_runs;	/* complete runs that miss a listing; default 2 */
	int64_t min_age_ms;	/* since the first of them; default 24 h */
	unsigned brake_percent, brake_count;	/* over both: needs accept; 20 and 10 */
};

struct run_report {
	const char *partner;
	int64_t started_ms, finished_ms;
	enum run_outcome outcome;
	enum error_kind error_kind;
	int http_status;	/* of the last answer; 0: none */
	uint64_t requests, bytes;
	uint64_t seen;		/* items, known and new, good and bad */
	uint64_t again;		/* of those, known and had come in this run already */
	int64_t declared_total;	/* -1: none */
	const char *detail;	/* one line for people; "" */
	const char *change_note;/* kept with removals as evidence: NULL */
	uint64_t seed;
	bool changes;		/* only what changed was read: what it does not have is as it was */
	const char *watermark;	/* where the next run goes on; NULL: where this one went on; borrowed */
	bool limited;		/* an item or page limit was set by hand: never removes */
	bool unproved;		/* « not modified », though nobody asked: never removes */
	const struct run_memory *left;	/* NULL: it began with catalogue_run_begin(); else see catalogue_run_finish() */
	bool own_file;		/* the office's: a good run is no sign of life of the partner */
	bool incident;		/* our own side is in trouble: never removes */
	int64_t next_poll_ms, not_before_ms;	/* TIME_NONE: none */
	const struct validator *validators;	/* kept if the run is complete; borrowed */
	size_t n_validators;
	struct removal_policy removal;
};

enum removal_hold { HOLD_NONE, HOLD_BRAKE, HOLD_ROTATED, HOLD_EMPTY, HOLD_KINDS };
const char *removal_hold_name(enum removal_hold hold);	/* "", "brake", "rotated", "empty" */

enum { CLASH_MAX = 80 };
struct run_result {
	int64_t run;		/* its number in the ledger */
	uint64_t added, changed, removed, restored, quarantined;
	uint64_t missing;	/* present in the catalogue, absent from this complete run */
	enum removal_hold hold;	/* why removals wait for `vigie accept` */
	uint64_t held;		/* how many */
	int64_t listing_count;	/* present after it */
	uint64_t outside;	/* of those, outside the territory */
	uint64_t again;		/* so many came once more where others should have: the run is partial after all */
	uint64_t clashes;	/* listings of a whole list with the identifier of another, and other contents */
	char clash[CLASH_MAX];	/* such an identifier, for people; "" */
	bool quiet;		/* only the ledger and the partner's state were written */
};

/* The report's detail, and what the merge has found out, as one line for people. */
void run_detail(const struct run_report *report, const struct run_result *result, struct buf *out);

/*
 * While a run of a `fresh` partner is still reading: takes the listings of a
 * segment, in the order of the calls, into the tables, where nobody sees them
 * before catalogue_run_finish() adopts them as if they had stood at the front
 * of its stage.  A segment has no tombstones: these, and all that comes after
 * the first of them, go to the stage of catalogue_run_finish().  Rejected items
 * are kept for the merge.  Of `report`, partner, seed and started_ms are read.
 * After a failure the run can only be abandoned; what a killed run preloaded is
 * cleared when the next one begins.
 */
int catalogue_run_preload(struct catalogue *c, const struct run_report *report, struct stage *segment,
    struct error *err);

/*
 * The merge, in one transaction: staged listings are added, changed or
 * restored whatever the outcome (a failed run has none); tombstones act in a complete run;
 * absences are counted and removals decided by the conditions in README.md (a removal is
 * a decision with evidence); ledger, changes, validators, quarantine and
 * the partner's state are written; the lease is given back.  A run that is
 * RUN_NOT_MODIFIED repeats the answer of the last complete one: listings
 * missing then are missing again.  One that read `changes` says nothing of what
 * it does not have: that stays present, missing or in quarantine.
 * `stage` and `known` may be NULL (no items).
 *
 * A run may go by the memory that a quiet one before it `left`, with its state
 * brought up to date, and without a beginning.  It has no lease: ERROR_BUSY if
 * the partner was synchronised since, or is just being so by another process.
 */
int catalogue_run_finish(struct catalogue *c, const struct run_report *report, struct stage *stage,
    struct known *known, struct run_result *ret, struct error *err);

#endif
