/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixteen bytes looked at at once.  A question gives a mask: bit i says yes
 * for byte i.  SSE2 where there is (every x86-64), else a loop.
 */
#ifndef VIGIE_BASE_BLOCK_H
#define VIGIE_BASE_BLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK_BYTES = 16 };

#ifdef __SSE2__

#include <emmintrin.h>

struct block {
	__m128i v;
};

static inline struct block
block_load(const char *s)
{
	return (struct block){ _mm_loadu_si128((const __m128i *)(const void *)s) };
}

static inline void
block_store(char *s, struct block b)
{
	_mm_storeu_si128((__m128i *)(void *)s, b.v);
}

static inline unsigned
block_equal(struct block b, char c)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b.v, _mm_set1_epi8(c)));
}

/* The `n` bytes at `s`, at most a block, and NULs after them; nothing behind
 * them is read.  In registers: what was stored in parts loads slowly. */
static inline struct block
block_load_part(const char *s, size_t n)
{
	uint64_t first = 0, last = 0;
	if (n >= 8) {
		memcpy(&first, s, 8);
		memcpy(&last, s + n - 8, 8);
		last = n < 16 ? last >> (15 - n) * 8 >> 8 : last;
	} else if (n >= 4) {
		uint32_t low, high;
		memcpy(&low, s, 4);
		memcpy(&high, s + n - 4, 4);
		first = low | (uint64_t)high << (n - 4) * 8;
	} else if (n > 0) {
		first = (unsigned char)s[0] | (uint64_t)(unsigned char)s[n / 2] << n / 2 * 8 |
		    (uint64_t)(unsigned char)s[n - 1] << (n - 1) * 8;
	}
	return (struct block){ _mm_set_epi64x((long long)last, (long long)first) };
}

/* From `first` to `last`, both counted in. */
static inline unsigned
block_range(struct block b, unsigned char first, unsigned char last)
{
	__m128i above = _mm_subs_epu8(b.v, _mm_set1_epi8((char)last));
	__m128i below = _mm_subs_epu8(_mm_set1_epi8((char)first), b.v);
	__m128i outside = _mm_or_si128(above, below);
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(outside, _mm_setzero_si128()));
}

/* At most `last`. */
static inline unsigned
block_to(struct block b, unsigned char last)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(b.v, _mm_set1_epi8((char)last)), b.v));
}

/* With the bits of `bits` set in each byte. */
static inline struct block
block_or(struct block b, char bits)
{
	return (struct block){ _mm_or_si128(b.v, _mm_set1_epi8(bits)) };
}

/* Not ASCII. */
static inline unsigned
block_high(struct block b)
{
	return (unsigned)_mm_movemask_epi8(b.v);
}

#else

#include "base/block_plain.h"

#endif

/*
 * How many bytes at `s` are whole characters of one byte or, from lead byte `lead` on
 * (0xc2 or more), of two: what nearly all of French is made of.  It ends before a byte
 * that `stops` marks; `state`, 0 at first, is for what that one has to know of the block
 * before, and what it marks behind `len` does not count.
 */
static inline __attribute__((always_inline)) size_t
block_run(const char *s, size_t len, unsigned char lead, unsigned (*stops)(struct block b, unsigned *state))
{
	unsigned state = 0, carry = 0;	/* the block before has ended with a lead byte */
	for (size_t i = 0;;) {
		unsigned part = len - i < BLOCK_BYTES ? (unsigned)(len - i) : BLOCK_BYTES;
		struct block b = part < BLOCK_BYTES ? block_load_part(s + i, part) : block_load(s + i);
		unsigned high = block_high(b), leads = block_range(b, lead, 0xdf), seconds = high & block_to(b, 0xbf);
		unsigned due = leads << 1 | carry;	/* where second bytes have to stand */
		unsigned bad = stops(b, &state) | (high ^ leads ^ seconds) | (due ^ seconds);
		/* Of a whole block the next need not wait for where this one ends. */
		if (part == BLOCK_BYTES && (bad & ((1u << BLOCK_BYTES) - 1)) == 0) {
			i += BLOCK_BYTES;
			carry = due >> BLOCK_BYTES;
			continue;
		}
		unsigned good = (unsigned)__builtin_ctz(bad | 1u << part);
		return i + good - (due >> good & 1);
	}
}

#endif
