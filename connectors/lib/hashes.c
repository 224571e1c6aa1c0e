/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hashes.h"

#include <xxhash.h>

#include "base/buf.h"

static struct hashes_slot *
find(struct hashes_slot *slots, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);
	while (slots[i].hash != 0 && slots[i].hash != hash)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static void
grow(struct hashes *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : 64;
	struct hashes_slot *slots = xcalloc(cap, sizeof *slots);
	for (size_t i = 0; i < h->cap; i++)
		if (h->slots[i].hash != 0)
			*find(slots, cap, h->slots[i].hash) = h->slots[i];
	free(h->slots);
	h->slots = slots;
	h->cap = cap;
}

static uint64_t
hash_of(const char *text)
{
	return XXH3_64bits(text, strlen(text)) | 1;
}

uint32_t
hashes_get(const struct hashes *h, const char *text)
{
	return h->cap > 0 ? find(h->slots, h->cap, hash_of(text))->number : 0;
}

uint32_t *
hashes_at(struct hashes *h, const char *text)
{
	uint64_t hash = hash_of(text);
	if (h->n * 2 >= h->cap)
		grow(h);
	struct hashes_slot *slot = find(h->slots, h->cap, hash);
	h->n += slot->hash == 0;
	slot->hash = hash;
	return &slot->number;
}

void
hashes_done(struct hashes *h)
{
	free(h->slots);
	*h = (struct hashes){ NULL, 0, 0 };
}
