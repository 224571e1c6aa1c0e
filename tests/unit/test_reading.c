/* SPDX-License-Identifier: Apache-2.0 */
/* What runs tell the detector: somebody's answer, silence, or nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "health/signal.h"
#include "watch/reading.h"

struct story {
	const char *name;
	enum run_outcome outcome;
	enum error_kind error;
	int status;
	bool counts;
	int64_t http, redirect, shape;
};

/* -1: not learnt. */
static const struct story stories[] = {
	{ "a whole list", RUN_COMPLETE, ERROR_NONE, 200, true, 200, 0, SHAPE_OK },
	{ "unchanged", RUN_NOT_MODIFIED, ERROR_NONE, 304, true, 200, 0, SHAPE_OK },
	{ "an empty list", RUN_COMPLETE, ERROR_EMPTY, 200, true, 200, 0, SHAPE_OK },
	{ "page 3 failed", RUN_PARTIAL, ERROR_HTTP, 500, true, 200, 0, SHAPE_OK },
	{ "no such name", RUN_FAILED, ERROR_DNS, 0, true, 0, -1, -1 },
	{ "refused", RUN_FAILED, ERROR_CONNECT, 0, true, 0, -1, -1 },
	{ "too slow", RUN_FAILED, ERROR_TIMEOUT, 200, true, 0, -1, -1 },
	{ "a bad certificate", RUN_FAILED, ERROR_TLS, 0, true, 0, -1, -1 },
	{ "it is gone, it says", RUN_FAILED, ERROR_HTTP, 410, true, 410, -1, -1 },
	{ "an error of theirs", RUN_FAILED, ERROR_HTTP, 503, true, 503, -1, -1 },
	{ "wait, in maintenance", RUN_REFUSED, ERROR_THROTTLED, 503, true, 503, -1, -1 },
	{ "too many requests", RUN_REFUSED, ERROR_THROTTLED, 429, true, 429, -1, -1 },
	{ "a key that expired", RUN_REFUSED, ERROR_AUTH, 401, true, 401, -1, -1 },
	{ "no access", RUN_REFUSED, ERROR_AUTH, 403, true, 403, -1, -1 },
	{ "a token refused elsewhere", RUN_REFUSED, ERROR_AUTH, 400, true, 401, -1, -1 },
	{ "leads elsewhere", RUN_REFUSED, ERROR_REDIRECT, 301, true, 301, 1, -1 },
	{ "something else than a list", RUN_FAILED, ERROR_FORMAT, 200, true, 200, 0, SHAPE_MISMATCH },
	{ "another document", RUN_FAILED, ERROR_SHAPE, 200, true, 200, 0, SHAPE_MISMATCH },
	{ "our disk is full", RUN_FAILED, ERROR_SYSTEM, 0, false, -1, -1, -1 },
	{ "our settings are wrong", RUN_FAILED, ERROR_CONFIG, 0, false, -1, -1, -1 },
};

static void
read_story(const struct story *s, struct run_report *report, struct poll_reading *ret)
{
	static const struct run_result result = { .outside = 4 };
	struct run_summary summary = { .report = report, .result = &result, .address = "", .redirect_to = "", .sunset = "",
	    .deprecation = "", .page = "" };
	report->outcome = s->outcome;
	report->http_status = s->status;
	report->requests = 1;
	summary.error.kind = s->error;
	if (s->error == ERROR_REDIRECT)
		summary.redirect_to = "https://elsewhere.example/";
	reading_of_run(&summary, ret);
}

static void
runs_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
		const struct story *s = &stories[i];
		struct run_report report = { .seen = 10 };
		struct poll_reading got;
		read_story(s, &report, &got);
		if (got.counts != s->counts || got.http != s->http || got.redirect != s->redirect || got.shape != s->shape)
			fail_msg("%s: counts %d, http %d, redirect %d, shape %d", s->name, got.counts, (int)got.http,
			    (int)got.redirect, (int)got.shape);
	}
}

static void
listings_are_those_inside(void **state)
{
	(void)state;
	struct poll_reading got;
	struct run_report all_outside = { .seen = 3 }, whole = { .seen = 10 };
	read_story(&stories[0], &whole, &got);
	assert_int_equal(got.listings, 6);
	read_story(&stories[0], &all_outside, &got);
	assert_int_equal(got.listings, 0);
	read_story(&stories[1], &whole, &got);	/* unchanged: nothing was counted */
	assert_int_equal(got.listings, -1);
	read_story(&stories[3], &whole, &got);	/* half a list neither */
	assert_int_equal(got.listings, -1);
	/* Few changes are no small offer. */
	struct run_report report = { .outcome = RUN_COMPLETE, .changes = true, .seen = 1, .requests = 1 };
	struct run_result result = { .listing_count = 30, .outside = 4 };
	struct run_summary s = { .report = &report, .result = &result, .redirect_to = "", .page = "" };
	reading_of_run(&s, &got);
	assert_int_equal(got.listings, 26);
}

static void
what_was_not_asked_teaches_nothing(void **state)
{
	(void)state;
	struct poll_reading got;
	struct run_report report = { .outcome = RUN_REFUSED };
	struct run_summary s = { .report = &report, .address = "", .redirect_to = "", .page = "" };
	s.error.kind = ERROR_THROTTLED;		/* its Retry-After still holds */
	reading_of_run(&s, &got);
	assert_false(got.counts);
	report = (struct run_report){ .outcome = RUN_COMPLETE, .requests = 1, .limited = true };
	s.error.kind = ERROR_NONE;
	reading_of_run(&s, &got);
	assert_false(got.counts);
	report.limited = false;
	s.cancelled = true;
	reading_of_run(&s, &got);
	assert_false(got.counts);
}

static void
a_closing_page_is_read(void **state)
{
	(void)state;
	static const char page[] = "<html><body><h1>Merci pour ces belles années</h1>"
	    "<p>Notre service a définitivement fermé ses portes le 1er mars.</p></body></html>";
	struct run_report report = { .outcome = RUN_FAILED, .http_status = 200, .requests = 1 };
	struct run_result result = { 0 };
	struct run_summary s = { .report = &report, .result = &result, .address = "", .redirect_to = "", .page = page,
	    .page_len = sizeof page - 1 };
	struct poll_reading got;
	s.error.kind = ERROR_FORMAT;
	reading_of_run(&s, &got);
	assert_int_equal(got.shape, SHAPE_CLOSING);
	assert_non_null(strstr(got.page.quote, "ferm"));
}

/* A web site that is looked at, and no list. */
static void
presence_is_all_that_counts(void **state)
{
	(void)state;
	static const struct { const char *name; int64_t http, redirect, shape; } want[] = {
		{ "a whole list", 200, 0, SHAPE_OK }, { "a key that expired", 200, 0, SHAPE_OK },
		{ "no access", 200, 0, SHAPE_OK }, { "too many requests", 200, 0, SHAPE_OK },
		{ "something else than a list", 200, 0, SHAPE_OK }, { "no such name", 0, -1, -1 },
		{ "it is gone, it says", 410, -1, -1 }, { "an error of theirs", 503, -1, -1 },
		{ "leads elsewhere", 301, 1, -1 },
	};
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		const struct story *s = stories;
		struct run_report report = { .seen = 10 };
		struct poll_reading got;
		while (strcmp(s->name, want[i].name) != 0)
			s++;
		read_story(s, &report, &got);
		reading_of_presence(&got);
		assert_int_equal(got.listings, -1);
		assert_false(got.changed);
		if (got.http != want[i].http || got.redirect != want[i].redirect || got.shape != want[i].shape)
			fail_msg("%s: http %d, redirect %d, shape %d", s->name, (int)got.http, (int)got.redirect, (int)got.shape);
	}
}

static void
pages_of_a_site_are_read(void **state)
{
	(void)state;
	static const struct { int status; const char *body, *to; int64_t http, redirect, shape; } cases[] = {
		{ 200, "<html><body><h1>Bienvenue</h1></body></html>", "", 200, 0, SHAPE_OK },
		{ 200, "<html><body><h1>This domain is for sale</h1><p>Buy this domain</p></body></html>", "", 200, 0, SHAPE_PARKED },
		{ 200, "<html><body><p>Notre service ferme d\u00e9finitivement ses portes.</p></body></html>", "", 200, 0, SHAPE_OK },
		{ 403, "<html><body>Forbidden</body></html>", "", 200, 0, SHAPE_OK },
		{ 301, "", "https://elsewhere.example/", 301, 1, -1 },
		{ 0, "", "", 0, -1, -1 }, { 404, "<html></html>", "", 404, -1, -1 }, { 503, "", "", 503, -1, -1 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct probe_answer answer = { .status = cases[i].status, .body = cases[i].body,
		    .len = strlen(cases[i].body), .type = "text/html", .redirect_to = cases[i].to, .retry_after_ms = -1 };
		struct poll_reading got;
		reading_of_page(&answer, &got);
		assert_true(got.counts);
		if (got.http != cases[i].http || got.redirect != cases[i].redirect || got.shape != cases[i].shape)
			fail_msg("case %zu: http %d, redirect %d, shape %d", i, (int)got.http, (int)got.redirect, (int)got.shape);
	}
}

/* What kept us from asking is no silence of the one who was to be asked. */
static void
whose_silence(void **state)
{
	(void)state;
	static const struct { int status; enum error_kind kind; bool ours; } cases[] = {
		{ 0, ERROR_SYSTEM, true }, { 0, ERROR_TLS, false }, { 0, ERROR_TIMEOUT, false }, { 0, ERROR_BLOCKED, false },
		{ 503, ERROR_SYSTEM, false }, { 200, ERROR_NONE, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct probe_answer answer = { .status = cases[i].status, .error = { .kind = cases[i].kind } };
		assert_int_equal(reading_is_ours(&answer), cases[i].ours);
	}
}

static void
who_answers(void **state)
{
	(void)state;
	static const struct { int status; bool answers; } cases[] = {
		{ 0, false }, { 200, true }, { 301, true }, { 401, true }, { 403, true }, { 404, false }, { 410, false },
		{ 429, true }, { 500, false }, { 503, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct poll_reading r;
		reading_of_status(cases[i].status, &r);
		assert_int_equal(reading_answers(&r), cases[i].answers);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_read), cmocka_unit_test(listings_are_those_inside),
		cmocka_unit_test(what_was_not_asked_teaches_nothing), cmocka_unit_test(a_closing_page_is_read),
		cmocka_unit_test(presence_is_all_that_counts),
		cmocka_unit_test(pages_of_a_site_are_read),
		cmocka_unit_test(whose_silence),
		cmocka_unit_test(who_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
