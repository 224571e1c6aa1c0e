/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries stand in the order they were added: that of the rows, in which most
 * partners send their listings again.  So the entry behind the last one that
 * was found is looked at first, and the table is asked only when it is another:
 * buckets of about two, as lists of entries.
 *
 * An entry keeps 64 bits of the hash; its bucket is chosen by them and 32 of the
 * other half, so that 80 of 128 tell a million items apart.
 *
 * The hashes are what a cage said they are, so no choice of them may make one
 * bucket long: buckets are chosen with a random key of this table (Thorup, High
 * Speed Hashing for Integers and Strings, 2015, section 3.3).  Any two hashes that
 * differ share a bucket by chance only; those that do not are found at the first,
 * and marked from any of them until one that is marked, so all marks are linear.
 */
#include "catalogue/known.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"

#define BAD_BIT KNOWN_ROW_END
#define TWIN_BIT UINT32_C(0x80000000)

enum { BUCKET_ENTRIES = 2, BUCKET_BITS_MAX = 30, AHEAD = 16, KEYS = 3, MARKS = 64 /* in a word */ };

struct entry {
	uint64_t low;
	uint32_t link;		/* place + 1 of the next one in its bucket, with TWIN_BIT if one before it
				 * has its hash; until it is sealed, of the hash's other half */
	uint32_t row;		/* with BAD_BIT: a number in quarantine */
};

struct known {
	struct entry *entries;
	size_t n, cap;
	size_t n_bad;
	size_t seen;		/* rows marked, without the bad */
	size_t again;		/* marks of what had one */
	size_t next;		/* what is expected to come: behind the last one found */
	uint64_t *marks;	/* bit per entry; NULL: not sealed yet */
	uint32_t *buckets;	/* place + 1 of the last one added; 0: none */
	unsigned bits;		/* there are 2 to the power of them */
	uint64_t key[KEYS];	/* which of them a hash has */
	void *map;		/* entries and buckets, in another's file; NULL: they are ours */
	size_t map_bytes;
};

struct file_head {
	uint64_t n, bits, key[KEYS];
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
	if (getrandom(k->key, sizeof k->key, 0) != (ssize_t)sizeof k->key)
		abort();
	return k;
}

void
known_free(struct known *k)
{
	if (k == NULL)
		return;
	if (k->map != NULL) {
		(void)munmap(k->map, k->map_bytes);
	} else {
		free(k->entries);
		free(k->buckets);
	}
	free(k->marks);
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
bucket_of(const struct known *k, uint64_t low, uint32_t high)
{
	return (k->key[0] * (uint32_t)low + k->key[1] * (low >> 32) + k->key[2] * high) >> (64 - k->bits);
}

static uint32_t *
bucket(const struct known *k, const struct raw_hash *hash)
{
	return &k->buckets[bucket_of(k, hash->low, (uint32_t)hash->high)];
}

/* The entry in the bucket of `place` + 1 or behind it that has this hash: its
 * place + 1, or 0. */
static uint32_t
find(const struct known *k, uint32_t place, uint64_t low)
{
	while (place != 0 && k->entries[place - 1].low != low)
		place = k->entries[place - 1].link & ~TWIN_BIT;
	return place;
}

static void
put(struct known *k, size_t i)
{
	struct entry *e = &k->entries[i];
	uint32_t *first = &k->buckets[bucket_of(k, e->low, e->link)];
	uint32_t twin = find(k, *first, e->low);
	e->link = *first | (twin != 0 ? TWIN_BIT : 0);
	*first = (uint32_t)i + 1;
	if (twin != 0)
		k->entries[twin - 1].link |= TWIN_BIT;
}

void
known_seal(struct known *k)
{
	if (k->marks != NULL)
		return;
	assert(k->n < TWIN_BIT);
	k->bits = 1;
	while (k->bits < BUCKET_BITS_MAX && k->n >> k->bits >= BUCKET_ENTRIES)
		k->bits++;
	k->buckets = xcalloc((size_t)1 << k->bits, sizeof *k->buckets);
	k->marks = xcalloc(k->n / MARKS + 1, sizeof *k->marks);
	for (size_t i = 0; i < k->n; i++) {
		const struct entry *ahead = &k->entries[i + AHEAD < k->n ? i + AHEAD : i];
		__builtin_prefetch(&k->buckets[bucket_of(k, ahead->low, ahead->link)], 1);
		put(k, i);
	}
}

static bool
marked(const struct known *k, size_t i)
{
	return k->marks != NULL && (k->marks[i / MARKS] >> (i % MARKS) & 1) != 0;
}

static void
mark(struct known *k, size_t i)
{
	bool again = marked(k, i);
	k->again += again;
	k->seen += !again && (k->entries[i].row & BAD_BIT) == 0;
	k->marks[i / MARKS] |= UINT64_C(1) << (i % MARKS);
}

/* Does entry `i` alone have this hash? */
static bool
is_alone(const struct known *k, size_t i, struct raw_hash hash)
{
	return i < k->n && k->entries[i].low == hash.low && (k->entries[i].link & TWIN_BIT) == 0;
}

void
known_fetch(const struct known *k, const struct raw_hash *hashes, size_t n)
{
	if (k->marks == NULL || (k->next + n <= k->n && is_alone(k, k->next + n - 1, hashes[n - 1])))
		return;
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(bucket(k, &hashes[i]));
	for (size_t i = 0; i < n; i++) {
		uint32_t place = *bucket(k, &hashes[i]);
		__builtin_prefetch(&k->entries[place > 0 ? place - 1 : 0]);
	}
}

/* With those of its hash behind it in the bucket.  One that is marked was so with all behind it. */
static void
mark_place(struct known *k, uint32_t place)
{
	const struct entry *e = &k->entries[place];
	if ((e->link & TWIN_BIT) == 0) {
		mark(k, place);
		return;
	}
	const uint64_t low = e->low;
	for (uint32_t at = place + 1; at != 0 && !marked(k, at - 1); at = find(k, k->entries[at - 1].link & ~TWIN_BIT, low))
		mark(k, at - 1);
}

/* Found is the last one added first. */
static bool
mark_all(struct known *k, struct raw_hash hash)
{
	uint32_t place = find(k, *bucket(k, &hash), hash.low);
	if (place == 0)
		return false;
	k->next = place;
	mark_place(k, place - 1);
	return true;
}

bool
known_mark(struct known *k, struct raw_hash hash)
{
	known_seal(k);
	if (!is_alone(k, k->next, hash))
		return mark_all(k, hash);
	mark(k, k->next++);
	return true;
}

size_t
known_places(const struct known *k)
{
	return k->n;
}

uint32_t
known_found(const struct known *k)
{
	return (uint32_t)k->next - 1;
}

bool
known_mark_span(struct known *k, uint32_t place, uint32_t n)
{
	if (k->marks == NULL || place > k->n || n > k->n - place)
		return false;
	for (size_t i = place, end = i + n; i < end; i++) {
		if (i % MARKS == 0 && k->marks[i / MARKS] == UINT64_MAX) {
			k->again += end - i < MARKS ? end - i : MARKS;
			i += MARKS - 1;	/* all of them are */
		} else {
			mark_place(k, (uint32_t)i);
		}
	}
	return true;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
known_file(struct error *err)
{
	int fd = memfd_create("vigie-known", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd != -1 ? fd : error_errno(err, ERROR_SYSTEM, "sharing what is known with a cage");
}

/* Written, not mapped: it takes no memory of this process. */
int
known_write(const struct known *k, int fd, size_t *ret_bytes, struct error *err)
{
	struct file_head head = { .n = k->n, .bits = k->bits };
	size_t n_buckets = (size_t)1 << k->bits;
	assert(k->marks != NULL);
	memcpy(head.key, k->key, sizeof head.key);
	*ret_bytes = sizeof head + k->n * sizeof *k->entries + n_buckets * sizeof *k->buckets;
	if (write_all(fd, &head, sizeof head) == 0 && write_all(fd, k->entries, k->n * sizeof *k->entries) == 0 &&
	    write_all(fd, k->buckets, n_buckets * sizeof *k->buckets) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		return 0;
	return error_errno(err, ERROR_SYSTEM, "sharing what is known with a cage");
}

struct known *
known_map(int fd, size_t bytes)
{
	struct file_head head;
	if (bytes < sizeof head)
		return NULL;
	char *p = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	memcpy(&head, p, sizeof head);
	struct known *k = xcalloc(1, sizeof *k);
	k->map = p;
	k->map_bytes = bytes;
	k->n = (size_t)head.n;
	k->bits = (unsigned)head.bits;
	memcpy(k->key, head.key, sizeof k->key);
	k->entries = (struct entry *)(void *)(p + sizeof head);
	k->buckets = (uint32_t *)(void *)(p + sizeof head + k->n * sizeof *k->entries);
	k->marks = xcalloc(k->n / MARKS + 1, sizeof *k->marks);
	return k;
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

size_t
known_again(const struct known *k)
{
	return k->again;
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
