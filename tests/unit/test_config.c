/* SPDX-License-Identifier: Apache-2.0 */
/* vigie.conf and partners' files: what good ones mean, and what a change of them does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "config_fixture.h"

static struct config *
load_well(const struct folder *f)
{
	struct config_problems problems;
	struct config *c = folder_load(f, &problems);
	char *text = problems_text(f, &problems);
	assert_string_equal(text, "");
	assert_non_null(c);
	config_problems_done(&problems);
	free(text);
	return c;
}

static void
test_defaults(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "partners.d/p.conf", GOOD URL);
	struct config *c = load_well(f);
	char *partners = folder_path(f, "partners.d");
	assert_string_equal(c->catalogue_path, "/var/lib/vigie/catalogue.db");
	assert_string_equal(c->partners_dir, partners);
	assert_string_equal(c->connectors_dir, getenv("VIGIE_CONNECTORS"));
	assert_true(c->search);
	assert_false(c->publish_unlocated);
	assert_null(c->territory);
	assert_null(c->office_name);
	assert_int_equal(c->per_host, 2);
	assert_int_equal(c->max_active, 256);
	assert_int_equal(c->log_level, CONFIG_LOG_INFO);
	const struct partner_config *p = config_partner(c, "p");
	assert_string_equal(p->name, "P");
	assert_true(p->enabled && p->snapshot && p->conditional);
	assert_false(p->allow_private);
	assert_int_equal(p->interval_ms, HOUR_MS);
	assert_int_equal(p->limits.connect_timeout_ms, 10 * SECOND_MS);
	assert_int_equal(p->limits.request_timeout_ms, MINUTE_MS);
	assert_int_equal(p->limits.stall_timeout_ms, 30 * SECOND_MS);
	assert_int_equal(p->limits.run_timeout_ms, 15 * MINUTE_MS);
	assert_int_equal(p->limits.max_wire_bytes, 256 << 20);
	assert_int_equal(p->limits.max_body_bytes, 1 << 30);
	assert_int_equal(p->limits.max_pages, 10000);
	assert_int_equal(p->limits.max_redirects, 5);
	assert_int_equal(p->limits.max_retries, 3);
	assert_int_equal(p->limits.max_depth, 64);
	assert_int_equal(p->limits.rate_per_minute, 120);
	assert_int_equal(p->removal.min_runs, 2);
	assert_int_equal(p->removal.min_age_ms, DAY_MS);
	assert_int_equal(p->removal.brake_percent, 20);
	assert_int_equal(p->removal.brake_count, 10);
	assert_null(p->method);
	assert_null(p->body);
	assert_null(p->oauth.token_url);
	assert_string_equal(p->normalise.kind, "boat");
	assert_string_equal(p->normalise.timezone, "Europe/Paris");
	assert_string_equal(p->normalise.base_url, "https://api.example.org/list");
	assert_true(p->normalise.rating_scale > 4.9 && p->normalise.rating_scale < 5.1);
	assert_false(p->normalise.price_is_minor || p->normalise.price_is_points || p->normalise.keep_contacts);
	assert_null(config_partner(c, "q"));
	free(partners);
	config_free(c);
}

static void
test_letters(void **state)
{
	const struct folder *f = *state;
	struct config *c = load_well(f);
	assert_null(c->mail.server);
	assert_int_equal(c->mail.tls, CONFIG_TLS_TRY);
	assert_int_equal(c->mail.language, CONFIG_FRENCH);
	assert_string_equal(c->mail.zone, "Europe/Paris");
	assert_int_equal(c->mail.digest_day, 0);
	assert_int_equal(c->mail.digest_hour, 8);
	config_free(c);
	folder_mkdir(f, "credentials");
	folder_write(f, "credentials/mail", "hunter2\n");
	folder_chmod(f, "credentials/mail", 0600);
	folder_write(f, "vigie.conf", "[mail]\nserver = smtps://[::1]:465\nuser = me\npassword = credential:mail\n"
	    "from = v@x.example\nto = a@x.example, b@x.example\nto.house swaps = c@x.example\nlanguage = en\n"
	    "digest_day = never\n");
	c = load_well(f);
	assert_string_equal(c->mail.password, "hunter2");
	assert_null(c->mail.missing);
	assert_int_equal(c->mail.n_themes, 1);
	assert_string_equal(c->mail.themes[0].name, "house swaps");
	assert_string_equal(c->mail.themes[0].value, "c@x.example");
	assert_int_equal(c->mail.language, CONFIG_ENGLISH);
	assert_int_equal(c->mail.digest_day, 7);
	config_free(c);
	/* Whoever may not read it can do all the rest. */
	folder_write(f, "vigie.conf", "[mail]\nuser = me\npassword = credential:nowhere\n");
	c = load_well(f);
	assert_null(c->mail.password);
	assert_non_null(strstr(c->mail.missing, "nowhere"));
	config_free(c);
}

static void
test_a_sheet(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "partners.d/p.conf", GOOD "[partner]\nsiren = 552100554\ncontract_from = 2026-01-31\n"
	    "contract_to = 2026-01-31\nclosed = 11-01..03-31, 12-24..12-26\n" URL);
	struct config *c = load_well(f);
	assert_string_equal(config_partner(c, "p")->siren, "552100554");
	config_free(c);
}

/* Windows line ends, a byte order mark and comments too. */
static const char full_main[] =
    "\xef\xbb\xbf# a comment\r\n[office]\r\nname = Val de Garonne ; us\r\ncontact = mailto:ot@example.org\r\n"
    "[catalogue]\npath = data/c.db\nsearch = no\n"
    "[territory]\ncircle = 44.5,0.16,25\npostcodes = 47200 474\nunlocated = publish\n"
    "[fetch]\nper_host = 5\nmax_active = 9\nca_file = /etc/passwd\n[log]\nlevel = debug\n";

static const char full_partner[] =
    "[partner]\nname = Café ; inline\ntheme = vans\nwebsite = https://www.example.org\nreplaced_by = Q\n"
    "enabled = no\nconnector = picky\nkind = camper_van\ninterval = 2d\nsource = window\n"
    "[request]\nurl = https://api.example.org/list?\n  a=1&\n  b=;2 ; more\nmethod = POST\n"
    "body = {\"a\": 1,\n  # not this\n\t\"b\": 2} ; nor this\nallow_private = yes\nconditional = no\n"
    "header.Accept = application/json\nquery.geo[0] = x y\n"
    "[oauth]\nscope = read write\ncredentials = body\ntoken_url = https://example.org/t\nclient_id = me\n"
    "client_secret = credential:s\n"
    "[limits]\nrate_per_minute = 0\nmax_wire = 64M\n[removal]\nbrake_percent = 30 %\nage = 90m\n"
    "[normalise]\nlanguage = fr\ncountry = FR\ncurrency = EUR\nprice_unit = night\nprice = points\n"
    "rating_scale = 10\nkeep_contacts = yes\nstrip_params = a b\n"
    "[picky]\nwhere = here\n  and there\n[notes]\nnote = n\n[fields]\nb = 1\nfirst = 0\na = 2\n";

static void
test_a_full_main_file(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "vigie.conf", full_main);
	struct config *c = load_well(f);
	char *path = folder_path(f, "data/c.db");
	assert_string_equal(c->office_name, "Val de Garonne");
	assert_string_equal(c->contact, "mailto:ot@example.org");
	assert_string_equal(c->catalogue_path, path);
	assert_string_equal(c->ca_file, "/etc/passwd");
	assert_int_equal(c->log_level, CONFIG_LOG_DEBUG);
	assert_false(c->search);
	assert_true(c->publish_unlocated);
	assert_non_null(c->territory);
	assert_int_equal(c->per_host, 5);
	assert_int_equal(c->max_active, 9);
	free(path);
	config_free(c);
}

static void
test_a_full_partner(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "partners.d/p.conf", full_partner);
	struct config *c = load_well(f);
	const struct partner_config *p = config_partner(c, "p");
	assert_string_equal(p->name, "Café");
	assert_string_equal(p->theme, "vans");
	assert_string_equal(p->replaced_by, "Q");
	assert_false(p->enabled || p->snapshot);
	assert_int_equal(p->interval_ms, 2 * DAY_MS);
	assert_int_equal(p->limits.max_wire_bytes, 64 << 20);
	assert_int_equal(p->limits.rate_per_minute, 0);
	assert_int_equal(p->removal.brake_percent, 30);
	assert_int_equal(p->removal.min_age_ms, 90 * MINUTE_MS);
	assert_string_equal(p->normalise.base_url, "https://www.example.org");
	assert_string_equal(p->normalise.language, "fr");
	assert_string_equal(p->normalise.country, "FR");
	assert_string_equal(p->normalise.currency, "EUR");
	assert_string_equal(p->normalise.price_unit, "night");
	assert_string_equal(p->normalise.strip_params, "a b");
	assert_true(p->normalise.price_is_points && p->normalise.keep_contacts && !p->normalise.price_is_minor);
	assert_true(p->normalise.rating_scale > 9.9);
	config_free(c);
}

static void
test_a_full_request(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "partners.d/p.conf", full_partner);
	struct config *c = load_well(f);
	const struct partner_config *p = config_partner(c, "p");
	assert_string_equal(p->url, "https://api.example.org/list?a=1&b=;2");
	assert_string_equal(p->body, "{\"a\": 1, \"b\": 2}");
	assert_string_equal(p->method, "POST");
	assert_true(p->allow_private && !p->conditional);
	assert_int_equal(p->n_headers, 1);
	assert_string_equal(p->headers[0].name, "Accept");
	assert_string_equal(p->headers[0].value, "application/json");
	assert_int_equal(p->n_query, 1);
	assert_string_equal(p->query[0].name, "geo[0]");
	assert_string_equal(p->query[0].value, "x y");
	assert_false(p->query[0].secret);
	assert_string_equal(p->oauth.token_url, "https://example.org/t");
	assert_string_equal(p->oauth.client_id, "me");
	assert_string_equal(p->oauth.scope, "read write");
	assert_true(p->oauth.in_body);
	config_free(c);
}

/* In the order of the connector's table, with its defaults. */
static void
test_settings(void **state)
{
	static const char *const want[][3] = {
		{ "picky", "where", "here and there" }, { "picky", "count", "7" }, { "picky", "strict", "no" },
		{ "picky", "style", "plain" }, { "notes", "note", "n" }, { "fields", "first", "0" },
		{ "fields", "b", "1" }, { "fields", "a", "2" },
	};
	folder_write(*state, "partners.d/p.conf", full_partner);
	struct config *c = load_well(*state);
	const struct partner_config *p = config_partner(c, "p");
	assert_int_equal(p->n_settings, sizeof want / sizeof *want);
	for (size_t i = 0; i < p->n_settings; i++) {
		assert_string_equal(p->settings[i].section, want[i][0]);
		assert_string_equal(p->settings[i].name, want[i][1]);
		assert_string_equal(p->settings[i].value, want[i][2]);
	}
	config_free(c);
}

#define RENAME "rename this file: before .conf it needs 1 to 63 of a-z, 0-9, \"-\" and \"_\", " \
    "a letter or digit first"

static void
test_which_files_are_partners(void **state)
{
	const struct folder *f = *state;
	struct config_problems problems;
	folder_write(f, "partners.d/b-1.conf", GOOD URL);
	folder_write(f, "partners.d/b.conf", GOOD URL);
	folder_write(f, "partners.d/.hidden.conf", "nonsense");
	folder_write(f, "partners.d/a.conf.dpkg-dist", "nonsense");
	folder_write(f, "partners.d/README", "nonsense");
	folder_write(f, "partners.d/A.conf", GOOD URL);
	folder_write(f, "partners.d/-c.conf", GOOD URL);
	folder_mkdir(f, "partners.d/d.conf");
	struct config *c = folder_load(f, &problems);
	char *text = problems_text(f, &problems);
	assert_string_equal(text, "partners.d/-c.conf:0: " RENAME "\npartners.d/A.conf:0: " RENAME
	    "\npartners.d/d.conf:0: this is not a file");
	assert_int_equal(c->n_partners, 2);
	assert_string_equal(c->partners[0]->partner, "b");
	assert_string_equal(c->partners[1]->partner, "b-1");
	struct partner_config *p = config_take_partner(c, 0);
	assert_int_equal(c->n_partners, 1);
	assert_string_equal(c->partners[0]->partner, "b-1");
	config_free(c);
	assert_string_equal(p->partner, "b");
	assert_string_equal(p->connector->name, "picky");
	partner_config_free(p);
	partner_config_free(NULL);
	config_problems_done(&problems);
	free(text);
}

/* The partner of these lines; the caller frees it. */
static struct partner_config *
load_partner(const struct folder *f, const char *text)
{
	folder_write(f, "partners.d/p.conf", text);
	struct config *c = load_well(f);
	struct partner_config *p = config_take_partner(c, 0);
	config_free(c);
	return p;
}

/* What a change of the file does: nothing, other settings, or another reading
 * of every item. */
static void
test_what_changes(void **state)
{
	static const struct {
		const char *text;
		bool equal, same_seed;
	} cases[] = {
		{ GOOD URL "# a comment\n", true, true },
		{ GOOD URL "conditional = yes\n", true, true },
		{ GOOD URL "method = POST\n", false, true },
		{ GOOD "[request]\nurl = https://api.example.org/other\n", false, true },
		{ GOOD URL "header.Accept = x\n", false, true },
		{ GOOD URL "query.a = x\n", false, true },
		{ GOOD URL "[limits]\nrun = 1h\n", false, true },
		{ GOOD URL "[partner]\ntheme = x\n", false, true },
		{ GOOD URL "[normalise]\ncurrency = CHF\n", false, false },
		{ GOOD URL "[normalise]\nprice = minor\n", false, false },
		{ GOOD URL "[normalise]\nrating_scale = 10\n", false, false },
		{ GOOD URL "[normalise]\nkeep_contacts = yes\n", false, false },
		{ GOOD URL "[partner]\nwebsite = https://example.org\n", false, false },
		{ GOOD URL "[fields]\na = x\n", false, false },
		{ GOOD URL "[picky]\ncount = 8\n", false, false },
	};
	struct partner_config *first = load_partner(*state, GOOD URL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct partner_config *p = load_partner(*state, cases[i].text);
		if (partner_config_equal(first, p) != cases[i].equal || (first->read_seed == p->read_seed) != cases[i].same_seed)
			fail_msg("after a change to:\n%s", cases[i].text);
		partner_config_free(p);
	}
	partner_config_free(first);
}

static void
test_territory_seed(void **state)
{
	static const char *const texts[] = { "", "[territory]\ncircle = 44.5,0.16,25\n",
		"[territory]\ncircle = 44.5,0.16,26\n", "[territory]\npostcodes = 47200\n",
		"[territory]\npostcodes = 47200\nunlocated = publish\n" };
	uint64_t seeds[5];
	for (size_t i = 0; i < 5; i++) {
		folder_write(*state, "vigie.conf", texts[i]);
		struct config *c = load_well(*state);
		seeds[i] = c->territory_seed;
		for (size_t j = 0; j < i; j++)
			assert_true(seeds[i] != seeds[j]);
		config_free(c);
	}
}

static void
test_folders_of_the_file(void **state)
{
	const struct folder *f = *state;
	folder_mkdir(f, "others");
	folder_write(f, "vigie.conf", "[paths]\npartners = others\nconnectors = lib\n");
	assert_int_equal(unsetenv("VIGIE_CONNECTORS"), 0);
	struct config *c = load_well(f);
	char *others = folder_path(f, "others"), *lib = folder_path(f, "lib");
	assert_string_equal(c->partners_dir, others);
	assert_string_equal(c->connectors_dir, lib);
	free(others);
	free(lib);
	config_free(c);
}

static void
test_reference(void **state)
{
	(void)state;
	struct plugins *plugins = plugins_new(getenv("VIGIE_CONNECTORS"));
	struct buf out = BUF_INIT;
	config_describe(&out, plugins);
	static const char *const parts[] = {
		"\n[office]\n  name = text\n      Name of the tourist office.\n",
		"\n  kind = kind\n", "\n  interval = duration (default 1h)\n",
		"\n  header.NAME = text or credential:NAME\n", "\n      One of: home_exchange hosted_meal camper_van",
		"\nPARTNER FILE, connector = picky: for tests\n\n[picky]\n  where = text (required)\n      Where to look.\n",
		"\n[fields]\n  first = text\n", "\n  NAME = text\n",
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(buf_cstr(&out), parts[i]) == NULL)
			fail_msg("\"%s\" is not in:\n%s", parts[i], buf_cstr(&out));
	for (const char *s = buf_cstr(&out); *s != '\0'; s += strcspn(s, "\n") + 1)
		/* An address is never broken. */
		assert_true(strcspn(s, "\n") <= 80 || memmem(s, strcspn(s, "\n"), "https://", 8) != NULL);
	buf_done(&out);
	plugins_free(plugins);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, config_setup, config_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_letters),
		TEST(test_a_sheet),
		TEST(test_a_full_main_file),
		TEST(test_a_full_partner),
		TEST(test_a_full_request),
		TEST(test_settings),
		TEST(test_which_files_are_partners),
		TEST(test_what_changes),
		TEST(test_territory_seed),
		TEST(test_folders_of_the_file),
		TEST(test_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
