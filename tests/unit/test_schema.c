/* SPDX-License-Identifier: Apache-2.0 */
/* Types of schema.org, addresses and repairs, as the jsonld connector reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "jsonld/repair.h"
#include "jsonld/schema.h"
#include "jsonld/webaddr.h"
#include "lib/hashes.h"

static void
kinds(void **state)
{
	(void)state;
	static const struct kind_case {
		const char *type, *wanted;
		bool is;
	} cases[] = {
		{ "Event", "Event", true }, { "MusicEvent", "Event", true }, { "Hotel", "Place", true },
		{ "VacationRental", "LodgingBusiness", true }, { "BedAndBreakfast", SCHEMA_DEFAULT_TYPES, true },
		{ "TouristTrip", "Product, Trip", true }, { "Zoo", "Place", true }, { "Accommodation", "Place", true },
		{ "AggregateOffer", "Offer", true }, { "CatholicChurch", "Place", true }, { "Boat", "Boat", true },
		{ "Event", "MusicEvent", false }, { "Event", "Even", false }, { "Even", "Event", false },
		{ "Person", SCHEMA_DEFAULT_TYPES, false }, { "Organization", SCHEMA_DEFAULT_TYPES, false },
		{ "BreadcrumbList", SCHEMA_DEFAULT_TYPES, false }, { "WebPage", SCHEMA_DEFAULT_TYPES, false },
		{ "", "Event", false }, { "Event", "", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (schema_is_a(cases[i].type, cases[i].wanted) != cases[i].is)
			fail_msg("%s, %s", cases[i].type, cases[i].wanted);
	assert_string_equal(schema_local("https://schema.org/Event"), "Event");
	assert_string_equal(schema_local("schema:name"), "name");
	assert_string_equal(schema_local("http://schema.example/Event"), "http://schema.example/Event");
}

static void
addresses(void **state)
{
	(void)state;
	static const char base[] = "https://www.x.fr/a/b?c=d";
	static const char *const cases[][2] = {
		{ "e", "https://www.x.fr/a/e" }, { "/e f", "https://www.x.fr/e%20f" }, { "//y.fr", "https://y.fr/" },
		{ "HTTPS://Y.FR:443/E#f", "https://y.fr/E" }, { "http://y.fr:80?q=[1]", "http://y.fr/?q=%5B1%5D" },
		{ "http://y.fr:8080/", "http://y.fr:8080/" }, { "../é|%", "https://www.x.fr/%C3%A9%7C%25" },
		{ " \n?g=h\t", "https://www.x.fr/a/b?g=h" }, { "ftp://y.fr/", NULL }, { "javascript:alert(1)", NULL },
		{ "http://a:b@y.fr/", NULL }, { "http:///a", NULL }, { "http://é.fr/", NULL }, { "http://:80/", NULL }, { "mailto:a@b.fr", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *url = webaddr_join(base, cases[i][0], false);
		if (cases[i][1] == NULL)
			assert_null(url);
		else
			assert_string_equal(url, cases[i][1]);
		free(url);
	}
	char *url = webaddr_join(base, "#f", true);
	assert_string_equal(url, "https://www.x.fr/a/b?c=d#f");
	free(url);
	assert_true(webaddr_same_site("https://www.x.fr/", "http://x.fr/a"));
	assert_true(webaddr_same_site("https://x.fr/", "https://s.x.fr:8080/"));
	assert_false(webaddr_same_site("https://s.x.fr/", "https://x.fr/"));
	assert_false(webaddr_same_site("https://x.fr/", "https://yx.fr/"));
	assert_false(webaddr_same_site("https://x.fr/", "https://x.fr.y.fr/"));
}

static void
repairs(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "{\"a\":1}", "{\"a\":1}" }, { "[1,2,]", "[1,2]" }, { "{\"a\":[],}", "{\"a\":[]}" }, { "{,\"a\":1,,\"b\":2}", "{\"a\":1,\"b\":2}" },
		{ "{\"a\":\"//x /* y */ ,]\"}//c", "{\"a\":\"//x /* y */ ,]\"}" }, { "/* a", "" }, { "{}{}", "[{},{}]" }, { "{},\n{}", "[{} ,{}]" },
		{ "{\"a\":\"b\nc\"}", "{\"a\":\"b\\nc\"}" }, { "{\"a\":\"\\'\\q\\\"\"}", "{\"a\":\"'q\\\"\"}" }, { "<!--{}-->", "{}" }, { "<!-- a -->{\"b\":\"<!-- c -->\"}<!--", "{\"b\":\"<!-- c -->\"}" },
		{ "//<![CDATA[ {}\n// ]]>", " {} " }, { "{&quot;a&#34;:&quot;&lt;&amp;&#39;&quot;}", "{\"a\":\"<&'\"}" },
		{ "{\"a\":\"&quot;\"}", "{\"a\":\"&quot;\"}" }, { "{\"a\":\"", "{\"a\":\"" }, { "]]]", "]]]" }, { "", "" }, { "{\"a\":\"\\", "{\"a\":\"" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = BUF_INIT;
		char *copy = xmalloc(strlen(cases[i][0]) + 1);
		memcpy(copy, cases[i][0], strlen(cases[i][0]));
		repair_json(copy, strlen(cases[i][0]), &out);
		assert_string_equal(buf_cstr(&out), cases[i][1]);
		buf_done(&out);
		free(copy);
	}
}

static void
numbers(void **state)
{
	(void)state;
	struct hashes h = { NULL, 0, 0 };
	char text[16];
	assert_int_equal(hashes_get(&h, "0"), 0);
	for (unsigned i = 0; i < 10000; i++) {
		(void)snprintf(text, sizeof text, "%u", i);
		assert_int_equal(hashes_get(&h, text), 0);
		assert_int_equal(*hashes_at(&h, text), 0);
		*hashes_at(&h, text) = i + 1;
	}
	for (unsigned i = 0; i < 10000; i++) {
		(void)snprintf(text, sizeof text, "%u", i);
		assert_int_equal(*hashes_at(&h, text), i + 1);
		assert_int_equal(hashes_get(&h, text), i + 1);
	}
	assert_int_equal(h.n, 10000);
	hashes_done(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds), cmocka_unit_test(addresses), cmocka_unit_test(repairs), cmocka_unit_test(numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
