/* SPDX-License-Identifier: Apache-2.0 */
/* vigie.conf and partners' files: bad ones, by the exact problems that they give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_fixture.h"

struct bad {
	const char *text;	/* of the file */
	const char *problems;	/* all of them, "LINE: text" a line; @ before a blank or a slash is the connectors' folder */
};

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
		if (at != NULL && at[1] != ' ' && at[1] != '/')
			at = NULL;
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
	  "0: \"url\" is missing in [request]. Where its listings are. Required, unless there is a file.\n"
	  "1: \"name\" is missing in [partner]. Name of the partner, as staff know it.\n"
	  "1: \"kind\" is missing in [partner]. Kind of its listings, unless the map says one. Required, but for watch." },
	{ "", "0: there is no connector \"json\" in @ (there are: bad_option, half, no_symbol, picky, "
	  "wicked, wrong_abi, wrong_name)\n"
	  "0: \"name\" is missing in [partner]. Name of the partner, as staff know it.\n"
	  "0: \"kind\" is missing in [partner]. Kind of its listings, unless the map says one. Required, but for watch.\n"
	  "0: \"url\" is missing in [request]. Where its listings are. Required, unless there is a file." },
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
	  "5: \"windw\" is no choice for \"source\": did you mean \"window\"? (one of: snapshot window changes)\n"
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
	{ GOOD "[request]\nurl = https://example.org:99999/list\n",
	  "8: what stands after \":\" in the host of \"url\" is no port: write a whole number from 1 to 65535, or leave it away" },
	{ GOOD "[request]\nurl = https://[2001:db8::1]:x/list\n",
	  "8: what stands after \":\" in the host of \"url\" is no port: write a whole number from 1 to 65535, or leave it away" },
	{ GOOD "[request]\nurl = https://[2001:db8::1]/a:b\n", "" },
	{ GOOD "[request]\nurl = https://example.org:8443?a:b\n", "" },
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
	/* the sheet */
	{ GOOD "[partner]\nsiren = 552 100 554\ncontract_from = 1/2/2026\ncontract_to = 2026-02-30\nclosed = winter\n" URL,
	  "8: \"552 100 554\" is no value for \"siren\": write nine digits, without blanks\n"
	  "9: \"1/2/2026\" is no day for \"contract_from\": write one such as 2027-01-31\n"
	  "10: \"2026-02-30\" is no day for \"contract_to\": write one such as 2027-01-31\n"
	  "11: \"winter\" is no span of days: write it such as 11-01..03-31, 12-24..12-26" },
	{ GOOD "[partner]\nsiren = 552100555\nclosed = 11-01..02-30\n" URL,
	  "8: \"552100555\" is no number of the register: its last digit does not fit the others\n"
	  "9: \"11-01..02-30\" is no span of days: write it such as 11-01..03-31, 12-24..12-26" },
	{ GOOD "[partner]\ncontract_from = 2026-02-01\ncontract_to = 2026-01-31\n" URL,
	  "9: the contract ends before it begins (contract_from = 2026-02-01)" },
	{ GOOD "[partner]\ndomain = https://x.example/\n" URL,
	  "8: \"https://x.example/\" is no domain name for \"domain\": write x.example" },
	{ GOOD "[partner]\ndomain = www.gîte.example/fr\n" URL,
	  "8: \"www.gîte.example/fr\" is no domain name for \"domain\": write www.gîte.example" },
	{ GOOD "[partner]\ndomain = x.example.:443\n" URL,
	  "8: \"x.example.:443\" is no domain name for \"domain\": write x.example" },
	{ GOOD "[partner]\ndomain = 192.0.2.1\n" URL,
	  "8: \"192.0.2.1\" is no domain name for \"domain\": write one such as example.org" },
	{ GOOD "[partner]\ndomain = x..example\n" URL,
	  "8: \"x..example\" is no domain name for \"domain\": write one such as example.org" },
	{ GOOD "[partner]\ndomain = localhost\n" URL,
	  "8: \"localhost\" is no domain name for \"domain\": write one such as example.org" },
	{ GOOD "[partner]\ndomain = gîte.example\n" URL, "" },
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
	/* It may hold what would be missing. */
	{ "[partner]\nname = Caf\xe9\nconnector = picky\n[picky]\nwhere = here\n" URL,
	  "2: this line is not UTF-8 text: save the file as UTF-8" },
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
	{ PICKY URL "[json]\nwhere = a\n[other]\nx = y\n[picky]\nwhere = b\n", "7: unknown section [json]: the connector is picky, whose "
	  "keys stand in [picky]\n9: unknown section [other]" },
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
		{ "[mail]\nto = accueil@office.example\n",
		  "2: \"server\" is missing in [mail]\n2: \"from\" is missing in [mail]" },
		{ "[mail]\nserver = mail.example\nfrom = Vigie <v@x.example>\nto = a@x.example; b@x.example\n"
		  "to.boats = nobody\nanswers = a@b@c\n",
		  "2: \"server\" must start with smtp:// or smtps://\n"
		  "3: \"Vigie <v@x.example>\" is no address for \"from\": write one such as accueil@office.example\n"
		  "4: \"a@x.example;\" is no address for \"to\": write some such as accueil@office.example, "
		  "numerique@office.example\n"
		  "5: \"nobody\" is no address for \"to.boats\": write some such as accueil@office.example, "
		  "numerique@office.example\n"
		  "6: \"a@b@c\" is no address for \"answers\": write one such as accueil@office.example" },
		{ "[mail]\nserver = smtp://mail.example:0\nuser = me\npassword = hunter2\ndigest_day = lundi\n"
		  "digest_hour = 24\nlanguage = de\n",
		  "2: \"server\" is a scheme, a host and a port, no more: write smtp://localhost:25 or "
		  "smtps://mail.example:465\n"
		  "4: put the secret in a file and write password = credential:NAME\n"
		  "5: \"lundi\" is no choice for \"digest_day\": write one of: monday tuesday wednesday "
		  "thursday friday saturday sunday never\n"
		  "6: \"24\" is no value for \"digest_hour\": write a whole number from 0 to 23\n"
		  "7: \"de\" is no choice for \"language\": write one of: french english fr en" },
		{ "[watch]\nresolvers = 9.9.9.9 foo\n",
		  "2: \"foo\" is no address of a name server: write one such as 9.9.9.9, 192.0.2.1:5353 or [2620:fe::fe]:53, or system" },
		{ "[watch]\nresolvers = 9.9.9.9:70000 9.9\n",
		  "2: \"9.9.9.9:70000\" is no address of a name server: write one such as 9.9.9.9, 192.0.2.1:5353 or "
		  "[2620:fe::fe]:53, or system" },
		{ "[watch]\nresolvers = 9.9.9.9, 9.9.9.9\n",
		  "2: one name server may be wrong, and \"system\" is often one: write two or more for \"resolvers\", such as system "
		  "9.9.9.9" },
		{ "[watch]\nresolvers = system\n",
		  "2: one name server may be wrong, and \"system\" is often one: write two or more for \"resolvers\", such as system "
		  "9.9.9.9" },
		{ "[watch]\nresolvers = ::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9\n",
		  "2: \"resolvers\" names more than 8 name servers" },
		{ "[watch]\ncontrol = https://example.org/ nope\n", "2: \"control\" must start with https:// or http://" },
		{ "[watch]\ncontrol = ,\n", "2: there is no web address in \"control\"" },
		{ "[fetch]\nca_file = /nonexistent/ca.pem\n",
		  "2: there are no certificates to be trusted in /nonexistent/ca.pem: No such file or directory. Name a PEM file, or "
		  "take the line away for those of the system" },
		{ "[fetch]\nca_file = /tmp\n",
		  "2: there are no certificates to be trusted in /tmp: Is a directory. Name a PEM file, or take the line away for "
		  "those of the system" },
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
test_good_addresses(void **state)
{
	static const struct bad good = { "[watch]\nresolvers = system, 9.9.9.9:53 2620:fe::fe [2620:fe::9]:5353 fe80::1%eth0\n"
	    "control = https://example.org/ http://example.org:8080/,https://example.net\n[fetch]\nca_file = vigie.conf\n", "" };
	expect_problems(*state, "vigie.conf", &good);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, config_setup, config_teardown)

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
		TEST(test_good_addresses),
		TEST(test_no_main_file),
		TEST(test_both_files_are_judged_in_one_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
