/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The insides of a fetch, shared by fetch.c (its life) and exchange.c (what
 * libcurl is told and what it tells).
 */
#ifndef VIGIE_NET_EXCHANGE_H
#define VIGIE_NET_EXCHANGE_H

#include <arpa/inet.h>
#include <curl/curl.h>

#include "net/answer.h"
#include "net/coding.h"
#include "net/fetch.h"
#include "net/host.h"
#include "net/multi.h"
#include "net/request.h"
#include "net/trust.h"

enum fetch_state { FETCH_QUEUED, FETCH_RUNNING, FETCH_ENDED, FETCH_TELLING, FETCH_DROPPED, FETCH_STATES };

/* What exists only while a request is on the wire, or its result untold. */
struct exchange {
	CURL *easy;		/* NULL: not given to libcurl, or given back */
	struct curl_slist *headers;
	struct answer answer;
	char *redirect;		/* where to go when this answer has ended */
	struct coding *coding;	/* NULL: nothing of the body has come */
	bool unread;		/* the rest of the body, which cannot be decoded, is of no use */
	size_t taken;		/* of the bytes that libcurl gives again */
	uint64_t body_bytes;
	size_t turn_bytes;	/* of these, since it was last paused */
	bool paused;
	unsigned sockets;	/* opened */
	char refused[INET6_ADDRSTRLEN];	/* a private address; "": none */
	char detail[CURL_ERROR_SIZE];
	bool tls_expired, tls_wrong_name;
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
	char address[FETCH_ADDRESS_MAX];	/* who was connected to last */
	uint64_t wire_bytes;	/* of all hops */
	int64_t spent_ms;	/* on the wire, by all hops */
	int64_t queued_ms;	/* in queues that it has left */
	int64_t queued_since_ms;/* monotonic, while it is QUEUED */
	unsigned redirects;
	unsigned shard;
	enum fetch_state state;
};

struct fetcher {
	struct loop *loop;	/* borrowed from whoever made it */
	struct hosts *hosts;
	struct multi *multi;
	struct trust *trust;
	struct timer *pump;
	char *user_agent;
	unsigned max_active;
	unsigned active;
	bool pumping, pump_due;
	struct { struct fetch *first, *last; } lists[FETCH_STATES];
};

/*
 * A handle with all that is the same for every request.  Each exchange has a new
 * one: libcurl before 8.1.0 takes a first header that begins with a space for
 * more of the last one of the handle's transfer before, which was freed
 * (https://github.com/curl/curl/pull/11103).
 */
CURL *exchange_handle(struct fetcher *fr);
/* Set all that is different, every time. */
int exchange_prepare(struct fetch *f);

#endif
