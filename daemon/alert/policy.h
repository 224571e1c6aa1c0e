/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a verdict: pure functions over one table. */
#ifndef VIGIE_ALERT_POLICY_H
#define VIGIE_ALERT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "health/detector.h"
#include "normalise/zone.h"

struct policy_event {		/* what staff know of a partner's trouble */
	bool open;		/* false: there is none; the rest is not looked at */
	enum verdict told;	/* that the last letter was about */
	unsigned told_mask;	/* every one that a letter was about: 1 << verdict */
	int64_t told_ms;
	int64_t snoozed_ms;	/* until; TIME_NONE */
	bool confirmed;		/* staff have said themselves that it is gone */
};

enum policy_step {
	POLICY_NOTHING,
	POLICY_OPEN,		/* a new event, a letter */
	POLICY_FOLLOW,		/* a letter in its thread */
	POLICY_CLOSE,		/* it is over, a letter in its thread */
};
enum policy_step policy_step(const struct policy_event *e, enum verdict verdict, int64_t now_ms);

/* Whether listings carry a mark. */
bool policy_marks(enum verdict verdict);
/* Whether listings are not published, when they were (`withdrawn` false) or were not before. */
bool policy_withdraws(enum verdict verdict, bool withdrawn, bool from_uncertain);

/* When staff are reminded for the first time of an event that they were told of. */
int64_t policy_first_reminder_ms(int64_t told_ms);
/* … and again, after a reminder. */
int64_t policy_next_reminder_ms(int64_t reminded_ms);

/* The latest time up to now at which a digest was due: that day (0 Monday) and hour in the zone. */
int64_t policy_digest_ms(const struct zone *zone, unsigned day, unsigned hour, int64_t now_ms);

#endif
