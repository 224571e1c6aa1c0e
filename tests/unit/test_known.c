/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "catalogue/known.h"

static struct raw_hash
hash_of(uint32_t n)
{
	return raw_hash((const char *)&n, sizeof n, 1);
}

static void
test_empty(void **state)
{
	(void)state;
	struct known *k = known_new(0);
	struct known_item item;
	size_t pos = 0;
	assert_false(known_mark(k, hash_of(1)));
	assert_int_equal(known_count(k), 0);
	assert_int_equal(known_seen(k), 0);
	assert_false(known_next(k, &pos, &item));
	known_free(k);
	known_free(NULL);
}

static void
test_seed_changes_hash(void **state)
{
	(void)state;
	struct raw_hash a = raw_hash("x", 1, 1), b = raw_hash("x", 1, 2), again = raw_hash("x", 1, 1);
	assert_true(a.low != b.low && a.high != b.high);
	assert_true(a.low == again.low && a.high == again.high);
}

static void
test_many(void **state)
{
	(void)state;
	enum { N = 100000 };
	struct known *k = known_new(10);	/* far too few: it grows */
	for (uint32_t i = 1; i <= N; i++)
		known_add(k, hash_of(i), i);
	assert_int_equal(known_count(k), N);
	for (uint32_t i = 1; i <= N; i += 3)
		assert_true(known_mark(k, hash_of(i)));
	for (uint32_t i = N + 1; i <= 2 * N; i++)
		assert_false(known_mark(k, hash_of(i)));
	assert_int_equal(known_seen(k), (N + 2) / 3);
	/* Marking again counts nothing twice. */
	assert_true(known_mark(k, hash_of(1)));
	assert_int_equal(known_seen(k), (N + 2) / 3);
	size_t pos = 0, n = 0;
	for (struct known_item item; known_next(k, &pos, &item); n++)
		assert_int_equal(item.seen, item.row % 3 == 1);
	assert_int_equal(n, N);
	known_free(k);
}

static void
test_rows_of_one_hash(void **state)
{
	(void)state;
	enum { N = 50000 };
	struct known *k = known_new(N);
	for (uint32_t i = 1; i <= N; i++)
		known_add(k, hash_of(i % 2), i);
	for (int i = 0; i < 1000; i++)
		assert_true(known_mark(k, hash_of(1)));
	assert_int_equal(known_seen(k), N / 2);
	assert_true(known_mark(k, hash_of(0)));
	assert_int_equal(known_seen(k), N);
	known_free(k);
}

static void
test_bad_items(void **state)
{
	(void)state;
	struct known *k = known_new(3);
	known_add(k, hash_of(1), 5);
	known_add_bad(k, hash_of(2), 5);
	known_add_bad(k, hash_of(1), 6);	/* one item, half of it unreadable */
	assert_int_equal(known_count(k), 1);
	assert_true(known_mark(k, hash_of(2)));
	assert_int_equal(known_seen(k), 0);
	assert_true(known_mark(k, hash_of(1)));
	assert_int_equal(known_seen(k), 1);
	size_t pos = 0, bad = 0, good = 0;
	for (struct known_item item; known_next(k, &pos, &item);) {
		assert_true(item.seen);
		bad += item.bad;
		good += !item.bad && item.row == 5;
	}
	assert_int_equal(bad, 2);
	assert_int_equal(good, 1);
	known_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_seed_changes_hash),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_rows_of_one_hash),
		cmocka_unit_test(test_bad_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
