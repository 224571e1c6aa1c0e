/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "catalogue/stage.h"

static struct error err;
static char dir[32];

static int
setup(void **state)
{
	struct stage *s;
	(void)snprintf(dir, sizeof dir, "/tmp/vigie-test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	*state = s = stage_new(dir);
	return s == NULL;
}

static int
teardown(void **state)
{
	stage_free(*state);
	return rmdir(dir);	/* fails if a file was left */
}

static void
add(struct stage *s, unsigned n, size_t title_len)
{
	struct listing l;
	char id[16];
	char *title = xmalloc(title_len);
	struct buf flat = BUF_INIT;
	memset(title, 'a' + (int)(n % 26), title_len);
	listing_clear(&l);
	(void)snprintf(id, sizeof id, "%u", n);
	l.text[LISTING_EXTERNAL_ID] = (struct text){ id, strlen(id) };
	l.text[LISTING_TITLE] = (struct text){ title, title_len };
	listing_flatten(&l, &flat);
	assert_int_equal(stage_listing(s, (struct raw_hash){ n, 2 * n }, flat.data, flat.len, &err), 0);
	buf_done(&flat);
	free(title);
}

static void
check(const struct stage_entry *e, unsigned n, size_t title_len)
{
	struct listing l;
	char id[16];
	(void)snprintf(id, sizeof id, "%u", n);
	assert_int_equal(e->kind, STAGE_LISTING);
	assert_int_equal(e->hash.low, n);
	assert_int_equal(e->hash.high, 2 * n);
	assert_int_equal(listing_unflatten(e->flat.s, e->flat.len, &l), 0);
	assert_int_equal(l.text[LISTING_EXTERNAL_ID].len, strlen(id));
	assert_memory_equal(l.text[LISTING_EXTERNAL_ID].s, id, strlen(id));
	assert_int_equal(l.text[LISTING_TITLE].len, title_len);
	assert_int_equal(l.text[LISTING_TITLE].s[title_len - 1], 'a' + (int)(n % 26));
}

static void
check_all(struct stage *s, unsigned n, size_t title_len)
{
	struct stage_entry e;
	assert_int_equal(stage_read_start(s, &err), 0);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(stage_read(s, &e, &err), 1);
		check(&e, i, title_len);
	}
	assert_int_equal(stage_read(s, &e, &err), 0);
	assert_int_equal(stage_read(s, &e, &err), 0);
}

static unsigned
files(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;
	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

static void
test_in_memory(void **state)
{
	struct stage *s = *state;
	check_all(s, 0, 1);
	for (unsigned i = 0; i < 100; i++)
		add(s, i, 10);
	check_all(s, 100, 10);
	assert_int_equal(stage_mark(s).entries, 100);
	assert_int_equal(stage_batches(s), 1);
}

/* Far more than fits in memory, and longer than one batch. */
static void
test_in_file(void **state)
{
	struct stage *s = *state;
	for (unsigned i = 0; i < 20000; i++)
		add(s, i, 500);
	assert_true(stage_mark(s).bytes > 2 * (uint64_t)STAGE_BATCH_BYTES);
	assert_int_equal(files(), 0);
	check_all(s, 20000, 500);
	add(s, 20000, 500);	/* appending after reading is fine */
	check_all(s, 20001, 500);
	const struct stage_entry *list;
	size_t n;
	unsigned next = 20001;
	for (size_t i = stage_batches(s); i-- > 0;) {
		assert_int_equal(stage_batch(s, i, &list, &n, &err), 0);
		assert_true(n > 0);
		while (n-- > 0)
			check(&list[n], --next, 500);
	}
	assert_int_equal(next, 0);
}

static void
test_kinds(void **state)
{
	struct stage *s = *state;
	struct stage_entry e = { .kind = STAGE_REJECT, .hash = { 3, 4 }, .raw = { "{\0}", 3 }, .reason = { "bad", 3 } };
	assert_int_equal(stage_reject(s, &e, &err), 0);
	assert_int_equal(stage_tombstone(s, "gone", 4, &err), 0);
	e.external_id = (struct text){ "42", 2 };
	assert_int_equal(stage_reject(s, &e, &err), 0);
	assert_int_equal(stage_read_start(s, &err), 0);
	assert_int_equal(stage_read(s, &e, &err), 1);
	assert_int_equal(e.kind, STAGE_REJECT);
	assert_int_equal(e.hash.high, 4);
	assert_null(e.external_id.s);
	assert_int_equal(e.raw.len, 3);
	assert_memory_equal(e.raw.s, "{\0}", 3);
	assert_memory_equal(e.reason.s, "bad", 3);
	assert_int_equal(stage_read(s, &e, &err), 1);
	assert_int_equal(e.kind, STAGE_TOMBSTONE);
	assert_int_equal(e.external_id.len, 4);
	assert_memory_equal(e.external_id.s, "gone", 4);
	assert_int_equal(stage_read(s, &e, &err), 1);
	assert_memory_equal(e.external_id.s, "42", 2);
	assert_int_equal(stage_read(s, &e, &err), 0);
}

static void
test_raw_is_cut(void **state)
{
	struct stage *s = *state;
	char *raw = xcalloc(1, STAGE_RAW_MAX_BYTES + 10);
	struct stage_entry e = { .kind = STAGE_REJECT, .raw = { raw, STAGE_RAW_MAX_BYTES + 10 } };
	assert_int_equal(stage_reject(s, &e, &err), 0);
	free(raw);
	add(s, 0, 5);
	assert_int_equal(stage_read_start(s, &err), 0);
	assert_int_equal(stage_read(s, &e, &err), 1);
	assert_int_equal(e.raw.len, STAGE_RAW_MAX_BYTES);
	assert_int_equal(stage_read(s, &e, &err), 1);
	check(&e, 0, 5);
}

/* Back to every kind of place: in memory, in the file, the very start. */
static void
test_rewind(void **state)
{
	static const unsigned keep[] = { 0, 1, 50, 9000, 12000, 15999, 16000 };
	struct stage *s = *state;
	struct stage_mark mark[16001];
	unsigned n = 0;
	for (size_t i = sizeof keep / sizeof keep[0]; i-- > 0;) {
		for (; n < 16000; n++) {
			mark[n] = stage_mark(s);
			add(s, n, 700);
		}
		mark[n] = stage_mark(s);
		n = keep[i];
		assert_int_equal(stage_rewind(s, mark[n], &err), 0);
		assert_int_equal(stage_mark(s).entries, n);
		check_all(s, n, 700);
	}
	assert_int_equal(stage_batches(s), 0);
}

static void
test_no_folder(void **state)
{
	struct stage *s = stage_new("/nonexistent");
	struct error e = ERROR_INIT;
	char *flat = xcalloc(1, STAGE_MEMORY_BYTES);
	(void)state;
	assert_int_equal(stage_listing(s, (struct raw_hash){ 1, 1 }, flat, STAGE_MEMORY_BYTES, &e), 0);
	assert_int_equal(stage_listing(s, (struct raw_hash){ 1, 1 }, flat, STAGE_MEMORY_BYTES, &e), -1);
	assert_int_equal(e.kind, ERROR_SYSTEM);
	assert_non_null(strstr(e.text, "/nonexistent"));
	free(flat);
	stage_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_raw_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rewind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
