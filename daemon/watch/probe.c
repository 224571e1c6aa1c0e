/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/probe.h"

#include "base/buf.h"
#include "base/clock.h"

enum { WIRE_MAX = 4 << 20, REDIRECTS_MAX = 5, PAIRS_MAX = 64 };

struct probe {
	struct fetch *fetch;
	struct buf body;
	char *type;
	int status;
	bool cut;
	int64_t retry_after_ms;
	void (*done)(void *arg, const struct probe_answer *answer);
	void *arg;
};

static void
probe_free(struct probe *p)
{
	buf_done(&p->body);
	free(p->type);
	free(p);
}

static int
on_head(void *arg, const struct fetch_head *head)
{
	struct probe *p = arg;
	p->status = head->status;
	p->retry_after_ms = head->retry_after_ms;
	free(p->type);
	p->type = xstrdup(head->content_type);
	buf_clear(&p->body);
	return 0;
}

/* What was to be learnt is learnt: the rest is not read. */
static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct probe *p = arg;
	size_t room = PROBE_BODY_MAX - p->body.len;
	buf_add(&p->body, chunk, len < room ? len : room);
	p->cut = len > room;
	return p->cut ? -1 : 0;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct probe *p = arg;
	const struct probe_answer answer = {
		.status = result->status != 0 ? result->status : p->status,
		.body = p->body.len > 0 ? p->body.data : "", .len = p->body.len, .whole = !p->cut,
		.type = p->type ? p->type : "",
		.redirect_to = result->redirect_to ? result->redirect_to : "",
		.address = result->address,
		.retry_after_ms = p->retry_after_ms,
		.tls_expired = result->tls_expired,
		.error = result->error,
	};
	p->done(p->arg, &answer);
	probe_free(p);
}

static size_t
copy_pairs(const struct config_pair *pairs, size_t n, struct fetch_pair *out)
{
	if (n > PAIRS_MAX)
		n = PAIRS_MAX;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct fetch_pair){ pairs[i].name, pairs[i].value, pairs[i].secret, pairs[i].hidden };
	return n;
}

bool
probe_asks_to_wait(const struct probe_answer *answer)
{
	return answer->retry_after_ms > 0 && (answer->status == 429 || answer->status == 503);
}

struct probe *
probe_start(struct fetcher *f, const struct probe_request *request,
    void (*done)(void *arg, const struct probe_answer *answer), void *arg)
{
	static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };
	struct fetch_pair headers[PAIRS_MAX], query[PAIRS_MAX];
	struct probe *p = xcalloc(1, sizeof *p);
	const struct partner_config *as = request->as;
	p->done = done;
	p->arg = arg;
	p->retry_after_ms = -1;
	struct fetch_request fetch = {
		.url = request->url, .allow_private = request->allow_private, .max_redirects = REDIRECTS_MAX,
		.max_wire_bytes = WIRE_MAX, .max_body_bytes = WIRE_MAX,
		.connect_timeout_ms = 10 * SECOND_MS, .total_timeout_ms = 30 * SECOND_MS,
		.stall_timeout_ms = 15 * SECOND_MS, .rate_per_minute = request->rate_per_minute,
	};
	if (as != NULL) {
		fetch.method = as->method;
		fetch.body = as->body;
		fetch.headers = headers;
		fetch.n_headers = copy_pairs(as->headers, as->n_headers, headers);
		fetch.query = query;
		fetch.n_query = copy_pairs(as->query, as->n_query, query);
		fetch.allow_private = as->allow_private;
		fetch.rate_per_minute = as->limits.rate_per_minute;
	}
	p->fetch = fetch_start(f, &fetch, &callbacks, p);
	return p;
}

void
probe_cancel(struct probe *p)
{
	if (p == NULL)
		return;
	fetch_cancel(p->fetch);
	probe_free(p);
}
