/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full.  The hashes are good already. */
#include "catalogue/idset.h"

#include "base/buf.h"

void
idset_done(struct idset *s)
{
	free(s->slots);
	*s = (struct idset)IDSET_INIT;
}

/* Where `hash` is or would be. */
static size_t
slot_of(const struct idset *s, uint64_t hash)
{
	size_t i = (size_t)hash & (s->cap - 1);
	while (s->slots[i] != 0 && s->slots[i] != hash)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static void
grow(struct idset *s)
{
	struct idset bigger = { .n = s->n, .cap = s->cap ? s->cap * 2 : 64 };
	bigger.slots = xcalloc(bigger.cap, sizeof *bigger.slots);
	for (size_t i = 0; i < s->cap; i++)
		if (s->slots[i] != 0)
			bigger.slots[slot_of(&bigger, s->slots[i])] = s->slots[i];
	free(s->slots);
	*s = bigger;
}

void
idset_add(struct idset *s, uint64_t hash)
{
	hash += hash == 0;
	if (s->n * 2 >= s->cap)
		grow(s);
	size_t i = slot_of(s, hash);
	s->n += s->slots[i] == 0;
	s->slots[i] = hash;
}

bool
idset_has(const struct idset *s, uint64_t hash)
{
	hash += hash == 0;
	return s->cap > 0 && s->slots[slot_of(s, hash)] == hash;
}
