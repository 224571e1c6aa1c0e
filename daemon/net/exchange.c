/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl is told, and what it tells while an exchange is on the wire. */
#include "net/exchange.h"

#include <sys/socket.h>

#include <assert.h>
#include <netinet/in.h>

#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/guard.h"
#include "net/retry.h"

enum {
	/* A request that is under way has such a buffer; larger ones are hardly faster. */
	RECEIVE_BYTES = 32 * 1024,
	TURN_BYTES = 512 * 1024,	/* of a body; then others on the loop have theirs */
	REDIRECT_BODY_MAX = 64 * 1024,	/* read to keep the connection; more is not worth it */
};

/* These run inside of libcurl. */

/*
 * libcurl reads up to a hundred buffers from a fast server before it returns
 * to the loop, and knows no smaller bound; but it leaves off reading when it is
 * paused.  At the end of its turn (count_bytes) it is told to go on, which it
 * does by a timer of 0 ms: in the next turn of the loop.
 */
static void
end_turn(struct exchange *x)
{
	x->turn_bytes = 0;
	x->paused = curl_easy_pause(x->easy, CURLPAUSE_RECV) == CURLE_OK;
}

static bool
next_turn(struct exchange *x)
{
	if (!x->paused)
		return true;
	CURLcode code = curl_easy_pause(x->easy, CURLPAUSE_CONT);
	x->paused = false;
	return code == CURLE_OK;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *f = arg;
	struct exchange *x = f->exchange;
	(void)purpose;
	if (!request_private(&f->request) && guard_address_private(&address->addr)) {
		const void *bytes = address->family == AF_INET6
		    ? (const void *)&((const struct sockaddr_in6 *)(const void *)&address->addr)->sin6_addr
		    : (const void *)&((const struct sockaddr_in *)(const void *)&address->addr)->sin_addr;
		(void)inet_ntop(address->family, bytes, x->refused, sizeof x->refused);
		return CURL_SOCKET_BAD;
	}
	int fd = multi_socket(f->fetcher->multi, f->shard, address);
	if (fd < 0) {
		(void)error_errno(&x->error, ERROR_SYSTEM, "no socket");
		return CURL_SOCKET_BAD;
	}
	x->sockets++;
	return fd;
}

static CURLcode
use_trust(CURL *easy, void *ssl_ctx, void *arg)
{
	struct fetcher *fr = arg;
	(void)easy;
	X509_STORE *store = trust_store(fr->trust, NULL);
	if (store == NULL)
		return CURLE_SSL_CACERT_BADFILE;
	SSL_CTX_set1_cert_store(ssl_ctx, store);
	return CURLE_OK;
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where to?  -1 with why it is not followed. */
static int
plan_redirect(struct fetch *f, const char *location)
{
	struct exchange *x = f->exchange;
	const struct fetch_request *asked = &f->request.asked;
	if (f->redirects >= asked->max_redirects)
		(void)error_set(&x->error, ERROR_REDIRECT, "redirected more than %u times", asked->max_redirects);
	else
		x->redirect = guard_resolve(f->request.url, location, &x->error);
	if (x->redirect != NULL)
		return 0;
	(void)error_context(&x->error, "the redirect");
	char *target = guard_join(f->request.url, location);
	/* In circles, or back to http: within its domain it did not move. */
	if (target != NULL && !guard_same_site(f->request.url, target)) {
		f->redirect_to = guard_redact(target, NULL, 0);
		request_scrub(&f->request, f->redirect_to);
	}
	free(target);
	return -1;
}

static int
tell_head(struct fetch *f)
{
	const struct answer *a = &f->exchange->answer;
	const char *retry_after = answer_field(a, ANSWER_RETRY_AFTER);
	struct clock clock;
	clock_init(&clock);
	struct fetch_head head = {
		.status = a->status,
		.url = request_shown_url(&f->request),
		.content_type = answer_field(a, ANSWER_CONTENT_TYPE),
		.etag = answer_field(a, ANSWER_ETAG),
		.last_modified = answer_field(a, ANSWER_LAST_MODIFIED),
		.link = answer_field(a, ANSWER_LINK),
		.retry_after_ms = retry_after[0] ? retry_after_ms(retry_after, clock_now_ms(&clock)) : -1,
		.sunset = answer_field(a, ANSWER_SUNSET),
		.deprecation = answer_field(a, ANSWER_DEPRECATION),
	};
	if (f->callbacks.head == NULL)
		return 0;
	return f->callbacks.head(f->arg, &head);
}

static size_t
take_header(char *line, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	struct exchange *x = f->exchange;
	if (f->state != FETCH_RUNNING)
		return 0;
	int step = answer_line(&x->answer, line, size * n, &x->error);
	if (step != ANSWER_COMPLETE)
		return step < 0 ? 0 : size * n;
	const char *location = answer_field(&x->answer, ANSWER_LOCATION);
	int rc;
	if (is_redirect(x->answer.status) && location[0] != '\0')
		rc = plan_redirect(f, location);
	else
		rc = tell_head(f);
	return rc == 0 && f->state == FETCH_RUNNING ? size * n : 0;
}

/* What the body says, its coding undone. */
static int
give_body(void *arg, const char *s, size_t len)
{
	struct fetch *f = arg;
	struct exchange *x = f->exchange;
	uint64_t max = f->request.asked.max_body_bytes;
	if (x->body_bytes + len > max)
		return error_set(&x->error, ERROR_LIMIT, "the decompressed answer is larger than the %llu bytes"
		    " that are allowed", (unsigned long long)max);
	int rc = f->callbacks.data != NULL ? f->callbacks.data(f->arg, s, len) : 0;
	if (rc != 0)
		return rc;
	x->body_bytes += len;
	x->turn_bytes += len;
	return f->state == FETCH_RUNNING ? 0 : -1;
}

/* A refusal says what it says by its status and its head, however its body is written. */
static bool
pass_over(struct exchange *x)
{
	if (x->answer.status == 200 || x->error.kind != ERROR_FORMAT)
		return false;
	error_clear(&x->error);
	x->unread = true;
	return true;
}

/* When its reader has no room, libcurl keeps the chunk, and gives it again. */
static size_t
take_body(char *chunk, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	struct exchange *x = f->exchange;
	size_t len = size * n, skip = x->taken < len ? x->taken : len;
	const char *p = chunk + skip;
	if (f->state != FETCH_RUNNING)
		return CURL_WRITEFUNC_ERROR;
	if (x->redirect != NULL) {
		x->body_bytes += len;
		return x->body_bytes <= REDIRECT_BODY_MAX ? len : CURL_WRITEFUNC_ERROR;
	}
	if (x->unread)
		return len;
	if (x->coding == NULL && (x->coding = coding_new(answer_field(&x->answer, ANSWER_CONTENT_ENCODING), &x->error)) == NULL)
		return pass_over(x) ? len : CURL_WRITEFUNC_ERROR;
	int rc = coding_feed(x->coding, &p, chunk + len, give_body, f, &x->error);
	if (x->turn_bytes >= TURN_BYTES && !x->paused && f->state == FETCH_RUNNING)
		end_turn(x);
	x->taken = rc == FETCH_LATER ? (size_t)(p - chunk) : x->taken - skip;
	if (rc == FETCH_LATER)
		return CURL_WRITEFUNC_PAUSE;
	return rc == 0 || pass_over(x) ? len : CURL_WRITEFUNC_ERROR;
}

/* Compressed bytes are seen here only. */
static int
count_bytes(void *arg, curl_off_t expected, curl_off_t received, curl_off_t to_send, curl_off_t sent)
{
	struct fetch *f = arg;
	(void)expected;
	(void)to_send;
	(void)sent;
	if (f->state != FETCH_RUNNING || !next_turn(f->exchange))
		return 1;
	uint64_t max = f->request.asked.max_wire_bytes;
	if ((uint64_t)received <= max)
		return 0;
	(void)error_set(&f->exchange->error, ERROR_LIMIT, "the answer is larger than the %llu bytes"
	    " that are allowed", (unsigned long long)max);
	return 1;
}

/* The handle */

CURL *
exchange_handle(struct fetcher *fr)
{
	CURL *easy = curl_easy_init();
	if (easy == NULL)
		abort();
	unsigned bad = 0;
	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	bad |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, CODING_ACCEPTED);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, fr->user_agent);
	/* The environment of a daemon does not reroute it. */
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	/* Entries of the cache are walked for every transfer. */
	bad |= curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	/* Ending a transfer does not wait for its getaddrinfo(): it would stop the loop. */
	bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
	bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, use_trust);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, fr);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	bad |= curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, count_bytes);
	multi_own_sockets(fr->multi, easy);
	assert(bad == 0);	/* a libcurl without one of these */
	return easy;
}

static unsigned
set_method(CURL *easy, const struct fetch_request *asked)
{
	unsigned bad = 0;
	const char *method = asked->method;
	bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (asked->body != NULL) {
		bad |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(asked->body));
		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, asked->body);
		if (method != NULL && strcmp(method, "POST") != 0)
			bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	} else if (method != NULL && strcmp(method, "HEAD") == 0) {
		bad |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (method != NULL && strcmp(method, "GET") != 0) {
		bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	}
	return bad;
}

int
exchange_prepare(struct fetch *f)
{
	struct exchange *x = f->exchange;
	const struct fetch_request *asked = &f->request.asked;
	CURL *easy = x->easy;
	int64_t left_ms = asked->total_timeout_ms - f->spent_ms;
	unsigned bad = set_method(easy, asked);
	bad |= curl_easy_setopt(easy, CURLOPT_URL, f->request.url);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)asked->connect_timeout_ms);
	bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
	bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)((asked->stall_timeout_ms + 999) / 1000));
	bad |= curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)asked->max_wire_bytes);
	bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->detail);
	bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
	bad |= curl_easy_setopt(easy, CURLOPT_XFERINFODATA, f);
	if (bad != 0)
		return error_set(&x->error, ERROR_CONFIG, "libcurl refuses the request");
	return 0;
}
