/* SPDX-License-Identifier: Apache-2.0 */
/* represent/csv, icalendar, jsonld and turtle: what a hostile text must not do, and what a listing becomes. */
#include "represent_fixture.h"

#include "represent/jsonld.h"

static void
assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("« %s » is not in:\n%s", part, text);
}

static void
assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("« %s » is in:\n%s", part, text);
}

/* ---- CSV */

static void
formulas_are_texts_and_numbers_numbers(void **state)
{
	static const struct {
		const char *title, *field;
	} cases[] = {
		{ "=1+1", ",'=1+1," }, { "+33 5 53", ",'+33 5 53," }, { "-cmd|'/c calc'!A1", ",'-cmd|'/c calc'!A1," },
		{ "@SUM(A1)", ",'@SUM(A1)," }, { "\t=1", ",'\t=1," }, { "\r=1", ",\"'\r=1\"," },
		{ "=HYPERLINK(\"a,b\")", ",\"'=HYPERLINK(\"\"a,b\"\")\"," },
		{ "-12.5", ",-12.5," }, { "+7", ",+7," }, { "-", ",'-," }, { "-1-1", ",'-1-1," },
		{ "a=b", ",a=b," }, { "say \"hi\"", ",\"say \"\"hi\"\"\"," },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct listing_row row = bare_row("1", "deal");
		row.listing.text[LISTING_TITLE] = words(cases[i].title);
		char *text = document_of("csv", &row, 1);
		assert_has(text, cases[i].field);
		free(text);
	}
}

static void
a_row_has_as_many_fields_as_the_header(void **state)
{
	const struct listing_row rows[] = { bare_row("1", "deal") };
	(void)state;
	char *text = document_of("csv", rows, 1);
	size_t commas[2] = { 0, 0 }, line = 0;
	for (const char *p = text; *p != '\0'; p++) {
		commas[line < 2 ? line : 1] += *p == ',';
		line += *p == '\n';
	}
	assert_int_equal(line, 2);
	assert_int_equal(commas[0], commas[1]);
	assert_has(text, "uid,partner,");
	assert_has(text, "\r\nparc:1,parc,Le Parc & Cie,");
	free(text);
}

static void
excel_gets_its_own_form(void **state)
{
	struct listing_row row = full_row("1", "event");
	(void)state;
	row.listing.real[LISTING_LONGITUDE] = -0.25;
	char *text = document_of("csv-excel", &row, 1);
	assert_memory_equal(text, "\xef\xbb\xbfuid;partner;", 15);
	assert_has(text, ";44,5001235;-0,25;");
	assert_has(text, ";85,50;8550;EUR;");
	assert_has(text, ";2026-11-22 21:08:46;2026-11-22 21:08:47;");
	assert_has(text, ";2027-07-04;2027-07-06;");
	assert_has(text, ";\"Deux étages;\nune cour, un puits.\";");
	free(text);
}

/* ---- iCalendar */

static char *
calendar_of(const char *properties)
{
	struct listing_row row = full_row("1", "event");
	row.listing.text[LISTING_PROPERTIES] = words(properties);
	return document_of("ics", &row, 1);
}

static void
days_end_on_the_day_after(void **state)
{
	static const struct {
		const char *properties, *lines;
	} cases[] = {
		{ "{\"starts_at\":\"2027-07-04\",\"ends_at\":\"2027-07-06\"}",
		    "DTSTART;VALUE=DATE:20270704\r\nDTEND;VALUE=DATE:20270707\r\n" },
		{ "{\"starts_at\":\"2027-12-31\"}", "DTSTART;VALUE=DATE:20271231\r\nSUMMARY" },
		{ "{\"starts_at\":\"2027-07-04T18:30:00Z\",\"ends_at\":\"2027-07-04T20:00:00Z\"}",
		    "DTSTART:20270704T183000Z\r\nDTEND:20270704T200000Z\r\n" },
		{ "{\"starts_at\":\"2027-07-04T18:30:00Z\",\"ends_at\":\"2027-07-05\"}",
		    "DTSTART:20270704T183000Z\r\nDTEND:20270706T000000Z\r\n" },
		{ "{\"starts_at\":\"2027-07-04\",\"ends_at\":\"2027-07-05T01:00:00Z\"}",
		    "DTSTART;VALUE=DATE:20270704\r\nDTEND;VALUE=DATE:20270706\r\n" },
		{ "{\"starts_at\":\"2027-07-04\",\"ends_at\":\"2027-07-05T00:00:00Z\"}",
		    "DTSTART;VALUE=DATE:20270704\r\nDTEND;VALUE=DATE:20270705\r\n" },
		{ "{\"starts_at\":\"2027-07-04\",\"ends_at\":\"2027-07-01\"}", "DTSTART;VALUE=DATE:20270704\r\nSUMMARY" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = calendar_of(cases[i].properties);
		assert_has(text, cases[i].lines);
		free(text);
	}
}

static void
calendars_hold_what_has_dates(void **state)
{
	const struct listing_row rows[] = { bare_row("1", "event"), full_row("2", "event"), bare_row("3", "event") };
	(void)state;
	char *text = document_of("ics", rows, 3);
	assert_has(text, "UID:parc:2\r\n");
	assert_has_not(text, "UID:parc:1\r\n");
	assert_has_not(text, "UID:parc:3\r\n");
	assert_has(text, "LOCATION:12 quai du Canal\\, 47200 Marmande\r\n");
	assert_has(text, "GEO:44.5001235;0.1666\r\n");
	assert_has(text, "DESCRIPTION:Deux étages\\;\\nune cour\\, un puits.\r\n");
	free(text);
}

static void
an_address_is_said_once(void **state)
{
	static const struct { const char *street, *line; } cases[] = {
		{ "4 rue Haute, 47200 Marmande", "LOCATION:4 rue Haute\\, 47200 Marmande\r\n" },
		{ "4 rue de Marmande", "LOCATION:4 rue de Marmande\\, 47200 Marmande\r\n" },
		{ "4 rue Haute (47200)", "LOCATION:4 rue Haute (47200)\\, 47200 Marmande\r\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct listing_row row = full_row("1", "event");
		row.listing.text[LISTING_STREET] = (struct text){ cases[i].street, strlen(cases[i].street) };
		char *text = document_of("ics", &row, 1);
		assert_has(text, cases[i].line);
		free(text);
	}
}

static void
lines_are_folded_between_characters(void **state)
{
	struct listing_row row = full_row("1", "event");
	char title[1024];
	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		size_t len = 0;
		for (; len < shift; len++)
			title[len] = 'x';
		for (; len < 600; len += 5)
			memcpy(title + len, "é€", 5);
		row.listing.text[LISTING_TITLE] = (struct text){ title, len };
		char *text = document_of("ics", &row, 1);
		size_t line = 0;
		for (const char *p = text; *p != '\0'; p++) {
			if (*p == '\n')
				line = 0;
			else if (++line > 76)	/* 75 and the carriage return */
				fail_msg("a line is too long:\n%s", text);
			if (*p == '\n' && p[1] == ' ' && ((unsigned char)p[2] & 0xc0) == 0x80)
				fail_msg("a character was cut:\n%s", text);
		}
		free(text);
	}
}

static void
nothing_ends_a_line_of_a_calendar(void **state)
{
	struct listing_row row = full_row("1\r\nATTACH:x", "event");
	(void)state;
	row.listing.text[LISTING_TITLE] = words("a\r\nATTENDEE:b");
	row.listing.text[LISTING_URL] = words("https://a.example/\r\nATTENDEE:b");
	char *text = document_of("ics", &row, 1);
	assert_has_not(text, "\nATT");
	assert_has(text, "SUMMARY:a\\nATTENDEE:b\r\n");
	free(text);
}

/* ---- JSON-LD */

static void
kinds_have_their_class(void **state)
{
	static const struct {
		const char *kind, *with_price, *without;
	} cases[] = {
		{ "accommodation", "LodgingBusiness", "LodgingBusiness" }, { "home_exchange", "Accommodation", "Accommodation" },
		{ "hosted_meal", "FoodService", "FoodService" }, { "camper_van", "Product", "Vehicle" },
		{ "boat", "Product", "Vehicle" }, { "coworking", "LocalBusiness", "LocalBusiness" },
		{ "childcare", "ChildCare", "ChildCare" }, { "deal", "Offer", "Offer" },
		{ "activity", "Product", "TouristAttraction" }, { "tour", "TouristTrip", "TouristTrip" },
		{ "game", "Product", "TouristAttraction" }, { "event", "Event", "Event" }, { "place", "Place", "Place" },
		{ "product", "Product", "Product" },
	};
	char expected[64];
	(void)state;
	for (size_t i = 0; listing_kinds[i] != NULL; i++) {
		size_t n = 0;
		while (strcmp(cases[n].kind, listing_kinds[i]) != 0)	/* a kind without a class runs out of the table */
			n++;
		const struct listing_row full = full_row("1", cases[n].kind), bare = bare_row("1", cases[n].kind);
		struct { const struct listing_row *row; const char *class; } both[] = {
			{ &full, cases[n].with_price }, { &bare, cases[n].without } };
		for (size_t b = 0; b < 2; b++) {
			char *text = document_of("jsonld", both[b].row, 1);
			(void)snprintf(expected, sizeof expected, "{\"@type\":\"%s\"", both[b].class);
			assert_has(text, expected);
			assert_has(text, "\"@id\":\"https://vigie.example/collections/all/items/parc:1\"");
			free(text);
		}
	}
}

static void
scripts_cannot_be_ended_by_a_listing(void **state)
{
	struct listing_row row = full_row("1", "boat");
	struct represent r = a_document();
	struct buf out = BUF_INIT;
	(void)state;
	row.listing.text[LISTING_TITLE] = words("</script><script>alert(1)</script><!--&amp;");
	jsonld_script(&out, &r, &row);
	assert_has_not(out.data, "<");
	assert_has_not(out.data, "&");
	assert_has(out.data, "\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)");
	buf_done(&out);
}

static void
hire_is_an_offer_of_the_partner(void **state)
{
	const struct listing_row row = full_row("1", "boat");
	(void)state;
	char *text = document_of("jsonld", &row, 1);
	assert_has(text, "\"offers\":{\"@type\":\"Offer\",\"price\":\"85.50\",\"priceCurrency\":\"EUR\",\"priceSpecification\":"
	    "{\"@type\":\"UnitPriceSpecification\",\"price\":\"85.50\",\"priceCurrency\":\"EUR\",\"unitText\":\"night\"},"
	    "\"businessFunction\":\"http://purl.org/goodrelations/v1#LeaseOut\","
	    "\"seller\":{\"@type\":\"Organization\",\"name\":\"Le Parc & Cie\",\"url\":\"https://parc.example/\"},"
	    "\"availableAtOrFrom\":{\"@type\":\"Place\",\"name\":\"Marmande\",\"address\":{");
	free(text);
}

/* ---- Turtle */

static void
turtle_is_by_the_ontology(void **state)
{
	const struct listing_row row = full_row("a b", "event");
	(void)state;
	char *text = document_of("ttl", &row, 1);
	assert_has(text, "\n<https://vigie.example/collections/all/items/parc:a%20b> a :PointOfInterest, :EntertainmentAndEvent, schema:Event ;");
	assert_has(text, "dc:identifier \"parc:a b\"");
	assert_has(text, "rdfs:label \"Gîte « l'Écluse », \\\"au bord\\\" de l'eau\"@fr");
	assert_has(text, ":takesPlaceAt [ a :Period ; :startDate \"2027-07-04\"^^xsd:date ; :endDate \"2027-07-06\"^^xsd:date ]");
	free(text);
}

/* An instant's is that of the office, here two hours before the one in UTC begins. */
static void
turtle_has_the_days_of_the_office(void **state)
{
	static const struct { const char *properties, *period; } cases[] = {
		{ "{\"starts_at\":\"2027-07-03T22:00:00Z\",\"ends_at\":\"2027-07-04T21:59:59Z\"}",
		    ":startDate \"2027-07-04\"^^xsd:date ; schema:startDate \"2027-07-03T22:00:00Z\"^^xsd:dateTime ; "
		    ":endDate \"2027-07-04\"^^xsd:date ; schema:endDate" },
		{ "{\"starts_at\":\"2027-12-31T22:59:59Z\",\"ends_at\":\"2027-12-31T23:00:00Z\"}",
		    ":startDate \"2027-12-31\"^^xsd:date ; schema:startDate \"2027-12-31T22:59:59Z\"^^xsd:dateTime ; "
		    ":endDate \"2028-01-01\"^^xsd:date ; schema:endDate" },
	};
	struct listing_row row = full_row("a", "event");
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		row.listing.text[LISTING_PROPERTIES] = words(cases[i].properties);
		char *text = document_of("ttl", &row, 1);
		assert_has(text, cases[i].period);
		free(text);
	}
}

static void
turtle_keeps_hostile_texts_in_their_quotes(void **state)
{
	struct listing_row row = full_row("> . <x", "deal");
	(void)state;
	row.listing.text[LISTING_URL] = words("https://a.example/> ; a <b");
	row.listing.text[LISTING_TITLE] = words("a\" . <x> <y> \"b\\");
	row.listing.text[LISTING_LANGUAGE] = words("fr .");
	char *text = document_of("ttl", &row, 1);
	assert_has(text, "<https://a.example/%3E%20;%20a%20%3Cb>");
	assert_has(text, "\"a\\\" . <x> <y> \\\"b\\\\\" ;");
	assert_has(text, "items/parc:%3E%20.%20%3Cx>");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas_are_texts_and_numbers_numbers),
		cmocka_unit_test(a_row_has_as_many_fields_as_the_header),
		cmocka_unit_test(excel_gets_its_own_form),
		cmocka_unit_test(days_end_on_the_day_after),
		cmocka_unit_test(calendars_hold_what_has_dates),
		cmocka_unit_test(an_address_is_said_once),
		cmocka_unit_test(lines_are_folded_between_characters),
		cmocka_unit_test(nothing_ends_a_line_of_a_calendar),
		cmocka_unit_test(kinds_have_their_class),
		cmocka_unit_test(scripts_cannot_be_ended_by_a_listing),
		cmocka_unit_test(hire_is_an_offer_of_the_partner),
		cmocka_unit_test(turtle_is_by_the_ontology),
		cmocka_unit_test(turtle_has_the_days_of_the_office),
		cmocka_unit_test(turtle_keeps_hostile_texts_in_their_quotes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
