/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: who is told of changes by HTTP, each with a position in the changes
 * and in the verdicts, and the message that is on its way.
 *
 *	resting ─► waiting ─► sending ─► resting
 *	              ▲          │─────► disabled	the receiver wants no more (410)
 *	              └──────────┘
 *
 * A message is kept with the position behind its events, so whoever sends it
 * again sends the same bytes under the same id, and nothing is left out: the
 * position moves in the step that says that it was delivered.  A hook belongs to
 * whoever claimed it until `until_ms`, as a letter does (outbox.h).
 */
#ifndef VIGIE_CATALOGUE_HOOKS_H
#define VIGIE_CATALOGUE_HOOKS_H

#include "catalogue/news.h"

struct hook_message {		/* owned */
	char *id;		/* NULL: there is none */
	char *type;		/* media type */
	char *body;
	int64_t events;
	struct news_position behind;	/* where the hook stands once it is delivered */
};
void hook_message_done(struct hook_message *m);

struct hook_state {
	struct news_position at;	/* all up to here was delivered or is not wanted */
	struct hook_message message;
	int64_t attempts;		/* of the message, with this one */
	int64_t due_ms;			/* of the next attempt; TIME_NONE: nothing waits */
	int64_t first_failure_ms;	/* since when all attempts have failed; TIME_NONE */
	int64_t refusing_since_ms;	/* since when all answers refuse the message itself; TIME_NONE; by hook_claim() alone */
	int64_t disabled_ms;		/* TIME_NONE: it is not */
	int64_t delivered_ms, delivered;	/* when the last message was, and events of all of them */
	int64_t refused_ms, refused;	/* given up; by hook_get() alone */
	char last_error[256];		/* of the last attempt that failed; "": none since the last that did not */
};
void hook_state_done(struct hook_state *s);

/*
 * Claims the hook if something may be sent for it at `now_ms`: 1, and what is
 * known of it; 0 if not, with *ret_due_ms (TIME_NONE: when there is news); -1.
 * A hook that is not known yet begins with what happens from now on.  Without a
 * message, hook_message_put() or hook_pass() follows in the same step.
 */
int hook_claim(struct catalogue *c, const char *hook, int64_t now_ms, int64_t until_ms, struct hook_state *ret,
    int64_t *ret_due_ms, struct error *err);
/* What will be sent; due at once. */
int hook_message_put(struct catalogue *c, const char *hook, const struct hook_message *m, struct error *err);
/* Nothing up to there is wanted: the hook is resting there. */
int hook_pass(struct catalogue *c, const char *hook, struct news_position to, struct error *err);

enum hook_outcome {
	HOOK_DELIVERED,
	HOOK_WAITING,		/* to be tried again at due_ms */
	HOOK_REFUSED,		/* given up: the hook goes on behind it */
	HOOK_DISABLED
};
struct hook_attempt {
	enum hook_outcome outcome;
	const char *error;	/* NULL */
	int64_t now_ms, due_ms;
	int64_t refusing_since_ms;	/* of one that waits; not above 0: it is not refused as such */
};
/* Nothing happens when somebody else has ended that message meanwhile. */
int hook_end(struct catalogue *c, const char *hook, const char *message_id, const struct hook_attempt *a, struct error *err);

/* 1, 0 if it was never claimed, -1.  Without the body of its message. */
int hook_get(struct catalogue *c, const char *hook, struct hook_state *ret, struct error *err);
/* How many changes and verdicts are behind a position. */
int hook_behind(struct catalogue *c, struct news_position at, int64_t *ret, struct error *err);
/* Whether it was disabled or waits: it is tried again at once.  *ret: it was known. */
int hook_resume(struct catalogue *c, const char *hook, bool *ret, struct error *err);
/* Forgets those whose name `keep` does not know. */
int hook_prune(struct catalogue *c, bool (*keep)(void *arg, const char *hook), void *arg, struct error *err);

#endif
