/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of pages (RFC 3986), as far as a crawl has to read them. */
#ifndef VIGIE_JSONLD_WEBADDR_H
#define VIGIE_JSONLD_WEBADDR_H

#include <stdbool.h>
#include <stddef.h>

enum { WEBADDR_MAX_BYTES = 2048 };

/*
 * The absolute http(s) address that `target` means in `base` (NULL: it stands
 * alone), escaped, with a host in small letters and without default port.  With
 * `fragment`, what follows "#" stays.  NULL for other schemes, user names, hosts
 * that are not ASCII, and what is too long.  The caller frees.
 */
char *webaddr_join(const char *base, const char *target, bool fragment);

/* Bytes of "https://host:port" at the start of what webaddr_join made. */
size_t webaddr_origin(const char *url);
/* Its path and query: never empty. */
const char *webaddr_path(const char *url);
/* The site's first page: path "/" and no query. */
bool webaddr_is_root(const char *url);

/* Is the host of `url` that of `start`, or below it (« www. » does not count)? */
bool webaddr_same_site(const char *start, const char *url);

#endif
