/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which address comes next: robots.txt of each host before anything else of
 * it, then sitemaps, then pages.  Nothing is asked for twice, nothing that
 * robots.txt forbids, nothing of another site.
 *
 * What could not be read is kept as trouble; a crawl that had any has not seen
 * everything, and crawl_verdict says so at its end.
 */
#ifndef VIGIE_JSONLD_CRAWL_H
#define VIGIE_JSONLD_CRAWL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "vigie_connector.h"

enum {
	CRAWL_DEPTH_MAX = 3,		/* indexes above a sitemap of pages */
	CRAWL_SITEMAPS_MAX = 500,
	CRAWL_HOSTS_MAX = 8,
	CRAWL_PAGES_MAX = 50000,	/* what at_most may be */
	CRAWL_QUEUE_MAX_BYTES = 16 << 20,
	CRAWL_TROUBLES_IN_A_ROW = 5
};

enum crawl_role {
	CRAWL_ROBOTS,
	CRAWL_START,	/* the partner's own address: a sitemap or a page */
	CRAWL_SITEMAP,
	CRAWL_PAGE
};

struct crawl_options {		/* borrowed */
	const char *start;
	const char *pages, *sitemaps;	/* globs, separated by spaces, "!" before those to leave out; NULL: all */
	uint64_t at_most;		/* pages */
};

struct crawl;

/* NULL if `start` is no address. */
struct crawl *crawl_new(const struct crawl_options *options);
void crawl_free(struct crawl *c);	/* takes NULL */

/* The next address; NULL: that was all.  Borrowed until the next call. */
const char *crawl_next(struct crawl *c);
/* What the address that crawl_next gave last is. */
enum crawl_role crawl_role(const struct crawl *c);

/* robots.txt came; NULL: there is none. */
void crawl_robots(struct crawl *c, const char *text, size_t len);
/* An address in the sitemap that is being read, at `base`. */
void crawl_found(struct crawl *c, const char *base, const char *loc, bool index);
/* An answer came from `url` (after redirects); a page when it is one. */
void crawl_came(struct crawl *c, const char *url, bool page);
/* None came.  False: the crawl makes no sense any more. */
bool crawl_absent(struct crawl *c, int status);
/* The current address could not be read. */
void crawl_trouble(struct crawl *c, enum vigie_failure why, const char *text);

/* At the end: true if everything was seen; else *ret_why and why in words. */
bool crawl_verdict(const struct crawl *c, enum vigie_failure *ret_why, struct buf *text);
size_t crawl_pages(const struct crawl *c);	/* that came */

#endif
