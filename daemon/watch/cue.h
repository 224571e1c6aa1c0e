/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases that betray the end of a service, or a name that is for sale, in
 * French and English: one sentence at a time, without regard to case, accents
 * and punctuation.  Pure.
 *
 * A phrase does not count where the sentence takes it back: negations,
 * conditions (terms of use say what would happen if…), closing days and
 * seasons, and subjects other than the service (a page, a road, a farm).
 */
#ifndef VIGIE_WATCH_CUE_H
#define VIGIE_WATCH_CUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cue_family {
	CUE_END,		/* it stops, closes, is wound up */
	CUE_UNAVAILABLE,	/* the service is no more to be had */
	CUE_FAREWELL,		/* thanks for all those years */
	CUE_DATA,		/* take your data, your money, before… */
	CUE_JOINS,		/* joins another name: by itself news, no end */
	CUE_MIGRATES,		/* and asks to sign up there */
	CUE_SALE,		/* this domain name is for sale, has expired */
	CUE_SALE_MAYBE,		/* "domaine à vendre": a vineyard, maybe */
	CUE_ADS,		/* related searches, sponsored links */
	CUE_CHECK,		/* checking your browser */
	CUE_FAMILIES
};

enum { CUE_SENTENCE_MAX = 600, CUE_WORDS_MAX = 120, CUE_WORD_MAX = 24 };

struct cue_hit {
	enum cue_family family;
	bool plain;		/* means that on a page which says little else */
	bool final;		/* "definitely": no season, no works */
	bool ours;		/* said of the service, or by those who run it */
};

struct cue_word {
	char text[CUE_WORD_MAX + 1];	/* lower case, no accents; longer ones are cut */
	bool capital;			/* its first letter was one */
};

struct cue_sentence {
	struct cue_word words[CUE_WORDS_MAX];
	size_t n;
};

/* The words of a sentence of valid UTF-8; what does not fit is left out. */
void cue_words(const char *s, size_t len, struct cue_sentence *ret);
/* Does it hold these words?  "a|b" is either, "ferm%" a beginning, "*" up to
 * three words, "@" one with a capital. */
bool cue_says(const struct cue_sentence *s, const char *pattern);
/* At most one hit of each family; returns how many. */
size_t cue_find(const struct cue_sentence *s, struct cue_hit hits[CUE_FAMILIES]);

/* Marks in the source of a page (lower case), which people do not see. */
enum cue_mark {
	MARK_PARK,		/* a host of domain parks or markets */
	MARK_CHALLENGE,		/* a content network's challenge */
	MARKS
};
bool cue_marked(enum cue_mark mark, const char *lower, size_t len);
/* A name server of a domain park? */
bool cue_park_server(const char *name);

#endif
