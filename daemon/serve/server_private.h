/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the server share: server.c its life, call.c that of a request. */
#ifndef VIGIE_SERVE_SERVER_PRIVATE_H
#define VIGIE_SERVE_SERVER_PRIVATE_H

#include <pthread.h>

#include "base/clock.h"

#include "serve/cache.h"
#include "serve/gzip.h"
#include "serve/http.h"
#include "serve/pool.h"
#include "serve/route.h"
#include "serve/server.h"
#include "serve/token.h"

enum { SERVER_WORKERS_MIN = 2, SERVER_WORKERS_MAX = 8, CALLS_WAITING_MAX = 256 };

struct server {
	struct server_options options;
	char *address;
	char *base_url;			/* of [serve] url, or of the address */
	uint64_t salt;			/* of ETags: the settings and files that answers depend on are of this start */
	struct exchange exchanges[SERVER_WORKERS_MAX];
	size_t n_exchanges;		/* one for each processor */
	struct tally *tally;
	pthread_t thread;
	bool running;
	/* of the thread */
	struct loop *loop;
	struct wakeup *quit;
	struct timer *give_up;
	struct http *http;
	struct pool *pool;
	struct catalogue *catalogue;	/* for stamps */
	struct catalogue_stamp stamp;
	struct turn *turn;
	bool stamped;			/* in this turn: one look is for all who have come by then */
	struct cache *cache;
	struct call *calls;		/* those that are open */
	struct live *live;
	struct token_guard guard;
	struct said faults;		/* questions that could not be answered */
	bool stopping;
	/* under the lock */
	pthread_mutex_t lock;
	struct server_gauges gauges;
	struct contacts *contacts;
	struct server_counts counts;
};

/* A request from its arrival to the end of its answer. */
struct call {
	struct server *server;
	struct call *next, **link;
	struct visit *visit;
	struct request request;
	struct answer answer;
	char *key;			/* of the cache */
	char etag[48];
	struct catalogue_stamp stamp;	/* the catalogue's when it was answered */
	struct pool_job job;
	int64_t due_ms;			/* monotonic: it is given up then, though it may not have been begun */
	bool busy, left;		/* a worker has it; the visitor has gone */
	bool gzip;			/* the visitor takes it */
	bool head;			/* wants no body */
	/* an answer in pieces */
	struct gzip *deflate;
	struct buf piece;
	bool streaming, more, failed;
	char *fault;			/* ours, for the log; NULL: none */
	bool asleep;			/* live: all was told */
	size_t unsent;			/* live: at the last comment */
	uint64_t heard;			/* live: see live.c; what came later is news */
};

/* arrival.c: fills in c->request; -1: the answer is a problem. */
int call_read(struct call *c);
const char *call_methods(const struct route *route);	/* for Allow */

/* call.c: from struct http_options. */
void call_visit(void *server, struct visit *v);
bool call_is_live(const struct call *c);
/* The next piece of an answer. */
void call_submit(struct call *c);
/* Ends it at once. */
void call_drop(struct call *c);

/* server.c: workers and handles of the catalogue are there from now on. */
int server_ready(struct server *s, struct error *err);
/* The catalogue's stamp now; what was kept of an older one is forgotten. */
int server_stamp(struct server *s, struct error *err);
void server_count(struct server *s, int status, size_t bytes, bool from_cache);

#endif
