/* SPDX-License-Identifier: Apache-2.0 */
/* lib/paging: what to ask for next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lib/paging.h"

static void
follow(struct paging *p, const char *const *envelopes, const uint64_t *items, const char *const *urls)
{
	struct vigie_request request;
	paging_first(p, &request);
	for (size_t i = 0;; i++) {
		assert_string_equal(request.url, urls[i]);
		struct vigie_answer answer = { xstrdup(request.url), "", "", i };
		cJSON *envelope = cJSON_Parse(envelopes[i]);
		if (p->style == PAGING_LINK_HEADER)
			answer.link = envelopes[i];
		struct vigie_next next = { 0 };
		if (p->total != NULL)
			p->total_seen = 5;
		assert_int_equal(paging_next(p, envelope, &answer, items[i], &next), 0);
		free((void *)(uintptr_t)answer.url);
		cJSON_Delete(envelope);
		assert_int_equal(next.more, urls[i + 1] != NULL);
		if (!next.more)
			break;
		request = next.request;
	}
	paging_done(p);
}

static struct expr *
compiled(const char *text)
{
	char problem[128];
	struct expr *e = expr_new(text, problem, sizeof problem);
	assert_non_null(e);
	return e;
}

static void
numbered_pages(void **state)
{
	(void)state;
	struct paging p = { .style = PAGING_PAGE, .url = "http://x/a?q=1", .page_param = "page",
	    .size_param = "per page", .first_page = 1, .page_size = 2, .total_seen = -1 };
	follow(&p, (const char *[]){ "{}", "{}", "{}" }, (uint64_t[]){ 2, 1, 0 },
	    (const char *[]){ "http://x/a?q=1&page=1&per%20page=2", "http://x/a?q=1&page=2&per%20page=2",
	    "http://x/a?q=1&page=3&per%20page=2", NULL });
}

static void
offsets_follow_what_came_and_stop_at_the_total(void **state)
{
	(void)state;
	struct paging p = { .style = PAGING_OFFSET, .url = "http://x/a", .offset_param = "skip",
	    .page_size = 4, .total = compiled("/total"), .total_seen = -1 };
	follow(&p, (const char *[]){ "{}", "{}" }, (uint64_t[]){ 3, 2 },
	    (const char *[]){ "http://x/a?skip=0", "http://x/a?skip=3", NULL });
}

static void
placeholders_are_filled_in(void **state)
{
	(void)state;
	struct paging p = { .style = PAGING_OFFSET, .url = "http://x/a?query={\"first\":{offset},\"count\":{limit}}",
	    .body = "{\"from\":{offset}}", .page_size = 4, .total_seen = -1 };
	struct vigie_request request;
	p.items = 8;
	paging_first(&p, &request);
	assert_string_equal(request.url, "http://x/a?query={\"first\":8,\"count\":4}");
	assert_string_equal(request.body, "{\"from\":8}");
	paging_done(&p);
}

static void
cursors_may_be_arrays(void **state)
{
	(void)state;
	struct paging p = { .style = PAGING_CURSOR, .url = "http://x/a", .cursor = compiled("/after"),
	    .cursor_param = "after[]", .total_seen = -1 };
	follow(&p, (const char *[]){ "{\"after\":[12,\"b c\"]}", "{\"after\":\"tok\"}", "{\"after\":null}" },
	    (uint64_t[]){ 1, 1, 1 },
	    (const char *[]){ "http://x/a", "http://x/a?after%5B%5D=12&after%5B%5D=b%20c",
	    "http://x/a?after%5B%5D=tok", NULL });
}

static void
an_empty_page_with_a_new_token_leads_on(void **state)
{
	(void)state;
	const char *const urls[] = { "http://x/a", "http://x/a?after=b", "http://x/a?after=c", NULL };
	struct paging p = { .style = PAGING_CURSOR, .url = "http://x/a", .cursor = compiled("/after"),
	    .cursor_param = "after", .total_seen = -1 };
	struct paging same = p, none = p, all = p;
	follow(&p, (const char *[]){ "{\"after\":\"b\"}", "{\"after\":\"c\"}", "{\"after\":\"d\"}", "{\"after\":null}" },
	    (uint64_t[]){ 0, 2, 0, 1 }, (const char *[]){ urls[0], urls[1], urls[2], "http://x/a?after=d", NULL });
	same.cursor = compiled("/after");
	follow(&same, (const char *[]){ "{\"after\":\"b\"}", "{\"after\":\"c\"}", "{\"after\":\"c\"}" }, (uint64_t[]){ 2, 2, 0 }, urls);
	none.cursor = compiled("/after");
	follow(&none, (const char *[]){ "{\"after\":\"b\"}", "{\"after\":\"c\"}", "{}" }, (uint64_t[]){ 2, 2, 0 }, urls);
	all.cursor = compiled("/after");
	all.total = compiled("/total");	/* 5: of which all came */
	follow(&all, (const char *[]){ "{\"after\":\"b\"}", "{\"after\":\"c\"}", "{\"after\":\"d\"}" }, (uint64_t[]){ 3, 2, 0 }, urls);
}

static void
links_lead_on_until_they_stop(void **state)
{
	(void)state;
	struct paging p = { .style = PAGING_NEXT_URL, .url = "http://x/a", .next = compiled("/next"), .total_seen = -1 };
	follow(&p, (const char *[]){ "{\"next\":\"http://x/b\"}", "{\"next\":\"http://x/b\"}" },
	    (uint64_t[]){ 1, 0 }, (const char *[]){ "http://x/a", "http://x/b", NULL });
	struct paging l = { .style = PAGING_LINK_HEADER, .url = "http://x/a", .total_seen = -1 };
	follow(&l, (const char *[]){ "<http://x/0>; rel=\"prev\", <http://x/b>; type=\"a;b\"; rel=\"last next\"", "" },
	    (uint64_t[]){ 1, 1 }, (const char *[]){ "http://x/a", "http://x/b", NULL });
}

static const struct link_case {
	const char *fields, *target;
} links[] = {
	{ "<b>; rel=next", "b" },
	{ "<b>;rel=\"next\"", "b" },
	{ "<b> ; REL = \"NEXT\"", "b" },
	{ "<a>; rel=prev,<b>; title=\"x, <c>; rel=next\"; rel=\"next\"", "b" },
	{ "<a>; rel=prev; rel=next, <b>; rel=next", "b" },
	{ "<a>; rel=\"nextish\"", NULL },
	{ "<a>; anchor=\"\\\"\"; rel=next", "a" },
	{ "<a>; rel='next'", "a" },
	{ "<a>; title='b, c'; rel='last next'", "a" },
	{ "<a>; rel=it's, <b>; rel=next", "b" },
	{ "<a>; rel=preload; nopush, , <b>;rel=next;", "b" },
	{ "<a, <b>; rel=next", "b" },
	{ "/a; rel=next, <b>; rel=next", "b" },
	{ "", NULL },
	{ " , ", NULL },
	{ "<a>; rel=prev;", NULL },
}, odd_links[] = {
	{ "<a", NULL }, { "<", NULL }, { "<a; rel=\"next\"", NULL }, { "<a; rel=next, <b>; rel=last", NULL },
	{ "/a; rel=\"next\"", NULL }, { "<a>; rel=self, /b; rel=next", NULL }, { "<a> rel=next", NULL },
};

static void
check_link(const struct link_case *c, int none)
{
	struct buf out = BUF_INIT;
	int found = link_header_find(c->fields, "next", &out);
	if (found != (c->target != NULL ? 1 : none))
		fail_msg("%s: found %d", c->fields, found);
	assert_string_equal(buf_cstr(&out), c->target != NULL ? c->target : "");
	buf_done(&out);
}

static void
link_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		check_link(&links[i], 0);
	for (size_t i = 0; i < sizeof odd_links / sizeof odd_links[0]; i++)
		check_link(&odd_links[i], -1);
}

/* ---- what is not understood is neither an end nor none */

struct vigie_run {
	struct buf said;
};

static void
on_fail(struct vigie_run *run, enum vigie_failure why, const char *text)
{
	assert_int_equal(why, VIGIE_WRONG_SHAPE);
	buf_str(&run->said, text);
}

static const struct vigie_host host = { .fail = on_fail };

static const struct answer_case {
	enum paging_style style;
	const char *envelope;
	const char *url;	/* what is asked for next; NULL: nothing */
	const char *problem;	/* NULL: none */
} answers[] = {
	{ PAGING_NEXT_URL, "{\"at\":null}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":false}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":\"\"}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":[]}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":[null,\"\"]}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":{}}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":{\"@href\":\"\"}}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":{\"@nil\":\"true\"}}", NULL, NULL },
	{ PAGING_NEXT_URL, "{\"at\":null,\"or\":\"/b\"}", "/b", NULL },
	{ PAGING_NEXT_URL, "{\"at\":[\"/b\"]}", "/b", NULL },
	{ PAGING_NEXT_URL, "{\"at\":{\"@rel\":\"next\",\"#text\":\"/b\"}}", "/b", NULL },
	{ PAGING_NEXT_URL, "{\"at\":{\"href\":\"/b\"}}", NULL,
	    "« next » gives no link: /at is an object; a value in it is /at/href | there is no \"or\" in the document; it has at" },
	{ PAGING_NEXT_URL, "{\"at\":{\"@rel\":\"next\"},\"or\":null}", NULL,
	    "« next » gives no link: /at is an object; a value in it is /at/@rel | /or is null" },
	{ PAGING_NEXT_URL, "{\"at\":[\"/b\",\"/c\"],\"or\":0}", NULL, "« next » gives no link: /at is an array of 2 | /or is a number" },
	{ PAGING_NEXT_URL, "{\"at\":true,\"or\":0}", NULL, "« next » gives no link: /at is a value | /or is a number" },
	{ PAGING_CURSOR, "{\"at\":0}", "http://x/a?cursor=0", NULL },
	{ PAGING_CURSOR, "{\"at\":{\"@n\":\"1\",\"#text\":\"b\"}}", "http://x/a?cursor=b", NULL },
	{ PAGING_CURSOR, "{\"at\":[{\"@n\":\"1\",\"#text\":\"b\"},null,3]}", "http://x/a?cursor=b&cursor=3", NULL },
	{ PAGING_CURSOR, "{\"at\":[]}", NULL, NULL },
	{ PAGING_CURSOR, "{\"at\":{\"v\":\"b\"},\"or\":0}", NULL,
	    "« cursor » gives no token: /at is an object; a value in it is /at/v | /or is a number" },
	{ PAGING_CURSOR, "{\"at\":[1,true],\"or\":0}", NULL, "« cursor » gives no token: /at is an array of 2 | /or is a number" },
	{ PAGING_CURSOR, "{\"at\":true,\"or\":0}", NULL, "« cursor » gives no token: /at is a value | /or is a number" },
};

static void
an_odd_link_or_token_is_no_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		const struct answer_case *c = &answers[i];
		struct vigie_run run = { BUF_INIT };
		struct paging p = { .host = &host, .run = &run, .style = c->style, .url = "http://x/a",
		    .next = compiled("/at | /or"), .cursor = compiled("/at | /or"), .cursor_param = "cursor", .total_seen = -1 };
		const struct vigie_answer answer = { "http://x/a", "", "", 0 };
		struct vigie_next next = { 0 };
		cJSON *envelope = cJSON_Parse(c->envelope);
		int rc = paging_next(&p, envelope, &answer, 1, &next);
		assert_string_equal(buf_cstr(&run.said), c->problem ? c->problem : "");
		assert_int_equal(rc, c->problem ? -1 : 0);
		if (next.more != (c->url != NULL))
			fail_msg("%s: more is %d", c->envelope, next.more);
		if (next.more)
			assert_string_equal(next.request.url, c->url);
		cJSON_Delete(envelope);
		paging_done(&p);
		buf_done(&run.said);
	}
}

static void
empty_pages_without_an_end(void **state)
{
	(void)state;
	struct vigie_run run = { BUF_INIT };
	struct paging p = { .host = &host, .run = &run, .style = PAGING_CURSOR, .url = "http://x/a", .cursor = compiled("/at"),
	    .cursor_param = "cursor", .total_seen = -1 };
	const struct vigie_answer answer = { "http://x/a", "", "", 0 };
	struct vigie_next next = { 0 };
	for (int i = 1; i <= PAGING_EMPTY_MAX; i++) {
		cJSON *envelope = cJSON_CreateObject();
		cJSON_AddNumberToObject(envelope, "at", i);
		assert_int_equal(paging_next(&p, envelope, &answer, 0, &next), i < PAGING_EMPTY_MAX ? 0 : -1);
		assert_int_equal(next.more, i < PAGING_EMPTY_MAX);
		cJSON_Delete(envelope);
	}
	assert_non_null(strstr(buf_cstr(&run.said), "100 pages in a row have no items"));
	paging_done(&p);
	buf_done(&run.said);
}

static const struct total_case {
	const char *envelope;
	int64_t total;		/* -1: none */
	const char *problem;	/* once the last page was read; NULL: none */
} totals[] = {
	{ "{\"at\":3}", 3, NULL },
	{ "{\"at\":\"3\"}", 3, NULL },
	{ "{\"at\":3e3}", 3000, NULL },
	{ "{\"at\":[3]}", 3, NULL },
	{ "{\"at\":{\"@unit\":\"x\",\"#text\":\"2\"}}", 2, NULL },
	{ "{\"at\":null}", -1, NULL },
	{ "{\"at\":\"\"}", -1, NULL },
	{ "{\"at\":-1}", -1, NULL },
	{ "{}", -1, NULL },
	{ "{\"at\":{\"value\":3}}", -1, "« total » gives no whole number: /at is an object; a value in it is /at/value" },
	{ "{\"at\":\"3 000\"}", -1, "« total » gives no whole number: /at is a text" },
	{ "{\"at\":2.5}", -1, "« total » gives no whole number: /at is a number" },
	{ "{\"at\":true}", -1, "« total » gives no whole number: /at is a value" },
};

/* Pages are read on: what they hold counts, but that it is all is not known. */
static void
an_odd_total_is_told_after_the_last_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
		const struct total_case *c = &totals[i];
		struct vigie_run run = { BUF_INIT };
		struct paging p = { .host = &host, .run = &run, .style = PAGING_PAGE, .url = "http://x/a", .page_param = "page",
		    .total = compiled("/at"), .total_seen = -1 };
		const struct vigie_answer answer = { "http://x/a", "", "", 0 };
		struct vigie_next next = { 0 };
		cJSON *envelope = cJSON_Parse(c->envelope);
		assert_int_equal(paging_total(&p, envelope), c->total >= 0);
		assert_int_equal(p.total_seen, c->total);
		assert_int_equal(paging_next(&p, envelope, &answer, 1, &next), 0);
		assert_true(next.more);
		assert_int_equal(paging_next(&p, envelope, &answer, 0, &next), c->problem ? -1 : 0);
		assert_string_equal(buf_cstr(&run.said), c->problem ? c->problem : "");
		cJSON_Delete(envelope);
		paging_done(&p);
		buf_done(&run.said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbered_pages),
		cmocka_unit_test(offsets_follow_what_came_and_stop_at_the_total),
		cmocka_unit_test(placeholders_are_filled_in),
		cmocka_unit_test(cursors_may_be_arrays),
		cmocka_unit_test(an_empty_page_with_a_new_token_leads_on),
		cmocka_unit_test(empty_pages_without_an_end),
		cmocka_unit_test(links_lead_on_until_they_stop),
		cmocka_unit_test(link_headers),
		cmocka_unit_test(an_odd_link_or_token_is_no_end),
		cmocka_unit_test(an_odd_total_is_told_after_the_last_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
