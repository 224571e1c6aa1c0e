/* SPDX-License-Identifier: Apache-2.0 */
/* What the files named sqlite_* share: the handle, its statements, steps. */
#ifndef VIGIE_CATALOGUE_SQLITE_CATALOGUE_H
#define VIGIE_CATALOGUE_SQLITE_CATALOGUE_H

#include <sqlite3.h>
#include <sys/types.h>

#include "catalogue/reading.h"
#include "catalogue/rowset.h"
#include "catalogue/sqlite_roster.h"
#include "catalogue/sqlite_statement.h"

struct buf;

/* Statements that read rows: of these columns, with these tests. */
enum reader { READER_SHOWN, READER_TESTED, READER_COUNT, READERS };

struct found {			/* what was searched for last: who looks at a page wants the next one */
	char *match;		/* NULL: nothing yet */
	int64_t version;	/* of the index */
	struct rowset texts;	/* numbers of all that match */
};

enum { BOOT_ID_LEN = 32 };

struct holder {			/* of a lease: a process that can be told from all others */
	int64_t pid;
	int64_t start;		/* of the process, in clock ticks since boot */
	char boot[BOOT_ID_LEN + 1];	/* in hexadecimal, without dashes */
};

struct catalogue {
	sqlite3 *db;
	char *path;
	bool read_only, search;
	struct zone zone;
	bool group;		/* between catalogue_begin and catalogue_commit */
	unsigned steps;		/* that are open, one within the other */
	struct holder self;
	sqlite3_stmt *statements[SQL_STATEMENTS];
	struct load *loads;	/* first loads under way */
	int wal_pages;		/* in the WAL, by all processes, as the last commit found it */
	int wal_told;		/* so many were told of by catalogue_wal */
	bool full, damaged;	/* see catalogue_full, catalogue_damaged */
	bool index_due;		/* see catalogue_index_due */
	struct known *known;	/* while it is loaded */
	int64_t others;		/* see catalogue_others() */
	bool attached;		/* the file of the full-text index */
	int texts_wal_pages;	/* as wal_pages, of that file */
	int64_t pruned_change;	/* as pruned_text, of changes */
	int64_t pruned_text;	/* batches of texts up to this one have been looked at */
	struct roster roster;	/* partners, as they were when last asked for */
	sqlite3_stmt *readers[READERS];	/* of readings, while they are at rest */
	struct listing_row read;	/* the last one that vigie_listing() was called for */
	struct found found;
	int64_t deadline_ms;	/* of questions; 0: none */
	_Atomic int64_t stop_ms;	/* of all; 0: none */
	int64_t wait_ms, waited_ms;	/* for others who write: at most; this time */
	int64_t read_since_ms;	/* monotonic_ms() when catalogue_read_begin() was called; 0: not within */
};

/* ---- one atomic step: a transaction, or a savepoint within the caller's */

int step_begin(struct catalogue *c, struct error *err);
/* Locks nothing until something is written. */
int step_begin_read(struct catalogue *c, struct error *err);
/* Ends the step: keeps it if `rc` is 0, else takes it back.  Returns rc, or -1. */
int step_end(struct catalogue *c, int rc, struct error *err);

/* ---- sqlite_wait.c */

enum { WAIT_MS = 30 * SECOND_MS };
/* Sets up how long this handle waits for others who write (WAIT_MS), and when it gives up what it is at. */
int wait_register(struct catalogue *c, struct error *err);
/* Is it time to give up for good, or what is asked now? */
bool wait_stopped(const struct catalogue *c);
bool wait_over(const struct catalogue *c);

/* ---- sqlite_open.c */

enum {
	META_UNPLACED = 2,	/* not 0: `spot` is not kept, and empty */
	META_TURN = 3,		/* moves by itself: see schema_turn */
	META_FORGOTTEN = 4,	/* moves when something was forgotten */
	META_FORGET_KEY = 5	/* and 6: of the hashes of who is not to come back */
};
int meta_get(struct catalogue *c, int key, int64_t *ret, struct error *err);
int meta_put(struct catalogue *c, int key, int64_t value, struct error *err);

int exec_all(struct catalogue *c, const char *const *list, struct error *err);
/* Into WAL mode, also while others have the file open; `schema` as ATTACH named it. */
int set_wal(struct catalogue *c, const char *schema, struct error *err);

/* ---- sqlite_index.c */

/* The full-text index, as schema `texts`.  Without a file to read, c->attached stays false. */
int index_attach(struct catalogue *c, struct error *err);
/* What a person typed, as a query of FTS5 without operators: every word in quotes, all of them wanted, the last one
 * as the beginning of a word.  Appends; returns where in `out` the last one begins. */
size_t index_match(struct buf *out, const char *search);

/* ---- sqlite_partner.c */

/* The function by which SQL_KNOWN_LISTINGS fills c->known. */
int known_register(struct catalogue *c, struct error *err);

/* A listing's key is its partner's number and its own within the partner, so
 * that all a partner has lies together. */
#define ROW_BITS 32

struct partner_row {
	int64_t id;
	struct partner_state state;
	int64_t outside;
	int64_t confirmed_ms;	/* start of the last run that answered for every listing */
	int64_t seed;		/* of the raw hashes, as a signed number */
	int64_t unnamed_ms;	/* when the youngest unreadable item without identifier was first seen */
	enum removal_hold hold;
	int64_t held, hold_since_ms;
	bool missing, quarantined;	/* it has listings that are missing; items in quarantine */
	int64_t loading;	/* not 0: its rows are a load that is not finished (sqlite_load.c) */
	struct holder holder;	/* pid 0: nobody */
};

int partner_get(struct catalogue *c, const char *partner, struct partner_row *ret, struct error *err);
bool holder_is_self(const struct catalogue *c, const struct holder *h);
bool holder_lives(const struct catalogue *c, const struct holder *h);
int holder_self(struct holder *ret, struct error *err);

/* ---- sqlite_load.c */

/* Drops what a load left behind, in the tables and in memory. */
int load_drop(struct catalogue *c, const struct partner_row *p, struct error *err);
void loads_done(struct catalogue *c);

#endif
