/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "normalise/currency.h"
#include "normalise/decimal.h"
#include "normalise/price.h"

#define NONE INT64_MIN

struct sample {
	const char *text;
	int64_t minor;		/* NONE: no amount */
	const char *currency;	/* NULL: EUR, the default */
	const char *unit;
	bool bare;		/* the words need not be kept */
};

static const struct sample texts[] = {
	{ "5 €", 500, NULL, NULL, false },
	{ "8€", 800, NULL, NULL, false },
	{ "30", 3000, NULL, NULL, true },
	{ "115,00", 11500, NULL, NULL, true },
	{ "1,50", 150, NULL, NULL, true },
	{ "1,5", 150, NULL, NULL, true },
	{ "39.00", 3900, NULL, NULL, true },
	{ "EUR39.00", 3900, NULL, NULL, false },
	{ "EUR 39.00", 3900, NULL, NULL, false },
	{ "39.00EUR", 3900, NULL, NULL, false },
	{ "12 euros", 1200, NULL, NULL, false },
	{ "1 234,50 €", 123450, NULL, NULL, false },
	{ "1.234,50", 123450, NULL, NULL, true },
	{ "1,234.50", 123450, NULL, NULL, true },
	{ "1'234.50", 123450, NULL, NULL, true },
	{ "1.234.567", 123456700, NULL, NULL, true },
	{ "5 000", 500000, NULL, NULL, true },
	{ "0,500", 50, NULL, NULL, true },
	{ "0", 0, NULL, NULL, true },
	{ "29.999999999", NONE, NULL, NULL, false },
	{ "0.1", 10, NULL, NULL, true },
	{ "0.29", 29, NULL, NULL, true },	/* 28.999… as a float times 100 */
	{ "1.15", 115, NULL, NULL, true },
	{ "4.35", 435, NULL, NULL, true },
	{ "1000000000000000", NONE, NULL, NULL, false },
	{ "Offert", 0, NULL, NULL, false },
	{ "GRATUIT", 0, NULL, NULL, false },
	{ "free", 0, NULL, NULL, false },
	{ "Gratuit pour les enfants", NONE, NULL, NULL, false },
	{ "à partir de 12 €", 1200, NULL, NULL, false },
	{ "À PARTIR DE 12 €", 1200, NULL, NULL, false },
	{ "dès 12,50 €", 1250, NULL, NULL, false },
	{ "12 € / nuit", 1200, NULL, "night", false },
	{ "12€/nuit", 1200, NULL, "night", false },
	{ "12 € par jour", 1200, NULL, "day", false },
	{ "12 € de l'heure", 1200, NULL, "hour", false },
	{ "12 € de l’heure", 1200, NULL, "hour", false },
	{ "12 €/pers.", 1200, NULL, "person", false },
	{ "12 € par personne", 1200, NULL, "person", false },
	{ "12 € / personne / nuit", 1200, NULL, NULL, false },
	{ "100 200 €", 10020000, NULL, NULL, false },
	{ ".50 €", 50, NULL, NULL, false },
	{ "€.50", 50, NULL, NULL, false },
	{ "à partir de .5", 50, NULL, NULL, false },
	{ "à partir de 12", 1200, NULL, NULL, false },
	{ "starting at 12", 1200, NULL, NULL, false },
	{ "prix : 12", 1200, NULL, NULL, false },
	{ "12 each", 1200, NULL, NULL, false },
	{ "12 / nuit", 1200, NULL, "night", false },
	{ "12/pers.", 1200, NULL, "person", false },
	{ "12 par jour", 1200, NULL, "day", false },
	{ "12 de l'heure", 1200, NULL, "hour", false },
	{ "12 à la journée", 1200, NULL, "day", false },
	{ "prix par nuit : 12", 1200, NULL, "night", false },
	{ "nuit 12 €", 1200, NULL, "night", false },
	/* ambiguous or no price at all */
	{ "50 %", NONE, NULL, NULL, false },
	{ "50%", NONE, NULL, NULL, false },
	{ "12-15 €", NONE, "EUR", NULL, false },
	{ "12 à 15 €", NONE, "EUR", NULL, false },
	{ "12 – 15 €", NONE, "EUR", NULL, false },
	{ "1,234", NONE, NULL, NULL, false },
	{ "1.234", NONE, NULL, NULL, false },
	{ "19.999", NONE, NULL, NULL, false },
	{ "30 150 380", NONE, NULL, NULL, false },
	{ "1 23", NONE, NULL, NULL, false },
	{ "12 34", NONE, NULL, NULL, false },
	{ "1.234,5,6", NONE, NULL, NULL, false },
	{ "-5", NONE, NULL, NULL, false },
	{ "- 5 €", NONE, "EUR", NULL, false },
	{ "5 € de réduction", NONE, "EUR", NULL, false },
	{ "12 € ou 15 $", NONE, NULL, NULL, false },
	{ "2 nuits 100 €", NONE, "EUR", NULL, false },
	{ "demi-journée 30 €", NONE, "EUR", NULL, false },
	{ "2 nuits", NONE, NULL, NULL, false },
	{ "3 jours", NONE, NULL, NULL, false },
	{ "1 pers.", NONE, NULL, NULL, false },
	{ "tarif : 1 an", NONE, NULL, NULL, false },
	{ "à partir de 20h", NONE, NULL, NULL, false },
	{ "dès 20 h", NONE, NULL, NULL, false },
	{ "à 5 personnes", NONE, NULL, NULL, false },
	{ "à 5", NONE, NULL, NULL, false },
	{ "de 5", NONE, NULL, NULL, false },
	{ "par 4", NONE, NULL, NULL, false },
	{ "le 4", NONE, NULL, NULL, false },
	{ "semaine 27", NONE, NULL, NULL, false },
	{ "la semaine 27", NONE, NULL, NULL, false },
	{ "20 l", NONE, NULL, NULL, false },
	{ "10 a", NONE, NULL, NULL, false },
	{ "tarif....50 €", NONE, "EUR", NULL, false },
	{ "prix.50 €", NONE, "EUR", NULL, false },
	{ "12 €.50", NONE, "EUR", NULL, false },
	{ ".50.50", NONE, NULL, NULL, false },
	{ "30\n150 €", NONE, "EUR", NULL, false },
	{ "sur demande", NONE, NULL, NULL, false },
	{ "N/A", NONE, NULL, NULL, false },
	{ "1e3", NONE, NULL, NULL, false },
	{ "€", NONE, "EUR", NULL, false },
	{ "12345678901234567890123456789012345678901234567890", NONE, NULL, NULL, false },
	/* lists: day, week, month */
	{ "-, -, 510", 51000, NULL, NULL, false },
	{ "-,-,510", 51000, NULL, NULL, false },
	{ "510 €, -, -", 51000, NULL, NULL, false },
	{ "12,50 ; - ; -", 1250, NULL, NULL, false },
	{ "-, 50", 5000, NULL, NULL, false },
	{ ",50 €", NONE, NULL, NULL, false },	/* half a euro, or the second of two? */
	{ "-,50 €", NONE, NULL, NULL, false },
	{ "€,50", NONE, NULL, NULL, false },
	{ "30 , 150 , 380", NONE, NULL, NULL, false },
	{ "30, 150", NONE, NULL, NULL, false },
	{ "-, -, -", NONE, NULL, NULL, false },
	{ "12 €, petit-déjeuner compris", NONE, NULL, NULL, false },
	/* currencies */
	{ "12 £", 1200, "GBP", NULL, false },
	{ "12 $", 1200, "USD", NULL, false },
	{ "$12.50", 1250, "USD", NULL, false },
	{ "CHF 12", 1200, "CHF", NULL, false },
	{ "chf 12", 1200, "CHF", NULL, false },
	{ "1500 JPY", 1500, "JPY", NULL, false },
	{ "12.5 JPY", NONE, "JPY", NULL, false },
	{ "12.500 TND", NONE, "TND", NULL, false },
	{ "1 500 XPF", 1500, "XPF", NULL, false },
	{ "12,5 TND", 12500, "TND", NULL, false },
	{ "12 kr", NONE, NULL, NULL, false },
	{ "12 pts", NONE, NULL, NULL, false },
};

static const struct currency *
euro(void)
{
	return currency_find("EUR", 3);
}

static void
check(const struct sample *s, const struct price_rules *rules)
{
	struct price p;
	price_read(s->text, strlen(s->text), rules, &p);
	const char *currency = p.currency != NULL ? p.currency->code : "none", *unit = p.unit != NULL ? p.unit : "none";
	int64_t minor = p.known ? p.minor : NONE;
	if (minor != s->minor || p.words == s->bare)
		fail_msg("\"%s\" is %lld %s, words %d", s->text, (long long)minor, currency, p.words);
	if (p.known && (strcmp(currency, s->currency != NULL ? s->currency : "EUR") != 0 ||
	    strcmp(unit, s->unit != NULL ? s->unit : "none") != 0))
		fail_msg("\"%s\" is in %s per %s", s->text, currency, unit);
}

static void
written_prices(void **state)
{
	const struct price_rules rules = { .currency = euro() };
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check(&texts[i], &rules);
}

/* A point in a number of JSON is a point, however many digits follow. */
static void
json_numbers(void **state)
{
	static const struct sample numbers[] = {
		{ "75", 7500, NULL, NULL, true }, { "612.5", 61250, NULL, NULL, true },
		{ "612.500", 61250, NULL, NULL, true }, { "6.125e2", 61250, NULL, NULL, true },
		{ "1E+2", 10000, NULL, NULL, true }, { "0", 0, NULL, NULL, true },
		{ "19.999", NONE, NULL, NULL, false }, { "1.234", NONE, NULL, NULL, false },
		{ "-5", NONE, NULL, NULL, false }, { "1e30", NONE, NULL, NULL, false },
		{ "0.30000000000000004", NONE, NULL, NULL, false },
	};
	const struct price_rules rules = { .currency = euro(), .number = true };
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		check(&numbers[i], &rules);
}

static void
cents(void **state)
{
	static const struct sample samples[] = {
		{ "3900", 3900, NULL, NULL, true }, { "3900.00", 3900, NULL, NULL, true },
		{ "39.5", NONE, NULL, NULL, false }, { "39 €", 3900, NULL, NULL, false },
	};
	const struct price_rules rules = { .currency = euro(), .minor = true };
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		check(&samples[i], &rules);
}

/* No amount without its currency, none when the text contradicts the field. */
static void
whose_currency(void **state)
{
	struct price p;
	(void)state;
	price_read("12", 2, &(struct price_rules){ .currency = NULL }, &p);
	assert_false(p.known);
	assert_true(p.words);
	price_read("free", 4, &(struct price_rules){ .currency = NULL }, &p);
	assert_true(p.known);
	price_read("12 $", 4, &(struct price_rules){ .currency = euro(), .explicit = true }, &p);
	assert_false(p.known);
	price_read("12 €", 6, &(struct price_rules){ .currency = euro(), .explicit = true }, &p);
	assert_true(p.known);
	price_read("12 $", 4, &(struct price_rules){ .currency = currency_find("CAD", 3), .explicit = true }, &p);
	assert_true(p.known);
	assert_string_equal(p.currency->code, "CAD");
	price_read("12", 2, &(struct price_rules){ .currency = NULL, .explicit = true }, &p);
	assert_false(p.known);
}

static void
lists_take_no_default_unit(void **state)
{
	const struct price_rules rules = { .currency = euro() };
	struct price p;
	(void)state;
	price_read("-, -, 510", 9, &rules, &p);
	assert_true(p.several);
	price_read("12 € / personne / nuit", strlen("12 € / personne / nuit"), &rules, &p);
	assert_true(p.several);
	price_read("12 €", strlen("12 €"), &rules, &p);
	assert_false(p.several);
}

static void
currencies(void **state)
{
	(void)state;
	assert_string_equal(currency_find("eur", 3)->code, "EUR");
	assert_string_equal(currency_find("€", 3)->code, "EUR");
	assert_string_equal(currency_find("Euros", 5)->code, "EUR");
	assert_int_equal(currency_find("JPY", 3)->decimals, 0);
	assert_int_equal(currency_find("TND", 3)->decimals, 3);
	assert_null(currency_find("", 0));
	assert_null(currency_find("XXX", 3));
	assert_null(currency_find("kr", 2));
	assert_null(currency_find("EURO€€€€€€€", 20));
}

static void
decimals(void **state)
{
	static const char *const bad[] = { "", "-", "+", ".", "1.", ".", "1..2", "1.2.3", "0x10", "nan", "inf", "1e",
		"1e99", "1 2", " 1", "1,2,3", "--1", "1e1.5" };
	struct decimal d;
	int64_t v;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(decimal_parse(bad[i], strlen(bad[i]), &d), -1);
	assert_int_equal(decimal_parse("-44,5003", 8, &d), 0);
	assert_true(decimal_double(&d) == -44.5003);
	assert_int_equal(decimal_parse("44.500312345678901234", 20, &d), 0);
	assert_float_equal(decimal_double(&d), 44.500312345678901, 1e-6);
	assert_true(d.inexact);
	assert_int_equal(decimal_scaled(&d, 2, &v), -1);
	assert_int_equal(decimal_parse("1e-3", 4, &d), 0);
	assert_true(decimal_double(&d) == 0.001);
	assert_int_equal(decimal_parse("12345678901234567890", 20, &d), 0);
	assert_true(decimal_double(&d) > 1.2345e19 && decimal_double(&d) < 1.2346e19);
	assert_int_equal(decimal_scaled(&d, 0, &v), -1);
	assert_int_equal(decimal_parse("000000000000000000000001.50", 27, &d), 0);
	assert_int_equal(decimal_scaled(&d, 2, &v), 0);
	assert_int_equal(v, 150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_prices),
		cmocka_unit_test(json_numbers),
		cmocka_unit_test(cents),
		cmocka_unit_test(whose_currency),
		cmocka_unit_test(lists_take_no_default_unit),
		cmocka_unit_test(currencies),
		cmocka_unit_test(decimals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
