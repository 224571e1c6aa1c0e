/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one growable string.  Always NUL-terminated once something was added;
 * may hold NUL bytes.  Out of memory aborts, so whoever appends remote bytes
 * checks a named limit first.
 *
 * Also the allocation wrappers that abort instead of returning NULL.
 */
#ifndef VIGIE_BASE_BUF_H
#define VIGIE_BASE_BUF_H

#include <stddef.h>

#include "base/poison.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_done(struct buf *b);
void buf_grow(struct buf *b, size_t more);	/* what buf_reserve does when there is no room */
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));
/* A JSON string with its quotes.  `s` must be UTF-8. */
void buf_json(struct buf *b, const char *s, size_t len);
/* What stands between the quotes. */
void buf_json_part(struct buf *b, const char *s, size_t len);
/* Never NULL: "" for an empty buffer.  Borrowed until the next change. */
const char *buf_cstr(const struct buf *b);
/* Give up the memory to the caller, who frees it; b is empty afterwards. */
char *buf_take(struct buf *b);

/* The small ones are inline: a listing takes some two hundred of them. */

/* Room for `more` bytes and a NUL. */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->len <= more)
		buf_grow(b, more);
}

/* Cut to `len`, which must not be more than b->len. */
static inline void
buf_cut(struct buf *b, size_t len)
{
	b->len = len;
	if (b->data != NULL)
		b->data[len] = '\0';
}

/* len = 0, memory kept. */
static inline void
buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

static inline void
buf_add(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

/* For what is short: `len` bytes of the `room` that can be read at `data`.  A room that the compiler knows costs no call. */
static inline void
buf_add_room(struct buf *b, const void *data, size_t len, size_t room)
{
	buf_reserve(b, room);
	memcpy(b->data + b->len, data, room);
	b->len += len;
	b->data[b->len] = '\0';
}

static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);			/* NULL gives NULL */
char *xstrndup(const char *s, size_t len);

#endif
