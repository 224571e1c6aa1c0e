/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked, what is answered, and what may go wrong. */
#include <fcntl.h>

#include "fetch_rig.h"

static void
test_plain(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	(void)state;
	rig_open(&rig, &usual);
	get(&rig, &s, "/plain");
	assert_int_equal(s.kind, ERROR_NONE);
	assert_int_equal(s.status, 200);
	assert_string_equal(buf_cstr(&s.body), "hello");
	assert_int_equal(s.heads, 1);
	assert_int_equal(s.dones, 1);
	assert_int_equal(s.body_bytes, 5);
	assert_int_equal(s.wire_bytes, 5);
	assert_non_null(strstr(rig.peer.log.data, "User-Agent: vigie-test\r\n"));
	seen_done(&s);
	rig_close(&rig);
}

static void
test_head_fields(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	get(&rig, &s, "/head");
	assert_string_equal(s.head_url, url_of(&rig, "/head", url));
	assert_string_equal(s.content_type, "application/json");
	assert_string_equal(s.etag, "\"a\"");
	assert_string_equal(s.last_modified, "Sat, 01 Nov 2025 10:00:00 GMT");
	assert_string_equal(s.link, "<p2>; rel=next, <p9>; rel=last");
	assert_int_equal(s.retry_after_ms, 7000);
	assert_string_equal(s.sunset, "Sat, 31 Dec 2026 23:59:59 GMT");
	assert_string_equal(s.deprecation, "@1688169599");
	seen_done(&s);

	get(&rig, &s, "/interim");
	assert_int_equal(s.status, 200);
	assert_int_equal(s.heads, 1);
	assert_string_equal(s.link, "");
	assert_string_equal(s.etag, "");
	assert_int_equal(s.retry_after_ms, -1);
	seen_done(&s);

	get(&rig, &s, "/trailer");
	assert_int_equal(s.heads, 1);
	assert_string_equal(s.etag, "");
	assert_string_equal(buf_cstr(&s.body), "ok");
	seen_done(&s);

	get(&rig, &s, "/trailer-status");
	assert_int_equal(s.status, 200);
	assert_int_equal(s.heads, 1);
	seen_done(&s);
	rig_close(&rig);
}

/* Some libcurls refuse it; those that Debian 12 has wrote to where the head before it had been. */
static void
test_head_that_begins_with_more(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (int i = 0; i < 50; i++) {
		struct seen s = { 0 };
		get(&rig, &s, i % 2 == 0 ? "/head" : "/folded");
		assert_int_equal(s.dones, 1);
		assert_true(s.kind == ERROR_NONE || i % 2 == 1);
		seen_done(&s);
	}
	rig_close(&rig);
}

static void
test_statuses(void **state)
{
	static const struct {
		const char *path;
		int status;
		const char *body;
	} cases[] = {
		{ "/unchanged", 304, "" },
		{ "/busy", 429, "wait" },
		{ "/nowhere", 404, "no such page" },
		{ "/no-location", 302, "hm" },
		{ "/choices", 300, "hm" },
	};
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		get(&rig, &s, cases[i].path);
		assert_int_equal(s.kind, ERROR_NONE);
		assert_int_equal(s.status, cases[i].status);
		assert_string_equal(buf_cstr(&s.body), cases[i].body);
		assert_int_equal(s.heads, 1);
		seen_done(&s);
	}
	/* All of them over one connection. */
	assert_int_equal(rig.peer.connections, 1);
	rig_close(&rig);
}

static void
test_failures(void **state)
{
	static const struct {
		const char *path;
		enum error_kind kind;
		int status;
		const char *text;
	} cases[] = {
		{ "/short", ERROR_TRUNCATED, 200, "127.0.0.1: the answer ended too early" },
		{ "/short-chunks", ERROR_TRUNCATED, 200, "127.0.0.1: the answer ended too early" },
		{ "/nothing", ERROR_CONNECT, 0, "127.0.0.1: the connection was closed without an answer" },
		{ "/not-http", ERROR_FORMAT, 0, "127.0.0.1: the answer is not HTTP" },
		{ "/bad-gzip", ERROR_FORMAT, 200, "127.0.0.1: the compressed answer cannot be read" },
		{ "/reset", ERROR_CONNECT, 200, "127.0.0.1: the connection broke: Connection reset by peer" },
		{ "/announced", ERROR_LIMIT, 200, "127.0.0.1: the answer is larger than the 1048576 bytes" },
		{ "/empty-blocks", ERROR_LIMIT, 200, "127.0.0.1: the answer is larger than the 1048576 bytes" },
		{ "/bomb", ERROR_LIMIT, 200, "127.0.0.1: the decompressed answer is larger than" },
		{ "/long-headers", ERROR_LIMIT, 200, "127.0.0.1: the headers are larger than 64 KiB" },
		{ "/one-header", ERROR_LIMIT, 200, "127.0.0.1: a header is too large" },
		{ "/round", ERROR_REDIRECT, 307, "127.0.0.1: the redirect: redirected more than 5 times" },
		{ "/to-other", ERROR_REDIRECT, 301, "127.0.0.1: the redirect: leads from 127.0.0.1 to example.com" },
		{ "/to-file", ERROR_BLOCKED, 302, "127.0.0.1: the redirect: file:///etc/passwd: only http" },
		{ "/to-user", ERROR_BLOCKED, 302, "127.0.0.1: the redirect: (address with a user name): " },
	};
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		get(&rig, &s, cases[i].path);
		if (strncmp(s.text, cases[i].text, strlen(cases[i].text)) != 0)
			fail_msg("%s: %s", cases[i].path, s.text);
		assert_int_equal(s.kind, cases[i].kind);
		assert_int_equal(s.status, cases[i].status);
		assert_int_equal(s.dones, 1);
		assert_null(strchr(s.text, '\033'));
		assert_true(s.body_bytes <= (1 << 20) + s.largest_chunk + 16384);
		seen_done(&s);
	}
	rig_close(&rig);
}

static void
test_gzip(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	(void)state;
	rig_open(&rig, &usual);
	get(&rig, &s, "/gzip");
	assert_int_equal(s.kind, ERROR_NONE);
	assert_string_equal(buf_cstr(&s.body), "hello gzip");
	assert_int_equal(s.body_bytes, 10);
	assert_int_equal(s.wire_bytes, sizeof gzip_hello - 1);
	seen_done(&s);
	rig_close(&rig);
}

/* What one turn of the loop took of a body. */
struct turns {
	struct seen seen;
	struct timer *timer;
	uint64_t before, most;
};

static void
next_turn(void *arg)
{
	struct turns *t = arg;
	uint64_t took = t->seen.body.len - t->before;
	t->before = t->seen.body.len;
	t->most = took > t->most ? took : t->most;
	timer_start(t->timer, 0);
}

/* However fast a partner sends, the others on the loop have their turns. */
static void
test_turns(void **state)
{
	static const char *const paths[] = { "/many-turns", "/many-turns/gzip" };
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		char url[256];
		struct fetch_request request = request_to(url_of(&rig, paths[i], url));
		request.max_wire_bytes = request.max_body_bytes = 8000000;
		request.total_timeout_ms = 120000;	/* a busy machine gives it few turns */
		struct turns t = { .before = 0 };
		t.timer = timer_new(rig.loop, next_turn, &t);
		timer_start(t.timer, 0);
		start(&rig, &t.seen, &request);
		rig_run(&rig);
		timer_free(t.timer);
		assert_int_equal(t.seen.kind, ERROR_NONE);
		assert_int_equal(t.seen.body.len, 8000000);
		for (unsigned n = 0; n < 1000000; n += 1111) {
			char digits[9];
			(void)snprintf(digits, sizeof digits, "%08x", n * 2654435769U);
			assert_memory_equal(t.seen.body.data + 8 * (size_t)n, digits, 8);
		}
		assert_in_range(t.most, 1, 640 << 10);
		seen_done(&t.seen);
	}
	rig_close(&rig);
}

/* Nobody is there: addresses of which nothing answers. */
static void
test_unreachable(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	/* A port that was free a moment ago. */
	struct peer gone;
	peer_start(&gone, serve, NULL);
	unsigned port = gone.port;
	peer_stop(&gone);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
	struct fetch_request request = request_to(url);
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_CONNECT);
	assert_string_equal(s.text, "127.0.0.1: no connection: Connection refused");
	assert_int_equal(s.heads, 0);
	assert_int_equal(s.status, 0);
	seen_done(&s);

	request = request_to("http://nobody.invalid/");
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_DNS);
	assert_string_equal(s.text, "nobody.invalid: this name is not known (DNS)");
	seen_done(&s);
	rig_close(&rig);
}

static void
test_private_refused(void **state)
{
#define MEANT ", a private address: set allow_private = yes in its file if this is meant"
	static const struct {
		const char *host, *text;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1: resolves to 127.0.0.1" MEANT },
		{ "127.1", "127.0.0.1: resolves to 127.0.0.1" MEANT },
		{ "0x7f000001", "127.0.0.1: resolves to 127.0.0.1" MEANT },
		{ "[::1]", "[::1]: resolves to ::1" MEANT },
		{ "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]: resolves to ::ffff:127.0.0.1" MEANT },
		{ "0.0.0.0", "0.0.0.0: resolves to 0.0.0.0" MEANT },
		{ "169.254.169.254", "169.254.169.254: resolves to 169.254.169.254" MEANT },
		{ "10.1.2.3", "10.1.2.3: resolves to 10.1.2.3" MEANT },
	};
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen s = { 0 };
		char url[256];
		(void)snprintf(url, sizeof url, "http://%s:%u/plain", cases[i].host, rig.peer.port);
		struct fetch_request request = request_to(url);
		request.allow_private = false;
		start(&rig, &s, &request);
		rig_run(&rig);
		if (s.kind != ERROR_BLOCKED)
			fail_msg("%s: %s", cases[i].host, s.text);
		assert_string_equal(s.text, cases[i].text);
		seen_done(&s);
	}
	assert_int_equal(rig.peer.connections, 0);

	/* Nor may it use the connection of somebody who is allowed to go there. */
	struct seen s = { 0 };
	get(&rig, &s, "/plain");
	assert_int_equal(s.kind, ERROR_NONE);
	seen_done(&s);
	char url[256];
	struct fetch_request request = request_to(url_of(&rig, "/plain", url));
	request.allow_private = false;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_BLOCKED);
	assert_int_equal(rig.peer.requests, 1);
	seen_done(&s);
	rig_close(&rig);
}

static void
test_bad_urls(void **state)
{
	static const char *const urls[] = { "", "example.fr/x", "ftp://example.fr/", "file:///etc/passwd",
	    "http://", "http://user:pa55word@example.fr/", "http://exa\nmple.fr/", "gopher://x/" };
	struct rig rig;
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		struct seen s = { 0 };
		struct fetch_request request = request_to(urls[i]);
		start(&rig, &s, &request);
		assert_int_equal(s.dones, 0);
		rig_run(&rig);
		assert_int_equal(s.kind, ERROR_BLOCKED);
		assert_null(strstr(s.text, "pa55word"));
		assert_null(strstr(s.url, "pa55word"));
		seen_done(&s);
	}
	struct seen s = { 0 };
	struct fetch_pair header = { "X-A", "b\r\nX-C: d", false, NULL };
	struct fetch_request request = request_to("http://127.0.0.1/");
	request.headers = &header;
	request.n_headers = 1;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_CONFIG);
	seen_done(&s);
	rig_close(&rig);
}

static void
test_request_parts(void **state)
{
	static const struct fetch_pair headers[] = { { "X-Key", "k3y-of-mine", true, NULL }, { "Accept", "text/csv", false, NULL } };
	static const struct fetch_pair query[] = { { "api_key", "s3cr&t", true, NULL }, { "after[]", "é 1", false, NULL } };
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/echo?a=1#top", url));
	request.headers = headers;
	request.n_headers = 2;
	request.query = query;
	request.n_query = 2;
	request.etag = "W/\"x\"";
	request.last_modified = "Sat, 01 Nov 2025 10:00:00 GMT";
	start(&rig, &s, &request);
	rig_run(&rig);
	const char *body = buf_cstr(&s.body);
	assert_non_null(strstr(body, "GET /echo?a=1&api_key=s3cr%26t&after%5B%5D=%C3%A9%201 HTTP/1.1\r\n"));
	assert_non_null(strstr(body, "\r\nX-Key: k3y-of-mine\r\n"));
	assert_non_null(strstr(body, "\r\nAccept: text/csv\r\n"));
	assert_non_null(strstr(body, "\r\nIf-None-Match: W/\"x\"\r\n"));
	assert_non_null(strstr(body, "\r\nIf-Modified-Since: Sat, 01 Nov 2025 10:00:00 GMT\r\n"));
	assert_non_null(strstr(body, "\r\nAccept-Encoding: "));
	assert_non_null(strstr(s.url, "/echo?a=1&after%5B%5D=%C3%A9%201"));
	assert_null(strstr(s.url, "s3cr"));
	assert_string_equal(s.url, s.head_url);
	seen_done(&s);

	request = request_to(url_of(&rig, "/echo", url));
	request.body = "a=b";
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(strncmp(buf_cstr(&s.body), "POST /echo ", 11), 0);
	assert_non_null(strstr(buf_cstr(&s.body), "\r\n\r\na=b"));
	assert_null(strstr(buf_cstr(&s.body), "Expect"));
	seen_done(&s);

	/* The next one takes over the handle, and nothing that was set on it. */
	request = request_to(url_of(&rig, "/echo", url));
	request.method = "PROPFIND";
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(strncmp(buf_cstr(&s.body), "PROPFIND /echo ", 15), 0);
	seen_done(&s);
	get(&rig, &s, "/echo");
	assert_int_equal(strncmp(buf_cstr(&s.body), "GET /echo ", 10), 0);
	assert_null(strstr(buf_cstr(&s.body), "a=b"));
	assert_null(strstr(buf_cstr(&s.body), "X-Key"));
	seen_done(&s);
	rig_close(&rig);
}

/* A secret that has its place in the URL, as affiliate networks want it: it is shown to nobody. */
static void
test_parameter_in_its_place(void **state)
{
	static const struct fetch_pair query[] = { { "apikey", "s3cr/et", true, NULL }, { "lang", "fr", false, NULL } };
	static const char *const paths[] = { "/echo?key={apikey}", "/echo?key=%7Bapikey%7D" };
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	for (size_t i = 0; i < 2; i++) {
		struct fetch_request request = request_to(url_of(&rig, paths[i], url));
		request.query = query;
		request.n_query = 2;
		start(&rig, &s, &request);
		rig_run(&rig);
		assert_non_null(strstr(buf_cstr(&s.body), "GET /echo?key=s3cr%2Fet&lang=fr HTTP/1.1\r\n"));
		assert_null(strstr(s.url, "s3cr"));
		assert_non_null(strstr(s.url, "&lang=fr"));
		seen_done(&s);
	}
	rig_close(&rig);
}

static void
test_reader_gives_up(void **state)
{
	struct rig rig;
	struct seen s = { .head_returns = -1 };
	(void)state;
	rig_open(&rig, &usual);
	get(&rig, &s, "/large");
	assert_int_equal(s.kind, ERROR_LIMIT);
	assert_string_equal(s.text, "127.0.0.1: given up by its reader");
	assert_int_equal(s.datas, 0);
	assert_int_equal(s.status, 200);
	seen_done(&s);
	s.data_returns = -1;
	get(&rig, &s, "/large");
	assert_int_equal(s.kind, ERROR_LIMIT);
	assert_int_equal(s.datas, 1);
	seen_done(&s);
	rig_close(&rig);
}

static void
test_timeouts(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/half", url));
	request.total_timeout_ms = 200;
	int64_t started_ms = monotonic_ms();
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_true(s.done_at_ms - started_ms < request.stall_timeout_ms);
	assert_int_equal(s.kind, ERROR_TIMEOUT);
	assert_string_equal(s.text, "127.0.0.1: the whole answer did not arrive within 0.2 s");
	assert_string_equal(buf_cstr(&s.body), "half");
	seen_done(&s);

	request = request_to(url_of(&rig, "/gate", url));
	request.stall_timeout_ms = 1000;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.kind, ERROR_TIMEOUT);
	assert_string_equal(s.text, "127.0.0.1: nothing arrived for 1 s");
	seen_done(&s);
	rig_close(&rig);
}

/* A listener whose queue is full: who comes then is not answered, and asks again after a second. */
enum { QUEUE_FILL = 4 };

struct queue {
	int listener, fill[QUEUE_FILL];
	pthread_t thread;
};

static void
queue_open(struct queue *q, char url[256])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	q->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(q->listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(q->listener, 0), 0);
	assert_int_equal(getsockname(q->listener, (struct sockaddr *)&at, &len), 0);
	for (int i = 0; i < QUEUE_FILL; i++) {
		q->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(q->fill[i], (struct sockaddr *)&at, len);
	}
	(void)snprintf(url, 256, "http://127.0.0.1:%u/", ntohs(at.sin_port));
}

/* From now on everybody is let in, and whoever asks is answered once. */
static void *
queue_serve(void *arg)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	struct queue *q = arg;
	char ask[4096];
	for (;;) {
		int fd = accept(q->listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		bool asked = read(fd, ask, sizeof ask) > 0 && write(fd, answer, sizeof answer - 1) > 0;
		(void)close(fd);
		if (asked)
			return NULL;
	}
}

/* Those that fill it go, unasked. */
static void
queue_begin(struct queue *q)
{
	for (int i = 0; i < QUEUE_FILL; i++)
		(void)close(q->fill[i]);
	assert_int_equal(pthread_create(&q->thread, NULL, queue_serve, q), 0);
}

static int queue_socket;	/* the number that the next one opened has */

static bool
is_opened(struct rig *rig)
{
	(void)rig;
	return fcntl(queue_socket, F_GETFD) != -1;
}

/* libcurl closes such a one itself; the next one has its number, and is another. */
static void
test_after_no_connection(void **state)
{
	struct rig rig;
	struct queue q;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	queue_open(&q, url);
	for (int i = 0; i < 3; i++) {
		struct fetch_request request = request_to(url);
		request.connect_timeout_ms = 150;
		start(&rig, &s, &request);
		rig_run(&rig);
		assert_int_equal(s.kind, ERROR_TIMEOUT);
		assert_string_equal(s.text, "127.0.0.1: no connection within 0.15 s");
		seen_done(&s);
	}
	queue_socket = dup(q.listener);
	(void)close(queue_socket);
	struct fetch_request request = request_to(url);
	int64_t started_ms = monotonic_ms();
	start(&rig, &s, &request);
	rig.until = is_opened;
	timer_start(rig.look, 0);
	rig_run(&rig);
	queue_begin(&q);
	rig_run(&rig);
	assert_string_equal(s.text, "");
	assert_string_equal(buf_cstr(&s.body), "ok");
	assert_true(s.done_at_ms - started_ms < request.connect_timeout_ms);
	(void)pthread_join(q.thread, NULL);
	(void)close(q.listener);
	seen_done(&s);
	rig_close(&rig);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_no_connection),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_head_fields),
		cmocka_unit_test(test_head_that_begins_with_more),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_private_refused),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_request_parts),
		cmocka_unit_test(test_parameter_in_its_place),
		cmocka_unit_test(test_reader_gives_up),
		cmocka_unit_test(test_timeouts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
