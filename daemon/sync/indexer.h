/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The indexer: a thread with a catalogue handle of its own that feeds the
 * full-text index while the store thread goes on writing listings.
 */
#ifndef VIGIE_SYNC_INDEXER_H
#define VIGIE_SYNC_INDEXER_H

#include <stdbool.h>

#include "catalogue/catalogue.h"

struct indexer;

/* The catalogue is there already; begins with what an earlier process left undone. */
struct indexer *indexer_new(const struct catalogue_options *options, struct error *err);
/* There are new texts.  From any thread. */
void indexer_wake(struct indexer *x);
/* `finish`: first feeds all that is waiting. */
void indexer_free(struct indexer *x, bool finish);

#endif
