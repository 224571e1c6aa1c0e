/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upkeep beside the store thread: a thread with a catalogue handle of its own
 * that moves the WAL and feeds the full-text index while the store thread goes
 * on writing.  Moving the WAL is mostly waiting for the disk.
 */
#ifndef VIGIE_SYNC_UPKEEP_H
#define VIGIE_SYNC_UPKEEP_H

#include <stdbool.h>

#include "catalogue/catalogue.h"
#include "sync/room.h"

struct upkeep;

/* The catalogue is there already; begins with what an earlier process left undone.
 * `room`: borrowed; NULL: nobody watches over it. */
struct upkeep *upkeep_new(const struct catalogue_options *options, struct room *room, struct error *err);
/* There are new texts; the WAL is long.  From any thread. */
void upkeep_index(struct upkeep *u);
void upkeep_checkpoint(struct upkeep *u);
/* What it is at is given up from then on (monotonic_ms()). */
void upkeep_stop(struct upkeep *u, int64_t monotonic_ms);
/* `finish`: first feeds all that is waiting to the index. */
void upkeep_free(struct upkeep *u, bool finish);

#endif
