/* SPDX-License-Identifier: Apache-2.0 */
/* block.h in plain C, for machines without SSE2; only that includes it. */
#ifndef VIGIE_BASE_BLOCK_PLAIN_H
#define VIGIE_BASE_BLOCK_PLAIN_H

#include <string.h>

struct block {
	unsigned char v[BLOCK_BYTES];
};

static inline struct block
block_load(const char *s)
{
	struct block b;
	memcpy(b.v, s, sizeof b.v);
	return b;
}

static inline void
block_store(char *s, struct block b)
{
	memcpy(s, b.v, sizeof b.v);
}

static inline struct block
block_load_part(const char *s, size_t n)
{
	struct block b = { { 0 } };
	memcpy(b.v, s, n);
	return b;
}

static inline unsigned
block_range(struct block b, unsigned char first, unsigned char last)
{
	unsigned mask = 0;
	for (unsigned i = 0; i < BLOCK_BYTES; i++)
		mask |= (unsigned)(b.v[i] >= first && b.v[i] <= last) << i;
	return mask;
}

static inline unsigned
block_equal(struct block b, char c)
{
	return block_range(b, (unsigned char)c, (unsigned char)c);
}

static inline unsigned
block_to(struct block b, unsigned char last)
{
	return block_range(b, 0, last);
}

static inline struct block
block_or(struct block b, char bits)
{
	for (unsigned i = 0; i < BLOCK_BYTES; i++)
		b.v[i] |= (unsigned char)bits;
	return b;
}

static inline unsigned
block_high(struct block b)
{
	return block_range(b, 0x80, 0xff);
}

#endif
