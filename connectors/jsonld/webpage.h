/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A web page, as far as listings stand in it: its JSON-LD scripts, and its
 * microdata.  Read by libxml2's HTML parser without a tree.
 */
#ifndef VIGIE_JSONLD_WEBPAGE_H
#define VIGIE_JSONLD_WEBPAGE_H

#include "base/buf.h"
#include "jsonld/microdata.h"

enum { WEBPAGE_MAX_BYTES = 4 << 20, WEBPAGE_DEPTH_MAX = 500 };

struct webpage {
	const char *content_type;	/* borrowed */
	void (*script)(void *arg, const char *text, size_t len);	/* each JSON-LD block */
	void *arg;
	struct microdata *microdata;	/* borrowed */
	struct buf *language;		/* to which that of <html> is added; borrowed */
};

/* NULL, or why it was not read to its end (a constant). */
const char *webpage_read(const struct webpage *w, const char *html, size_t len);

#endif
