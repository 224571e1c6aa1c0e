/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sitemap (sitemaps.org): XML, of pages or of other sitemaps, or text with
 * an address on each line.  Read as it arrives, by lib/xml_stream.h.  lastmod
 * is not read: it is seldom right.
 */
#ifndef VIGIE_JSONLD_SITEMAP_H
#define VIGIE_JSONLD_SITEMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "vigie_connector.h"

/* An address, as it is written there; `index`: of another sitemap. */
typedef void sitemap_fn(void *arg, const char *loc, bool index);

struct sitemap;

/* `content_type`: the header, for its character set. */
struct sitemap *sitemap_new(bool xml, const char *content_type, sitemap_fn *on_loc, void *arg);
void sitemap_free(struct sitemap *s);	/* takes NULL */

/* -1: it cannot be read; sitemap_problem says why, then only. */
int sitemap_feed(struct sitemap *s, const char *chunk, size_t len);
int sitemap_end(struct sitemap *s);
const char *sitemap_problem(const struct sitemap *s);
enum vigie_failure sitemap_failure(const struct sitemap *s);
/* Addresses that were too long to be one. */
size_t sitemap_unreadable(const struct sitemap *s);

#endif
