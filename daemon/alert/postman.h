/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries letters from the outbox to a mail server, one at a time, and never
 * blocks the loop.  A letter is claimed, composed once, sent, marked.  What
 * fails for now is tried again with back-off for days; what is refused for
 * good (5xx) is marked so.  A crash between the server's « 250 » and the mark
 * sends the same Message-ID again; nothing else is ever sent twice.
 */
#ifndef VIGIE_ALERT_POSTMAN_H
#define VIGIE_ALERT_POSTMAN_H

#include "base/clock.h"
#include "config/config.h"
#include "net/loop.h"
#include "sync/store.h"

struct postman;

struct postman *postman_new(struct loop *l, const struct clock *clock, struct store *store,
    const struct config *config, struct error *err);
void postman_free(struct postman *p);	/* drops what is under way; takes NULL */
/* Something may wait in the outbox. */
void postman_wake(struct postman *p);

struct postman_status {
	int64_t waiting;	/* letters not yet sent */
	int64_t stuck_since_ms;	/* the oldest of them that failed at least once; TIME_NONE */
	const char *last_error;	/* "" */
};
struct postman_status postman_status(const struct postman *p);

#endif
