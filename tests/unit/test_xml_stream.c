/* SPDX-License-Identifier: Apache-2.0 */
/* lib/xml_stream and lib/xml_tree: items are cut where they are, however the bytes arrive, in the memory of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "lib/xml_stream.h"
#include "sanitized.h"


struct stream_case {
	const char *items, *document, *json;
	const char *problem;	/* a part of it; NULL: good */
	bool mend;
};

static const struct xml_namespace namespaces[] = { { "urn:a", "x" }, { "urn:none", "" }, { NULL, NULL } };

static char *lists[] = { (char[]){ "l" }, NULL };

static const struct stream_case cases[] = {
	{ "/a/b", "<a><b/></a>", "\"\"|", NULL, false },
	{ "/a/b", "<a><b> x </b><b>y<!-- z -->z</b></a>", "\"x\"|\"yz\"|", NULL, false },
	{ "/a/b", "<a><b c=' 1 '><d>2</d><e/><d>3</d></b></a>", "{\"@c\":\" 1 \",\"d\":[\"2\",\"3\"],\"e\":\"\"}|", NULL, false },
	{ "/a/b", "<a><b><c d='1'>2</c><c>3</c></b></a>", "{\"c\":[{\"@d\":\"1\",\"#text\":\"2\"},\"3\"]}|", NULL, false },
	{ "/a/b", "<a><b> x <i>y</i> z </b></a>", "{\"#text\":\"x  z\",\"i\":\"y\"}|", NULL, false },
	{ "/a/b", "<a><b>\n <i>y</i>\n</b></a>", "{\"i\":\"y\"}|", NULL, false },
	{ "/a/b", "<a><b><l>1</l></b><b><l>1</l><l/></b></a>", "{\"l\":[\"1\"]}|{\"l\":[\"1\",\"\"]}|", NULL, false },
	{ "/a/b", "<a><b><![CDATA[<c>&amp;]]>&lt;d</b></a>", "\"<c>&amp;<d\"|", NULL, false },
	{ "/a/b", "<a><b>\"\\\t</b></a>", "\"\\\"\\\\\"|", NULL, false },
	{ "/a/b", "<a><c><b>no</b></c><b>yes</b></a>", "\"yes\"|", NULL, false },
	{ "/a/*/b", "<a><c><b>1</b></c><d><b>2</b></d><b>no</b></a>", "\"1\"|\"2\"|", NULL, false },
	{ "//b", "<a><c><b>1<b>in</b></b></c><b>2</b></a>", "{\"#text\":\"1\",\"b\":\"in\"}|\"2\"|", NULL, false },
	{ "//c/b", "<a><c><b>1</b></c><b>no</b></a>", "\"1\"|", NULL, false },
	{ "/a/b | /a/c", "<a><b>1</b><c>2</c></a>", "\"1\"|\"2\"|", NULL, false },
	{ "/a", "<a b='1'/>", "{\"@b\":\"1\"}|", NULL, false },
	{ "/a/x:b", "<a xmlns:q='urn:a'><q:b q:c='1' c='2'/><b/></a>", "{\"@x:c\":\"1\",\"@c\":\"2\"}|", NULL, false },
	{ "/a/b", "<a xmlns='urn:none'><b><o:c>1</o:c></b></a>", "{\"o:c\":\"1\"}|", NULL, false },
	{ "/a/b", "<a/>", "", NULL, false },
	{ "/a/b", "<c><b/></c>", "", "no element where the items should be", false },
	{ "/a/b/c", "<a></a>", "", "no element where the items should be", false },
	{ "/a/b", "", "", "the answer is empty", false },
	{ "/a/b", " \n ", "", "the answer is empty", false },
	{ "/a/b", "<?xml version='1.0'?><!-- <a/> -->", "", "there is no element in it", false },
	{ "/a/b", "<a>", "", "the document stops before its end", false },
	{ "/a/b", "<a", "", "the document stops before its end", false },
	{ "/a/b", "<1", "", "line 1", false },
	{ "/a/b", "oops", "", "not an XML document", false },
	{ "/a/b", "[1]", "", "JSON came", false },
	{ "/a/b", "<HTML><b>", "", "a web page came", false },
	{ "/a/b", "<a><b>1</b><b>2", "\"1\"|", "the document stops before its end", false },
	{ "/a/b", "<a><b>1</b><b c=", "\"1\"|", "line 1", false },
	{ "/a/b", "<a><b>1</b>\n<b>2</c>", "\"1\"|", "line 2, column", false },
	{ "/a/b", "<a><b>1</b></a><a/>", "\"1\"|", "not well-formed", false },
	{ "/a/b", "<a><b c='1' c='2'/></a>", "", "not well-formed", false },
	{ "/a/b", "<a><b>1</b>\n\n<b>1\n & 2</b></a>", "\"1\"|", "line 4: an \"&\"", false },
	{ "/a/b", "<a><b>1]]>2</b></a>", "", "not well-formed", false },
	{ "/a/b", "<a><b>1 & 2</b></a>", "\"1 & 2\"|", NULL, true },
	{ "/a/b", "<a><b><c>1</b><b>2</b><b>3</b></a>", "!{\"c\":\"1\"}|\"2\"|\"3\"|", "line 1", true },
	{ "/a/b", "<a><b>1</c></b><b>2</b></a>", "!\"1\"|", "line 1", true },
};

static void
collect(void *arg, const struct xml_tree *item, const char *problem)
{
	struct buf *out = arg;
	if (problem != NULL)
		buf_char(out, '!');
	xml_tree_json(item, 0, lists, out);
	buf_char(out, '|');
}

static struct xml_stream *
open_stream(const char *items, bool mend, void *arg)
{
	const struct xml_stream_options o = { .items = items, .namespaces = namespaces, .mend = mend, .keep_envelope = true,
		.max_item_bytes = 4096, .max_depth = 8, .item = collect, .arg = arg };
	return xml_stream_new(&o);
}

static int
feed_all(struct xml_stream *s, const char *text, size_t len, size_t chunk)
{
	for (size_t at = 0; at < len; at += chunk)
		if (xml_stream_feed(s, text + at, len - at < chunk ? len - at : chunk) != 0)
			return -1;
	return xml_stream_end(s);
}

static void
check(const struct stream_case *c, size_t chunk)
{
	struct buf out = BUF_INIT;
	struct xml_stream *s = open_stream(c->items, c->mend, &out);
	assert_non_null(s);
	for (int again = 0; again < 2; again++) {	/* a stream serves several documents */
		buf_clear(&out);
		xml_stream_reset(s, "");
		int rc = feed_all(s, c->document, strlen(c->document), chunk);
		const char *problem = rc != 0 ? xml_stream_problem(s) : NULL;
		if ((problem == NULL) != (c->problem == NULL) || (problem != NULL && strstr(problem, c->problem) == NULL))
			fail_msg("%s in chunks of %zu: %s", c->document, chunk, problem != NULL ? problem : "no problem");
		if (strcmp(buf_cstr(&out), c->json) != 0)
			fail_msg("%s in chunks of %zu became %s", c->document, chunk, buf_cstr(&out));
	}
	xml_stream_free(s);
	buf_done(&out);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t chunk = 1; chunk <= 128; chunk += chunk < 12 ? 1 : 58)
			check(&cases[i], chunk);
	xml_stream_free(NULL);
}

struct nest {
	struct xml_stream *s;
	struct buf said;
};

static void
tell_nested(void *arg, const struct xml_tree *item, const char *problem)
{
	struct nest *nest = arg;
	size_t n;
	const uint32_t *nested = xml_stream_nested(nest->s, &n);
	assert_null(problem);
	for (size_t i = 0; i < n; i++)
		xml_tree_json(item, nested[i], lists, &nest->said);
	buf_char(&nest->said, '|');
}

static void
test_items_in_items(void **state)
{
	static const char document[] = "<a><b>1<c/><b>2</b><d><b e='3'><c/></b></d></b><b/><f><b>4<c>5</c></b></f></a>";
	static const struct { const char *items, *said; } wanted[] = {
		{ "//b", "\"2\"{\"@e\":\"3\",\"c\":\"\"}|||" }, { "/a/b", "||" }, { "/a/b | /a/b/d/b | /a/f", "{\"@e\":\"3\",\"c\":\"\"}|||" },
		{ "//b | //c", "\"\"\"2\"{\"@e\":\"3\",\"c\":\"\"}\"\"||\"5\"|" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		struct nest nest = { NULL, BUF_INIT };
		const struct xml_stream_options o = { .items = wanted[i].items, .max_item_bytes = 4096, .max_depth = 8,
			.item = tell_nested, .arg = &nest };
		nest.s = xml_stream_new(&o);
		xml_stream_reset(nest.s, "");
		assert_int_equal(feed_all(nest.s, document, sizeof document - 1, 7), 0);
		assert_string_equal(buf_cstr(&nest.said), wanted[i].said);
		xml_stream_free(nest.s);
		buf_done(&nest.said);
	}
}

static void
test_paths(void **state)
{
	static const char *const wrong[] = { "", "a", "/", "//", "/a/", "/a//b", "/a | b", "/a | ", "/1/2/3/4/5/6/7/8/9",
		"/1 | /2 | /3 | /4 | /5 | /6 | /7 | /8 | /9" };
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_null(open_stream(wrong[i], false, NULL));
}

static void
test_envelope(void **state)
{
	static const char document[] = "<a total='2'>\n <b>1</b>\n <next> /&#38; 2</next>\n <b>2</b></a>";
	(void)state;
	struct buf items = BUF_INIT, out = BUF_INIT;
	struct xml_stream *s = open_stream("/a/b", false, &items);
	xml_stream_reset(s, "");
	assert_int_equal(feed_all(s, document, strlen(document), 7), 0);
	xml_tree_json(xml_stream_envelope(s), 0, NULL, &out);
	assert_string_equal(buf_cstr(&out), "{\"@total\":\"2\",\"next\":\"/& 2\"}");
	xml_stream_free(s);
	buf_done(&items);
	buf_done(&out);
}

/* `head`, `n` times `part`, `tail`: the items, and the problem at the end. */
static void
check_limit(const char *head, const char *part, size_t n, const char *tail, const char *items, const char *problem)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct xml_stream *s = open_stream("/a/b", false, &out);
	buf_str(&in, head);
	for (size_t i = 0; i < n; i++)
		buf_str(&in, part);
	buf_str(&in, tail);
	xml_stream_reset(s, "");
	int rc = feed_all(s, in.data, in.len, 16384);
	if (problem == NULL)
		assert_int_equal(rc, 0);
	else if (rc == 0 || strstr(xml_stream_problem(s), problem) == NULL)
		fail_msg("%s…: %s", head, xml_stream_problem(s));
	assert_true(out.len < 8192);
	if (out.len < strlen(items) || strcmp(out.data + out.len - strlen(items), items) != 0)
		fail_msg("%s… became %s", head, buf_cstr(&out));
	xml_stream_free(s);
	buf_done(&in);
	buf_done(&out);
}

static void
test_limits(void **state)
{
	(void)state;
	check_limit("<a><b>", "x", 5000, "</b><b>2</b></a>", "!\"\"|\"2\"|", NULL);
	check_limit("<a><b>", "<c/>", 5000, "</b><b>2</b></a>", "|\"2\"|", NULL);
	check_limit("<a><b c='", "x", 5000, "'/><b>2</b></a>", "|\"2\"|", NULL);
	check_limit("<a><b>", "<c>", 20, "</c></c></c></c></c></c></c></c></c></c></c></c></c></c></c></c></c></c></c></c></b><b>2</b></a>",
	    "|\"2\"|", NULL);
	check_limit("<a><b>1</b>", "<c>", 300, "", "\"1\"|", "nested more than 200 deep");
	check_limit("<a><b>1</b><", "c", 300, "/>", "\"1\"|", "a name is longer than 256 bytes");
}

/* Distinct names are kept as long as the document: they have a limit, too. */
static void
test_names(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	char text[64];
	int rc = 0;
	struct xml_stream *s = open_stream("/a/b", false, &out);
	xml_stream_reset(s, "");
	assert_int_equal(xml_stream_feed(s, "<a>", 3), 0);
	for (unsigned i = 0; rc == 0 && i < 1000 * 1000; i++) {
		int n = snprintf(text, sizeof text, "<name-%u/>", i);
		rc = xml_stream_feed(s, text, (size_t)n);
	}
	assert_int_equal(rc, -1);
	xml_stream_free(s);
	buf_done(&out);
}

/* ---- 500 MB */

struct tally {
	uint64_t items, bytes;
	struct buf json;
};

static void
count(void *arg, const struct xml_tree *item, const char *problem)
{
	struct tally *t = arg;
	assert_null(problem);
	buf_clear(&t->json);
	xml_tree_json(item, 0, NULL, &t->json);
	t->items++;
	t->bytes += t->json.len;
}

static void
add_record(struct buf *out, uint64_t i)
{
	buf_fmt(out, "<annonce ref=\"%llu\"><titre>Gîte n° %llu &amp; jardin</titre><texte><![CDATA[<p>Calme, "
	    "verdure, un grand séjour et trois chambres sous les toits.</p>]]></texte><lat>44.5</lat><lon>0.166</lon>"
	    "<photos><photo>https://exemple.invalid/%llu/1.jpg</photo><photo>https://exemple.invalid/%llu/2.jpg</photo></photos>"
	    "<prix devise=\"EUR\">75,50</prix></annonce>\n", (unsigned long long)i, (unsigned long long)i,
	    (unsigned long long)i, (unsigned long long)i);
}

static void
test_memory(void **state)
{
	(void)state;
	const uint64_t wanted = (uint64_t)(SANITIZED ? 20 : 100) * 1000 * 1000;
	struct tally t = { 0, 0, BUF_INIT };
	struct buf piece = BUF_INIT;
	const struct xml_stream_options o = { .items = "/annonces/annonce", .keep_envelope = true, .max_item_bytes = 4 << 20,
		.max_depth = 64, .item = count, .arg = &t };
	struct xml_stream *s = xml_stream_new(&o);
	struct rusage before, after;
	uint64_t fed = 0, records = 0;
	(void)getrusage(RUSAGE_SELF, &before);
	xml_stream_reset(s, "");
	assert_int_equal(xml_stream_feed(s, "<annonces>", 10), 0);
	while (fed < wanted) {
		buf_clear(&piece);
		while (piece.len < 16384)
			add_record(&piece, records++);
		assert_int_equal(xml_stream_feed(s, piece.data, piece.len), 0);
		fed += piece.len;
	}
	assert_int_equal(xml_stream_feed(s, "</annonces>", 11), 0);
	assert_int_equal(xml_stream_end(s), 0);
	(void)getrusage(RUSAGE_SELF, &after);
	assert_int_equal(t.items, records);
	assert_null(xml_stream_envelope(s)->problem);
	if (!SANITIZED)
		assert_true(after.ru_maxrss - before.ru_maxrss < 1024);	/* KiB */
	print_message("%llu MB, %llu items, %ld KiB more\n", (unsigned long long)(fed / 1000000),
	    (unsigned long long)t.items, after.ru_maxrss - before.ru_maxrss);
	xml_stream_free(s);
	buf_done(&piece);
	buf_done(&t.json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_items_in_items), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
