/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A collection as one document of any length, a piece at a time.  Each piece is
 * a question of its own that goes on behind the last row (a keyset), so that
 * whoever reads slowly holds nothing in the catalogue.  What is there all along
 * comes once; what comes, goes or changes meanwhile may be in it or not.
 */
#ifndef VIGIE_REPRESENT_EXPORT_H
#define VIGIE_REPRESENT_EXPORT_H

#include "represent/represent.h"

struct export {
	const struct representation *format;
	struct represent document;
	struct reading_filter filter;	/* borrows its texts; after_row moves on, limit is ours */
	struct tally *tally;		/* borrowed for the next piece; NULL: none */
	bool begun;
};

/* Appends some 256 kB or less, nothing if need be.  -1: what came so far is not whole. */
int export_piece(struct export *x, struct catalogue *c, struct buf *out, bool *ret_more, struct error *err);

#endif
