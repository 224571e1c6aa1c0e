/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/blocks.h"

#include <assert.h>
#include <stdarg.h>

#include "base/buf.h"

void
blocks_done(struct blocks *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->list[i].text);
		free(b->list[i].aside);
		free(b->list[i].link);
	}
	free(b->list);
	*b = (struct blocks){ .tone = TONE_PLAIN };
}

static struct block *
last(struct blocks *b)
{
	assert(b->n > 0);
	return &b->list[b->n - 1];
}

void
blocks_add(struct blocks *b, enum block_kind kind, const char *text)
{
	b->list = xrealloc(b->list, b->n + 1, sizeof *b->list);
	b->list[b->n++] = (struct block){ .kind = kind, .text = xstrdup(text) };
}

void
blocks_fmt(struct blocks *b, enum block_kind kind, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	blocks_add(b, kind, text);
	free(text);
}

void
blocks_aside(struct blocks *b, const char *aside)
{
	free(last(b)->aside);
	last(b)->aside = xstrdup(aside);
}

void
blocks_link(struct blocks *b, const char *link)
{
	free(last(b)->link);
	last(b)->link = xstrdup(link);
}
