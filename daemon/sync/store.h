/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store thread: the one thread that writes to the catalogue, so that
 * nothing on the loop waits for a disk.  Jobs run in the order in which they
 * were given; those that wait together share one transaction.  While there is
 * no job it moves the WAL and prunes, in slices; what is to be done while there
 * are jobs has a thread of its own (upkeep.h).
 */
#ifndef VIGIE_SYNC_STORE_H
#define VIGIE_SYNC_STORE_H

#include <stdbool.h>

#include "catalogue/catalogue.h"
#include "net/loop.h"
#include "sync/room.h"

struct store;

/* Opens the catalogue (making it if need be) and starts the thread.  `room` is borrowed; NULL: a full disk is an error as
 * any other. */
struct store *store_new(struct loop *l, const struct clock *clock,
    const struct catalogue_options *options, struct room *room, struct error *err);

/* `changed` is called from the loop when there is no room on the disk any more, or some again, and when the catalogue turns
 * out to be damaged. */
void store_on_room(struct store *s, void (*changed)(void *arg), void *arg);
/* For good: it is to be left as it is. */
bool store_damaged(const struct store *s);
/* Since when the disk is full; TIME_NONE: it is not, or nobody watches. */
int64_t store_full_since(struct store *s);
/* Something else of ours than a job found it full, perhaps. */
void store_tell_room(struct store *s, const struct error *err);
/* How a job went, good or bad: see room_log(). */
void store_log(struct store *s, struct said *said, const char *what, const struct error *err);

/* The end is near: what is not done in `grace_ms` is not done. */
void store_stop(struct store *s, int64_t grace_ms);
/* Runs what was submitted and calls back; waits for the index when `finish` is
 * set; closes the catalogue. */
void store_free(struct store *s, bool finish);

/*
 * `work` runs on the store thread, `done` afterwards on the loop's thread, with
 * the error of the commit that made the work last (then it did not happen).
 */
struct store_job {
	void (*work)(struct catalogue *c, void *arg);
	void (*done)(void *arg, const struct error *commit);
	void *arg;
};
void store_submit(struct store *s, struct store_job job);

/*
 * catalogue_others() as it was less than a second ago; 0: nobody has looked since.
 * Every group of jobs begins with a look.
 */
int64_t store_others(struct store *s);

/* Jobs that were submitted and are not done; from the loop. */
size_t store_pending(const struct store *s);

/* How long the oldest unfinished work has taken so far, in ms; 0 when idle. */
int64_t store_busy_ms(struct store *s);

#endif
