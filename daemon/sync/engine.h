/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: all partners of a configuration, their runs and their timers.
 * The service lets it schedule; `vigie sync` asks it for single runs.
 *
 * At most one run of a partner is under way; a run that is asked for while one
 * is under way is refused (ERROR_BUSY).
 */
#ifndef VIGIE_SYNC_ENGINE_H
#define VIGIE_SYNC_ENGINE_H

#include "base/clock.h"
#include "config/config.h"
#include "net/loop.h"
#include "sync/run.h"

struct engine;

struct engine_options {
	struct loop *loop;
	const struct clock *clock;
	struct config *config;		/* taken */
	bool dry;			/* no catalogue: for trying a partner */
	bool keep_room;			/* on the disk; while it is full nobody is polled (room.h) */
	void (*room_changed)(void *arg);	/* it is full, or no longer; may be NULL */
	/* Every run's end; may be NULL. */
	void (*run_done)(void *arg, const char *partner, const struct run_summary *summary);
	void *arg;
};

struct engine *engine_new(const struct engine_options *options, struct error *err);
/* No run may be under way (see engine_stop).  `finish`: wait for the search index. */
void engine_free(struct engine *e, bool finish);

/* Polls every enabled partner on its timer from now on. */
void engine_schedule(struct engine *e);
/* One run now.  `observer` is borrowed until its end. */
int engine_run(struct engine *e, const char *partner, unsigned max_pages,
    const struct run_observer *observer, struct error *err);
/*
 * Takes the new configuration, partner by partner: who is not in it is no
 * longer polled (the catalogue keeps everything), who changed is polled by the
 * new settings from the next run on, who is in `keep` (a file that could not
 * be read) stays as it is.  The shared settings of vigie.conf need a restart.
 */
struct engine_reload {
	unsigned added, changed, removed, kept;
};
struct engine_reload engine_reload(struct engine *e, struct config *config,
    const struct config_problems *problems);
/* Cancels every run; `stopped` is called once none is under way. */
void engine_stop(struct engine *e, void (*stopped)(void *arg), void *arg);

/* ---- for the watch, which looks at partners beside their runs */

/* The settings of every partner that is polled, in order of name; borrowed until
 * the loop goes on. */
void engine_each(const struct engine *e, void (*each)(void *arg, const struct partner_config *p), void *arg);
/* Those of one; NULL: it is not polled. */
const struct partner_config *engine_partner(const struct engine *e, const char *partner);
/* Polls it then, in place of its next time, unless a run is under way. */
void engine_poll_at(struct engine *e, const char *partner, int64_t due_ms);
/* Another number whenever what engine_each() tells has changed: at a reload, and
 * for a partner that was being read at that time after its run. */
unsigned engine_settings(const struct engine *e);
const struct config *engine_config(const struct engine *e);	/* the shared settings; has no partners */
struct fetcher *engine_fetcher(const struct engine *e);
struct store *engine_store(const struct engine *e);

struct engine_status {
	size_t partners, running;	/* switched on; being read */
	uint64_t runs;
	int64_t overdue_ms;		/* how late the next one is by now */
	int64_t store_busy_ms;
};
struct engine_status engine_status(const struct engine *e);

#endif
