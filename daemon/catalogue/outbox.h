/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters to staff, and what each is about.
 *
 *	waiting ─► sending ─► sent
 *	   ▲          │─────► refused	the mail server will not have it
 *	   └──────────┤
 *	              └─────► given-up	tried for days
 *
 * A letter belongs to whoever claimed it until `until_ms`; a claim that ran out
 * is given to the next who asks.  An item (« event note ») is in one letter
 * to a recipient, ever.
 */
#ifndef VIGIE_CATALOGUE_OUTBOX_H
#define VIGIE_CATALOGUE_OUTBOX_H

#include "catalogue/catalogue.h"

struct outbox_note {		/* something to be told to somebody; all borrowed */
	const char *recipient;
	const char *kind;	/* of the letter */
	const char *note;	/* what happened */
	const char *facts;
	int64_t alert;		/* 0: none */
	const char *follows;	/* note whose thread it goes into; NULL: a new one */
	bool only_if_told;	/* nothing, if that note never reached this recipient */
	const char *domain;	/* of message ids */
	int64_t now_ms, due_ms;	/* due: of a new letter */
};
/* Puts it into a letter that waits for the same recipient, or into a new one. */
int outbox_tell(struct catalogue *c, const struct outbox_note *n, struct error *err);
/* Takes an alert's notes out of letters that were never tried, or that speak of
 * nothing else.  *ret_told: somebody knows of it, or will. */
int outbox_cancel(struct catalogue *c, int64_t alert, bool *ret_told, struct error *err);
/* The same of one note. */
int outbox_cancel_note(struct catalogue *c, const char *note, bool *ret_told, struct error *err);
/* Whether a letter with that note was sent to anybody. */
int outbox_was_sent(struct catalogue *c, const char *note, bool *ret, struct error *err);
/* From letters that were refused or given up, so that outbox_tell() tells it again to whom it never reached; the
 * letters themselves stay known as lost.  *ret: there were such. */
int outbox_forget_lost(struct catalogue *c, const char *note, bool *ret, struct error *err);

struct outbox_letter {		/* owned */
	int64_t letter;
	char *recipient, *kind, *thread, *message_id;	/* thread: NULL */
	char *subject, *text, *html;	/* NULL until it is composed */
	int64_t created_ms, attempts, first_failure_ms;	/* TIME_NONE */
};
/* The oldest that is due at `now_ms`: 1, 0 none, or -1. */
int outbox_claim(struct catalogue *c, int64_t now_ms, int64_t until_ms, struct outbox_letter *ret, struct error *err);
/* Any of them, by its number: 1, 0, -1. */
int outbox_get(struct catalogue *c, int64_t letter, struct outbox_letter *ret, struct error *err);
void outbox_letter_done(struct outbox_letter *l);
int outbox_items(struct catalogue *c, int64_t letter,
    void (*each)(void *arg, const char *note, const char *facts), void *arg, struct error *err);
int outbox_compose(struct catalogue *c, const struct outbox_letter *l, struct error *err);

struct outbox_attempt {
	const char *state;	/* "sent", "waiting", "refused", "given-up" */
	const char *error;	/* NULL */
	int64_t now_ms, due_ms;
};
/* « waiting »: unless all that it is about is over, then it is called back. */
int outbox_end(struct catalogue *c, int64_t letter, const struct outbox_attempt *a, struct error *err);

struct outbox_status {
	int64_t waiting;
	int64_t next_due_ms;	/* TIME_NONE: nothing waits */
	int64_t oldest_ms;	/* when the oldest that waits was written; TIME_NONE */
	int64_t stuck_since_ms;	/* first failure of the oldest that failed; TIME_NONE */
	char last_error[256];	/* of that letter */
};
int outbox_status(struct catalogue *c, struct outbox_status *ret, struct error *err);

struct outbox_losses {		/* refused or given up */
	int64_t letters;
	int64_t last_ms;	/* TIME_NONE: none */
	char last_error[256];
};
int outbox_losses(struct catalogue *c, int64_t since_ms, struct outbox_losses *ret, struct error *err);
/* Drops letters that are done and older than `before_ms`. */
int outbox_prune(struct catalogue *c, int64_t before_ms, struct error *err);

#endif
