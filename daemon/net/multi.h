/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi interface on the loop.  multi.c is the only file that
 * drives it.
 *
 * libcurl 7.88 walks its DNS cache and all its connections for every
 * transfer, so one multi handle slows down with the number of hosts: 1,780
 * polls a second with 10,000 hosts, 24,300 with the hosts spread over 64 of
 * them.  An empty one takes 40 kB, so they are made when first needed, as many
 * as the connections want, and freed, with their connections, when nothing used
 * them for a minute.
 *
 * There are two sets, which share no connections: one for requests that may
 * go to private addresses, one for the others.
 */
#ifndef VIGIE_NET_MULTI_H
#define VIGIE_NET_MULTI_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/error.h"
#include "net/loop.h"

struct multi;

struct multi_callbacks {	/* both from the loop, outside of libcurl */
	/* libcurl has returned; before the `finished` of what it finished. */
	void (*returned)(void *arg);
	/* The transfer is removed already: the handle is the caller's again. */
	void (*finished)(void *arg, CURL *easy, CURLcode code);
};

/* `max_idle`: connections that are kept for reuse, over all hosts; a few more
 * before the oldest of a shard are closed. */
struct multi *multi_new(struct loop *l, unsigned max_idle, const struct multi_callbacks *callbacks, void *arg);
void multi_free(struct multi *m);	/* after all transfers were removed */

/* Where a transfer to that host is to be added. */
unsigned multi_shard(const struct multi *m, const char *host, bool allow_private);

/* For handles that use it: its sockets are opened and closed here, and counted. */
void multi_own_sockets(struct multi *m, CURL *easy);
int multi_socket(struct multi *m, unsigned shard, const struct curl_sockaddr *address);	/* -1 with errno */

/* Is libcurl on the stack?  Then neither of the next two may be called. */
bool multi_inside(const struct multi *m);
int multi_add(struct multi *m, unsigned shard, CURL *easy, struct error *err);
/* A transfer that its write function put off goes on; CURLE_OK, or what that function said. */
CURLcode multi_resume(struct multi *m, CURL *easy);
void multi_remove(struct multi *m, unsigned shard, CURL *easy);

#endif
