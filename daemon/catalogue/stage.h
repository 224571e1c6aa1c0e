/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage: what one run has read and the catalogue has not yet.  Append
 * only; small ones stay in memory, larger ones go to a file without a name
 * (O_TMPFILE) that vanishes with the process.  Nothing in it is visible to
 * readers before catalogue_run_finish() merges it in one transaction.
 */
#ifndef VIGIE_CATALOGUE_STAGE_H
#define VIGIE_CATALOGUE_STAGE_H

#include "base/error.h"
#include "catalogue/known.h"
#include "normalise/listing.h"

struct stage;

enum stage_kind { STAGE_LISTING, STAGE_TOMBSTONE, STAGE_REJECT };

struct stage_entry {		/* borrowed from the stage until the next call */
	enum stage_kind kind;
	struct raw_hash hash;	/* of a listing's or a rejected item's raw bytes */
	struct text flat;	/* STAGE_LISTING: see listing_flatten */
	struct text external_id;/* STAGE_TOMBSTONE, STAGE_REJECT; s NULL: it has none */
	struct text raw;	/* STAGE_REJECT */
	struct text reason;	/* STAGE_REJECT */
};

enum { STAGE_MEMORY_BYTES = 1 << 20, STAGE_RAW_MAX_BYTES = 1 << 20 };

struct stage *stage_new(const char *dir);	/* `dir` is borrowed; the file is made when needed */
void stage_free(struct stage *s);
/* So much of it stays in memory, instead of STAGE_MEMORY_BYTES. */
void stage_keep(struct stage *s, size_t bytes);
const char *stage_dir(const struct stage *s);

/* In its flat form. */
int stage_listing(struct stage *s, struct raw_hash hash, const char *flat, size_t len, struct error *err);
int stage_tombstone(struct stage *s, const char *external_id, size_t len, struct error *err);
/* Raw bytes over STAGE_RAW_MAX_BYTES are cut. */
int stage_reject(struct stage *s, const struct stage_entry *entry, struct error *err);

/* Entries so far, and taking back everything after a mark (a page that broke
 * off and is asked for again). */
struct stage_mark {
	uint64_t bytes, entries;
};
struct stage_mark stage_mark(const struct stage *s);
int stage_rewind(struct stage *s, struct stage_mark mark, struct error *err);

/* Reading, from the start: 1 with *ret filled in, 0 at the end, -1. */
int stage_read_start(struct stage *s, struct error *err);
int stage_read(struct stage *s, struct stage_entry *ret, struct error *err);

/*
 * Reading a batch at a time, in any order: the merge goes from the last to the
 * first, so that the first entry it meets of an identifier is the one that
 * counts.  Batch `i` of stage_batches(); its entries stand in the order in
 * which they were appended and are borrowed until the next call.
 */
enum { STAGE_BATCH_BYTES = 4 << 20 };	/* and what is over of the last entry */
size_t stage_batches(const struct stage *s);
int stage_batch(struct stage *s, size_t i, const struct stage_entry **ret, size_t *ret_n, struct error *err);

#endif
