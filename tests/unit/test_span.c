/* SPDX-License-Identifier: Apache-2.0 */
/* serve/span: bbox and datetime as clients really send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serve/span.h"

static const struct zone utc = { .offset_s = 0 };

static void
boxes_are_read(void **state)
{
	(void)state;
	static const struct { const char *text; struct box box; } good[] = {
		{ "-1.5,50,1.5,53", { -1.5, 50, 1.5, 53 } },
		{ "177,65,-177,70", { 177, 65, -177, 70 } },
		{ "-180,85,180,90", { -180, 85, 180, 90 } },
		{ "0.5,44,-10,1.5,45,99.5", { 0.5, 44, 1.5, 45 } },
		{ "0.59999999999999998,44,0.7,44", { 0.6, 44, 0.7, 44 } },
		/* a map that shows the world twice, and one that is dragged past its edge */
		{ "-400,-95,400,95", { -180, -90, 180, 90 } },
		{ "170,-10,190,10", { 170, -10, -170, 10 } },
		{ "-190,-10,-170,10", { 170, -10, -170, 10 } },
		{ "360.5,44,361,45", { 0.5, 44, 1, 45 } },
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct error err = ERROR_INIT;
		struct box b;
		if (box_read(good[i].text, &b, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.text);
		const struct box *w = &good[i].box;
		if (b.west != w->west || b.south != w->south || b.east != w->east || b.north != w->north)
			fail_msg("%s: %.17g,%.17g,%.17g,%.17g", good[i].text, b.west, b.south, b.east, b.north);
	}
}

static void
what_is_no_box_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "1", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "1,2,3,", ",,,", "nan,1,2,3",
	    "1,inf,2,3", "1 2 3 4", "0,10,1,9", "0,10,0,1,9,0", "1e999,0,1,1" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error err = ERROR_INIT;
		struct box b;
		if (box_read(bad[i], &b, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_non_null(strstr(err.text, "bbox"));
	}
}

#define AT(days, seconds) ((int64_t)(days) * DAY_MS + (int64_t)(seconds) * SECOND_MS)

static void
intervals_are_read(void **state)
{
	(void)state;
	enum { JULY_4 = 20638 };	/* 2026-07-04 */
	static const struct { const char *text; int64_t from, to; } good[] = {
		{ "2026-07-04T12:00:00Z", AT(JULY_4, 43200), AT(JULY_4, 43200) },
		{ "2026-07-04t12:00:00.25z", AT(JULY_4, 43200) + 250, AT(JULY_4, 43200) + 250 },
		{ "2026-07-04T12:00:00.123456789Z", AT(JULY_4, 43200) + 123, AT(JULY_4, 43200) + 123 },
		{ "2026-07-04T12:00:00+02:00", AT(JULY_4, 36000), AT(JULY_4, 36000) },
		{ "2026-07-04T12:00:00 02:00", AT(JULY_4, 36000), AT(JULY_4, 36000) },
		{ "2026-07-04T12:00:00-02:30", AT(JULY_4, 52200), AT(JULY_4, 52200) },
		{ "2026-07-04", AT(JULY_4, 0), AT(JULY_4 + 1, 0) - 1 },
		{ "2026-07-04/2026-07-05", AT(JULY_4, 0), AT(JULY_4 + 2, 0) - 1 },
		{ "2026-07-04/..", AT(JULY_4, 0), TIME_NONE },
		{ "2026-07-04/", AT(JULY_4, 0), TIME_NONE },
		{ "../2026-07-04", TIME_NONE, AT(JULY_4 + 1, 0) - 1 },
		{ "/2026-07-04T00:00:00Z", TIME_NONE, AT(JULY_4, 0) },
		{ "../..", TIME_NONE, TIME_NONE },
		{ "0000-02-29", AT(-719469, 0), AT(-719468, 0) - 1 },
		/* as GDAL writes days, hours and minutes */
		{ "2026-07-04T/..", AT(JULY_4, 0), TIME_NONE },
		{ "2026-07-04T12Z", AT(JULY_4, 43200), AT(JULY_4, 43200) },
		{ "2026-07-04T12:30Z", AT(JULY_4, 45000), AT(JULY_4, 45000) },
		{ "0000-01-01/9999-12-31", AT(-719528, 0), AT(2932897, 0) - 1 },
		{ "2016-12-31T23:59:60Z", AT(17167, 0), AT(17167, 0) },
	};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct error err = ERROR_INIT;
		int64_t from = 1, to = 1;
		if (interval_read(good[i].text, &utc, &from, &to, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.text);
		if (from != good[i].from || to != good[i].to)
			fail_msg("%s: %lld to %lld", good[i].text, (long long)from, (long long)to);
	}
}

/* From midnight to midnight, which are 23 and 25 hours when the clock is put forward and back; instants are themselves. */
static void
days_are_those_of_a_zone(void **state)
{
	enum { JULY_4 = 20638, MARCH_29 = 20541, OCTOBER_25 = 20751 };	/* 2026 */
	static const struct zone paris = { .offset_s = 3600, .summer = true };
	static const struct { const char *text; int64_t from, to; } cases[] = {
		{ "2026-07-04", AT(JULY_4, -7200), AT(JULY_4, 79200) - 1 },
		{ "2026-07-04T/2026-07-05", AT(JULY_4, -7200), AT(JULY_4 + 1, 79200) - 1 },
		{ "2026-07-04/2026-07-04T22:00:00Z", AT(JULY_4, -7200), AT(JULY_4, 79200) },
		{ "2026-07-04T00:00:00+02:00", AT(JULY_4, -7200), AT(JULY_4, -7200) },
		{ "2026-03-29", AT(MARCH_29, -3600), AT(MARCH_29, 79200) - 1 },
		{ "2026-10-25", AT(OCTOBER_25, -7200), AT(OCTOBER_25, 82800) - 1 },
		{ "0000-01-01/9999-12-31", AT(-719528, -3600), AT(2932897, -3600) - 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = ERROR_INIT;
		int64_t from = 1, to = 1;
		if (interval_read(cases[i].text, &paris, &from, &to, &err) != 0 || from != cases[i].from || to != cases[i].to)
			fail_msg("%s: %lld to %lld", cases[i].text, (long long)from, (long long)to);
	}
}

static void
what_is_no_interval_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "tomorrow", "..", "2026", "2026-07", "2026-7-4", "2026-02-29", "2026-13-01",
	    "2026-07-04T12:00:00", "2026-07-04T24:00:00Z", "2026-07-04T12:60:00Z", "2026-07-04T12:00:00.Z",
	    "2026-07-04T12:00:00+0200", "2026-07-04/2026-07-03", "2026-07-04/2026-07-05/2026-07-06", "2026-07-04Z",
	    "2026-07-04/x", "x/2026-07-04", "12026-07-04", "-026-07-04" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error err = ERROR_INIT;
		int64_t from = 1, to = 1;
		if (interval_read(bad[i], &utc, &from, &to, &err) == 0)
			fail_msg("%s was taken", bad[i]);
		assert_non_null(strstr(err.text, "datetime"));
		assert_true(from == 1 && to == 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes_are_read),
		cmocka_unit_test(what_is_no_box_is_refused),
		cmocka_unit_test(intervals_are_read),
		cmocka_unit_test(days_are_those_of_a_zone),
		cmocka_unit_test(what_is_no_interval_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
