/* SPDX-License-Identifier: Apache-2.0 */
/* What lasts is said when it begins and when it ends, of each by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/said.h"

static void
test_said(void **state)
{
	static const struct {
		int begins;
		const char *whom;
		enum log_level level;
	} steps[] = {
		{ 0, "b", LOG_NEVER }, { 1, "b", LOG_WARN }, { 1, "b", LOG_DEBUG }, { 1, "c", LOG_WARN }, { 1, "a", LOG_WARN },
		{ 1, NULL, LOG_WARN }, { 1, "c", LOG_DEBUG }, { 0, "b", LOG_NOTICE }, { 0, "b", LOG_NEVER }, { 1, "a", LOG_DEBUG },
		{ 0, NULL, LOG_NOTICE }, { 1, "b", LOG_WARN }, { 0, "a", LOG_NOTICE }, { 0, "c", LOG_NOTICE }, { 1, "b", LOG_DEBUG },
	};
	struct said said = { NULL, 0 };
	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		enum log_level level = steps[i].begins ? said_begins(&said, steps[i].whom, LOG_WARN) : said_ends(&said, steps[i].whom);
		if (level != steps[i].level)
			fail_msg("step %zu: %d", i, (int)level);
	}
	assert_int_equal(said.n, 1);
	said_done(&said);
	assert_int_equal(said_ends(&said, "b"), LOG_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_said) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
