/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch: after every run it gathers what else can be seen of a partner
 * (its site, its name, public registers), asks whether it is us, lets the
 * detector decide, and hands the verdict to the ledger.
 *
 *	run done ─► round: site, DNS, registers, controls ─► detector ─► ledger
 *	                 ▲
 *	re-check ────────┘  (while a partner does not answer: a light request)
 *
 * Nothing blocks; every source is asked at a polite rate.  State is kept in the
 * catalogue with each verdict, while something is wrong, and every few hours.
 */
#ifndef VIGIE_WATCH_LOOKOUT_H
#define VIGIE_WATCH_LOOKOUT_H

#include "base/clock.h"
#include "net/loop.h"
#include "sync/engine.h"

struct lookout;

struct lookout_options {		/* borrowed, for as long as the watch lives */
	struct loop *loop;
	const struct clock *clock;
	struct engine *engine;
	void (*news)(void *arg);	/* something may wait in the outbox */
	void *arg;
};

/* Before engine_schedule(): what was kept is read first. */
struct lookout *lookout_new(const struct lookout_options *options, struct error *err);
void lookout_free(struct lookout *w);	/* takes NULL; before engine_free() */
/* The disk is full, or no longer: told to staff soon. */
void lookout_room_changed(struct lookout *w);
void lookout_reload(struct lookout *w);	/* after engine_reload() */
/* From engine_options.run_done. */
void lookout_run_done(struct lookout *w, const char *partner, const struct run_summary *summary);
/* Keeps every state; `stopped` is called from the loop when that is done. */
void lookout_stop(struct lookout *w, void (*stopped)(void *arg), void *arg);

struct lookout_status {
	size_t failing;			/* partners that do not answer as they should */
	int64_t blind_since_ms;		/* TIME_NONE: the lookout sees */
};
struct lookout_status lookout_status(const struct lookout *w);

#endif
