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
void buf_clear(struct buf *b);			/* len = 0, memory kept */
void buf_reserve(struct buf *b, size_t more);	/* room for `more` bytes and a NUL */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));
/* Cut to `len`, which must not be more than b->len. */
void buf_cut(struct buf *b, size_t len);
/* A JSON string with its quotes.  `s` must be UTF-8. */
void buf_json(struct buf *b, const char *s, size_t len);
/* Never NULL: "" for an empty buffer.  Borrowed until the next change. */
const char *buf_cstr(const struct buf *b);
/* Give up the memory to the caller, who frees it; b is empty afterwards. */
char *buf_take(struct buf *b);

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);			/* NULL gives NULL */
char *xstrndup(const char *s, size_t len);

#endif
