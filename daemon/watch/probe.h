/* SPDX-License-Identifier: Apache-2.0 */
/* One light request: the status, and the beginning of what came. */
#ifndef VIGIE_WATCH_PROBE_H
#define VIGIE_WATCH_PROBE_H

#include "config/config.h"
#include "net/fetch.h"

enum { PROBE_BODY_MAX = 256 << 10 };

struct probe_answer {		/* borrowed during `done` */
	int status;		/* 0: no answer */
	const char *body;	/* its beginning */
	size_t len;
	bool whole;		/* the body is not longer */
	const char *type;	/* media type, "" */
	const char *redirect_to;/* to another domain; "" */
	const char *address;	/* who was connected to; "" */
	int64_t retry_after_ms;	/* -1: not asked */
	bool tls_expired;	/* refused, because its certificate has expired */
	struct error error;
};
/* 429 or 503, with Retry-After. */
bool probe_asks_to_wait(const struct probe_answer *answer);

struct probe_request {
	const char *url;
	bool allow_private;
	unsigned rate_per_minute;	/* 0: no budget */
	const struct partner_config *as;	/* ask as a run asks (method, headers, body); NULL: plainly */
};

struct probe;
struct probe *probe_start(struct fetcher *f, const struct probe_request *request,
    void (*done)(void *arg, const struct probe_answer *answer), void *arg);
void probe_cancel(struct probe *p);	/* no callback any more; takes NULL */

#endif
