/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

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

/* A test of the time that this takes, by its size: what grows with the square of it would take minutes. */
enum { MANY = 1 << 19 };

static struct known *
made_of(struct raw_hash (*hash)(uint32_t i), uint32_t n)
{
	struct known *k = known_new(n);
	for (uint32_t i = 0; i < n; i++)
		known_add(k, hash(i), i);
	known_seal(k);
	return k;
}

static struct raw_hash
counted_low(uint32_t i)
{
	return (struct raw_hash){ i, 0 };
}

static struct raw_hash
counted_upper(uint32_t i)
{
	return (struct raw_hash){ (uint64_t)i << 32, 77 };
}

static struct raw_hash
counted_high(uint32_t i)
{
	return (struct raw_hash){ 77, i };
}

static struct raw_hash
one(uint32_t i)
{
	(void)i;
	return (struct raw_hash){ 77, 77 };
}

static struct raw_hash
one_of_two(uint32_t i)
{
	return (struct raw_hash){ i % 2, 0 };
}

static struct raw_hash (*const chosen[])(uint32_t) = { counted_low, counted_upper, counted_high, one, one_of_two };

static void
test_chosen_hashes(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof chosen / sizeof *chosen; c++) {
		struct known *k = made_of(chosen[c], MANY);
		for (uint32_t i = MANY; i-- > 0;)
			assert_true(known_mark(k, chosen[c](i)));
		known_free(k);
	}
}

static void
test_chosen_places(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof chosen / sizeof *chosen; c++) {
		struct known *k = made_of(chosen[c], MANY);
		for (int again = 0; again < 4; again++)
			assert_true(known_mark_span(k, 0, MANY));
		assert_int_equal(known_seen(k), MANY);
		assert_false(known_mark_span(k, 1, MANY));
		known_free(k);
	}
}

/* Its own, and those of its hash that were added before it. */
static void
test_place_in_the_middle(void **state)
{
	(void)state;
	struct known *k = made_of(one_of_two, 1000);
	struct known_item item;
	size_t pos = 0;
	assert_true(known_mark_span(k, 501, 1));
	while (known_next(k, &pos, &item))
		assert_int_equal(item.seen, item.row % 2 == 1 && item.row <= 501);
	assert_true(known_mark_span(k, 999, 1));
	assert_int_equal(known_seen(k), 500);
	assert_true(known_mark_span(k, 0, 1));
	assert_int_equal(known_seen(k), 501);
	known_free(k);
}

static void
test_for_another_process(void **state)
{
	(void)state;
	enum { N = 1000 };
	struct known *k = known_new(N);
	size_t bytes;
	for (uint32_t i = 0; i < N; i++)
		known_add(k, hash_of(i), i);
	known_seal(k);
	int fd = known_file(NULL);
	assert_int_not_equal(fd, -1);
	assert_int_equal(known_write(k, fd, &bytes, NULL), 0);
	assert_int_equal(write(fd, "", 1), -1);
	struct known *there = known_map(fd, bytes);
	assert_non_null(there);
	assert_false(known_mark(there, hash_of(N)));
	for (uint32_t i = N; i-- > 0;) {
		assert_true(known_mark(there, hash_of(i)));
		assert_int_equal(known_found(there), i);
	}
	known_free(there);
	(void)close(fd);
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
		cmocka_unit_test(test_chosen_hashes),
		cmocka_unit_test(test_chosen_places),
		cmocka_unit_test(test_place_in_the_middle),
		cmocka_unit_test(test_for_another_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
