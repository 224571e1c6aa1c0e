/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has a partner disappeared?  A pure function of evidence and time: no input
 * or output, no clock, no allocation.  The daemon and `vigie replay` run it.
 *
 *	detector_observe()	what was learnt: before the poll that it belongs to
 *	detector_poll()		a poll is over: clocks move by what was observed
 *	detector_decide()	verdict, probability that it is gone, and why
 *
 * The state is plain data without pointers, so it can be kept as it is.
 * docs/detection.md explains the arithmetic, constants.c has its numbers.
 */
#ifndef VIGIE_HEALTH_DETECTOR_H
#define VIGIE_HEALTH_DETECTOR_H

#include "health/cusum.h"
#include "health/flap.h"
#include "health/incident.h"
#include "health/rhythm.h"
#include "health/signal.h"

enum verdict {
	VERDICT_NEVER_SEEN, VERDICT_ALIVE, VERDICT_OUTAGE, VERDICT_UNCERTAIN, VERDICT_ACCESS_LOST, VERDICT_MOVED,
	VERDICT_FROZEN, VERDICT_EMPTIED, VERDICT_CLOSING, VERDICT_PROBABLY_GONE, VERDICT_GONE, VERDICTS
};
const char *verdict_name(enum verdict verdict);

/* What a poll of the API came to. */
enum outcome {
	OUTCOME_NONE,		/* not asked yet */
	OUTCOME_GOOD,		/* the document that was expected */
	OUTCOME_MOVED,		/* led to another domain */
	OUTCOME_DENIED,		/* 401, 403 */
	OUTCOME_LIMITED,	/* 429: somebody is there */
	OUTCOME_WRONG,		/* answered with another document: clocks run as in silence */
	OUTCOME_SILENT,		/* no answer, or an error */
};

struct reading {
	int64_t value;		/* -1: not known */
	int64_t since_ms;	/* when it was first read */
};

struct partner_health {
	struct reading readings[SIGNALS];
	enum outcome outcome;
	enum verdict verdict;
	int64_t verdict_since_ms;
	int64_t polled_ms;	/* TIME_NONE: never */
	int64_t weighed_ms;	/* when detector_poll last asked for a decision */
	int64_t silent_since_ms;	/* first poll of this silence */
	int64_t good_since_ms;	/* first poll of this run of good ones */
	uint32_t good_polls;	/* of that run */
	uint32_t long_outages;	/* that were recovered from */
	uint32_t wave;		/* see incident.h; while silent */
	bool ever_good, counted;	/* counted: a member of the group that answers */
	bool fresh;		/* something was observed since the last decision */
	bool presence;		/* its web site is all that is polled */
	/* observed time: what was missed, or fell into blindness, is not in it */
	int64_t watched_ms, silent_ms, site_silent_ms, denied_ms, emptied_ms;
	struct rhythm rhythm;
	struct cusum counts;
	struct flap flap;
	int64_t last_ms[SIGNALS];	/* when each reading was last made, be it the same again; the last
				 * member, so that what was kept without it can be read */
};

/* Pieces of evidence. */
enum reason_key {
	REASON_PRIOR,		/* death against outages, before any silence */
	REASON_SILENT,		/* how few outages last this long */
	REASON_NXDOMAIN, REASON_REDEMPTION, REASON_ON_HOLD, REASON_BOTH_410, REASON_SITE_404, REASON_API_ABSENT,
	REASON_PARKED, REASON_SITE_SILENT, REASON_SITE_ANSWERS, REASON_TLS_EXPIRED, REASON_HOST_CAPPED,
	REASON_CLOSING, REASON_CEASED, REASON_LIQUIDATION, REASON_TRADING, REASON_EMPTIED, REASON_DWINDLING,
	REASON_FROZEN, REASON_MOVED, REASON_DENIED, REASON_HUMAN, REASON_DISMISSED, REASONS
};
const char *reason_name(enum reason_key key);

struct reason {
	enum reason_key key;
	enum signal signal;	/* that it was read from */
	double log_odds;	/* what it added; 0: told, but not weighed */
	int64_t since_ms;
};

struct opinion {
	enum verdict verdict;
	double probability;	/* that the partner is gone */
	bool changed;		/* the verdict is not the one before */
	bool blind;		/* the lookout takes itself for blind: nothing is decided */
	size_t n_reasons;
	struct reason reasons[REASONS];
};

void detector_init(struct partner_health *p);

/* `value` as signal_value() gives it, whenever it was read: what was read twice
 * is believed, what is read no more is not.  Listings: once for each change of
 * contents, even when the number is the same. */
void detector_observe(struct partner_health *p, int64_t t_ms, enum signal signal, int64_t value);

/*
 * Whether its polls look at its web site and at nothing else: then they tell
 * nothing of what it offers, and the site's silence is no second observation.
 * Before the poll; what was known of its listings is forgotten.
 */
void detector_presence(struct partner_health *p, bool only);

/* A poll at `t_ms`; the one before was at most `credit_max_ms` ago, or the time
 * beyond counts as not observed (the daemon was stopped, polls were missed); so
 * does time that the machine's clock has put back.
 * Returns whether detector_decide could say something new. */
bool detector_poll(struct partner_health *p, struct incident *g, int64_t t_ms, int64_t credit_max_ms);

/* The clock was ahead, and is put right: nothing was later than now.  detector_poll()
 * does so by itself; for a state that was kept. */
void detector_rewind(struct partner_health *p, int64_t t_ms);

/* Keeps the verdict in the state; call it after detector_poll. */
void detector_decide(struct partner_health *p, const struct incident *g, int64_t t_ms, struct opinion *ret);

/* The partner is not watched any more, or stands with others from its next poll on: its clocks are its own. */
void detector_leave(struct partner_health *p, struct incident *g, int64_t t_ms);

/* How long to wait for the next poll: `usual_ms`, or less while it is failing. */
int64_t detector_interval_ms(const struct partner_health *p, int64_t t_ms, int64_t usual_ms);

#endif
