/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <locale.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "net/guard.h"

#define COUNT(table) (sizeof (table) / sizeof (table)[0])

static bool
is_private(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return guard_address_private((const struct sockaddr *)&in);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return guard_address_private((const struct sockaddr *)&in6);
}

static void
test_addresses(void **state)
{
	static const char *const private[] = {
		"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.0", "172.31.255.255",
		"192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255",
		"::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:0:192.168.1.1",
		"64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:1ff:ffff::1", "2001:db8::1",
		"2002:a00:1::", "2002:c0a8:101::1", "3fff::1", "5f00::1", "fc00::1", "fdff:ffff::1", "fe80::1",
		"febf::1", "fec0::1", "ff02::1",
	};
	static const char *const public[] = {
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
		"192.0.1.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2001:200::1", "2001:4860:4860::8888", "2002:101:101::1", "2a01:e0a::1", "::ffff:1.1.1.1",
		"64:ff9b::1.1.1.1", "fbff::1", "2606:4700::1111",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(private); i++)
		if (!is_private(private[i]))
			fail_msg("%s is not private", private[i]);
	for (size_t i = 0; i < COUNT(public); i++)
		if (is_private(public[i]))
			fail_msg("%s is private", public[i]);
	struct sockaddr other = { .sa_family = AF_UNIX };
	assert_true(guard_address_private(&other));
}

static void
test_registrable(void **state)
{
	static const struct {
		const char *url, *domain;
	} cases[] = {
		{ "https://fr.vizeat.eatwith.com/x", "eatwith.com" },
		{ "https://eatwith.com:8443", "eatwith.com" },
		{ "https://WWW.Example.CO.UK/", "example.co.uk" },
		{ "https://co.uk/", "co.uk" },
		{ "https://office.github.io/", "office.github.io" },
		{ "https://a.b.fr./x", "b.fr" },
		{ "https://www.m\xc3\xbcnchen.de/", "xn--mnchen-3ya.de" },
		{ "http://192.0.2.7/", "192.0.2.7" },
		{ "http://[2001:db8::1]:80/", "[2001:db8::1]" },
		{ "http://localhost:8080/", "localhost" },
		{ "mailto:x@example.fr", NULL },
		{ "/relative", NULL },
		{ "", NULL },
	};
	char out[GUARD_DOMAIN_MAX], small[8] = "kept";
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int rc = guard_registrable(cases[i].url, out, sizeof out);
		assert_int_equal(rc, cases[i].domain ? 0 : -1);
		if (rc == 0)
			assert_string_equal(out, cases[i].domain);
	}
	assert_int_equal(guard_registrable("https://eatwith.com/", small, sizeof small), -1);
	assert_string_equal(small, "kept");
}

static void
test_is_registered(void **state)
{
	static const char *const yes[] = { "eatwith.com", "example.co.uk", "a.fr", "partner.example", "xn--mnchen-3ya.de",
		"github.io" };
	static const char *const no[] = { "my-app.herokuapp.com", "partner.github.io", "www.eatwith.com", "localhost" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(guard_is_registered(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(guard_is_registered(no[i]));
}

static void
test_same_site(void **state)
{
	(void)state;
	assert_true(guard_same_site("https://www.example.fr/a", "http://api.example.fr/b"));
	assert_false(guard_same_site("https://example.fr/", "https://example.com/"));
	assert_false(guard_same_site("https://a.github.io/", "https://b.github.io/"));
	assert_false(guard_same_site("https://\xe2\x80\xae.example/", "https://a.example.com/"));	/* no host has that character */
	assert_false(guard_same_site("http://192.0.2.1/", "http://192.0.2.2/"));
	assert_false(guard_same_site("nonsense", "nonsense"));
}

static void
test_resolve(void **state)
{
	static const struct {
		const char *base, *target, *resolved;
		enum error_kind kind;
	} cases[] = {
		{ "https://example.fr/a/b?c=d", "e", "https://example.fr/a/e", ERROR_NONE },
		{ "https://example.fr/a/b?c=d", "?page=2", "https://example.fr/a/b?page=2", ERROR_NONE },
		{ "https://example.fr/a/b", "/x#part", "https://example.fr/x", ERROR_NONE },
		{ "https://example.fr/a/b", "../../../x", "https://example.fr/x", ERROR_NONE },
		{ "https://example.fr/a", "//api.example.fr/x", "https://api.example.fr/x", ERROR_NONE },
		{ "https://example.fr/a", "https://example.fr:8443/x", "https://example.fr:8443/x", ERROR_NONE },
		{ "http://example.fr/a", "https://example.fr/a", "https://example.fr/a", ERROR_NONE },
		{ "https://example.fr/a", "/a b/\xc3\xa9", "https://example.fr/a%20b/%c3%a9", ERROR_NONE },
		{ "https://example.fr/a", "/page-\xe9t\xe9?q=\xff", "https://example.fr/page-%e9t%e9?q=%ff", ERROR_NONE },
		{ "https://example.fr/a", "https://\xe9.example.fr/", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "https://exemple-\xe9t\xe9.fr/", NULL, ERROR_BLOCKED },
		{ "https://u:pw@example.fr/a", "/x", "https://example.fr/x", ERROR_NONE },
		{ "https://example.fr/a", "http://example.fr/a", NULL, ERROR_REDIRECT },
		{ "HTTPS://example.fr/a", "http://example.fr/a", NULL, ERROR_REDIRECT },
		{ "https://example.fr/a", "https://example.com/a", NULL, ERROR_REDIRECT },
		{ "https://example.fr/a", "//example.com/a", NULL, ERROR_REDIRECT },
		{ "https://example.fr/a", "https://example.fr.evil.com/", NULL, ERROR_REDIRECT },
		{ "http://192.0.2.1/", "http://192.0.2.2/", NULL, ERROR_REDIRECT },
		{ "https://example.fr/a", "ftp://example.fr/a", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "file:///etc/passwd", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "javascript:alert(1)", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "data:text/html,x", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "https://user@example.fr/", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "https://:pw@example.fr/", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "https://example.com@example.fr/", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "http://", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "https://exa mple.fr/", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "/x\r\nHost: y", NULL, ERROR_BLOCKED },
		{ "https://example.fr/a", "", NULL, ERROR_BLOCKED },
		{ "nonsense", "/x", NULL, ERROR_BLOCKED },
		{ NULL, "https://example.fr", "https://example.fr/", ERROR_NONE },
		{ NULL, "/x", NULL, ERROR_BLOCKED },
		{ NULL, "ldap://example.fr/", NULL, ERROR_BLOCKED },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = ERROR_INIT;
		char *resolved = guard_resolve(cases[i].base, cases[i].target, &err);
		if (err.kind != cases[i].kind)
			fail_msg("%s: %s", cases[i].target, resolved ? resolved : err.text);
		assert_int_equal(resolved == NULL, cases[i].resolved == NULL);
		if (resolved != NULL)
			assert_string_equal(resolved, cases[i].resolved);
		assert_null(strstr(err.text, "pw"));
		assert_null(strchr(err.text, '\r'));
		assert_true(utf8_valid(err.text, strlen(err.text)));
		free(resolved);
	}
}

static void
test_join(void **state)
{
	(void)state;
	char *url = guard_join("https://example.fr/a", "http://elsewhere.com/x?y=1#z");
	assert_string_equal(url, "http://elsewhere.com/x?y=1");
	free(url);
	assert_null(guard_join("https://example.fr/a", "http://"));
}

static void
test_redact(void **state)
{
	static const char *const names[] = { "api_key", "after[]" };
	static const struct {
		const char *url, *named, *none;
	} cases[] = {
		{ "https://a.fr/x?api_key=S&b=1", "https://a.fr/x?b=1", "https://a.fr/x" },
		{ "https://a.fr/x?b=1&API%5Fkey=S&c", "https://a.fr/x?b=1&c", "https://a.fr/x" },
		{ "https://a.fr/x?after%5B%5D=S&after[]=S", "https://a.fr/x", "https://a.fr/x" },
		{ "https://a.fr/x?c=%C3%A9&my_api_key=1", "https://a.fr/x?c=%C3%A9&my_api_key=1", "https://a.fr/x" },
		{ "https://u:S@a.fr/x#S", "https://a.fr/x", "https://a.fr/x" },
		{ "not a URL with S", "(not an address)", "(not an address)" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *named = guard_redact(cases[i].url, names, COUNT(names));
		char *none = guard_redact(cases[i].url, NULL, 0);
		assert_string_equal(named, cases[i].named);
		assert_string_equal(none, cases[i].none);
		free(named);
		free(none);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_registrable),
		cmocka_unit_test(test_is_registered),
		cmocka_unit_test(test_same_site),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_redact),
	};
	/* libcurl reads international names in the locale's encoding. */
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
