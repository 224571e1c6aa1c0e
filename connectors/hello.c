/* SPDX-License-Identifier: Apache-2.0 */
/* hello: the smallest whole connector. Each line of text is a listing: "ID TITLE". */
#include <stdlib.h>
#include <string.h>

#include "vigie_connector.h"

struct hello {
	struct vigie_setup setup;
	char line[512];
	size_t len;
};

static void *hello_open(const struct vigie_setup *setup, struct vigie_complaint *complaint) {
	struct hello *h = calloc(1, sizeof *h);
	if (h == NULL)
		*complaint = (struct vigie_complaint){ .text = "out of memory" };
	else
		h->setup = *setup;
	return h;
}

static int hello_first(void *self, struct vigie_request *ret) {
	return ret->url = ((struct hello *)self)->setup.url, 0;
}

static int hello_begin(void *self, const struct vigie_answer *answer) {
	return (void)answer, ((struct hello *)self)->len = 0, 0;
}

static int hello_item(void *self, const char *raw, size_t len) {
	const struct vigie_setup *s = &((struct hello *)self)->setup;
	const char *space = memchr(raw, ' ', len), *title = space ? space + 1 : raw + len;
	const struct vigie_field fields[] = {
		{ VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, raw, space ? (size_t)(space - raw) : len },
		{ VIGIE_TITLE, VIGIE_TEXT, NULL, title, (size_t)(raw + len - title) },
	};
	return s->host->emit(s->run, fields, 2), 0;
}

static int hello_feed(void *self, const char *chunk, size_t len) {
	struct hello *h = self;
	for (; len > 0 && h->len < sizeof h->line; chunk++, len--) {
		if (*chunk != '\n')
			h->line[h->len++] = *chunk;
		else if (h->setup.host->known(h->setup.run, h->line, h->len) || hello_item(h, h->line, h->len) == 0)
			h->len = 0;
	}
	return len == 0 ? 0 : (h->setup.host->fail(h->setup.run, VIGIE_TOO_BIG, "a line is over 512 bytes"), -1);
}

static int hello_end(void *self, struct vigie_next *ret) {
	struct hello *h = self;
	ret->more = false;
	return h->len == 0 ? 0 : (h->setup.host->fail(h->setup.run, VIGIE_TRUNCATED, "the last line has no end"), -1);
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = { VIGIE_CONNECTOR_ABI, "hello", "lines of text",
	.open = hello_open, .close = free, .first = hello_first, .begin = hello_begin, .feed = hello_feed,
	.end = hello_end, .item = hello_item };
