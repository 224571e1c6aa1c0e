/* SPDX-License-Identifier: Apache-2.0 */
/* What people and programs are shown: tables, words, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/utf8.h"
#include "show/json_out.h"
#include "show/table.h"
#include "show/words.h"

static const struct screen pipe_screen = { 0, false };

static const struct table_column columns[] = {
	{ .heading = "ID", .least = 4 },
	{ .heading = "KIND", .spare = 2 },
	{ .heading = "TITLE", .least = 8 },
	{ .heading = "PLACE", .spare = 1 },
	{ .heading = "PRICE", .number = true },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static struct table *
new_table(void)
{
	static const char *const cells[] = {
		"a:1", "boat", "Péniche à Marmande", "Marmande", "240.00 EUR",
		"a:22", "boat", "Gabare", "", "5.00 EUR",
	};
	struct table *t = table_new(columns, COLUMNS);
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		table_text(t, cells[i]);
	return t;
}

static void
assert_screen(const struct table *t, size_t width, bool terminal, const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	const struct screen s = { width, terminal };
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	table_print(t, &s, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void
assert_printed(const struct table *t, size_t width, const char *expected)
{
	assert_screen(t, width, false, expected);
}

/* ---- tables */

static void
test_no_limit_prints_everything(void **state)
{
	(void)state;
	struct table *t = new_table();
	assert_int_equal(table_rows(t), 2);
	assert_printed(t, 0,
	    "ID    KIND  TITLE               PLACE          PRICE\n"
	    "a:1   boat  Péniche à Marmande  Marmande  240.00 EUR\n"
	    "a:22  boat  Gabare                          5.00 EUR\n");
	table_free(t);
}

static void
test_widest_column_shrinks_first(void **state)
{
	(void)state;
	struct table *t = new_table();
	assert_printed(t, 50,
	    "ID    KIND  TITLE             PLACE          PRICE\n"
	    "a:1   boat  Péniche à Marma…  Marmande  240.00 EUR\n"
	    "a:22  boat  Gabare                        5.00 EUR\n");
	assert_printed(t, 42,
	    "ID    KIND  TITLE     PLACE          PRICE\n"
	    "a:1   boat  Péniche…  Marmande  240.00 EUR\n"
	    "a:22  boat  Gabare                5.00 EUR\n");
	table_free(t);
}

static void
test_spare_columns_go_by_rank(void **state)
{
	(void)state;
	struct table *t = new_table();
	assert_printed(t, 41,
	    "ID    TITLE          PLACE          PRICE\n"
	    "a:1   Péniche à Ma…  Marmande  240.00 EUR\n"
	    "a:22  Gabare                     5.00 EUR\n");
	assert_printed(t, 35,
	    "ID    TITLE                   PRICE\n"
	    "a:1   Péniche à Marman…  240.00 EUR\n"
	    "a:22  Gabare               5.00 EUR\n");
	table_free(t);
}

static void
test_lines_end_where_the_screen_does(void **state)
{
	(void)state;
	struct table *t = new_table();
	assert_printed(t, 20,
	    "ID    TITLE        …\n"
	    "a:1   Péniche…  240…\n"
	    "a:22  Gabare      5…\n");
	table_free(t);
}

static void
test_empty_spare_column_is_left_out_of_a_screen(void **state)
{
	(void)state;
	static const struct table_column two[] = { { .heading = "A" }, { .heading = "B", .spare = 1 } };
	struct table *t = table_new(two, 2);
	table_text(t, "a");
	table_text(t, "");
	assert_printed(t, 80, "A\na\n");
	assert_printed(t, 0, "A  B\na\n");
	table_free(t);
}

static void
test_only_a_terminal_gets_bold(void **state)
{
	(void)state;
	static const struct table_column one[] = { { .heading = "A" } };
	struct table *t = table_new(one, 1);
	table_integer(t, INT64_MIN);
	assert_screen(t, 80, true, "\033[1mA\033[0m\n-9223372036854775808\n");
	table_free(t);
}

static void
test_remote_text_cannot_act(void **state)
{
	(void)state;
	static const struct table_column one[] = { { .heading = "A" } };
	struct table *t = table_new(one, 1);
	table_text(t, "x\033]0;owned\007y\r\nz\t\xff");
	assert_printed(t, 0, "A\nx\\x1b]0;owned\\x07y  z \\xff\n");
	table_free(t);
}

static void
test_long_cells_are_cut_between_characters(void **state)
{
	(void)state;
	static const struct table_column one[] = { { .heading = "A" } };
	struct table *t = table_new(one, 1);
	struct buf text = BUF_INIT, expected = BUF_INIT;
	buf_char(&text, 'x');
	while (text.len < (size_t)2 * TABLE_CELL_MAX)
		buf_str(&text, "é");
	table_text(t, text.data);
	buf_str(&expected, "A\nx");
	while (expected.len < TABLE_CELL_MAX)
		buf_str(&expected, "é");
	buf_char(&expected, '\n');
	assert_printed(t, 0, expected.data);
	table_free(t);
	buf_done(&text);
	buf_done(&expected);
}

static void
test_wide_characters_count_two(void **state)
{
	(void)state;
	static const struct table_column two[] = { { .heading = "TITLE", .least = 4 }, { .heading = "B" } };
	struct table *t = table_new(two, 2);
	const char *cells[] = { "⛵ boat", "x", "日本語", "y", "e\u0301t\u00e9", "z" };
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		table_text(t, cells[i]);
	assert_printed(t, 0, "TITLE    B\n⛵ boat  x\n日本語   y\ne\u0301t\u00e9      z\n");
	/* Half a character does not fit, so the cell is filled up. */
	assert_printed(t, 7, "TIT…  B\n⛵ …  x\n日…   y\ne\u0301t\u00e9   z\n");
	assert_int_equal(utf8_width("👍🏽", strlen("👍🏽")), 4);
	assert_int_equal(utf8_prefix("日本", strlen("日本"), 3), 3);
	table_free(t);
}

static void
test_wrap(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	const struct screen s = { 20, true };
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	screen_wrap(&s, out, "one two three « vigie accept x », four", 4, 2);
	screen_wrap(&pipe_screen, out, "one two three four five six", 4, 2);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
	    "one two three\n"
	    "  « vigie accept x »,\n"
	    "  four\n"
	    "one two three four five six\n");
	free(text);
}

/* ---- words */

static void
test_times(void **state)
{
	(void)state;
	assert_int_equal(words_time_ms("2026-11-22T21:08:46Z"), INT64_C(1795381726000));
	assert_true(words_time_ms("") == TIME_NONE);
	assert_true(words_time_ms("2026-11-22 21:08:46") == TIME_NONE);
	assert_true(words_time_ms("2026-11-22T21:08:46Zx") == TIME_NONE);
}

static void
test_when(void **state)
{
	(void)state;
	static const struct { int64_t ago_s; const char *text; } cases[] = {
		{ 0, "now" }, { 1, "now" }, { -1, "now" }, { 2, "2 s ago" }, { 119, "119 s ago" }, { 120, "2 min ago" },
		{ 3599, "59 min ago" }, { 3600, "1 h ago" }, { 5400, "90 min ago" }, { 7200, "2 h ago" },
		{ 86400, "1 day ago" }, { 172800, "2 days ago" }, { -3420, "in 57 min" }, { -40, "in 40 s" },
	};
	const int64_t now_ms = INT64_C(1795381726000);
	char out[WORDS_MAX];
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(words_when(now_ms - cases[i].ago_s * SECOND_MS, now_ms, out), cases[i].text);
	assert_string_equal(words_when(TIME_NONE, now_ms, out), "never");
}

static void
test_date_is_local(void **state)
{
	(void)state;
	char out[WORDS_MAX];
	assert_int_equal(setenv("TZ", "CET-1", 1), 0);
	assert_string_equal(words_date(INT64_C(1795381726000), out), "2026-11-22 22:08:46");
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	assert_string_equal(words_date(INT64_C(1795381726000), out), "2026-11-22 21:08:46");
	assert_string_equal(words_date(TIME_NONE, out), "never");
}

static void
test_durations_and_sizes(void **state)
{
	(void)state;
	char out[WORDS_MAX];
	assert_string_equal(words_duration(0, out), "< 1 s");
	assert_string_equal(words_duration(60 * SECOND_MS, out), "1 min");
	assert_string_equal(words_duration(15 * MINUTE_MS, out), "15 min");
	assert_string_equal(words_duration(DAY_MS, out), "1 day");
	assert_string_equal(words_bytes(0, out), "0 B");
	assert_string_equal(words_bytes(999, out), "999 B");
	assert_string_equal(words_bytes(1000, out), "1.0 kB");
	assert_string_equal(words_bytes(165432100, out), "165 MB");
	assert_string_equal(words_bytes(999600, out), "1.0 MB");
	assert_string_equal(words_bytes(UINT64_MAX, out), "18447 PB");
}

static void
assert_price(int64_t minor, const char *currency, const char *unit, const char *expected)
{
	struct buf out = BUF_INIT;
	words_price(&out, minor, currency, unit);
	assert_string_equal(buf_cstr(&out), expected);
	buf_done(&out);
}

static void
test_prices(void **state)
{
	(void)state;
	assert_price(7500, "EUR", "day", "75.00 EUR / day");
	assert_price(5, "EUR", "", "0.05 EUR");
	assert_price(1200, "JPY", "night", "1200 JPY / night");
	assert_price(0, "EUR", "day", "free");
	assert_price(-150, "", "", "-1.50");
	assert_price(INT64_MIN, "EUR", "", "-92233720368547758.08 EUR");
}

/* ---- JSON */

static void
test_json(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	struct json_out j = { .out = open_memstream(&text, &len) };
	assert_non_null(j.out);
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_open(&j, NULL, '[');
	json_open(&j, NULL, '{');
	json_text(&j, "a\"b", "x\n\033");
	json_text(&j, "n", NULL);
	json_open(&j, "list", '[');
	json_integer(&j, NULL, -1);
	json_bool(&j, NULL, true);
	json_close(&j, ']');
	json_open(&j, "none", '{');
	json_close(&j, '}');
	json_close(&j, '}');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_done(&j);
	assert_int_equal(fclose(j.out), 0);
	assert_string_equal(text,
	    "[]\n"
	    "[\n"
	    "{\"a\\\"b\":\"x\\n\\u001b\",\"n\":null,\"list\":[-1,true],\"none\":{}},\n"
	    "{}\n"
	    "]\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit_prints_everything),
		cmocka_unit_test(test_widest_column_shrinks_first),
		cmocka_unit_test(test_spare_columns_go_by_rank),
		cmocka_unit_test(test_lines_end_where_the_screen_does),
		cmocka_unit_test(test_empty_spare_column_is_left_out_of_a_screen),
		cmocka_unit_test(test_only_a_terminal_gets_bold),
		cmocka_unit_test(test_remote_text_cannot_act),
		cmocka_unit_test(test_long_cells_are_cut_between_characters),
		cmocka_unit_test(test_wide_characters_count_two),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_date_is_local),
		cmocka_unit_test(test_durations_and_sizes),
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
