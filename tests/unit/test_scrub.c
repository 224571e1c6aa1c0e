/* SPDX-License-Identifier: Apache-2.0 */
/* What is secret is covered in whatever form a text has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/scrub.h"

static const struct {
	const char *text, *value, *hidden, *want;
} cases[] = {
	{"wrong key s3cret!", "s3cret!", NULL, "wrong key *******"},
	{"twice s3cret! and s3cret!", "s3cret!", NULL, "twice ******* and *******"},
	{"GET /?k=s3cr%26t", "s3cr&t", NULL, "GET /?k=********"},
	{"token abcdef is old", "Bearer abcdef", NULL, "token ****** is old"},
	{"apiKey=k-12345 refused", "{\"apiKey\":\"k-12345\"}", "k-12345", "apiKey=******* refused"},
	{"id 42 abc", "abc", NULL, "id 42 abc"},
	{"nothing here", "s3cret!", "s3", "nothing here"},
};

static void
test_covers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[64];
		(void)snprintf(text, sizeof text, "%s", cases[i].text);
		scrub(text, cases[i].value, cases[i].hidden);
		assert_string_equal(text, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_covers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
