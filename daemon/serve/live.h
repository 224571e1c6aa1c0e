/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that do not end (ROUTE_LIVE): a stream whose piece is empty has told
 * all there is, sleeps, and is asked again when the catalogue has changed.
 * Meanwhile it sends a comment now and then, so that both sides know that the
 * other is there; who does not take it is dropped, and resumes where it was
 * (Last-Event-ID).  All of it on the server's thread.
 */
#ifndef VIGIE_SERVE_LIVE_H
#define VIGIE_SERVE_LIVE_H

#include <stdbool.h>

struct call;
struct live;
struct server;

struct live *live_new(struct server *s);
void live_free(struct live *l);		/* takes NULL */
/* One more is too many. */
bool live_full(const struct server *s);
/* A piece of it was made; `told`: it was empty. */
void live_go_on(struct call *c, bool told);
/* Ends those that sleep. */
void live_stop(struct server *s);

#endif
