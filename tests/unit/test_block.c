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
#include "sanitized.h"

enum { ROUNDS = ROUNDS_OF(200000) };

/* Whatever is at a border of a range, most of it twice. */
static const unsigned char bytes[] = { 0, '\n', 0x1f, ' ', ' ', '"', '\\', 'a', 'a', 'e', '~', 0x7f, 0x80, 0xa9, 0xa9,
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

static size_t
characters(const char *s, size_t n, unsigned char lead, bool spaces)
{
	size_t i = 0, len;
	for (; i < n; i += len) {
		unsigned char c = (unsigned char)s[i];
		len = utf8_sequence(s + i, n - i);
		if (len == 0 || len > 2 || (len == 2 && c < lead) || c == '"' || (spaces && c == ' ' && i > 0 && s[i - 1] == ' '))
			break;
	}
	return i;
}

static unsigned
quotes(struct block b, unsigned *state)
{
	(void)state;
	return block_equal(b, '"');
}

static unsigned
quotes_and_second_spaces(struct block b, unsigned *state)
{
	unsigned spaces = block_equal(b, ' '), seconds = spaces & (spaces << 1 | *state);
	*state = spaces >> (BLOCK_BYTES - 1);
	return block_equal(b, '"') | seconds;
}

static void
a_run_ends_where_it_should(void **state)
{
	uint64_t random = 2;
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		static const char *const usual[] = { "e", "é", " ", "s", "t", "à" };
		size_t n = next_random(&random) % (4 * BLOCK_BYTES), len = 0;
		bool spaces = next_random(&random) % 2 == 0, any = next_random(&random) % 2 == 0;
		char *s = malloc(n + 1);	/* the sanitizer sees what is read behind it */
		while (len < n) {
			const char *next = usual[next_random(&random) % (sizeof usual / sizeof *usual)];
			s[len++] = any ? (char)bytes[next_random(&random) % sizeof bytes] : next[0];
			if (!any && next[1] != '\0' && len < n)
				s[len++] = next[1];
		}
		if (n > 0 && next_random(&random) % 4 == 0)
			s[next_random(&random) % n] = (char)bytes[next_random(&random) % sizeof bytes];
		s = realloc(s, n > 0 ? n : 1);
		size_t want = characters(s, n, 0xc2, spaces), more = characters(s, n, 0xc3, spaces);
		size_t got = spaces ? block_run(s, n, 0xc2, quotes_and_second_spaces) : block_run(s, n, 0xc2, quotes);
		size_t got_more = spaces ? block_run(s, n, 0xc3, quotes_and_second_spaces) : block_run(s, n, 0xc3, quotes);
		if (got != want || got_more != more)
			fail_msg("round %d: %zu and %zu, not %zu and %zu", round, got, got_more, want, more);
		free(s);
	}
}

static void
utf8_is_told_from_what_is_not(void **state)
{
	static const char *const usual[] = { "e", "é", "€", "😀", "s", " ", "ô" };
	uint64_t random = 3;
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t want = next_random(&random) % (5 * BLOCK_BYTES), len = 0, i = 0, n;
		char s[5 * BLOCK_BYTES + 4];
		while (len < want) {
			const char *next = usual[next_random(&random) % (sizeof usual / sizeof *usual)];
			memcpy(s + len, next, strlen(next));
			len += strlen(next);
		}
		if (len > 0 && next_random(&random) % 2 == 0)
			s[next_random(&random) % len] = (char)bytes[next_random(&random) % sizeof bytes];
		len -= len > 0 && next_random(&random) % 4 == 0;
		while (i < len && (n = utf8_sequence(s + i, len - i)) > 0)
			i += n;
		size_t controls = 0;
		for (size_t j = 0; j < len; j++)
			controls += (unsigned char)s[j] < 0x20 && s[j] != '\n';
		if (utf8_valid(s, len) != (i == len) || utf8_text(s, len) != (i == len && controls == 0))
			fail_msg("round %d", round);
		size_t max = next_random(&random) % (sizeof s + 4), cut = utf8_cut(s, len, max);
		size_t most = len < max ? len : max;
		if (cut > most || (i == len && (!utf8_valid(s, cut) || most - cut > 3)))
			fail_msg("round %d: %zu of %zu, at most %zu", round, cut, len, max);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_is_asked),
		cmocka_unit_test(a_part_is_loaded_and_nothing_behind_it),
		cmocka_unit_test(a_run_ends_where_it_should),
		cmocka_unit_test(utf8_is_told_from_what_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
