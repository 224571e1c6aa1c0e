/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of a connector: what it frames, emits and rejects goes
 * through the normaliser onto the stage.  `struct vigie_run` is this.
 */
#ifndef VIGIE_SYNC_INTAKE_H
#define VIGIE_SYNC_INTAKE_H

#include "catalogue/known.h"
#include "catalogue/stage.h"
#include "normalise/normalise.h"
#include "vigie_connector.h"

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

enum { EXPECTED_MAX = 16, WATERMARK_MAX_BYTES = 8192 };

struct vigie_run {
	/* set by the owner */
	struct normaliser *normaliser;
	struct known *known;		/* NULL: nothing is known */
	struct stage *stage;
	uint64_t seed;
	const struct intake_observer *observer;	/* NULL: nobody */
	struct vigie_host host;		/* what the connector calls; intake_host fills it in */

	/* counted */
	uint64_t items;			/* framed in all kept pages */
	uint64_t listings, rejected, tombstones, outside;
	int64_t total;			/* declared last; -1: never */
	bool total_changed;		/* two pages declared different ones */
	int64_t total_before;
	bool window;			/* the connector says that absence means nothing */
	bool in_order;			/* and that a later item of an identifier is the younger one */
	char *watermark;		/* owned; for the next run; NULL: as before */
	struct error error;		/* why the connector failed, or the stage */

	/* items that will be asked for, from `next_expected` on */
	struct vigie_bytes expected[EXPECTED_MAX];
	struct raw_hash expected_hash[EXPECTED_MAX];
	size_t n_expected, next_expected;

	/* the item that is being read */
	const char *raw;
	size_t raw_len;
	struct raw_hash hash;

	/* where the page began */
	struct stage_mark mark;
	uint64_t items_mark;
	uint64_t page_hash;	/* of its items so far, in order: two pages with the same are one */
};

/* What a connector is given, borrowed from `in`; `remark` is in there if the observer wants to know. */
const struct vigie_host *intake_host(struct vigie_run *in);

void intake_init(struct vigie_run *in);
void intake_done(struct vigie_run *in);
/* A page begins; another attempt at it starts here again. */
void intake_page_begin(struct vigie_run *in);
int intake_page_rewind(struct vigie_run *in, struct error *err);
uint64_t intake_page_items(const struct vigie_run *in);
/* Before connector->item(): an item out of quarantine. */
void intake_replay(struct vigie_run *in, const char *raw, size_t len);

#endif
