/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_check, lib/parse and lib/expr: the strict grammar, and where values are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/num.h"
#include "base/json_check.h"
#include "lib/expr.h"
#include "lib/parse.h"

/* ---- check */

static const struct check_case {
	const char *in, *out, *problem;
} checks[] = {
	{ "{\"a\":[1,-2.5e+3,true,false,null,\"é\\n\\u00e9\"]}",
	    "{\"a\":[1,-2.5e+3,true,false,null,\"é\\n\\u00e9\"]}", NULL },
	{ "{\"id\":12345678901234567890}", "{\"id\":\"12345678901234567890\"}", NULL },
	{ "[123456789012345,44.50031234567890]", "[123456789012345,\"44.50031234567890\"]", NULL },
	{ "\"caf\xe9 \x80 \x81\"", "\"café € \\ufffd\"", NULL },
	{ "\"a\\u0000b\\ud800c\\ud83d\\ude00\"", "\"a\\ufffdb\\ufffdc\\ud83d\\ude00\"", NULL },
	{ "\xc3", NULL, "a number that JSON does not have" },
	{ "[1,]", NULL, "a number that JSON does not have" },
	{ "[01]", NULL, "a number that JSON does not have" },
	{ "[1.]", NULL, "a number that JSON does not have" },
	{ "[.5]", NULL, "a number that JSON does not have" },
	{ "[+1]", NULL, "a number that JSON does not have" },
	{ "[1e]", NULL, "a number that JSON does not have" },
	{ "[NaN]", NULL, "a number that JSON does not have" },
	{ "[nul]", NULL, "a word that JSON does not have" },
	{ "[\"\t\"]", NULL, "a control character in a string" },
	{ "[\"\\x\"]", NULL, "an unknown escape in a string" },
	{ "[\"\\u12g4\"]", NULL, "a \\u without four hexadecimal digits" },
	{ "[\"a", NULL, "a string that does not end" },
	{ "[\"a\\", NULL, "a string that does not end" },
	{ "{\"a\" 1}", NULL, "a colon is missing in an object" },
	{ "{a:1}", NULL, "a name is missing in an object" },
	{ "{\"a\":1,}", NULL, "a name is missing in an object" },
	{ "[1 2]", NULL, "a comma is missing" },
	{ "[1", NULL, "an object or array that does not end" },
	{ "1 2", NULL, "something follows the value" },
	{ "", NULL, "a value is missing" },
	{ "[[[[[[[[[1]]]]]]]]]", NULL, "values nested too deep" },
};

static void
the_grammar_is_strict(void **state)
{
	(void)state;
	struct buf scratch = BUF_INIT;
	struct json_parser parser = { .max_depth = 8 };
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		const struct check_case *c = &checks[i];
		size_t len = strlen(c->in);
		char *copy = xmalloc(len);	/* without a NUL after it */
		memcpy(copy, c->in, len);
		struct json_text text;
		const struct json_rules rules = { 8, NULL };
		const char *problem = json_check(copy, len, &rules, &scratch, &text);
		if (c->problem != NULL) {
			assert_non_null(problem);
			assert_string_equal(problem, c->problem);
		} else {
			assert_null(problem);
			assert_int_equal(text.len, strlen(c->out));
			assert_memory_equal(text.s, c->out, text.len);
			assert_true(text.halved == (strstr(c->in, "\\ud800c") != NULL));
		}
		/* So is the tree, of which nothing is left then. */
		const char *said = NULL;
		cJSON *tree = json_parse(&parser, copy, len, &said);
		assert_true((tree == NULL) == (c->problem != NULL));
		if (c->problem != NULL)
			assert_string_equal(said, c->problem);
		cJSON_Delete(tree);
		free(copy);
	}
	json_parser_done(&parser);
	buf_done(&scratch);
}

/* cJSON reads so much of a number and no more: half of an exponent would be another number. */
static void
an_exponent_of_any_length(void **state)
{
	struct json_parser parser = { .max_depth = 8 };
	static const struct { const char *before, *after; double value; } cases[] = {
		{ "5e", "2", 500 }, { "-123456789.012345E+", "1", -1234567890.12345 }, { "2.5e-", "1", 0.25 }, { "1e-", "999999999", 0 },
		{ "1e", "400", (double)INFINITY }, { "-1e", "99999999", -(double)INFINITY }, { "7e", "0", 7 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t zeros = 0; zeros < 90; zeros++) {
			struct buf text = BUF_INIT;
			const char *problem = NULL;
			buf_fmt(&text, "{\"price\":%s", cases[i].before);
			for (size_t z = 0; z < zeros; z++)
				buf_char(&text, '0');
			buf_fmt(&text, "%s}", cases[i].after);
			cJSON *tree = json_parse(&parser, text.data, text.len, &problem);
			if (tree == NULL)
				fail_msg("%s: %s", text.data, problem);
			assert_true(tree->child->valuedouble == cases[i].value);
			assert_string_equal(tree->child->string, "price");
			cJSON_Delete(tree);
			buf_done(&text);
		}
	}
	json_parser_done(&parser);
}

/* What is refused for the number of its values has not been held in memory; what comes before an error neither. */
static void
a_million_values(void **state)
{
	static const struct { const char *each, *end, *problem; size_t n; } cases[] = {
		{ "1,", "1]", NULL, 999998 }, { "1,", "1]", "more than a million values in one item", 999999 },
		{ "\"\\n\",", "1]", "more than a million values in one item", 999999 },
		{ "1e1,", "1]", "more than a million values in one item", 2000000 }, { "1,", "01]", "a number that JSON does not have", 1500000 },
	};
	struct json_parser parser = { .max_depth = 8 };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = BUF_INIT;
		const char *problem = NULL;
		buf_char(&text, '[');
		for (size_t k = 0; k < cases[i].n; k++)
			buf_str(&text, cases[i].each);
		buf_str(&text, cases[i].end);
		cJSON *tree = json_parse(&parser, text.data, text.len, &problem);
		assert_true((tree == NULL) == (cases[i].problem != NULL));
		if (tree == NULL)
			assert_string_equal(problem, cases[i].problem);
		cJSON_Delete(tree);
		buf_done(&text);
	}
	json_parser_done(&parser);
}

/* ---- parse: the tree is cJSON's */

static unsigned
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33);
}

static void
add_string(struct buf *out, uint64_t *random)
{
	static const char *const pieces[] = { "maison ", "été", " ", "à", "œ", "😀", "\\n", "\\\"", "\\u00e9", "\\u0000",
		"\\ud83d\\ude00", "\xe9", "\x7f", "\xef\xbf\xbd", "0123456789", "abcdefghijklmnopqrstuvwx" };
	buf_char(out, '"');
	for (unsigned n = next_random(random) % 12; n > 0; n--)
		buf_str(out, pieces[next_random(random) % (sizeof pieces / sizeof *pieces)]);
	buf_char(out, '"');
}

static void
add_number(struct buf *out, uint64_t *random)
{
	unsigned whole = next_random(random) % 8, decimals = next_random(random) % 11;
	buf_str(out, next_random(random) % 3 == 0 ? "-" : "");
	buf_char(out, whole == 0 ? '0' : (char)('1' + next_random(random) % 9));
	for (; whole > 1; whole--)
		buf_char(out, (char)('0' + next_random(random) % 10));
	for (unsigned i = 0; i < decimals; i++) {
		buf_str(out, i == 0 ? "." : "");
		buf_char(out, (char)('0' + (next_random(random) % 3 == 0 ? 0 : next_random(random) % 10)));
	}
}

static void
add_value(struct buf *out, unsigned depth, uint64_t *random)
{
	static const char *const scalars[] = { "0", "-0", "-0.0", "1", "-17", "2147483647", "2147483648", "-2147483648",
		"-2147483649", "44.50031", "0.1", "0.00001", "100", "1.50", "999999999999999", "0.00000000000001",
		"1234567890.12345", "0.000000000000000", "1e3", "1E-7", "1e400", "12345678901234567890", "0.1234567890123456",
		"true", "false", "null", "{}", "[]", "\"\"" };
	unsigned kind = next_random(random) % (depth > 0 ? 8 : 6), n = next_random(random) % 5;
	if (kind == 0) {
		add_number(out, random);
	} else if (kind < 3) {
		buf_str(out, scalars[next_random(random) % (sizeof scalars / sizeof *scalars)]);
	} else if (kind < 6) {
		add_string(out, random);
	} else {
		buf_char(out, kind == 6 ? '[' : '{');
		for (unsigned i = 0; i <= n; i++) {
			buf_str(out, i > 0 ? " ,\n" : "");
			if (kind == 7) {
				add_string(out, random);
				buf_char(out, ':');
			}
			add_value(out, depth - 1, random);
		}
		buf_char(out, kind == 6 ? ']' : '}');
	}
}

static void
check_number_text(const cJSON *number)
{
	char text[NUM_TEXT_MAX];
	if (!cJSON_IsNumber(number) || number->valuestring == NULL)
		return;
	(void)num_text(number->valuedouble, text);
	assert_string_equal(number->valuestring, text);
}

static void
check_same(const cJSON *a, const cJSON *b, const char *text)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		bool string = a->valuestring != NULL && b->valuestring != NULL;
		check_number_text(a);
		if (a->type != b->type || a->valueint != b->valueint ||
		    memcmp(&a->valuedouble, &b->valuedouble, sizeof a->valuedouble) != 0 ||
		    (string && strcmp(a->valuestring, b->valuestring) != 0) || (cJSON_IsString(a) && !string))
			fail_msg("another tree: %s", text);
		assert_true((a->string == NULL) == (b->string == NULL));
		if (a->string != NULL)
			assert_string_equal(a->string, b->string);
		check_same(a->child, b->child, text);
	}
	assert_true(a == b);
}

static void
the_tree_is_that_of_cjson(void **state)
{
	(void)state;
	uint64_t random = 7;
	struct buf text = BUF_INIT, scratch = BUF_INIT;
	struct json_parser parser = { .max_depth = 8 };
	const struct json_rules rules = { 8, NULL };
	for (int round = 0; round < 30000; round++) {
		struct json_text checked;
		const char *problem = NULL;
		buf_clear(&text);
		add_value(&text, 5, &random);
		assert_null(json_check(text.data, text.len, &rules, &scratch, &checked));
		cJSON *want = cJSON_ParseWithLength(checked.s, checked.len);
		cJSON *got = json_parse(&parser, text.data, text.len, &problem);
		assert_non_null(want);
		assert_non_null(got);
		check_same(got, want, text.data);
		cJSON_Delete(want);
		cJSON_Delete(got);
	}
	json_parser_done(&parser);
	buf_done(&scratch);
	buf_done(&text);
}

/* Wherever it stands in a text that is read sixteen bytes at a time. */
static void
strings_are_checked_anywhere(void **state)
{
	static const struct {
		const char *in, *out;	/* NULL: refused */
	} cases[] = {
		{ "é", "é" }, { "€", "€" }, { "😀", "😀" }, { "\xe9", "é" }, { "\xc3", "Ã" }, { "\x80", "€" }, { "\xc3\xc3\xa9", "Ãé" },
		{ "\xc3\xa9\xa9", "é©" }, { "\x7f", "\x7f" }, { "\x1f", NULL }, { "\\x", NULL }, { "\\u0000", "\\ufffd" },
		{ "\xed\xa0\x80", "í\xc2\xa0€" }, { "\\\"", "\\\"" },
	};
	(void)state;
	struct buf scratch = BUF_INIT;
	const struct json_rules rules = { 8, NULL };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int before = 0; before < 40; before++) {
			char in[128], out[128];
			struct json_text text;
			static const char words[] = "une maison sans accent au bord de l'eau.";
			int n = snprintf(in, sizeof in, "\"%.*s%s%s\"", before, words, cases[i].in, before % 2 ? words : "");
			(void)snprintf(out, sizeof out, "\"%.*s%s%s\"", before, words,
			    cases[i].out ? cases[i].out : "", before % 2 ? words : "");
			const char *problem = json_check(in, (size_t)n, &rules, &scratch, &text);
			assert_true((problem == NULL) == (cases[i].out != NULL));
			if (problem == NULL)
				assert_int_equal(text.len, strlen(out));
			if (problem == NULL)
				assert_memory_equal(text.s, out, text.len);
		}
	buf_done(&scratch);
}

/* ---- expr */

static const char item[] =
    "{\"id\":900001,\"title\":\"Capucine\",\"empty\":\"\",\"none\":null,\"price\":[30,150.5,380],"
    "\"location\":{\"latitude\":44.5,\"0\":\"zero\"},\"images\":[{\"url\":\"u1\"},{\"url\":\"u2\"}],"
    "\"label\":{\"en\":\"House\",\"fr\":[\"Maison\"]},\"tagged\":{\"@fr\":\"Bateau\"},"
    "\"names\":[{\"language\":\"en\",\"text\":\"Boat\"},{\"language\":\"fr-FR\",\"text\":\"Péniche\"}],"
    "\"descriptions\":[{\"locale\":\"de\",\"title\":\"Haus\"},{\"locale\":\"fr\",\"title\":\"Maison\"}],"
    "\"means\":[{\"type\":{\"id\":201},\"at\":{\"fr\":\"0553\"}},{\"type\":{\"id\":205},\"at\":{\"fr\":\"http://x.fr\"}}],"
    "\"links\":[{\"url\":\"http://a/b\",\"n\":1},{\"url\":\"c\",\"n\":2}],"
    "\"days\":\"mercredi# samedi#\",\"photos\":\"|vide#a.jpg|La halle|ADT#b.jpg||\",\"one\":\"seul\",\"spaces\":\" # \","
    "\"a/b\":{\"~\":1},\"yes\":true,\"deep\":{\"list\":[1,2]},\"s p\":\"x\"}";
static const char place[] = "{\"id\":7,\"city\":\"Marmande\"}";

static const struct expr_case {
	const char *text;
	enum expr_shape shape;
	const char *value;	/* NULL: none */
	enum vigie_value_type type;
} expressions[] = {
	{ "/id", EXPR_FIRST, "900001", VIGIE_NUMBER },
	{ "/title", EXPR_FIRST, "Capucine", VIGIE_TEXT },
	{ "/empty", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/none", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/missing/deeper", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/none | /empty | /title", EXPR_FIRST, "Capucine", VIGIE_TEXT },
	{ "/none | \"EUR\"", EXPR_FIRST, "EUR", VIGIE_TEXT },
	{ "/location/latitude", EXPR_FIRST, "44.5", VIGIE_NUMBER },
	{ "/location/0", EXPR_FIRST, "zero", VIGIE_TEXT },
	{ "/images/1/url", EXPR_FIRST, "u2", VIGIE_TEXT },
	{ "/images/-1/url", EXPR_FIRST, "u2", VIGIE_TEXT },
	{ "/price/-1", EXPR_FIRST, "380", VIGIE_NUMBER },
	{ "/location/-1", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/images/9/url", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/images/*/url", EXPR_FIRST, "u1, u2", VIGIE_TEXT },
	{ "/images/#", EXPR_FIRST, "2", VIGIE_NUMBER },
	{ "/price", EXPR_FIRST, "30", VIGIE_NUMBER },
	{ "/price", EXPR_LIST, "30, 150.5, 380", VIGIE_TEXT },
	{ "/deep", EXPR_JSON, "{\"list\":[1,2]}", VIGIE_JSON },
	{ "/deep", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/yes", EXPR_FIRST, "true", VIGIE_BOOL },
	{ "/label", EXPR_FIRST, "Maison", VIGIE_TEXT },
	{ "/tagged", EXPR_FIRST, "Bateau", VIGIE_TEXT },
	{ "/names", EXPR_FIRST, "Péniche", VIGIE_TEXT },
	{ "/descriptions/[locale=fr]/title", EXPR_FIRST, "Maison", VIGIE_TEXT },
	{ "/descriptions/[locale=it]/title", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/means/[type/id=205]/at/fr", EXPR_FIRST, "http://x.fr", VIGIE_TEXT },
	{ "/means/[type/id=204]/at/fr", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/means/[type/none/deeper=205]/at/fr", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/links/[url=http://a/b]/n", EXPR_FIRST, "1", VIGIE_NUMBER },
	{ "/links/[url=http:~1~1a~1b]/n", EXPR_FIRST, "1", VIGIE_NUMBER },
	{ "/days/[split=#]", EXPR_FIRST, "mercredi", VIGIE_TEXT },
	{ "/days/[split=#]/1", EXPR_FIRST, "samedi", VIGIE_TEXT },
	{ "/days/[split=#]/2", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/days/[split=#]/9", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/days/[split=#]/*", EXPR_JSON, "mercredi, samedi", VIGIE_TEXT },
	{ "/days/[split=#]/#", EXPR_FIRST, "2", VIGIE_NUMBER },
	{ "/one/[split=#]", EXPR_FIRST, "seul", VIGIE_TEXT },
	{ "/spaces/[split=#]", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/empty/[split=#]", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/id/[split=#]", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/photos/[split=#]/0/[split=|]/1", EXPR_FIRST, "vide", VIGIE_TEXT },
	{ "/photos/[split=#]/*/[split=|]/0", EXPR_FIRST, "a.jpg, b.jpg", VIGIE_TEXT },
	{ "/photos/[split=#]/[split=|]/0", EXPR_FIRST, "a.jpg", VIGIE_TEXT },
	{ "\"https://x.fr/{/photos/[split=#]/1/[split=|]/0}\"", EXPR_FIRST, "https://x.fr/a.jpg", VIGIE_TEXT },
	{ "/photos/[split=#]/[|0=b.jpg]/[split=|]/0", EXPR_FIRST, "b.jpg", VIGIE_TEXT },
	{ "/photos/[split=#]/[|2=ADT]/[split=|]/1", EXPR_FIRST, "La halle", VIGIE_TEXT },
	{ "/photos/[split=#]/[|1=La halle]", EXPR_FIRST, "a.jpg|La halle|ADT", VIGIE_TEXT },
	{ "/photos/[split=#]/[|0=nobody]/[split=|]/1", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/photos/[split=#]/[|9=ADT]", EXPR_FIRST, NULL, VIGIE_TEXT },
	{ "/photos/[split=.jpg]/1", EXPR_FIRST, "|La halle|ADT#b", VIGIE_TEXT },
	{ "/a~1b/~0", EXPR_FIRST, "1", VIGIE_NUMBER },
	{ "/s p", EXPR_FIRST, "x", VIGIE_TEXT },
	{ "@/city", EXPR_FIRST, "Marmande", VIGIE_TEXT },
	{ "\"https://x.fr/{/id}/{@/id}\"", EXPR_FIRST, "https://x.fr/900001/7", VIGIE_TEXT },
	{ "\"https://x.fr/{/none}\" | /title", EXPR_FIRST, "Capucine", VIGIE_TEXT },
	{ "location.latitude", EXPR_FIRST, "44.5", VIGIE_NUMBER },
	{ "descriptions[locale=fr].title", EXPR_FIRST, "Maison", VIGIE_TEXT },
	{ "descriptions[locale=v1.2].title | title.none | images[1].url", EXPR_FIRST, "u2", VIGIE_TEXT },
	{ "images[*].url", EXPR_FIRST, "u1, u2", VIGIE_TEXT },
	{ "images[#]", EXPR_FIRST, "2", VIGIE_NUMBER },
	{ "\"{descriptions[locale=de].title} {/id}\"", EXPR_FIRST, "Haus 900001", VIGIE_TEXT },
	{ "join(\" | \", /title, /none, /images/*/url)", EXPR_FIRST, "Capucine | u1 | u2", VIGIE_TEXT },
	{ "join(\"\",/id,/price)", EXPR_FIRST, "90000130150.5380", VIGIE_TEXT },
	{ "join(\") \", /none , @/city , /yes ) | /title", EXPR_FIRST, "Marmande) true", VIGIE_TEXT },
	{ "join(\", \", /none, /empty) | /title", EXPR_FIRST, "Capucine", VIGIE_TEXT },
	{ "/none | join(\" - \", location.latitude, /title)", EXPR_FIRST, "44.5 - Capucine", VIGIE_TEXT },
};

static void
expressions_find_values(void **state)
{
	(void)state;
	static const char *const languages[] = { "fr", "en", NULL };
	cJSON *root = cJSON_Parse(item), *where = cJSON_Parse(place);
	struct expr_scope scope = { root, where, languages };
	struct buf scratch = BUF_INIT;
	for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
		const struct expr_case *c = &expressions[i];
		struct vigie_field field = { 0 };
		char problem[128] = "";
		struct expr *e = expr_new(c->text, problem, sizeof problem);
		assert_string_equal(problem, "");
		buf_clear(&scratch);
		bool found = expr_field(e, &scope, c->shape, &scratch, &field);
		if (found != (c->value != NULL))
			fail_msg("%s: found %d", c->text, found);
		if (found) {
			assert_int_equal(field.value_len, strlen(c->value));
			assert_memory_equal(field.value, c->value, field.value_len);
			assert_int_equal(field.type, c->type);
		}
		expr_free(e);
	}
	buf_done(&scratch);
	cJSON_Delete(root);
	cJSON_Delete(where);
}

static void
wrong_expressions_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = { "", "title", "/a | ", "/a | b", "\"open", "\"{/a\"", "/[x]",
	    "/a/[split=#", "/a/[split=]", "/a/[split=#]x", "/a/[split=#]/x", "/a/[split=#]/0/x", "/a/[split=#]/", "/a/[b=c", "/a/[split=#]/[0=x]",
	    "/a/[split=#]/[|=x]", "/a/[split=#]/[|0]", "/a/[split=#]/[|0=x", "/a/[split=#]/[|0=x]/y",
	    "/a/[split=a]/[split=b]/[split=c]/[split=d]/[split=e]", "/a |/b", "/1/2/3/4/5/6/7/8/9/10/11/12/13",
	    "1.5", "https://x.fr/a.jpg", "rue des Lilas.", "a b.c", "a..b", "a.", "a[0", "a[x", "a[0]b", "a.b c", ".a", "[a=b].c",
	    "1.2.3.4.5.6.7.8.9.10.11.12.13", "a.2.3.4.5.6.7.8.9.10.11.12.13", "join(", "join(\", \"", "join(\", \")", "join(/a, /b)",
	    "join(\", \", /a", "join(\", \", /a,, /b)", "join(\", \", a)", "join(\", \" /a)", "join(\", \", /a) /b", "join(\",, /a)" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char problem[128] = "";
		struct expr *e = expr_new(wrong[i], problem, sizeof problem);
		if (e != NULL && strcmp(wrong[i], "/a |/b") != 0)
			fail_msg("\"%s\" was taken", wrong[i]);
		expr_free(e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_grammar_is_strict),
		cmocka_unit_test(an_exponent_of_any_length), cmocka_unit_test(a_million_values),
		cmocka_unit_test(the_tree_is_that_of_cjson),
		cmocka_unit_test(strings_are_checked_anywhere),
		cmocka_unit_test(expressions_find_values),
		cmocka_unit_test(wrong_expressions_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
