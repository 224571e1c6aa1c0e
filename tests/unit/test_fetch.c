/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/fetch.h"
#include "peer.h"

enum { HANG_MS = 20000, MAX_SEEN = 16 };

/* One exchange as the caller saw it. */
struct seen {
	struct rig *rig;
	struct fetch *fetch;
	unsigned heads, datas, dones;
	int status;
	char etag[64], last_modified[64], link[256], content_type[64], head_url[512];
	char sunset[64], deprecation[64];
	int64_t retry_after_ms;
	struct buf body;
	size_t largest_chunk;
	enum error_kind kind;
	char text[512], url[512], redirect_to[512];
	uint64_t wire_bytes, body_bytes;
	unsigned redirects;
	int64_t done_at_ms;
	unsigned done_order;
	/* What to do when called: */
	int head_returns, data_returns;
	struct seen *cancel_in_head, *cancel_in_data, *cancel_in_done;
};

struct rig {
	struct loop *loop;
	struct fetcher *fetcher;
	struct timer *hang, *look;
	struct peer peer;
	/* The loop stops when this is true: */
	bool (*until)(struct rig *rig);
	unsigned wanted_active;
	struct seen *victim;
	unsigned pending, n_done;
	bool hung;
};

/* The partner's side: what each path answers */

struct fixed {
	const char *path, *bytes;
	bool close;
};

/* "hello gzip", by gzip(1) */
static const char gzip_hello[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57"
    "\x48\xaf\xca\x2c\x00\x00\x19\x6a\xd2\xdf\x0a\x00\x00\x00";

static const struct fixed fixed[] = {
	{ "/head", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"a\"\r\n"
	    "Last-Modified: Sat, 01 Nov 2025 10:00:00 GMT\r\nLink: <p2>; rel=next\r\nRetry-After: 7\r\n"
	    "link: <p9>; rel=last\r\nSunset: Sat, 31 Dec 2026 23:59:59 GMT\r\nDeprecation: @1688169599\r\n"
	    "Content-Length: 2\r\n\r\n{}", false },
	{ "/interim", "HTTP/1.1 103 Early Hints\r\nLink: </early>\r\nETag: \"early\"\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false },
	{ "/trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
	    "2\r\nok\r\n0\r\nETag: \"late\"\r\n\r\n", false },
	{ "/trailer-status", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nok\r\n0\r\nHTTP/1.1 503 x\r\n\r\n", false },
	{ "/unchanged", "HTTP/1.1 304 Not Modified\r\nETag: \"b\"\r\n\r\n", false },
	{ "/busy", "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 4\r\n\r\nwait", false },
	{ "/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", true },
	{ "/short-chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true },
	{ "/nothing", "", true },
	{ "/not-http", "SSH-2.0-OpenSSH_9.2\r\n\r\n", true },
	{ "/bad-gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot \033[31mgzip", true },
	{ "/announced", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", true },
	{ "/no-location", "HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhm", false },
	{ "/to-plain", "HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 9\r\n\r\ndiscarded", false },
	{ "/to-plain-again", "HTTP/1.1 301 Moved\r\nLocation: to-plain#part\r\nContent-Length: 0\r\n\r\n", false },
	{ "/round", "HTTP/1.1 307 Again\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n", false },
	{ "/to-other", "HTTP/1.1 301 Moved\r\nLocation: https://new.example.com/x?token=s3cret#f\r\n"
	    "Content-Length: 0\r\n\r\n", false },
	{ "/to-file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", false },
	{ "/to-user", "HTTP/1.1 302 Found\r\nLocation: http://a:b@127.0.0.1/\r\nContent-Length: 0\r\n\r\n", false },
	{ "/303", "HTTP/1.1 303 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
	{ "/302", "HTTP/1.1 302 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
	{ "/307", "HTTP/1.1 307 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
	{ "/308", "HTTP/1.1 308 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
};

static int
serve_fixed(struct peer_request *r, const struct fixed *f)
{
	bool ok = peer_say(r, f->bytes);
	return ok && !f->close ? 0 : -1;
}

/* A reset, not an end: what is unread or unsent is thrown away. */
static int
serve_reset(struct peer_request *r)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	(void)setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	/* The peer's own close comes too late: give the descriptor another socket. */
	int other = socket(AF_INET, SOCK_STREAM, 0);
	(void)dup2(other, r->fd);
	(void)close(other);
	return -1;
}

static int
serve_gzip(struct peer_request *r)
{
	struct buf b = BUF_INIT;
	buf_fmt(&b, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", sizeof gzip_hello - 1);
	buf_add(&b, gzip_hello, sizeof gzip_hello - 1);
	bool ok = peer_write(r, b.data, b.len);
	buf_done(&b);
	return ok ? 0 : -1;
}

static void
put_bits(struct buf *out, unsigned *n_bits, unsigned bits, unsigned n)
{
	for (unsigned i = 0; i < n; i++, (*n_bits)++) {
		if (*n_bits % 8 == 0)
			buf_char(out, 0);
		out->data[out->len - 1] = (char)((unsigned char)out->data[out->len - 1] |
		    (bits >> i & 1) << *n_bits % 8);
	}
}

/* 13 bits stand for 258 zeros each (RFC 1951, fixed codes): 64 MB in 400 kB. */
static int
serve_bomb(struct peer_request *r)
{
	struct buf b = BUF_INIT;
	unsigned n_bits = 0;
	buf_str(&b, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	buf_add(&b, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	put_bits(&b, &n_bits, 3, 3);		/* last block, fixed codes */
	put_bits(&b, &n_bits, 0x0c, 8);		/* literal 0: 00110000, from its top bit */
	for (int i = 0; i < 250000; i++) {
		put_bits(&b, &n_bits, 0xa3, 8);	/* length 258: 11000101, likewise */
		put_bits(&b, &n_bits, 0, 5);	/* distance 1 */
	}
	(void)peer_write(r, b.data, b.len);
	buf_done(&b);
	return -1;
}

/* Compressed bytes that stand for nothing: empty stored blocks without end. */
static int
serve_empty_blocks(struct peer_request *r)
{
	static const char blocks[] = "\0\0\0\xff\xff\0\0\0\xff\xff\0\0\0\xff\xff\0\0\0\xff\xff";
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	(void)peer_write(r, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	for (int i = 0; i < 200000; i++)
		if (!peer_write(r, blocks, sizeof blocks - 1))
			break;
	return -1;
}

static int
serve_long_headers(struct peer_request *r)
{
	(void)peer_say(r, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000; i++)
		if (!peer_say(r, "X-Padding: 0123456789012345678901234567890123456789\r\n"))
			break;
	(void)peer_say(r, "Content-Length: 0\r\n\r\n");
	return -1;
}

static int
serve_one_header(struct peer_request *r)
{
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nX-Padding: ");
	for (int i = 0; i < 20000; i++)
		if (!peer_say(r, "0123456789"))
			break;
	(void)peer_say(r, "\r\nContent-Length: 0\r\n\r\n");
	return -1;
}

static int
serve_large(struct peer_request *r)
{
	struct buf b = BUF_INIT;
	for (int i = 0; i < 50000; i++)
		buf_str(&b, "0123456789");
	int rc = peer_answer(r, "200 OK", "", b.data);
	buf_done(&b);
	return rc;
}

/* Head and half of the body, the rest when the gate opens. */
static int
serve_half(struct peer_request *r)
{
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
	peer_gate(r->peer);
	return peer_say(r, "half") ? 0 : -1;
}

static int
serve_gate(struct peer_request *r)
{
	peer_gate(r->peer);
	return peer_answer(r, "200 OK", "", "open");
}

static int
serve_echo(struct peer_request *r)
{
	return peer_answer(r, "200 OK", "", r->text);
}

/* ?to=URL: redirect there. */
static int
serve_redirect(struct peer_request *r)
{
	const char *to = strstr(r->path, "?to=");
	struct buf headers = BUF_INIT;
	buf_fmt(&headers, "Location: %s\r\n", to ? to + 4 : "");
	int rc = peer_answer(r, "302 Found", buf_cstr(&headers), "");
	buf_done(&headers);
	return rc;
}

static const struct {
	const char *path;
	int (*serve)(struct peer_request *r);
} handlers[] = {
	{ "/gzip", serve_gzip }, { "/bomb", serve_bomb }, { "/empty-blocks", serve_empty_blocks },
	{ "/long-headers", serve_long_headers }, { "/large", serve_large }, { "/half", serve_half },
	{ "/gate", serve_gate }, { "/echo", serve_echo }, { "/reset", serve_reset },
	{ "/redirect", serve_redirect }, { "/one-header", serve_one_header },
};

static int
serve(struct peer_request *r)
{
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (strcmp(r->path, fixed[i].path) == 0)
			return serve_fixed(r, &fixed[i]);
	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
		if (strncmp(r->path, handlers[i].path, strlen(handlers[i].path)) == 0)
			return handlers[i].serve(r);
	if (strncmp(r->path, "/plain", 6) == 0)
		return peer_answer(r, "200 OK", "", "hello");
	return peer_answer(r, "404 Not Found", "", "no such page");
}

/* Our side */

static void
finish_one(struct rig *rig)
{
	if (--rig->pending == 0)
		loop_stop(rig->loop);
}

static void
cancel(struct seen *victim)
{
	if (victim == NULL || victim->fetch == NULL)
		return;
	fetch_cancel(victim->fetch);
	/* In its own done it is over anyway. */
	if (victim->dones == 0) {
		victim->fetch = NULL;
		finish_one(victim->rig);
	}
}

static int
on_head(void *arg, const struct fetch_head *head)
{
	struct seen *s = arg;
	s->heads++;
	s->status = head->status;
	s->retry_after_ms = head->retry_after_ms;
	(void)snprintf(s->head_url, sizeof s->head_url, "%s", head->url);
	(void)snprintf(s->content_type, sizeof s->content_type, "%s", head->content_type);
	(void)snprintf(s->etag, sizeof s->etag, "%s", head->etag);
	(void)snprintf(s->last_modified, sizeof s->last_modified, "%s", head->last_modified);
	(void)snprintf(s->link, sizeof s->link, "%s", head->link);
	(void)snprintf(s->sunset, sizeof s->sunset, "%s", head->sunset);
	(void)snprintf(s->deprecation, sizeof s->deprecation, "%s", head->deprecation);
	cancel(s->cancel_in_head);
	return s->head_returns;
}

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct seen *s = arg;
	s->datas++;
	if (len > s->largest_chunk)
		s->largest_chunk = len;
	buf_add(&s->body, chunk, len);
	cancel(s->cancel_in_data);
	return s->data_returns;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct seen *s = arg;
	struct rig *rig = s->rig;
	s->dones++;
	s->status = result->status;
	s->kind = result->error.kind;
	(void)snprintf(s->text, sizeof s->text, "%s", result->error.text);
	(void)snprintf(s->url, sizeof s->url, "%s", result->url);
	(void)snprintf(s->redirect_to, sizeof s->redirect_to, "%s", result->redirect_to ? result->redirect_to : "");
	s->wire_bytes = result->wire_bytes;
	s->body_bytes = result->body_bytes;
	s->redirects = result->redirects;
	s->done_at_ms = monotonic_ms();
	s->done_order = ++rig->n_done;
	cancel(s->cancel_in_done);
	s->fetch = NULL;
	finish_one(rig);
}

static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };

static void
hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static bool
peer_is_active(struct rig *rig)
{
	pthread_mutex_lock(&rig->peer.lock);
	bool there = rig->peer.active == rig->wanted_active;
	pthread_mutex_unlock(&rig->peer.lock);
	return there;
}

static bool
victim_is_gone(struct rig *rig)
{
	return rig->victim->fetch == NULL;
}

static void
look(void *arg)
{
	struct rig *rig = arg;
	if (rig->until(rig))
		loop_stop(rig->loop);
	else
		timer_start(rig->look, 1);
}

static void
rig_open(struct rig *rig, const struct fetcher_options *options)
{
	struct error err = ERROR_INIT;
	memset(rig, 0, sizeof *rig);
	rig->loop = loop_new(&err);
	rig->fetcher = fetcher_new(rig->loop, options, &err);
	assert_non_null(rig->fetcher);
	rig->hang = timer_new(rig->loop, hang, rig);
	rig->look = timer_new(rig->loop, look, rig);
	peer_start(&rig->peer, serve, NULL);
}

static void
rig_close(struct rig *rig)
{
	fetcher_free(rig->fetcher);
	peer_stop(&rig->peer);
	timer_free(rig->hang);
	timer_free(rig->look);
	loop_free(rig->loop);
}

/* Until every fetch is done. */
static void
rig_run(struct rig *rig)
{
	struct error err = ERROR_INIT;
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

/* Until so many requests have reached the peer and are not answered. */
static void
rig_run_until_active(struct rig *rig, unsigned n)
{
	rig->wanted_active = n;
	rig->until = peer_is_active;
	timer_start(rig->look, 0);
	rig_run(rig);
}

static void
rig_run_until_gone(struct rig *rig, struct seen *victim)
{
	rig->victim = victim;
	rig->until = victim_is_gone;
	timer_start(rig->look, 0);
	rig_run(rig);
}

static struct fetch_request
request_to(const char *url)
{
	return (struct fetch_request){
		.url = url,
		.allow_private = true,
		.max_redirects = 5,
		.max_wire_bytes = 1 << 20,
		.max_body_bytes = 1 << 20,
		.connect_timeout_ms = 5000,
		.total_timeout_ms = 10000,
		.stall_timeout_ms = 5000,
	};
}

static const char *
url_of(const struct rig *rig, const char *path, char out[256])
{
	(void)snprintf(out, 256, "http://127.0.0.1:%u%s", rig->peer.port, path);
	return out;
}

static void
start(struct rig *rig, struct seen *s, const struct fetch_request *request)
{
	s->rig = rig;
	rig->pending++;
	s->fetch = fetch_start(rig->fetcher, request, &callbacks, s);
	assert_non_null(s->fetch);
}

/* Fetch one path with the usual options. */
static void
get(struct rig *rig, struct seen *s, const char *path)
{
	char url[256];
	struct fetch_request request = request_to(url_of(rig, path, url));
	start(rig, s, &request);
	rig_run(rig);
}

static void
seen_done(struct seen *s)
{
	buf_done(&s->body);
	memset(s, 0, sizeof *s);
}

static const struct fetcher_options usual = { .user_agent = "vigie-test" };

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
#define MEANT ", a private address: set allow_private = yes in the partner's file if this is meant"
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
	struct fetch_pair header = { "X-A", "b\r\nX-C: d", false };
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
	static const struct fetch_pair headers[] = { { "X-Key", "k3y-of-mine", true }, { "Accept", "text/csv", false } };
	static const struct fetch_pair query[] = { { "api_key", "s3cr&t", true }, { "after[]", "é 1", false } };
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
		{ "/round", "", 5, "/round", "/round" },
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
	static const struct fetch_pair type = { "Content-Type", "text/x-thing", false };
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
	static const struct fetch_pair headers[] = { { "X-Key", "k3y-of-mine", true }, { "X-Open", "shown", false } };
	static const struct fetch_pair query = { "token", "t0ken-of-mine", true };
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
		assert_int_equal(s.kind, ERROR_NONE);
		assert_int_equal(s.redirects, 1);
		assert_non_null(strstr(body, "X-Open: shown"));
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
	static const struct fetch_pair header = { "Authorization", "Bearer t0ken-of-mine", true };
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
	start(&rig, &s, &request);
	rig_run(&rig);
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

/* Two at once with one host; the third waits, and other hosts do not. */
static void
test_per_host(void **state)
{
	struct rig rig;
	struct seen seen[5] = { 0 }, other = { 0 };
	struct peer second;
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_start(&second, serve, NULL);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/gate", url));
	for (int i = 0; i < 5; i++)
		start(&rig, &seen[i], &request);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/plain", second.port);
	start(&rig, &other, &request);
	rig.pending = 1;	/* stops when `other` is done */
	rig_run(&rig);
	assert_int_equal(other.dones, 1);
	rig.pending = 5;
	rig_run_until_active(&rig, 2);
	peer_set_gate(&rig.peer, false);
	rig_run(&rig);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(seen[i].kind, ERROR_NONE);
		seen_done(&seen[i]);
	}
	assert_int_equal(rig.peer.requests, 5);
	assert_int_equal(rig.peer.max_active, 2);
	assert_int_equal(rig.peer.connections, 2);
	seen_done(&other);
	peer_stop(&second);
	rig_close(&rig);
}

/* Three at a time, until each gives up waiting for its answer. */
static void
test_max_active(void **state)
{
	static const struct fetcher_options few = { .max_active = 3, .per_host = 1 };
	struct rig rig;
	struct seen seen[9] = { 0 };
	(void)state;
	rig_open(&rig, &few);
	peer_set_gate(&rig.peer, true);
	int64_t started_ms = monotonic_ms();
	for (int i = 0; i < 9; i++) {
		char url[256];
		(void)snprintf(url, sizeof url, "http://h%d.localhost:%u/gate", i, rig.peer.port);
		struct fetch_request request = request_to(url);
		request.total_timeout_ms = 100;
		start(&rig, &seen[i], &request);
	}
	rig_run(&rig);
	for (int i = 0; i < 9; i++) {
		assert_int_equal(seen[i].kind, ERROR_TIMEOUT);
		assert_true(seen[i].done_at_ms - started_ms >= 100 * (1 + i / 3) - 5);
		seen_done(&seen[i]);
	}
	rig_close(&rig);
}

/* 300 a minute: one each 200 ms, five at once. */
static void
test_rate(void **state)
{
	struct rig rig;
	struct seen seen[7] = { 0 }, other = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/plain", url));
	request.rate_per_minute = 300;
	int64_t started_ms = monotonic_ms();
	for (int i = 0; i < 7; i++)
		start(&rig, &seen[i], &request);
	(void)snprintf(url, sizeof url, "http://localhost:%u/plain", rig.peer.port);
	request.rate_per_minute = 0;
	start(&rig, &other, &request);
	rig_run(&rig);
	assert_true(seen[4].done_at_ms - started_ms < 200);
	assert_true(seen[5].done_at_ms - started_ms >= 200);
	assert_true(seen[6].done_at_ms - started_ms >= 400);
	assert_true(other.done_order < seen[5].done_order);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(seen[i].kind, ERROR_NONE);
		seen_done(&seen[i]);
	}
	seen_done(&other);
	rig_close(&rig);
}

static void
test_cancel_queued(void **state)
{
	struct rig rig;
	struct seen seen[4] = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/half", url));
	for (int i = 0; i < 4; i++)
		start(&rig, &seen[i], &request);
	/* Two run, two wait; the first of those who wait goes when data comes. */
	seen[0].cancel_in_data = &seen[2];
	rig_run_until_gone(&rig, &seen[2]);
	peer_set_gate(&rig.peer, false);
	rig_run(&rig);
	assert_int_equal(seen[2].heads + seen[2].dones, 0);
	assert_int_equal(rig.peer.requests, 3);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(seen[i].dones, i != 2);
		seen_done(&seen[i]);
	}
	rig_close(&rig);
}

/* Before it was started, and while it waits for its answer. */
static void
test_cancel_running(void **state)
{
	struct rig rig;
	struct seen a = { 0 }, b = { 0 }, c = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/plain", url));
	start(&rig, &a, &request);
	cancel(&a);
	assert_int_equal(rig.pending, 0);

	peer_set_gate(&rig.peer, true);
	request = request_to(url_of(&rig, "/gate", url));
	start(&rig, &b, &request);
	rig_run_until_active(&rig, 1);
	request = request_to(url_of(&rig, "/plain", url));
	c.cancel_in_done = &b;
	start(&rig, &c, &request);
	rig_run(&rig);
	assert_int_equal(b.heads + b.dones, 0);
	assert_int_equal(c.dones, 1);
	assert_int_equal(a.dones + a.heads, 0);
	seen_done(&c);

	/* Its place is free again: two more run at once. */
	struct seen d = { 0 }, e = { 0 };
	start(&rig, &d, &request);
	start(&rig, &e, &request);
	rig_run(&rig);
	assert_int_equal(d.dones + e.dones, 2);
	seen_done(&d);
	seen_done(&e);
	rig_close(&rig);
}

static void
test_cancel_in_callbacks(void **state)
{
	struct rig rig;
	struct seen s = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	struct fetch_request request = request_to(url_of(&rig, "/large", url));
	s.cancel_in_head = &s;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.heads, 1);
	assert_int_equal(s.datas + s.dones, 0);
	seen_done(&s);

	s.cancel_in_data = &s;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.datas, 1);
	assert_int_equal(s.dones, 0);
	seen_done(&s);

	s.cancel_in_done = &s;
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.dones, 1);
	assert_int_equal(s.kind, ERROR_NONE);
	seen_done(&s);

	/* One that runs beside it, from within libcurl. */
	struct seen victim = { 0 };
	peer_set_gate(&rig.peer, true);
	struct fetch_request gate = request_to(url_of(&rig, "/gate", url));
	start(&rig, &victim, &gate);
	rig_run_until_active(&rig, 1);
	s.cancel_in_head = &victim;
	request = request_to(url_of(&rig, "/plain", url));
	start(&rig, &s, &request);
	rig_run(&rig);
	assert_int_equal(s.dones, 1);
	assert_int_equal(victim.heads + victim.dones, 0);
	seen_done(&s);

	/* One whose end is not told yet. */
	struct fetch_request bad = request_to("nonsense");
	s.cancel_in_done = &victim;
	start(&rig, &s, &bad);
	start(&rig, &victim, &bad);
	rig_run(&rig);
	assert_int_equal(s.dones, 1);
	assert_int_equal(victim.dones, 0);
	seen_done(&s);
	rig_close(&rig);
}

static void
test_free_under_way(void **state)
{
	struct rig rig;
	struct seen seen[4] = { 0 }, last = { 0 };
	char url[256];
	(void)state;
	rig_open(&rig, &usual);
	peer_set_gate(&rig.peer, true);
	struct fetch_request request = request_to(url_of(&rig, "/gate", url));
	for (int i = 0; i < 4; i++)
		start(&rig, &seen[i], &request);
	(void)snprintf(url, sizeof url, "http://localhost:%u/plain", rig.peer.port);
	start(&rig, &last, &request);
	rig.pending = 1;
	rig_run(&rig);
	assert_int_equal(last.dones, 1);
	rig_run_until_active(&rig, 2);
	rig_close(&rig);
	for (int i = 0; i < 4; i++)
		assert_int_equal(seen[i].heads + seen[i].dones, 0);
	seen_done(&last);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_head_fields),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_private_refused),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_request_parts),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_redirected_post),
		cmocka_unit_test(test_secrets_dropped),
		cmocka_unit_test(test_secrets_never_shown),
		cmocka_unit_test(test_reader_gives_up),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_per_host),
		cmocka_unit_test(test_max_active),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_cancel_queued),
		cmocka_unit_test(test_cancel_running),
		cmocka_unit_test(test_cancel_in_callbacks),
		cmocka_unit_test(test_free_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
