/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server (RFC 9112): other tools read the catalogue here.
 *
 * It has a thread of its own that does nothing but sockets, and a few workers
 * with a read-only handle of the catalogue each, so that neither a slow reader
 * nor a slow question delays anybody else, the daemon least of all.  It never
 * writes, but for what a token allows (see ROUTE_TOKEN).
 *
 * Limits: connections, the size of a request, the time of a question, the time
 * without a byte.  Listens on loopback or a Unix socket, or on what systemd
 * hands over (sd_listen_fds(3)).
 */
#ifndef VIGIE_SERVE_SERVER_H
#define VIGIE_SERVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "config/config.h"

struct server;

struct server_options {			/* borrowed, for as long as the server lives */
	const struct clock *clock;
	const struct config *config;
};

/* Listens when it returns. */
struct server *server_new(const struct server_options *options, struct error *err);
/* Ends open answers, within a second. */
void server_free(struct server *s);	/* takes NULL */
/* Where it listens: "http://127.0.0.1:8047" or "unix:/run/vigie/http"; borrowed. */
const char *server_address(const struct server *s);

/* What only the daemon knows, for /metrics, /readyz and the page; from any thread. */
struct server_gauges {
	size_t partners, running, failing;
	uint64_t runs;
	int64_t overdue_ms, store_busy_ms;
	bool stuck;		/* one of these is too long */
	int64_t late_ms, timer_late_ms;	/* the last timer, and the latest of all */
	int64_t full_since_ms;		/* the disk; TIME_NONE: there is room */
	int64_t blind_since_ms, mail_stuck_since_ms;	/* TIME_NONE: no */
	int64_t mail_waiting;
	int64_t told_ms;	/* monotonic_ms() of server_tell(), which sets it, or of server_new() */
};
void server_tell(struct server *s, const struct server_gauges *g);
struct server_gauges server_gauges(struct server *s);

/* What the settings say of partners, at the start and whenever that changes; takes `r`. */
struct contacts;
void server_know(struct server *s, struct contacts *r);
/* Never NULL; contacts_drop() it.  From any thread. */
struct contacts *server_contacts(struct server *s);

struct server_counts {			/* since the start */
	uint64_t requests, answers[6];	/* by hundreds of the status: answers[2] is 2xx */
	uint64_t bytes, from_cache;
	size_t connections;
	int64_t started_ms;
};
struct server_counts server_counts(struct server *s);

#endif
