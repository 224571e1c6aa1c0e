/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is there room on the disk?  A file beside the catalogue, « catalogue.db-reserve »,
 * holds a few MB of it.  When a write finds none, the file is given up, so that
 * what is small can still be kept (verdicts, letters, what was sent), and nobody
 * is read until the reserve can be held again and as much is free beside it:
 * twice as much each time that this was not enough for an hour.
 *
 * Said in the log once, and its end once.  From any thread, but for room_look().
 */
#ifndef VIGIE_SYNC_ROOM_H
#define VIGIE_SYNC_ROOM_H

#include "base/clock.h"
#include "base/error.h"
#include "base/said.h"

struct room;

/* Holds the reserve, or finds the disk full.  `folder`: of the catalogue. */
struct room *room_new(const char *catalogue_path, const char *folder, const struct clock *clock);
void room_free(struct room *r);		/* the reserve stays on the disk; takes NULL */

/* How `what` went: the first failure is logged, and the end of a row of them, but for a full disk, which is said once for
 * all, and for what is given up because it is time to end.  `r` may be NULL. */
void room_log(struct room *r, struct said *said, const char *what, const struct error *err);
/* What a write had to say: nothing happens unless it is ERROR_FULL. */
void room_tell(struct room *r, const struct error *err);
/* `full` is called, from any thread, when it becomes full; at once if it is.  It may not call the room.  NULL: nobody. */
void room_on_full(struct room *r, void (*full)(void *arg), void *arg);
/* Whether there is room again: for the store's thread, now and then while it is full. */
void room_look(struct room *r);
/* TIME_NONE: there is room. */
int64_t room_full_since(struct room *r);

#endif
