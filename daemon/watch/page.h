/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a web page says of whoever shows it.  Pure; the page is hostile.
 */
#ifndef VIGIE_WATCH_PAGE_H
#define VIGIE_WATCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_QUOTE_MAX = 200, PAGE_BYTES_MAX = 512 * 1024 };

enum page_kind {
	PAGE_ORDINARY,
	PAGE_CLOSING,		/* says good-bye, in French or English */
	PAGE_PARKED,		/* the name is for sale, or shows a park's advertisements */
	PAGE_CHALLENGE,		/* a content network asks for a browser: somebody is there */
	PAGE_EMPTY,		/* no words */
};

struct page_reading {
	enum page_kind kind;
	char quote[PAGE_QUOTE_MAX];	/* the words that say so, UTF-8, one line; "" */
	unsigned cues;		/* how many independent signs of that kind */
	uint64_t likeness;	/* simhash of the words: see page_alike */
};

/* `type`: the media type of the answer, may be "". */
void page_read(const char *body, size_t len, const char *type, struct page_reading *ret);
/* Whether two pages are the same but for details (soft 404: a path that cannot
 * exist answers like the one that was asked for). */
bool page_alike(uint64_t likeness_a, uint64_t likeness_b);

#endif
