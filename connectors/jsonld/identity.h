/* SPDX-License-Identifier: Apache-2.0 */
/* Which listing is this one of a page?  `page`: the page's address. */
#ifndef VIGIE_JSONLD_IDENTITY_H
#define VIGIE_JSONLD_IDENTITY_H

#include "jsonld/graph.h"
#include "lib/hashes.h"

/* Sets `dropped` of what has no name, where another block of the page has the
 * same thing with one.  Before the others. */
void identity_drop_parts(struct graph *g);

/* Appends the identifier; of one listing among several of one address its date
 * stands behind it, else its name. */
void identity_key(const struct graph *g, size_t i, const char *page, struct buf *out);

/*
 * Two pages that call what they are about the same (the number of a company that
 * has several houses, say) but have other names for it, in one language: these
 * are two listings.  What another page shows of it may be called something else.
 * True for the second.  `claims`, at first empty, goes with the run: identifier,
 * language and kind of page -> hash of the first name.
 */
bool identity_contested(const struct graph *g, size_t i, const char *page, const char *language, struct hashes *claims);

#endif
