/* SPDX-License-Identifier: Apache-2.0 */
#include "json/listed.h"

#include "base/buf.h"

enum { SIZE_FIRST = 256 };

/* FNV-1a, and the end of MurmurHash3 for the low bits that choose a slot. */
static uint64_t
hash_of(const char *id, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)id[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	return h != 0 ? h : 1;
}

/* Where it stands, or where there is room for it. */
static uint64_t *
slot_of(const struct listed *s, uint64_t hash)
{
	size_t i = hash & (s->size - 1);
	while (s->slots[i] != 0 && s->slots[i] != hash)
		i = (i + 1) & (s->size - 1);
	return &s->slots[i];
}

static void
grow(struct listed *s)
{
	struct listed bigger = { .n = s->n, .size = s->size > 0 ? s->size * 2 : SIZE_FIRST };
	bigger.slots = xcalloc(bigger.size, sizeof *bigger.slots);
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i] != 0)
			*slot_of(&bigger, s->slots[i]) = s->slots[i];
	free(s->slots);
	*s = bigger;
}

void
listed_done(struct listed *s)
{
	free(s->slots);
	*s = (struct listed){ NULL, 0, 0 };
}

void
listed_add(struct listed *s, const char *id, size_t len)
{
	if (s->n * 2 >= s->size)
		grow(s);
	uint64_t hash = hash_of(id, len), *slot = slot_of(s, hash);
	s->n += *slot == 0;
	*slot = hash;
}

bool
listed_has(const struct listed *s, const char *id, size_t len)
{
	return s->size > 0 && *slot_of(s, hash_of(id, len)) != 0;
}
