/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items of a page of which it is not known yet whether they count: the total,
 * which decides it, may stand behind them.  They are copied.
 */
#ifndef VIGIE_JSON_HELD_H
#define VIGIE_JSON_HELD_H

#include "lib/frame.h"

enum { HELD_MAX_BYTES = 16 << 20 };

struct held {
	struct buf bytes;
	struct held_item {
		size_t start, len;
		bool cut;
	} *list;
	size_t n, cap;
};

void held_done(struct held *h);
void held_clear(struct held *h);
/* False: there is no room for it, nothing was added. */
bool held_add(struct held *h, const struct frame_item *item);
/* Hands all of them over, as a frame does, and is empty then. */
void held_release(struct held *h, frame_items_fn *items, void *arg);

#endif
