/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of listings: absolute http or https ones (RFC 3986), without the
 * parameters that only say who sent the visitor.  Order and bytes of all other
 * parameters stay.
 */
#ifndef VIGIE_NORMALISE_URL_H
#define VIGIE_NORMALISE_URL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { URL_MAX = 2048 };

struct url_rules {
	const char *base;	/* of relative ones; NULL: they are refused */
	const char *strip;	/* more parameters to strip, separated by spaces; or NULL */
};

/*
 * Appends the cleaned URL.  "//host/…", "www.host/…" and a host alone
 * ("camping-du-lac.fr") are completed with https; spaces, quotes, angle
 * brackets and bytes that are not ASCII are percent-encoded after the host, tabs
 * and line feeds dropped.  -1, with nothing appended, for another scheme, user
 * names or passwords, an address of e-mail, a host without a dot (but localhost),
 * or more than URL_MAX bytes.
 */
int url_clean(const char *s, size_t len, const struct url_rules *rules, struct buf *out);

#endif
