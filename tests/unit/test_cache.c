/* SPDX-License-Identifier: Apache-2.0 */
/* serve/cache: which answers are kept, and which go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "serve/cache.h"

/* Gives an answer of `len` bytes to whoever asks for `key`. */
static void
give(struct cache *c, const char *key, size_t len)
{
	struct kept *k = kept_new(c);
	k->key = xstrdup(key);
	k->type = xstrdup("text/plain");
	k->headers = xstrdup("");
	buf_reserve(&k->body, len);
	k->body.len = len;
	cache_put(c, k);
	kept_drop(k);
}

static void
what_is_asked_for_again_is_kept(void **state)
{
	struct cache *c = cache_new();
	(void)state;
	give(c, "once", 10);
	assert_null(cache_get(c, "once"));
	give(c, "again", 10);
	give(c, "again", 20);
	assert_non_null(cache_get(c, "again"));
	assert_int_equal(cache_get(c, "again")->body.len, 20);
	assert_null(cache_get(c, "once"));
	cache_free(c);
}

static void
what_has_changed_is_kept_at_once(void **state)
{
	struct cache *c = cache_new();
	(void)state;
	give(c, "page", 10);
	give(c, "page", 10);
	cache_clear(c);
	assert_null(cache_get(c, "page"));
	give(c, "page", 30);
	assert_int_equal(cache_get(c, "page")->body.len, 30);
	cache_free(c);
}

static void
pages_that_are_read_once_displace_nothing(void **state)
{
	struct cache *c = cache_new();
	char key[32];
	(void)state;
	give(c, "home", 10);
	give(c, "home", 10);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof key, "page %d", i);
		give(c, key, CACHE_BODY_MAX / 2);
	}
	assert_non_null(cache_get(c, "home"));
	cache_free(c);
}

static void
what_was_not_asked_for_longest_goes(void **state)
{
	enum { FIT = CACHE_BYTES / CACHE_BODY_MAX };
	struct cache *c = cache_new();
	char key[32];
	(void)state;
	for (int i = 0; i < FIT; i++)
		for (int times = 0; times < 2; times++) {
			(void)snprintf(key, sizeof key, "page %d", i);
			give(c, key, CACHE_BODY_MAX / 2);
			(void)cache_get(c, "page 0");
		}
	assert_non_null(cache_get(c, "page 0"));
	assert_null(cache_get(c, "page 1"));
	cache_free(c);
}

static void
what_is_too_large_is_not_kept(void **state)
{
	struct cache *c = cache_new();
	(void)state;
	give(c, "page", CACHE_BODY_MAX + 1);
	give(c, "page", CACHE_BODY_MAX + 1);
	assert_null(cache_get(c, "page"));
	cache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_again_is_kept),
		cmocka_unit_test(what_has_changed_is_kept_at_once),
		cmocka_unit_test(pages_that_are_read_once_displace_nothing),
		cmocka_unit_test(what_was_not_asked_for_longest_goes),
		cmocka_unit_test(what_is_too_large_is_not_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
