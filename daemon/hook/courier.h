/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells programs elsewhere what happened: one message at a time for each hook,
 * in order, never blocking the loop.  A message is claimed, composed once, sent,
 * marked; what fails is tried again by the schedule of Standard Webhooks, then
 * once a day for as long as it takes; but a message that the receiver itself has
 * refused for three days is given up, so that the others can come.  A crash between the receiver's answer and
 * the mark sends the same id again; nothing else is ever sent twice, and nothing
 * else is left out.
 */
#ifndef VIGIE_HOOK_COURIER_H
#define VIGIE_HOOK_COURIER_H

#include "base/clock.h"
#include "config/config.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "sync/store.h"

struct courier;

struct courier_options {	/* borrowed for as long as the courier lives */
	struct loop *loop;
	const struct clock *clock;
	struct store *store;
	struct fetcher *fetcher;
};

struct courier *courier_new(const struct courier_options *options);
/* Drops what is under way; takes NULL.  The store may still be at work for it. */
void courier_free(struct courier *c);
/*
 * Takes these hooks.  Who is not among them any more is forgotten, in the
 * catalogue too, unless `problems` say why.  `source`: what CloudEvents call so.
 */
void courier_configure(struct courier *c, struct config_hooks hooks, const char *source,
    const struct config_problems *problems);
/* Something may have happened. */
void courier_wake(struct courier *c);

struct courier_status {		/* of the hook that has been failing for longest */
	size_t hooks, failing;
	const char *hook;	/* NULL: none fails */
	int64_t since_ms;
	const char *last_error;
};
struct courier_status courier_status(const struct courier *c);

#endif
