/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "normalise/url.h"

static const struct {
	const char *from, *to;	/* NULL: none */
} samples[] = {
	{ "https://www.yescapa.fr/campers/900001", "https://www.yescapa.fr/campers/900001" },
	{ "HTTP://Exemple.fr", "http://Exemple.fr" },
	{ "//static.exemple.fr/x.jpg", "https://static.exemple.fr/x.jpg" },
	{ "www.camping.fr/", "https://www.camping.fr/" },
	{ "http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a" },
	{ "http://localhost:8080/a", "http://localhost:8080/a" },
	{ "http://[::1]:8080/a", "http://[::1]:8080/a" },
	/* tracking */
	{ "https://e.fr/a?utm_source=affilae&utm_medium=cpa&ae=1582", "https://e.fr/a" },
	{ "https://e.fr/a?b=2&ae=620&a=1&aev=9&picked_from=x", "https://e.fr/a?b=2&a=1" },
	{ "https://e.fr/a?gclid=1&b=%C3%A9+x&fbclid=2&msclkid=3", "https://e.fr/a?b=%C3%A9+x" },
	{ "https://e.fr/a?b=1&mc_cid=1&mc_eid=2#haut", "https://e.fr/a?b=1#haut" },
	{ "https://e.fr/a?UTM_Source=1&c=3", "https://e.fr/a?c=3" },
	{ "https://e.fr/a#xtor=RSS-1", "https://e.fr/a" },
	{ "https://e.fr/a?xtor=1#location_id=5", "https://e.fr/a#location_id=5" },
	{ "https://e.fr/l?destination_id=2&announcement={%22id%22:[1]}#announcement-3",
	    "https://e.fr/l?destination_id=2&announcement={%22id%22:[1]}#announcement-3" },
	{ "https://e.fr/a?z=1&&a=2&", "https://e.fr/a?z=1&&a=2&" },
	{ "https://e.fr/a?aea=1&xutm_a=2&utm=3&ae", "https://e.fr/a?aea=1&xutm_a=2&utm=3" },
	{ "https://e.fr/a?", "https://e.fr/a?" },
	{ "https://e.fr?ae=1", "https://e.fr" },
	{ "https://e.fr/a?date=2026-01-01&session=2", "https://e.fr/a?session=2" },	/* the office's own */
	/* bytes */
	{ "https://e.fr/ma photo.jpg", "https://e.fr/ma%20photo.jpg" },
	{ "https://e.fr/é?q=\"<ï>\"", "https://e.fr/%C3%A9?q=%22%3C%C3%AF%3E%22" },
	{ "https://e.fr/\xe9", "https://e.fr/%E9" },
	{ "https://e.fr/a\n\tb", "https://e.fr/ab" },
	{ "https://e.fr/100%", "https://e.fr/100%" },
	{ "https://été.fr/a", "https://été.fr/a" },
	/* relative to https://api.exemple.fr/v1/list?page=2 */
	{ "/events/consult/table", "https://api.exemple.fr/events/consult/table" },
	{ "../img/a b.jpg", "https://api.exemple.fr/img/a%20b.jpg" },
	{ "annonce-12.html", "https://api.exemple.fr/v1/annonce-12.html" },
	{ "?id=3&utm_x=1", "https://api.exemple.fr/v1/list?id=3" },
	{ "photo.zip", "https://api.exemple.fr/v1/photo.zip" },
	{ "fiche.php?id=camping.fr", "https://api.exemple.fr/v1/fiche.php?id=camping.fr" },
	{ "img/mail@2x.jpg", "https://api.exemple.fr/v1/img/mail@2x.jpg" },
	{ "/a%2Fb/./c/../100%25.jpg", "https://api.exemple.fr/a%2Fb/100%25.jpg" },
	{ "/photos/été 100% [1].jpg?a={b}|c#d^e", "https://api.exemple.fr/photos/%C3%A9t%C3%A9%20100%25%20%5B1%5D.jpg?a=%7Bb%7D%7Cc#d%5Ee" },
	{ "../../../x/", "https://api.exemple.fr/x/" }, { "./a#b#c/", "https://api.exemple.fr/v1/a#b%23c/" },
	/* hosts as people write them */
	{ "camping-du-lac.fr", "https://camping-du-lac.fr" }, { "Gite.Parc.CO.UK", "https://Gite.Parc.CO.UK" },
	{ "camping.paris", "https://camping.paris" },
	/* none */
	{ "https:", NULL }, { "https:ht…", NULL }, { "https://", NULL }, { "https:///a", NULL },
	{ "https:/e.fr/a", NULL }, { "https://https://e.fr", NULL }, { "http://exemple", NULL },
	{ "javascript:alert(1)", NULL }, { "JavaScript:alert(1)", NULL }, { "data:text/html,x", NULL },
	{ "ftp://e.fr/a", NULL }, { "mailto:a@e.fr", NULL }, { "file:///etc/passwd", NULL },
	{ "https://user:pass@e.fr/", NULL }, { "https://user@e.fr/", NULL }, { "//u@e.fr/a", NULL },
	{ "https://e.fr:port/", NULL }, { "https://e.fr:/", NULL }, { "https://e .fr/", NULL },
	{ "https://.fr/", NULL }, { "https://e.fr\\@x.fr/", NULL }, { "https://\xff.fr/", NULL },
	{ "camping.chatelet@free.fr", NULL }, { "a@b/c.html", NULL },
	{ "-", NULL }, { "#", NULL }, { "/", NULL }, { "voir le site.", NULL }, { "aucun", NULL }, { "", NULL },
};

static const struct url_rules rules = { "https://api.exemple.fr/v1/list?page=2", "date  foo" };

static void
every_url(void **state)
{
	struct buf out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		buf_clear(&out);
		buf_str(&out, "before ");
		size_t len = strlen(samples[i].from);
		char *from = xmalloc(len);	/* no NUL: sanitizers see a read past the end */
		memcpy(from, samples[i].from, len);
		int bad = url_clean(from, len, &rules, &out);
		free(from);
		const char *got = bad == 0 ? out.data + 7 : "none", *want = samples[i].to != NULL ? samples[i].to : "none";
		if (strcmp(got, want) != 0)
			fail_msg("\"%s\" becomes %s, not %s", samples[i].from, got, want);
		assert_true(bad == 0 || out.len == 7);
	}
	buf_done(&out);
}

static void
without_base(void **state)
{
	const struct url_rules bare = { NULL, NULL };
	struct buf out = BUF_INIT;
	(void)state;
	assert_int_equal(url_clean("/a/b", 4, &bare, &out), -1);
	assert_int_equal(url_clean("https://e.fr/?date=1", 20, &bare, &out), 0);
	assert_string_equal(buf_cstr(&out), "https://e.fr/?date=1");
	buf_done(&out);
}

static void
any_base(void **state)
{
	static const char *const bases[][2] = {
		{ "https://e.fr", "https://e.fr/a/b.jpg" }, { "https://e.fr?x", "https://e.fr/a/b.jpg" },
		{ "https://été.fr:8443/liste/", "https://été.fr:8443/liste/a/b.jpg" }, { "http://[::1]:80/x/y", "http://[::1]:80/x/a/b.jpg" },
		{ "https://e.fr/é/{page}.json?q=[1]#{x}", "https://e.fr/%C3%A9/a/b.jpg" },
	};
	struct buf out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		const struct url_rules with = { bases[i][0], NULL };
		buf_clear(&out);
		assert_int_equal(url_clean("a/b.jpg", 7, &with, &out), 0);
		assert_string_equal(buf_cstr(&out), bases[i][1]);
	}
	buf_done(&out);
}

static void
at_most_2048_bytes(void **state)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	(void)state;
	buf_str(&in, "https://e.fr/");
	while (in.len < URL_MAX)
		buf_char(&in, 'a');
	assert_int_equal(url_clean(in.data, in.len, &rules, &out), 0);
	buf_clear(&out);
	buf_char(&in, 'a');
	assert_int_equal(url_clean(in.data, in.len, &rules, &out), -1);
	assert_int_equal(out.len, 0);
	in.data[20] = '?';
	memcpy(in.data + 21, "ae=", 3);		/* what is stripped does not count */
	assert_int_equal(url_clean(in.data, in.len, &rules, &out), 0);
	buf_done(&in);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_url),
		cmocka_unit_test(without_base),
		cmocka_unit_test(any_base),
		cmocka_unit_test(at_most_2048_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
