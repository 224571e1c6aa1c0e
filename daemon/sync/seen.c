/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/seen.h"

#include "base/buf.h"

static bool
insert(struct seen *s, uint64_t hash)
{
	size_t i = (size_t)hash & (s->cap - 1);
	while (s->slots[i] != 0 && s->slots[i] != hash)
		i = (i + 1) & (s->cap - 1);
	bool is_new = s->slots[i] == 0;
	s->slots[i] = hash;
	return is_new;
}

static void
grow(struct seen *s)
{
	struct seen old = *s;
	s->cap = old.cap ? old.cap * 2 : 16;
	s->slots = xcalloc(s->cap, sizeof *s->slots);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i] != 0)
			(void)insert(s, old.slots[i]);
	free(old.slots);
}

bool
seen_add(struct seen *s, uint64_t hash)
{
	if (hash == 0)
		hash = 1;
	if (s->n * 2 >= s->cap)
		grow(s);
	if (!insert(s, hash))
		return false;
	s->n++;
	return true;
}

void
seen_done(struct seen *s)
{
	free(s->slots);
	*s = (struct seen)SEEN_INIT;
}
