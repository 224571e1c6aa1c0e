/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries are appended while loading and sorted once, by the first mark: a
 * directory over the hash's leading bits, then each bucket of about four.  A
 * sorted array has no load factor to pay for, and rows of one hash stand
 * together, however many there are.
 */
#include "catalogue/known.h"

#include <assert.h>
#include <xxhash.h>

#include "base/buf.h"

#define BAD_BIT KNOWN_ROW_END

struct entry {
	uint64_t low;
	uint32_t high;		/* 96 bits of the hash are enough to tell items apart */
	uint32_t row;		/* with BAD_BIT: a number in quarantine */
};

struct known {
	struct entry *entries;
	size_t n, cap;
	size_t n_bad;
	size_t seen;		/* rows marked, without the bad */
	uint64_t *marks;	/* bit per entry; NULL: not sorted yet */
	uint32_t *starts;	/* of each bucket, and the end */
	unsigned bits;		/* of the directory */
};

struct raw_hash
raw_hash(const char *raw, size_t len, uint64_t seed)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(raw, len, seed);
	return (struct raw_hash){ .low = h.low64, .high = h.high64 };
}

struct known *
known_new(size_t expected)
{
	struct known *k = xcalloc(1, sizeof *k);
	k->cap = expected;
	k->entries = xmalloc(expected * sizeof *k->entries);
	return k;
}

void
known_free(struct known *k)
{
	if (k == NULL)
		return;
	free(k->entries);
	free(k->marks);
	free(k->starts);
	free(k);
}

static void
append(struct known *k, struct raw_hash hash, uint32_t row)
{
	assert(k->marks == NULL);
	if (k->n == k->cap) {
		k->cap = k->cap ? k->cap + k->cap / 2 + 1 : 64;
		k->entries = xrealloc(k->entries, k->cap, sizeof *k->entries);
	}
	k->entries[k->n++] = (struct entry){ hash.low, (uint32_t)hash.high, row };
}

void
known_add(struct known *k, struct raw_hash hash, uint32_t row)
{
	assert(row < KNOWN_ROW_END);
	append(k, hash, row);
}

void
known_add_bad(struct known *k, struct raw_hash hash, uint32_t number)
{
	assert(number < KNOWN_ROW_END);
	append(k, hash, number | BAD_BIT);
	k->n_bad++;
}

static size_t
bucket_of(const struct known *k, uint64_t low)
{
	return (size_t)(low >> (64 - k->bits));
}

static int
compare_hash(const struct entry *a, const struct entry *b)
{
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return (a->high > b->high) - (a->high < b->high);
}

static int
compare(const void *a, const void *b)
{
	return compare_hash(a, b);
}

/* American flag sort: every entry moves into its bucket, in place. */
static void
distribute(struct known *k, size_t buckets)
{
	uint32_t *next = xmalloc(buckets * sizeof *next);
	memcpy(next, k->starts, buckets * sizeof *next);
	for (size_t b = 0; b < buckets; b++) {
		while (next[b] < k->starts[b + 1]) {
			struct entry e = k->entries[next[b]];
			size_t to = bucket_of(k, e.low);
			struct entry *slot = &k->entries[next[to]++];
			if (to != b) {
				k->entries[next[b]] = *slot;
				*slot = e;
			}
		}
	}
	free(next);
}

static void
sort_bucket(struct entry *e, size_t n)
{
	if (n > 16) {
		qsort(e, n, sizeof *e, compare);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct entry x = e[i];
		size_t j = i;
		for (; j > 0 && compare_hash(&x, &e[j - 1]) < 0; j--)
			e[j] = e[j - 1];
		e[j] = x;
	}
}

void
known_seal(struct known *k)
{
	if (k->marks != NULL)
		return;
	assert(k->n < UINT32_MAX);
	k->bits = 1;
	while (k->bits < 30 && (k->n >> k->bits) > 4)
		k->bits++;
	size_t buckets = (size_t)1 << k->bits;
	k->starts = xcalloc(buckets + 1, sizeof *k->starts);
	for (size_t i = 0; i < k->n; i++)
		k->starts[bucket_of(k, k->entries[i].low) + 1]++;
	for (size_t b = 0; b < buckets; b++)
		k->starts[b + 1] += k->starts[b];
	distribute(k, buckets);
	for (size_t b = 0; b < buckets; b++)
		sort_bucket(k->entries + k->starts[b], k->starts[b + 1] - k->starts[b]);
	k->marks = xcalloc(k->n / 64 + 1, sizeof *k->marks);
}

static bool
marked(const struct known *k, size_t i)
{
	return k->marks != NULL && (k->marks[i / 64] >> (i % 64) & 1) != 0;
}

/* First entry in [from, to) that is not below `key`, or not equal to it. */
static size_t
bound(const struct known *k, const struct entry *key, size_t from, size_t to, bool above)
{
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare_hash(&k->entries[middle], key);
		if (order < 0 || (above && order == 0))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void
known_fetch(const struct known *k, const struct raw_hash *hashes, size_t n)
{
	if (k->marks == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&k->starts[bucket_of(k, hashes[i].low)]);
	for (size_t i = 0; i < n; i++) {
		size_t b = bucket_of(k, hashes[i].low), first = k->starts[b];
		__builtin_prefetch(&k->entries[first]);
		__builtin_prefetch(&k->entries[k->starts[b + 1]]);	/* often in another line */
		__builtin_prefetch(&k->marks[first / 64], 1);
	}
}

size_t
known_mark(struct known *k, struct raw_hash hash)
{
	if (k->n == 0)
		return 0;
	known_seal(k);
	struct entry key = { hash.low, (uint32_t)hash.high, 0 };
	size_t b = bucket_of(k, key.low);
	size_t first = bound(k, &key, k->starts[b], k->starts[b + 1], false);
	size_t end = bound(k, &key, first, k->starts[b + 1], true);
	if (first == end || marked(k, first))
		return end - first;
	for (size_t i = first; i < end; i++) {
		k->marks[i / 64] |= UINT64_C(1) << (i % 64);
		k->seen += (k->entries[i].row & BAD_BIT) == 0;
	}
	return end - first;
}

size_t
known_count(const struct known *k)
{
	return k->n - k->n_bad;
}

size_t
known_seen(const struct known *k)
{
	return k->seen;
}

bool
known_next(const struct known *k, size_t *pos, struct known_item *ret)
{
	if (*pos >= k->n)
		return false;
	uint32_t row = k->entries[*pos].row;
	ret->row = row & ~BAD_BIT;
	ret->bad = (row & BAD_BIT) != 0;
	ret->seen = marked(k, *pos);
	(*pos)++;
	return true;
}
