/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one exchange.  Whose turn it is: host.c.  The wire: multi.c.
 *
 *	          ┌────── redirect ──────┐
 *	          ▼                      │
 *	start ► QUEUED ──► RUNNING ──► ENDED ──► TELLING ► freed
 *	  │                   │          ▲
 *	  └──── bad URL ──────┼──────────┘
 *	                      └──► DROPPED ► freed
 *
 * A fetch stands in the list of its state.  ENDED ones are told from the
 * loop; DROPPED ones were cancelled while libcurl was on the stack, and are
 * freed when it has returned.
 */
#include "net/fetch.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>

#include <openssl/ssl.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/answer.h"
#include "net/failure.h"
#include "net/guard.h"
#include "net/host.h"
#include "net/multi.h"
#include "net/request.h"
#include "net/retry.h"
#include "net/trust.h"

enum {
	PER_HOST = 2,
	MAX_ACTIVE = 256,
	IDLE_CONNECTIONS = 64,
	POOLED_HANDLES = 16,
	RECEIVE_BYTES = 64 * 1024,
	REDIRECT_BODY_MAX = 64 * 1024,	/* read to keep the connection; more is not worth it */
};

enum state { FETCH_QUEUED, FETCH_RUNNING, FETCH_ENDED, FETCH_TELLING, FETCH_DROPPED, FETCH_STATES };

static const char *const state_names[FETCH_STATES] = {
	[FETCH_QUEUED] = "queued",
	[FETCH_RUNNING] = "running",
	[FETCH_ENDED] = "ended",
	[FETCH_TELLING] = "telling",
	[FETCH_DROPPED] = "dropped",
};

/* What exists only while a request is on the wire, or its result untold. */
struct exchange {
	CURL *easy;		/* NULL: not given to libcurl, or given back */
	struct curl_slist *headers;
	struct answer answer;
	bool head_complete;
	char *redirect;		/* where to go when this answer has ended */
	uint64_t body_bytes;
	unsigned sockets;	/* opened */
	char refused[INET6_ADDRSTRLEN];	/* a private address; "": none */
	char detail[CURL_ERROR_SIZE];
	struct error error;
};

struct fetch {
	struct fetcher *fetcher;
	struct fetch *prev, *next;	/* in the list of its state */
	struct turn turn;
	struct request request;
	struct fetch_callbacks callbacks;
	void *arg;
	struct exchange *exchange;
	char *redirect_to;
	uint64_t wire_bytes;	/* of all hops */
	int64_t spent_ms;	/* on the wire, by all hops */
	unsigned redirects;
	unsigned shard;
	enum state state;
};

struct fetcher {
	struct hosts *hosts;
	struct multi *multi;
	struct trust *trust;
	struct timer *pump;
	char *user_agent;
	unsigned max_active;
	unsigned active;
	bool pumping;
	CURL *pool[POOLED_HANDLES];	/* set up, not in use */
	unsigned n_pool;
	struct { struct fetch *first, *last; } lists[FETCH_STATES];
};

/* States */

static void
list_add(struct fetch *f, enum state state)
{
	struct fetcher *fr = f->fetcher;
	f->state = state;
	f->next = NULL;
	f->prev = fr->lists[state].last;
	*(f->prev ? &f->prev->next : &fr->lists[state].first) = f;
	fr->lists[state].last = f;
	fr->active += state == FETCH_RUNNING;
}

static void
list_remove(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;
	*(f->prev ? &f->prev->next : &fr->lists[f->state].first) = f->next;
	*(f->next ? &f->next->prev : &fr->lists[f->state].last) = f->prev;
	fr->active -= f->state == FETCH_RUNNING;
}

static void
fetch_enter(struct fetch *f, enum state state)
{
	log_debug("fetch %s: %s, then %s", f->request.host, state_names[f->state], state_names[state]);
	list_remove(f);
	list_add(f, state);
}

static void
exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	assert(x->easy == NULL);
	curl_slist_free_all(x->headers);
	answer_done(&x->answer);
	free(x->redirect);
	free(x);
}

/* Handles are set up once and used again: that saves 5 kB of zeroing and 20 settings. */
static void
give_back_handle(struct fetcher *fr, struct exchange *x)
{
	if (fr->n_pool < POOLED_HANDLES)
		fr->pool[fr->n_pool++] = x->easy;
	else
		curl_easy_cleanup(x->easy);
	x->easy = NULL;
}

/* Cancels all that is pending for it. */
static void
fetch_free(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;
	if (f->exchange != NULL && f->exchange->easy != NULL) {
		multi_remove(fr->multi, f->shard, f->exchange->easy);
		give_back_handle(fr, f->exchange);
	}
	hosts_leave(fr->hosts, &f->turn);
	list_remove(f);
	exchange_free(f->exchange);
	request_done(&f->request);
	free(f->redirect_to);
	free(f);
}

/* libcurl asks and tells.  All of these run inside of it. */

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *f = arg;
	struct exchange *x = f->exchange;
	(void)purpose;
	if (!f->request.asked.allow_private && guard_address_private(&address->addr)) {
		const void *bytes = address->family == AF_INET6
		    ? (const void *)&((const struct sockaddr_in6 *)(const void *)&address->addr)->sin6_addr
		    : (const void *)&((const struct sockaddr_in *)(const void *)&address->addr)->sin_addr;
		(void)inet_ntop(address->family, bytes, x->refused, sizeof x->refused);
		return CURL_SOCKET_BAD;
	}
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
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
	if (target != NULL) {
		f->redirect_to = guard_redact(target, NULL, 0);
		request_scrub(&f->request, f->redirect_to);
		free(target);
	}
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
	if (step < 0)
		return 0;
	/* Past the head, these are trailers: nothing is taken from them. */
	if (step != ANSWER_COMPLETE || x->head_complete)
		return size * n;
	x->head_complete = true;
	const char *location = answer_field(&x->answer, ANSWER_LOCATION);
	int rc;
	if (is_redirect(x->answer.status) && location[0] != '\0')
		rc = plan_redirect(f, location);
	else
		rc = tell_head(f);
	return rc == 0 && f->state == FETCH_RUNNING ? size * n : 0;
}

static size_t
take_body(char *chunk, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	struct exchange *x = f->exchange;
	size_t len = size * n;
	if (f->state != FETCH_RUNNING)
		return CURL_WRITEFUNC_ERROR;
	x->body_bytes += len;
	if (x->redirect != NULL)
		return x->body_bytes <= REDIRECT_BODY_MAX ? len : CURL_WRITEFUNC_ERROR;
	if (x->body_bytes > f->request.asked.max_body_bytes) {
		(void)error_set(&x->error, ERROR_LIMIT, "the decompressed answer is larger than the %llu bytes"
		    " that are allowed", (unsigned long long)f->request.asked.max_body_bytes);
		return CURL_WRITEFUNC_ERROR;
	}
	if (f->callbacks.data != NULL && f->callbacks.data(f->arg, chunk, len) != 0)
		return CURL_WRITEFUNC_ERROR;
	return f->state == FETCH_RUNNING ? len : CURL_WRITEFUNC_ERROR;
}

/* Compressed bytes are seen here only. */
static int
count_bytes(void *arg, curl_off_t expected, curl_off_t received, curl_off_t to_send, curl_off_t sent)
{
	struct fetch *f = arg;
	(void)expected;
	(void)to_send;
	(void)sent;
	if (f->state != FETCH_RUNNING)
		return 1;
	uint64_t max = f->request.asked.max_wire_bytes;
	if ((uint64_t)received <= max)
		return 0;
	(void)error_set(&f->exchange->error, ERROR_LIMIT, "the answer is larger than the %llu bytes"
	    " that are allowed", (unsigned long long)max);
	return 1;
}

/* Starting one */

/* What is the same for every request. */
static CURL *
handle_new(struct fetcher *fr)
{
	CURL *easy = curl_easy_init();
	if (easy == NULL)
		abort();
	unsigned bad = 0;
	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	bad |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, fr->user_agent);
	/* The environment of a daemon does not reroute it. */
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	/* Entries of the cache are walked for every transfer. */
	bad |= curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
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

/* What is different: every one of these is set every time. */
static int
handle_set(struct fetch *f, struct exchange *x)
{
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

/* Its turn has come. */
static void
fetch_run(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;
	struct exchange *x = f->exchange = xcalloc(1, sizeof *x);
	fetch_enter(f, FETCH_RUNNING);
	if (strncmp(f->request.url, "https:", 6) == 0 && trust_store(fr->trust, &x->error) == NULL)
		goto fail;
	x->headers = request_headers(&f->request);
	x->easy = fr->n_pool > 0 ? fr->pool[--fr->n_pool] : handle_new(fr);
	/* Connections to private addresses are not shared with requests that
	 * may not go there: they have shards of their own. */
	f->shard = (unsigned)XXH3_64bits(f->request.host, strlen(f->request.host)) % (MULTI_SHARDS / 2) * 2 +
	    f->request.asked.allow_private;
	if (handle_set(f, x) == 0 && multi_add(fr->multi, f->shard, x->easy, &x->error) == 0)
		return;
	give_back_handle(fr, x);
fail:
	hosts_leave(fr->hosts, &f->turn);
	fetch_enter(f, FETCH_ENDED);
}

/* Ending one */

static void
fetch_tell(struct fetch *f)
{
	struct exchange *x = f->exchange;
	fetch_enter(f, FETCH_TELLING);
	if (x->error.kind != ERROR_NONE) {
		if (f->request.host[0] != '\0')
			(void)error_context(&x->error, "%.*s", (int)strcspn(f->request.host, ":"), f->request.host);
		request_scrub(&f->request, x->error.text);
	}
	struct fetch_result result = {
		.status = x->answer.status,
		.error = x->error,
		.url = request_shown_url(&f->request),
		.redirect_to = f->redirect_to,
		.wire_bytes = f->wire_bytes,
		.body_bytes = x->body_bytes,
		.duration_ms = f->spent_ms,
		.redirects = f->redirects,
	};
	f->callbacks.done(f->arg, &result);
	fetch_free(f);
}

/* Tell what has ended, start what can be started. */
static void
pump(void *arg)
{
	struct fetcher *fr = arg;
	if (fr->pumping)
		return;
	fr->pumping = true;
	for (;;) {
		struct fetch *f = fr->lists[FETCH_ENDED].first;
		struct turn *t;
		if (f != NULL)
			fetch_tell(f);
		else if (fr->active < fr->max_active && (t = hosts_next(fr->hosts)) != NULL)
			fetch_run((struct fetch *)(void *)((char *)t - offsetof(struct fetch, turn)));
		else
			break;
	}
	fr->pumping = false;
	timer_stop(fr->pump);
}

static void
free_dropped(void *arg)
{
	struct fetcher *fr = arg;
	if (fr->lists[FETCH_DROPPED].first != NULL)
		timer_start(fr->pump, 0);	/* their places are free */
	while (fr->lists[FETCH_DROPPED].first != NULL)
		fetch_free(fr->lists[FETCH_DROPPED].first);
}

/* The answer said where to go on: stand in that host's queue. */
static void
follow_redirect(struct fetch *f)
{
	struct exchange *x = f->exchange;
	f->exchange = NULL;
	request_redirect(&f->request, x->answer.status, x->redirect);
	exchange_free(x);
	f->redirects++;
	fetch_enter(f, FETCH_QUEUED);
	hosts_wait(f->fetcher->hosts, f->request.host, f->request.asked.rate_per_minute, &f->turn);
}

static void
transfer_finished(void *arg, CURL *easy, CURLcode code)
{
	struct fetcher *fr = arg;
	struct fetch *f = NULL;
	curl_off_t wire_bytes = 0, spent_us = 0;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
	(void)curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &wire_bytes);
	(void)curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &spent_us);
	struct exchange *x = f->exchange;
	f->wire_bytes += (uint64_t)wire_bytes;
	f->spent_ms += spent_us / 1000;
	if (x->redirect == NULL) {
		if (code == CURLE_COULDNT_CONNECT && x->refused[0] != '\0' && x->sockets == 0)
			(void)error_set(&x->error, ERROR_BLOCKED, "%s is a private address: set allow_private"
			    " = yes in the partner's file if this is meant", x->refused);
		failure_set(&x->error, code, easy, x->detail, &f->request.asked);
	}
	give_back_handle(fr, x);
	hosts_leave(fr->hosts, &f->turn);
	if (x->redirect != NULL)
		follow_redirect(f);
	else
		fetch_enter(f, FETCH_ENDED);
	pump(fr);
}

/* The interface */

struct fetcher *
fetcher_new(struct loop *l, const struct fetcher_options *options, struct error *err)
{
	static const struct multi_callbacks callbacks = {
		.returned = free_dropped,
		.finished = transfer_finished,
	};
	/* Counts its calls, and takes a lock: may be called again and from any thread. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		(void)error_set(err, ERROR_SYSTEM, "libcurl cannot be initialised");
		return NULL;
	}
	struct fetcher *fr = xcalloc(1, sizeof *fr);
	unsigned per_host = options->per_host ? options->per_host : PER_HOST;
	unsigned idle = options->idle_connections ? options->idle_connections : IDLE_CONNECTIONS;
	unsigned per_shard = (idle + MULTI_SHARDS - 1) / MULTI_SHARDS;
	fr->max_active = options->max_active ? options->max_active : MAX_ACTIVE;
	fr->user_agent = xstrdup(options->user_agent ? options->user_agent : "vigie");
	fr->pump = timer_new(l, pump, fr);
	fr->hosts = hosts_new(l, per_host, pump, fr);
	/* A host's own connections must fit, or its next page connects anew. */
	fr->multi = multi_new(l, per_shard > per_host ? per_shard : per_host, &callbacks, fr);
	fr->trust = trust_new(options->ca_file);
	return fr;
}

void
fetcher_free(struct fetcher *fr)
{
	if (fr == NULL)
		return;
	assert(!multi_inside(fr->multi) && !fr->pumping);
	for (int i = 0; i < FETCH_STATES; i++)
		while (fr->lists[i].first != NULL)
			fetch_free(fr->lists[i].first);
	multi_free(fr->multi);
	while (fr->n_pool > 0)
		curl_easy_cleanup(fr->pool[--fr->n_pool]);
	hosts_free(fr->hosts);
	trust_free(fr->trust);
	timer_free(fr->pump);
	free(fr->user_agent);
	free(fr);
	curl_global_cleanup();
}

struct fetch *
fetch_start(struct fetcher *fr, const struct fetch_request *request,
    const struct fetch_callbacks *callbacks, void *arg)
{
	struct fetch *f = xcalloc(1, sizeof *f);
	struct error err = ERROR_INIT;
	f->fetcher = fr;
	f->callbacks = *callbacks;
	f->arg = arg;
	if (request_init(&f->request, request, &err) == 0) {
		list_add(f, FETCH_QUEUED);
		hosts_wait(fr->hosts, f->request.host, request->rate_per_minute, &f->turn);
	} else {
		f->exchange = xcalloc(1, sizeof *f->exchange);
		f->exchange->error = err;
		list_add(f, FETCH_ENDED);
	}
	timer_start(fr->pump, 0);
	return f;
}

void
fetch_cancel(struct fetch *f)
{
	if (f == NULL)
		return;
	struct fetcher *fr = f->fetcher;
	switch (f->state) {
	case FETCH_RUNNING:
		if (multi_inside(fr->multi)) {
			fetch_enter(f, FETCH_DROPPED);
			break;
		}
		fetch_free(f);
		timer_start(fr->pump, 0);
		break;
	case FETCH_QUEUED:
	case FETCH_ENDED:
		fetch_free(f);
		timer_start(fr->pump, 0);
		break;
	case FETCH_TELLING:	/* done is its last callback anyway */
	case FETCH_DROPPED:
	case FETCH_STATES:
		break;
	}
}
