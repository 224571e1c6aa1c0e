/* SPDX-License-Identifier: Apache-2.0 */
/* Lacks feed(). */
#include "vigie_connector.h"

static void *
half_open(const struct vigie_setup *setup, struct vigie_complaint *complaint)
{
	(void)setup;
	(void)complaint;
	return NULL;
}

static void
half_close(void *self)
{
	(void)self;
}

static int
half_first(void *self, struct vigie_request *ret)
{
	(void)self;
	(void)ret;
	return -1;
}

static int
half_begin(void *self, const struct vigie_answer *answer)
{
	(void)self;
	(void)answer;
	return -1;
}

static int
half_end(void *self, struct vigie_next *ret)
{
	(void)self;
	(void)ret;
	return -1;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "half",
	.summary = "has not all the functions",
	.open = half_open,
	.close = half_close,
	.first = half_first,
	.begin = half_begin,
	.end = half_end,
};
