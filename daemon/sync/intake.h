/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes out of a cage: checked, as if a stranger had sent it, and put onto
 * the stage.
 */
#ifndef VIGIE_SYNC_INTAKE_H
#define VIGIE_SYNC_INTAKE_H

#include "catalogue/known.h"
#include "catalogue/stage.h"
#include "cage/wire.h"
#include "normalise/normalise.h"

/* A field that the partner's file maps is empty in a listing, or what it gave was
 * not understood. */
struct intake_remark {
	uint64_t item;		/* from 1 */
	const char *field;	/* its name in [map]; NULL: the text is about the document */
	const char *text;	/* what stands there instead, or how it is written */
	bool given;		/* there was a value, which was not understood */
};

/* Somebody who watches (vigie try); every member may be NULL. */
struct intake_observer {
	void (*listing)(void *arg, const struct listing *l);
	void (*tombstone)(void *arg, const char *external_id, size_t len);
	void (*rejected)(void *arg, const char *external_id, size_t id_len, const char *reason,
	    const char *raw, size_t raw_len);
	void (*remark)(void *arg, const struct intake_remark *remark);	/* after its listing */
	void *arg;
};

enum { WATERMARK_MAX_BYTES = 8192 };

struct intake {
	/* set by the owner */
	struct known *known;		/* NULL: nothing is known */
	struct stage *stage;
	uint64_t page_max_bytes;	/* of the stage, made of one page; 0: any */
	const struct intake_observer *observer;	/* NULL: nobody */

	/* counted */
	uint64_t items;			/* framed in all kept pages */
	uint64_t listings, rejected, tombstones, outside;
	int64_t total;			/* declared last; -1: never */
	bool total_changed;		/* two pages declared different ones */
	int64_t total_before;
	bool asked;			/* the cage was told of a page, and has not begun it; the owner sets it */
	bool window;			/* the connector says that absence means nothing */
	char *watermark;		/* owned; for the next run; NULL: as before */
	struct normalise_notes notes;
	struct error error;		/* why the connector failed, or the stage */

	/* what the cage has answered */
	bool answered, more;
	bool failed;			/* `error` says why, if the connector did */
	char *next_url, *next_body;	/* any bytes but NUL; NULL: none */
	unsigned lack;			/* enum confine_lack */
	uint64_t page_hash;	/* of its items, in order: two pages with the same are one */

	struct buf mended;		/* of a text that is checked */

	/* where the page began */
	struct stage_mark mark;
	uint64_t items_mark;
	bool rewound;			/* what was marked as known may have been so by an attempt that broke */
};

void intake_init(struct intake *in);
void intake_done(struct intake *in);
/* A page begins; another attempt at it starts here again. */
void intake_page_begin(struct intake *in);
int intake_page_rewind(struct intake *in, struct error *err);
uint64_t intake_page_items(const struct intake *in);
/* A message out of the cage, its own copy.  -1: it is not what a cage says. */
int intake_hear(struct intake *in, enum wire_kind kind, const char *s, size_t len);

#endif
