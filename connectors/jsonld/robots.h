/* SPDX-License-Identifier: Apache-2.0 */
/*
 * robots.txt (RFC 9309): which pages of a host its owner lets us read.
 *
 * The groups that name us, put together, else those of "*"; the longest rule
 * that matches decides, of two as long the one that allows.  "*" stands for any
 * bytes, "$" at the end for the end.  Percent signs are compared decoded where
 * the byte needs none.  Only the first ROBOTS_MAX_BYTES are read, as the RFC has
 * it.  Crawl-delay is not part of it and is not read: the host's rate budget
 * sets the pace.
 */
#ifndef VIGIE_JSONLD_ROBOTS_H
#define VIGIE_JSONLD_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>

enum { ROBOTS_MAX_BYTES = 500 << 10, ROBOTS_RULES_MAX = 5000, ROBOTS_SITEMAPS_MAX = 100 };

struct robots;

/* `token`: our product token. */
struct robots *robots_new(const char *token);
void robots_free(struct robots *r);	/* takes NULL */

/* Once: the whole document. */
void robots_read(struct robots *r, const char *text, size_t len);

/* `path`: with the query.  A document that was not read allows everything; one
 * of more than ROBOTS_RULES_MAX rules for us allows nothing. */
bool robots_allows(const struct robots *r, const char *path);

/* The n-th Sitemap line, as it was written; NULL: there are no more. */
const char *robots_sitemap(const struct robots *r, size_t n);

#endif
