/* SPDX-License-Identifier: Apache-2.0 */
/* robots.txt as RFC 9309 has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "jsonld/robots.h"

/* The RFC's own example of two groups (5.1), and groups that are put together. */
static const char simple[] =
    "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n"
    "User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n"
    "User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\n"
    "User-Agent: quxbot\n";
static const char together[] =
    "user-agent: Vigie\ndisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUSER-AGENT : vigie/2.0 # us\nDisallow : /b\nAllow: /b/c\n";

static const struct robots_case {
	const char *text, *token, *path;
	bool allowed;
} cases[] = {
	{ simple, "other", "/a.gif", false },
	{ simple, "other", "/a.gif?b", true },
	{ simple, "other", "/example/", false },
	{ simple, "other", "/publications/x.gif", true },	/* the longer rule */
	{ simple, "other", "/", true },
	{ simple, "foobot", "/", false },
	{ simple, "foobot", "/example/page.html", true },
	{ simple, "foobot", "/example/page.html?x", true },
	{ simple, "foobot", "/publications/", false },
	{ simple, "FooBot", "/example/allowed.gif", true },
	{ simple, "barbot", "/example/page.html", false },
	{ simple, "bazbot", "/example/page.html", false },
	{ simple, "bazbot", "/a.gif", true },
	{ simple, "quxbot", "/example/", true },		/* a group without rules */
	{ together, "vigie", "/a", false },
	{ together, "vigie", "/b/d", false },
	{ together, "vigie", "/b/c", true },
	{ together, "vigie", "/", true },
	{ together, "vig", "/a", true },
	{ together, "vigiebot", "/a", true },

	/* 5.2: the longest match, in octets */
	{ "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n", "foobot",
	    "/example/page/disallowed.gif", false },
	{ "User-Agent: foobot\nDisallow: /example/page/disallowed.gif\nAllow: /example/page/\n", "foobot",
	    "/example/page/allowed.gif", true },
	{ "User-agent: *\nDisallow: /p\nAllow: /p\n", "vigie", "/page", true },	/* as long: allowed */

	/* 2.2.2: percent signs and other letters */
	{ "User-agent: *\nDisallow: /foo/bar?baz=quz\n", "vigie", "/foo/bar?baz=quz", false },
	{ "User-agent: *\nDisallow: /foo/bar?baz=https://foo.bar\n", "vigie", "/foo/bar?baz=https://foo.bar", false },
	{ "User-agent: *\nDisallow: /foo/bar/\xe3\x83\x84\n", "vigie", "/foo/bar/%E3%83%84", false },
	{ "User-agent: *\nDisallow: /foo/bar/%E3%83%84\n", "vigie", "/foo/bar/\xe3\x83\x84", false },
	{ "User-agent: *\nDisallow: /foo/bar/%e3%83%84\n", "vigie", "/foo/bar/%E3%83%84", false },
	{ "User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", "vigie", "/foo/bar/baz", false },
	{ "User-agent: *\nDisallow: /a%2Fb\n", "vigie", "/a/b", true },
	{ "User-agent: *\nDisallow: /a/b\n", "vigie", "/a%2Fb", true },
	{ "User-agent: *\nDisallow: /100%\n", "vigie", "/100%", false },

	/* 2.2.3: # $ * */
	{ "User-agent: *\nDisallow: /a # /b\n", "vigie", "/a", false },
	{ "User-agent: *\nDisallow: /a # /b\n", "vigie", "/b", true },
	{ "User-agent: *\nDisallow: /$\n", "vigie", "/", false },
	{ "User-agent: *\nDisallow: /$\n", "vigie", "/a", true },
	{ "User-agent: *\nAllow: /this/path/exactly$\nDisallow: /this\n", "vigie", "/this/path/exactly", true },
	{ "User-agent: *\nAllow: /this/path/exactly$\nDisallow: /this\n", "vigie", "/this/path/exactly/", false },
	{ "User-agent: *\nDisallow: /this/*/exactly\n", "vigie", "/this/a/b/exactly/c", false },
	{ "User-agent: *\nDisallow: /this/*/exactly\n", "vigie", "/this/exactly", true },
	{ "User-agent: *\nDisallow: /*.php$\n", "vigie", "/a.php.php", false },
	{ "User-agent: *\nDisallow: /*.php$\n", "vigie", "/a.php5", true },
	{ "User-agent: *\nDisallow: /a*a$\n", "vigie", "/a", true },	/* two letters, not one twice */
	{ "User-agent: *\nDisallow: /a**b*$\n", "vigie", "/axbx", false },
	{ "User-agent: *\nDisallow: *\n", "vigie", "/", false },
	{ "User-agent: *\nDisallow: a\n", "vigie", "/a", true },

	/* lines and what stands on them */
	{ "User-agent: *\rDisallow: /a\rDisallow: /b", "vigie", "/b", false },
	{ "\xef\xbb\xbfUser-agent: *\r\nDisallow: /a\r\n", "vigie", "/a", false },
	{ "Disallow: /a\n", "vigie", "/a", true },		/* of no group */
	{ "User-agent: *\nSitemap: /s.xml\nCrawl-delay: 5\nUser-agent: x\nDisallow: /a\n", "vigie", "/a", false },
	{ "User-agent: *\nDisallow:\n", "vigie", "/a", true },
	{ "User-agent: *\nDisallow /a\nnonsense\n: /a\n", "vigie", "/a", true },
	{ "<html>User-agent: *\nDisallow: /a", "vigie", "/a", true },
	{ "", "vigie", "/a", true },
};

static void
rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct robots_case *c = &cases[i];
		char *copy = xstrndup(c->text, strlen(c->text));
		struct robots *r = robots_new(c->token);
		robots_read(r, copy, strlen(copy));
		if (robots_allows(r, c->path) != c->allowed)
			fail_msg("case %zu: %s of %s", i, c->path, c->text);
		robots_free(r);
		free(copy);
	}
}

/* 2.5: at least 500 KiB are read; here, no more. */
static void
limits(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	struct robots *r = robots_new("vigie");
	buf_str(&text, "User-agent: *\nDisallow: /first\n");
	while (text.len < ROBOTS_MAX_BYTES)
		buf_str(&text, "# a line that says nothing at all\n");
	buf_str(&text, "Disallow: /last\n");
	robots_read(r, text.data, text.len);
	assert_false(robots_allows(r, "/first"));
	assert_true(robots_allows(r, "/last"));
	robots_free(r);

	r = robots_new("vigie");
	buf_clear(&text);
	buf_str(&text, "User-agent: *\n");
	for (unsigned i = 0; i <= ROBOTS_RULES_MAX; i++)
		buf_fmt(&text, "Allow: /%u\n", i);
	robots_read(r, text.data, text.len);
	assert_false(robots_allows(r, "/1"));
	robots_free(r);
	buf_done(&text);
}

/* A pattern of stars takes one pass, not one for each of them. */
static void
stars(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, path = BUF_INIT;
	struct robots *r = robots_new("vigie");
	buf_str(&text, "User-agent: *\nDisallow: /");
	for (unsigned i = 0; i < 20000; i++)
		buf_str(&text, "*a");
	buf_str(&text, "b$\n");
	buf_char(&path, '/');
	for (unsigned i = 0; i < 100000; i++)
		buf_char(&path, 'a');
	robots_read(r, text.data, text.len);
	assert_true(robots_allows(r, path.data));
	robots_free(r);
	buf_done(&text);
	buf_done(&path);
}

static void
sitemaps(void **state)
{
	(void)state;
	static const char text[] = "Sitemap: https://x.fr/a.xml\nUser-agent: *\n sitemap : /b.xml # the other\nSITEMAP:\nDisallow: /\n";
	struct robots *r = robots_new("vigie");
	robots_read(r, text, sizeof text - 1);
	assert_string_equal(robots_sitemap(r, 0), "https://x.fr/a.xml");
	assert_string_equal(robots_sitemap(r, 1), "/b.xml");
	assert_null(robots_sitemap(r, 2));
	assert_false(robots_allows(r, "/"));
	robots_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules), cmocka_unit_test(limits), cmocka_unit_test(stars), cmocka_unit_test(sitemaps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
