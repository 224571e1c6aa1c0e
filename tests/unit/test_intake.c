/* SPDX-License-Identifier: Apache-2.0 */
/* sync/intake: what a stranger in a cage may say, and what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sync/intake.h"

enum { MAX_BYTES = 4096 };

static struct intake in;
static struct buf message;

static int
setup(void **state)
{
	(void)state;
	intake_init(&in);
	in.stage = stage_new("/tmp");
	return in.stage == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	stage_free(in.stage);
	intake_done(&in);
	buf_done(&message);
	return 0;
}

static int
hear(enum wire_kind kind)
{
	int rc = intake_hear(&in, kind, buf_cstr(&message), message.len);
	buf_clear(&message);
	return rc;
}

static int
hear_number(enum wire_kind kind, uint64_t n)
{
	wire_put_number(&message, n);
	return hear(kind);
}

static int
hear_bytes(enum wire_kind kind, const char *s, size_t len)
{
	buf_add(&message, s, len);
	return hear(kind);
}

/* A listing that is sound but for this text. */
static int
hear_listing(int column, const char *s, size_t len)
{
	struct listing l;
	struct raw_hash hash = { 1, 2 };
	listing_clear(&l);
	l.text[LISTING_EXTERNAL_ID] = (struct text){ "a", 1 };
	l.text[LISTING_KIND] = (struct text){ "place", 5 };
	l.text[LISTING_PROPERTIES] = (struct text){ "{}", 2 };
	l.text[column] = (struct text){ s, len };
	wire_put(&message, &hash, sizeof hash);
	listing_flatten(&l, &message);
	return hear(WIRE_LISTING);
}

static int
hear_string(int column, const char *s)
{
	return hear_listing(column, s, strlen(s));
}

static int
hear_reject(const char *id, size_t id_len, const char *reason)
{
	struct raw_hash hash = { 1, 2 };
	wire_put(&message, &hash, sizeof hash);
	wire_put_text(&message, id, id_len);
	wire_put_text(&message, "raw", 3);
	wire_put_string(&message, reason);
	return hear(WIRE_REJECT);
}

static struct stage_entry
only_entry(void)
{
	struct stage_entry e;
	assert_int_equal(stage_read_start(in.stage, NULL), 0);
	assert_int_equal(stage_read(in.stage, &e, NULL), 1);
	return e;
}

/* ---- texts */

static void
a_text_is_no_longer_than_the_normaliser_makes_it(void **state)
{
	(void)state;
	for (int i = 0; i < LISTING_TEXTS; i++) {
		size_t max = listing_text_max[i];
		char *s = xmalloc(max + 2);
		if (i == LISTING_KIND || i == LISTING_PROPERTIES) {
			free(s);
			continue;
		}
		memset(s, 'x', max + 1);
		if (hear_listing(i, s, max) != 0 || hear_listing(i, s, max + 1) != -1)
			fail_msg("%s of %zu bytes", listing_text_names[i], max);
		free(s);
	}
}

static void
properties_are_no_longer_either(void **state)
{
	(void)state;
	size_t max = listing_text_max[LISTING_PROPERTIES];
	char *s = xmalloc(max + 1);
	memset(s, 'x', max + 1);
	memcpy(s, "{\"a\":\"", 6);
	memcpy(s + max - 2, "\"}", 2);
	assert_int_equal(hear_listing(LISTING_PROPERTIES, s, max), 0);
	memcpy(s + max - 2, "x\"}", 3);
	assert_int_equal(hear_listing(LISTING_PROPERTIES, s, max + 1), -1);
	free(s);
}

static void
a_line_is_one(void **state)
{
	static const char *const bad[] = {
		"{\"a\":\n{\"type\":\"Feature\",\"id\":\"another:1\"}\n}", "{\"a\":1\r}", "{\t\"a\":1}", "{\"a\":1,}", "[]", "",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (hear_string(LISTING_PROPERTIES, bad[i]) != -1)
			fail_msg("%s", bad[i]);
	assert_int_equal(hear_string(LISTING_PROPERTIES, "{\"a\": {\"b\":\"one\\ntwo\"}}"), 0);
	assert_int_equal(hear_string(LISTING_TITLE, "one\ntwo"), -1);
	assert_int_equal(hear_string(LISTING_TITLE, "one\033[2J"), -1);
	assert_int_equal(hear_string(LISTING_EXTERNAL_ID, "one\ntwo"), -1);
	assert_int_equal(hear_string(LISTING_EXTERNAL_ID, ""), -1);
	assert_int_equal(hear_string(LISTING_DESCRIPTION, "one\ntwo"), 0);
	assert_int_equal(hear_string(LISTING_DESCRIPTION, "one\rtwo"), -1);
	assert_int_equal(hear_string(LISTING_DESCRIPTION, "caf\xe9"), -1);
}

static void
a_tombstone_is_an_identifier(void **state)
{
	char id[256];
	(void)state;
	memset(id, 'x', sizeof id);
	assert_int_equal(hear_bytes(WIRE_TOMBSTONE, id, 255), 0);
	assert_int_equal(hear_bytes(WIRE_TOMBSTONE, id, 256), -1);
	assert_int_equal(hear_bytes(WIRE_TOMBSTONE, "", 0), -1);
	assert_int_equal(hear_bytes(WIRE_TOMBSTONE, "a\0b", 3), -1);
	assert_int_equal(hear_bytes(WIRE_TOMBSTONE, "\xe9", 1), -1);
	assert_int_equal(in.tombstones, 1);
}

/* It quotes what the partner has written; that costs nobody the run. */
static void
a_reason_is_mended(void **state)
{
	static char many[10001];
	struct stage_entry e;
	(void)state;
	assert_int_equal(hear_reject("a", 1, "no column \"caf\xc3"), 0);
	e = only_entry();
	assert_memory_equal(e.reason.s, "no column \"caf\\xc3", e.reason.len);
	assert_int_equal(e.reason.len, 18);
	assert_int_equal(stage_rewind(in.stage, (struct stage_mark){ .bytes = 0 }, NULL), 0);
	memset(many, 'x', sizeof many - 1);
	assert_int_equal(hear_reject(NULL, 0, many), 0);
	e = only_entry();
	assert_int_equal(e.reason.len, 4096);
	assert_int_equal(in.rejected, 2);
	assert_int_equal(hear_reject("\xff", 1, "no"), -1);
	assert_int_equal(hear_reject("", 0, "no"), -1);
}

/* Whoever follows the link resolves it, and encodes what is not ASCII. */
static void
a_link_may_have_any_bytes(void **state)
{
	(void)state;
	wire_put_string(&message, "/page-\xe9t\xe9");
	wire_put_string(&message, NULL);
	wire_put_number(&message, 0);
	assert_int_equal(hear(WIRE_READY), 0);
	assert_string_equal(in.next_url, "/page-\xe9t\xe9");
	wire_put_text(&message, "a\0b", 3);
	wire_put_string(&message, NULL);
	wire_put_number(&message, 0);
	assert_int_equal(hear(WIRE_READY), -1);
}

/* ---- how much */

static void
a_page_begins_once(void **state)
{
	(void)state;
	assert_int_equal(hear(WIRE_BEGUN), -1);
	in.asked = true;
	assert_int_equal(hear(WIRE_BEGUN), 0);
	assert_int_equal(hear(WIRE_BEGUN), -1);
}

static int
hear_kind(enum wire_kind kind, const char *id)
{
	if (kind == WIRE_LISTING)
		return hear_listing(LISTING_EXTERNAL_ID, id, strlen(id));
	if (kind == WIRE_REJECT)
		return hear_reject(id, strlen(id), "no");
	return hear_bytes(WIRE_TOMBSTONE, id, strlen(id));
}

static void
whatever_it_says_counts(void **state)
{
	static const enum wire_kind kinds[] = { WIRE_LISTING, WIRE_REJECT, WIRE_TOMBSTONE };
	(void)state;
	in.page_max_bytes = MAX_BYTES;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		unsigned n = 0;
		in.asked = true;
		assert_int_equal(hear(WIRE_BEGUN), 0);
		while (n < MAX_BYTES && hear_kind(kinds[i], "an identifier") == 0)
			n++;
		assert_in_range(n, 2, MAX_BYTES - 1);
		assert_true(stage_mark(in.stage).bytes - in.mark.bytes < 2 * MAX_BYTES);
	}
}

static void
numbers_are_what_they_can_be(void **state)
{
	(void)state;
	assert_int_equal(hear_number(WIRE_COUNT, UINT64_MAX - 5), -1);
	assert_int_equal(hear_number(WIRE_COUNT, (uint64_t)INT64_MAX + 1), -1);
	in.page_max_bytes = MAX_BYTES;
	assert_int_equal(hear_number(WIRE_COUNT, MAX_BYTES), 0);
	assert_int_equal(hear_number(WIRE_COUNT, MAX_BYTES - 1), -1);
	assert_int_equal(hear_number(WIRE_COUNT, MAX_BYTES + 1), -1);
	assert_int_equal(hear_bytes(WIRE_COUNT, "1234567", 7), -1);
	assert_int_equal(in.items, MAX_BYTES);
	assert_int_equal(hear_number(WIRE_TOTAL, (uint64_t)-5), -1);
	assert_int_equal(hear_bytes(WIRE_TOTAL, "1234567", 7), -1);
	assert_int_equal(in.total, -1);
	assert_int_equal(hear_number(WIRE_TOTAL, INT64_MAX), 0);
	assert_int_equal(in.total, INT64_MAX);
}

/* A listing that is sound but for this number. */
static int
hear_integer(int column, int64_t v)
{
	struct listing l;
	struct raw_hash hash = { 1, 2 };
	listing_clear(&l);
	l.text[LISTING_EXTERNAL_ID] = (struct text){ "a", 1 };
	l.text[LISTING_KIND] = (struct text){ "place", 5 };
	l.integer[column] = v;
	wire_put(&message, &hash, sizeof hash);
	listing_flatten(&l, &message);
	return hear(WIRE_LISTING);
}

static void
a_whole_number_is_in_its_range(void **state)
{
	(void)state;
	for (int i = 0; i < LISTING_INTEGERS; i++) {
		const struct listing_range *range = &listing_integer_range[i];
		assert_int_equal(hear_integer(i, LISTING_NO_INTEGER), 0);
		assert_int_equal(hear_integer(i, range->least), 0);
		assert_int_equal(hear_integer(i, range->most), 0);
		assert_int_equal(hear_integer(i, range->least - 1), -1);
		assert_int_equal(hear_integer(i, range->most + 1), -1);
		assert_int_equal(hear_integer(i, INT64_MAX), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_text_is_no_longer_than_the_normaliser_makes_it, setup, teardown),
		cmocka_unit_test_setup_teardown(properties_are_no_longer_either, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_is_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tombstone_is_an_identifier, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reason_is_mended, setup, teardown),
		cmocka_unit_test_setup_teardown(a_link_may_have_any_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_page_begins_once, setup, teardown),
		cmocka_unit_test_setup_teardown(whatever_it_says_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_are_what_they_can_be, setup, teardown),
		cmocka_unit_test_setup_teardown(a_whole_number_is_in_its_range, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
