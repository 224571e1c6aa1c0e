/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "normalise/date.h"

/* What the catalogue would show; NULL: no date.  Local time is of Paris. */
static const struct {
	const char *text, *shown;
} samples[] = {
	/* ISO 8601 and RFC 3339 */
	{ "1981-01-01T00:00:00+01:00", "1980-12-31T23:00:00Z" },
	{ "2017-08-01T00:00:00+02:00", "2017-07-31T22:00:00Z" },
	{ "2017-08-01", "2017-08-01" },
	{ "2026-06-27 20:30:00", "2026-06-27T18:30:00Z" },
	{ "2026-01-05 03:12:44", "2026-01-05T02:12:44Z" },
	{ "2026-07-04T12:00:00Z", "2026-07-04T12:00:00Z" },
	{ "2026-07-04T12:00:00.123456Z", "2026-07-04T12:00:00Z" },
	{ "2026-07-04T12:00:00,5+00:00", "2026-07-04T12:00:00Z" },
	{ "2026-07-04T12:00:00.000+0000", "2026-07-04T12:00:00Z" },
	{ "2026-07-04T12:00:00+02", "2026-07-04T10:00:00Z" },
	{ "2026-07-04T12:00-03:30", "2026-07-04T15:30:00Z" },
	{ "2026-07-04t12:00:00z", "2026-07-04T12:00:00Z" },
	{ "2026-07-04 12:00:00 UTC", "2026-07-04T12:00:00Z" },
	{ "2026-07-04 12:00:00 +0200", "2026-07-04T10:00:00Z" },
	{ "2026/07/04", "2026-07-04" },
	{ "2026-07-04T24:00:00Z", "2026-07-05T00:00:00Z" },
	{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
	{ "20260704", "2026-07-04" },
	{ "20260704T120000Z", "2026-07-04T12:00:00Z" },
	{ "20260704T1200", "2026-07-04T10:00:00Z" },
	{ "20260704120000", "2026-07-04T10:00:00Z" },
	/* RFC 9557 */
	{ "2026-07-04T12:00:00[Europe/Lisbon]", "2026-07-04T11:00:00Z" },
	{ "2026-01-04 12:00[America/Martinique]", "2026-01-04T16:00:00Z" },
	{ "2026-07-04T12:00:00+03:00[Europe/Paris]", "2026-07-04T09:00:00Z" },
	{ "2026-07-04[Europe/Paris]", "2026-07-04" },
	{ "2026-07-04T12:00:00[America/Los_Angeles]", NULL },	/* not known, so not guessed */
	{ "2026-07-04T12:00:00[]", NULL },
	{ "[Europe/Paris]", NULL },
	{ "]", NULL },
	/* RFC 2822 and its cousins; weekdays that are wrong */
	{ "Mon, 06 Jun 2017 10:27:36 CET +01:00", "2017-06-06T09:27:36Z" },
	{ "Mon, 02 Feb 2017 10:27:36 +0000", "2017-02-02T10:27:36Z" },
	{ "Tue, 6 Jun 2017 10:27:36 GMT", "2017-06-06T10:27:36Z" },
	{ "6 Jun 17 10:27 EST", "2017-06-06T15:27:00Z" },
	{ "Sun, 06 Nov 1994 08:49:37 +0100", "1994-11-06T07:49:37Z" },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z" },
	{ "Sun Nov 6 08:49:37 1994", "1994-11-06T07:49:37Z" },
	{ "June 6, 2017", "2017-06-06" },
	/* French */
	{ "Abonné depuis le 16 mars 2017", "2017-03-16" },
	{ "1er janvier 2026", "2026-01-01" },
	{ "le 1er août 2026 à 10h30", "2026-08-01T08:30:00Z" },
	{ "14 FÉVRIER 2026", "2026-02-14" },
	{ "mar. 16 mars 2017", "2017-03-16" },
	{ "3 déc. 2026 20h", "2026-12-03T19:00:00Z" },
	{ "Dès le samedi 16 mars 2017, à 20h", "2017-03-16T19:00:00Z" },
	{ "à partir du 16 mars 2017", "2017-03-16" },
	{ "Début : dim. 1er février 2026", "2026-02-01" },
	{ "Mis à jour le 16 mars 2017", "2017-03-16" },
	{ "from Thursday, June 6, 2017", "2017-06-06" },
	{ "16/03/2017", "2017-03-16" },
	{ "16/03/2017 20:30", "2017-03-16T19:30:00Z" },
	{ "05.05.2017", "2017-05-05" },
	/* epochs */
	{ "/Date(1496731656000)/", "2017-06-06T06:47:36Z" },
	{ "/Date(1496731656000+0200)/", "2017-06-06T06:47:36Z" },
	{ "1496731656", "2017-06-06T06:47:36Z" },
	{ "1496731656000", "2017-06-06T06:47:36Z" },
	{ "1496731656.25", "2017-06-06T06:47:36Z" },
	{ "2026070424", "2034-03-15T21:20:24Z" },
	{ "2026993120", "2034-03-26T13:38:40Z" },
	/* no dates */
	{ "", NULL }, { "-", NULL }, { "hier", NULL }, { "2026", NULL }, { "2026-07", NULL },
	{ "2026-02-30", NULL }, { "2026-02-29", NULL }, { "2024-02-29", "2024-02-29" }, { "1900-02-29", NULL },
	{ "2026-13-01", NULL }, { "2026-00-10", NULL }, { "2026-01-00", NULL }, { "0000-00-00 00:00:00", NULL },
	{ "0001-01-01T00:00:00", NULL }, { "9999-12-31", NULL }, { "2026-07-04T25:00:00Z", NULL },
	{ "2026-07-04T12:60:00Z", NULL }, { "2026-07-04T24:00:01Z", NULL }, { "2026-07-04T12:00:00+25:00", NULL },
	{ "2026-07-04T12:00:00 XYZ", NULL }, { "2026-07-04 ou 05", NULL }, { "2026-07-04T", NULL },
	{ "03/04/2017", NULL }, { "31/02/2017", NULL }, { "16/03/17", NULL },
	{ "Du 16 mars 2017 au 18 mars 2017", NULL }, { "16 mars", NULL }, { "mars 2017", NULL },
	{ "2026070420", NULL }, { "2026070420.5", NULL }, { "202607042030", NULL }, { "04072026", NULL },
	{ "04072026203000", NULL }, { "0407202620", NULL }, { "0000000000", NULL }, { "0000000000000", NULL },
	{ "annulé le 4 juillet 2026", NULL }, { "sauf le 4 juillet 2026", NULL }, { "avant le 4 juillet 2026", NULL },
	{ "jusqu'au 4 juillet 2026", NULL }, { "until 4 July 2026", NULL }, { "not on 4 July 2026", NULL },
	{ "mai, 4 juillet 2026", NULL }, { "< 4 juillet 2026", NULL }, { "- 4 juillet 2026", NULL },
	{ "12345", NULL }, { "123456789", NULL }, { "20261304", NULL }, { "9999999999999", NULL },
	{ "/Date(-62135596800000)/", NULL }, { "/Date()/", NULL }, { "/Date(1496731656000)", NULL },
};

static const struct zone paris = { .offset_s = 3600, .summer = true };

static int
show(const char *text, const struct zone *zone, struct buf *out)
{
	struct date d;
	buf_clear(out);
	if (date_read(text, strlen(text), zone, &d) != 0)
		return -1;
	date_text(&d, out);
	return 0;
}

static void
every_form(void **state)
{
	struct buf out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const char *got = show(samples[i].text, &paris, &out) == 0 ? buf_cstr(&out) : "no date";
		const char *want = samples[i].shown != NULL ? samples[i].shown : "no date";
		if (strcmp(got, want) != 0)
			fail_msg("\"%s\" is %s, not %s", samples[i].text, got, want);
	}
	buf_done(&out);
}

/* "03/04/2017", where the partner is known to write the day first. */
static void
the_day_first(void **state)
{
	static const struct zone french = { .offset_s = 3600, .summer = true, .day_first = true };
	struct buf out = BUF_INIT;
	(void)state;
	assert_int_equal(show("03/04/2017", &french, &out), 0);
	assert_string_equal(out.data, "2017-04-03");
	assert_int_equal(show("03.04.2017 20:30", &french, &out), 0);
	assert_string_equal(out.data, "2017-04-03T18:30:00Z");
	assert_int_equal(show("04/13/2017", &french, &out), -1);
	buf_done(&out);
}

static void
milliseconds(void **state)
{
	struct date d;
	(void)state;
	assert_int_equal(date_read("2026-07-04T12:00:00.789Z", 24, &paris, &d), 0);
	assert_true(d.ms == 1783166400789);
	assert_int_equal(date_read("1496731656789", 13, &paris, &d), 0);
	assert_true(d.ms == 1496731656789);
	assert_int_equal(date_read("2017-08-01", 10, &paris, &d), 0);
	assert_true(d.ms == 1501538400000);	/* midnight in Paris */
	assert_true(d.day_only);
}

/* The changes of 2026 in Paris: 29 March 01:00 UTC, 25 October 01:00 UTC. */
static void
summer_time(void **state)
{
	static const struct {
		const char *local, *utc;
	} changes[] = {
		{ "2026-03-29 01:59:59", "2026-03-29T00:59:59Z" },
		{ "2026-03-29 02:30:00", "2026-03-29T01:30:00Z" },	/* does not exist */
		{ "2026-03-29 03:00:00", "2026-03-29T01:00:00Z" },
		{ "2026-10-25 01:59:59", "2026-10-24T23:59:59Z" },
		{ "2026-10-25 02:30:00", "2026-10-25T00:30:00Z" },	/* comes twice */
		{ "2026-10-25 03:00:00", "2026-10-25T02:00:00Z" },
		{ "1995-10-01 12:00:00", "1995-10-01T11:00:00Z" },	/* until 1995: September */
		{ "1996-10-01 12:00:00", "1996-10-01T10:00:00Z" },
		{ "1975-07-01 12:00:00", "1975-07-01T11:00:00Z" },
		{ "2021-03-28 12:00:00", "2021-03-28T10:00:00Z" },
		{ "2022-03-26 12:00:00", "2022-03-26T11:00:00Z" },
	};
	struct buf out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		assert_int_equal(show(changes[i].local, &paris, &out), 0);
		assert_string_equal(buf_cstr(&out), changes[i].utc);
	}
	buf_done(&out);
}

static void
zones(void **state)
{
	static const char *const good[] = { "Europe/Paris", "UTC", "Z", "+02:00", "-0330", "+01", "Indian/Reunion",
		"Europe/London" };
	static const char *const bad[] = { "", "Paris", "Europe/Atlantis", "+2", "+02:", "+2:00", "+15:00", "+02:60",
		"02:00", "+0a:00", "europe/paris" };
	struct buf out = BUF_INIT;
	struct zone z;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(date_timezone_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(date_timezone_valid(bad[i]));
	assert_false(date_timezone_valid(NULL));
	assert_int_equal(zone_parse("+02:00", 6, &z), 0);
	assert_int_equal(show("2026-01-01 12:00", &z, &out), 0);
	assert_string_equal(buf_cstr(&out), "2026-01-01T10:00:00Z");
	assert_int_equal(zone_parse("Indian/Reunion", 14, &z), 0);
	assert_int_equal(show("2026-07-01 12:00", &z, &out), 0);
	assert_string_equal(buf_cstr(&out), "2026-07-01T08:00:00Z");
	buf_done(&out);
}

/* Against the rule of leap years, one day after another. */
static void
days_count_up(void **state)
{
	int64_t days = days_from_civil(1900, 1, 1);
	(void)state;
	assert_true(days_from_civil(1970, 1, 1) == 0);
	assert_true(days_from_civil(2000, 3, 1) == 11017);
	for (int y = 1900; y < 2200; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= days_in_month(y, m); d++)
				assert_true(days_from_civil(y, m, d) == days++);
}

/* In capitals it is read by a way of its own. */
static void
the_usual_form_is_read_alike(void **state)
{
	(void)state;
	uint64_t random = 13;
	for (int round = 0; round < 300000; round++) {
		char text[] = "2026-07-04T12:00:00Z";
		struct date a = { .ms = 0 }, b = { .ms = 0 };
		for (int n = round % 8; n > 0; n--) {
			static const char bytes[] = "0123456789012345678901234567890123456789-:/ TZ+.";
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			text[(random >> 33) % 20] = bytes[(random >> 45) % (sizeof bytes - 1)];
		}
		int usual = date_read(text, 20, &paris, &a);
		for (size_t i = 0; i < 20; i++)
			text[i] = text[i] == 'T' ? 't' : text[i] == 'Z' ? 'z' : text[i];
		assert_int_equal(date_read(text, 20, &paris, &b), usual);
		if (usual == 0 && (a.ms != b.ms || a.day_only != b.day_only || a.year != b.year || a.month != b.month ||
		    a.day != b.day))
			fail_msg("%s", text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form),
		cmocka_unit_test(the_usual_form_is_read_alike),
		cmocka_unit_test(the_day_first),
		cmocka_unit_test(milliseconds),
		cmocka_unit_test(summer_time),
		cmocka_unit_test(zones),
		cmocka_unit_test(days_count_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
