/* SPDX-License-Identifier: Apache-2.0 */
#include "hook/delivery.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "hook/signature.h"

enum {
	CONNECT_MS = 10 * SECOND_MS,
	TOTAL_MS = 20 * SECOND_MS,	/* Standard Webhooks: 15 to 30 s */
	ANSWER_MAX = 64 * 1024,
	WORDS_SHOWN_MAX = 160,		/* bytes of an answer that says why not */
};

struct delivery {
	struct fetch *fetch;
	struct buf words;		/* the beginning of the answer */
	int64_t retry_after_ms;
	void (*done)(void *arg, const struct delivery_result *result);
	void *arg;
};

static void
delivery_free(struct delivery *d)
{
	buf_done(&d->words);
	free(d);
}

static int
on_head(void *arg, const struct fetch_head *head)
{
	((struct delivery *)arg)->retry_after_ms = head->retry_after_ms;
	return 0;
}

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct delivery *d = arg;
	size_t room = WORDS_SHOWN_MAX - d->words.len;
	buf_add(&d->words, chunk, len < room ? len : room);
	return 0;
}

static bool
is_success(int status)
{
	return status >= 200 && status < 300;
}

/* « the answer was 503: come back later » */
static void
explain(const struct delivery *d, int status, struct error *err)
{
	struct buf words = BUF_INIT;
	text_escape(&words, buf_cstr(&d->words), d->words.len, WORDS_SHOWN_MAX);
	(void)error_set(err, ERROR_HTTP, "the answer was %d%s%s", status, words.len > 0 ? ": " : "", buf_cstr(&words));
	buf_done(&words);
}

static void
on_done(void *arg, const struct fetch_result *r)
{
	struct delivery *d = arg;
	struct delivery_result result = {
		.taken = is_success(r->status), .status = r->status, .retry_after_ms = d->retry_after_ms, .error = r->error,
	};
	d->fetch = NULL;
	/* An answer is one, also when it breaks off after its status. */
	if (r->status != 0)
		error_clear(&result.error);
	if (r->error.kind == ERROR_REDIRECT)
		(void)error_set(&result.error, ERROR_REDIRECT, "the answer was %d: it leads elsewhere, which is not followed",
		    r->status);
	if (!result.taken)
		explain(d, r->status, &result.error);
	d->done(d->arg, &result);
	delivery_free(d);
}

struct delivery *
delivery_start(struct fetcher *f, const struct config_hook *h, const struct delivery_message *m, int64_t now_ms,
    void (*done)(void *arg, const struct delivery_result *result), void *arg)
{
	static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };
	struct delivery *d = xcalloc(1, sizeof *d);
	struct buf signature = BUF_INIT;
	char at[24];
	const struct signature_input input = { m->id, now_ms / 1000, m->body };
	(void)snprintf(at, sizeof at, "%" PRId64, input.at_s);
	for (size_t i = 0; i < HOOK_KEYS && h->keys[i].len > 0; i++) {
		if (i > 0)
			buf_char(&signature, ' ');
		signature_put(&signature, &input, h->keys[i].bytes, h->keys[i].len);
	}
	const struct fetch_pair headers[] = {
		{ .name = "Content-Type", .value = m->type },
		{ .name = "webhook-id", .value = m->id },
		{ .name = "webhook-timestamp", .value = at },
		{ .name = "webhook-signature", .value = buf_cstr(&signature) },
	};
	const struct fetch_request request = {
		.url = h->url, .body = m->body, .headers = headers, .n_headers = sizeof headers / sizeof *headers,
		.allow_private = h->allow_private, .max_redirects = 0, .max_wire_bytes = ANSWER_MAX,
		.max_body_bytes = ANSWER_MAX, .connect_timeout_ms = CONNECT_MS, .total_timeout_ms = TOTAL_MS,
		.stall_timeout_ms = TOTAL_MS,
	};
	d->retry_after_ms = -1;
	d->done = done;
	d->arg = arg;
	d->fetch = fetch_start(f, &request, &callbacks, d);
	buf_done(&signature);
	return d;
}

void
delivery_cancel(struct delivery *d)
{
	if (d == NULL)
		return;
	fetch_cancel(d->fetch);
	delivery_free(d);
}
