/* SPDX-License-Identifier: Apache-2.0 */
/* serve/cql: conditions as GDAL and people write them, on a listing that has everything and one that has nothing. */
#include "represent_fixture.h"

#include "serve/cql.h"

static bool
holds(const char *text, const struct listing_row *row)
{
	struct error err = ERROR_INIT;
	struct cql *q = cql_parse(text, &err);
	if (q == NULL)
		fail_msg("%s: %s", text, err.text);
	bool held = cql_holds(q, row);
	cql_free(q);
	return held;
}

static void
conditions_hold(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"kind = 'gite'", "kind<>'boat'", "\"kind\" = 'gite'", "uid = 'parc:1'", "kind IN ('boat', 'gite')", "NOT kind = 'boat'",
		"kind NOT IN ('boat')", "title LIKE 'Gîte%'", "title LIKE '_îte%eau'", "title ILIKE '%ÉCLUSE%'", "title NOT LIKE 'gîte%'",
		"title LIKE '%l''Écluse%'", "title LIKE '%%%'", "price = 85.5", "price > 85.49 AND price<=85.50", "price BETWEEN 80 AND 90",
		"price_minor = 8550", "capacity >= 6", "capacity IN (1, 6)", "rating > 4.5", "rating > -1e3", "latitude > 44.5",
		"starts_at = '2027-07-04'", "starts_at >= DATE('2027-07-04')", "starts_at < TIMESTAMP('2027-07-04T00:00:01Z')",
		"starts_at >= '2027-07-04T' and ends_at <= '2027-07-06T12Z'", "first_seen >= '2026-11-22'",
		"source_updated_at < '2026-11-22T21:08:46Z'", "description IS NOT NULL", "NOT (description IS NULL)",
		"(kind = 'boat') OR (kind = 'gite')", "kind = 'boat' OR kind = 'gite' AND price < 100", "((((price < 100))))",
		"properties LIKE '%chiens%'", "locality = 'Marmande' AND (price < 10 OR NOT (capacity < 3))",
	};
	static const char *const no[] = {
		"kind = 'GITE'", "title LIKE 'gîte%'", "title LIKE 'Gîte'", "title LIKE ''", "title LIKE '\\%%'", "price > 85.5",
		"price NOT BETWEEN 80 AND 90", "starts_at > '2027-07-04'", "starts_at > '2027-07-04' OR price IS NULL",
		"(kind = 'boat' OR kind = 'gite') AND price > 100", "NOT (kind = 'gite' OR kind = 'boat')",
	};
	struct listing_row row = full_row("1", "gite");
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!holds(yes[i], &row))
			fail_msg("does not hold: %s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (holds(no[i], &row))
			fail_msg("holds: %s", no[i]);
}

static void
what_is_not_there_is_neither_true_nor_false(void **state)
{
	(void)state;
	static const char *const no[] = { "price < 1", "price >= 1", "NOT (price >= 1)", "title = ''", "title <> 'x'", "title LIKE '%'",
	    "title NOT LIKE 'x'", "starts_at > '2000-01-01'", "NOT (starts_at > '2000-01-01')", "price < 1 OR NOT (price < 1)",
	    "price IS NOT NULL", "capacity NOT IN (1)" };
	struct listing_row row = bare_row("2", "place");
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (holds(no[i], &row))
			fail_msg("holds: %s", no[i]);
	assert_true(holds("price IS NULL", &row));
	assert_true(holds("price IS NULL OR price < 1", &row));
	assert_true(holds("NOT (price < 1 AND kind = 'boat')", &row));
}

static void
what_is_no_condition_is_refused(void **state)
{
	(void)state;
	static const struct { const char *text, *says; } bad[] = {
		{ "", "ends where a property" }, { "price", "ends where a comparison" }, { "price <", "ends where a value" },
		{ "nothing = 1", "\"nothing\", which is no property" }, { "price = 'cheap'", "price, which is a number" },
		{ "price < abc", "where a value" }, { "title = 5", "title, which is a text" }, { "starts_at > 'x'", "a day or an instant" },
		{ "starts_at > '../2026-01-01'", "a day or an instant" }, { "title = 'x", "a quote without its end" },
		{ "(price < 1", "ends where ) is wanted" }, { "price < 1)", "where AND, OR or the end" }, { "price < 1 price > 2", "AND, OR" },
		{ "price LIKE '1%'", "price, which is no text" }, { "price ! 1", "not understood" }, { "price BETWEEN 1 2", "AND is wanted" },
		{ "kind IN ()", "a value" }, { "kind NOT NULL", "LIKE, BETWEEN or IN" }, { "title = 'x'; DROP TABLE listing", "not understood" },
		{ "1 = 1", "a property" }, { "price < 1 AND", "ends where a property" }, { "DATE('x') > 1", "no property" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error err = ERROR_INIT;
		struct cql *q = cql_parse(bad[i].text, &err);
		if (q != NULL || strstr(err.text, bad[i].says) == NULL)
			fail_msg("%s: %s", bad[i].text, err.text);
	}
}

static void
its_size_has_limits(void **state)
{
	(void)state;
	struct buf brackets = BUF_INIT, many = BUF_INIT, longer = BUF_INIT;
	struct error err = ERROR_INIT;
	for (int i = 0; i <= CQL_DEPTH_MAX; i++)
		buf_char(&brackets, '(');
	buf_str(&many, "kind IN ('a'");
	for (int i = 0; i <= CQL_NODES_MAX; i++)
		buf_str(&many, ",'a'");
	buf_str(&longer, "title LIKE '");
	for (int i = 0; i <= CQL_VALUE_MAX; i++)
		buf_char(&longer, 'a');
	buf_char(&longer, '\'');
	const struct { struct buf *text; const char *says; } bad[] = { { &brackets, "brackets" }, { &many, "conditions" }, { &longer, "bytes" } };
	for (size_t i = 0; i < 3; i++) {
		error_clear(&err);
		assert_null(cql_parse(bad[i].text->data, &err));
		assert_non_null(strstr(err.text, bad[i].says));
		buf_done(bad[i].text);
	}
}

static void
what_an_index_can_use_is_found(void **state)
{
	(void)state;
	static const struct { const char *text, *partner; } all[] = {
		{ "partner = 'parc'", "parc" }, { "price < 5 AND partner = 'parc'", "parc" }, { "(partner = 'parc') AND (price < 5)", "parc" },
		{ "partner = 'parc' AND price < 5 AND kind = 'boat'", "parc" }, { "partner = 'parc' OR price < 5", NULL },
		{ "NOT (partner = 'parc')", NULL }, { "partner <> 'parc'", NULL }, { "partner LIKE 'parc'", NULL }, { "kind = 'parc'", NULL },
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct cql *q = cql_parse(all[i].text, NULL);
		const char *only = cql_only(q, "partner");
		if ((only == NULL) != (all[i].partner == NULL) || (only != NULL && strcmp(only, all[i].partner) != 0))
			fail_msg("%s: %s", all[i].text, only);
		cql_free(q);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_hold),
		cmocka_unit_test(what_is_not_there_is_neither_true_nor_false),
		cmocka_unit_test(what_is_no_condition_is_refused),
		cmocka_unit_test(its_size_has_limits),
		cmocka_unit_test(what_an_index_can_use_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
