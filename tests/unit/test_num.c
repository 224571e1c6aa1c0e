/* SPDX-License-Identifier: Apache-2.0 */
/* base/num: strict, exact, and the quick ways agree with the slow ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/num.h"

static void
only_whole_numbers_are_taken(void **state)
{
	(void)state;
	static const char *const wrong[] = { "", "-", "+1", " 1", "1 ", "0x10", "1e3", "1.", ".", "--1",
	    "99999999999999999999", "1_0", "nan", "inf" };
	int64_t i = 7;
	double d = 7;
	for (size_t n = 0; n < sizeof wrong / sizeof wrong[0]; n++) {
		assert_int_equal(num_int(wrong[n], strlen(wrong[n]), INT64_MIN, INT64_MAX, &i), -1);
		assert_int_equal(i, 7);
	}
	static const char *const not_numbers[] = { "", "-", ".", "+1", "1 ", "0x1p3", "nan", "inf", "1e999", "1,5" };
	for (size_t n = 0; n < sizeof not_numbers / sizeof not_numbers[0]; n++) {
		if (num_double(not_numbers[n], strlen(not_numbers[n]), &d) == 0)
			fail_msg("\"%s\" was taken as %g", not_numbers[n], d);
	}
	assert_int_equal(num_int("-12", 3, -12, 12, &i), 0);
	assert_int_equal(i, -12);
	assert_int_equal(num_int("13", 2, -12, 12, &i), -1);
	assert_int_equal(num_int("123", 2, 0, 99, &i), 0);
	assert_int_equal(i, 12);
}

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Random decimals of up to 15 digits come back letter by letter. */
static void
decimals_survive_both_ways(void **state)
{
	(void)state;
	uint64_t x = 88172645463325252u;
	for (int n = 0; n < 200000; n++) {
		char text[64], out[NUM_TEXT_MAX], slow[64];
		uint64_t mantissa = next_random(&x) % 1000000000000000u;
		int decimals = (int)(next_random(&x) % 12);
		for (uint64_t drop = next_random(&x) % 15; drop > 0; drop--)
			mantissa /= 10;
		(void)snprintf(text, sizeof text, "%s%.*f", next_random(&x) & 1 ? "-" : "", decimals,
		    (double)mantissa / 1e6);
		double quick, exact = strtod(text, NULL);
		assert_int_equal(num_double(text, strlen(text), &quick), 0);
		assert_true(quick == exact);
		(void)snprintf(slow, sizeof slow, "%.15g", exact);
		size_t len = num_text(exact, out);
		assert_int_equal(len, strlen(out));
		if (exact != 0 && strchr(slow, 'e') == NULL)
			assert_string_equal(out, slow);
	}
}

static void
numbers_are_written_short(void **state)
{
	(void)state;
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0" }, { 1, "1" }, { -1.5, "-1.5" }, { 44.5003, "44.5003" }, { 0.05, "0.05" },
		{ 612.5, "612.5" }, { 123456789012345, "123456789012345" }, { 1e21, "1e+21" },
		{ 0.1 + 0.2, "0.3" }, { 1.0 / 3, "0.333333333333333" }, { 0.00000001, "0.00000001" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char out[NUM_TEXT_MAX];
		(void)num_text(cases[i].v, out);
		assert_string_equal(out, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_numbers_are_taken),
		cmocka_unit_test(decimals_survive_both_ways),
		cmocka_unit_test(numbers_are_written_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
