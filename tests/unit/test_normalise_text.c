/* SPDX-License-Identifier: Apache-2.0 */
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "normalise/markup.h"
#include "normalise/text.h"
#include "sanitized.h"

struct sample {
	const char *from, *to;
};

static void
expect(const char *from, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("\"%s\" becomes \"%s\", not \"%s\"", from, got, want);
}

static void
check_clean(const struct sample *s, enum text_lines lines, bool repaired)
{
	struct buf out = BUF_INIT;
	assert_int_equal(text_clean(&out, s->from, strlen(s->from), lines), repaired);
	expect(s->from, buf_cstr(&out), s->to);
	buf_done(&out);
}

static void
white_space(void **state)
{
	static const struct sample one[] = {
		{ "", "" }, { "   ", "" }, { "\n\t ", "" }, { "a", "a" }, { " a ", "a" }, { "a  b", "a b" },
		{ "a\nb", "a b" }, { "a \r\n b", "a b" }, { "12\xc2\xa0€", "12 €" }, { "12\xe2\x80\xaf€", "12 €" },
		{ "\xc2\xa0 33000 \xc2\xa0", "33000" }, { "a\xe2\x80\xa8" "b", "a b" }, { "a\xe3\x80\x80" "b", "a b" },
		{ "\n                        8€\n                    ", "8€" }, { "été à l’île", "été à l’île" },
		{ "UN CAFé OFFERT", "UN CAFé OFFERT" }, { "a é  è b", "a é è b" }, { "œuf 👍 ok", "œuf 👍 ok" },
	};
	static const struct sample lines[] = {
		{ "a\nb", "a\nb" }, { "a\r\nb", "a\nb" }, { "a\rb", "a\nb" }, { "a\n\n\n\nb", "a\n\nb" },
		{ "a  \n  b", "a\nb" }, { "\n a \n", "a" }, { "a\xe2\x80\xa8" "b", "a\nb" },
		{ "a\xe2\x80\xa9" "b", "a\nb" }, { "a\tb", "a b" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof one / sizeof *one; i++)
		check_clean(&one[i], TEXT_ONE_LINE, false);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		check_clean(&lines[i], TEXT_LINES, false);
}

/* Wherever two spaces stand in a text that is read eight bytes at a time. */
static void
white_space_anywhere(void **state)
{
	static const char *const gaps[] = { " ", "  ", "   ", " \xc2\xa0", "\n ", " \n" };
	(void)state;
	for (size_t before = 1; before < 30; before++)
		for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
			char from[80], to[80];
			(void)snprintf(from, sizeof from, "%.*s%sde la mer à voir%s", (int)before,
			    "Maison d'un pecheur pres du port", gaps[g], gaps[g]);
			(void)snprintf(to, sizeof to, "%.*s de la mer à voir", (int)before - (int)(before == 7 ||
			    before == 12 || before == 20 || before == 25 || before == 28),
			    "Maison d'un pecheur pres du port");
			check_clean(&(struct sample){ from, to }, TEXT_ONE_LINE, false);
		}
}

/* The contract, a character at a time; without bytes that are not UTF-8. */
static void
clean_slowly(struct buf *out, const char *s, size_t len, enum text_lines mode)
{
	static const char *const spaces[] = { " ", "\t", "\xc2\xa0", "\xe2\x80\xaf", "\xe3\x80\x80" };
	static const char *const dropped[] = { "\x01", "\x7f", "\xe2\x80\x8b", "\xef\xbb\xbf" };
	unsigned gap = 0, lines = 0;
	for (size_t i = 0, n; i < len; i += n) {
		bool space = false, drop = false;
		n = utf8_sequence(s + i, len - i);
		for (size_t k = 0; k < sizeof spaces / sizeof *spaces; k++)
			space |= strlen(spaces[k]) == n && memcmp(s + i, spaces[k], n) == 0;
		for (size_t k = 0; k < sizeof dropped / sizeof *dropped; k++)
			drop |= strlen(dropped[k]) == n && memcmp(s + i, dropped[k], n) == 0;
		if (s[i] == '\n' && mode == TEXT_LINES)
			lines++;
		else if (space || s[i] == '\n')
			gap++;
		if (space || drop || s[i] == '\n')
			continue;
		if (out->len > 0 && (lines > 0 || gap > 0))
			buf_str(out, lines > 1 ? "\n\n" : lines > 0 ? "\n" : " ");
		gap = lines = 0;
		buf_add(out, s + i, n);
	}
}

static void
any_text_is_cleaned_alike(void **state)
{
	static const char *const pieces[] = { "a", "maison", "é", "à", "œ", "’", "€", "😀", "ÿ", "Ā", "~", "!", " ", " ", " ", "  ",
		"\t", "\n", "\xc2\xa0", "\xe2\x80\xaf", "\xe3\x80\x80", "\x01", "\x7f", "\xe2\x80\x8b", "\xef\xbb\xbf",
		"\xef\xbb\xbe", "\xc2\xa1", "Garonne tranquille" };
	uint64_t random = 3;
	(void)state;
	for (int round = 0; round < ROUNDS_OF(100000); round++) {
		struct buf in = BUF_INIT, fast = BUF_INIT, slow = BUF_INIT;
		enum text_lines mode = round % 2 == 0 ? TEXT_LINES : TEXT_ONE_LINE;
		for (int n = round % 23; n > 0; n--) {
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			buf_str(&in, pieces[(random >> 33) % (sizeof pieces / sizeof *pieces)]);
		}
		char *copy = xstrndup(buf_cstr(&in), in.len);
		copy = xrealloc(copy, in.len, 1);	/* nothing behind it may be read */
		assert_false(text_clean(&fast, copy, in.len, mode));
		clean_slowly(&slow, copy, in.len, mode);
		expect(buf_cstr(&in), buf_cstr(&fast), buf_cstr(&slow));
		free(copy);
		buf_done(&in);
		buf_done(&fast);
		buf_done(&slow);
	}
}

static void
controls_are_dropped(void **state)
{
	static const struct sample samples[] = {
		{ "a\x01\x02" "b", "ab" }, { "\x1b[31mrouge", "[31mrouge" }, { "a\x7f" "b", "ab" },
		{ "\xef\xbb\xbf" "Nom", "Nom" }, { "a\xe2\x80\x8b" "b", "ab" }, { "a\xe2\x80\xae" "b", "ab" },
	};
	struct buf out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		check_clean(&samples[i], TEXT_ONE_LINE, false);
	assert_false(text_clean(&out, "a\0b", 3, TEXT_ONE_LINE));
	assert_string_equal(buf_cstr(&out), "ab");
	buf_done(&out);
}

static void
bytes_of_windows_1252(void **state)
{
	static const struct sample samples[] = {
		{ "Caf\xe9", "Café" }, { "\x80 5", "€ 5" }, { "l\x92\xe9t\xe9", "l’été" }, { "c\x9cur", "cœur" },
		{ "a\xa0" "b", "a b" }, { "a\x81" "b", "ab" }, { "\xe9 caf\xe9 ", "é café" },
		{ "l\xc2\x92" "été", "l’été" },			/* U+0092 means nothing in a text */
		{ "\xc0\xaf", "À¯" }, { "\xed\xa0\x80", "í €" },	/* overlong, surrogate */
		{ "fin \xe2\x82", "fin â‚" }, { "bon\xf5", "bonõ" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		check_clean(&samples[i], TEXT_ONE_LINE, true);
}

/* All of them against iconv; glibc refuses the five that are not assigned. */
static void
bytes_as_iconv_has_them(void **state)
{
	iconv_t cd = iconv_open("UTF-8", "WINDOWS-1252");
	struct buf out = BUF_INIT;
	(void)state;
	assert_true(cd != (iconv_t)-1);
	for (int byte = 0x80; byte < 0x100; byte++) {
		char from[3] = { 'a', (char)byte, 'b' }, to[16] = "", *in = from, *end = to;
		size_t in_len = sizeof from, room = sizeof to - 1;
		if (byte == 0xa0)	/* is white space */
			continue;
		if (iconv(cd, &in, &in_len, &end, &room) == (size_t)-1)
			memcpy(to, "ab", 3);
		buf_clear(&out);
		assert_true(text_clean(&out, from, 3, TEXT_ONE_LINE));
		expect(from, buf_cstr(&out), to);
	}
	(void)iconv_close(cd);
	buf_done(&out);
}

/* Whatever comes in, UTF-8 comes out, and cleaning it again changes nothing. */
static void
always_utf8_and_settled(void **state)
{
	uint32_t seed = 12345;
	struct buf once = BUF_INIT, twice = BUF_INIT;
	(void)state;
	for (int round = 0; round < ROUNDS_OF(20000); round++) {
		unsigned char s[24];
		static const unsigned char often[] = { ' ', '\n', 0xc2, 0xa0, 0xe2, 0x80, 0xa8, 'a', 0xc3, 0xa9, 0xef };
		for (size_t i = 0; i < sizeof s; i++) {
			seed = seed * 1664525u + 1013904223u;
			s[i] = seed >> 31 ? often[(seed >> 8) % sizeof often] : (unsigned char)(seed >> 16);
		}
		enum text_lines lines = round & 1 ? TEXT_LINES : TEXT_ONE_LINE;
		buf_clear(&once);
		buf_clear(&twice);
		(void)text_clean(&once, (const char *)s, sizeof s, lines);
		assert_true(utf8_valid(buf_cstr(&once), once.len));
		assert_false(text_clean(&twice, buf_cstr(&once), once.len, lines));
		assert_string_equal(buf_cstr(&once), buf_cstr(&twice));
	}
	buf_done(&once);
	buf_done(&twice);
}

static void
prefixes_end_between_characters(void **state)
{
	(void)state;
	assert_int_equal(text_prefix("abc", 3, 3), 3);
	assert_int_equal(text_prefix("abc", 3, 2), 2);
	assert_int_equal(text_prefix("aé", 3, 2), 1);
	assert_int_equal(text_prefix("a👍", 5, 4), 1);
	assert_int_equal(text_prefix("ab cd", 5, 3), 2);
	assert_int_equal(text_prefix("é", 2, 1), 0);
}

static void
lower_case(void **state)
{
	char s[] = "ÀÉÎÔÜÇ×ß ŒAbZ";
	(void)state;
	text_lower(s, strlen(s));
	assert_string_equal(s, "àéîôüç×ß Œabz");
}

/* ---- markup */

static const struct sample markup[] = {
	{ "Chambre &amp; jardin", "Chambre & jardin" },
	{ "l&#039;été &#8211; d&eacute;but &euro;", "l'été – début €" },
	{ "l&#146;été", "l’été" },
	{ "&#x2019;&#X41;&hellip;&Eacute;", "’A…É" },
	{ "<b>l&#039;&#xe9;t&eacute; &#8211; &bidon;</b>", "l'été – &bidon;" },
	{ "&#; &#x; &; &bidon; &eacute &#12345678901; &#65", "&#; &#x; &; &bidon; &eacute &#12345678901; &#65" },
	{ "a&#1114112;b&#55296;c&#0;d", "abcd" },
	{ "&amp;lt;b&amp;gt;", "&lt;b&gt;" },
	{ "Tom & Jerry, AT&T, R&D;", "Tom & Jerry, AT&T, R&D;" },
	{ "a < b et c > d, <3, <5 €", "a < b et c > d, <3, <5 €" },
	{ "écrire à <contact@exemple.fr>", "écrire à <contact@exemple.fr>" },
	{ "voir <https://exemple.fr/a?b=1>", "voir <https://exemple.fr/a?b=1>" },
	{ "prix<div", "prix<div" },
	{ "avec <nom> ici", "avec <nom> ici" },
	{ "<Dupont> et fils, </nom>, <!gratuit>", "<Dupont> et fils, </nom>, <!gratuit>" },
	{ "a<b et c>d", "a<b et c>d" },
	{ "x <p et y </q z> 1", "x <p et y </q z> 1" },
	{ "<b>gras</b> et <nom>", "gras et <nom>" },
	{ "<B >gras</B\n> et <P/>plus, <a\nhref=x>lien</a>", "gras et\n\nplus, lien" },
	{ "<section>un</section><MAIN>deux</main><x-y class='z'>trois<path d=\"M0\"/>", "un\n\ndeuxtrois" },
	{ "<!doctype html><nobr>un", "un" },
	{ "ligne 1\nligne 2 &amp; 3", "ligne 1\nligne 2 & 3" },
	{ "<p>Un</p><p>Deux</p>", "Un\n\nDeux" },
	{ "<p>Un\nseul</p>", "Un seul" },
	{ "Un<br>Deux<br/>Trois<BR />Quatre", "Un\nDeux\nTrois\nQuatre" },
	{ "<ul><li>Un</li><li>Deux</li></ul>Fin", "Un\nDeux\n\nFin" },
	{ "<ul><li>Un<li>Deux", "Un\nDeux" },
	{ "un <b>gras</b> et <i>penché</i>.", "un gras et penché." },
	{ "<b>gras</b> <i>penché</i>", "gras penché" },
	{ "un <b>gras et <i>pas fermé", "un gras et pas fermé" },
	{ "</p></div>Texte</span>", "Texte" },
	{ "a<script>alert('<p>x</p>')</script>b", "ab" },
	{ "a<style>p { color: red }</style>b", "ab" },
	{ "a<!-- caché -->b", "ab" },
	{ "a <!-- note > suite", "a <!-- note > suite" },
	{ "a<!-- <!-- caché --> b <!-- c > d", "a b <!-- c > d" },
	{ "a <style> fin <b>perdue</b> ?", "a <style> fin perdue ?" },
	{ "a<style>p <style> { } </STYLE\n> b <style> c", "a b <style> c" },
	{ "a <style> b </styles> c </style d", "a <style> b </styles> c </style d" },
	{ "a<style>/*<![CDATA[*/ p { } /*]]>*/</style>b", "ab" },
	{ "a<script><nom> <!-- <style> </nom></script>b", "ab" },
	{ "a<style><script></style>b<script>c</script>d", "abd" },
	{ "a<?xml:namespace prefix = o />b", "ab" },
	{ "a<![if !supportLists]>b<![endif]>c", "abc" },
	{ "a<!--[if gte mso 9]><xml>b</xml><![endif]-->c", "ac" },
	{ "a<!--[if !mso]><!-->b<!--<![endif]-->c", "abc" },
	{ "a<!-- b <![if !supportLists]>c<![endif]>d", "a<!-- b cd" },
	{ "<![CDATA[<p>Un</p>]]> et <![CDATA[deux & plus", "Un\n\net deux & plus" },
	{ "<![CDATA[]]>", "" },
	{ "a<script>jamais fermé", "a" },
	{ "<a href=\"javascript:alert(1)\" onclick='x'>lien</a>", "lien" },
	{ "<img src=x onerror=alert(1)>", "" },
	{ "<table><tr><td>Un</td><td>Deux</td></tr><tr><td>Trois</td></tr></table>", "Un Deux\n\nTrois" },
	{ "<o:p>Mot</o:p>", "Mot" },
	{ "a&nbsp;&nbsp;b", "a b" },
	{ "&#0;&#xD800;&#x110000;fin", "fin" },
	{ "<html><head><title>T</title></head><body>Corps</body></html>", "T\nCorps" },
	/* BBCode */
	{ "[b]Texte[/b]", "Texte" },
	{ "[B]Texte[/B] [url=https://exemple.fr]lien[/url]", "Texte lien" },
	{ "[img]https://exemple.fr/i.jpg[/img]Texte", "Texte" },
	{ "[list][*]Un[*]Deux[/list]", "Un\nDeux" },
	{ "[quote=Luc]Dit[/quote]", "Dit" },
	{ "[sic] [1] [a] [/] [] [b", "[sic] [1] [a] [/] [] [b" },
	{ "[color=#ff0000]rouge[/color] [size=12", "rouge [size=12" },
	{ "<b>[i]deux[/i]</b>", "deux" },
};

static void
markup_to_text(void **state)
{
	struct markup *m = markup_new();
	struct buf raw = BUF_INIT, out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof markup / sizeof *markup; i++) {
		const char *from = markup[i].from;
		assert_true(markup_present(from, strlen(from)));
		buf_clear(&raw);
		buf_clear(&out);
		markup_text(m, from, strlen(from), &raw);
		(void)text_clean(&out, buf_cstr(&raw), raw.len, TEXT_LINES);
		expect(from, buf_cstr(&out), markup[i].to);
	}
	assert_false(markup_present("sans rien > ] ;", 15));
	buf_done(&raw);
	buf_done(&out);
	markup_free(m);
	markup_free(NULL);
}

static size_t
line_feeds_at_end(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[len - n - 1] == '\n')
		n++;
	return n;
}

/* Hundreds of thousands of open elements neither overflow a stack nor take
 * time that grows with their square. */
static void
nested_without_end(void **state)
{
	static const char *const tags[] = { "<b>", "<div>", "<p>", "<x>", "<table>", "<li>", "<a href=", "<a ", "<!--", "<style>", "</style ", "&",
		"&#", "<", "<![", "<![CDATA[", "[b]", "[url=", "[" };
	struct markup *m = markup_new();
	struct buf in = BUF_INIT, out = BUF_INIT;
	(void)state;
	for (size_t t = 0; t < sizeof tags / sizeof *tags; t++) {
		buf_clear(&in);
		buf_clear(&out);
		while (in.len + strlen(tags[t]) + 4 < MARKUP_MAX)
			buf_str(&in, tags[t]);
		buf_str(&in, "fin");
		markup_text(m, in.data, in.len, &out);
		assert_true(out.len < 4 * in.len);
		if (tags[t][strlen(tags[t]) - 1] == '>')
			assert_memory_equal(out.data + out.len - line_feeds_at_end(out.data, out.len) - 3, "fin", 3);
	}
	buf_done(&in);
	buf_done(&out);
	markup_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(white_space),
		cmocka_unit_test(white_space_anywhere),
		cmocka_unit_test(any_text_is_cleaned_alike),
		cmocka_unit_test(controls_are_dropped),
		cmocka_unit_test(bytes_of_windows_1252),
		cmocka_unit_test(bytes_as_iconv_has_them),
		cmocka_unit_test(always_utf8_and_settled),
		cmocka_unit_test(prefixes_end_between_characters),
		cmocka_unit_test(lower_case),
		cmocka_unit_test(markup_to_text),
		cmocka_unit_test(nested_without_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
