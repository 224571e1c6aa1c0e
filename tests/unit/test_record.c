/* SPDX-License-Identifier: Apache-2.0 */
/* lib/record: from an item to what the host is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record_rig.h"

static const struct record_default defaults[] = {
	{ "id", "/guid | /link" },
	{ "title", "/summary" },
	{ "description", "/text" },
	{ "properties.organiser", "/organiser" },
	{ NULL, NULL },
};

static const char item[] =
    "{\"guid\":\"7\",\"key\":\"k7\",\"summary\":\"Titre\",\"text\":\"Texte\",\"organiser\":\"Nous\",\"other\":\"Autre\"}";

static void
columns_have_defaults(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, &rig_host, NULL, 0, defaults);
	assert_non_null(r.record);
	assert_string_equal(rig_read(&r, item), "listing title=Titre description=Texte organiser=Nous id=7\n");
	assert_string_equal(rig_read(&r, "{\"link\":\"l\",\"summary\":\"T\"}"), "listing title=T id=l\n");
	rig_close(&r);
}

static void
the_partners_file_comes_first(void **state)
{
	(void)state;
	static const struct vigie_setting settings[] = {
		{ "test", "id", "/key" }, { "map", "title", "/other" }, { "map", "description", "-" },
		{ "map", "properties.organiser", "-" }, { "map", "locality", "-" },
	};
	struct rig r;
	rig_open(&r, &rig_host, settings, sizeof settings / sizeof *settings, defaults);
	assert_non_null(r.record);
	assert_string_equal(rig_read(&r, item), "listing title=Autre id=k7\n");
	rig_close(&r);
}

static void
an_identifier_is_needed(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, &rig_host, NULL, 0, NULL);
	assert_null(r.record);
	assert_string_equal(r.complaint.name, "id");
	assert_string_equal(r.complaint.text, "it is required");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_have_defaults),
		cmocka_unit_test(the_partners_file_comes_first),
		cmocka_unit_test(an_identifier_is_needed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
