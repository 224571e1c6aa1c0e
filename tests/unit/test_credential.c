/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: where they come from, what is refused, and that no problem shows one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/credential.h"
#include "config_fixture.h"

#define SECRET "s3cr3t-of-ours"
#define START GOOD URL

static int
setup(void **state)
{
	if (config_setup(state) != 0)
		return -1;
	folder_mkdir(*state, "credentials");
	folder_mkdir(*state, "given");
	folder_write(*state, "credentials/key", SECRET "\n");
	folder_chmod(*state, "credentials/key", 0600);
	return 0;
}

static void
give_directory(const struct folder *f)
{
	char *given = folder_path(f, "given");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", given, 1), 0);
	free(given);
}

static void
expect_secret(const struct folder *f, const char *text, const char *want)
{
	struct error err = ERROR_INIT;
	char *got = credential_expand(text, f->path, NULL, &err);
	if (got == NULL)
		fail_msg("%s: %s", text, err.text);
	assert_string_equal(got, want);
	credential_free(got);
}

/* `text` as in an error's text, without the folder. */
static void
expect_refused(const struct folder *f, const char *text, enum error_kind kind, const char *want)
{
	struct error err = ERROR_INIT;
	struct buf plain = BUF_INIT;
	assert_null(credential_expand(text, f->path, NULL, &err));
	for (const char *s = err.text; *s != '\0';) {
		bool path = strncmp(s, f->path, strlen(f->path)) == 0;
		if (!path)
			buf_char(&plain, *s);
		s += path ? strlen(f->path) + 1 : 1;
	}
	assert_string_equal(buf_cstr(&plain), want);
	assert_int_equal(err.kind, kind);
	buf_done(&plain);
}

static void
test_own_file(void **state)
{
	expect_secret(*state, "credential:key", SECRET);
	expect_secret(*state, "Bearer credential:key", "Bearer " SECRET);
	folder_write(*state, "credentials/key", "no line end");
	expect_secret(*state, "credential:key", "no line end");
	folder_write(*state, "credentials/key", "windows\r\n");
	expect_secret(*state, "credential:key", "windows");
	folder_write(*state, "credentials/key", "\xef\xbb\xbf" SECRET "\r\n");	/* as Notepad saves it */
	expect_secret(*state, "credential:key", SECRET);
	folder_write(*state, "credentials/key", "\xef\xbb\xbf\n");
	expect_refused(*state, "credential:key", ERROR_SYSTEM, "credentials/key is empty: write the secret into it");
	folder_write(*state, "credentials/key", "windows\n");
	folder_chmod(*state, "credentials/key", 0400);
	expect_secret(*state, "credential:key", "windows");
}

static void
test_given_by_systemd(void **state)
{
	const struct folder *f = *state;
	give_directory(f);
	expect_secret(f, "credential:key", SECRET);
	expect_secret(f, "{\"key\":\"{credential:key}\",\"first\":{first}}", "{\"key\":\"" SECRET "\",\"first\":{first}}");
	expect_secret(f, "{credential:key}", SECRET);
	folder_write(f, "given/vigie_key", "of the folder\n");
	expect_secret(f, "credential:key", "of the folder");
	folder_write(f, "given/key", "of its own\n");
	/* systemd protects the folder, not each file. */
	folder_chmod(f, "given/key", 0644);
	expect_secret(f, "credential:key", "of its own");
}

static void
test_embedded(void **state)
{
	static const char *const wrong[] = { "{credential:key", "{credential:}", "{credential:key}{credential:key}",
	    "a{credential:k/y}", "credential:key}", "{credential:key} credential:key" };
	const struct folder *f = *state;
	struct error err = ERROR_INIT;
	char *alone = NULL, *whole = credential_expand("a={credential:key};", f->path, &alone, &err);
	assert_string_equal(whole, "a=" SECRET ";");
	assert_string_equal(alone, SECRET);
	credential_free(whole);
	credential_free(alone);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		expect_refused(f, wrong[i], ERROR_CONFIG, "after \"credential:\" comes a file's name of letters, digits, "
		    "\"-\", \"_\" and \".\", and nothing after it");
}

static void
test_modes(void **state)
{
	static const mode_t open_modes[] = { 0640, 0604, 0660, 0644, 0601, 0777 };
	for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
		folder_chmod(*state, "credentials/key", open_modes[i]);
		expect_refused(*state, "credential:key", ERROR_SYSTEM,
		    "others can read credentials/key: chmod 600 credentials/key");
	}
}

static void
test_owner(void **state)
{
	char *path = folder_path(*state, "credentials/key");
	if (geteuid() != 0) {
		free(path);
		skip();
	}
	assert_int_equal(chown(path, 12345, 12345), 0);
	expect_refused(*state, "credential:key", ERROR_SYSTEM,
	    "credentials/key belongs to somebody else: chown root credentials/key");
	free(path);
}

static void
test_contents(void **state)
{
	const struct folder *f = *state;
	char large[CREDENTIAL_BYTES_MAX + 2];
	memset(large, 'x', sizeof large);
	large[CREDENTIAL_BYTES_MAX] = '\n';
	folder_write_bytes(f, "credentials/key", large, CREDENTIAL_BYTES_MAX + 1);
	large[CREDENTIAL_BYTES_MAX] = '\0';
	expect_secret(f, "credential:key", large);
	large[CREDENTIAL_BYTES_MAX] = 'x';
	folder_write_bytes(f, "credentials/key", large, CREDENTIAL_BYTES_MAX + 1);
	expect_refused(f, "credential:key", ERROR_SYSTEM,
	    "credentials/key holds more than 4096 bytes: a secret alone is expected");
	folder_write(f, "credentials/key", "\n");
	expect_refused(f, "credential:key", ERROR_SYSTEM, "credentials/key is empty: write the secret into it");
	static const char *const bad[] = { "two\nlines\n", "a\033b", "a\tb", "a\x7f" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		folder_write(f, "credentials/key", bad[i]);
		expect_refused(f, "credential:key", ERROR_SYSTEM, "credentials/key has a control character or a second "
		    "line in it: the secret must be alone, on one line");
	}
	folder_write_bytes(f, "credentials/key", "a\0b", 3);
	expect_refused(f, "credential:key", ERROR_SYSTEM, "credentials/key has a control character or a second "
	    "line in it: the secret must be alone, on one line");
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "credential:", "credential:../key", "credential:.key", "credential:a/b",
		"credential:a b", "credential:key and more", "credential:k\xc3\xa9y", "credential:a credential:b" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		expect_refused(*state, bad[i], ERROR_CONFIG, "after \"credential:\" comes a file's name of letters, "
		    "digits, \"-\", \"_\" and \".\", and nothing after it");
	expect_refused(*state, "credential:other", ERROR_NOT_FOUND, "there is no credential \"other\": write the secret "
	    "into credentials/other, then chmod 600 credentials/other");
	folder_mkdir(*state, "credentials/dir");
	expect_refused(*state, "credential:dir", ERROR_SYSTEM, "credentials/dir is not a file");
}

static void
test_which_names_promise_a_secret(void **state)
{
	(void)state;
	static const char *const yes[] = { "Authorization", "X-Api-Key", "X-API-KEY", "key", "api_key", "apikey",
		"apiKey", "access_token", "X-User-Token", "Cookie", "client-secret", "password", "sessionId", "userToken" };
	static const char *const no[] = { "keywords", "Accept", "Content-Type", "monkey", "author", "page", "X-User-Email",
		"tokens_per_page_and_more_words_than_fit_in_one_word_of_32" };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!credential_expected(yes[i]))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (credential_expected(no[i]))
			fail_msg("%s", no[i]);
}

/* ---- in files */

/* The problems of a partner's file with these lines, without the folder. */
static char *
problems_of(const struct folder *f, const char *start, const char *lines, struct config **ret)
{
	struct config_problems problems;
	struct buf text = BUF_INIT;
	buf_fmt(&text, "%s%s", start, lines);
	folder_write(f, "partners.d/p.conf", buf_cstr(&text));
	*ret = folder_load(f, &problems);
	char *got = problems_text(f, &problems);
	config_problems_done(&problems);
	buf_done(&text);
	return got;
}

static void
test_pasted_secrets(void **state)
{
	static const struct {
		const char *lines, *problem;
	} cases[] = {
		{ "header.X-Api-Key = " SECRET "\n", "9: \"header.X-Api-Key\" looks like a secret: put it in a file and "
		  "write credential:NAME" },
		{ "header.Authorization = Bearer " SECRET "\n", "9: \"header.Authorization\" looks like a secret: put it in "
		  "a file and write credential:NAME" },
		{ "query.key = " SECRET "\n", "9: \"query.key\" looks like a secret: put it in a file and write "
		  "credential:NAME" },
		{ "[request]\nbody = credential:key\nmethod = POST\n", "10: \"body\" cannot hold a credential" },
		{ "[oauth]\ntoken_url = https://example.org\nclient_id = me\nclient_secret = " SECRET "\n",
		  "12: put the secret in a file and write client_secret = credential:NAME" },
		{ "query.q = credential:" SECRET "/x\n", "9: after \"credential:\" comes a file's name of letters, digits, "
		  "\"-\", \"_\" and \".\", and nothing after it" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config *c;
		struct buf want = BUF_INIT;
		char *got = problems_of(*state, START, cases[i].lines, &c);
		buf_fmt(&want, "partners.d/p.conf:%s", cases[i].problem);
		assert_string_equal(got, buf_cstr(&want));
		assert_null(strstr(got, SECRET));
		buf_done(&want);
		config_free(c);
		free(got);
	}
}

static void
test_secrets_in_the_url(void **state)
{
	static const struct {
		const char *url, *problem;
	} cases[] = {
		{ "https://example.org/?page=1&api_key=" SECRET, "parameter \"api_key\" of the url looks like a secret: put "
		  "it in a file and write query.api_key = credential:NAME" },
		{ "https://example.org/?key=credential:key", "\"url\" cannot hold a credential: write query.NAME or "
		  "header.NAME = credential:NAME" },
		{ "http://example.org/?token={cursor}&keywords=a&key=", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config *c;
		struct buf lines = BUF_INIT, want = BUF_INIT;
		buf_fmt(&lines, "[request]\nurl = %s\n", cases[i].url);
		char *got = problems_of(*state, "[partner]\nname = P\nkind = boat\nconnector = picky\n[picky]\nwhere = a\n",
		    buf_cstr(&lines), &c);
		if (cases[i].problem[0] != '\0')
			buf_fmt(&want, "partners.d/p.conf:8: %s", cases[i].problem);
		assert_string_equal(got, buf_cstr(&want));
		buf_done(&lines);
		buf_done(&want);
		config_free(c);
		free(got);
	}
}

static void
test_expanded(void **state)
{
	struct config *c;
	folder_write(*state, "credentials/other", "other\n");
	folder_chmod(*state, "credentials/other", 0600);
	char *problems = problems_of(*state, START, "header.X-Api-Key = Apikey credential:key\nheader.Accept = x\n"
	    "query.key = credential:other\n[oauth]\ntoken_url = https://example.org\nclient_id = credential:other\n"
	    "client_secret = credential:key\n", &c);
	assert_string_equal(problems, "");
	const struct partner_config *p = config_partner(c, "p");
	assert_string_equal(p->headers[0].value, "Apikey " SECRET);
	assert_true(p->headers[0].secret);
	assert_false(p->headers[1].secret);
	assert_string_equal(p->query[0].value, "other");
	assert_true(p->query[0].secret);
	assert_string_equal(p->oauth.client_id, "other");
	assert_string_equal(p->oauth.client_secret, SECRET);
	assert_null(p->missing);
	config_free(c);
	free(problems);
}

/* A partner that is off is shipped without its secrets; one that is on needs them. */
static void
test_missing(void **state)
{
	struct config *c;
	char *problems = problems_of(*state, START, "query.key = credential:nokey\n[partner]\nenabled = no\n", &c);
	assert_string_equal(problems, "");
	const struct partner_config *p = config_partner(c, "p");
	assert_non_null(strstr(p->missing, "there is no credential \"nokey\""));
	assert_string_equal(p->query[0].value, "");
	config_free(c);
	free(problems);
	problems = problems_of(*state, START, "query.key = credential:nokey\n", &c);
	assert_non_null(strstr(problems, "partners.d/p.conf:9: there is no credential \"nokey\": write the secret into "));
	config_free(c);
	free(problems);
}

static void
test_a_new_secret_is_a_change(void **state)
{
	struct partner_config *p[2];
	for (size_t i = 0; i < 2; i++) {
		struct config *c;
		folder_write(*state, "credentials/key", i == 0 ? "one" : "two");
		char *problems = problems_of(*state, START, "header.Authorization = credential:key\n", &c);
		assert_string_equal(problems, "");
		p[i] = config_take_partner(c, 0);
		config_free(c);
		free(problems);
	}
	assert_false(partner_config_equal(p[0], p[1]));
	assert_true(partner_config_equal(p[0], p[0]));
	assert_true(p[0]->read_seed == p[1]->read_seed);
	partner_config_free(p[0]);
	partner_config_free(p[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, config_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_own_file),
		TEST(test_given_by_systemd),
		TEST(test_embedded),
		TEST(test_modes),
		TEST(test_owner),
		TEST(test_contents),
		TEST(test_names),
		TEST(test_which_names_promise_a_secret),
		TEST(test_pasted_secrets),
		TEST(test_secrets_in_the_url),
		TEST(test_expanded),
		TEST(test_missing),
		TEST(test_a_new_secret_is_a_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
