/* SPDX-License-Identifier: Apache-2.0 */
#include "json/held.h"

void
held_done(struct held *h)
{
	buf_done(&h->bytes);
	free(h->list);
	*h = (struct held){ BUF_INIT, NULL, 0, 0 };
}

void
held_clear(struct held *h)
{
	buf_clear(&h->bytes);
	h->n = 0;
}

bool
held_add(struct held *h, const struct frame_item *item)
{
	if (item->raw.len > HELD_MAX_BYTES - h->bytes.len)
		return false;
	if (h->n == h->cap) {
		h->cap = h->cap > 0 ? h->cap * 2 : 128;
		h->list = xrealloc(h->list, h->cap, sizeof *h->list);
	}
	h->list[h->n++] = (struct held_item){ h->bytes.len, item->raw.len, item->cut };
	buf_add(&h->bytes, item->raw.s, item->raw.len);
	return true;
}

void
held_release(struct held *h, frame_items_fn *items, void *arg)
{
	struct frame_item batch[FRAME_ITEMS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < h->n; i++) {
		const struct held_item *item = &h->list[i];
		batch[n++] = (struct frame_item){ { h->bytes.data + item->start, item->len }, item->cut };
		if (n == FRAME_ITEMS_MAX || i + 1 == h->n) {
			items(arg, batch, n);
			n = 0;
		}
	}
	held_done(h);
}
