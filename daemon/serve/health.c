/* SPDX-License-Identifier: Apache-2.0 */
/* For supervisors: is the process there, and can it answer? */
#include "serve/routes.h"

static const struct variant text[] = { { "text", "text/plain; charset=utf-8", NULL }, { .name = NULL } };

static int
live(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	(void)x;
	(void)r;
	(void)err;
	a->unstable = true;
	buf_str(&a->body, "alive\n");
	return 0;
}

const struct route health_routes[] = {
	{ .path = "/livez", .methods = METHOD_GET, .handle = live, .variants = text, .id = "livez",
	    .summary = "The process lives.", .tag = "Health", .flags = ROUTE_NO_CATALOGUE },
	{ .path = NULL },
};
