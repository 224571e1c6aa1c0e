/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "health/season.h"

static int64_t
day(int month, int day_of_month)
{
	struct tm tm = { .tm_year = 126, .tm_mon = month - 1, .tm_mday = day_of_month, .tm_hour = 12 };
	return (int64_t)timegm(&tm) * SECOND_MS;
}

static bool
closed(const char *text, int month, int day_of_month)
{
	struct season s;
	struct error err = ERROR_INIT;
	if (season_parse(text, &s, &err) != 0)
		fail_msg("%s", err.text);
	return season_closed(&s, day(month, day_of_month));
}

static void
test_spans(void **state)
{
	(void)state;
	assert_true(closed("07-10..08-20", 7, 10));
	assert_true(closed("07-10..08-20", 8, 20));
	assert_false(closed("07-10..08-20", 7, 9));
	assert_false(closed("07-10..08-20", 8, 21));
	/* over New Year */
	assert_true(closed("11-01..03-31", 12, 31));
	assert_true(closed("11-01..03-31", 1, 1));
	assert_false(closed("11-01..03-31", 4, 1));
	assert_true(closed("05-01..05-01, 02-29..02-29 12-24..12-26", 12, 25));
	assert_false(closed("05-01..05-01,02-29..02-29", 5, 2));
}

static void
test_bad(void **state)
{
	(void)state;
#define TWO "02-01..02-02 03-01..03-02 "
#define EIGHT TWO TWO TWO TWO
	static const char *const bad[] = { "", " , ", "11-01", "11-01..3-31", "13-01..13-02", "01-00..01-02", "11-01...03-31",
		"11/01..03/31", "11-01..03-31x", "-1-01..03-31",
		/* one more than there may be */
		"01-01..01-01 " EIGHT };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct season s;
		struct error err = ERROR_INIT;
		assert_int_equal(season_parse(bad[i], &s, &err), -1);
		assert_int_equal(err.kind, ERROR_CONFIG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_spans), cmocka_unit_test(test_bad) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
