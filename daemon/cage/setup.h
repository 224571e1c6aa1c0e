/* SPDX-License-Identifier: Apache-2.0 */
/* What a cage is told of the partner it reads: all that decides how, and no secret. */
#ifndef VIGIE_CAGE_SETUP_H
#define VIGIE_CAGE_SETUP_H

#include "cage/wire.h"
#include "config/config.h"
#include "normalise/normalise.h"

struct cage_setup {
	const struct partner_config *partner;
	const struct config *config;	/* the shared settings */
	const char *watermark;		/* NULL: none */
	uint64_t seed;
	bool curious;			/* remarks are wanted */
	unsigned cpu_s;
};

/* The same inside; every text is owned by it. */
struct setup {
	char *connectors_dir, *connector, *url, *body, *watermark, *member;
	struct vigie_setting *settings;
	size_t n_settings;
	unsigned max_depth, cpu_s;
	uint64_t max_body_bytes, seed;
	size_t known;			/* bytes of the table of what is known; 0: there is none */
	bool curious;
	struct normalise_options normalise;
};

/* All but the last number, `known`. */
void setup_put(const struct cage_setup *s, struct buf *out);
/* The process ends with it: nothing of it is freed.  -1: it is not whole. */
int setup_take(struct wire_cursor *c, struct setup *ret);

#endif
