/* SPDX-License-Identifier: Apache-2.0 */
#include "config/report.h"

#include <stdarg.h>

#include "base/buf.h"

enum { TEXT_MAX = 1024 };

void
report_problem(const struct report *r, struct place at, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	struct config_problems *p = r->problems;
	p->list = xrealloc(p->list, p->n + 1, sizeof *p->list);
	p->list[p->n++] = (struct config_problem){
		xstrdup(at.file != NULL ? at.file : r->file), at.line, xstrdup(text), xstrdup(r->partner),
		xstrdup(r->hook),
	};
}

static bool
is_later(const struct report *r, const struct config_problem *a, const struct config_problem *b)
{
	bool own_a = strcmp(a->file, r->file) == 0, own_b = strcmp(b->file, r->file) == 0;
	return own_a == own_b ? a->line > b->line : own_b;
}

/* Insertion: stable, and there are few. */
void
report_sort(const struct report *r, size_t first)
{
	struct config_problem *list = r->problems->list;
	for (size_t i = first + 1; i < r->problems->n; i++) {
		struct config_problem p = list[i];
		size_t j = i;
		for (; j > first && is_later(r, &list[j - 1], &p); j--)
			list[j] = list[j - 1];
		list[j] = p;
	}
}

void
config_problems_done(struct config_problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].file);
		free(p->list[i].text);
		free(p->list[i].partner);
		free(p->list[i].hook);
	}
	free(p->list);
	p->list = NULL;
	p->n = 0;
}
