/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cage, from outside: a process that has nothing but a connector and some
 * shared memory, into which a run puts what a partner sends and out of which it
 * takes listings.  Nothing that comes out is trusted: it is copied, then checked.
 *
 * One that crashes, makes a forbidden system call, runs out of memory, hangs or
 * talks nonsense is ended; `gone` says how, with ERROR_CONNECTOR.
 */
#ifndef VIGIE_CAGE_CAGE_H
#define VIGIE_CAGE_CAGE_H

#include "cage/setup.h"
#include "catalogue/known.h"
#include "net/loop.h"

/* That much processor time, or so many looks at it (of 2 s), without a sign of life while it has work. */
enum { CAGE_HANG_CPU_S = 5, CAGE_HANG_LOOKS = 60 };
/* Processes at once, of 2 MB each and what is known of the partner: at work, and with those that wait for their partners.
 * The others wait their turn, and have no room meanwhile. */
enum { CAGES_BUSY_MAX = 64, CAGES_MAX = 160 };

struct cages;
struct cages *cages_new(struct loop *l);
void cages_free(struct cages *cs);	/* after its cages; takes NULL */

struct cage;

struct cage_callbacks {		/* from the loop; each may free the cage */
	/* A message from inside, its own copy.  -1: it cannot be, and the cage is ended. */
	int (*message)(void *arg, enum wire_kind kind, const char *s, size_t len);
	void (*room)(void *arg);	/* cage_feed() has said no, and may be asked again */
	/* No callback comes after it; it is still to be freed. */
	void (*gone)(void *arg, const struct error *why);
};

/* The process begins, or waits for its turn to.  NULL: ERROR_SYSTEM. */
struct cage *cage_new(struct cages *cs, const struct cage_callbacks *callbacks, void *arg, struct error *err);
void cage_free(struct cage *c);	/* ends it at once; takes NULL */
/* Once, before anything is sent.  `known` is borrowed until the first message comes; NULL: nothing is
 * known.  -1: ERROR_SYSTEM. */
int cage_set_up(struct cage *c, const struct cage_setup *setup, const struct known *known, struct error *err);

bool cage_waits(const struct cage *c);	/* for its turn */
bool cage_ended(const struct cage *c);	/* `gone` has come */

/* It waits where there is no room for it yet. */
void cage_send(struct cage *c, enum wire_kind kind, const char *message, size_t len);
/* Of a body.  False: there is no room, and none of it was taken. */
bool cage_feed(struct cage *c, const char *s, size_t len);

#endif
