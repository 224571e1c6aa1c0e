/* SPDX-License-Identifier: Apache-2.0 */
/* A good connector with an option of every type; open() complains about the
 * values "bad" and about a depth of 13. */
#include "vigie_connector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
picky_open(const struct vigie_setup *setup, struct vigie_complaint *complaint)
{
	for (size_t i = 0; i < setup->n_settings; i++) {
		const struct vigie_setting *s = &setup->settings[i];
		if (strcmp(s->value, "bad") != 0)
			continue;
		complaint->section = s->section;
		complaint->name = s->name;
		(void)snprintf(complaint->text, sizeof complaint->text, "\"bad\" is not good");
		return NULL;
	}
	return setup->max_depth == 13 ? NULL : malloc(1);
}

static void
picky_close(void *self)
{
	free(self);
}

static int
picky_first(void *self, struct vigie_request *ret)
{
	(void)self;
	(void)ret;
	return 0;
}

static int
picky_begin(void *self, const struct vigie_answer *answer)
{
	(void)self;
	(void)answer;
	return 0;
}

static int
picky_feed(void *self, const char *chunk, size_t len)
{
	(void)self;
	(void)chunk;
	(void)len;
	return 0;
}

static int
picky_end(void *self, struct vigie_next *ret)
{
	(void)self;
	ret->more = false;
	return 0;
}

static const struct vigie_option options[] = {
	{ "where", VIGIE_OPTION_TEXT, NULL, NULL, true, NULL, "Where to look." },
	{ "count", VIGIE_OPTION_INTEGER, NULL, "7", false, NULL, "How many." },
	{ "strict", VIGIE_OPTION_BOOLEAN, NULL, "no", false, NULL, "Whether it is strict." },
	{ "style", VIGIE_OPTION_CHOICE, NULL, "plain", false, "plain fancy", "In which way." },
	{ "note", VIGIE_OPTION_TEXT, "notes", NULL, false, NULL, "A note." },
	{ "first", VIGIE_OPTION_TEXT, "fields", NULL, false, NULL, "A field with a name of its own." },
	{ "*", VIGIE_OPTION_TEXT, "fields", NULL, false, NULL, "A field." },
	{ .type = VIGIE_OPTION_END },
};

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "picky",
	.summary = "for tests",
	.options = options,
	.open = picky_open,
	.close = picky_close,
	.first = picky_first,
	.begin = picky_begin,
	.feed = picky_feed,
	.end = picky_end,
};
