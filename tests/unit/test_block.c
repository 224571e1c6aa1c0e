/* SPDX-License-Identifier: Apache-2.0 */
/* base/block: the same answers as looking at one byte after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/block.h"
#include "base/utf8.h"

enum { ROUNDS = 200000 };

/* Whatever is at a border of a range, most of it twice. */
static const unsigned char bytes[] = { 0, 0x1f, ' ', ' ', '"', '\\', 'a', 'a', 'e', '~', 0x7f, 0x80, 0xa9, 0xa9,
	0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc3, 0xc3, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff };

static unsigned
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33);
}

static void
fill(char s[BLOCK_BYTES], uint64_t *state)
{
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		s[i] = (char)bytes[next_random(state) % sizeof bytes];
}

static void
each_byte_is_asked(void **state)
{
	uint64_t random = 1;
	char s[BLOCK_BYTES];
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		unsigned equal = 0, range = 0, high = 0, or = 0, to = 0;
		unsigned char first = bytes[next_random(&random) % sizeof bytes];
		unsigned char last = bytes[next_random(&random) % sizeof bytes];
		fill(s, &random);
		for (unsigned i = 0; i < BLOCK_BYTES; i++) {
			unsigned char c = (unsigned char)s[i];
			equal |= (unsigned)(c == first) << i;
			range |= (unsigned)(c >= first && c <= last) << i;
			to |= (unsigned)(c <= last) << i;
			high |= (unsigned)(c >= 0x80) << i;
			or |= (unsigned)((c | 0x20) == first) << i;
		}
		struct block b = block_load(s);
		assert_int_equal(block_equal(b, (char)first), equal);
		assert_int_equal(block_range(b, first, last), range);
		assert_int_equal(block_to(b, last), to);
		assert_int_equal(block_high(b), high);
		assert_int_equal(block_equal(block_or(b, 0x20), (char)first), or);
	}
}

static void
a_part_is_loaded_and_nothing_behind_it(void **state)
{
	static const char text[] = "abcdefghijklmnop";
	(void)state;
	for (size_t n = 0; n <= BLOCK_BYTES; n++) {
		char *copy = malloc(n + 1);	/* the sanitizer sees what is read behind it */
		copy = realloc(copy, n > 0 ? n : 1);
		memcpy(copy, text, n);
		struct block b = block_load_part(copy, n);
		for (unsigned i = 0; i < BLOCK_BYTES; i++)
			assert_int_equal(block_equal(b, i < n ? text[i] : '\0') >> i & 1, 1);
		free(copy);
	}
}

static unsigned
characters(const char *s, unsigned n, unsigned stops, unsigned char lead)
{
	unsigned i = 0;
	while (i < n && (stops >> i & 1) == 0) {
		unsigned char c = (unsigned char)s[i];
		size_t len = utf8_sequence(s + i, n - i);
		if (len == 0 || len > 2 || (len == 2 && c < lead) || (len == 2 && (stops >> (i + 1) & 1) != 0))
			break;
		i += (unsigned)len;
	}
	return i;
}

static void
characters_are_counted(void **state)
{
	uint64_t random = 2;
	char s[BLOCK_BYTES];
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		unsigned n = next_random(&random) % 4 == 0 ? next_random(&random) % (BLOCK_BYTES + 1) : BLOCK_BYTES;
		unsigned char lead = next_random(&random) % 2 == 0 ? 0xc2 : 0xc3;
		fill(s, &random);
		struct block b = block_load_part(s, n);
		unsigned stops = next_random(&random) % 2 == 0 ? 0 : block_equal(b, ' ') | block_equal(b, '"');
		unsigned want = characters(s, n, stops, lead);
		if (block_characters(b, n, stops, lead) != want)
			fail_msg("round %d: %u, not %u", round, block_characters(b, n, stops, lead), want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_is_asked),
		cmocka_unit_test(a_part_is_loaded_and_nothing_behind_it),
		cmocka_unit_test(characters_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
