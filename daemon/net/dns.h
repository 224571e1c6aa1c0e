/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a name exist?  Asked of two or more resolvers, each on its own, so that
 * « there is no such name » (NXDOMAIN) is told from « I cannot say » (SERVFAIL,
 * refused, time-out).  Over UDP; no cache.
 */
#ifndef VIGIE_NET_DNS_H
#define VIGIE_NET_DNS_H

#include "base/error.h"
#include "net/loop.h"

enum dns_outcome {
	DNS_EXISTS,		/* has an address, or exists without one (NODATA, an alias of nothing) */
	DNS_NO_NAME,		/* every resolver that could say says NXDOMAIN, at least two of them
				 * (or the only one that is configured) */
	DNS_FAILING,		/* SERVFAIL or refused by all that answered */
	DNS_DISPUTED,		/* one says that it exists, another NXDOMAIN */
	DNS_UNKNOWN,		/* no answer, or too few */
};

struct dns;
/* `resolvers`: addresses with or without port, separated by spaces or commas;
 * "system" stands for those of /etc/resolv.conf. */
struct dns *dns_new(struct loop *l, const char *resolvers, struct error *err);
void dns_free(struct dns *d);		/* no callback any more; takes NULL */

struct dns_answer {
	enum dns_outcome outcome;
	char address[46];	/* the first one; "" */
};
/* `done` once, from the loop, within about 10 s; a name that cannot
 * be asked for is DNS_UNKNOWN. */
void dns_ask(struct dns *d, const char *name, void (*done)(void *arg, const struct dns_answer *answer), void *arg);

#endif
