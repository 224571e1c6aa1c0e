/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters to staff: pure functions from facts to a subject, a plain text in 72
 * columns and an HTML page for a telephone.  Words come from gettext (domain
 * « vigie »); what partners sent is only ever text: never a header, a link
 * or markup.
 */
#ifndef VIGIE_ALERT_LETTER_H
#define VIGIE_ALERT_LETTER_H

#include "alert/facts.h"

enum letter_kind {
	LETTER_ALERT,		/* a verdict fell; also a worse or other one in the same thread */
	LETTER_RECOVERY,	/* it is back */
	LETTER_REMINDER,	/* nobody has answered yet */
	LETTER_BLIND,		/* the lookout itself sees nothing, or nothing of one place */
	LETTER_SEEING,		/* it sees again */
	LETTER_FULL,		/* the disk is, and nobody is read */
	LETTER_ROOM,		/* there is room again */
	LETTER_DIGEST,		/* once a week */
	LETTER_TEST,		/* vigie mail test */
	LETTER_KINDS
};
const char *letter_kind_name(enum letter_kind kind);	/* "alert", … as stored and shown */

struct letter_office {		/* borrowed */
	const char *name;	/* of the office */
	const char *zone;	/* for times: "Europe/Paris" */
	const char *answers;	/* mailbox that takes answers; NULL: commands only */
};

struct digest_count {		/* of one partner that delivers well, this week */
	const char *name;
	int64_t listings, added, removed;
};

struct digest {
	int64_t from_ms, to_ms;
	int64_t blind_since_ms, full_since_ms;	/* the lookout sees nothing, the disk is full; 0: no */
	bool places_blind;		/* nothing is concluded of partners that share a machine or a domain */
	int64_t partners, alive, polls;	/* alive: and answered when they were last asked; polls: made this week */
	int64_t listings, added, changed, removed;
	const struct facts *changed_verdicts;	/* this week, in order of time */
	size_t n_changed_verdicts;
	const struct facts *open;		/* what is uncertain or worse now */
	size_t n_open;
	const struct digest_count *counts;
	size_t n_counts;
};

struct letter {
	enum letter_kind kind;
	struct letter_office office;
	int64_t now_ms;
	const struct facts *facts;	/* of alerts, recoveries, reminders: one or several, grouped */
	size_t n_facts;
	unsigned reminder;		/* which one: 1, 2 … */
	int64_t blind_since_ms;		/* LETTER_BLIND, LETTER_SEEING, LETTER_FULL, LETTER_ROOM */
	const char *const *blind_partners;	/* of one place; none: the lookout itself */
	size_t n_blind_partners;
	const char *blind_domain;	/* that they share; NULL: it is an address */
	const struct digest *digest;
};

struct letter_text {
	char *subject, *text, *html;	/* UTF-8; owned */
};

/* Speak `language` ("fr", "en") from now on, with the translations of `folder`
 * (NULL: $VIGIE_LOCALE, or where they are installed).  For the whole process,
 * before threads are started.  -1: it is not installed, and letters are English. */
int letter_language(const char *language, const char *folder, struct error *err);

void letter_compose(const struct letter *l, struct letter_text *ret);
void letter_text_done(struct letter_text *t);

#endif
