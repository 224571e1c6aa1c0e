/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 (RFC 9112) on the loop's thread.  http.c is the only file that
 * knows libevent's evhttp.
 *
 *	visit ─► http_reply
 *	      └► http_begin ─► http_piece ─► drained ─► http_piece … ─► http_end | http_break
 *
 * Every visit that was handed over is ended by exactly one of http_reply(),
 * http_end() and http_break(), also when its visitor has left meanwhile.  What
 * waits to be taken by all visitors together has a limit: over it, those who
 * are furthest behind are hung up on.
 */
#ifndef VIGIE_SERVE_HTTP_H
#define VIGIE_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/loop.h"

struct http;
struct visit;				/* a request that waits for its answer */

struct http_options {
	struct loop *loop;		/* borrowed */
	size_t max_connections;		/* one more, and whoever is silent longest goes, or takes an answer slowest; else it waits in the kernel's queue */
	size_t max_header_bytes, max_body_bytes;
	int64_t quiet_ms;		/* a connection ends when no request is complete, or nothing of an answer taken, for so long */
	void (*visit)(void *arg, struct visit *v);
	void *arg;
};

struct http *http_new(const struct http_options *options, struct error *err);
void http_free(struct http *h);		/* takes NULL; no visit may be open */
/* Takes a listening socket; it is closed by http_free(). */
int http_listen(struct http *h, int fd, struct error *err);
/* No new connections from now on; those without a visit end. */
void http_quiet(struct http *h);
size_t http_connections(const struct http *h);

/* ---- what was asked; borrowed until the visit ends */

const char *http_method(const struct visit *v);		/* "GET"; "" for one that evhttp does not know */
const char *http_target(const struct visit *v);		/* as sent: "/a%20b?c=d" */
const char *http_header(const struct visit *v, const char *name);	/* NULL: not sent */
const char *http_body(const struct visit *v, size_t *ret_len);

/* ---- answering */

struct http_field {
	const char *name, *value;	/* a value with control characters is not sent */
};

struct http_head {
	int status;
	const struct http_field *fields;
	size_t n_fields;
};

/* The body is referred to until it is sent, then `release(arg)` is called. */
struct http_body {
	const void *data;
	size_t len;
	void (*release)(void *arg);
	void *arg;
};
/* `body` may be NULL.  The answer to HEAD has the length of the body, and no body. */
void http_reply(struct visit *v, const struct http_head *head, const struct http_body *body);

/*
 * An answer in pieces.  drained: what was given is sent, the next may come;
 * gone: the visitor has left: end it.  Neither comes from within a call.
 */
void http_begin(struct visit *v, const struct http_head *head, void (*drained)(void *arg), void (*gone)(void *arg),
    void *arg);
void http_piece(struct visit *v, const struct http_body *body);
size_t http_unsent(const struct visit *v);	/* bytes that wait for the visitor */
void http_end(struct visit *v);
void http_break(struct visit *v);		/* the connection ends too, so that the answer is seen to be cut */

#endif
