/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/retry.h"

#define COUNT(table) (sizeof (table) / sizeof (table)[0])

static void
test_heals(void **state)
{
	static const struct {
		enum error_kind kind;
		int status;
		bool heals;
	} cases[] = {
		{ ERROR_DNS, 0, true }, { ERROR_CONNECT, 0, true }, { ERROR_TIMEOUT, 200, true },
		{ ERROR_TRUNCATED, 200, true },
		{ ERROR_TLS, 0, false }, { ERROR_BLOCKED, 0, false }, { ERROR_REDIRECT, 301, false },
		{ ERROR_LIMIT, 200, false }, { ERROR_FORMAT, 503, false }, { ERROR_CONFIG, 0, false },
		{ ERROR_HTTP, 500, true }, { ERROR_HTTP, 501, false }, { ERROR_HTTP, 502, true },
		{ ERROR_HTTP, 503, true }, { ERROR_HTTP, 504, true }, { ERROR_HTTP, 505, false },
		{ ERROR_HTTP, 599, true }, { ERROR_HTTP, 600, false },
		{ ERROR_HTTP, 408, true }, { ERROR_HTTP, 425, true }, { ERROR_NONE, 429, true },
		{ ERROR_THROTTLED, 429, true }, { ERROR_THROTTLED, 0, false },
		{ ERROR_AUTH, 401, false }, { ERROR_AUTH, 403, false }, { ERROR_HTTP, 404, false },
		{ ERROR_NONE, 200, false }, { ERROR_NONE, 304, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (retry_heals(cases[i].kind, cases[i].status) != cases[i].heals)
			fail_msg("%s %d", error_kind_name(cases[i].kind), cases[i].status);
}

static void
test_wait(void **state)
{
	static const struct {
		unsigned attempt;
		int64_t base_ms, cap_ms, most_ms;
	} cases[] = {
		{ 0, 1000, 60000, 1000 }, { 1, 1000, 60000, 2000 }, { 5, 1000, 60000, 32000 },
		{ 6, 1000, 60000, 60000 }, { 63, 1000, 60000, 60000 }, { UINT32_MAX, 1000, 60000, 60000 },
		{ 3, INT64_MAX, INT64_MAX, INT64_MAX }, { 2, 1000, 500, 500 }, { 0, 0, 1000, 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t most_ms = cases[i].most_ms;
		assert_int_equal(retry_wait_ms(cases[i].attempt, cases[i].base_ms, cases[i].cap_ms, 0), 0);
		/* The largest value, and round again. */
		assert_int_equal(retry_wait_ms(cases[i].attempt, cases[i].base_ms, cases[i].cap_ms,
		    (uint64_t)most_ms), most_ms);
		if (most_ms < INT64_MAX)
			assert_int_equal(retry_wait_ms(cases[i].attempt, cases[i].base_ms, cases[i].cap_ms,
			    (uint64_t)most_ms + 1), 0);
	}
}

static void
test_interval(void **state)
{
	static const struct {
		int64_t interval_ms;
		unsigned failures;
		int64_t expected_ms;
	} cases[] = {
		{ HOUR_MS, 0, HOUR_MS }, { HOUR_MS, 1, HOUR_MS }, { HOUR_MS, 2, 2 * HOUR_MS },
		{ HOUR_MS, 4, 8 * HOUR_MS }, { HOUR_MS, 6, DAY_MS }, { HOUR_MS, 4000000000u, DAY_MS },
		{ 7 * (int64_t)DAY_MS, 0, 7 * (int64_t)DAY_MS }, { 7 * (int64_t)DAY_MS, 9, 7 * (int64_t)DAY_MS },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(retry_interval_ms(cases[i].interval_ms, cases[i].failures), cases[i].expected_ms);
}

static void
test_after(void **state)
{
	/* Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110. */
	const int64_t date_ms = INT64_C(784111777) * 1000;
	static const struct {
		const char *value;
		int64_t now_offset_ms, expected_ms;
	} cases[] = {
		{ "120", 0, 120000 }, { "0", 0, 0 }, { " 5 ", 0, 5000 }, { "007", 0, 7000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", -90000, 90000 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", -90000, 90000 },
		{ "Sun Nov  6 08:49:37 1994", -90000, 90000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 5000, 0 },
		{ "", 0, -1 }, { "-5", 0, -1 }, { "soon", 0, -1 }, { "1.5", 0, -1 }, { "5 s", 0, -1 },
		{ "604801", 0, 604800000 }, { "9223372036854775", 0, 604800000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(-784111777000), 604800000 },
		{ "99999999999999999999", 0, -1 }, { "9223372036854775807", 0, -1 }, { "\xff\xfe", 0, -1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = retry_after_ms(cases[i].value, date_ms + cases[i].now_offset_ms);
		if (got != cases[i].expected_ms)
			fail_msg("\"%s\": %lld", cases[i].value, (long long)got);
	}
}

static void
test_must_wait(void **state)
{
	static const struct {
		int64_t until_ms, asked_ms;
		bool expected;
	} cases[] = {
		{ TIME_NONE, TIME_NONE, false }, { TIME_NONE, 0, false }, { 0, -1, false }, { DAY_MS, TIME_NONE, true },
		{ DAY_MS, 0, true }, { DAY_MS, HOUR_MS, true },
		/* Noted while the clock was ahead. */
		{ DAY_MS, HOUR_MS + 1, false }, { 700 * (int64_t)DAY_MS, 699 * (int64_t)DAY_MS, false },
	};
	static const int64_t now_ms = INT64_C(784111777) * 1000;
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t until_ms = cases[i].until_ms != TIME_NONE ? now_ms + cases[i].until_ms : TIME_NONE;
		int64_t asked_ms = cases[i].asked_ms != TIME_NONE ? now_ms + cases[i].asked_ms : TIME_NONE;
		if (retry_must_wait(until_ms, asked_ms, now_ms) != cases[i].expected)
			fail_msg("case %zu", i);
	}
}

static void
test_random(void **state)
{
	(void)state;
	assert_true(random_u64() != random_u64());
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heals),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_must_wait),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
