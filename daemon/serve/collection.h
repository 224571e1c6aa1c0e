/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collections: « all », and each kind of which there are listings.  What they
 * hold comes from the tally, so nothing is searched.
 */
#ifndef VIGIE_SERVE_COLLECTION_H
#define VIGIE_SERVE_COLLECTION_H

#include "catalogue/reading.h"

enum { COLLECTIONS_MAX = 32 };

struct collection {
	const char *id;			/* « all », or a kind */
	const char *title;		/* to be translated */
	uint64_t count;
	struct box extent;		/* holds all of them; of the world, when none has a position */
};

struct collections {
	struct collection list[COLLECTIONS_MAX];
	size_t n;			/* 1 at least: « all » is always there, and first */
};

void collections_read(struct tally *t, struct collections *ret);
/* The one of that name, whose id is `id` itself; false: there is none. */
bool collection_read(struct tally *t, const char *id, struct collection *ret);
/* Its name for people, to be translated; of a kind that we have no word for, itself. */
const char *collection_title(const char *id);

#endif
