/* SPDX-License-Identifier: Apache-2.0 */
/* What a visitor asks for: paths, parameters, formats, languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "serve/route.h"

static const struct parameter limit = { .name = "limit", .type = PARAMETER_INTEGER, .min = 1, .max = 1000 };
static const struct parameter word = { .name = "q", .type = PARAMETER_TEXT };
static const struct parameter price = { .name = "price_max", .type = PARAMETER_REAL };
static const struct parameter sort = { .name = "sort", .type = PARAMETER_CHOICE, .choices = "near new" };
static const struct parameter *const parameters[] = { &limit, &word, &price, &sort, NULL };
static const struct variant variants[] = {
	{ "geojson", "application/geo+json", "json application/json" },
	{ "html", "text/html; charset=utf-8", NULL },
	{ "csv", "text/csv; charset=utf-8; header=present", NULL },
	{ .name = NULL },
};
static const struct route items = { .path = "/items", .methods = METHOD_GET, .parameters = parameters, .variants = variants };

static void
forget(struct request *r)
{
	for (size_t i = 0; i < r->n_query; i++)
		free(r->query[i].value);
	r->n_query = 0;
}

static void
queries_are_checked(void **state)
{
	static const struct {
		const char *query, *code, *text;
	} cases[] = {
		{ "", NULL, NULL },
		{ "limit=5&q=%C3%A9t%C3%A9+2026&price_max=12.5&sort=new&f=csv&&", NULL, NULL },
		{ "limit=&q=", NULL, NULL },
		{ "unknown12345=1", "query-param-unknown", "there is no parameter \"unknown12345\" here" },
		{ "limit=many", "query-param-invalid", "\"limit\" is a whole number, not \"many\"" },
		{ "limit=0", "query-param-invalid", "\"limit\" is at least 1" },
		{ "limit=99999999999999999999", "query-param-invalid", "\"limit\" is a whole number, not \"99999999999999999999\"" },
		{ "price_max=1e999", "query-param-invalid", "\"price_max\" is a number, not \"1e999\"" },
		{ "sort=old", "query-param-invalid", "\"sort\" is one of: near new" },
		{ "sort=near new", "query-param-invalid", "\"sort\" is one of: near new" },
		{ "q=a&q=b", "query-param-invalid", "\"q\" is given twice" },
		{ "q=%00", "query-param-invalid", "\"q\" is not text in UTF-8" },
		{ "q=%ff", "query-param-invalid", "\"q\" is not text in UTF-8" },
		{ "%00=1", "query-param-unknown", "there is no parameter \"?\" here" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct request r = { .n_query = 0 };
		struct error err = ERROR_INIT;
		const char *code = route_query(&items, cases[i].query, &r, &err);
		if (cases[i].code == NULL) {
			assert_null(code);
		} else {
			assert_non_null(code);
			assert_string_equal(code, cases[i].code);
			assert_string_equal(err.text, cases[i].text);
		}
		forget(&r);
	}
}

static void
values_come_decoded_and_clamped(void **state)
{
	struct request r = { .url = (char[]){ "http://h/items?limit=5000&q=a&f=csv" } };
	struct error err = ERROR_INIT;
	int64_t n = 25;
	(void)state;
	assert_null(route_query(&items, "limit=5000&q=a%26b+c", &r, &err));
	assert_int_equal(request_integer(&r, "limit", &n, &err), 0);
	assert_int_equal(n, 1000);
	assert_string_equal(request_query(&r, "q"), "a&b c");
	assert_null(request_query(&r, "sort"));
	char *next = request_url_with(&r, "q", "x y&");
	assert_string_equal(next, "http://h/items?limit=5000&f=csv&q=x%20y%26");
	free(next);
	next = request_url_with(&r, "limit", NULL);
	assert_string_equal(next, "http://h/items?q=a&f=csv");
	free(next);
	forget(&r);
}

static void
formats_are_negotiated(void **state)
{
	static const struct {
		const char *f, *accept, *want;
	} cases[] = {
		{ NULL, NULL, "geojson" },
		{ NULL, "*/*", "geojson" },
		{ NULL, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html" },
		{ NULL, "application/geo+json, application/json", "geojson" },
		{ NULL, "application/json", "geojson" },
		{ NULL, "text/csv", "csv" },
		{ NULL, "text/*;q=0.5, application/json;q=0.4", "html" },
		{ NULL, "text/*, text/html;q=0.1", "csv" },
		{ NULL, "TEXT/HTML ; q=0.3 , application/geo+json;q=0.2", "html" },
		{ NULL, "image/png", "geojson" },
		{ NULL, "text/html;q=0", "geojson" },
		{ "json", "text/html", "geojson" },
		{ "html", NULL, "html" },
		{ "application/json", NULL, "geojson" },
		{ "xml", NULL, NULL },
		{ "json application/json", NULL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct variant *v = route_negotiate(&items, cases[i].f, cases[i].accept);
		if (cases[i].want == NULL)
			assert_null(v);
		else
			assert_string_equal(v->name, cases[i].want);
	}
}

static void
languages_and_encodings(void **state)
{
	(void)state;
	assert_string_equal(route_language(NULL), "fr");
	assert_string_equal(route_language("en-GB,en;q=0.9,fr;q=0.8"), "en");
	assert_string_equal(route_language("de, fr;q=0.3, en;q=0.2"), "fr");
	assert_string_equal(route_language("de"), "fr");
	assert_string_equal(route_language("english"), "fr");
	assert_true(accept_takes("deflate, gzip;q=1.0, *;q=0.5", "gzip"));
	assert_false(accept_takes("gzip;q=0", "gzip"));
	assert_false(accept_takes(NULL, "gzip"));
}

static void
paths_are_found(void **state)
{
	char *values[PATH_VALUES] = { NULL };
	(void)state;
	const struct route *r = route_find("/livez", values);
	assert_non_null(r);
	assert_string_equal(r->path, "/livez");
	assert_ptr_equal(route_find("/livez/", values), r);
	assert_null(route_find("/livez/x", values));
	assert_null(route_find("//livez", values));
	assert_null(route_find("", values));
	assert_null(route_find("/assets/%00", values));
	assert_null(route_find("/assets/", values));
	assert_non_null(route_find("/assets/a%2Fb", values));
	assert_string_equal(values[0], "a/b");
	free(values[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_are_checked),
		cmocka_unit_test(values_come_decoded_and_clamped),
		cmocka_unit_test(formats_are_negotiated),
		cmocka_unit_test(languages_and_encodings),
		cmocka_unit_test(paths_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
