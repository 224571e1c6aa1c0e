/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run: everything a partner offers, read once, and merged.
 *
 *	LOADING ─► OPENING ─► TOKEN ─► FETCHING ─► READING ─► … ─► STORING ─► DONE
 *	                        ▲        │  ▲         │
 *	                        └────────┴─ WAITING ◄─┘ (back-off, Retry-After)
 *
 * OPENING and READING wait for the connector, in its cage.  A run whose notes
 * say what is asked first, and that is answered « not modified », needs none.
 *
 * Nothing of a run is visible in the catalogue before it is stored; a run that
 * is cancelled or killed leaves no trace.
 */
#ifndef VIGIE_SYNC_RUN_H
#define VIGIE_SYNC_RUN_H

#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "config/config.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "net/oauth.h"
#include "sync/intake.h"
#include "sync/store.h"

struct cages;
struct run;

struct run_env {		/* borrowed, shared by all runs */
	struct loop *loop;
	const struct clock *clock;
	struct fetcher *fetcher;
	struct cages *cages;
	struct store *store;	/* NULL: a dry run, nothing is read from or written to the catalogue */
	const char *stage_dir;
	const struct config *config;	/* the shared settings */
	uint64_t territory_seed;
};

struct run_observer {		/* every function may be NULL */
	struct intake_observer intake;
	void (*request)(void *arg, const char *method, const char *url, size_t page);
	void (*answer)(void *arg, int status, const char *url, uint64_t wire_bytes, uint64_t items);
	void (*waiting)(void *arg, int64_t wait_ms, const char *why);
	void (*progress)(void *arg, uint64_t items, uint64_t bytes, int64_t total);
	void *arg;
};

/*
 * What the runs of a partner leave for the next one, as long as its settings
 * are the same: what is asked first, which a connector says, so that a run
 * that is answered « not modified » opens none.
 */
struct run_notes {
	char *first_url, *first_body;	/* owned; first_url NULL: nobody asked yet */
	bool moves;		/* first_url depends on a watermark: it is asked for again */
	bool recorded;		/* the catalogue has what the partner's file says of it */
	struct run_memory left;	/* by a run that was answered « not modified » and changed nothing */
	int64_t others;		/* catalogue_others() at that time: `left` holds as long as it is the same; 0: nothing is left */
};
void run_notes_done(struct run_notes *n);

struct run_options {
	const struct partner_config *partner;	/* borrowed until done */
	struct run_notes *notes;	/* borrowed until done */
	struct oauth *oauth;	/* borrowed; NULL if the partner has none */
	unsigned max_pages;	/* stop after so many that have items, and never remove; 0: the partner's limit */
	const struct run_observer *observer;	/* borrowed; NULL */
};

struct run_summary {		/* borrowed during `done` */
	const struct run_report *report;
	const struct run_result *result;	/* NULL: not stored (dry, cancelled, or failed to) */
	const struct normalise_notes *notes;
	struct error error;	/* why the run ended early or was not stored */
	int64_t not_before_ms;	/* the partner asked to wait; TIME_NONE */
	int64_t next_poll_ms;
	unsigned failures_before;	/* failed runs in a row before this one */
	bool cancelled;
	uint64_t outside;	/* listings read in this run outside the territory */
	/* What the watch wants to know of the last answer; "" where there is nothing. */
	const char *address;		/* of whoever answered */
	const char *redirect_to;	/* a refused redirect's target */
	const char *sunset, *deprecation;	/* RFC 8594, RFC 9745 */
	const char *page;		/* the beginning of a web page, when one came */
	size_t page_len;
};

typedef void run_done_fn(void *arg, const struct run_summary *summary);

/* Calls `done` once, from the loop, and frees itself after it. */
struct run *run_start(const struct run_env *env, const struct run_options *options,
    run_done_fn *done, void *arg);
/* Ends it soon; `done` is still called, from the loop. */
void run_cancel(struct run *r);
/* The disk is full: what was read is given up and not recorded; `done` is called, with ERROR_FULL. */
void run_no_room(struct run *r);

#endif
