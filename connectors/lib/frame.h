/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a JSON document (RFC 8259) that arrives in pieces into the items of
 * one array and the rest of it, the envelope, in which that array is empty.
 * Where the pointer ends with "*", the members of an object are items as well:
 * {"a":{"x":1},"b":5} gives {"@key":"a","x":1} and {"@key":"b","@value":5}.  It
 * has to be asked for, as an object where an array should be is what errors
 * look like; an array will do there too, as some write an empty object so.
 * Nothing is parsed here: strings and brackets are followed, so memory is that
 * of one item and of the envelope.
 */
#ifndef VIGIE_LIB_FRAME_H
#define VIGIE_LIB_FRAME_H

#include <stddef.h>

#include <stdbool.h>

#include "base/buf.h"
#include "vigie_connector.h"

enum { FRAME_ENVELOPE_MAX_BYTES = 1 << 20, FRAME_POINTER_SEGMENTS = 8, FRAME_KEY_BYTES = 128,
	FRAME_NAME_BYTES = 1024 };

struct frame_item {
	struct vigie_bytes raw;
	bool cut;	/* it was over the limit: only its first bytes are there */
};

/* The next whole items, borrowed: as many as one piece of the document held,
 * up to FRAME_ITEMS_MAX. */
enum { FRAME_ITEMS_MAX = 16 };
typedef void frame_items_fn(void *arg, const struct frame_item *items, size_t n);

struct frame;

/* `pointer`: RFC 6901, to the array of items; "" is the document itself; NULL:
 * the document is no array but the only item; "*" at its end: see above.
 * NULL if it is not a JSON Pointer or has too many segments. */
struct frame *frame_new(const char *pointer, size_t max_item_bytes, unsigned max_depth,
    frame_items_fn *items, void *arg);
void frame_free(struct frame *f);
void frame_reset(struct frame *f);	/* a new document */

/* 0, or -1: frame_failure() and frame_problem() say why; the items before it
 * were delivered. */
int frame_feed(struct frame *f, const char *chunk, size_t len);
int frame_end(struct frame *f);		/* was the document whole? */
/* Why frame_end failed: the document is whole, but the array is not in it. */
bool frame_lacks_items(const struct frame *f);
enum vigie_failure frame_failure(const struct frame *f);
const char *frame_problem(const struct frame *f);

/* Borrowed; what there is of an item that has not ended. */
struct vigie_bytes frame_part(const struct frame *f);
/* Borrowed; the document with an empty array of items. */
const struct buf *frame_envelope(const struct frame *f);

#endif
