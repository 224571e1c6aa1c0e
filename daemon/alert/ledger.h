/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From verdicts to letters: what the watch has found is written together with
 * the letters that follow from it, in one transaction, on the store thread.
 *
 *	ledger_judge()	the watch looked at a partner
 *	ledger_blind()	the lookout is blind, or what some of its partners have in common is silent
 *	ledger_full()	the disk is full
 *	ledger_answer()	staff answered
 *	ledger_tick()	time passed: reminders, the weekly digest
 *
 * One event is one alert row, from the first alarm to the recovery: verdicts
 * that follow go into the same thread.  A letter that waits is filled with what
 * else happens to the same people before it is sent (LEDGER_GROUP_MS).  An
 * outbox row is unique by event and recipient.
 */
#ifndef VIGIE_ALERT_LEDGER_H
#define VIGIE_ALERT_LEDGER_H

#include "alert/facts.h"
#include "catalogue/catalogue.h"
#include "config/config.h"

enum { LEDGER_GROUP_MS = 5 * MINUTE_MS };

/* Verdicts that staff are written about at once; « uncertain » waits for the digest. */
bool verdict_alarms(enum verdict verdict);

struct evidence_entry {		/* a row of the view `evidence`; borrowed */
	const char *signal, *value, *note;	/* value, note: NULL */
	double weight;		/* log-odds; NAN: not weighed */
	int64_t at_ms;
};

struct judgement {		/* borrowed */
	const char *partner;
	bool changed;		/* the verdict is another one than before */
	enum verdict verdict, before;
	int64_t at_ms, verdict_since_ms, trouble_since_ms;	/* trouble: TIME_NONE */
	double probability;
	const struct fact_reason *reasons;
	size_t n_reasons;
	const char *moved_to;
	const struct evidence_entry *entries;	/* to be kept in any case */
	size_t n_entries;
	const void *state;	/* the detector's, as it is; NULL: not now */
	size_t state_len;
	bool quiet;		/* staff have said that this is wrong: no letters */
	bool presence;		/* only its web site is looked at */
};
int ledger_judge(struct catalogue *c, const struct config *config, const struct judgement *j, struct error *err);

struct blindness {		/* of whom nothing is decided, for one cause; borrowed */
	const char *place;	/* the address or the domain that they share; "": it is us, and it is everybody */
	bool domain;
	bool lapsed;		/* it lasts, but each is judged again: forgotten without a word */
	int64_t since_ms;
	const char *const *partners;	/* their names, of a place */
	size_t n_partners;
};
/* All that there is now: what is known and not among these is over. */
int ledger_blind(struct catalogue *c, const struct config *config, const struct blindness *list, size_t n,
    int64_t now_ms, struct error *err);

/* As that was told last: since when the lookout sees nothing, TIME_NONE if it does; whether a place is blind. */
int ledger_blind_since(struct catalogue *c, int64_t *ret_ms, bool *ret_places, struct error *err);

/* Since when the disk is full; TIME_NONE: it is not (any more). */
int ledger_full(struct catalogue *c, const struct config *config, int64_t since_ms, int64_t now_ms, struct error *err);
/* As that was told last. */
int ledger_full_since(struct catalogue *c, int64_t *ret_ms, struct error *err);

enum label { LABEL_ACK, LABEL_SNOOZE, LABEL_DISMISS, LABEL_CONFIRM, LABELS };
const char *label_name(enum label label);
enum label label_find(const char *name);	/* LABELS: there is none of that name */

struct answer_of_staff {
	const char *partner;
	enum label label;
	int64_t until_ms;	/* snooze */
	const char *by, *note;	/* NULL: not told */
	int64_t at_ms;
};
/* ERROR_NOT_FOUND: no such partner, or no open alert to acknowledge or to put
 * off; what is dismissed or confirmed is kept in any case.  *ret_verdict: what
 * it was about. */
int ledger_answer(struct catalogue *c, const struct answer_of_staff *a, enum verdict *ret_verdict, struct error *err);

/* Only partners of the roster are spoken of: those that are asked. */
struct roster {
	const char *const *names;	/* in order (strcmp); borrowed */
	size_t n;
};
bool roster_has(const struct roster *r, const char *partner);
int ledger_tick(struct catalogue *c, const struct config *config, const struct roster *roster, int64_t now_ms,
    struct error *err);

/* ---- what the watch needs back */

/* Labels after number `after`, in order; *ret_last: the highest number. */
int ledger_labels(struct catalogue *c, int64_t after, int64_t *ret_last,
    void (*each)(void *arg, const char *partner, enum label label, int64_t at_ms), void *arg, struct error *err);
/* The state that was kept with the last judgement; *ret NULL if none.  Freed by the caller. */
int ledger_state(struct catalogue *c, const char *partner, void **ret, size_t *ret_len, struct error *err);
/* A text kept under a name, for a partner ("" for the lookout itself): when a
 * source is due again, what it said.  NULL: none; freed by the caller. */
int ledger_note_put(struct catalogue *c, const char *partner, const char *name, const char *text, struct error *err);
int ledger_note_get(struct catalogue *c, const char *partner, const char *name, char **ret, struct error *err);

#endif
