/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host and cage tell each other: messages of a kind and some bytes, cut
 * into pieces that fit into a ring.  Numbers are in the machine's order.
 */
#ifndef VIGIE_CAGE_WIRE_H
#define VIGIE_CAGE_WIRE_H

#include "base/buf.h"
#include "cage/ring.h"
#include "normalise/listing.h"

enum wire_kind {
	/* down */
	WIRE_SETUP,	/* cage/setup.h; answered with READY or FAILED */
	WIRE_REPLAY,	/* an item out of quarantine */
	WIRE_BEGIN,	/* an answer: url, content type, links, page */
	WIRE_DATA,	/* of its body */
	WIRE_END,	/* answered with DONE or FAILED */
	WIRE_STOP,	/* it broke off; the same */
	WIRE_ABSENT,	/* an answer that does not come: as BEGIN, and the status; the same */
	/* up */
	WIRE_READY,	/* what is asked first: url, body; protections that are missing */
	WIRE_BEGUN,	/* the answer begins: what follows belongs to it */
	WIRE_LISTING,	/* hash, flat form */
	WIRE_TOMBSTONE,	/* identifier */
	WIRE_REJECT,	/* hash, identifier, raw bytes, reason */
	WIRE_SEEN,	/* places in the table of what is known, and how many from each */
	WIRE_COUNT,	/* items framed so far in this run */
	WIRE_TOTAL,
	WIRE_WINDOW,
	WIRE_IN_ORDER,
	WIRE_REMEMBER,
	WIRE_REMARK,	/* item, field, text, given */
	WIRE_DONE,	/* more, url, body; hash of the page; notes of the normaliser */
	WIRE_FAILED,	/* error kind, text */
	WIRE_KINDS
};

/* A longer message is cut; no message is longer than the second; of its pieces about so much is taken at a time. */
enum { WIRE_PIECE_BYTES = 1 << 15, WIRE_MESSAGE_MAX_BYTES = 24 << 20, WIRE_TURN_BYTES = 1 << 18, WIRE_SPANS_MAX = 256 /* of a SEEN */ };
#define WIRE_MORE 0x80000000u	/* of the kind: another piece follows */

struct wire_head {
	uint32_t kind, len;
};

/* How many bytes of a ring a piece takes. */
size_t wire_size(size_t len);
/* There is room for it. */
void wire_write(struct ring *r, uint32_t kind, const char *s, size_t len);

/*
 * The next message, copied out of the ring before anybody looks at it: 1 with
 * its kind and its bytes, 0 when it is not all there yet, -1 when it is none.
 * 0 also when there was much of it: as long as the ring moves, ask again.
 */
struct wire_in {
	uint32_t kind;
	const char *s;		/* until the next one is asked for */
	size_t len;

	struct buf copy;
	bool more;		/* it has some of its pieces */
	size_t held;		/* bytes of the ring that the message stands in */
};
int wire_next(struct ring *r, struct wire_in *in);
/* The same, without a copy where it is one piece: for who trusts the writer. */
int wire_next_in_place(struct ring *r, struct wire_in *in);

/* ---- the insides of a message */

void wire_put(struct buf *b, const void *p, size_t n);
void wire_put_number(struct buf *b, uint64_t n);
void wire_put_text(struct buf *b, const char *s, size_t len);	/* s NULL: none */
void wire_put_string(struct buf *b, const char *s);		/* NULL: none */

struct wire_cursor {
	const char *at;
	size_t left;
	bool bad;		/* it was shorter than what was taken from it */
};
uint64_t wire_number(struct wire_cursor *c);
struct text wire_text(struct wire_cursor *c);
/* With its end; the caller frees it.  NULL: none, or it holds a NUL. */
char *wire_string(struct wire_cursor *c);

#endif
