/* SPDX-License-Identifier: Apache-2.0 */
#include "base/said.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Where `whom` is, or would be. */
static size_t
position(const struct said *s, const char *whom)
{
	size_t low = 0, high = s->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(s->whom[middle], whom) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
is_at(const struct said *s, size_t at, const char *whom)
{
	return at < s->n && strcmp(s->whom[at], whom) == 0;
}

enum log_level
said_begins(struct said *s, const char *whom, enum log_level level)
{
	whom = whom != NULL ? whom : "";
	size_t at = position(s, whom);
	if (is_at(s, at, whom))
		return LOG_DEBUG;
	s->whom = xrealloc(s->whom, s->n + 1, sizeof *s->whom);
	memmove(&s->whom[at + 1], &s->whom[at], (s->n - at) * sizeof *s->whom);
	s->whom[at] = xstrdup(whom);
	s->n++;
	return level;
}

enum log_level
said_ends(struct said *s, const char *whom)
{
	whom = whom != NULL ? whom : "";
	size_t at = position(s, whom);
	if (!is_at(s, at, whom))
		return LOG_NEVER;
	free(s->whom[at]);
	s->n--;
	memmove(&s->whom[at], &s->whom[at + 1], (s->n - at) * sizeof *s->whom);
	return LOG_NOTICE;
}

void
said_done(struct said *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->whom[i]);
	free(s->whom);
	*s = (struct said){ NULL, 0 };
}
