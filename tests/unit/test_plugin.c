/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_fixture.h"
#include "plugin/plugin.h"

static void
expect_refused(const char *name, enum error_kind kind, const char *text)
{
	char *dir = build_path("test-plugins");
	struct plugins *p = plugins_new(dir);
	struct error err = ERROR_INIT;
	assert_null(plugins_get(p, name, &err));
	assert_int_equal(err.kind, kind);
	if (strstr(err.text, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, err.text);
	plugins_free(p);
	free(dir);
}

static void
test_a_good_one_is_loaded_once(void **state)
{
	(void)state;
	char *dir = build_path("test-plugins");
	struct plugins *p = plugins_new(dir);
	struct error err = ERROR_INIT;
	const struct vigie_connector *c = plugins_get(p, "picky", &err);
	assert_non_null(c);
	assert_string_equal(c->name, "picky");
	assert_ptr_equal(plugins_get(p, "picky", &err), c);
	plugins_free(p);
	/* It stays after the table that loaded it: see load(). */
	assert_string_equal(c->summary, "for tests");
	free(dir);
}

static void
test_refused(void **state)
{
	(void)state;
	expect_refused("wrong_abi", ERROR_CONFIG, "built for connector ABI 4711, this program has ABI 3");
	expect_refused("no_symbol", ERROR_CONFIG, "is not a connector: it exports no \"vigie_connector\"");
	expect_refused("wrong_name", ERROR_CONFIG, "calls itself \"somebody\": file and name must agree");
	expect_refused("half", ERROR_CONFIG, "lacks one of open, close, first, begin, feed and end");
	expect_refused("bad_option", ERROR_CONFIG, "option 1 (\"style\") has a default that does not fit its type");
}

static void
test_not_found(void **state)
{
	(void)state;
	expect_refused("piky", ERROR_NOT_FOUND, ": did you mean \"picky\"? (there are: bad_option, half, no_symbol, "
	    "picky, wicked, wrong_abi, wrong_name)");
	expect_refused("zzzzzz", ERROR_NOT_FOUND, "test-plugins (there are: ");
	expect_refused("../test-plugins/picky", ERROR_NOT_FOUND, "there is no connector \"../test-plugins/picky\"");
	expect_refused("", ERROR_NOT_FOUND, "there is no connector \"\"");
}

static void
test_no_folder(void **state)
{
	(void)state;
	struct plugins *p = plugins_new("/nonexistent/folder");
	struct error err = ERROR_INIT;
	char **names = plugins_names(p);
	assert_null(names[0]);
	plugins_free_names(names);
	assert_null(plugins_get(p, "json", &err));
	assert_string_equal(err.text, "there is no connector \"json\" in /nonexistent/folder (there are none: those of the package vigie-connectors belong there)");
	plugins_free(p);
	plugins_free(NULL);
}

static void
test_not_a_shared_object(void **state)
{
	(void)state;
	struct folder f;
	folder_open(&f);
	folder_write(&f, "text.so", "this is no program");
	struct plugins *p = plugins_new(f.path);
	struct error err = ERROR_INIT;
	assert_null(plugins_get(p, "text", &err));
	assert_int_equal(err.kind, ERROR_CONFIG);
	assert_non_null(strstr(err.text, "cannot load connector \"text\": "));
	plugins_free(p);
	folder_close(&f);
}

static void
test_nearest(void **state)
{
	(void)state;
	static const char *const names[] = { "interval", "url", "enabled", "name", NULL };
	static const struct {
		const char *typed, *near;
	} cases[] = {
		{ "intervall", "interval" }, { "intreval", "interval" }, { "URL", "url" }, { "ulr", "url" },
		{ "enable", "enabled" }, { "nme", "name" }, { "x", NULL }, { "naxx", NULL }, { "", NULL }, { "website", NULL },
		{ "a-name-that-is-far-longer-than-any-name-that-a-key-can-have-in-these-files", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *near = nearest_name(cases[i].typed, names);
		if (cases[i].near == NULL)
			assert_null(near);
		else
			assert_string_equal(near, cases[i].near);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_one_is_loaded_once),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_not_a_shared_object),
		cmocka_unit_test(test_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
