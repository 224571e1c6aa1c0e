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
#ifndef VIGIE_WATCH_WATCH_H
#define VIGIE_WATCH_WATCH_H

#include "base/clock.h"
#include "net/loop.h"
#include "sync/engine.h"

struct watch;

struct watch_options {		/* borrowed, for as long as the watch lives */
	struct loop *loop;
	const struct clock *clock;
	struct engine *engine;
	void (*news)(void *arg);	/* something may wait in the outbox */
	void *arg;
};

/* Before engine_schedule(): what was kept is read first. */
struct watch *watch_new(const struct watch_options *options, struct error *err);
void watch_free(struct watch *w);	/* takes NULL; before engine_free() */
void watch_reload(struct watch *w);	/* after engine_reload() */
/* From engine_options.run_done. */
void watch_run_done(struct watch *w, const char *partner, const struct run_summary *summary);
/* Keeps every state; `stopped` is called from the loop when that is done. */
void watch_stop(struct watch *w, void (*stopped)(void *arg), void *arg);

struct watch_status {
	size_t failing;			/* partners that do not answer as they should */
	int64_t blind_since_ms;		/* TIME_NONE: the lookout sees */
};
struct watch_status watch_status(const struct watch *w);

#endif
