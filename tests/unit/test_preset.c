/* SPDX-License-Identifier: Apache-2.0 */
/* Presets: what a partner's file takes from them, and what is said of bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_fixture.h"

#define PRESET "[preset]\nsummary = Boats of a pond\n[partner]\nconnector = picky\nkind = boat\ninterval = 2h\n" \
	"[picky]\nwhere = pond\ncount = 9\n[fields]\nfirst = one\nsecond = two\n"
#define PARTNER "[partner]\nname = P\nconnector = pond\n" \
	"[request]\nurl = https://api.example.org/list\n"

/* Connectors in a folder of their own: picky, and what a test writes there. */
static int
setup(void **state)
{
	int ret = config_setup(state);
	struct folder *f = *state;
	char *plugin = build_path("test-plugins/picky.so"), *dir = folder_path(f, "connectors");
	char *link = folder_path(f, "connectors/picky.so");
	folder_mkdir(f, "connectors");
	assert_int_equal(symlink(plugin, link), 0);
	assert_int_equal(setenv("VIGIE_CONNECTORS", dir, 1), 0);
	free(plugin);
	free(dir);
	free(link);
	return ret;
}

static const char *
setting(const struct partner_config *p, const char *section, const char *name)
{
	for (size_t i = 0; i < p->n_settings; i++)
		if (strcmp(p->settings[i].section, section) == 0 && strcmp(p->settings[i].name, name) == 0)
			return p->settings[i].value;
	return "";
}

static struct config *
load_well(const struct folder *f)
{
	struct config_problems problems;
	struct config *c = folder_load(f, &problems);
	char *text = problems_text(f, &problems);
	assert_string_equal(text, "");
	assert_int_equal(c->n_partners, 1);
	config_problems_done(&problems);
	free(text);
	return c;
}

static void
expect_problems(const struct folder *f, const char *want)
{
	struct config_problems problems;
	struct config *c = folder_load(f, &problems);
	char *text = problems_text(f, &problems), *dir = folder_path(f, "connectors"), *at;
	while ((at = strstr(text, dir)) != NULL)
		memmove(at, at + strlen(f->path) + 1, strlen(at + strlen(f->path) + 1) + 1);
	assert_string_equal(text, want);
	config_problems_done(&problems);
	config_free(c);
	free(text);
	free(dir);
}

static void
test_preset_fills_what_the_partner_leaves_open(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/pond.conf", PRESET "[request]\nheader.Accept = text/x-pond\n");
	folder_write(f, "partners.d/p.conf", PARTNER);
	struct config *c = load_well(f);
	const struct partner_config *p = c->partners[0];
	char *preset = folder_path(f, "connectors/pond.conf");
	assert_string_equal(p->connector_name, "pond");
	assert_string_equal(p->connector->name, "picky");
	assert_string_equal(p->preset, preset);
	assert_string_equal(p->normalise.kind, "boat");
	assert_int_equal(p->interval_ms, 2 * 3600 * 1000);
	assert_string_equal(setting(p, "picky", "where"), "pond");
	assert_string_equal(setting(p, "picky", "count"), "9");
	assert_string_equal(setting(p, "fields", "second"), "two");
	assert_int_equal(p->n_headers, 1);
	config_free(c);
	free(preset);
}

static void
test_partner_wins_key_by_key(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/pond.conf", PRESET "[request]\nheader.Accept = text/x-pond\n");
	folder_write(f, "partners.d/p.conf", PARTNER "header.ACCEPT = text/plain\n[picky]\ncount = 3\n"
	    "[fields]\nfirst =\nsecond = deux\nthird = trois\n");
	struct config *c = load_well(f);
	const struct partner_config *p = c->partners[0];
	assert_string_equal(setting(p, "picky", "where"), "pond");
	assert_string_equal(setting(p, "picky", "count"), "3");
	assert_string_equal(setting(p, "fields", "first"), "");
	assert_string_equal(setting(p, "fields", "second"), "deux");
	assert_string_equal(setting(p, "fields", "third"), "trois");
	assert_int_equal(p->n_headers, 1);
	assert_string_equal(p->headers[0].value, "text/plain");
	config_free(c);
}

static void
test_plugin_hides_preset(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/picky.conf", PRESET);
	folder_write(f, "partners.d/p.conf", GOOD URL);
	struct config *c = load_well(f);
	assert_null(c->partners[0]->preset);
	config_free(c);
}

static void
test_change_of_preset_changes_how_items_are_read(void **state)
{
	const struct folder *f = *state;
	uint64_t seeds[3];
	static const char *const presets[] = { PRESET, PRESET "third = three\n", PRESET };
	folder_write(f, "partners.d/p.conf", PARTNER);
	for (size_t i = 0; i < 3; i++) {
		folder_write(f, "connectors/pond.conf", presets[i]);
		struct config *c = load_well(f);
		seeds[i] = c->partners[0]->read_seed;
		config_free(c);
	}
	assert_int_not_equal(seeds[0], seeds[1]);
	assert_int_equal(seeds[0], seeds[2]);
}

static void
test_problems_say_in_which_file(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/pond.conf", "[partner]\nconnector = picky\nkind = boat\n[picky]\ncount = many\n"
	    "where = there\n[limits]\nrun = soon\n[fields]\nfirst = x\n");
	folder_write(f, "partners.d/p.conf", PARTNER "[picky]\nstrict = perhaps\n");
	expect_problems(f, "partners.d/p.conf:7: \"perhaps\" is neither yes nor no: write strict = yes or strict = no\n"
	    "connectors/pond.conf:5: \"many\" is no value for \"count\": write a whole number\n"
	    "connectors/pond.conf:8: \"soon\" is not a duration: write a number and s, m, h or d, such as 30s or 6h");
	/* What the connector itself complains about, too. */
	folder_write(f, "connectors/pond.conf", PRESET "third = bad\n");
	folder_write(f, "partners.d/p.conf", PARTNER "[fields]\nfourth = bad\n");
	expect_problems(f, "partners.d/p.conf:7: fourth: \"bad\" is not good\n"
	    "connectors/pond.conf:13: third: \"bad\" is not good");
}

static void
test_what_is_missing_is_the_partners(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/pond.conf", "[partner]\nconnector = picky\nkind = boat\n[picky]\ncount = 1\n");
	folder_write(f, "partners.d/p.conf", PARTNER);
	expect_problems(f, "partners.d/p.conf:0: \"where\" is missing in [picky]. Where to look.");
}

static void
test_preset_holds_no_secret(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/pond.conf", "[preset]\nsumary = x\n[partner]\nconnector = picky\nkind = boat\n"
	    "[picky]\nwhere = here\n[request]\nheader.X-Api-Key = credential:key\n"
	    "[oauth]\ntoken_url = https://elsewhere.example/token\n");
	folder_write(f, "partners.d/p.conf", PARTNER);
	struct config_problems problems;
	struct config *c = folder_load(f, &problems);
	char *text = problems_text(f, &problems);
	assert_non_null(strstr(text, "pond.conf:2: unknown key \"sumary\" in [preset]: it has \"summary\""));
	assert_non_null(strstr(text, "pond.conf:9: a preset holds no secret: \"header.X-Api-Key\" belongs"));
	assert_non_null(strstr(text, "pond.conf:11: a preset does not say where secrets are sent: \"token_url\""));
	assert_int_equal(c->n_partners, 0);
	config_problems_done(&problems);
	config_free(c);
	free(text);
}

static void
test_preset_names_a_plugin(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "partners.d/p.conf", PARTNER "[partner]\nkind = boat\n");
	folder_write(f, "connectors/lake.conf", PRESET);
	folder_write(f, "connectors/pond.conf", "[partner]\nconnector = lake\n");
	expect_problems(f, "connectors/pond.conf:2: \"lake\" is a preset itself: name a plugin");
	folder_write(f, "connectors/pond.conf", "[partner]\nkind = boat\n");
	expect_problems(f, "connectors/pond.conf:1: a preset needs \"connector\" in [partner]: the plugin that reads "
	    "the answers");
	folder_write(f, "connectors/pond.conf", "[partner]\nconnector = pickly\n");
	expect_problems(f, "connectors/pond.conf:2: there is no connector \"pickly\" in connectors: did you mean "
	    "\"picky\"? (there are: picky; presets: lake, pond)");
}

static void
test_unknown_connector_lists_presets(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "connectors/pond.conf", PRESET);
	folder_write(f, "partners.d/p.conf", "[partner]\nname = P\nconnector = ponde\nkind = boat\n" URL);
	expect_problems(f, "partners.d/p.conf:3: there is no connector \"ponde\" in connectors: did you mean "
	    "\"pond\"? (there are: picky; presets: pond)");
}

static void
test_reference_lists_presets(void **state)
{
	const struct folder *f = *state;
	char *dir = folder_path(f, "connectors");
	struct plugins *plugins = plugins_new(dir);
	struct buf text = BUF_INIT;
	folder_write(f, "connectors/pond.conf", PRESET);
	config_describe(&text, plugins);
	assert_non_null(strstr(buf_cstr(&text), "connector = pond: Boats of a pond\n"));
	assert_non_null(strstr(buf_cstr(&text), "a preset for connector = picky"));
	buf_done(&text);
	plugins_free(plugins);
	free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_preset_fills_what_the_partner_leaves_open, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_partner_wins_key_by_key, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_plugin_hides_preset, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_change_of_preset_changes_how_items_are_read, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_problems_say_in_which_file, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_missing_is_the_partners, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_preset_holds_no_secret, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_preset_names_a_plugin, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_connector_lists_presets, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_reference_lists_presets, setup, config_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
