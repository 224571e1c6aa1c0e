/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to ask for next: the six ways of paging.
 *
 *	none         one document is all
 *	page         page=1, 2, 3 …		until the total or an empty page
 *	offset       offset=0, 100, 200 …	likewise
 *	cursor       the answer names a token	until it names none, or an empty page
 *						the one that it was asked with
 *	next-url     the answer names a link	until it names none
 *	link-header  Link: <…>; rel="next"	(RFC 8288) until there is none
 *
 * {page}, {offset}, {limit} and {cursor} in the request's URL or body are
 * replaced; without them parameters are added to the URL.  A feed whose last
 * page is empty and names itself as the next one (RPDE) ends there.  Loops are
 * the host's to find.
 *
 * A link or a token that is there and is none, an object say, is no end: the run
 * fails.  So it does after its last page when a total was no number, or something
 * else is in doubt.
 */
#ifndef VIGIE_LIB_PAGING_H
#define VIGIE_LIB_PAGING_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "lib/expr.h"
#include "vigie_connector.h"

/* The rows of a connector's option table that paging_open reads. */
#define PAGING_OPTIONS \
	{ "paging", VIGIE_OPTION_CHOICE, NULL, "none", false, \
	    "none page offset cursor next-url link-header", "how the next page is asked for" }, \
	{ "page_param", VIGIE_OPTION_TEXT, NULL, "page", false, NULL, \
	    "URL parameter that carries the page's number" }, \
	{ "first_page", VIGIE_OPTION_INTEGER, NULL, "1", false, NULL, "number of the first page" }, \
	{ "offset_param", VIGIE_OPTION_TEXT, NULL, "offset", false, NULL, \
	    "URL parameter that carries how many items to skip" }, \
	{ "size_param", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL, \
	    "URL parameter that carries page_size" }, \
	{ "page_size", VIGIE_OPTION_INTEGER, NULL, "0", false, NULL, \
	    "items to ask for at once; 0: what the partner gives" }, \
	{ "cursor", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL, \
	    "pointer to the token of the next page: a value, or an array of values" }, \
	{ "cursor_param", VIGIE_OPTION_TEXT, NULL, "cursor", false, NULL, \
	    "URL parameter that carries the token" }, \
	{ "next", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL, \
	    "pointer to the link of the next page; null there also ends numbered pages" }, \
	{ "total", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL, \
	    "pointer to how many items there are in all; a run that does not find them is partial" }

/* Pages of a list that has no more, and never says so. */
enum { PAGING_EMPTY_MAX = 100 };

enum paging_style { PAGING_NONE, PAGING_PAGE, PAGING_OFFSET, PAGING_CURSOR, PAGING_NEXT_URL, PAGING_LINK_HEADER };

struct paging {
	/* settings, borrowed */
	const struct vigie_host *host;
	struct vigie_run *run;
	enum paging_style style;
	const char *url, *body;
	const char *page_param, *offset_param, *size_param, *cursor_param;
	int64_t first_page, page_size;	/* page_size 0: the partner's own */
	struct expr *cursor, *next, *total;	/* owned; NULL: none */

	/* state */
	int64_t page;			/* pages ended so far */
	uint64_t items;			/* in all pages so far */
	unsigned empty;			/* pages in a row without any, with tokens */
	int64_t total_seen;		/* -1: none was declared */
	struct buf doubt;		/* why this may not be all there is; empty: it is */
	struct buf ret_url, ret_body;
};

/* Reads the settings of a section; -1 with *c.  paging_done in any case. */
int paging_open(struct paging *p, const struct vigie_setup *setup, const char *section, struct vigie_complaint *c);
void paging_done(struct paging *p);
void paging_first(struct paging *p, struct vigie_request *ret);

/* The declared total, into total_seen; false if the envelope has none. */
bool paging_total(struct paging *p, const cJSON *envelope);

/* It may not be all there is: paging_next fails after the last page.  The first
 * reason counts. */
void paging_doubt(struct paging *p, const char *why);

/* One page ended, with `items` of them; `envelope` is the rest of its document
 * and may be NULL.  -1: the host was told why (fail). */
int paging_next(struct paging *p, const cJSON *envelope, const struct vigie_answer *answer,
    uint64_t items, struct vigie_next *ret);

/* Target of the first link with relation `rel` in Link header fields that were
 * joined by commas: 1, and it is appended; 0: there is none; -1: none was found,
 * and there is something else between the links, or in their place. */
int link_header_find(const char *fields, const char *rel, struct buf *out);

#endif
