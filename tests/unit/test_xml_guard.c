/* SPDX-License-Identifier: Apache-2.0 */
/* lib/xml_guard: markup comes out whole, bounded and without entities, however it was cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/xml_guard.h"

struct guard_case {
	bool mend;
	const char *in, *out;
	const char *problem;	/* its beginning; NULL: none */
};

#define ENTITIES(declarations) "<!DOCTYPE a [" declarations "]>"

static const struct guard_case cases[] = {
	{ false, "<a>b</a>", "<a>b</a>", NULL },
	{ false, "<?xml version='1.0'?>\n<?php a > b ?><a/>", "\n<a/>", NULL },
	{ false, "<a><!-- - > -- \n <b> --->c<!----></a>", "<a>\nc</a>", NULL },
	{ false, "<a b='>' c=\"'>\">d</a>", "<a b='>' c=\"'>\">d</a>", NULL },
	{ false, "<a><![CDATA[b]] > <c> &amp;]]></a>", "<a><![CDATA[b]] > <c> &amp;]]></a>", NULL },
	{ false, "<a><![CDATA[]]></a>", "<a></a>", NULL },
	{ false, "<a><![CDATA[]]]]></a>", "<a><![CDATA[]]]]></a>", NULL },
	{ false, "<a b='&lt;&#10;&quot;'>&amp;&lt;&gt;&apos;&#65;&#x41;</a>", "<a b='&#60;&#10;&#34;'>&#38;&#60;&#62;&#39;AA</a>", NULL },
	{ false, "<a>&eacute;&nbsp;&#233;&#x20AC;</a>", "<a>é\xc2\xa0é€</a>", NULL },
	{ false, "<a>&#0;&#1;&#x110000;&#xd800;&#99999999999;b</a>", "<a>b</a>", NULL },
	{ false, "<a>b & c</a>", "", "an \"&\" that is none" },
	{ false, "<a>&d;</a>", "", "an \"&\" that is none" },
	{ false, "<a b='?c&d'/>", "", "an \"&\" that is none" },
	{ true, "<a>b & c &d; &#x; &; &e</a>", "<a>b &#38; c &#38;d; &#38;#x; &#38;; &#38;e</a>", NULL },
	{ true, "<a href='?b=1&c=2&copy=3'/>", "<a href='?b=1&#38;c=2&#38;copy=3'/>", NULL },
	{ true, "<a>3 < 4 <5 <- <é/></a>", "<a>3 &#60; 4 &#60;5 &#60;- <é/></a>", NULL },
	{ true, "<a>b</a><", "<a>b</a>&#60;", NULL },
	{ true, ENTITIES("<!ENTITY b SYSTEM 'file:///etc/passwd'>") "<a>&b;</a>", "<a>&#38;b;</a>", NULL },
	{ false, "<!DOCTYPE a PUBLIC \"-//x\" 'y>'><a/>", "<a/>", NULL },
	{ false, "<!DOCTYPE a [\n<!ELEMENT b (c)> <!-- ]> ' -->\n<?p ]?>]\n>\n<a/>", "\n\n\n\n<a/>", NULL },
	{ false, ENTITIES("<!ENTITY b 'c &#38; d'><!ENTITY e \"f\">") "<a g='&b;'>&e;&e;</a>", "<a g='c &#38; d'>ff</a>", NULL },
	{ false, ENTITIES("<!ENTITY b ''>") "<a>&b;</a>", "<a></a>", NULL },
	{ false, ENTITIES("<!ENTITY b SYSTEM 'file:///etc/passwd'>") "<a>&b;</a>", "", "an \"&\" that is none" },
	{ false, ENTITIES("<!ENTITY % b \"<!ENTITY c 'd'>\"> %b;") "<a>&c;</a>", "", "an \"&\" that is none" },
	{ false, ENTITIES("<!ENTITY b '<c/>'>") "<a>&b;</a>", "", "an \"&\" that is none" },
	{ false, ENTITIES("<!ENTITY b 'x'><!ENTITY c '&b;&b;'>") "<a>&c;</a>", "", "it declares entities that are long" },
	{ false, ENTITIES("<!ENTITY b '%c;'>") "<a/>", "", "it declares entities that are long" },
	{ false, "<a><!DOCTYPE b></a>", "<a><!DOCTYPE b></a>", NULL },
	{ false, "<a><!-- b", "<a>", NULL },
	{ false, "<a><b c='", "<a><b c='", NULL },
	{ false, "<a><![CDATA[b", "<a><![CDATA[b", NULL },
	{ false, "<a><![CD", "<a><![CD", NULL },
};

/* What comes out of `in`, chunk by chunk; CDATA sections that were cut are one
 * again. */
static void
filter(struct xml_guard *g, const char *in, size_t len, size_t chunk, struct buf *out)
{
	static const char seam[] = "]]><![CDATA[";
	struct buf held = BUF_INIT;
	for (size_t at = 0; at < len; at += chunk) {
		buf_add(&held, in + at, len - at < chunk ? len - at : chunk);
		size_t before = out->len, n = xml_guard_filter(g, held.data, held.len, at + chunk >= len, out);
		const char *cut = before >= 3 && out->len > before + 9 ? out->data + before - 3 : NULL;
		if (cut != NULL && memcmp(cut, seam, sizeof seam - 1) == 0) {
			memmove(out->data + before - 3, out->data + before + 9, out->len - before - 9);
			buf_cut(out, out->len - sizeof seam + 1);
		}
		memmove(held.data, held.data + n, held.len - n);
		buf_cut(&held, held.len - n);
	}
	buf_done(&held);
}

static void
check(const struct guard_case *c, size_t chunk)
{
	struct buf out = BUF_INIT;
	enum vigie_failure why;
	struct xml_guard *g = xml_guard_new(c->mend);
	xml_guard_reset(g);
	filter(g, c->in, strlen(c->in), chunk, &out);
	const char *problem = xml_guard_problem(g, &why);
	if ((problem == NULL) != (c->problem == NULL) ||
	    (problem != NULL && strncmp(problem, c->problem, strlen(c->problem)) != 0))
		fail_msg("%s in chunks of %zu: %s", c->in, chunk, problem != NULL ? problem : "no problem");
	if (problem == NULL && strcmp(buf_cstr(&out), c->out) != 0)
		fail_msg("%s in chunks of %zu became %s", c->in, chunk, buf_cstr(&out));
	xml_guard_free(g);
	buf_done(&out);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t chunk = 1; chunk <= 256; chunk += chunk < 16 ? 1 : 60)
			check(&cases[i], chunk);
	xml_guard_free(NULL);
}

/* `head`, `n` times `part`, `tail`: what problem there is. */
static const char *
problem_of(const char *head, const char *part, size_t n, const char *tail)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	enum vigie_failure why;
	struct xml_guard *g = xml_guard_new(true);
	buf_str(&in, head);
	for (size_t i = 0; i < n; i++)
		buf_str(&in, part);
	buf_str(&in, tail);
	xml_guard_reset(g);
	filter(g, in.data, in.len, 16384, &out);
	const char *problem = xml_guard_problem(g, &why);
	assert_true(problem == NULL || why == VIGIE_TOO_BIG);
	xml_guard_free(g);
	buf_done(&in);
	buf_done(&out);
	return problem;
}

static void
test_limits(void **state)
{
	(void)state;
	assert_null(problem_of("<a ", "b", 60 * 1024, "='1'/>"));
	assert_string_equal(problem_of("<a ", "b", 70 * 1024, "='1'/>"), "a tag is longer than 64 KiB");
	assert_string_equal(problem_of("<a b='", "c", 1 << 20, ""), "a tag is longer than 64 KiB");
	assert_null(problem_of("<a", " b='1'", XML_ATTRIBUTES_MAX, ">"));
	assert_string_equal(problem_of("<a", " b='1'", XML_ATTRIBUTES_MAX + 1, ">"), "a tag has more than 256 attributes");
	assert_string_equal(problem_of("<!DOCTYPE a [", "<!ELEMENT b (c)>", 10000, "]>"),
	    "its document type is longer than 64 KiB");
	assert_string_equal(problem_of("<!DOCTYPE a [", "<!ENTITY b 'c'>", 257, "]>"), "it declares more than 256 entities");
	assert_non_null(problem_of("<!DOCTYPE a [<!ENTITY b '", "c", 257, "'>]>"));
	assert_null(problem_of("<!DOCTYPE a [<!ENTITY b 'cccccccccc'>]><a>", "&b;", 100 * 1000, "</a>"));
	assert_string_equal(problem_of("<!DOCTYPE a [<!ENTITY b 'cccccccccc'>]><a>", "&b;", 110 * 1000, "</a>"),
	    "its entities stand for more than 1 MiB of text (an expansion bomb)");
	/* The first declaration counts, and the five of XML are what they are. */
	assert_null(problem_of("<!DOCTYPE a [", "<!ENTITY amp '&amp;&amp;'><!ENTITY copy '&copy;&copy;'>", 20, "]><a>&copy;&amp;</a>"));
	assert_null(problem_of("<a><!--", "<b c='", 1 << 20, "--></a>"));
}

/* A chain of names that HTML has is no way around it. */
static void
test_chain(void **state)
{
	(void)state;
	static const char *const names[] = { "nbsp", "iexcl", "cent", "pound", "curren", "yen" };
	struct buf in = BUF_INIT;
	buf_str(&in, "<!DOCTYPE a [");
	for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
		buf_fmt(&in, "<!ENTITY %s '", names[i]);
		for (int k = 0; k < 30; k++)
			buf_fmt(&in, "&%s;", names[i - 1]);
		buf_str(&in, "'>");
	}
	buf_str(&in, "]><a>&yen;</a>");
	assert_string_equal(problem_of(buf_cstr(&in), "", 0, ""),
	    "its entities stand for more than 1 MiB of text (an expansion bomb)");
	buf_done(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_chain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
