/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "normalise/contact.h"
#include "normalise/scrub.h"

struct sample {
	const char *from, *to;
	unsigned n;
};

/* Numbers of the ranges that ARCEP keeps for fiction, and invented ones. */
static const struct sample taken[] = {
	{ "a@b.fr", "", 1 },
	{ "Écrire à contact@exemple.fr pour réserver.", "Écrire à pour réserver.", 1 },
	{ "jean-luc.o'neil+test@sous.domaine.exemple.fr", "", 1 },
	{ "mailto:contact@exemple.fr", "", 1 },
	{ "rené@exemple.fr, luc@exemple.com", ",", 2 },
	{ "Mail : contact@exemple.fr.", "Mail : .", 1 },
	{ "Tél. 05 53 00 12 34", "Tél.", 1 },
	{ "Tél.0553001234", "Tél.", 1 },
	{ "tel:0553001234", "tel:", 1 },
	{ "06.39.98.12.34", "", 1 }, { "06-39-98-12-34", "", 1 }, { "06/39/98/12/34", "", 1 },
	{ "06\xc2\xa0" "39\xc2\xa0" "98\xc2\xa0" "12\xc2\xa0" "34", "", 1 },
	{ "0800 123 456", "", 1 }, { "0 800 123 456", "", 1 }, { "0820 12 34 56", "", 1 },
	{ "+33 6 39 98 12 34", "", 1 }, { "+33639981234", "", 1 }, { "+33 (0)6 39 98 12 34", "", 1 },
	{ "+33(0) 6 39 98 12 34", "", 1 }, { "+33 06 39 98 12 34", "", 1 }, { "0033 6 39 98 12 34", "", 1 },
	{ "0033639981234", "", 1 }, { "+33.6.39.98.12.34", "", 1 }, { "+44 20 7946 0958", "", 1 },
	{ "+32 475 12 34 56", "", 1 }, { "+33 800 000 000", "", 1 }, { "+1 212 000 0000", "", 1 }, { "(+33) 6 39 98 12 34", "(", 1 },
	{ "05 53 00 12 34 / 06 39 98 12 34", "/", 2 },
	{ "05 53 00 12 34 06 39 98 12 34", "", 1 },
	{ "05 53 00 12 34 47200 Marmande", "47200 Marmande", 1 },
	{ "+33 5 53 00 12 34 47200 Marmande", "47200 Marmande", 1 },
	{ "+33 5 53 00 12 34 12 places", "12 places", 1 },
	{ "0553001234 ou 0639981234", "ou", 2 },
	{ "0553001234 0639981234", "", 2 },
	{ "de 10 h à 12 h, 06 39 98 12 34, 5 €", "de 10 h à 12 h, , 5 €", 1 },
};

static const char *const left[] = {
	"", "5 €", "1 234,50 €", "0,50 €", "01 234 567 €", "47200 Marmande", "123 456 789 00012", "12345678900012",
	"SIRET 012 345 678 00012", "SIRET 01234567800012", "01/02/2026", "01.02.2026", "2026-01-02 10:30", "01-02-2026",
	"20260102103000", "44.5003, 0.1654", "-0.57918", "0.1234567890", "+44.5003120", "+44.500312+0.165412/",
	"08 00 12 00 14 00 18 00", "de 08 00 à 12 00", "ISBN 0306406152", "réf. 0123456789", "Réf : 0123456789",
	"id 0123456789", "https://exemple.fr/annonce/0123456789", "https://exemple.fr/?id=0123456789", "v0123456789",
	"0123456789abc", "0123456789,50", "01234567890", "012345678", "06 39 98 12", "06 39 98 12 3", "0123456789 €",
	"05 53 00 12 34 56", "@cafe", "a@b", "a@", "@", "vélo @ home", "50 % @ 10 €", "x@1.2", "1e+10",
	"capacité 06 personnes", "+ 10 000 000 000 €", "+1 000 000 000 d'euros", "+2 000 000 000 de pas", "n°0123456789-01", "3760123456789", "+12", "0033",
	"13 chambres, 02 lits", "1 000 000 000 000",
};

static void
check(const char *from, const char *to, unsigned n)
{
	struct buf b = BUF_INIT;
	buf_str(&b, "0639");	/* what stands before `start` is not looked at */
	buf_str(&b, from);
	uint64_t got = contact_remove(&b, 4, false);
	if (strcmp(b.data + 4, to) != 0 || got != n)
		fail_msg("\"%s\" becomes \"%s\" (%u taken out)", from, b.data + 4, (unsigned)got);
	buf_done(&b);
}

static void
contacts_are_taken_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		check(taken[i].from, taken[i].to, taken[i].n);
}

static void
other_figures_stay(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		check(left[i], left[i], 0);
}

static void
names_of_contacts(void **state)
{
	static const char *const yes[] = { "email", "E-mail", "contact_email", "ownerEmail", "phone", "phoneNumber",
		"numTel", "tel", "Téléphone", "TÉLÉPHONE", "fax", "mobile", "contact_mobile", "telephone2", "adresse mail",
		"courriel" };
	static const char *const no[] = { "", "hotel", "mobile_home", "mobilehome", "mailing", "telescope", "name",
		"phonetic", "__", "cellar", "tele" };
	static const char *const ids[] = { "id", "ref_externe", "siret", "externalId", "code_insee" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!contact_name(yes[i], strlen(yes[i])))
			fail_msg("%s is a contact", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (contact_name(no[i], strlen(no[i])))
			fail_msg("%s is no contact", no[i]);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		assert_true(contact_name_of_id(ids[i], strlen(ids[i])));
	assert_false(contact_name_of_id("idea", 4));
}

/* ---- in JSON */

static const struct sample json[] = {
	{ "{}", "{}", 0 }, { "[]", "[]", 0 }, { "null", "null", 0 }, { " [ 1 , 2 ] ", "[1,2]", 0 },
	{ "{\"a\":1.10,\"b\":12345678901234567890,\"c\":-0e5}", "{\"a\":1.10,\"b\":12345678901234567890,\"c\":-0e5}", 0 },
	{ "[true,false,null,\"x\"]", "[true,false,null,\"x\"]", 0 },
	{ "{\"email\":\"a@b.fr\",\"nom\":\"Luc\"}", "{\"nom\":\"Luc\"}", 1 },
	{ "{\"nom\":\"Luc\",\"phone\":{\"n\":[1]}}", "{\"nom\":\"Luc\"}", 1 },
	{ "{\"phone\":1}", "{}", 1 },
	{ "{\"owner\":{\"note\":\"appeler le 06 39 98 12 34 vite\"}}", "{\"owner\":{\"note\":\"appeler le vite\"}}", 1 },
	{ "[\"a\\u0040b.fr\"]", "[\"\"]", 1 },
	{ "{\"id\":\"0123456789\",\"x\":\"0123456789\"}", "{\"id\":\"0123456789\",\"x\":\"\"}", 1 },
	{ "{\"id\":\"a@b.fr\"}", "{\"id\":\"\"}", 1 },
	{ "[\"\\u00e9\\ud83d\\udc4d\\n\\\"\\\\\\/\"]", "[\"é👍\\n\\\"\\\\/\"]", 0 },
	{ "[\"\\ud83d\"]", "[\"\xef\xbf\xbd\"]", 0 },
	{ "[\"\\u0000a\"]", "[\"a\"]", 0 },
};

static const char *const broken[] = { "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
	"[01]", "[1.]", "[.5]", "[+1]", "[NaN]", "[\"a]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\u12g4\"]", "[1] 2", "tru", "'a'",
	"[1 2]", "{\"a\":1 \"b\":2}", "[\"\\", "-" };

static void
contacts_in_json(void **state)
{
	const struct scrub_rules rules = { .keep_contacts = false };
	(void)state;
	for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
		struct scrub_counts counts = { .contacts = 0 };
		struct buf out = BUF_INIT;
		assert_int_equal(scrub_json(&out, json[i].from, strlen(json[i].from), &rules, &counts), 0);
		if (strcmp(buf_cstr(&out), json[i].to) != 0 || counts.contacts != json[i].n)
			fail_msg("%s becomes %s (%u)", json[i].from, buf_cstr(&out), (unsigned)counts.contacts);
		buf_done(&out);
	}
}

static void
broken_json_is_refused(void **state)
{
	const struct scrub_rules rules = { .keep_contacts = false };
	struct scrub_counts counts = { .contacts = 0 };
	struct buf out = BUF_INIT, deep = BUF_INIT;
	(void)state;
	buf_str(&out, "x");
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		char *copy = xstrndup(broken[i], strlen(broken[i]));
		if (scrub_json(&out, copy, strlen(copy), &rules, &counts) == 0)
			fail_msg("%s is no JSON", broken[i]);
		assert_string_equal(buf_cstr(&out), "x");
		free(copy);
	}
	for (int depth = 0; depth < 65; depth++)
		buf_char(&deep, '[');
	for (int depth = 0; depth < 65; depth++)
		buf_char(&deep, ']');
	assert_int_equal(scrub_json(&out, deep.data, deep.len, &rules, &counts), -1);
	assert_int_equal(scrub_json(&out, deep.data + 1, deep.len - 2, &rules, &counts), 0);
	assert_int_equal(counts.contacts, 0);
	buf_done(&out);
	buf_done(&deep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contacts_are_taken_out),
		cmocka_unit_test(other_figures_stay),
		cmocka_unit_test(names_of_contacts),
		cmocka_unit_test(contacts_in_json),
		cmocka_unit_test(broken_json_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
