/* SPDX-License-Identifier: Apache-2.0 */
/* A fetcher, a partner, and what a caller sees of each exchange. */
#ifndef VIGIE_TESTS_FETCH_RIG_H
#define VIGIE_TESTS_FETCH_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/fetch.h"
#include "fetch_pages.h"

enum { HANG_MS = 20000 };

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
	struct peer *awaited;	/* NULL: `peer` */
	struct seen *victim;
	unsigned pending, n_done;
	bool hung;
};

static inline void
finish_one(struct rig *rig)
{
	if (--rig->pending == 0)
		loop_stop(rig->loop);
}

static inline void
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

static inline int
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

static inline int
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

static inline void
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

static inline void
hang(void *arg)
{
	struct rig *rig = arg;
	rig->hung = true;
	loop_stop(rig->loop);
}

static inline bool
peer_is_active(struct rig *rig)
{
	struct peer *p = rig->awaited ? rig->awaited : &rig->peer;
	pthread_mutex_lock(&p->lock);
	bool there = p->active == rig->wanted_active;
	pthread_mutex_unlock(&p->lock);
	return there;
}

static inline bool
victim_is_gone(struct rig *rig)
{
	return rig->victim->fetch == NULL;
}

static inline void
look(void *arg)
{
	struct rig *rig = arg;
	if (rig->until(rig))
		loop_stop(rig->loop);
	else
		timer_start(rig->look, 1);
}

static inline void
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

static inline void
rig_close(struct rig *rig)
{
	fetcher_free(rig->fetcher);
	peer_stop(&rig->peer);
	timer_free(rig->hang);
	timer_free(rig->look);
	loop_free(rig->loop);
}

/* Until every fetch is done. */
static inline void
rig_run(struct rig *rig)
{
	struct error err = ERROR_INIT;
	timer_start(rig->hang, HANG_MS);
	assert_int_equal(loop_run(rig->loop, &err), 0);
	timer_stop(rig->hang);
	assert_false(rig->hung);
}

/* Until so many requests have reached the peer and are not answered. */
static inline void
rig_run_until_active(struct rig *rig, unsigned n)
{
	rig->wanted_active = n;
	rig->until = peer_is_active;
	timer_start(rig->look, 0);
	rig_run(rig);
}

static inline void
rig_run_until_gone(struct rig *rig, struct seen *victim)
{
	rig->victim = victim;
	rig->until = victim_is_gone;
	timer_start(rig->look, 0);
	rig_run(rig);
}

static inline struct fetch_request
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

static inline void
start(struct rig *rig, struct seen *s, const struct fetch_request *request)
{
	static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };
	s->rig = rig;
	rig->pending++;
	s->fetch = fetch_start(rig->fetcher, request, &callbacks, s);
	assert_non_null(s->fetch);
}

/* Fetch one path with the usual options. */
static inline void
get(struct rig *rig, struct seen *s, const char *path)
{
	char url[256];
	struct fetch_request request = request_to(url_of(rig, path, url));
	start(rig, s, &request);
	rig_run(rig);
}

static inline void
seen_done(struct seen *s)
{
	buf_done(&s->body);
	memset(s, 0, sizeof *s);
}

static const struct fetcher_options usual = { .user_agent = "vigie-test" };

#endif
