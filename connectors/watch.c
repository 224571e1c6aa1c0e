/* SPDX-License-Identifier: Apache-2.0 */
/* watch: no listings.  The partner's web site is asked for, and whatever it
 * answers is let pass: that it answers is all that is wanted. */
#include <stdlib.h>

#include "vigie_connector.h"

struct watch {
	const char *url;
};

static void *
watch_open(const struct vigie_setup *setup, struct vigie_complaint *complaint)
{
	struct watch *w = calloc(1, sizeof *w);
	if (w == NULL)
		*complaint = (struct vigie_complaint){ .text = "out of memory" };
	else
		w->url = setup->url;
	return w;
}

static int
watch_first(void *self, struct vigie_request *ret)
{
	const struct watch *w = self;
	*ret = (struct vigie_request){ .url = w->url };
	return 0;
}

static int
watch_begin(void *self, const struct vigie_answer *answer)
{
	(void)self;
	(void)answer;
	return 0;
}

static int
watch_feed(void *self, const char *chunk, size_t len)
{
	(void)self;
	(void)chunk;
	(void)len;
	return 0;
}

static int
watch_end(void *self, struct vigie_next *ret)
{
	(void)self;
	*ret = (struct vigie_next){ .more = false };
	return 0;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "watch",
	.summary = "no listings: whether the partner's web site is still there",
	.open = watch_open,
	.close = free,
	.first = watch_first,
	.begin = watch_begin,
	.feed = watch_feed,
	.end = watch_end,
	.presence = true,
};
