/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: partners, listings, the run ledger, quarantine, changes.
 * A narrow, set-at-a-time interface, so that another engine can stand behind
 * it; SQLite in WAL mode is behind it now, and only files named sqlite_* in
 * this folder know that.
 *
 * Every function that writes is one atomic step: done entirely or not at all,
 * also under SIGKILL.  catalogue_begin/commit group several steps into one
 * transaction (each still fails alone).  A handle belongs to one thread at a
 * time; other processes may have the same catalogue open.
 *
 * Public views and their contract: docs/catalogue.md and PRAGMA user_version.
 */
#ifndef VIGIE_CATALOGUE_CATALOGUE_H
#define VIGIE_CATALOGUE_CATALOGUE_H

#include "base/clock.h"
#include "base/error.h"
#include "catalogue/known.h"
#include "catalogue/stage.h"

struct catalogue;

struct catalogue_options {
	const char *path;
	bool read_only;		/* must exist already */
	bool search;		/* keep the indexes of text and of space; without the latter `near` reads all */
};

struct catalogue *catalogue_open(const struct catalogue_options *options, struct error *err);
void catalogue_close(struct catalogue *c);

int catalogue_begin(struct catalogue *c, struct error *err);
int catalogue_commit(struct catalogue *c, struct error *err);	/* on failure all is rolled back */
/* Several steps as one, also within a group or another of these: kept if `rc`
 * is 0, else taken back.  Returns rc, or -1.  One that did not begin has no end. */
int catalogue_step_begin(struct catalogue *c, struct error *err);
int catalogue_step_end(struct catalogue *c, int rc, struct error *err);

/* ---- partners */

struct partner_record {		/* what the partner's file says */
	const char *partner;	/* its name in commands, files and uids */
	const char *name;	/* for people */
	const char *theme;
	const char *website;
	const char *replaced_by;/* NULL: nobody */
};
int catalogue_partner_put(struct catalogue *c, const struct partner_record *p, struct error *err);

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

/* A number that is another one when anybody else has written to the catalogue: as
 * it was at the last catalogue_look(); 0: that failed. */
void catalogue_look(struct catalogue *c);
int64_t catalogue_others(const struct catalogue *c);

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
	int64_t declared_total;	/* -1: none */
	const char *detail;	/* one line for people; "" */
	const char *change_note;/* kept with removals as evidence: NULL */
	uint64_t seed;
	bool changes;		/* only what changed was read: what it does not have is as it was */
	const char *watermark;	/* where the next run goes on; NULL: where this one went on; borrowed */
	bool limited;		/* an item or page limit was set by hand: never removes */
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

struct run_result {
	int64_t run;		/* its number in the ledger */
	uint64_t added, changed, removed, restored, quarantined;
	uint64_t missing;	/* present in the catalogue, absent from this complete run */
	enum removal_hold hold;	/* why removals wait for `vigie accept` */
	uint64_t held;		/* how many */
	int64_t listing_count;	/* present after it */
	uint64_t outside;	/* of those, outside the territory */
	bool quiet;		/* only the ledger and the partner's state were written */
};

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

/* Removes what is on hold for this partner; *ret_removed may be 0. */
int catalogue_accept(struct catalogue *c, const char *partner, int64_t now_ms,
    uint64_t *ret_removed, struct error *err);

/* ---- upkeep, in slices that take milliseconds */

/* Feeds at most `max` texts to the full-text index, a file of its own; *ret_left: how many are waiting.  Writes nothing
 * to the catalogue and waits for no merge, so it may have a handle and a thread of its own. */
int catalogue_index(struct catalogue *c, size_t max, uint64_t *ret_left, struct error *err);
/* A slice of work that makes searches faster; *ret_more: it was not the last. */
int catalogue_index_merge(struct catalogue *c, bool *ret_more, struct error *err);
/* This handle has brought texts that catalogue_index() does not know, since this was last asked. */
bool catalogue_index_due(struct catalogue *c);
/* Looks at no more than `max` changes and runs, and drops those older than 400 days; the last change of a listing that is
 * there stays. */
int catalogue_prune(struct catalogue *c, int64_t now_ms, size_t max, struct error *err);
/* Moves the WAL into the file; also runs by itself in the background. */
int catalogue_checkpoint(struct catalogue *c, struct error *err);
/* How long commits of this handle have found the WAL.  WAL_DUE comes once each time that it has grown: move it, by
 * another handle if you like.  WAL_LONG: the writer itself should. */
enum wal_length { WAL_SHORT, WAL_DUE, WAL_LONG };
enum wal_length catalogue_wal(struct catalogue *c);

/* Gives back the memory that is only cache, before a long rest. */
void catalogue_rest(struct catalogue *c);

/* ---- questions */

enum catalogue_view {
	VIEW_LISTINGS, VIEW_PARTNERS, VIEW_RUNS, VIEW_CHANGES, VIEW_QUARANTINE,
	VIEW_WHY,	/* the history of one listing: at, event, run, note */
	VIEW_EVIDENCE,	/* of a partner: with verdicts, alerts and labels the newest first */
	VIEW_VERDICTS, VIEW_ALERTS, VIEW_LABELS,
	VIEW_LETTERS,	/* the outbox, the newest first */
	VIEW_MISSING,	/* what the last whole run did not have: uid, title, last_seen, missed_since,
			 * missed_runs, held, kept; first what is on hold */
	VIEWS
};

struct catalogue_filter {	/* NULL, NAN and 0 mean: any */
	const char *partner, *kind, *uid, *search;
	double near_lat, near_lon, near_km;
	bool removed;		/* removed and unpublished listings too */
	int64_t after;		/* VIEW_CHANGES: change > after */
	size_t limit;		/* 0: no limit */
};
#define CATALOGUE_FILTER_INIT { .near_lat = (double)NAN, .near_lon = (double)NAN }

struct catalogue_cursor;
struct catalogue_cursor *catalogue_query(struct catalogue *c, enum catalogue_view view,
    const struct catalogue_filter *filter, struct error *err);
int cursor_next(struct catalogue_cursor *q, struct error *err);	/* 1 a row, 0 the end, -1 */
int cursor_columns(const struct catalogue_cursor *q);
const char *cursor_name(const struct catalogue_cursor *q, int column);
enum cursor_type { CURSOR_NULL, CURSOR_INTEGER, CURSOR_REAL, CURSOR_TEXT };
enum cursor_type cursor_type(const struct catalogue_cursor *q, int column);
int64_t cursor_integer(const struct catalogue_cursor *q, int column);
double cursor_real(const struct catalogue_cursor *q, int column);
const char *cursor_text(const struct catalogue_cursor *q, int column);	/* any value as text; "" for null */
void cursor_close(struct catalogue_cursor *q);

#endif
