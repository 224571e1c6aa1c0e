/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of letters: sentences for each verdict and each piece of evidence, and
 * numbers, times and chances as a person says them.  In the language that
 * letter_language() chose.
 */
#ifndef VIGIE_ALERT_LETTER_WORDS_H
#define VIGIE_ALERT_LETTER_WORDS_H

#include <libintl.h>

#include "alert/blocks.h"
#include "alert/facts.h"
#include "normalise/zone.h"

#define LETTER_DOMAIN "vigie"
#define _(text) dgettext(LETTER_DOMAIN, text)
#define N_(text) text
#define n_(one, many, n) dngettext(LETTER_DOMAIN, one, many, (unsigned long)(n))

const char *letter_language_tag(void);	/* "fr" */

/* Sentences about one verdict, all to be translated; in them {name} stands for
 * the partner, {lasting} for how long it lasts, {value} for what was read. */
struct verdict_words {
	enum tone tone;
	const char *subject;
	const char *title;
	const char *state;	/* a few words, for lists */
	const char *happened;
	const char *visitors;	/* what to tell them */
	const char *steps[3];	/* what to do; NULL: none */
	bool on_site;		/* the first of them is done on its web site */
};
const struct verdict_words *words_verdict(enum verdict verdict);
/* Of what is known of a partner: an end that it announces is told otherwise than one of which only registers speak. */
const struct verdict_words *words_facts(const struct facts *f);
/* … what happened, also to one that sends no offers. */
const char *words_happened(const struct facts *f);

struct words_values {
	const char *name, *lasting, *value;	/* NULL: "" */
};
/* Appends the translation of `text` with its values in place. */
void words_fill(struct buf *out, const char *text, const struct words_values *values);

/* A sentence; `lasting`: how long, in words.  Appends; false: nothing to tell. */
bool words_reason(struct buf *out, const struct fact_reason *r, const char *lasting);
const char *words_weight(double log_odds);
/* « almost certain (98 %) » */
void words_chance(struct buf *out, double probability);

/* Text that others wrote, fit for a letter: one line, no control characters, no
 * addresses, at most `max` bytes. */
void words_remote(struct buf *out, const char *s, size_t max);

/* ---- words_time.c */
/* « 3 days » */
void words_lasting(struct buf *out, int64_t duration_ms);
/* « Tuesday 17 November, 14:05 »; the year if it is not that of `now_ms`. */
void words_time(struct buf *out, int64_t t_ms, int64_t now_ms, const struct zone *zone);
/* « 17 November » */
void words_day(struct buf *out, int64_t t_ms, const struct zone *zone);
/* « 3 days ago » */
void words_ago(struct buf *out, int64_t t_ms, int64_t now_ms);
/* « 12,345 » */
void words_count(struct buf *out, int64_t n);

#endif
