/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn is it?  Every host has a queue, a number of places and a rate
 * budget; hosts that can serve somebody take turns among themselves, so that
 * a slow or throttled host delays nobody else.
 *
 * A host exists while somebody waits for it or is served by it, or its budget
 * is not full again; an idle one costs nothing.
 *
 * The budget is a leaky bucket as a virtual schedule (GCRA, ITU-T I.371): one
 * request each minute / rate, and what fits in one second may come at once.
 */
#ifndef VIGIE_NET_HOST_H
#define VIGIE_NET_HOST_H

#include <stdint.h>

#include "net/loop.h"

struct host;
struct hosts;

struct turn {			/* embedded in what waits; all fields are host.c's */
	struct host *host;	/* NULL: neither waits nor is served */
	struct turn *prev, *next;
	unsigned rate_per_minute;
	bool served;
};

/* `ready` is called from the loop when a budget allows a next turn. */
struct hosts *hosts_new(struct loop *l, unsigned per_host, void (*ready)(void *arg), void *arg);
void hosts_free(struct hosts *hs);		/* after every turn was left */

/* Stand at the end of the queue of `name` ("host:port"); 0: no budget. */
void hosts_wait(struct hosts *hs, const char *name, unsigned rate_per_minute, struct turn *t);
/* Takes the next turn, NULL if nobody can be served now. */
struct turn *hosts_next(struct hosts *hs);
/* Hosts that can serve somebody. */
size_t hosts_ready(const struct hosts *hs);
/* The turn is over, or given up while it waited. */
void hosts_leave(struct hosts *hs, struct turn *t);

#endif
