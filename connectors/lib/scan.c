/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/scan.h"

#include "base/block.h"

enum { WIDE_BYTES = 4 * BLOCK_BYTES };

static const char special[256] = {
	['"'] = 1, ['{'] = 1, ['}'] = 1, ['['] = 1, [']'] = 1,
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past the closing quote, or `end`; s->in_string says which. */
static const char *
scan_string(struct scan *s, const char *p, const char *end)
{
	if (s->escaped) {
		s->escaped = false;
		p++;
	}
	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		const char *stop = quote ? quote : end, *q = stop;
		while (q > p && q[-1] == '\\')
			q--;
		bool odd = ((stop - q) & 1) != 0;
		if (quote == NULL) {
			s->escaped = odd;
			return end;
		}
		p = quote + 1;
		if (!odd) {
			s->in_string = false;
			return p;
		}
	}
	return p;
}

const char *
scan_scalar(const char *p, const char *end)
{
	while (p < end && *p != ',' && *p != ']' && *p != '}' && !is_space(*p))
		p++;
	return p;
}

/* Past the item's last byte with *ret_whole set, or `end`. */
static const char *
scan_bytes(struct scan *s, const char *p, const char *end, bool *ret_whole)
{
	while (p < end) {
		if (s->in_string) {
			p = scan_string(s, p, end);
			if (!s->in_string && s->depth == 0) {
				*ret_whole = true;
				return p;
			}
			continue;
		}
		while (p < end && !special[(unsigned char)*p])
			p++;
		if (p == end)
			break;
		char c = *p++;
		if (c == '"')
			s->in_string = true;
		else if (c == '{' || c == '[')
			s->depth++;
		else if (s->depth == 0 || --s->depth == 0) {
			*ret_whole = true;
			return p;
		}
	}
	return p;
}

/* Bit i of each is about byte i of WIDE_BYTES. */
struct wide {
	uint64_t quotes, backslashes, opens, closes;
};

static inline void
look(struct wide *w, const char *p, unsigned at)
{
	struct block b = block_load(p + at), bracket = block_or(b, '{' ^ '[');
	w->quotes |= (uint64_t)block_equal(b, '"') << at;
	w->backslashes |= (uint64_t)block_equal(b, '\\') << at;
	w->opens |= (uint64_t)block_equal(bracket, '{') << at;
	w->closes |= (uint64_t)block_equal(bracket, '}') << at;
}

/* From each quote on to the next: bit i is the exclusive or of bits 0 to i
 * (Langdale and Lemire, « Parsing gigabytes of JSON per second », 2019). */
static inline uint64_t
between_quotes(uint64_t quotes)
{
	quotes ^= quotes << 1;
	quotes ^= quotes << 2;
	quotes ^= quotes << 4;
	quotes ^= quotes << 8;
	quotes ^= quotes << 16;
	return quotes ^ quotes << 32;
}

/* WIDE_BYTES of an item whose first bracket was seen; likewise. */
static const char *
scan_wide(struct scan *s, const char *p, bool *ret_whole)
{
	struct wide w = { 0, 0, 0, 0 };
	look(&w, p, 0);
	look(&w, p, BLOCK_BYTES);
	look(&w, p, 2 * BLOCK_BYTES);
	look(&w, p, 3 * BLOCK_BYTES);
	if (w.backslashes != 0)
		return scan_bytes(s, p, p + WIDE_BYTES, ret_whole);
	uint64_t text = between_quotes(w.quotes) ^ (s->in_string ? UINT64_MAX : 0);
	uint64_t brackets = (w.opens | w.closes) & ~text;
	for (; brackets != 0; brackets &= brackets - 1) {
		int at = __builtin_ctzll(brackets);
		if ((w.opens >> at & 1) != 0) {
			s->depth++;
		} else if (--s->depth == 0) {
			s->in_string = false;
			*ret_whole = true;
			return p + at + 1;
		}
	}
	s->in_string = text >> 63 != 0;
	return p + WIDE_BYTES;
}

const char *
scan_item(struct scan *s, const char *p, const char *end, bool *ret_whole)
{
	while (p < end && !*ret_whole) {
		if (end - p < WIDE_BYTES || (s->depth == 0 && s->in_string))
			p = scan_bytes(s, p, end, ret_whole);
		else if (s->depth == 0 || s->escaped)
			p = scan_bytes(s, p, p + 1, ret_whole);
		else
			p = scan_wide(s, p, ret_whole);
	}
	return p;
}
