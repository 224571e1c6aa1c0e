/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>

#include "base/block.h"

static void
out_of_memory(void)
{
	static const char msg[] = "<2>out of memory\n";
	(void)fwrite(msg, 1, sizeof msg - 1, stderr);
	abort();
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (p == NULL)
		out_of_memory();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (p == NULL)
		out_of_memory();
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size ? size : 1);
	if (q == NULL)
		out_of_memory();
	return q;
}

char *
xstrndup(const char *s, size_t len)
{
	char *p = xmalloc(len + 1);
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

void
buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void
buf_grow(struct buf *b, size_t more)
{
	if (more > SIZE_MAX / 2 - b->len)
		out_of_memory();
	size_t cap = b->cap ? b->cap : 64;
	while (cap - b->len <= more)
		cap *= 2;
	b->data = xrealloc(b->data, cap, 1);
	b->cap = cap;
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->len;
	va_list ap;
	va_start(ap, fmt);
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		buf_reserve(b, (size_t)n);
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	}
	if (n > 0)
		b->len += (size_t)n;
	va_end(again);
}

/* Apart: what is plain, nearly everything, goes by it without its arrays on the stack. */
static __attribute__((noinline)) void
json_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	if (c == '"' || c == '\\')
		buf_add(b, (char[]){ '\\', (char)c }, 2);
	else if (c == '\n')
		buf_add(b, "\\n", 2);
	else
		buf_add(b, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

static unsigned
json_specials(struct block block)
{
	return block_to(block, 0x1f) | block_equal(block, '"') | block_equal(block, '\\');
}

/* Copies it whole; which of its bytes a JSON string cannot have as they are. */
static inline unsigned
json_copy(char *to, struct block block)
{
	block_store(to, block);
	return json_specials(block);
}

/* With so many quotes before it and behind it. */
static void
json_add(struct buf *b, const char *s, size_t len, size_t quotes)
{
	const char *end = s + len;
	size_t before = quotes;
	for (;;) {
		buf_reserve(b, quotes + (size_t)(end - s) + BLOCK_BYTES);
		char *to = b->data + b->len;
		unsigned specials = 0;
		*to = '"';
		to += before;
		for (; end - s >= BLOCK_BYTES && (specials = json_copy(to, block_load(s))) == 0; to += BLOCK_BYTES)
			s += BLOCK_BYTES;
		if (specials == 0)	/* the NULs behind the rest count as the first of them */
			specials = json_copy(to, block_load_part(s, (size_t)(end - s))) | 1u << (end - s);
		unsigned plain = (unsigned)__builtin_ctz(specials);
		s += plain;
		to += plain;
		if (s == end) {
			*to = '"';
			buf_cut(b, (size_t)(to + quotes - b->data));
			return;
		}
		buf_cut(b, (size_t)(to - b->data));
		json_escape(b, (unsigned char)*s++);
		before = 0;
	}
}

void
buf_json_part(struct buf *b, const char *s, size_t len)
{
	json_add(b, s, len, 0);
}

void
buf_json(struct buf *b, const char *s, size_t len)
{
	json_add(b, s, len, 1);
}

const char *
buf_cstr(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_take(struct buf *b)
{
	char *p = b->data ? b->data : xcalloc(1, 1);
	*b = (struct buf)BUF_INIT;
	return p;
}
