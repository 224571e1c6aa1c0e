/* SPDX-License-Identifier: Apache-2.0 */
/* Listings as plain pages for people: what items.c answers to a browser. */
#ifndef VIGIE_SERVE_ITEMS_H
#define VIGIE_SERVE_ITEMS_H

#include "serve/html.h"
#include "serve/links.h"

struct items_page {
	const char *title;
	const uint64_t *matched;	/* NULL: it is not known */
	struct html html;
};

/* begin ─► row … ─► end */
void items_begin(struct items_page *p, struct exchange *x, const struct request *r, struct answer *a);
void items_row(void *page, const struct listing_row *row);
void items_end(struct items_page *p, const struct links *links);

/* One of them, with all that is known of it. */
void items_listing(struct exchange *x, const struct request *r, struct answer *a, const struct listing_row *row,
    const struct links *links);

#endif
