/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie.conf and partners' files: good ones by value, bad ones by the exact
 * problems that they give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "config_fixture.h"

/* What a partner's file needs at least; line 7 is where a test goes on. */
#define GOOD "[partner]\nname = P\nkind = boat\nconnector = picky\n[picky]\nwhere = here\n"
#define URL "[request]\nurl = https://api.example.org/list\n"

struct bad {
	const char *text;	/* of the file */
	const char *problems;	/* all of them, "LINE: text" a line; @ is the connectors' folder */
};

static int
setup(void **state)
{
	struct folder *f = xcalloc(1, sizeof *f);
	char *plugins = build_path("test-plugins");
	folder_open(f);
	folder_mkdir(f, "partners.d");
	folder_write(f, "vigie.conf", "");
	assert_int_equal(setenv("VIGIE_CONNECTORS", plugins, 1), 0);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	free(plugins);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	folder_close(*state);
	free(*state);
	return 0;
}

/* "FILE:" before every line of `problems`. */
static char *
expected(const char *file, const char *problems)
{
	struct buf out = BUF_INIT;
	const char *s = problems;
	buf_str(&out, "");
	while (*s != '\0') {
		size_t n = strcspn(s, "\n");
		const char *at = memchr(s, '@', n);
		size_t before = at != NULL ? (size_t)(at - s) : n;
		buf_fmt(&out, "%s%s:%.*s", out.len > 0 ? "\n" : "", file, (int)before, s);
		if (at != NULL)
			buf_fmt(&out, "%s%.*s", getenv("VIGIE_CONNECTORS"), (int)(n - before - 1), at + 1);
		s += n + (s[n] == '\n');
	}
	return out.data != NULL ? buf_take(&out) : xstrdup("");
}

static void
expect_problems(const struct folder *f, const char *file, const struct bad *bad)
{
	struct config_problems problems;
	folder_write(f, file, bad->text);
	struct config *c = folder_load(f, &problems);
	char *got = problems_text(f, &problems), *want = expected(file, bad->problems);
	if (strcmp(got, want) != 0)
		fail_msg("for this file:\n%s\nexpected:\n%s\ngot:\n%s\n", bad->text, want, got);
	free(got);
	free(want);
	config_problems_done(&problems);
	config_free(c);
}

static void
expect_all(const struct folder *f, const char *file, const struct bad *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_problems(f, file, &cases[i]);
}

static const struct bad partner_cases[] = {
	/* keys and sections */
	{ GOOD "[partner]\nintervall = 1h\n" URL,
	  "8: unknown key \"intervall\" in [partner]: did you mean \"interval\"?" },
	{ GOOD "[partner]\nzzz = 1\n" URL, "8: unknown key \"zzz\" in [partner]" },
	{ GOOD URL "interval = 1h\n", "9: \"interval\" is a key of [partner], not of [request]" },
	{ GOOD URL "[limit]\nrun = 1h\n[x]\n", "9: unknown section [limit]: did you mean [limits]?\n"
	  "11: unknown section [x]" },
	{ "name = P\n" GOOD URL, "1: \"name\" stands before the first [section]" },
	{ GOOD URL "url = https://example.org/\n", "9: \"url\" is set twice in [request], first on line 8" },
	{ "[partner]\nconnector = picky\n[picky]\nwhere = here\n",
	  "0: \"url\" is missing in [request]. Where its listings are.\n"
	  "1: \"name\" is missing in [partner]. Name of the partner, as staff know it.\n"
	  "1: \"kind\" is missing in [partner]. Kind of its listings, unless the map says one." },
	{ "", "0: \"name\" is missing in [partner]. Name of the partner, as staff know it.\n"
	  "0: \"kind\" is missing in [partner]. Kind of its listings, unless the map says one.\n"
	  "0: \"url\" is missing in [request]. Where its listings are.\n"
	  "0: there is no connector \"json\" in @ (there are: bad_option, half, no_symbol, picky, "
	  "wrong_abi, wrong_name)" },
	/* texts and choices */
	{ GOOD URL "[normalise]\nlanguage = FR\ncountry = France\ncurrency = €\ntimezone = Paris\n",
	  "10: \"FR\" is no code for \"language\": write 2 lower-case letters, such as fr\n"
	  "11: \"France\" is no code for \"country\": write 2 upper-case letters, such as FR\n"
	  "12: \"€\" is no code for \"currency\": write 3 upper-case letters, such as EUR\n"
	  "13: \"Paris\" is no time zone: write a name such as Europe/Paris" },
	{ "[partner]\nname = P\nkind = boot\nconnector = picky\nsource = windw\nenabled = true\n"
	  "theme =\nwebsite = \"x\"\n[picky]\nwhere = here\n" URL,
	  "3: \"boot\" is no choice for \"kind\": did you mean \"boat\"? (one of: home_exchange hosted_meal "
	  "camper_van boat coworking childcare deal activity tour game event accommodation place product)\n"
	  "5: \"windw\" is no choice for \"source\": did you mean \"window\"? (one of: snapshot window)\n"
	  "6: \"true\" is neither yes nor no: write enabled = yes\n"
	  "7: \"theme\" is empty: give it a value or take the line away\n"
	  "8: leave away the quotes around the value of \"website\"" },
	{ GOOD "[partner]\nenabled = perhaps\n" URL "method = DELETE\n",
	  "8: \"perhaps\" is neither yes nor no: write enabled = yes or enabled = no\n"
	  "11: \"DELETE\" is no choice for \"method\": write one of: GET POST" },
	/* quantities */
	{ GOOD "[partner]\ninterval = 5 minutes\n" URL "[limits]\nconnect = 10\nrequest = 2 jours\nstall = 0s\n"
	  "run = 25h\nmax_wire = 64\nmax_body = 64 Mo\nmax_pages = -1\nmax_depth = 1e3\n",
	  "8: \"5 minutes\" is not a duration: write 5m\n"
	  "12: \"10\" is not a duration, it has no unit: write a number and s, m, h or d, such as 30s or 6h\n"
	  "13: \"2 jours\" is not a duration: write 2d\n"
	  "14: \"0s\" is out of range: write a duration from 1s to 1h\n"
	  "15: \"25h\" is out of range: write a duration from 1s to 1d\n"
	  "16: \"64\" is not a size, it has no unit: write a number and K, M or G, such as 64M\n"
	  "17: \"64 Mo\" is not a size: write 64M\n"
	  "18: \"-1\" is no value for \"max_pages\": write a whole number from 1 to 1000000\n"
	  "19: \"1e3\" is no value for \"max_depth\": write a whole number from 1 to 1000" },
	{ GOOD "[partner]\ninterval = often\n" URL "[removal]\nage = 99999999999999999999s\nbrake_percent = 101 %\n"
	  "[normalise]\nrating_scale = 0\n",
	  "8: \"often\" is not a duration: write a number and s, m, h or d, such as 30s or 6h\n"
	  "12: \"99999999999999999999s\" is not a duration: write a number and s, m, h or d, such as 30s or 6h\n"
	  "13: \"101\" is no value for \"brake_percent\": write a whole number from 0 to 100\n"
	  "15: \"0\" is no value for \"rating_scale\": write a number over 0, such as 5 or 2.5" },
	/* requests */
	{ GOOD "[request]\nurl = ftp://example.org/\n", "8: \"url\" must start with https:// or http://" },
	{ GOOD "[request]\nurl = https:///list\n", "8: \"url\" has no host after ://" },
	{ GOOD "[request]\nurl = https://me:pass@example.org/\n", "8: \"url\" has a user name or password in it: "
	  "write header.Authorization = Basic credential:NAME instead" },
	{ GOOD "[request]\nurl = https://example.org/a b\n",
	  "8: \"url\" has a space or a quote in it: write %20 for a space, %22 for a quote" },
	{ GOOD "[request]\nurl = https://example.org/#top\n",
	  "8: what stands after \"#\" in the url is never sent: leave it away" },
	{ GOOD URL "method = GET\nbody = {}\n", "10: \"body\" needs method = POST" },
	{ GOOD URL "header.Host = a\nheader.Bad Name = b\nheader.Accept = c\nheader.accept = d\n",
	  "9: \"header.Host\" is set by the service itself: take the line away\n"
	  "10: \"header.Bad Name\" is no name of a header\n"
	  "12: \"header.accept\" is set twice: capitals make no difference" },
	/* OAuth */
	{ GOOD URL "[oauth]\ntoken_url = https://example.org/token\n", "9: \"client_id\" is missing in [oauth]" },
	{ GOOD URL "[oauth]\ntoken_url = https://example.org/token\nclient_id = me\n",
	  "9: \"client_secret\" is missing in [oauth]" },
	{ GOOD URL "[oauth]\nclient_id = me\n", "9: \"token_url\" is missing in [oauth]" },
};

static void
test_bad_partner_files(void **state)
{
	expect_all(*state, "partners.d/p.conf", partner_cases, sizeof partner_cases / sizeof *partner_cases);
}

#define L41 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct bad line_cases[] = {
	{ GOOD URL "theme\n", "9: there is no \"=\" on this line: write name = value" },
	{ GOOD URL "theme ; = x\n",
	  "9: there is no \"=\" on this line before the comment: write name = value" },
	{ GOOD URL "body: x\n", "9: \":\" where \"=\" was expected: write name = value" },
	{ GOOD URL " \n= x\n", "10: there is no name before \"=\"" },
	{ GOOD URL "header." L50 " = x\n", "9: the name before \"=\" is longer than 49 characters" },
	{ GOOD URL "body = " L50 L50 L50 L41 "\n", "" },
	{ GOOD URL "body = " L50 L50 L50 L41 "b\n",
	  "9: line longer than 198 characters: go on on the next line, indented" },
	{ GOOD URL "body = " L50 L50 L50 L50 "\n  goes with it\n",
	  "9: line longer than 198 characters: go on on the next line, indented" },
	/* All up to the next section goes with a bad one. */
	{ GOOD URL "[limits\nrun = 1h\n  x\n[removal]\nruns = 0\n",
	  "9: this section has no closing \"]\"\n"
	  "13: \"0\" is no value for \"runs\": write a whole number from 1 to 1000" },
	{ GOOD URL "[limits\n  [removal]\n  runs = 0\n", "9: this section has no closing \"]\"\n"
	  "11: \"0\" is no value for \"runs\": write a whole number from 1 to 1000" },
	{ GOOD URL "[]\n[limits] run = 1h\n[" L50 "]\n", "9: this section has no name\n"
	  "10: put what stands after \"]\" on a line of its own\n"
	  "11: the name of this section is longer than 49 characters" },
	/* inih would make these a part of the value above. */
	{ GOOD URL "  method = POST\n\t[limits]\n",
	  "9: an indented line goes on the value above: start this key at the left margin\n"
	  "10: an indented line goes on the value above: start this section at the left margin" },
	{ GOOD URL "body = caf\xe9\n", "9: this line is not UTF-8 text: save the file as UTF-8" },
	{ GOOD URL "body = a\033[1m\n", "9: this line has a control character in it" },
	/* What goes on a bad line is passed over with it. */
	{ GOOD URL "url = https://example.org/\n  more\nbody: {\n  \"a\": 1}\n",
	  "9: \"url\" is set twice in [request], first on line 8\n"
	  "11: \":\" where \"=\" was expected: write name = value" },
};

static void
test_bad_lines(void **state)
{
	expect_all(*state, "partners.d/p.conf", line_cases, sizeof line_cases / sizeof *line_cases);
}

static void
test_nul_bytes(void **state)
{
	static const char text[] = GOOD URL "body = a\0b\n";
	struct config_problems problems;
	folder_write_bytes(*state, "partners.d/p.conf", text, sizeof text - 1);
	struct config *c = folder_load(*state, &problems);
	assert_int_equal(problems.n, 1);
	assert_int_equal(problems.list[0].line, 9);
	assert_string_equal(problems.list[0].text, "this line has a control character in it");
	assert_string_equal(problems.list[0].partner, "p");
	assert_int_equal(c->n_partners, 0);
	config_problems_done(&problems);
	config_free(c);
}

static void
test_files_that_are_too_large(void **state)
{
	struct config_problems problems;
	struct buf text = BUF_INIT;
	buf_str(&text, GOOD URL);
	for (unsigned i = 0; i < 1001; i++)
		buf_fmt(&text, "query.q%u = %u\n", i, i);
	folder_write(*state, "partners.d/p.conf", buf_cstr(&text));
	config_free(folder_load(*state, &problems));
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.list[0].text, "more than 1000 keys: split this file");
	config_problems_done(&problems);
	while (text.len <= 1 << 20)
		buf_str(&text, "# a comment that goes on and on\n");
	folder_write(*state, "partners.d/p.conf", buf_cstr(&text));
	config_free(folder_load(*state, &problems));
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.list[0].text, "this file is larger than 1 MiB");
	config_problems_done(&problems);
	buf_done(&text);
}

#define PICKY "[partner]\nname = P\nkind = boat\nconnector = picky\n"

static const struct bad setting_cases[] = {
	{ PICKY URL "[picky]\n", "7: \"where\" is missing in [picky]. Where to look." },
	{ PICKY URL, "0: \"where\" is missing in [picky]. Where to look." },
	{ PICKY URL "[picky]\nwhere = a\nwher = b\ncount = many\nstrict = 1\nstyle = fanc\nnote = x\n",
	  "9: unknown key \"wher\" in [picky]: did you mean \"where\"?\n"
	  "10: \"many\" is no value for \"count\": write a whole number\n"
	  "11: \"1\" is neither yes nor no: write strict = yes\n"
	  "12: \"fanc\" is no choice for \"style\": did you mean \"fancy\"? (one of: plain fancy)\n"
	  "13: \"note\" is a key of [notes], not of [picky]" },
	{ PICKY URL "[pikcy]\nwhere = a\n[picky]\nwhere = b\n", "7: unknown section [pikcy]: did you mean [picky]?" },
	/* The connector's own complaints have the line of what they are about. */
	{ PICKY URL "[picky]\nwhere = bad\n", "8: where: \"bad\" is not good" },
	{ PICKY URL "[fields]\na = bad\nb = good\nc = bad\n[picky]\nwhere = a\n",
	  "8: a: \"bad\" is not good\n10: c: \"bad\" is not good" },
	{ PICKY URL "[picky]\nwhere = a\n[limits]\nmax_depth = 13\n",
	  "4: the connector refuses this and does not say why" },
	{ PICKY URL "[picky]\nwhere = credential:x\n", "8: \"where\" cannot hold a credential" },
	/* Without the connector its sections cannot be judged, the others can. */
	{ "[partner]\nname = P\nkind = boat\nconnector = wrong_name\n[pikcy]\nwhere = a\n[limits]\nrum = 1\n" URL,
	  "4: @/wrong_name.so calls itself \"somebody\": file and name must agree\n"
	  "8: unknown key \"rum\" in [limits]: did you mean \"run\"?" },
};

static void
test_bad_settings_of_a_connector(void **state)
{
	expect_all(*state, "partners.d/p.conf", setting_cases, sizeof setting_cases / sizeof *setting_cases);
}

static void
test_bad_main_files(void **state)
{
	static const struct bad cases[] = {
		{ "[ofice]\nname = x\n", "1: unknown section [ofice]: did you mean [office]?" },
		{ "[office]\nnam = x\ncontact = me\n", "2: unknown key \"nam\" in [office]: did you mean \"name\"?\n"
		  "3: \"contact\" must be a web address or mailto:ADDRESS" },
		{ "[log]\nlevel = verbose\n[fetch]\nper_host = 0\n",
		  "2: \"verbose\" is no choice for \"level\": write one of: error warn info debug\n"
		  "4: \"0\" is no value for \"per_host\": write a whole number from 1 to 100" },
		{ "[office]\nname = credential:x\n", "2: \"name\" cannot hold a credential" },
		{ "[territory]\ncircle = Marmande\npolygon = 1,2\nunlocated = publish\n",
		  "2: a circle is LAT,LON,KM, for example 44.5003,0.1654,25\n"
		  "3: a polygon has at least three corners, not in one line" },
		{ "[paths]\npartners = /nonexistent\n",
		  "2: cannot read the folder of the partners' files, /nonexistent: No such file or directory" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		expect_problems(*state, "vigie.conf", &cases[i]);
		struct config_problems problems;
		assert_null(folder_load(*state, &problems));
		config_problems_done(&problems);
	}
}

static void
test_no_main_file(void **state)
{
	(void)state;
	struct config_problems problems;
	assert_null(config_load("/nonexistent/vigie.conf", &problems));
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.list[0].text, "cannot read this file: No such file or directory");
	assert_int_equal(problems.list[0].line, 0);
	assert_null(problems.list[0].partner);
	config_problems_done(&problems);
	assert_null(config_load("/", &problems));
	assert_string_equal(problems.list[0].text, "this is not a file");
	config_problems_done(&problems);
}

static void
test_both_files_are_judged_in_one_go(void **state)
{
	struct config_problems problems;
	folder_write(*state, "vigie.conf", "[log]\nlevel = x\n");
	folder_write(*state, "partners.d/p.conf", GOOD);
	assert_null(folder_load(*state, &problems));
	assert_int_equal(problems.n, 2);
	assert_null(problems.list[0].partner);
	assert_string_equal(problems.list[1].partner, "p");
	config_problems_done(&problems);
}

/* ---- good files */

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
test_every_key(void **state)
{
	const struct folder *f = *state;
	folder_write(f, "vigie.conf", "\xef\xbb\xbf# a comment\r\n[office]\r\nname = Val de Garonne ; us\r\n"
	    "contact = mailto:ot@example.org\r\n[catalogue]\npath = data/c.db\nsearch = no\n"
	    "[territory]\ncircle = 44.5,0.16,25\npostcodes = 47200 474\nunlocated = publish\n"
	    "[fetch]\nper_host = 5\nmax_active = 9\nca_file = /etc/ca.pem\n[log]\nlevel = debug\n");
	folder_write(f, "partners.d/p.conf", "[partner]\nname = Café ; inline\ntheme = vans\n"
	    "website = https://www.example.org\nreplaced_by = Q\nenabled = no\nconnector = picky\nkind = camper_van\n"
	    "interval = 2d\nsource = window\n[request]\nurl = https://api.example.org/list?\n  a=1&\n  b=;2 ; more\n"
	    "method = POST\nbody = {\"a\": 1,\n  # not this\n\t\"b\": 2} ; nor this\nallow_private = yes\nconditional = no\n"
	    "header.Accept = application/json\nquery.geo[0] = x y\n[oauth]\nscope = read write\ncredentials = body\n"
	    "token_url = https://example.org/t\nclient_id = me\nclient_secret = credential:s\n"
	    "[limits]\nrate_per_minute = 0\nmax_wire = 64M\n[removal]\nbrake_percent = 30 %\nage = 90m\n"
	    "[normalise]\nlanguage = fr\ncountry = FR\ncurrency = EUR\nprice_unit = night\nprice = points\n"
	    "rating_scale = 10\nkeep_contacts = yes\nstrip_params = a b\n[picky]\nwhere = here\n  and there\n"
	    "[notes]\nnote = n\n[fields]\nb = 1\nfirst = 0\na = 2\n");
	struct config *c = load_well(f);
	char *path = folder_path(f, "data/c.db");
	assert_string_equal(c->office_name, "Val de Garonne");
	assert_string_equal(c->contact, "mailto:ot@example.org");
	assert_string_equal(c->catalogue_path, path);
	assert_string_equal(c->ca_file, "/etc/ca.pem");
	assert_int_equal(c->log_level, CONFIG_LOG_DEBUG);
	assert_false(c->search);
	assert_true(c->publish_unlocated);
	assert_non_null(c->territory);
	assert_int_equal(c->max_active, 9);
	const struct partner_config *p = config_partner(c, "p");
	assert_string_equal(p->name, "Café");
	assert_string_equal(p->url, "https://api.example.org/list?a=1&b=;2");
	assert_string_equal(p->body, "{\"a\": 1, \"b\": 2}");
	assert_string_equal(p->method, "POST");
	assert_string_equal(p->replaced_by, "Q");
	assert_false(p->enabled || p->snapshot || p->conditional);
	assert_true(p->allow_private && p->oauth.in_body);
	assert_int_equal(p->interval_ms, 2 * DAY_MS);
	assert_int_equal(p->n_headers, 1);
	assert_string_equal(p->headers[0].name, "Accept");
	assert_string_equal(p->headers[0].value, "application/json");
	assert_int_equal(p->n_query, 1);
	assert_string_equal(p->query[0].name, "geo[0]");
	assert_string_equal(p->query[0].value, "x y");
	assert_false(p->query[0].secret);
	assert_string_equal(p->oauth.scope, "read write");
	assert_int_equal(p->limits.max_wire_bytes, 64 << 20);
	assert_int_equal(p->removal.brake_percent, 30);
	assert_int_equal(p->removal.min_age_ms, 90 * MINUTE_MS);
	assert_string_equal(p->normalise.base_url, "https://www.example.org");
	assert_string_equal(p->normalise.currency, "EUR");
	assert_true(p->normalise.price_is_points && p->normalise.keep_contacts && !p->normalise.price_is_minor);
	assert_true(p->normalise.rating_scale > 9.9);
	static const char *const settings[][3] = {
		{ "picky", "where", "here and there" }, { "picky", "count", "7" }, { "picky", "strict", "no" },
		{ "picky", "style", "plain" }, { "notes", "note", "n" }, { "fields", "first", "0" }, { "fields", "b", "1" }, { "fields", "a", "2" },
	};
	assert_int_equal(p->n_settings, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_string_equal(p->settings[i].section, settings[i][0]);
		assert_string_equal(p->settings[i].name, settings[i][1]);
		assert_string_equal(p->settings[i].value, settings[i][2]);
	}
	free(path);
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
		{ GOOD URL "[normalise]\ncurrency = EUR\n", false, false },
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
		"\n  kind = kind (required)\n", "\n  interval = duration (default 1h)\n",
		"\n  header.NAME = text or credential:NAME\n", "\n      home_exchange hosted_meal camper_van",
		"\nPARTNER FILE, connector = picky: for tests\n\n[picky]\n  where = text (required)\n      Where to look.\n",
		"\n[fields]\n  first = text\n", "\n  NAME = text\n",
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(buf_cstr(&out), parts[i]) == NULL)
			fail_msg("\"%s\" is not in:\n%s", parts[i], buf_cstr(&out));
	for (const char *s = buf_cstr(&out); *s != '\0'; s += strcspn(s, "\n") + 1)
		assert_true(strcspn(s, "\n") <= 80);
	buf_done(&out);
	plugins_free(plugins);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bad_partner_files),
		TEST(test_bad_lines),
		TEST(test_nul_bytes),
		TEST(test_files_that_are_too_large),
		TEST(test_bad_settings_of_a_connector),
		TEST(test_bad_main_files),
		TEST(test_no_main_file),
		TEST(test_both_files_are_judged_in_one_go),
		TEST(test_defaults),
		TEST(test_every_key),
		TEST(test_which_files_are_partners),
		TEST(test_what_changes),
		TEST(test_territory_seed),
		TEST(test_folders_of_the_file),
		TEST(test_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
