/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one exchange.  Whose turn it is: host.c.  What happens on the
 * wire: exchange.c, over multi.c.
 *
 *	           ┌─ redirect ─┐
 *	           ▼            │
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

#include <assert.h>
#include <stddef.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/exchange.h"
#include "net/failure.h"

enum {
	PER_HOST = 2,
	MAX_ACTIVE = 256,
	IDLE_CONNECTIONS_MIN = 64,
	IDLE_CONNECTIONS_MAX = 1 << 14,
	FILES_KEPT_FREE = 256,	/* for the catalogue, stages, listeners */
};

static const char *const state_names[FETCH_STATES] = {
	[FETCH_QUEUED] = "queued",
	[FETCH_RUNNING] = "running",
	[FETCH_ENDED] = "ended",
	[FETCH_TELLING] = "telling",
	[FETCH_DROPPED] = "dropped",
};

/* States */

static void
list_add(struct fetch *f, enum fetch_state state)
{
	struct fetcher *fr = f->fetcher;
	f->state = state;
	f->next = NULL;
	f->prev = fr->lists[state].last;
	*(f->prev ? &f->prev->next : &fr->lists[state].first) = f;
	fr->lists[state].last = f;
	fr->active += state == FETCH_RUNNING;
	if (state == FETCH_QUEUED)
		f->queued_since_ms = monotonic_ms();
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
fetch_enter(struct fetch *f, enum fetch_state state)
{
	log_debug("fetch %s: %s, then %s", f->request.host, state_names[f->state], state_names[state]);
	f->queued_ms = fetch_queue(f).queued_ms;
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
	coding_free(x->coding);
	free(x->redirect);
	free(x);
}

static void
end_handle(struct exchange *x)
{
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
		end_handle(f->exchange);
	}
	hosts_leave(fr->hosts, &f->turn);
	list_remove(f);
	exchange_free(f->exchange);
	request_done(&f->request);
	free(f->redirect_to);
	free(f);
}

/* Starting one */

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
	x->easy = exchange_handle(fr);
	f->shard = multi_shard(fr->multi, f->request.host, request_private(&f->request));
	if (exchange_prepare(f) == 0 && multi_add(fr->multi, f->shard, x->easy, &x->error) == 0)
		return;
	end_handle(x);
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
		const char *port = strrchr(f->request.host, ':');
		if (port != NULL)
			(void)error_context(&x->error, "%.*s", (int)(port - f->request.host), f->request.host);
		request_scrub(&f->request, x->error.text);
	}
	struct fetch_result result = {
		.status = x->answer.status,
		.error = x->error,
		.url = request_shown_url(&f->request),
		.tls_expired = x->tls_expired,
		.tls_wrong_name = x->tls_wrong_name,
		.redirect_to = f->redirect_to,
		.address = f->address,
		.wire_bytes = f->wire_bytes,
		.body_bytes = x->body_bytes,
		.duration_ms = f->spent_ms,
		.queued_ms = f->queued_ms,
		.redirects = f->redirects,
		.without_secrets = request_withholds(&f->request),
	};
	f->callbacks.done(f->arg, &result);
	fetch_free(f);
}

static void
pump_soon(struct fetcher *fr)
{
	if (!fr->pump_due)
		timer_start(fr->pump, 0);
	fr->pump_due = true;
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
	if (fr->pump_due)
		timer_stop(fr->pump);
	fr->pump_due = false;
}

static void
free_dropped(void *arg)
{
	struct fetcher *fr = arg;
	if (fr->lists[FETCH_DROPPED].first != NULL)
		pump_soon(fr);	/* their places are free */
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
	const char *address = NULL;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
	(void)curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &wire_bytes);
	(void)curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &spent_us);
	(void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
	if (address != NULL && *address != '\0')
		(void)snprintf(f->address, sizeof f->address, "%s", address);
	struct exchange *x = f->exchange;
	if (code == CURLE_OK && !x->answer.complete)
		code = CURLE_GOT_NOTHING;
	if (code == CURLE_OK && x->coding != NULL && x->answer.status == 200)
		(void)coding_end(x->coding, &x->error);
	f->wire_bytes += (uint64_t)wire_bytes;
	f->spent_ms += spent_us / 1000;
	if (x->redirect == NULL) {
		if (code == CURLE_COULDNT_CONNECT && x->refused[0] != '\0' && x->sockets == 0)
			(void)error_set(&x->error, ERROR_BLOCKED, "resolves to %s, a private address: %s", x->refused,
			    f->request.asked.allow_private ? "its file allows one for the host and port of its url alone" :
			    "set allow_private = yes in its file if this is meant");
		failure_set(&x->error, code, easy, x->detail, &f->request.asked);
		x->tls_expired = failure_tls_expired(code, easy);
		x->tls_wrong_name = failure_tls_wrong_name(code, easy);
	}
	end_handle(x);
	hosts_leave(fr->hosts, &f->turn);
	if (x->redirect != NULL)
		follow_redirect(f);
	else
		fetch_enter(f, FETCH_ENDED);
	pump(fr);
}

/* The interface */

/*
 * A connection that is kept costs 3 kB, 46 kB with TLS; a new one for each poll
 * costs twice the time.  What is not used for two minutes is closed by libcurl.
 */
static unsigned
idle_connections(unsigned asked, unsigned max_active)
{
	struct rlimit files;
	rlim_t keep_free = FILES_KEPT_FREE + 2 * (rlim_t)max_active;
	if (asked > 0)
		return asked;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return IDLE_CONNECTIONS_MIN;
	/* Nobody here uses select(), for which the lower limit is meant. */
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < keep_free + IDLE_CONNECTIONS_MIN)
		return IDLE_CONNECTIONS_MIN;
	rlim_t idle = files.rlim_cur - keep_free;
	return idle < IDLE_CONNECTIONS_MAX ? (unsigned)idle : IDLE_CONNECTIONS_MAX;
}

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
	fr->max_active = options->max_active ? options->max_active : MAX_ACTIVE;
	fr->user_agent = xstrdup(options->user_agent ? options->user_agent : "vigie");
	fr->loop = l;
	fr->pump = timer_new(l, pump, fr);
	fr->hosts = hosts_new(l, per_host, pump, fr);
	fr->multi = multi_new(l, idle_connections(options->idle_connections, fr->max_active), &callbacks, fr);
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
	hosts_free(fr->hosts);
	trust_free(fr->trust);
	timer_free(fr->pump);
	free(fr->user_agent);
	free(fr);
	curl_global_cleanup();
}

size_t
fetcher_backlog(const struct fetcher *fr)
{
	return hosts_ready(fr->hosts);
}

struct loop *
fetcher_loop(const struct fetcher *fr)
{
	return fr->loop;
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
	pump_soon(fr);
	return f;
}

void
fetch_resume(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;
	if (f->state != FETCH_RUNNING)
		return;
	CURL *easy = f->exchange->easy;
	CURLcode code = multi_resume(fr->multi, easy);
	if (f->state == FETCH_DROPPED) {
		free_dropped(fr);
	} else if (code != CURLE_OK) {	/* libcurl would go on behind what was refused */
		multi_remove(fr->multi, f->shard, easy);
		transfer_finished(fr, easy, code);
	}
}

struct fetch_queue
fetch_queue(const struct fetch *f)
{
	bool waits = f->state == FETCH_QUEUED;
	return (struct fetch_queue){
		.queued_ms = f->queued_ms + (waits ? monotonic_ms() - f->queued_since_ms : 0),
		.waits = waits,
		.asked = !waits || f->redirects > 0,
	};
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
		pump_soon(fr);
		break;
	case FETCH_QUEUED:
	case FETCH_ENDED:
		fetch_free(f);
		pump_soon(fr);
		break;
	case FETCH_TELLING:	/* done is its last callback anyway */
	case FETCH_DROPPED:
	case FETCH_STATES:
		break;
	}
}
