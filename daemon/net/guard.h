/* SPDX-License-Identifier: Apache-2.0 */
/* What a partner may make us connect to: schemes, addresses, domains. */
#ifndef VIGIE_NET_GUARD_H
#define VIGIE_NET_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"

/* Loopback, private, link-local, unique-local, shared (RFC 6598), multicast,
 * documentation, unspecified, and IPv4 inside IPv6 of those (RFC 6890). */
bool guard_address_private(const struct sockaddr *sa);

enum { GUARD_DOMAIN_MAX = 256 };	/* bytes of a host name, with its NUL */

/* Registrable domain ("eatwith.com" of "fr.vizeat.eatwith.com"), from the
 * public suffix list; an IP address or a suffix itself is its own.  Copies
 * into `out`; -1 if the URL has no host or it does not fit. */
int guard_registrable(const char *url, char *out, size_t out_size);
/* Whether a registry sells names like this one: not one below "github.io", which the list calls private,
 * nor one below another's name. */
bool guard_is_registered(const char *domain);
bool guard_same_site(const char *url_a, const char *url_b);

/* The absolute URL that `target` means in `base` (RFC 3986), without fragment
 * and unchecked; NULL if it is not an address.  `base` NULL: `target` stands
 * alone.  The caller frees. */
char *guard_join(const char *base, const char *target);

/* Resolve `target` against `base`; the caller frees.  NULL with
 * ERROR_BLOCKED for a scheme other than http(s), a user name, or nonsense,
 * ERROR_REDIRECT when it leaves the registrable domain of `base` or goes from
 * https to http.  With `base` NULL, a first URL is checked. */
char *guard_resolve(const char *base, const char *target, struct error *err);

/* The URL without user, password and fragment, and without the query
 * parameters named in `secret_params`, whatever their case (NULL: without any
 * query).  "(not an address)" for what is not a URL.  The caller frees. */
char *guard_redact(const char *url, const char *const *secret_params, size_t n);

#endif
