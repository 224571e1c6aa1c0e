/* SPDX-License-Identifier: Apache-2.0 */
/* Its functions are never called: the table is refused first. */
#include "vigie_connector.h"

static void *
bad_open(const struct vigie_setup *setup, struct vigie_complaint *complaint)
{
	(void)setup;
	(void)complaint;
	return NULL;
}

static void
bad_close(void *self)
{
	(void)self;
}

static int
bad_first(void *self, struct vigie_request *ret)
{
	(void)self;
	(void)ret;
	return -1;
}

static int
bad_begin(void *self, const struct vigie_answer *answer)
{
	(void)self;
	(void)answer;
	return -1;
}

static int
bad_feed(void *self, const char *chunk, size_t len)
{
	(void)self;
	(void)chunk;
	(void)len;
	return -1;
}

static int
bad_end(void *self, struct vigie_next *ret)
{
	(void)self;
	(void)ret;
	return -1;
}

static const struct vigie_option options[] = {
	{ "fine", VIGIE_OPTION_INTEGER, NULL, "1", false, NULL, "All is well." },
	{ "style", VIGIE_OPTION_CHOICE, NULL, "loud", false, "plain fancy", "Its default is no choice." },
	{ .type = VIGIE_OPTION_END },
};

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "bad_option",
	.summary = "has a table that breaks its contract",
	.options = options,
	.open = bad_open,
	.close = bad_close,
	.first = bad_first,
	.begin = bad_begin,
	.feed = bad_feed,
	.end = bad_end,
};
