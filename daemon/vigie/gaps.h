/* SPDX-License-Identifier: Apache-2.0 */
/* What « vigie try » says of columns that the partner's file maps and that stay
 * empty: how many times each, and one example. */
#ifndef VIGIE_VIGIE_GAPS_H
#define VIGIE_VIGIE_GAPS_H

#include "normalise/listing.h"
#include "sync/intake.h"

struct gap {
	char *field, *text, *id;	/* of the first; id "" if it has none */
	enum gap_kind {
		GAP_EMPTY,
		GAP_DEFAULT,	/* … and filled by another setting */
		GAP_PRESET,	/* a column that a preset maps, for whoever has it */
		GAP_BAD,	/* there was a value, which was not understood */
	} kind;
	uint64_t count, item;
};

enum { GAPS_MAX = 256 };	/* [map] has at most 64 fields */

struct gaps {
	struct gap list[GAPS_MAX];
	size_t n;
};

void gaps_done(struct gaps *g);
/* `id` is that of the listing that was read last. */
void gaps_add(struct gaps *g, const struct intake_remark *remark, enum gap_kind kind, struct text id);
/* The worst first; `listings`: how many were read. */
void gaps_sort(struct gaps *g);
void gaps_print(const struct gaps *g, uint64_t listings);
/* A member of an object: "remarks":[…] */
void gaps_json(const struct gaps *g, uint64_t listings, struct buf *out);

#endif
