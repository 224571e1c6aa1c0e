/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A letter before it is written down: blocks of text, in order, from which the
 * plain text and the HTML are made.  So both say the same, and one place
 * each wraps and escapes.
 */
#ifndef VIGIE_ALERT_BLOCKS_H
#define VIGIE_ALERT_BLOCKS_H

#include <stddef.h>

struct buf;

enum block_kind {
	BLOCK_TITLE,		/* what happened, in a sentence */
	BLOCK_LEAD,		/* the most important sentence after it */
	BLOCK_HEADING,
	BLOCK_PARAGRAPH,
	BLOCK_ITEM,		/* of a list; aside: when, and how much it weighs */
	BLOCK_ANSWER,		/* a button; aside: what is typed; link: a mailto: */
	BLOCK_COMMAND,		/* aside: what is typed on the machine */
	BLOCK_SMALL,		/* small print */
	BLOCK_KINDS
};

struct block {
	enum block_kind kind;
	char *text;
	char *aside, *link;	/* NULL: none */
};

/* The colour of the band on top. */
enum tone { TONE_PLAIN, TONE_GOOD, TONE_CARE, TONE_BAD, TONES };

struct blocks {
	enum tone tone;
	struct block *list;
	size_t n;
};

void blocks_done(struct blocks *b);
void blocks_add(struct blocks *b, enum block_kind kind, const char *text);
void blocks_fmt(struct blocks *b, enum block_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* To the block that was added last. */
void blocks_aside(struct blocks *b, const char *aside);
void blocks_link(struct blocks *b, const char *link);

enum { LETTER_COLUMNS = 72 };
void blocks_text(const struct blocks *b, struct buf *out);
/* `title`: of the page, text. */
void blocks_html(const struct blocks *b, const char *title, struct buf *out);

#endif
