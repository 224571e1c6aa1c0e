/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/wire.h"

#define NO_TEXT UINT32_MAX

enum { ALIGNMENT = 8 };

size_t
wire_size(size_t len)
{
	return sizeof(struct wire_head) + (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void
wire_write(struct ring *r, uint32_t kind, const char *s, size_t len)
{
	const struct wire_head head = { kind, (uint32_t)len };
	char *to = ring_place(r);
	memcpy(to, &head, sizeof head);
	if (len > 0)
		memcpy(to + sizeof head, s, len);
	ring_written(r, wire_size(len));
}

/* Is there a piece, and of what sort?  As wire_next(). */
static int
look(struct ring *r, const struct wire_in *in, struct wire_head *ret)
{
	struct wire_head head;
	size_t ready = ring_ready(r);
	if (ready == RING_BROKEN)
		return -1;
	if (ready < sizeof head)
		return 0;
	memcpy(&head, ring_place(r), sizeof head);
	uint32_t kind = head.kind & ~WIRE_MORE;
	if (kind >= WIRE_KINDS || head.len > WIRE_PIECE_BYTES || ready < wire_size(head.len) ||
	    (head.len == 0 && kind != head.kind) ||	/* there is no end to nothing */
	    (in->more && kind != in->kind) || in->copy.len + head.len > WIRE_MESSAGE_MAX_BYTES)
		return -1;
	*ret = head;
	return 1;
}

int
wire_next(struct ring *r, struct wire_in *in)
{
	const uint64_t end = r->own + WIRE_TURN_BYTES;
	struct wire_head head;
	int rc;
	if (!in->more)
		buf_clear(&in->copy);
	do {
		if (r->own >= end)
			return 0;
		if ((rc = look(r, in, &head)) != 1)
			return rc;
		buf_add(&in->copy, ring_place(r) + sizeof head, head.len);
		ring_read(r, wire_size(head.len));
		in->kind = head.kind & ~WIRE_MORE;
		in->more = (head.kind & WIRE_MORE) != 0;
	} while (in->more);
	in->s = buf_cstr(&in->copy);
	in->len = in->copy.len;
	return 1;
}

int
wire_next_in_place(struct ring *r, struct wire_in *in)
{
	struct wire_head head;
	if (in->held > 0)
		ring_read(r, in->held);
	in->held = 0;
	if (in->more)
		return wire_next(r, in);
	buf_clear(&in->copy);
	int rc = look(r, in, &head);
	if (rc != 1 || (head.kind & WIRE_MORE) != 0)
		return rc != 1 ? rc : wire_next(r, in);
	in->kind = head.kind;
	in->s = ring_place(r) + sizeof head;
	in->len = head.len;
	in->held = wire_size(head.len);
	return 1;
}

void
wire_put(struct buf *b, const void *p, size_t n)
{
	buf_add(b, p, n);
}

void
wire_put_number(struct buf *b, uint64_t n)
{
	buf_add(b, &n, sizeof n);
}

void
wire_put_text(struct buf *b, const char *s, size_t len)
{
	uint32_t n = s != NULL ? (uint32_t)len : NO_TEXT;
	buf_add(b, &n, sizeof n);
	buf_add(b, s, s != NULL ? len : 0);
}

void
wire_put_string(struct buf *b, const char *s)
{
	wire_put_text(b, s, s != NULL ? strlen(s) : 0);
}

static bool
take(struct wire_cursor *c, void *to, size_t n)
{
	if (c->bad || c->left < n) {
		c->bad = true;
		return false;
	}
	memcpy(to, c->at, n);
	c->at += n;
	c->left -= n;
	return true;
}

uint64_t
wire_number(struct wire_cursor *c)
{
	uint64_t n = 0;
	return take(c, &n, sizeof n) ? n : 0;
}

struct text
wire_text(struct wire_cursor *c)
{
	const struct text none = { NULL, 0 };
	uint32_t n;
	if (!take(c, &n, sizeof n) || n == NO_TEXT)
		return none;
	if (n > c->left) {
		c->bad = true;
		return none;
	}
	struct text text = { c->at, n };
	c->at += n;
	c->left -= n;
	return text;
}

char *
wire_string(struct wire_cursor *c)
{
	struct text t = wire_text(c);
	if (t.s == NULL)
		return NULL;
	if (memchr(t.s, '\0', t.len) != NULL) {
		c->bad = true;
		return NULL;
	}
	return xstrndup(t.s, t.len);
}
