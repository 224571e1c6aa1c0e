/* SPDX-License-Identifier: Apache-2.0 */
/* Where the HTTP server listens: on this machine only. */
#ifndef VIGIE_CONFIG_LISTEN_H
#define VIGIE_CONFIG_LISTEN_H

#include <stdint.h>

#include "base/error.h"

struct listen_address {
	char *text;		/* as it was written */
	char *path;		/* of a Unix socket; NULL */
	int family;		/* else AF_INET or AF_INET6 */
	unsigned char address[16];
	uint16_t port;		/* 0: any that is free */
};

/* The next of a list that is separated by blanks: 1, 0 at its end (also of "none"), -1. */
int listen_next(const char **at, struct listen_address *ret, struct error *err);
void listen_address_done(struct listen_address *a);

/* What links begin with where no request says it: `url`, or else the first of the addresses; without a slash at its
 * end.  The caller frees it. */
char *listen_url(const char *url, const char *listen);

#endif
