/* SPDX-License-Identifier: Apache-2.0 */
/* lib/frame: items are cut where they are, however the bytes arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/frame.h"

static void
collect(void *arg, const struct frame_item *items, size_t n)
{
	struct buf *out = arg;
	for (size_t i = 0; i < n; i++) {
		buf_add(out, items[i].raw.s, items[i].raw.len);
		buf_str(out, items[i].cut ? "…|" : "|");
	}
}

struct frame_case {
	const char *pointer, *document, *items;
	const char *problem;	/* NULL: good */
	const char *envelope;	/* NULL: not looked at */
};

static const struct frame_case cases[] = {
	{ "", "[]", "", NULL, "[]" },
	{ "", " [ 1 , \"a,]\" ,{\"b\":[1,2]}, null ] \n", "1|\"a,]\"|{\"b\":[1,2]}|null|", NULL, " []" },
	{ "", "\xef\xbb\xbf[{}]", "{}|", NULL, "[]" },
	{ "/results", "{\"count\":2,\"results\":[{\"id\":1},{\"id\":2}],\"next\":null}",
	    "{\"id\":1}|{\"id\":2}|", NULL, "{\"count\":2,\"results\":[],\"next\":null}" },
	{ "/data/stations", "{\"x\":{\"stations\":[1]},\"data\":{\"a\":[[2]],\"stations\":[3]},\"stations\":[4]}",
	    "3|", NULL, NULL },
	{ "/a/1/b", "{\"a\":[{\"b\":[0]},{\"b\":[7]}]}", "7|", NULL, NULL },
	{ "/a~1b", "{\"a/b\":[5]}", "5|", NULL, NULL },
	{ "/results", "{\"s\":\"\\\"results\\\":[1]\",\"results\":[\"\\\\\\\"\",\"\\\\\"]}",
	    "\"\\\\\\\"\"|\"\\\\\"|", NULL, NULL },
	{ "/results", "{\"results\":null}", "", "there is no array of items where it should be", NULL },
	{ "/results", "{\"message\":\"Invalid coordinates\"}", "",
	    "there is no array of items where it should be", NULL },
	{ "/results", "{\"results\":{\"results\":[1]}}", "", "there is no array of items where it should be", NULL },
	{ "/results", "{\"results\":[1],\"n\":2,\"results\":[3]}", "1|", "there are two lists where the items should be", NULL },
	{ "/results", "{\"results\":[1],\"results\":{}}", "1|", "there are two lists where the items should be", NULL },
	{ "/d/l", "{\"d\":{\"l\":[1],\"m\":{\"l\":[2]}},\"l\":[3],\"d\":{\"l\":[]}}", "1|", "there are two lists where the items should be", NULL },
	{ "/s/*", "{\"s\":{\"a\":1},\"s\":{\"b\":2}}", "{\"@key\":\"a\",\"@value\":1}|", "there are two lists where the items should be", NULL },
	{ "/results", "{\"results\":null,\"results\":[1],\"results\":null}", "1|", NULL, NULL },
	{ "", "", "", "the answer is empty", NULL },
	{ "", "   ", "", "the answer is empty", NULL },
	{ "", "<!doctype html>", "", "a web page came where JSON was expected", NULL },
	{ "", "oops", "", "this is not a JSON document", NULL },
	{ "", "[{\"id\":1},{\"id\":", "{\"id\":1}|", "the document stops before its end", NULL },
	{ "", "[1", "", "the document stops before its end", NULL },
	{ "", "[1,", "1|", "the document stops before its end", NULL },
	{ "", "[1,]", "1|", "a comma stands before the end of the items", NULL },
	{ "", "[,1]", "", "a comma stands where an item should", NULL },
	{ "", "[1 2]", "1|", "a comma is missing between two items", NULL },
	{ "", "[1]x", "1|", "something follows the end of the document", NULL },
	{ "", "[1][2]", "1|", "something follows the end of the document", NULL },
	{ "", "[}", "", "a bracket closes what was never opened", NULL },
	{ NULL, " {\"a\":[1,{\"b\":\"}\"}]} \n", "{\"a\":[1,{\"b\":\"}\"}]}|", NULL, " " },
	{ NULL, "\xef\xbb\xbf{}", "{}|", NULL, "" },
	{ NULL, "[1]", "[1]|", NULL, NULL },
	{ NULL, "{\"a\":{}", "", "the document stops before its end", NULL },
	{ NULL, "{}x", "{}|", "something follows the end of the document", NULL },
	{ NULL, "{}{}", "{}|", "something follows the end of the document", NULL },
	{ NULL, "7", "", "this is not a JSON document", NULL },
	{ NULL, "<html>", "", "a web page came where JSON was expected", NULL },
	{ NULL, " ", "", "the answer is empty", NULL },
	{ "/a", "[[[[[[[[[[1]]]]]]]]]]", "", "values are nested too deep", NULL },
	{ "", "[[[[[[[[[[1]]]]]]]]]]", "[[[[[[[[[1]]]]]]]]]|", NULL, NULL },
	/* members of an object */
	{ "/s/*", "{\"n\":1,\"s\":{ \"a\" : {\"x\":1} ,\"b\":{ } , \"c\\\"}\":5,\"d\":\"t\",\"e\":[{}]},\"z\":2}",
	    "{\"@key\":\"a\",\"x\":1}|{\"@key\":\"b\"}|{\"@key\":\"c\\\"}\",\"@value\":5}|{\"@key\":\"d\",\"@value\":\"t\"}|"
	    "{\"@key\":\"e\",\"@value\":[{}]}|", NULL, "{\"n\":1,\"s\":{},\"z\":2}" },
	{ "/*", "{\"a b\":{\"x\":{}}}", "{\"@key\":\"a b\",\"x\":{}}|", NULL, "{}" },
	{ "/s/*", "{\"s\":{}}", "", NULL, "{\"s\":{}}" },
	{ "/s/*", "{\"s\":[]}", "", NULL, "{\"s\":[]}" },
	{ "/s/*", "{\"s\":[{\"x\":1},2]}", "{\"x\":1}|2|", NULL, NULL },
	{ "/s/*", "{\"s\":null}", "", "there are no items where they should be", NULL },
	{ "/s/*", "{\"t\":{}}", "", "there are no items where they should be", NULL },
	{ "/*", "{\"a\":1,}", "{\"@key\":\"a\",\"@value\":1}|", "a comma stands before the end of the items", NULL },
	{ "/*", "{,}", "", "a comma stands where an item should", NULL },
	{ "/*", "{\"a\" 1}", "", "a colon is missing after a name", NULL },
	{ "/*", "{\"a\":}", "", "a value is missing after a name", NULL },
	{ "/*", "{\"a\":,\"b\":1}", "", "a value is missing after a name", NULL },
	{ "/*", "{a:1}", "", "a name is missing before an item", NULL },
	{ "/*", "{\"a\":1 \"b\":2}", "{\"@key\":\"a\",\"@value\":1}|", "a comma is missing between two items", NULL },
	{ "/*", "{\"a\":1]", "{\"@key\":\"a\",\"@value\":1}|", "a comma is missing between two items", NULL },
	{ "/*", "{]", "", "a bracket closes what was never opened", NULL },
	{ "/*", "{\"a\":{\"x\":1", "", "the document stops before its end", NULL },
	{ "/*", "{\"a\":1}}", "{\"@key\":\"a\",\"@value\":1}|", "something follows the end of the document", NULL },
	{ "/results", "{\"results\":{\"a\":{}}}", "", "there is no array of items where it should be", NULL },
};

static void
feed_in_pieces(const struct frame_case *c, size_t piece)
{
	struct buf items = BUF_INIT;
	struct frame *f = frame_new(c->pointer, 64, 8, collect, &items);
	assert_non_null(f);
	frame_reset(f);
	size_t len = strlen(c->document);
	int rc = 0;
	for (size_t at = 0; at < len && rc == 0; at += piece) {
		/* A copy of its own size, so that a read past its end is found. */
		size_t n = len - at < piece ? len - at : piece;
		char *copy = xmalloc(n);
		memcpy(copy, c->document + at, n);
		rc = frame_feed(f, copy, n);
		free(copy);
	}
	if (rc == 0)
		rc = frame_end(f);
	assert_int_equal(rc, c->problem ? -1 : 0);
	assert_string_equal(frame_problem(f), c->problem ? c->problem : "");
	assert_string_equal(buf_cstr(&items), c->items);
	if (c->envelope != NULL)
		assert_string_equal(buf_cstr(frame_envelope(f)), c->envelope);
	frame_free(f);
	buf_done(&items);
}

static void
items_are_cut_however_they_arrive(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t piece = 1; piece <= 40; piece++)
			feed_in_pieces(&cases[i], piece);
}

/* Bytes of JSON in no order that means anything, read in pieces of any length:
 * the same as read one byte after another, which is never wide. */
static void
wide_reading_changes_nothing(void **state)
{
	static const char *const pieces[] = { "{", "}", "[", "]", "\"", "\"", "\\", "\\\"", ",", ":", "1", "maison", "é",
		"\"une maison au bord de l'eau, sans accent et sans fin\"", "{\"a\":1},", "[{\"a\":[\"]\"]}]," };
	(void)state;
	uint64_t random = 5;
	for (int round = 0; round < 20000; round++) {
		struct buf text = BUF_INIT, slow = BUF_INIT, fast = BUF_INIT;
		buf_str(&text, "[");
		for (int n = 0; n < 60; n++) {
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			buf_str(&text, pieces[(random >> 33) % (sizeof pieces / sizeof *pieces)]);
		}
		size_t piece = 1 + (size_t)(random >> 40) % 700;
		struct frame *a = frame_new("", 512, 8, collect, &slow), *b = frame_new("", 512, 8, collect, &fast);
		frame_reset(a);
		frame_reset(b);
		int rc_a = 0, rc_b = 0;
		for (size_t at = 0; at < text.len && rc_a == 0; at++)
			rc_a = frame_feed(a, text.data + at, 1);
		for (size_t at = 0; at < text.len && rc_b == 0; at += piece)
			rc_b = frame_feed(b, text.data + at, text.len - at < piece ? text.len - at : piece);
		assert_int_equal(rc_a, rc_b);
		assert_int_equal(frame_end(a), frame_end(b));
		assert_string_equal(frame_problem(a), frame_problem(b));
		assert_string_equal(buf_cstr(&slow), buf_cstr(&fast));
		frame_free(a);
		frame_free(b);
		buf_done(&text);
		buf_done(&slow);
		buf_done(&fast);
	}
}

static void
the_name_of_an_item_has_a_limit(void **state)
{
	(void)state;
	struct buf items = BUF_INIT, name = BUF_INIT;
	for (size_t len = FRAME_NAME_BYTES; len <= FRAME_NAME_BYTES + 1; len++) {
		buf_clear(&name);
		buf_str(&name, "{\"");
		while (name.len < len + 2)
			buf_char(&name, 'x');
		buf_str(&name, "\":1}");
		struct frame *f = frame_new("/*", 4096, 8, collect, &items);
		frame_reset(f);
		int rc = frame_feed(f, name.data, name.len);
		assert_int_equal(rc, len > FRAME_NAME_BYTES ? -1 : 0);
		assert_string_equal(frame_problem(f), rc == 0 ? "" : "the name of an item is too long");
		frame_free(f);
	}
	buf_done(&items);
	buf_done(&name);
}

static void
an_item_over_the_limit_is_cut_and_the_rest_goes_on(void **state)
{
	(void)state;
	static const char document[] = "[\"0123456789\",{\"a\":\"]\\\"0123456789\"},7]";
	for (size_t piece = 1; piece < sizeof document; piece++) {
		struct buf items = BUF_INIT;
		struct frame *f = frame_new("", 8, 8, collect, &items);
		frame_reset(f);
		for (size_t at = 0; at < sizeof document - 1; at += piece) {
			size_t left = sizeof document - 1 - at;
			assert_int_equal(frame_feed(f, document + at, left < piece ? left : piece), 0);
		}
		assert_int_equal(frame_end(f), 0);
		assert_string_equal(buf_cstr(&items), "\"0123456…|{\"a\":\"]\\…|7|");
		frame_free(f);
		buf_done(&items);
	}
}

static void
a_big_envelope_is_refused(void **state)
{
	(void)state;
	struct buf items = BUF_INIT;
	struct frame *f = frame_new("/a", 64, 8, collect, &items);
	static char blanks[FRAME_ENVELOPE_MAX_BYTES];
	memset(blanks, ' ', sizeof blanks);
	frame_reset(f);
	assert_int_equal(frame_feed(f, "{", 1), 0);
	assert_int_equal(frame_feed(f, blanks, sizeof blanks), -1);
	assert_int_equal(frame_failure(f), VIGIE_TOO_BIG);
	frame_free(f);
	buf_done(&items);
}

static void
wrong_pointers_are_refused(void **state)
{
	(void)state;
	assert_null(frame_new("results", 64, 8, collect, NULL));
	assert_null(frame_new("/1/2/3/4/5/6/7/8/9", 64, 8, collect, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_cut_however_they_arrive),
		cmocka_unit_test(wide_reading_changes_nothing),
		cmocka_unit_test(the_name_of_an_item_has_a_limit),
		cmocka_unit_test(an_item_over_the_limit_is_cut_and_the_rest_goes_on),
		cmocka_unit_test(a_big_envelope_is_refused),
		cmocka_unit_test(wrong_pointers_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
