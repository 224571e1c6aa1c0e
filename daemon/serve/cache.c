/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/cache.h"

#include <xxhash.h>

enum { BUCKETS = 1024, ENTRY_BYTES = 256, ONCE = 4096 };
enum { SPARES = 64, SPARE_MIN = 16 << 10, SPARE_MAX = 64 << 10 };

struct cache {
	uint32_t once[ONCE];		/* hashes of what was asked for once */
	struct kept *buckets[BUCKETS];
	struct kept *newest, *oldest;
	size_t bytes;
	struct buf spares[SPARES];
	size_t n_spares;
};

struct cache *
cache_new(void)
{
	return xcalloc(1, sizeof(struct cache));
}

struct buf
cache_body(struct cache *c)
{
	return c->n_spares > 0 ? c->spares[--c->n_spares] : (struct buf)BUF_INIT;
}

void
cache_spare(struct cache *c, struct buf *body)
{
	if (body->cap < SPARE_MIN || body->cap > SPARE_MAX || c->n_spares == SPARES) {
		buf_done(body);
		return;
	}
	buf_clear(body);
	c->spares[c->n_spares++] = *body;
	*body = (struct buf)BUF_INIT;
}

struct kept *
kept_new(struct cache *c)
{
	struct kept *k = xcalloc(1, sizeof *k);
	k->references = 1;
	k->cache = c;
	return k;
}

void
kept_take(struct kept *k)
{
	k->references++;
}

void
kept_drop(void *arg)
{
	struct kept *k = arg;
	if (k == NULL || --k->references > 0)
		return;
	cache_spare(k->cache, &k->body);
	free(k->key);
	free(k->type);
	free(k->headers);
	free(k);
}

static size_t
size_of(const struct kept *k)
{
	return ENTRY_BYTES + k->body.cap + strlen(k->key) + strlen(k->headers);
}

static struct kept **
bucket(struct cache *c, const char *key)
{
	return &c->buckets[XXH3_64bits(key, strlen(key)) % BUCKETS];
}

static void
take_out(struct cache *c, struct kept *k)
{
	*(k->newer != NULL ? &k->newer->older : &c->newest) = k->older;
	*(k->older != NULL ? &k->older->newer : &c->oldest) = k->newer;
	k->newer = k->older = NULL;
}

static void
put_first(struct cache *c, struct kept *k)
{
	k->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = k;
	c->newest = k;
}

static void
remove_kept(struct cache *c, struct kept *k)
{
	struct kept **at = bucket(c, k->key);
	while (*at != k)
		at = &(*at)->same_bucket;
	*at = k->same_bucket;
	take_out(c, k);
	c->bytes -= size_of(k);
	kept_drop(k);
}

struct kept *
cache_get(struct cache *c, const char *key)
{
	struct kept *k = *bucket(c, key);
	while (k != NULL && strcmp(k->key, key) != 0)
		k = k->same_bucket;
	if (k != NULL && k != c->newest) {
		take_out(c, k);
		put_first(c, k);
	}
	return k;
}

static bool
is_first_time(struct cache *c, const char *key)
{
	uint64_t hash = XXH3_64bits(key, strlen(key));
	uint32_t *once = &c->once[(hash >> 32) % ONCE];
	bool first = *once != (uint32_t)hash;
	*once = (uint32_t)hash;
	return first;
}

void
cache_put(struct cache *c, struct kept *k)
{
	if (k->body.len > CACHE_BODY_MAX || is_first_time(c, k->key))
		return;
	struct kept *before = cache_get(c, k->key);
	if (before != NULL)
		remove_kept(c, before);
	struct kept **head = bucket(c, k->key);
	k->same_bucket = *head;
	*head = k;
	put_first(c, k);
	kept_take(k);
	c->bytes += size_of(k);
	while (c->bytes > CACHE_BYTES)
		remove_kept(c, c->oldest);
}

void
cache_clear(struct cache *c)
{
	while (c->oldest != NULL)
		remove_kept(c, c->oldest);
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_clear(c);
	while (c->n_spares > 0)
		buf_done(&c->spares[--c->n_spares]);
	free(c);
}
