/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Between the words and whom they are about: older builds kept the words alone. */
static const char unit_separator = '\x1f';

void
memory_done(struct register_memory *m)
{
	free(m->note);
	free(m->about);
	*m = (struct register_memory){ .due_ms = TIME_NONE, .value = -1 };
}

void
memory_settle(struct register_memory *m, const char *about)
{
	bool asked = m->due_ms != TIME_NONE;
	/* What an older build kept is about whom it is asked now, if about anybody. */
	bool differs = about == NULL || (m->about != NULL && strcmp(m->about, about) != 0);
	if (differs) {
		memory_done(m);
		m->unkept = asked;
	}
	if (about != NULL && m->about == NULL)
		m->about = xstrdup(about);
}

void
memory_write(const struct register_memory *m, struct buf *ret)
{
	buf_fmt(ret, "%lld %lld %s", (long long)m->due_ms, (long long)m->value, m->note != NULL ? m->note : "");
	if (m->about != NULL)
		buf_fmt(ret, "%c%s", unit_separator, m->about);
}

void
memory_read(struct register_memory *m, const char *text)
{
	long long due_ms, value;
	int words = 0;
	if (text == NULL || sscanf(text, "%lld %lld %n", &due_ms, &value, &words) < 2 || words == 0)
		return;
	memory_done(m);
	m->due_ms = due_ms;
	m->value = value;
	text += words;
	size_t len = strcspn(text, (char[]){ unit_separator, '\0' });
	m->note = len > 0 ? xstrndup(text, len) : NULL;
	m->about = text[len] != '\0' ? xstrdup(text + len + 1) : NULL;
}
