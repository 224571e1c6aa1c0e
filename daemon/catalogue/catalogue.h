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
 * What runs read and write is in catalogue/run.h, which comes with this.
 * Public views and their contract: docs/catalogue.md and PRAGMA user_version.
 */
#ifndef VIGIE_CATALOGUE_CATALOGUE_H
#define VIGIE_CATALOGUE_CATALOGUE_H

#include "base/clock.h"
#include "base/error.h"
#include "catalogue/run.h"
#include "normalise/zone.h"

struct catalogue_options {
	const char *path;
	bool read_only;		/* must exist already */
	bool search;		/* keep the indexes of text and of space; without the latter `near` reads all */
	struct zone zone;	/* whose days those are that readings ask for and listings have; UTC if nothing is said */
	int64_t keep_removed_ms;/* for sync/store.h: how long what was removed is not purged; 0: for ever */
};

struct catalogue *catalogue_open(const struct catalogue_options *options, struct error *err);
void catalogue_close(struct catalogue *c);
/* From any thread, and for good: what the handle is at, or waits for, is given up from then on (monotonic_ms()) and taken
 * back, with ERROR_BUSY. */
void catalogue_stop(struct catalogue *c, int64_t monotonic_ms);

int catalogue_begin(struct catalogue *c, struct error *err);
int catalogue_commit(struct catalogue *c, struct error *err);	/* on failure all is rolled back */
/* There was no room on the disk for something, since this was last asked. */
bool catalogue_full(struct catalogue *c);
/* Something of it could not be read. */
bool catalogue_damaged(const struct catalogue *c);
/* Several steps as one, also within a group or another of these: kept if `rc`
 * is 0, else taken back.  Returns rc, or -1.  One that did not begin has no end. */
int catalogue_step_begin(struct catalogue *c, struct error *err);
int catalogue_step_end(struct catalogue *c, int rc, struct error *err);

/* A number that is another one when anybody else has written to the catalogue: as
 * it was at the last catalogue_look(); 0: that failed. */
void catalogue_look(struct catalogue *c);
int64_t catalogue_others(const struct catalogue *c);

/* ---- partners */

struct partner_record {		/* what the partner's file says */
	const char *partner;	/* its name in commands, files and uids */
	const char *name;	/* for people */
	const char *theme;
	const char *website;
	const char *replaced_by;/* NULL: nobody */
};
int catalogue_partner_put(struct catalogue *c, const struct partner_record *p, struct error *err);

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
