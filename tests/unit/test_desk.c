/* SPDX-License-Identifier: Apache-2.0 */
/* watch/desk: what a register said, and of whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "watch/desk.h"

static void
expect_written(const struct register_memory *m, const char *text)
{
	struct buf written = BUF_INIT;
	memory_write(m, &written);
	assert_string_equal(buf_cstr(&written), text);
	buf_done(&written);
}

static void
test_notes(void **state)
{
	static const char *const notes[] = { "1000 3 Ceased on 2026-05-31\x1f""552100554", "1000 -1 ", "1000 0 \x1f""a.example",
		"1000 3 Ceased" };
	(void)state;
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
		struct register_memory m = { .value = 7 };
		memory_read(&m, notes[i]);
		expect_written(&m, notes[i]);
		memory_read(&m, "nonsense");
		memory_read(&m, NULL);
		expect_written(&m, notes[i]);
		memory_done(&m);
	}
}

/* What was known of the number 1, kept as the note says, when the settings say `about`. */
static void
expect_settled(const char *note, const char *about, const char *then, bool unkept)
{
	struct register_memory m = { .value = 7 };
	memory_read(&m, note);
	memory_settle(&m, about);
	expect_written(&m, then);
	assert_int_equal(m.unkept, unkept);
	memory_settle(&m, about);	/* again is nothing more */
	expect_written(&m, then);
	memory_done(&m);
}

static void
test_of_whom(void **state)
{
	struct buf never = BUF_INIT, never_2 = BUF_INIT;
	(void)state;
	buf_fmt(&never, "%lld -1 ", (long long)TIME_NONE);
	buf_fmt(&never_2, "%s\x1f""2", buf_cstr(&never));
	expect_settled("1000 3 Ceased\x1f""1", "1", "1000 3 Ceased\x1f""1", false);
	expect_settled("1000 3 Ceased\x1f""1", "2", buf_cstr(&never_2), true);
	expect_settled("1000 3 Ceased\x1f""1", NULL, buf_cstr(&never), true);
	/* an older build did not say of whom */
	expect_settled("1000 3 Ceased", "1", "1000 3 Ceased\x1f""1", false);
	expect_settled("1000 3 Ceased", NULL, buf_cstr(&never), true);
	expect_settled(buf_cstr(&never_2), "2", buf_cstr(&never_2), false);
	buf_done(&never);
	buf_done(&never_2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_of_whom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
