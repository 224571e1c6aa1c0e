/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching: one HTTP exchange over libcurl's multi interface, with everything
 * that must hold for any partner:
 *
 *  - http and https only; TLS verified; HTTP/2 where offered; connections kept;
 *    gzip and deflate undone as the reader has room.
 *  - Addresses of this host and private networks are refused when the socket
 *    is opened (so a name that resolves to one is refused too), unless allowed
 *    for the request, and then for the one host that was named.
 *  - Redirects are followed by hand: only to http(s), not from https to http,
 *    within the registrable domain of the request's URL (libpsl; for IP
 *    addresses: the same host), at most max_redirects; others end the fetch
 *    with ERROR_REDIRECT, and `redirect_to` filled in when they leave the domain.
 *  - At most `per_host` exchanges at once with one host:port, and a rate
 *    budget per host; the rest wait in order.
 *  - Caps on compressed and decompressed bytes, header bytes, time.
 *
 * No retries here: whoever asks decides (see retry.h).  Secrets are given as
 * headers or query parameters marked secret; they appear in no error, no
 * `url` of a result, and are sent to no other host than the one that is named.
 */
#ifndef VIGIE_NET_FETCH_H
#define VIGIE_NET_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/loop.h"

struct fetcher;			/* shared: connections, hosts, TLS trust */
struct fetch;			/* one exchange */

struct fetcher_options {
	const char *user_agent;
	const char *ca_file;	/* NULL: the system's */
	unsigned per_host;	/* default 2 */
	unsigned max_active;	/* exchanges at once over all hosts; default 256 */
	unsigned idle_connections;	/* kept for reuse; default: what RLIMIT_NOFILE has room for */
};

/* Raises the process's limit of open files to what it may have. */
struct fetcher *fetcher_new(struct loop *l, const struct fetcher_options *options, struct error *err);
/* Cancels what is under way, without callbacks.  Not from within a callback. */
void fetcher_free(struct fetcher *f);
/* How many hosts wait for nothing but a place among max_active. */
size_t fetcher_backlog(const struct fetcher *f);
struct loop *fetcher_loop(const struct fetcher *f);	/* the one it was made with */

struct fetch_pair {
	const char *name, *value;
	bool secret;
	const char *hidden;	/* the secret in value, when that is only a part; NULL */
};

struct fetch_request {		/* everything is copied */
	const char *method;	/* NULL: GET, or POST with a body */
	const char *url;
	bool url_resolved;	/* guard_resolve() made it, and nothing needs to be checked again */
	const char *body;	/* NULL: none */
	const struct fetch_pair *headers;
	size_t n_headers;
	const struct fetch_pair *query;	/* added to the URL, percent-encoded, or put where its path has {NAME} */
	size_t n_query;
	const char *etag, *last_modified;	/* make it conditional; NULL: not */
	/* Secrets are for the host and port of `named`, and these may be on a
	 * private address if so allowed; no other that answers lead to.  NULL: of `url`. */
	const char *named;
	bool allow_private;
	unsigned max_redirects;
	/* 0 stands for a default: 256 MiB, 1 GiB, 20 s, 10 min, 60 s.  Time in
	 * the queue does not count. */
	uint64_t max_wire_bytes, max_body_bytes;	/* as transferred; decompressed */
	int64_t connect_timeout_ms, total_timeout_ms;
	/* Less than 1 byte/s for so long ends it; rounded up to seconds, and
	 * seen up to 6 s late, as libcurl takes the mean of so many. */
	int64_t stall_timeout_ms;
	unsigned rate_per_minute;	/* requests to this host; 0: no budget */
};

struct fetch_head {		/* of the final answer, borrowed */
	int status;
	const char *url;	/* after redirects, without secrets */
	const char *content_type, *etag, *last_modified, *link;	/* "" if absent; link: joined by ", " */
	int64_t retry_after_ms;	/* from now, from seconds or a date; -1: absent */
	const char *sunset, *deprecation;	/* RFC 8594, RFC 9745; "" */
};

enum { FETCH_ADDRESS_MAX = 46 };	/* bytes of an address as text, with its NUL */

struct fetch_result {		/* borrowed during `done` */
	int status;		/* 0: no answer */
	struct error error;	/* ERROR_NONE: the whole answer arrived, whatever its status */
	const char *url;
	bool tls_expired, tls_wrong_name;	/* why the certificate was not accepted, if for that */
	const char *redirect_to;/* a refused redirect's target on another domain, without query; NULL */
	const char *address;	/* who was connected to last, as text; "": nobody */
	uint64_t wire_bytes, body_bytes;
	int64_t duration_ms;	/* on the wire, all hops; without the queue */
	int64_t queued_ms;	/* in the queue, all hops */
	unsigned redirects;
	bool without_secrets;	/* there are some, and the last hop was to another host than theirs */
};

enum { FETCH_LATER = 1 };

struct fetch_callbacks {	/* head and data may be NULL */
	/* Once before the first byte of the body.  -1 ends the fetch (done is
	 * still called, with ERROR_LIMIT if no other error was set by data). */
	int (*head)(void *arg, const struct fetch_head *head);
	/* -1: as above.  FETCH_LATER: it comes again after fetch_resume(), and nothing before it. */
	int (*data)(void *arg, const char *chunk, size_t len);
	void (*done)(void *arg, const struct fetch_result *result);	/* once, last; the fetch is freed after it */
};

/* Never NULL and never calls back before it returns: a bad URL is reported to `done`. */
struct fetch *fetch_start(struct fetcher *f, const struct fetch_request *request,
    const struct fetch_callbacks *callbacks, void *arg);
/* What was to come later comes now, also from within.  Not from a callback of a fetch. */
void fetch_resume(struct fetch *fetch);
/* Where its time goes while it is not done: by now so long in the queue, is it there, and was anything asked yet? */
struct fetch_queue {
	int64_t queued_ms;
	bool waits, asked;
};
struct fetch_queue fetch_queue(const struct fetch *fetch);
/* No callback after it.  At any time, also from within a callback of this or
 * another fetch (in its own `done` it does nothing); takes NULL. */
void fetch_cancel(struct fetch *fetch);

#endif
