/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in config/: each loads with this build's connectors, explains every
 * key, and shows the defaults that the program really has.  Run from the top
 * of the source tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/keys.h"
#include "config_fixture.h"

static const char main_file[] = "config/vigie.conf";
static const char example_file[] = "config/partners.d/partner.conf.example";
static const char hook_file[] = "config/hooks.d/hook.conf.example";

static int
setup(void **state)
{
	(void)state;
	char *connectors = build_path("connectors");
	assert_int_equal(setenv("VIGIE_CONNECTORS", connectors, 1), 0);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	free(connectors);
	return 0;
}

static char *
read_text(const char *path)
{
	struct buf text = BUF_INIT;
	char part[4096];
	size_t n;
	FILE *in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s: run this from the top of the source tree", path);
	while ((n = fread(part, 1, sizeof part, in)) > 0)
		buf_add(&text, part, n);
	assert_int_equal(fclose(in), 0);
	return buf_take(&text);
}

static void
expect_no_problem(const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		print_error("%s:%u: %s\n", problems->list[i].file, problems->list[i].line, problems->list[i].text);
	assert_int_equal(problems->n, 0);
}

static void
test_all_load(void **state)
{
	(void)state;
	struct config_problems problems;
	struct config *c = config_load(main_file, &problems);
	expect_no_problem(&problems);
	assert_string_equal(c->catalogue_path, "/var/lib/vigie/catalogue.db");
	assert_true(c->n_partners >= 12);
	for (size_t i = 0; i < c->n_partners; i++) {
		const struct partner_config *p = c->partners[i];
		/* Ready to be switched on, and never on by itself. */
		assert_false(p->enabled);
		assert_true(p->interval_ms >= 15 * 60 * 1000);
		assert_non_null(p->theme);
	}
	config_problems_done(&problems);
	config_free(c);
}

/* "#name = value" becomes "name = value"; "# words" stays, and a file, which stands in place of a url. */
static char *
uncomment(const char *text)
{
	struct buf out = BUF_INIT;
	for (const char *s = text; *s != '\0';) {
		size_t len = strcspn(s, "\n") + 1;
		size_t name = s[0] == '#' ? strspn(s + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.") : 0;
		if (strncmp(s, "#file ", strlen("#file ")) == 0)
			name = 0;
		size_t skip = name > 0 && strncmp(s + 1 + name, " = ", 3) == 0 ? 1 : 0;
		buf_add(&out, s + skip, len - skip);
		s += len;
	}
	return buf_take(&out);
}

static void
test_all_load_uncommented(void **state)
{
	(void)state;
	struct folder f;
	struct config_problems problems;
	folder_open(&f);
	folder_mkdir(&f, "partners.d");
	folder_mkdir(&f, "hooks.d");
	char *text = read_text(main_file), *plain = uncomment(text);
	char *example = read_text(example_file), *plain_example = uncomment(example);
	char *hook = read_text(hook_file), *plain_hook = uncomment(hook);
	folder_write(&f, "vigie.conf", plain);
	folder_write(&f, "partners.d/example.conf", plain_example);
	folder_write(&f, "hooks.d/example.conf", plain_hook);
	struct config *c = folder_load(&f, &problems);
	expect_no_problem(&problems);
	assert_non_null(config_hook(c, "example")->kinds);
	assert_non_null(c->territory);
	assert_non_null(config_partner(c, "example")->oauth.token_url);
	config_problems_done(&problems);
	config_free(c);
	free(text);
	free(plain);
	free(example);
	free(plain_example);
	free(hook);
	free(plain_hook);
	folder_close(&f);
}

/* The line of a key in its section, commented or not; NULL if there is none. */
static const char *
find_line(const char *text, const char *section, const char *name)
{
	struct buf head = BUF_INIT;
	buf_fmt(&head, "\n[%s]\n", section);
	const char *s = strstr(text, buf_cstr(&head));
	size_t len = strlen(name);
	buf_done(&head);
	if (s != NULL)
		s += 1;
	while (s != NULL && (s = strchr(s, '\n')) != NULL && *++s != '[' && *s != '\0') {
		const char *line = s + (*s == '#');
		if (strncmp(line, name, len) == 0 && (strncmp(line + len, " =", 2) == 0 || name[len - 1] == '.'))
			return s;
	}
	return NULL;
}

static void
expect_line(const char *text, const char *section, const char *name, const char *fallback)
{
	const char *line = find_line(text, section, name);
	struct buf want = BUF_INIT;
	if (line == NULL)
		fail_msg("[%s] %s is not explained", section, name);
	buf_fmt(&want, "#%s = %s\n", name, fallback != NULL ? fallback : "");
	if (fallback != NULL && *line == '#' && strncmp(line, buf_cstr(&want), want.len) != 0)
		fail_msg("[%s] %s: the default is %s, the file has %.40s", section, name, fallback, line);
	buf_done(&want);
}

static void
expect_keys(const char *path, const struct key *keys)
{
	char *text = read_text(path);
	for (const struct key *k = keys; k->type != KEY_END; k++) {
		char *name = xstrndup(k->name, strcspn(k->name, "*"));
		/* The folder of connectors depends on the build. */
		expect_line(text, k->section, name, k->type == KEY_PATH ? NULL : k->fallback);
		free(name);
	}
	free(text);
}

static void
test_every_key_is_explained(void **state)
{
	(void)state;
	expect_keys(main_file, vigie_keys);
	expect_keys(example_file, partner_keys);
	expect_keys(hook_file, hook_keys);
}

static void
test_every_option_of_json_is_explained(void **state)
{
	(void)state;
	static const char *const columns[] = { "title", "description", "kind", "language", "url", "image_url", "latitude",
		"longitude", "street", "postcode", "locality", "country", "price", "currency", "price_unit", "capacity",
		"rating", "rating_count", "source_updated_at", "starts_at", "ends_at", "properties." };
	struct plugins *plugins = plugins_new(getenv("VIGIE_CONNECTORS"));
	struct error err = ERROR_INIT;
	const struct vigie_connector *c = plugins_get(plugins, "json", &err);
	char *text = read_text(example_file);
	assert_non_null(c);
	for (const struct vigie_option *o = c->options; o->type != VIGIE_OPTION_END; o++)
		if (strcmp(o->name, "*") != 0 && o->section == NULL)	/* [jq] is in the place of [map] */
			expect_line(text, "json", o->name, o->fallback);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		expect_line(text, "map", columns[i], NULL);
	free(text);
	plugins_free(plugins);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_load),
		cmocka_unit_test(test_all_load_uncommented),
		cmocka_unit_test(test_every_key_is_explained),
		cmocka_unit_test(test_every_option_of_json_is_explained),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
