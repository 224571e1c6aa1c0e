/* SPDX-License-Identifier: Apache-2.0 */
/* Query parameters with placeholders: what goes into them leaves the url. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sync/fill.h"

static const struct fill_case {
	const char *value, *url;	/* before */
	const char *filled, *rest;	/* after */
} cases[] = {
	{ "plain", "https://x.fr/a?b=1", "plain", "https://x.fr/a?b=1" },
	{ "{\"first\":{first},\"count\":{count}}", "https://x.fr/a?first=200&count=100",
	    "{\"first\":200,\"count\":100}", "https://x.fr/a" },
	{ "{\"first\":{first}}", "https://x.fr/a?z=1&first=0&y=2", "{\"first\":0}", "https://x.fr/a?z=1&y=2" },
	{ "{\"first\":{first}}", "https://x.fr/a?first=0&y=2", "{\"first\":0}", "https://x.fr/a?y=2" },
	{ "{\"first\":{first}}", "https://x.fr/a?y=2&first=7", "{\"first\":7}", "https://x.fr/a?y=2" },
	{ "{\"first\":{first}}", "https://x.fr/a", "{\"first\":{first}}", "https://x.fr/a" },
	{ "{\"first\":{first}}", "https://x.fr/a?firsts=1&b=first", "{\"first\":{first}}", "https://x.fr/a?firsts=1&b=first" },
	{ "{\"after\":\"{after}\"}", "https://x.fr/a?after=a%22%5Cb%20c", "{\"after\":\"a\\\"\\\\b c\"}", "https://x.fr/a" },
	{ "{after}-{after}", "https://x.fr/a?after=1", "1-1", "https://x.fr/a" },
	{ "x{after}-{after}", "https://x.fr/a?after=%22", "x\"-\"", "https://x.fr/a" },
	{ "x{$skip}", "https://x.fr/a?%24skip=5", "x5", "https://x.fr/a" },
	{ "x{first}{", "https://x.fr/a?first", "x{", "https://x.fr/a" },
	{ "{{first}}", "https://x.fr/a?first=3", "{3}", "https://x.fr/a" },
	{ "", "https://x.fr/a?first=3", "", "https://x.fr/a?first=3" },
};

static void
placeholders_are_filled_from_the_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct fill_case *c = &cases[i];
		struct config_pair pair = { .name = (char[]){ "query" }, .value = xstrdup(c->value) };
		const struct partner_config p = { .query = &pair, .n_query = 1 };
		struct fill f;
		fill_init(&f, &p, c->url, NULL);
		assert_string_equal(f.query[0].value, c->filled);
		assert_string_equal(f.url, c->rest);
		assert_string_equal(f.query[0].name, "query");
		fill_done(&f);
		free(pair.value);
	}
}

static void
secrets_are_covered(void **state)
{
	(void)state;
	struct config_pair headers[] = {
		{ (char[]){ "key" }, (char[]){ "Bearer t0ken" }, true, (char[]){ "t0ken" } },
		{ (char[]){ "lang" }, (char[]){ "french" }, false, NULL },
	};
	struct config_pair query = { (char[]){ "query" }, (char[]){ "{\"k\":\"s3cret\"}" }, true, (char[]){ "s3cret" } };
	const struct partner_config p = { .headers = headers, .n_headers = 2, .query = &query, .n_query = 1 };
	char text[] = "your key s3cret (s3cret) of Bearer t0ken is not french";
	fill_cover(&p, text);
	assert_string_equal(text, "your key ****** (******) of ************ is not french");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders_are_filled_from_the_url),
		cmocka_unit_test(secrets_are_covered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
