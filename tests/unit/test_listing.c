/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "normalise/listing.h"

static void
fill(struct listing *l)
{
	listing_clear(l);
	l->text[LISTING_EXTERNAL_ID] = (struct text){ "a\0b", 3 };
	l->text[LISTING_TITLE] = (struct text){ "Café", 5 };
	l->text[LISTING_LOCALITY] = (struct text){ "", 0 };
	l->text[LISTING_PROPERTIES] = (struct text){ "{}", 2 };
	l->integer[LISTING_PRICE_MINOR] = -1;
	l->integer[LISTING_CAPACITY] = INT64_MAX;
	l->real[LISTING_LATITUDE] = 44.5003;
	l->place = LISTING_OUTSIDE;
	l->published = true;
}

static void
assert_text(const struct listing *l, enum listing_text i, const char *s, size_t len)
{
	assert_non_null(l->text[i].s);
	assert_int_equal(l->text[i].len, len);
	assert_memory_equal(l->text[i].s, s, len);
}

static void
clear_leaves_no_value(void **state)
{
	struct listing l;
	(void)state;
	memset(&l, 0x55, sizeof l);
	listing_clear(&l);
	for (int i = 0; i < LISTING_TEXTS; i++)
		assert_null(l.text[i].s);
	for (int i = 0; i < LISTING_INTEGERS; i++)
		assert_true(l.integer[i] == LISTING_NO_INTEGER);
	for (int i = 0; i < LISTING_REALS; i++)
		assert_true(isnan(l.real[i]));
	assert_false(l.published);
}

static void
flat_form_comes_back(void **state)
{
	struct listing l, m;
	struct buf b = BUF_INIT;
	(void)state;
	fill(&l);
	buf_str(&b, "before");
	listing_flatten(&l, &b);
	assert_int_equal(listing_unflatten(b.data + 6, b.len - 6, &m), 0);
	assert_text(&m, LISTING_EXTERNAL_ID, "a\0b", 3);
	assert_text(&m, LISTING_TITLE, "Café", 5);
	assert_text(&m, LISTING_LOCALITY, "", 0);
	assert_text(&m, LISTING_PROPERTIES, "{}", 2);
	assert_null(m.text[LISTING_URL].s);
	assert_true(m.integer[LISTING_PRICE_MINOR] == -1);
	assert_true(m.integer[LISTING_CAPACITY] == INT64_MAX);
	assert_true(m.integer[LISTING_RATING_COUNT] == LISTING_NO_INTEGER);
	assert_true(m.real[LISTING_LATITUDE] == 44.5003);
	assert_true(isnan(m.real[LISTING_RATING]));
	assert_int_equal(m.place, LISTING_OUTSIDE);
	assert_true(m.published);
	buf_done(&b);
}

/* Hashes compare flat forms: NaNs and zeros of any sign are one value each. */
static void
equal_listings_have_equal_bytes(void **state)
{
	struct listing l, m;
	struct buf a = BUF_INIT, b = BUF_INIT;
	(void)state;
	fill(&l);
	memset(&m, 0xaa, sizeof m);
	fill(&m);
	l.real[LISTING_RATING] = (double)NAN;
	m.real[LISTING_RATING] = -(double)NAN;
	l.real[LISTING_LONGITUDE] = 0.0;
	m.real[LISTING_LONGITUDE] = -0.0;
	listing_flatten(&l, &a);
	listing_flatten(&m, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	m.text[LISTING_URL] = (struct text){ "", 0 };
	buf_clear(&b);
	listing_flatten(&m, &b);
	assert_int_equal(a.len, b.len);
	assert_true(memcmp(a.data, b.data, a.len) != 0);
	buf_done(&a);
	buf_done(&b);
}

static void
broken_flat_forms_are_refused(void **state)
{
	struct listing l, m;
	struct buf b = BUF_INIT;
	(void)state;
	fill(&l);
	listing_flatten(&l, &b);
	for (size_t len = 0; len < b.len; len++) {
		char *copy = xstrndup(b.data, len);	/* so that sanitizers see the end */
		assert_int_equal(listing_unflatten(copy, len, &m), -1);
		free(copy);
	}
	buf_char(&b, 'x');
	assert_int_equal(listing_unflatten(b.data, b.len, &m), -1);
	buf_cut(&b, b.len - 1);
	assert_int_equal(listing_unflatten(b.data, b.len, &m), 0);
	b.data[0] ^= 1;
	assert_int_equal(listing_unflatten(b.data, b.len, &m), -1);
	b.data[0] ^= 1;
	b.data[4] = 3;		/* place */
	assert_int_equal(listing_unflatten(b.data, b.len, &m), -1);
	buf_done(&b);
}

static void
names_and_kinds(void **state)
{
	int n = 0;
	(void)state;
	for (int i = 0; i < LISTING_TEXTS; i++)
		assert_non_null(listing_text_names[i]);
	assert_string_equal(listing_text_names[LISTING_EXTERNAL_ID], "external_id");
	assert_string_equal(listing_text_names[LISTING_PROPERTIES], "properties");
	while (listing_kinds[n] != NULL)
		n++;
	assert_int_equal(n, 14);
	assert_true(listing_kind_valid("camper_van", 10));
	assert_false(listing_kind_valid("camper_van", 6));
	assert_false(listing_kind_valid("", 0));
	assert_false(listing_kind_valid("Boat", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clear_leaves_no_value),
		cmocka_unit_test(flat_form_comes_back),
		cmocka_unit_test(equal_listings_have_equal_bytes),
		cmocka_unit_test(broken_flat_forms_are_refused),
		cmocka_unit_test(names_and_kinds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
