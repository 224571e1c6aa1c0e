/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/oauth.h"
#include "peer.h"

enum { HANG_MS = 20000 };

struct rig {
	struct loop *loop;
	struct fetcher *fetcher;
	struct timer *hang, *look;
	struct peer peer;
	struct clock clock;
	struct oauth *oauth;
	unsigned pending;
	bool hung;
};

struct asked {
	struct rig *rig;
	struct oauth_wait *wait;
	unsigned calls;
	char authorization[256];
	enum error_kind kind;
	char text[512];
	struct asked *cancels;
	bool refuses;
};

/* The server says, by the scope that was asked for: */
static const struct {
	const char *scope, *status, *body;
} answers[] = {
	{ "lower", "200 OK", "{\"access_token\":\"t%u\",\"token_type\":\"bearer\",\"expires_in\":1000}" },
	{ "text", "200 OK", "{\"access_token\":\"t%u\",\"token_type\":\"BEARER\",\"expires_in\":\"1000\"}" },
	{ "untimed", "200 OK", "{\"access_token\":\"t%u\",\"token_type\":\"Bearer\"}" },
	{ "short", "200 OK", "{\"access_token\":\"t%u\",\"token_type\":\"Bearer\",\"expires_in\":20}" },
	{ "mac", "200 OK", "{\"access_token\":\"t\",\"token_type\":\"mac\"}" },
	{ "none", "200 OK", "{\"token_type\":\"bearer\"}" },
	{ "number", "200 OK", "{\"access_token\":12,\"token_type\":\"bearer\"}" },
	{ "blank", "200 OK", "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"bearer\"}" },
	{ "html", "200 OK", "<html>" },
	{ "wrong", "401 Unauthorized",
	    "{\"error\":\"invalid_client\",\"error_description\":\"no \\u001b[31msuch\"}" },
	{ "echo", "400 Bad Request", "{\"error\":\"bad\",\"error_description\":\"s3cret/& is wrong\"}" },
	{ "busy", "429 Too Many Requests", "" },
	{ "down", "503 Unavailable", "<html>" },
	{ "moved", "302 Found", "" },
};

static int
serve(struct peer_request *r)
{
	char body[256];
	pthread_mutex_lock(&r->peer->lock);
	unsigned n = r->peer->requests;
	pthread_mutex_unlock(&r->peer->lock);
	peer_gate(r->peer);
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		char wanted[64];
		(void)snprintf(wanted, sizeof wanted, "&scope=%s", answers[i].scope);
		if (strstr(r->text, wanted) == NULL)
			continue;
		const char *at = strstr(answers[i].body, "%u");
		if (at == NULL)
			return peer_answer(r, answers[i].status, "Location: /elsewhere\r\n", answers[i].body);
		(void)snprintf(body, sizeof body, "%.*s%u%s", (int)(at - answers[i].body), answers[i].body, n, at + 2);
		return peer_answer(r, answers[i].status, "", body);
	}
	if (strstr(r->text, "scope=large") != NULL) {
		struct buf large = BUF_INIT;
		for (int i = 0; i < 10000; i++)
			buf_str(&large, "0123456789");
		int rc = peer_answer(r, "200 OK", "", large.data);
		buf_done(&large);
		return rc;
	}
	return -1;
}

static void
hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

/* Has a request reached the server? */
static void
look(void *arg)
{
	struct rig *rig = arg;
	pthread_mutex_lock(&rig->peer.lock);
	bool there = rig->peer.active > 0;
	pthread_mutex_unlock(&rig->peer.lock);
	if (there)
		loop_stop(rig->loop);
	else
		timer_start(rig->look, 1);
}

static struct oauth *
oauth_of(struct rig *rig, const char *scope, bool in_body)
{
	char url[64];
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/token", rig->peer.port);
	struct oauth_options options = {
		.token_url = url, .client_id = "$1$me", .client_secret = "s3cret/&", .scope = scope,
		.in_body = in_body, .limits = { .allow_private = true, .max_redirects = 5 },
	};
	return oauth_new(rig->fetcher, &rig->clock, &options);
}

static void
rig_open(struct rig *rig, const char *scope, bool in_body)
{
	static const struct fetcher_options usual = { .user_agent = "vigie-test" };
	struct error err = ERROR_INIT;
	memset(rig, 0, sizeof *rig);
	rig->loop = loop_new(&err);
	rig->fetcher = fetcher_new(rig->loop, &usual, &err);
	assert_non_null(rig->fetcher);
	rig->hang = timer_new(rig->loop, hang, rig);
	rig->look = timer_new(rig->loop, look, rig);
	clock_init(&rig->clock);
	peer_start(&rig->peer, serve, NULL);
	rig->oauth = oauth_of(rig, scope, in_body);
}

static void
rig_close(struct rig *rig)
{
	oauth_free(rig->oauth);
	fetcher_free(rig->fetcher);
	peer_stop(&rig->peer);
	timer_free(rig->hang);
	timer_free(rig->look);
	loop_free(rig->loop);
}

static void
rig_run(struct rig *rig)
{
	struct error err = ERROR_INIT;
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

static void
rig_run_until_asked(struct rig *rig)
{
	timer_start(rig->look, 0);
	rig_run(rig);
}

static void
ready(void *arg, const char *authorization, const struct error *err)
{
	struct asked *a = arg;
	a->calls++;
	a->wait = NULL;
	assert_int_equal(authorization == NULL, err != NULL);
	if (err != NULL) {
		a->kind = err->kind;
		(void)snprintf(a->text, sizeof a->text, "%s", err->text);
	} else {
		(void)snprintf(a->authorization, sizeof a->authorization, "%s", authorization);
	}
	if (a->cancels != NULL) {
		oauth_cancel(a->cancels->wait);
		a->rig->pending--;
	}
	if (a->refuses)
		oauth_refused(a->rig->oauth, authorization);
	if (--a->rig->pending == 0)
		loop_stop(a->rig->loop);
}

static void
ask(struct rig *rig, struct asked *a)
{
	a->rig = rig;
	a->calls = 0;
	rig->pending++;
	a->wait = oauth_token(rig->oauth, ready, a);
	assert_int_equal(a->calls, 0);
}

static void
ask_and_run(struct rig *rig, struct asked *a)
{
	ask(rig, a);
	rig_run(rig);
	assert_int_equal(a->calls, 1);
}

static void
pass_time(struct rig *rig, int64_t ms)
{
	rig->clock.start_ms += ms;
}

static void
test_request(void **state)
{
	struct rig rig;
	struct asked a = { 0 };
	(void)state;
	rig_open(&rig, "lower", false);
	ask_and_run(&rig, &a);
	assert_string_equal(a.authorization, "Bearer t1");
	/* base64("%241%24me:s3cret%2F%26") */
	assert_non_null(strstr(rig.peer.log.data, "\r\nAuthorization: Basic JTI0MSUyNG1lOnMzY3JldCUyRiUyNg==\r\n"));
	assert_non_null(strstr(rig.peer.log.data, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(rig.peer.log.data, "\r\n\r\ngrant_type=client_credentials&scope=lower"));
	assert_null(strstr(rig.peer.log.data, "client_id"));
	rig_close(&rig);

	rig_open(&rig, "text", true);
	ask_and_run(&rig, &a);
	assert_string_equal(a.authorization, "Bearer t1");
	assert_null(strstr(rig.peer.log.data, "Authorization"));
	assert_non_null(strstr(rig.peer.log.data, "&client_id=%241%24me&client_secret=s3cret%2F%26"));
	rig_close(&rig);
}

static void
test_lives(void **state)
{
	static const struct {
		const char *scope;
		int64_t fresh_s, stale_s;
	} cases[] = {
		{ "lower", 899, 901 },		/* a tenth of 1,000 s is left */
		{ "text", 899, 901 },
		{ "untimed", 3239, 3241 },	/* an hour */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig rig;
		struct asked a = { 0 };
		rig_open(&rig, cases[i].scope, false);
		ask_and_run(&rig, &a);
		pass_time(&rig, cases[i].fresh_s * SECOND_MS);
		ask_and_run(&rig, &a);
		assert_string_equal(a.authorization, "Bearer t1");
		assert_int_equal(rig.peer.requests, 1);
		pass_time(&rig, (cases[i].stale_s - cases[i].fresh_s) * SECOND_MS);
		ask_and_run(&rig, &a);
		assert_string_equal(a.authorization, "Bearer t2");
		rig_close(&rig);
	}
	/* One that is never fresh is still good for those who waited for it. */
	struct rig rig;
	struct asked a = { 0 };
	rig_open(&rig, "short", false);
	ask_and_run(&rig, &a);
	assert_string_equal(a.authorization, "Bearer t1");
	ask_and_run(&rig, &a);
	assert_string_equal(a.authorization, "Bearer t2");
	rig_close(&rig);
}

static void
test_failures(void **state)
{
	static const struct {
		const char *scope;
		enum error_kind kind;
		const char *text;
	} cases[] = {
		{ "mac", ERROR_AUTH, "the token is of a type other than Bearer" },
		{ "none", ERROR_AUTH, "the token answer has no usable access_token" },
		{ "number", ERROR_AUTH, "the token answer has no usable access_token" },
		{ "blank", ERROR_AUTH, "the token answer has no usable access_token" },
		{ "html", ERROR_AUTH, "the token answer has no usable access_token" },
		{ "wrong", ERROR_AUTH, "the request for a token got status 401: invalid_client: no \\x1b[31msuch" },
		{ "echo", ERROR_AUTH, "the request for a token got status 400: bad" },
		{ "busy", ERROR_THROTTLED, "the request for a token got status 429" },
		{ "down", ERROR_HTTP, "the request for a token got status 503" },
		{ "moved", ERROR_REDIRECT, "the request for a token: 127.0.0.1: the redirect: redirected" },
		{ "large", ERROR_LIMIT, "the request for a token: 127.0.0.1: the answer is larger than" },
		{ "nothing", ERROR_CONNECT, "the request for a token: 127.0.0.1: the connection was closed" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rig rig;
		struct asked a = { 0 };
		rig_open(&rig, cases[i].scope, false);
		ask_and_run(&rig, &a);
		if (strncmp(a.text, cases[i].text, strlen(cases[i].text)) != 0)
			fail_msg("%s: %s", cases[i].scope, a.text);
		assert_int_equal(a.kind, cases[i].kind);
		assert_null(strstr(a.text, "s3cret"));
		/* Not remembered: the next asks again. */
		unsigned requests = rig.peer.requests;
		ask_and_run(&rig, &a);
		assert_true(rig.peer.requests > requests);
		rig_close(&rig);
	}
}

static void
test_shared(void **state)
{
	struct rig rig;
	struct asked asked[4] = { 0 };
	(void)state;
	rig_open(&rig, "lower", false);
	for (int i = 0; i < 4; i++)
		ask(&rig, &asked[i]);
	asked[0].cancels = &asked[2];
	asked[0].refuses = true;	/* the others still get it whole */
	rig_run(&rig);
	assert_int_equal(rig.peer.requests, 1);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(asked[i].calls, i != 2);
		assert_string_equal(asked[i].authorization, i != 2 ? "Bearer t1" : "");
	}
	/* It was refused: a new one.  Refusing the old one again changes nothing. */
	struct asked a = { 0 };
	ask_and_run(&rig, &a);
	assert_string_equal(a.authorization, "Bearer t2");
	oauth_refused(rig.oauth, "Bearer t1");
	ask_and_run(&rig, &a);
	assert_string_equal(a.authorization, "Bearer t2");
	rig_close(&rig);
}

/* Who comes while the request is under way shares it as well. */
static void
test_late(void **state)
{
	struct rig rig;
	struct asked a = { 0 }, b = { 0 };
	(void)state;
	rig_open(&rig, "lower", false);
	peer_set_gate(&rig.peer, true);
	ask(&rig, &a);
	rig_run_until_asked(&rig);
	ask(&rig, &b);
	rig_run_until_asked(&rig);
	peer_set_gate(&rig.peer, false);
	rig_run(&rig);
	assert_string_equal(a.authorization, "Bearer t1");
	assert_string_equal(b.authorization, "Bearer t1");
	assert_int_equal(rig.peer.requests, 1);
	rig_close(&rig);
}

/* Freed while the request is under way: its answer finds nobody. */
static void
test_free_waiting(void **state)
{
	struct rig rig;
	struct asked a = { 0 }, b = { 0 };
	(void)state;
	rig_open(&rig, "lower", false);
	peer_set_gate(&rig.peer, true);
	ask(&rig, &a);
	ask(&rig, &b);
	rig_run_until_asked(&rig);
	oauth_cancel(a.wait);
	oauth_free(rig.oauth);
	/* The loop goes on with another on the same connections. */
	struct asked c = { 0 };
	rig.pending = 0;
	rig.oauth = oauth_of(&rig, "lower", false);
	peer_set_gate(&rig.peer, false);
	ask_and_run(&rig, &c);
	assert_string_equal(c.authorization, "Bearer t2");
	assert_int_equal(a.calls + b.calls, 0);
	rig_close(&rig);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_free_waiting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
