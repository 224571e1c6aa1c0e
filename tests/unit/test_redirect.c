/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects, and what becomes of secrets on the way. */
#include "fetch_rig.h"

static void
test_redirects(void **state)
{
	static const struct {
		const char *path, *body;
		unsigned redirects;
		const char *url, *redirect_to;
	} cases[] = {
		{ "/to-plain", "hello", 1, "/plain", "" },
		{ "/to-plain-again", "hello", 2, "/plain", "" },
		{ "/round", "", 5, "/round", "" },	/* within its domain it did not move */
		{ "/to-other", "", 0, "/to-other", "https://new.example.com/x" },
		{ "/to-file", "", 0, "/to-file", "file:///etc/passwd" },
	};
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		get(&rig, &s, cases[i].path);
		assert_string_equal(buf_cstr(&s.body), cases[i].body);
		assert_int_equal(s.redirects, cases[i].redirects);
		assert_non_null(strstr(s.url, cases[i].url));
		assert_null(strstr(s.redirect_to, "s3cret"));
		assert_null(strstr(s.text, "s3cret"));
		if (cases[i].redirect_to[0] == '\0')
			assert_string_equal(s.redirect_to, "");
		else
			assert_non_null(strstr(s.redirect_to, cases[i].redirect_to));
		assert_int_equal(s.heads, s.kind == ERROR_NONE);
		seen_done(&s);
	}
	rig_close(&rig);
}

static void
test_redirected_post(void **state)
{
	static const struct {
		const char *path, *starts;
		bool body;
	} cases[] = {
		{ "/302", "GET /echo ", false },
		{ "/303", "GET /echo ", false },
		{ "/307", "POST /echo ", true },
		{ "/308", "POST /echo ", true },
	};
	static const struct fetch_pair type = { "Content-Type", "text/x-thing", false, NULL };
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		char url[256];
		struct fetch_request request = request_to(url_of(&rig, cases[i].path, url));
		request.body = "the-body";
		request.headers = &type;
		request.n_headers = 1;
		start(&rig, &s, &request);
		rig_run(&rig);
		const char *body = buf_cstr(&s.body);
		assert_int_equal(strncmp(body, cases[i].starts, strlen(cases[i].starts)), 0);
		assert_int_equal(strstr(body, "the-body") != NULL, cases[i].body);
		assert_int_equal(strstr(body, "text/x-thing") != NULL, cases[i].body);
		seen_done(&s);
	}
	rig_close(&rig);
}

/* Secrets stay with the host that they were meant for, port included. */
static void
test_secrets_dropped(void **state)
{
	static const struct {
		const char *from, *to;
		bool same_port, kept;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", true, true },
		{ "127.0.0.1", "127.0.0.1", false, false },
		{ "a.site.localhost", "A.site.localhost", true, true },
		{ "a.site.localhost", "b.site.localhost", true, false },
	};
	static const struct fetch_pair headers[] = { { "X-Key", "k3y-of-mine", true, NULL }, { "X-Open", "shown", false, NULL } };
	static const struct fetch_pair query = { "token", "t0ken-of-mine", true, NULL };
	struct rig rig;
	struct peer other;
	(void)state;
	rig_open(&rig, &usual);
	peer_start(&other, serve, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		char url[512];
		/* The partner echoes the token in its redirect. */
		(void)snprintf(url, sizeof url, "http://%s:%u/redirect?to=http://%s:%u/echo?token=t0ken-of-mine",
		    cases[i].from, rig.peer.port, cases[i].to, cases[i].same_port ? rig.peer.port : other.port);
		struct fetch_request request = request_to(url);
		request.headers = headers;
		request.n_headers = 2;
		request.query = &query;
		request.n_query = 1;
		start(&rig, &s, &request);
		rig_run(&rig);
		const char *body = buf_cstr(&s.body);
		/* Another port or host of this machine is not what the request named: nothing at all goes there. */
		assert_int_equal(s.kind, cases[i].kept ? ERROR_NONE : ERROR_BLOCKED);
		assert_int_equal(strstr(body, "X-Open: shown") != NULL, cases[i].kept);
		assert_int_equal(strstr(body, "k3y-of-mine") != NULL, cases[i].kept);
		assert_int_equal(strstr(body, "t0ken-of-mine") != NULL, cases[i].kept);
		assert_null(strstr(s.url, "t0ken"));
		assert_null(strstr(s.head_url, "t0ken"));
		seen_done(&s);
	}
	peer_stop(&other);
	rig_close(&rig);
}

static void
test_secrets_never_shown(void **state)
{
	static const struct fetch_pair header = { "Authorization", "Bearer t0ken-of-mine", true, NULL };
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(
	    url_of(&rig, "/redirect?to=https://t0ken-of-mine.example.com/t0ken-of-mine/x", url));
	request.headers = &header;
	request.n_headers = 1;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_REDIRECT);
	assert_null(strstr(s.text, "t0ken"));
	assert_null(strstr(s.redirect_to, "t0ken"));
	assert_null(strstr(s.url, "t0ken"));
	assert_non_null(strstr(s.redirect_to, "https://*************.example.com/*************/x"));
	seen_done(&s);

	request.url = url_of(&rig, "/redirect?to=ftp://127.0.0.1/t0ken-of-mine", url);
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_BLOCKED);
	assert_non_null(strstr(s.text, "ftp://127.0.0.1/*************"));
	seen_done(&s);
	rig_close(&rig);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_redirected_post),
		cmocka_unit_test(test_secrets_dropped),
		cmocka_unit_test(test_secrets_never_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
