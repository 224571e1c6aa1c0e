/* SPDX-License-Identifier: Apache-2.0 */
/* What run.c (a run's life) and page.c (its requests) share; nobody else. */
#ifndef VIGIE_SYNC_RUN_PRIVATE_H
#define VIGIE_SYNC_RUN_PRIVATE_H

#include "base/buf.h"
#include "cage/cage.h"
#include "sync/local.h"
#include "sync/run.h"
#include "sync/seen.h"

enum { SAID_MAX = 300 };	/* bytes of an answer that is no list, to quote */

enum run_state { RUN_LOADING, RUN_OPENING, RUN_READING, RUN_TOKEN, RUN_FETCHING, RUN_WAITING, RUN_STORING, RUN_DONE };

struct replay {			/* an item out of quarantine */
	struct replay *next;
	size_t len;
	char raw[];
};

struct run {
	struct run_env env;
	struct run_options options;
	const struct partner_config *partner;	/* not after `done` */
	const struct vigie_connector *plugin;	/* the partner's */
	run_done_fn *done;
	void *done_arg;

	enum run_state state;
	bool cancelled;
	struct run_report report;
	struct run_memory memory;	/* until it is stored */
	struct run_memory found;	/* by the store, until that tells */
	int64_t others;			/* catalogue_others() when it was stored */
	bool loading;			/* what the answer is compared with is on its way */
	bool again;			/* WAITING for that, to ask for this page once more */
	unsigned failures_before;
	struct run_result result;
	struct error error;		/* why the run ended early; kept for the report */
	struct buf detail, watermark;
	struct error store_error;	/* of the store's jobs */
	struct replay *replays;
	size_t replay_bytes;
	unsigned n_preloading;		/* segments on their way into the catalogue */
	bool held;			/* WAITING for one of them, to ask for the next page */
	struct stage *spare;		/* of one that has arrived; NULL */

	struct intake intake;
	struct cage *cage;		/* once there is something to read */
	bool opened;			/* it was told what it is to read */
	bool ready;			/* it has said that it is */
	struct buf answer;		/* what it is told of the page */
	bool entered;			/* the cage was told of this attempt */
	bool caged_page;		/* it was told of this page, and answers to its end */
	void (*then)(struct run *r);	/* READING: what goes on with its answer */
	struct error came;		/* READING: how the page came */
	uint64_t came_bytes;
	bool came_without_secrets;
	struct timer *timer, *budget;	/* of WAITING; of the whole run */

	/* one slot per pending operation */
	struct fetch *fetch;
	struct local *local;	/* in its place, for a local file */
	struct oauth_wait *token_wait;

	/* the page that is asked for, or read */
	char *url, *body;		/* body NULL: none */
	char *answer_url, *answer_etag, *answer_last_modified;
	char address[FETCH_ADDRESS_MAX];	/* of the last answer */
	char *redirect_to, *sunset, *deprecation;	/* for the summary; NULL */
	struct buf web_page;		/* the beginning of an answer that says that it is one */
	bool is_web_page;
	struct buf said;		/* the beginning of an answer that is neither that nor a list */
	char *authorization;
	size_t page;			/* pages read so far */
	size_t filled, absent;		/* of those: had items; did not come, and the connector went on */
	unsigned attempt;
	bool token_refused;		/* once in this page */
	bool conditional;		/* this request carries a validator */
	int status;
	int64_t retry_after_ms;
	uint64_t page_bytes;
	struct raw_hash request_hash;

	/* proofs */
	struct seen requests, pages;
	bool use_validators, restart, unchanged;	/* unchanged: every answer so far was 304 */
	struct validator *validators;	/* of this run, in order */
	size_t n_validators;
	bool validators_whole;		/* every page had one */
	int64_t deadline_ms;		/* monotonic, as the following */

	/* what was lost by our doing: see delay.c */
	int64_t turn_ms;		/* in the queues of hosts, for the pages before this one */
	bool queued;			/* for a place of its cage */
	int64_t delayed_ms, delayed_since_ms;	/* since: 0: it is not */
	int64_t asked_ms, delayed_before_ms;	/* when this page was asked for, and what was lost by then */
};

/* page.c */
void page_room(struct run *r);	/* the cage takes more */
void page_first(struct run *r);
/* The URL that a link in the page that was read means; the caller frees. */
char *page_resolve(struct run *r, const char *target, struct error *err);
void page_retry(struct run *r);	/* the wait is over */
void page_drop(struct run *r);		/* cancel what is pending */

/* conditional.c */
struct raw_hash conditional_request(const struct run *r);
const struct validator *conditional_validator(const struct run *r);	/* to ask this page with; NULL */
bool conditional_holds(const struct run *r, const char *url);	/* a 304 from there: of what the validator is of */
void conditional_keep(struct run *r, const char *next_url);	/* that of the page that was read, for the next run */
void conditional_free(struct run *r);
const char *conditional_watermark(const struct run *r);	/* of the one that was stored, if it belongs to this question; NULL */
void conditional_keep_watermark(struct run *r, const char *mark);

/* refusal.c */
void refusal_describe(struct run *r, bool without_secrets, struct error *why);

/* load.c */
/* Loads what the run has to know, or takes what the one before has left, and starts it. */
void run_begin(struct run *r);
/* There is something new to read: loads the rest, unless all is there. */
void run_load_rest(struct run *r);
/* It was stored: leaves what it knows to the next. */
void run_leave(struct run *r);
void run_free_replays(struct run *r);

/* run.c */
/* All that it has to know is there: reads. */
void run_read(struct run *r);
/* Tells how it ended, and frees it. */
void run_finish(struct run *r, bool stored);
/* Cage and stage, once there is something to read: a 304 needs none of them.
 * -1: r->intake.error says why. */
int run_open_reader(struct run *r);
int run_begin_reader(struct run *r);	/* the cage's process alone, which takes some milliseconds */
/* Ends the reading: with ERROR_NONE as complete, else with why; then stores. */
void run_end(struct run *r, const struct error *why);

/* segment.c */
void run_new_stage(struct run *r);
/* A page was read to its end.  In the first run of a partner, what has been
 * staged so far goes to the store, once there is enough of it. */
void run_page_end(struct run *r);
/* Before the next page: true if it has to wait, for the store has enough to do; then page_retry() comes. */
bool run_hold(struct run *r);

#endif
