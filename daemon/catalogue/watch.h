/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watch keeps beside the listings: verdicts and their history,
 * evidence, the detector's state, alerts, and what staff said.  Verdicts,
 * labels and facts are texts here: others know what they mean.
 *
 * As in catalogue.h every writing function is one atomic step; several are
 * made one with catalogue_step_begin/end.  Texts given to a callback are
 * borrowed until it returns, and it must not ask the catalogue.
 */
#ifndef VIGIE_CATALOGUE_WATCH_H
#define VIGIE_CATALOGUE_WATCH_H

#include "catalogue/catalogue.h"

enum { WATCH_NAME_MAX = 24 };	/* of a verdict or a label, with its NUL */

struct watch_partner {
	int64_t id;
	char *partner, *name, *theme, *website, *replaced_by;	/* owned; NULL but the first */
	char verdict[WATCH_NAME_MAX];
	int64_t verdict_since_ms;	/* TIME_NONE */
	double probability;
	int64_t listings;
	bool withdrawn;		/* they are not published */
};
/* ERROR_NOT_FOUND: no such partner. */
int watch_partner_get(struct catalogue *c, const char *partner, struct watch_partner *ret, struct error *err);
void watch_partner_done(struct watch_partner *p);

/* The partner's columns in the view `partners`. */
int watch_verdict_put(struct catalogue *c, int64_t id, const char *verdict, int64_t since_ms, double probability,
    struct error *err);
/* From now on the partner's listings are not published, or are again; each
 * that is concerned is a change.  Nothing is lost: no listing is written. */
int watch_withdraw(struct catalogue *c, int64_t id, bool withdrawn, int64_t now_ms, struct error *err);

struct watch_evidence {
	const char *signal, *value, *note;	/* value, note: NULL */
	double weight;		/* NAN */
	int64_t at_ms;
};
int watch_evidence_add(struct catalogue *c, int64_t id, const struct watch_evidence *e, struct error *err);

struct watch_turn {		/* of a verdict */
	const char *verdict, *before, *facts;
	double probability;
	int64_t at_ms;
};
int watch_turn_add(struct catalogue *c, int64_t id, const struct watch_turn *t, struct error *err);
/* Turns from one time up to another, in order. */
typedef void watch_turn_each(void *arg, const char *partner, const struct watch_turn *t);
int watch_turns(struct catalogue *c, int64_t from_ms, int64_t to_ms, watch_turn_each *each, void *arg,
    struct error *err);
/* The last turn of every partner. */
int watch_turns_last(struct catalogue *c, watch_turn_each *each, void *arg, struct error *err);

struct watch_peer {
	const char *name, *website;	/* NULL */
	int64_t listings;
};
/* Other partners of the theme that are alive and have listings, the largest first. */
int watch_peers(struct catalogue *c, const struct watch_partner *p, size_t max,
    void (*each)(void *arg, const struct watch_peer *peer), void *arg, struct error *err);

struct watch_sum {		/* what happened to a partner over some time */
	const char *partner, *name, *verdict;
	int64_t listings, polls, added, changed, removed;
	bool answered;		/* the last time it was asked */
};
int watch_sums(struct catalogue *c, int64_t from_ms, int64_t to_ms,
    void (*each)(void *arg, const struct watch_sum *sum), void *arg, struct error *err);

/* ---- the detector's memory: see ledger.h */

int watch_state_put(struct catalogue *c, int64_t id, const void *state, size_t len, int64_t now_ms, struct error *err);
int watch_state_get(struct catalogue *c, const char *partner, void **ret, size_t *ret_len, struct error *err);
int watch_note_put(struct catalogue *c, const char *partner, const char *name, const char *text, struct error *err);
int watch_note_get(struct catalogue *c, const char *partner, const char *name, char **ret, struct error *err);

/* ---- alerts: an event each */

struct watch_alert {
	int64_t alert;		/* 0: none yet */
	int64_t partner_id, at_ms;
	char verdict[WATCH_NAME_MAX];	/* that it began with */
	char told[WATCH_NAME_MAX];
	int64_t told_ms;
	unsigned told_mask;
	char answer[WATCH_NAME_MAX];	/* "": none */
	int64_t snoozed_ms, remind_ms, closed_ms;	/* TIME_NONE */
	int64_t reminders;
};
/* Sets a->alert, or writes all of it but its beginning. */
int watch_alert_put(struct catalogue *c, struct watch_alert *a, const char *facts, struct error *err);
/* The last one, open (closed_ms TIME_NONE) or not; *ret is set to zeros when there is none. */
int watch_alert_last(struct catalogue *c, int64_t partner_id, struct watch_alert *ret, struct error *err);
int watch_alert_acknowledge(struct catalogue *c, int64_t alert, const char *by, int64_t now_ms, struct error *err);
/* "none", "cancelled": what the letters say comes by itself. */
int watch_alert_mail(struct catalogue *c, int64_t alert, const char *mail_state, struct error *err);
/* One that is due for a reminder: 1, 0, or -1.  *ret_partner and *ret_facts, its latest, are freed by the caller. */
int watch_alert_due(struct catalogue *c, int64_t now_ms, struct watch_alert *ret, char **ret_partner,
    char **ret_facts, struct error *err);

/* ---- labels: what staff said */

struct watch_label {
	const char *label, *verdict, *by, *note;	/* by, note: NULL */
	int64_t at_ms, until_ms;	/* until: TIME_NONE */
	int64_t alert;		/* 0: none was open */
};
int watch_label_add(struct catalogue *c, int64_t id, const struct watch_label *l, struct error *err);
int watch_labels(struct catalogue *c, int64_t after,
    void (*each)(void *arg, int64_t number, const char *partner, const char *label, int64_t at_ms), void *arg,
    struct error *err);

#endif
