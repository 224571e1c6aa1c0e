/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to ask for next: the six ways of paging.
 *
 *	none         one document is all
 *	page         page=1, 2, 3 …		until the total or an empty page
 *	offset       offset=0, 100, 200 …	likewise
 *	cursor       the answer names a token	until it names none, or an empty page
 *	next-url     the answer names a link	until it names none
 *	link-header  Link: <…>; rel="next"	(RFC 8288) until there is none
 *
 * {page}, {offset}, {limit} and {cursor} in the request's URL or body are
 * replaced; without them parameters are added to the URL.  A feed whose last
 * page is empty and names itself as the next one (RPDE) ends there.  Loops are
 * the host's to find.
 */
#ifndef VIGIE_JSON_PAGING_H
#define VIGIE_JSON_PAGING_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "json/expr.h"
#include "vigie_connector.h"

enum paging_style { PAGING_NONE, PAGING_PAGE, PAGING_OFFSET, PAGING_CURSOR, PAGING_NEXT_URL, PAGING_LINK_HEADER };

struct paging {
	/* settings, borrowed */
	enum paging_style style;
	const char *url, *body;
	const char *page_param, *offset_param, *size_param, *cursor_param;
	int64_t first_page, page_size;	/* page_size 0: the partner's own */
	struct expr *cursor, *next, *total;	/* owned by the connector; NULL: none */

	/* state */
	int64_t page;			/* pages ended so far */
	uint64_t items;			/* in all pages so far */
	int64_t total_seen;		/* -1: none was declared */
	struct buf ret_url, ret_body;
};

int paging_style_parse(const char *name, enum paging_style *ret);
void paging_done(struct paging *p);
void paging_first(struct paging *p, struct vigie_request *ret);

/* One page ended, with `items` of them; `envelope` is the rest of its document
 * and may be NULL. */
void paging_next(struct paging *p, const cJSON *envelope, const struct vigie_answer *answer,
    uint64_t items, struct vigie_next *ret);

/* Target of the first link with relation `rel` in Link header fields that were
 * joined by commas; false if there is none.  The target is appended. */
bool link_header_find(const char *fields, const char *rel, struct buf *out);

#endif
