/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that were given twice, for the next who asks the same while the
 * catalogue is as it was.  Of the loop's thread.  When it is full, what was not
 * asked for longest goes.  Who reads page after page asks for each of them once:
 * that puts nothing in the place of what others ask for, and its memory is
 * that of the page before, which the processor still has at hand.
 */
#ifndef VIGIE_SERVE_CACHE_H
#define VIGIE_SERVE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { CACHE_BYTES = 8 << 20, CACHE_BODY_MAX = 256 << 10 };

struct kept {			/* an answer; counted references */
	unsigned references;
	char *key;
	char *type, *headers;	/* as struct answer has them */
	int max_age_s;
	bool gzip;		/* the body is */
	struct buf body;
	/* of the cache */
	struct cache *cache;
	struct kept *same_bucket, *newer, *older;
};

struct cache;
struct cache *cache_new(void);
void cache_free(struct cache *c);	/* takes NULL */
/* NULL: it is not there.  A reference of the cache's: take one of your own before the next call. */
struct kept *cache_get(struct cache *c, const char *key);
/* Adds what is not too large and comes for the second time, with a reference of its own. */
void cache_put(struct cache *c, struct kept *k);
void cache_clear(struct cache *c);	/* the catalogue has changed */

/*
 * The memory of bodies goes from one answer to the next: a page's is large
 * enough for malloc() to tidy up after each of them.
 */
struct buf cache_body(struct cache *c);		/* empty, with memory or without */
void cache_spare(struct cache *c, struct buf *body);	/* is no longer needed, and empty afterwards */

/* One reference; what it refers to is the caller's to fill in.  Dropped before the cache is freed. */
struct kept *kept_new(struct cache *c);
void kept_take(struct kept *k);
void kept_drop(void *k);		/* frees it with the last reference */

#endif
