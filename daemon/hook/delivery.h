/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to hand a message over: a signed POST, as Standard Webhooks and
 * the HTTP binding for webhooks of CloudEvents have it.  2xx means that it was
 * taken, whatever the answer says; redirects are never followed.
 */
#ifndef VIGIE_HOOK_DELIVERY_H
#define VIGIE_HOOK_DELIVERY_H

#include "config/config.h"
#include "net/fetch.h"

struct delivery;

struct delivery_message {	/* borrowed until delivery_start() returns */
	const char *id, *type, *body;
};

struct delivery_result {
	bool taken;
	int status;		/* 0: no answer */
	int64_t retry_after_ms;	/* -1: it did not say */
	struct error error;	/* why it was not taken */
};

/* Never calls back before it returns; `done` is the last that is heard of it. */
struct delivery *delivery_start(struct fetcher *f, const struct config_hook *h, const struct delivery_message *m,
    int64_t now_ms, void (*done)(void *arg, const struct delivery_result *result), void *arg);
void delivery_cancel(struct delivery *d);	/* no callback after it; takes NULL */

#endif
