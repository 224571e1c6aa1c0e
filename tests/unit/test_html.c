/* SPDX-License-Identifier: Apache-2.0 */
/* Text in pages: what others wrote never becomes markup; two languages at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert/letter.h"
#include "serve/html.h"

static void
expect(struct buf *out, const char *text)
{
	assert_string_equal(buf_cstr(out), text);
	buf_done(out);
}

static void
test_escape(void **state)
{
	static const struct { const char *text, *html; } cases[] = {
		{ "", "" },
		{ "Gîte « Les Pins » & Cie", "Gîte « Les Pins » &amp; Cie" },
		{ "</script><img src=\"x\" onerror='y'>", "&lt;/script&gt;&lt;img src=&quot;x&quot; onerror=&#39;y&#39;&gt;" },
		{ "a\tb\nc", "a\tb\nc" },
		{ "bell\a nul-like\x1f del\x7f", "bell\ufffd nul-like\ufffd del\ufffd" },
		{ "next line\xc2\x85", "next line\ufffd" },
		{ "not \xff UTF-8 \xc3", "not \ufffd UTF-8 \ufffd" },
		{ "no\xef\xbf\xbf character \xf0\x9f\xbf\xbe", "no\ufffd character \ufffd" },
		{ "\U0001f3d5", "\U0001f3d5" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT;
		html_escape(&out, cases[i].text, strlen(cases[i].text));
		expect(&out, cases[i].html);
	}
}

static void
test_format(void **state)
{
	struct buf out = BUF_INIT;
	(void)state;
	html_format(&out, "<a href=\"%s\">%s</a> %d %" PRId64 " %zu %.2f %% %.3s %.*s", "/?a=1&b=\"", "<b>", -3, INT64_C(1) << 40,
	    (size_t)7, 1.239, "<ab>", 2, "\"&c");
	expect(&out, "<a href=\"/?a=1&amp;b=&quot;\">&lt;b&gt;</a> -3 1099511627776 7 1.24 % &lt;ab &quot;&amp;");
}

static void
test_remote(void **state)
{
	struct buf out = BUF_INIT;
	struct html h = { .out = &out };
	(void)state;
	html_remote(&h, "\u202etxet\u202c <i>", strlen("\u202etxet\u202c <i>"), 0);
	expect(&out, "<bdi>\u202etxet\u202c &lt;i&gt;</bdi>");
	html_remote(&h, "Été à la mer", strlen("Été à la mer"), 6);
	expect(&out, "<bdi>Été\u2026</bdi>");
}

static void
test_link(void **state)
{
	static const char *const refused[] = { "javascript:alert(1)", "data:text/html,x", "//host/", "", NULL };
	struct buf out = BUF_INIT;
	struct html h = { .out = &out };
	(void)state;
	html_link(&h, "https://a.example/?x=\"&y", "A & B");
	expect(&out, "<a href=\"https://a.example/?x=&quot;&amp;y\" rel=\"noopener noreferrer\">A &amp; B</a>");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		html_link(&h, refused[i], "A & B");
		expect(&out, "A &amp; B");
	}
}

/* ---- languages */

static void *
speak_much(void *arg)
{
	const char *language = arg, *good = strcmp(language, "fr") == 0 ? "Partenaires" : "Partners";
	for (int i = 0; i < 2000; i++) {
		struct speech speech;
		speech_begin(&speech, language);
		bool same = strcmp(_("Partners"), good) == 0 && strcmp(letter_language_tag(), language) == 0;
		speech_end(&speech);
		if (!same)
			return arg;
	}
	return NULL;
}

/* Each thread its own, and letters what they had. */
static void
test_languages_at_once(void **state)
{
	static const char *const letters[] = { "fr", "en" };
	char folder[4096];
	struct error err = ERROR_INIT;
	(void)state;
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 32);
	assert_true(n > 0);
	folder[n] = '\0';
	*strrchr(folder, '/') = '\0';
	(void)snprintf(strrchr(folder, '/'), 32, "/locale");
	for (size_t i = 0; i < 2; i++) {
		pthread_t threads[2];
		assert_int_equal(letter_language(letters[i], folder, &err), 0);
		for (size_t t = 0; t < 2; t++)
			assert_int_equal(pthread_create(&threads[t], NULL, speak_much, (void *)(uintptr_t)letters[t]), 0);
		for (size_t t = 0; t < 2; t++) {
			void *wrong;
			assert_int_equal(pthread_join(threads[t], &wrong), 0);
			assert_null(wrong);
		}
		assert_string_equal(letter_language_tag(), letters[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_remote),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_languages_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
