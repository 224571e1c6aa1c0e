/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "normalise/normalise.h"

#define FIELD(key, text) { key, VIGIE_TEXT, NULL, text, sizeof(text) - 1 }
#define NUMBER(key, text) { key, VIGIE_NUMBER, NULL, text, sizeof(text) - 1 }
#define PROPERTY(type, name, text) { VIGIE_PROPERTY, type, name, text, sizeof(text) - 1 }
#define ID FIELD(VIGIE_EXTERNAL_ID, "90001")
#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

static const struct normalise_options office = {
	.kind = "deal", .country = "FR", .language = "fr", .currency = "EUR", .base_url = "https://exemple.fr/api/",
};

/* The normaliser of the test that runs, so that the listing can be looked at. */
struct bench {
	struct normaliser *n;
	struct listing l;
};

static void
run(struct bench *b, const struct normalise_options *options, const struct vigie_field *fields, size_t n)
{
	struct error err = ERROR_INIT;
	b->n = normaliser_new(options);
	if (normalise(b->n, fields, n, &b->l, &err) != 0)
		fail_msg("%s", err.text);
}

static void
done(struct bench *b)
{
	normaliser_free(b->n);
}

static void
expect(const struct bench *b, enum listing_text column, const char *want)
{
	const struct text *t = &b->l.text[column];
	if (want == NULL && t->s != NULL)
		fail_msg("%s is \"%.*s\", not nothing", listing_text_names[column], (int)t->len, t->s);
	if (want != NULL && (t->s == NULL || t->len != strlen(want) || memcmp(t->s, want, t->len) != 0))
		fail_msg("%s is \"%.*s\", not \"%s\"", listing_text_names[column], (int)t->len,
		    t->s != NULL ? t->s : "", want);
}

/* One field beside the identifier, looked at in one column. */
static void
expect_one(enum vigie_key key, enum vigie_value_type type, const char *value, enum listing_text column,
    const char *want)
{
	const struct vigie_field fields[] = { ID, { key, type, "x", value, strlen(value) } };
	struct bench b;
	run(&b, &office, fields, 2);
	expect(&b, column, want);
	done(&b);
}

static void
a_whole_listing(void **state)
{
	static const struct vigie_field fields[] = {
		ID, FIELD(VIGIE_KIND, "camper_van"), FIELD(VIGIE_TITLE, " Capucine  6 places "),
		FIELD(VIGIE_DESCRIPTION, "<p>Pour <b>six</b>.</p><p>Écrire à a@b.fr</p>"),
		FIELD(VIGIE_LANGUAGE, "fr-FR"), FIELD(VIGIE_URL, "//exemple.fr/c/1?ae=620&b=1"),
		FIELD(VIGIE_IMAGE_URL, "/i.jpg"), NUMBER(VIGIE_LATITUDE, "44.5003"), FIELD(VIGIE_LONGITUDE, "0,1654"),
		FIELD(VIGIE_STREET, "1 rue de l&#39;Exemple"), FIELD(VIGIE_POSTCODE, " 47200 "),
		FIELD(VIGIE_LOCALITY, "MARMANDE"), FIELD(VIGIE_COUNTRY, "France"), FIELD(VIGIE_PRICE, "75 € / jour"),
		NUMBER(VIGIE_CAPACITY, "6"), NUMBER(VIGIE_RATING, "4.5"), NUMBER(VIGIE_RATING_COUNT, "9"),
		FIELD(VIGIE_SOURCE_UPDATED_AT, "2017-08-01T00:00:00+02:00"),
		FIELD(VIGIE_STARTS_AT, "2026-06-27 20:30:00"), FIELD(VIGIE_ENDS_AT, "2026-06-28"),
		PROPERTY(VIGIE_TEXT, "type", "CoachBuilt"), PROPERTY(VIGIE_NUMBER, "seats", "5.0"),
		PROPERTY(VIGIE_BOOL, "instant", "true"), PROPERTY(VIGIE_JSON, "tags", "[\"a\",1.50]"),
	};
	struct bench b;
	(void)state;
	run(&b, &office, fields, COUNT(fields));
	expect(&b, LISTING_EXTERNAL_ID, "90001");
	expect(&b, LISTING_KIND, "camper_van");
	expect(&b, LISTING_TITLE, "Capucine 6 places");
	expect(&b, LISTING_DESCRIPTION, "Pour six.\n\nÉcrire à");
	expect(&b, LISTING_LANGUAGE, "fr");
	expect(&b, LISTING_URL, "https://exemple.fr/c/1?b=1");
	expect(&b, LISTING_IMAGE_URL, "https://exemple.fr/i.jpg");
	expect(&b, LISTING_STREET, "1 rue de l'Exemple");
	expect(&b, LISTING_POSTCODE, "47200");
	expect(&b, LISTING_LOCALITY, "MARMANDE");
	expect(&b, LISTING_COUNTRY, "FR");
	expect(&b, LISTING_CURRENCY, "EUR");
	expect(&b, LISTING_PRICE_UNIT, "day");
	expect(&b, LISTING_PRICE_TEXT, "75 € / jour");
	expect(&b, LISTING_PROPERTIES, "{\"starts_at\":\"2026-06-27T18:30:00Z\",\"ends_at\":\"2026-06-28\","
	    "\"type\":\"CoachBuilt\",\"seats\":5.0,\"instant\":true,\"tags\":[\"a\",1.50]}");
	assert_int_equal(b.l.integer[LISTING_PRICE_MINOR], 7500);
	assert_int_equal(b.l.integer[LISTING_CAPACITY], 6);
	assert_int_equal(b.l.integer[LISTING_RATING_COUNT], 9);
	assert_true(b.l.integer[LISTING_SOURCE_UPDATED_AT] == 1501538400000);
	assert_true(b.l.real[LISTING_LATITUDE] == 44.5003);
	assert_true(b.l.real[LISTING_LONGITUDE] == 0.1654);
	assert_true(b.l.real[LISTING_RATING] == 4.5);
	assert_int_equal(b.l.place, LISTING_INSIDE);
	assert_true(b.l.published);
	const struct normalise_notes *notes = normaliser_notes(b.n);
	assert_int_equal(notes->contacts, 1);
	assert_int_equal(notes->price + notes->date + notes->coordinate + notes->url + notes->utf8 + notes->other, 0);
	done(&b);
}

static void
nothing_but_an_identifier(void **state)
{
	static const struct vigie_field fields[] = { ID };
	static const struct normalise_options nothing = { .kind = "place" };
	struct bench b;
	(void)state;
	run(&b, &nothing, fields, 1);
	for (int i = 0; i < LISTING_TEXTS; i++)
		expect(&b, (enum listing_text)i, i == LISTING_EXTERNAL_ID ? "90001" : i == LISTING_KIND ? "place" :
		    i == LISTING_PROPERTIES ? "{}" : NULL);
	for (int i = 0; i < LISTING_INTEGERS; i++)
		assert_true(b.l.integer[i] == LISTING_NO_INTEGER);
	for (int i = 0; i < LISTING_REALS; i++)
		assert_true(isnan(b.l.real[i]));
	done(&b);
}

static void
identifiers(void **state)
{
	struct normaliser *n = normaliser_new(&office);
	struct buf id = BUF_INIT;
	struct listing l = { .published = true };
	(void)state;
	while (id.len < 255)
		buf_char(&id, 'x');
	struct vigie_field f = { VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, id.data, 255 };
	assert_int_equal(normalise(n, &f, 1, &l, NULL), 0);
	buf_char(&id, 'x');
	static const struct vigie_field bad[] = { FIELD(VIGIE_EXTERNAL_ID, ""), FIELD(VIGIE_EXTERNAL_ID, " \n"),
		FIELD(VIGIE_TITLE, "x"), { VIGIE_EXTERNAL_ID, VIGIE_BOOL, NULL, "true", 4 },
		{ VIGIE_EXTERNAL_ID, VIGIE_JSON, NULL, "{}", 2 } };
	for (size_t i = 0; i < COUNT(bad) + 1; i++) {
		struct error err = ERROR_INIT;
		f = i < COUNT(bad) ? bad[i] : (struct vigie_field){ VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, id.data, id.len };
		memset(&l, 0x5a, sizeof l);
		assert_int_equal(normalise(n, &f, 1, &l, &err), -1);
		assert_int_equal(err.kind, ERROR_SHAPE);
		assert_int_equal(((unsigned char *)&l)[0], 0x5a);	/* untouched */
	}
	buf_done(&id);
	normaliser_free(n);
	expect_one(VIGIE_EXTERNAL_ID, VIGIE_NUMBER, "9007199254740993", LISTING_EXTERNAL_ID, "9007199254740993");
	expect_one(VIGIE_EXTERNAL_ID, VIGIE_TEXT, " E-1\n", LISTING_EXTERNAL_ID, "E-1");
}

static void
the_last_field_wins(void **state)
{
	static const struct vigie_field fields[] = {
		ID, FIELD(VIGIE_TITLE, "un"), FIELD(VIGIE_TITLE, "deux"), PROPERTY(VIGIE_TEXT, "a", "1"),
		PROPERTY(VIGIE_TEXT, "b", "2"), PROPERTY(VIGIE_NUMBER, "a", "3"), FIELD(VIGIE_STARTS_AT, "2026-01-01"),
		PROPERTY(VIGIE_TEXT, "starts_at", "demain"), FIELD(VIGIE_EXTERNAL_ID, "2"),
	};
	struct bench b;
	(void)state;
	run(&b, &office, fields, COUNT(fields));
	expect(&b, LISTING_EXTERNAL_ID, "2");
	expect(&b, LISTING_TITLE, "deux");
	expect(&b, LISTING_PROPERTIES, "{\"b\":\"2\",\"a\":3,\"starts_at\":\"demain\"}");
	done(&b);
}

static void
codes(void **state)
{
	static const struct {
		enum vigie_key key;
		const char *from;
		enum listing_text column;
		const char *to;
	} samples[] = {
		{ VIGIE_KIND, "boat", LISTING_KIND, "boat" }, { VIGIE_KIND, "Boat", LISTING_KIND, "boat" },
		{ VIGIE_KIND, "bateau", LISTING_KIND, "deal" }, { VIGIE_KIND, " ", LISTING_KIND, "deal" },
		{ VIGIE_LANGUAGE, "EN", LISTING_LANGUAGE, "en" }, { VIGIE_LANGUAGE, "en_GB", LISTING_LANGUAGE, "en" },
		{ VIGIE_LANGUAGE, "@en", LISTING_LANGUAGE, "en" }, { VIGIE_LANGUAGE, "", LISTING_LANGUAGE, "fr" },
		{ VIGIE_COUNTRY, "be", LISTING_COUNTRY, "BE" }, { VIGIE_COUNTRY, " Belgique ", LISTING_COUNTRY, "BE" },
		{ VIGIE_COUNTRY, "FRANCE", LISTING_COUNTRY, "FR" }, { VIGIE_COUNTRY, "UK", LISTING_COUNTRY, "GB" },
		{ VIGIE_COUNTRY, "F1", LISTING_COUNTRY, "FR" }, { VIGIE_POSTCODE, " 33000 ", LISTING_POSTCODE, "33000" },
		{ VIGIE_POSTCODE, "\n", LISTING_POSTCODE, NULL }, { VIGIE_TITLE, " \xc2\xa0 ", LISTING_TITLE, NULL },
		{ VIGIE_TITLE, "UN CAFé OFFERT", LISTING_TITLE, "UN CAFé OFFERT" },
		{ VIGIE_TITLE, "[b]Un[/b] &amp; deux", LISTING_TITLE, "Un & deux" },
		{ VIGIE_TITLE, "Appeler 06 39 98 12 34", LISTING_TITLE, "Appeler" },
		{ VIGIE_DESCRIPTION, "a\xe2\x80\xa8" "b", LISTING_DESCRIPTION, "a\nb" },
		{ VIGIE_DESCRIPTION, "Caf\xe9", LISTING_DESCRIPTION, "Café" },
		{ VIGIE_CURRENCY, "€", LISTING_CURRENCY, "EUR" }, { VIGIE_CURRENCY, "chf", LISTING_CURRENCY, "CHF" },
		{ VIGIE_CURRENCY, "points", LISTING_CURRENCY, NULL }, { VIGIE_PRICE_UNIT, "Nuit", LISTING_PRICE_UNIT, "night" },
		{ VIGIE_PRICE_UNIT, "séjour", LISTING_PRICE_UNIT, "séjour" },
		{ VIGIE_STARTS_AT, "bientôt", LISTING_PROPERTIES, "{}" },
		{ VIGIE_URL, "https:", LISTING_URL, NULL }, { VIGIE_URL, " https://e.fr/ ", LISTING_URL, "https://e.fr/" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		expect_one(samples[i].key, VIGIE_TEXT, samples[i].from, samples[i].column, samples[i].to);
	expect_one(VIGIE_TITLE, VIGIE_BOOL, "true", LISTING_TITLE, NULL);
	expect_one(VIGIE_TITLE, VIGIE_JSON, "{}", LISTING_TITLE, NULL);
	expect_one(VIGIE_TITLE, VIGIE_NUMBER, "2001", LISTING_TITLE, "2001");
	expect_one(VIGIE_POSTCODE, VIGIE_NUMBER, "47200", LISTING_POSTCODE, "47200");
}

/* An end may say that it is one. */
static void
ends(void **state)
{
	static const char *const written[] = { "Jusqu'au 4 juillet 2026", "jusqu’au 2026-07-04", "au samedi 4 juillet 2026",
		"until July 4, 2026" };
	(void)state;
	for (size_t i = 0; i < COUNT(written); i++) {
		expect_one(VIGIE_ENDS_AT, VIGIE_TEXT, written[i], LISTING_PROPERTIES, "{\"ends_at\":\"2026-07-04\"}");
		expect_one(VIGIE_STARTS_AT, VIGIE_TEXT, written[i], LISTING_PROPERTIES, "{}");
	}
	expect_one(VIGIE_ENDS_AT, VIGIE_TEXT, "jusqu'au ", LISTING_PROPERTIES, "{}");
	expect_one(VIGIE_ENDS_AT, VIGIE_TEXT, "sauf au 4 juillet 2026", LISTING_PROPERTIES, "{}");
}

static void
expect_price(const struct normalise_options *options, const struct vigie_field *field, int64_t minor,
    const char *words)
{
	const struct vigie_field fields[] = { ID, *field };
	struct bench b;
	run(&b, options, fields, 2);
	if (b.l.integer[LISTING_PRICE_MINOR] != minor)
		fail_msg("%s is %lld", field->value, (long long)b.l.integer[LISTING_PRICE_MINOR]);
	expect(&b, LISTING_PRICE_TEXT, words);
	done(&b);
}

static void
prices(void **state)
{
	static const struct {
		struct vigie_field field;
		int64_t minor;
		const char *words;
	} samples[] = {
		{ FIELD(VIGIE_PRICE, "\n                  8€\n       "), 800, "8€" },
		{ FIELD(VIGIE_PRICE, "à partir de\n 8€\r\npar nuit"), 800, "à partir de 8€ par nuit" },
		{ FIELD(VIGIE_PRICE, "100\n200 €"), LISTING_NO_INTEGER, "100 200 €" },
		{ FIELD(VIGIE_PRICE, "2 nuits"), LISTING_NO_INTEGER, "2 nuits" },
		{ FIELD(VIGIE_PRICE, "1\xc2\xa0" "234,50\xe2\x80\xaf€"), 123450, "1 234,50 €" },
		{ FIELD(VIGIE_PRICE, "115,00"), 11500, NULL },
		{ FIELD(VIGIE_PRICE, " 30"), 3000, NULL },
		{ NUMBER(VIGIE_PRICE, "612.5"), 61250, NULL },
		{ NUMBER(VIGIE_PRICE, "19.999"), LISTING_NO_INTEGER, "19.999" },
		{ FIELD(VIGIE_PRICE, "-, -, 510 "), 51000, "-, -, 510" },
		{ FIELD(VIGIE_PRICE, "30 , 150 , 380 "), LISTING_NO_INTEGER, "30 , 150 , 380" },
		{ FIELD(VIGIE_PRICE, "Offert"), 0, "Offert" },
		{ FIELD(VIGIE_PRICE, "50 %"), LISTING_NO_INTEGER, "50 %" },
		{ FIELD(VIGIE_PRICE, "\xc0 partir de 12 \x80"), 1200, "À partir de 12 €" },
		{ FIELD(VIGIE_PRICE, ""), LISTING_NO_INTEGER, NULL },
		{ FIELD(VIGIE_PRICE, " - "), LISTING_NO_INTEGER, NULL },
		{ { VIGIE_PRICE, VIGIE_BOOL, NULL, "true", 4 }, LISTING_NO_INTEGER, NULL },
	};
	struct normalise_options points = office, cents = office, nobody = office;
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		expect_price(&office, &samples[i].field, samples[i].minor, samples[i].words);
	points.price_is_points = true;
	cents.price_is_minor = true;
	nobody.currency = NULL;
	const struct vigie_field bare = NUMBER(VIGIE_PRICE, "132");
	expect_price(&points, &bare, LISTING_NO_INTEGER, "132");
	expect_price(&cents, &bare, 132, NULL);
	expect_price(&nobody, &bare, LISTING_NO_INTEGER, "132");
}

/* Currency and unit may be emitted after the price that needs them. */
static void
price_columns_together(void **state)
{
	static const struct vigie_field yen[] = { ID, NUMBER(VIGIE_PRICE, "1500"), FIELD(VIGIE_CURRENCY, "JPY"),
		FIELD(VIGIE_PRICE_UNIT, "nuit") };
	static const struct vigie_field points[] = { ID, NUMBER(VIGIE_PRICE, "1500"), FIELD(VIGIE_CURRENCY, "points") };
	static const struct vigie_field cfa[] = { ID, FIELD(VIGIE_PRICE, "12,5"), FIELD(VIGIE_CURRENCY, " F\nCFA ") };
	static const struct vigie_field said[] = { ID, FIELD(VIGIE_PRICE, "12 points"), FIELD(VIGIE_CURRENCY, "points") };
	static const struct vigie_field absent[] = { ID, FIELD(VIGIE_PRICE, " - "), FIELD(VIGIE_CURRENCY, "points") };
	static const struct vigie_field list[] = { ID, FIELD(VIGIE_PRICE, "-, -, 510") };
	static const struct vigie_field plain[] = { ID, FIELD(VIGIE_PRICE, "51") };
	static const struct vigie_field none[] = { ID, FIELD(VIGIE_PRICE, "50 %") };
	struct normalise_options daily = office;
	struct bench b;
	(void)state;
	daily.price_unit = "day";
	run(&b, &daily, yen, COUNT(yen));
	assert_int_equal(b.l.integer[LISTING_PRICE_MINOR], 1500);
	expect(&b, LISTING_CURRENCY, "JPY");
	expect(&b, LISTING_PRICE_UNIT, "night");
	done(&b);
	run(&b, &daily, points, COUNT(points));
	assert_true(b.l.integer[LISTING_PRICE_MINOR] == LISTING_NO_INTEGER);
	expect(&b, LISTING_CURRENCY, NULL);
	expect(&b, LISTING_PRICE_TEXT, "1500 points");	/* the partner's words, though no column has the half of them */
	done(&b);
	run(&b, &daily, cfa, COUNT(cfa));
	assert_true(b.l.integer[LISTING_PRICE_MINOR] == LISTING_NO_INTEGER);
	expect(&b, LISTING_CURRENCY, NULL);
	expect(&b, LISTING_PRICE_TEXT, "12,5 F CFA");
	done(&b);
	run(&b, &daily, said, COUNT(said));
	expect(&b, LISTING_PRICE_TEXT, "12 points");
	done(&b);
	run(&b, &daily, absent, COUNT(absent));
	expect(&b, LISTING_PRICE_TEXT, NULL);
	done(&b);
	run(&b, &daily, list, COUNT(list));
	expect(&b, LISTING_PRICE_UNIT, NULL);
	expect(&b, LISTING_CURRENCY, "EUR");
	done(&b);
	run(&b, &daily, plain, COUNT(plain));
	expect(&b, LISTING_PRICE_UNIT, "day");
	done(&b);
	run(&b, &daily, none, COUNT(none));
	expect(&b, LISTING_PRICE_UNIT, NULL);
	expect(&b, LISTING_CURRENCY, NULL);
	assert_int_equal(normaliser_notes(b.n)->price, 1);
	done(&b);
}

static void
coordinates(void **state)
{
	static const struct {
		const char *lat, *lon;	/* NULL: no such field */
		bool good;
		unsigned noted;
	} samples[] = {
		{ "44.5003", "0.1654", true, 0 }, { "44,5003", " -0,57918 ", true, 0 }, { "-90", "180", true, 0 },
		{ "0", "0.5", true, 0 }, { "4.45e1", "0", true, 0 },
		{ NULL, NULL, false, 0 }, { "", "", false, 0 }, { "44.5", NULL, false, 1 }, { "", "0.166", false, 1 },
		{ "0", "0", false, 1 }, { "0.0", "-0,0", false, 1 }, { "90.0001", "0", false, 1 },
		{ "44.5", "180.5", false, 1 }, { "NaN", "0.166", false, 1 }, { "inf", "0.166", false, 1 },
		{ "44.5", "null", false, 1 }, { "44.5003 N", "0.1654 E", false, 1 }, { "44.5003,0.1654", "1", false, 1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct vigie_field fields[3] = { ID };
		size_t n = 1;
		if (samples[i].lon != NULL)	/* never by position */
			fields[n++] = (struct vigie_field){ VIGIE_LONGITUDE, VIGIE_TEXT, NULL, samples[i].lon,
			    strlen(samples[i].lon) };
		if (samples[i].lat != NULL)
			fields[n++] = (struct vigie_field){ VIGIE_LATITUDE, VIGIE_NUMBER, NULL, samples[i].lat,
			    strlen(samples[i].lat) };
		struct bench b;
		run(&b, &office, fields, n);
		assert_int_equal(!isnan(b.l.real[LISTING_LATITUDE]), samples[i].good);
		assert_int_equal(!isnan(b.l.real[LISTING_LONGITUDE]), samples[i].good);
		assert_int_equal(normaliser_notes(b.n)->coordinate, samples[i].noted);
		done(&b);
	}
}

static void
expect_rating(double scale, const char *value, double want)
{
	const struct vigie_field fields[] = { ID, { VIGIE_RATING, VIGIE_NUMBER, NULL, value, strlen(value) } };
	struct normalise_options options = office;
	struct bench b;
	options.rating_scale = scale;
	run(&b, &options, fields, 2);
	double got = b.l.real[LISTING_RATING];
	if (isnan(want) ? !isnan(got) : got != want)
		fail_msg("%s of %g is %g", value, scale, got);
	assert_int_equal(normaliser_notes(b.n)->other, isnan(want));
	done(&b);
}

static void
ratings_and_counts(void **state)
{
	static const struct {
		const char *value;
		int64_t want;
	} capacities[] = { { "6", 6 }, { "6.0", 6 }, { "0", 0 }, { "1000000", 1000000 }, { "1000001", LISTING_NO_INTEGER },
		{ "-1", LISTING_NO_INTEGER }, { "2.5", LISTING_NO_INTEGER }, { "six", LISTING_NO_INTEGER },
		{ "6 personnes", LISTING_NO_INTEGER } };
	(void)state;
	expect_rating(0, "4.5", 4.5);
	expect_rating(0, "3", 3);
	expect_rating(10, "9", 4.5);
	expect_rating(100, "90", 4.5);
	expect_rating(0, "0", 0);
	expect_rating(0, "5.1", (double)NAN);
	expect_rating(10, "11", (double)NAN);
	expect_rating(0, "-1", (double)NAN);
	expect_rating(0, "4,5/5", (double)NAN);
	for (size_t i = 0; i < COUNT(capacities); i++) {
		const char *value = capacities[i].value;
		const struct vigie_field fields[] = { ID, { VIGIE_CAPACITY, VIGIE_TEXT, NULL, value, strlen(value) } };
		struct bench b;
		run(&b, &office, fields, 2);
		assert_true(b.l.integer[LISTING_CAPACITY] == capacities[i].want);
		assert_int_equal(normaliser_notes(b.n)->other, capacities[i].want == LISTING_NO_INTEGER);
		done(&b);
	}
}

static void
properties(void **state)
{
	static const struct vigie_field fields[] = {
		ID, PROPERTY(VIGIE_TEXT, "note", "Tél. 06 39 98 12 34, \"sur place\""),
		PROPERTY(VIGIE_TEXT, "email", "a@b.fr"), PROPERTY(VIGIE_NUMBER, "contact_phone", "639981234"),
		PROPERTY(VIGIE_TEXT, "blank", "  "), PROPERTY(VIGIE_NUMBER, "big", "12345678901234567890.10"),
		PROPERTY(VIGIE_NUMBER, "odd", "1,5"), PROPERTY(VIGIE_BOOL, "maybe", "peut-être"),
		PROPERTY(VIGIE_JSON, "broken", "{\"a\":"), PROPERTY(VIGIE_JSON, "owner", "{\"mail\":\"a@b.fr\",\"n\":1}"),
		PROPERTY(VIGIE_TEXT, "id", "0123456789"), PROPERTY(VIGIE_TEXT, NULL, "sans nom"),
		PROPERTY(VIGIE_TEXT, "", "sans nom"), PROPERTY(VIGIE_TEXT, "la \"clé\"", "Caf\xe9\nnoir"),
	};
	struct normalise_options open = office;
	struct bench b;
	(void)state;
	run(&b, &office, fields, COUNT(fields));
	expect(&b, LISTING_PROPERTIES, "{\"note\":\"Tél. , \\\"sur place\\\"\",\"big\":12345678901234567890.10,"
	    "\"odd\":\"1,5\",\"owner\":{\"n\":1},\"id\":\"0123456789\",\"la \\\"clé\\\"\":\"Café\\nnoir\"}");
	assert_int_equal(normaliser_notes(b.n)->contacts, 4);
	assert_int_equal(normaliser_notes(b.n)->utf8, 1);
	assert_int_equal(normaliser_notes(b.n)->other, 4);
	done(&b);
	open.keep_contacts = true;
	run(&b, &open, fields, 4);
	expect(&b, LISTING_PROPERTIES, "{\"note\":\"Tél. 06 39 98 12 34, \\\"sur place\\\"\",\"email\":\"a@b.fr\","
	    "\"contact_phone\":639981234}");
	assert_int_equal(normaliser_notes(b.n)->contacts, 0);
	done(&b);
}

/* Texts are cut between characters, properties left out whole. */
static void
limits(void **state)
{
	struct buf text = BUF_INIT;
	struct bench b;
	(void)state;
	buf_char(&text, 'a');
	while (text.len < 65601)
		buf_str(&text, "é");
	const struct vigie_field fields[] = {
		ID, { VIGIE_TITLE, VIGIE_TEXT, NULL, text.data, 501 },
		{ VIGIE_DESCRIPTION, VIGIE_TEXT, NULL, text.data, text.len },
		{ VIGIE_PROPERTY, VIGIE_TEXT, "big", text.data, text.len }, PROPERTY(VIGIE_TEXT, "small", "1"),
	};
	run(&b, &office, fields, COUNT(fields));
	assert_int_equal(b.l.text[LISTING_TITLE].len, 499);
	assert_int_equal(b.l.text[LISTING_DESCRIPTION].len, 65535);
	assert_true(utf8_valid(b.l.text[LISTING_TITLE].s, 499));
	expect(&b, LISTING_PROPERTIES, "{\"small\":\"1\"}");
	done(&b);
	buf_done(&text);
}

/* Nobody checks it where the partner's file is read. */
static void
the_usual_unit_is_a_text_as_others(void **state)
{
	struct normalise_options rules = office;
	struct bench b;
	(void)state;
	rules.price_unit = "per\tnight \xe9 or week, or month, or year, or whatever else";
	const struct vigie_field fields[] = { ID, { VIGIE_PRICE, VIGIE_TEXT, NULL, "12 EUR", 6 } };
	run(&b, &rules, fields, COUNT(fields));
	expect(&b, LISTING_PRICE_UNIT, "per night é or week, or month, or year, or whatev");
	done(&b);
}

static void
too_many_properties(void **state)
{
	enum { MANY = 600 };
	static char names[MANY][8];
	struct vigie_field fields[MANY + 1] = { ID };
	struct bench b;
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof names[i], "p%zu", i);
		fields[i + 1] = (struct vigie_field)PROPERTY(VIGIE_NUMBER, names[i], "1");
	}
	run(&b, &office, fields, MANY + 1);
	assert_int_equal(normaliser_notes(b.n)->other, MANY - 512);
	done(&b);
}

static void
territory_decides(void **state)
{
	struct territory *t = territory_new("44.5003,0.1654,25", NULL, "47", false, NULL);
	static const struct vigie_field fields[] = { ID, NUMBER(VIGIE_LATITUDE, "44.837789"),
		NUMBER(VIGIE_LONGITUDE, "-0.57918"), FIELD(VIGIE_POSTCODE, " 47200") };
	struct normalise_options options = office;
	struct bench b;
	(void)state;
	options.territory = t;
	run(&b, &options, fields, 4);
	assert_int_equal(b.l.place, LISTING_OUTSIDE);
	assert_false(b.l.published);
	done(&b);
	const struct vigie_field town[] = { fields[0], fields[3] };
	run(&b, &options, town, 2);
	assert_int_equal(b.l.place, LISTING_INSIDE);
	assert_true(b.l.published);
	done(&b);
	run(&b, &options, fields, 1);
	assert_int_equal(b.l.place, LISTING_UNLOCATED);
	assert_false(b.l.published);
	done(&b);
	territory_free(t);
}

/* However a French postcode is written; of another country it is another one. */
static void
postcodes_are_of_a_country(void **state)
{
	static const struct {
		const char *postcode, *country, *home;
		enum listing_place place;
	} samples[] = {
		{ "47200", NULL, "FR", LISTING_INSIDE }, { "47 200", NULL, "FR", LISTING_INSIDE },
		{ "47\xc2\xa0" "200", NULL, NULL, LISTING_INSIDE }, { "F-47200", NULL, "FR", LISTING_INSIDE },
		{ "fr-47200", NULL, NULL, LISTING_INSIDE }, { "F - 47 200 CEDEX", "FR", "FR", LISTING_INSIDE },
		{ "FR 47200", "FR", "RE", LISTING_INSIDE }, { "F-33000", NULL, "FR", LISTING_OUTSIDE },
		{ "47400", "FR", "FR", LISTING_INSIDE }, { "47400", "FR", NULL, LISTING_INSIDE },
		{ "47400", "RE", "FR", LISTING_INSIDE }, { "47400", "ES", NULL, LISTING_INSIDE },
		{ "47400", "ES", "FR", LISTING_OUTSIDE }, { "47400", "Espagne", "FR", LISTING_OUTSIDE },
		{ "F-47400", NULL, "ES", LISTING_OUTSIDE }, { "47400", "ES", "ES", LISTING_INSIDE },
		{ "20280", "ES", "FR", LISTING_INSIDE }, { "20280", "FR", "FR", LISTING_OUTSIDE },
		{ "FR", NULL, "FR", LISTING_OUTSIDE }, { "F-", NULL, "FR", LISTING_OUTSIDE },
		{ "FY4 7200", "GB", "JE", LISTING_OUTSIDE }, { " ", "FR", "FR", LISTING_UNLOCATED },
	};
	struct territory *t = territory_new(NULL, NULL, "47200 474 ES-20280", false, NULL);
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct vigie_field fields[] = { ID, { VIGIE_POSTCODE, VIGIE_TEXT, NULL, samples[i].postcode,
		    strlen(samples[i].postcode) }, { VIGIE_COUNTRY, VIGIE_TEXT, NULL, samples[i].country, 0 } };
		struct normalise_options options = office;
		struct bench b;
		fields[2].value_len = samples[i].country != NULL ? strlen(samples[i].country) : 0;
		options.country = samples[i].home;
		options.territory = t;
		run(&b, &options, fields, COUNT(fields));
		if (b.l.place != samples[i].place)
			fail_msg("%s of %s is %d", samples[i].postcode, samples[i].country, b.l.place);
		done(&b);
	}
	territory_free(t);
}

/* The same fields give the same bytes, whatever was normalised before. */
static void
one_after_another(void **state)
{
	static const struct vigie_field first[] = { FIELD(VIGIE_EXTERNAL_ID, "1"), FIELD(VIGIE_TITLE, "un &amp; un"),
		FIELD(VIGIE_CURRENCY, "JPY"), FIELD(VIGIE_PRICE, "5 €"), PROPERTY(VIGIE_TEXT, "a", "b") };
	static const struct vigie_field second[] = { FIELD(VIGIE_EXTERNAL_ID, "2"), FIELD(VIGIE_PRICE, "5 €"),
		FIELD(VIGIE_DESCRIPTION, "<p>deux") };
	struct normaliser *n = normaliser_new(&office), *fresh = normaliser_new(&office);
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct listing l;
	(void)state;
	assert_int_equal(normalise(n, first, COUNT(first), &l, NULL), 0);
	assert_int_equal(normalise(n, second, COUNT(second), &l, NULL), 0);
	listing_flatten(&l, &a);
	assert_int_equal(normalise(fresh, second, COUNT(second), &l, NULL), 0);
	listing_flatten(&l, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_done(&a);
	buf_done(&b);
	normaliser_free(n);
	normaliser_free(fresh);
	normaliser_free(NULL);
}

/* What is kept of the names of earlier listings changes nothing. */
static void
names_are_read_alike_again(void **state)
{
	static const char *const names[] = { "type", "phone", "mobile", "mobile_home", "site_id", "id", "ref", "eprt", " ", "\x01",
		"a\"b", "a\\b", "é", "caf\xe9", "x", "a", "at", "contact", "contact_email", "numTel",
		"a name of more than forty-seven bytes, which is not kept at all", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"" };
	(void)state;
	struct normalise_options options[2] = { office, office };
	options[1].keep_contacts = true;
	uint64_t random = 11;
	for (size_t o = 0; o < 2; o++) {
		struct normaliser *kept = normaliser_new(&options[o]);
		for (int round = 0; round < 3000; round++) {
			struct vigie_field fields[9] = { ID };
			struct buf a = BUF_INIT, b = BUF_INIT;
			struct listing l;
			for (size_t i = 1; i < COUNT(fields); i++) {
				random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
				fields[i] = (struct vigie_field)PROPERTY(VIGIE_TEXT, "", "0553001234");
				fields[i].name = names[(random >> 33) % COUNT(names)];
			}
			assert_int_equal(normalise(kept, fields, COUNT(fields), &l, NULL), 0);
			listing_flatten(&l, &a);
			struct normaliser *fresh = normaliser_new(&options[o]);
			assert_int_equal(normalise(fresh, fields, COUNT(fields), &l, NULL), 0);
			listing_flatten(&l, &b);
			assert_int_equal(a.len, b.len);
			assert_memory_equal(a.data, b.data, a.len);
			normaliser_free(fresh);
			buf_done(&a);
			buf_done(&b);
		}
		normaliser_free(kept);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_listing),
		cmocka_unit_test(nothing_but_an_identifier),
		cmocka_unit_test(identifiers),
		cmocka_unit_test(the_last_field_wins),
		cmocka_unit_test(codes),
		cmocka_unit_test(ends),
		cmocka_unit_test(prices),
		cmocka_unit_test(price_columns_together),
		cmocka_unit_test(coordinates),
		cmocka_unit_test(ratings_and_counts),
		cmocka_unit_test(properties),
		cmocka_unit_test(limits),
		cmocka_unit_test(the_usual_unit_is_a_text_as_others),
		cmocka_unit_test(too_many_properties),
		cmocka_unit_test(territory_decides),
		cmocka_unit_test(postcodes_are_of_a_country),
		cmocka_unit_test(one_after_another),
		cmocka_unit_test(names_are_read_alike_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
