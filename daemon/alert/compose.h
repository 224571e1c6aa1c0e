/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of the kinds of letters share. */
#ifndef VIGIE_ALERT_COMPOSE_H
#define VIGIE_ALERT_COMPOSE_H

#include "alert/blocks.h"
#include "alert/letter.h"
#include "alert/letter_words.h"

enum {
	NAME_MAX_BYTES = 120,
	PARTNERS_MAX = 12,	/* of one letter; of more than these only the number is told */
};

struct pen {
	const struct letter *letter;
	struct zone zone;
	struct blocks blocks;
	struct buf subject;
};

/* A block of the translated `text` with its values in place. */
void pen_fill(struct pen *p, enum block_kind kind, const char *text, const struct words_values *values);
/* The partner's name, or what it is called in the settings; cleaned. */
void pen_name(struct buf *out, const struct facts *f);
/* How long its trouble has lasted, in words. */
void pen_lasting(const struct pen *p, struct buf *out, const struct facts *f);

void compose_partners(struct pen *p);	/* LETTER_ALERT, _RECOVERY, _REMINDER */
void compose_one(struct pen *p, const struct facts *f);	/* all that is told of one partner */
void compose_facts(struct pen *p, const struct facts *f);	/* and that without what can be answered */
void compose_answers(struct pen *p, const char *partner);
void compose_digest(struct pen *p);

#endif
