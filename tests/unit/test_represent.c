/* SPDX-License-Identifier: Apache-2.0 */
/* represent/put, when, column and geojson: texts as other tools expect them. */
#include "represent_fixture.h"

#include <time.h>

#include <cjson/cJSON.h>

#include "base/num.h"
#include "represent/column.h"
#include "represent/geojson.h"
#include "represent/put.h"
#include "represent/when.h"

enum { ROUNDS = 100000 };

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
assert_put(struct buf *out, const char *expected)
{
	assert_string_equal(buf_cstr(out), expected);
	buf_clear(out);
}

static void
numbers_are_as_printf_has_them(void **state)
{
	struct buf out = BUF_INIT;
	uint64_t x = 88172645463325252u;
	char slow[64];
	(void)state;
	for (int n = 0; n < ROUNDS; n++) {
		int64_t value = (int64_t)(next_random(&x) >> (next_random(&x) % 64));
		value = next_random(&x) & 1 ? -value : value;
		(void)snprintf(slow, sizeof slow, "%lld", (long long)value);
		put_integer(&out, value);
		assert_put(&out, slow);
		double degrees = (double)(int64_t)next_random(&x) / (double)INT64_MAX * 180;
		(void)snprintf(slow, sizeof slow, "%.7f", degrees);
		put_degrees(&out, degrees);
		if (fabs(strtod(buf_cstr(&out), NULL) - strtod(slow, NULL)) > 1e-9)
			fail_msg("%s and not %s", buf_cstr(&out), slow);
		buf_clear(&out);
	}
	put_integer(&out, INT64_MIN);
	assert_put(&out, "-9223372036854775808");
	put_scaled(&out, -1205, 2, ',');
	assert_put(&out, "-12,05");
	put_scaled(&out, 7, 3, '.');
	assert_put(&out, "0.007");
	put_degrees(&out, -0.00000001);
	assert_put(&out, "0");
	put_degrees(&out, -179.99999999);
	assert_put(&out, "-180");
	buf_done(&out);
}

static void
times_are_as_strftime_has_them(void **state)
{
	struct buf out = BUF_INIT;
	uint64_t x = 88172645463325252u;
	char slow[TIME_TEXT_MAX];
	(void)state;
	for (int n = 0; n < ROUNDS; n++) {
		/* Years 1000 to 9999. */
		int64_t t_ms = (int64_t)(next_random(&x) % UINT64_C(284012568000000)) - INT64_C(30610224000000);
		put_time(&out, t_ms);
		assert_put(&out, time_text(t_ms, slow));
	}
	put_time(&out, -1);
	assert_put(&out, "1969-12-31T23:59:59Z");
	put_time(&out, INT64_C(951782400000));
	assert_put(&out, "2000-02-29T00:00:00Z");
	buf_done(&out);
}

/* Byte by byte, as anybody would write it. */
static void
slow_json(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_fmt(out, "\\%c", s[i]);
		else if (s[i] == '\n')
			buf_str(out, "\\n");
		else if ((unsigned char)s[i] < 0x20)
			buf_fmt(out, "\\u%04x", (unsigned)s[i]);
		else
			buf_char(out, s[i]);
	}
}

static void
json_strings_are_escaped_wherever_it_is_needed(void **state)
{
	static const char alphabet[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\\\n\t\x01\x1f\x7f\xc3\xa9";
	struct buf fast = BUF_INIT, slow = BUF_INIT;
	uint64_t x = 88172645463325252u;
	(void)state;
	for (int n = 0; n < ROUNDS; n++) {
		size_t len = next_random(&x) % 70;
		char *s = xmalloc(len);	/* of its own, so that a sanitizer sees what reads too far */
		for (size_t i = 0; i < len; i++)
			s[i] = alphabet[next_random(&x) % (sizeof alphabet - 1)];
		buf_json_part(&fast, s, len);
		slow_json(&slow, s, len);
		assert_put(&fast, buf_cstr(&slow));
		buf_clear(&slow);
		free(s);
	}
	buf_done(&fast);
	buf_done(&slow);
}

static void
segments_of_paths_hold_any_identifier(void **state)
{
	struct buf out = BUF_INIT;
	static const char id[] = "parc:a/b?c#d%é \"<\n";
	(void)state;
	put_segment(&out, id, sizeof id - 1);
	assert_put(&out, "parc:a%2Fb%3Fc%23d%25%C3%A9%20%22%3C%0A");
	buf_done(&out);
}

static void
dates_are_the_listings_own_and_real(void **state)
{
	static const struct {
		const char *properties, *text;
		bool is_day;
		int64_t ms;
	} cases[] = {
		{ "{\"starts_at\":\"2026-11-22\"}", "2026-11-22", true, INT64_C(1795305600000) },
		{ "{\"a\":\"\\\"\",\"starts_at\":\"2026-11-22T21:08:46Z\",\"b\":1}", "2026-11-22T21:08:46Z", false, FIRST_SEEN_MS },
		{ "{\"a\":{\"starts_at\":\"2020-01-01\"},\"starts_at\":\"2026-11-22\"}", "2026-11-22", true,
		    INT64_C(1795305600000) },
		{ "{\"a\":\"{\",\"starts_at\":\"2026-11-22\"}", "2026-11-22", true, INT64_C(1795305600000) },
		{ "{}", NULL, false, 0 },
		{ "{\"a\":{\"starts_at\":\"2026-11-22\"}}", NULL, false, 0 },
		{ "{\"a\":[{\"starts_at\":\"2026-11-22\"}]}", NULL, false, 0 },
		{ "{\"a\":\"\\\"starts_at\\\":\\\"2026-11-22\"}", NULL, false, 0 },
		{ "{\"starts_at\":\"2026-02-29\"}", NULL, false, 0 },
		{ "{\"starts_at\":\"2026-13-01\"}", NULL, false, 0 },
		{ "{\"starts_at\":\"2026-11-22T25:00:00Z\"}", NULL, false, 0 },
		{ "{\"starts_at\":\"2026-11-22 or so\"}", NULL, false, 0 },
		{ "{\"starts_at\":\"2026-11-2\"}", NULL, false, 0 },
		{ "{\"starts_at\":20261122}", NULL, false, 0 },
		{ NULL, NULL, false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct when when = { .ms = 7 };
		bool there = when_read(words(cases[i].properties), "starts_at", &when);
		if (there != (cases[i].text != NULL))
			fail_msg("%s", cases[i].properties);
		if (!there)
			continue;
		assert_int_equal(when.text.len, strlen(cases[i].text));
		assert_memory_equal(when.text.s, cases[i].text, when.text.len);
		assert_int_equal(when.is_day, cases[i].is_day);
		assert_int_equal(when.ms, cases[i].ms);
	}
}

/* A partner chooses what stands in there: looking at it must not take longer than in proportion to its length. */
static void
dates_of_others_cost_little(void **state)
{
	struct buf json = BUF_INIT;
	struct when when;
	(void)state;
	buf_str(&json, "{\"a\":[");
	for (int i = 0; i < 40000; i++)
		buf_str(&json, "{\"starts_at\":\"2026-01-01\"},");
	buf_str(&json, "1],\"starts_at\":\"2026-11-22\"}");
	clock_t begin = clock();
	assert_true(when_read((struct text){ json.data, json.len }, "starts_at", &when));
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	assert_int_equal(when.ms, INT64_C(1795305600000));
	buf_done(&json);
}

static const char *
member_text(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
	if (!cJSON_IsString(member))
		fail_msg("%s is no string", name);
	return member->valuestring;
}

static double
member_number(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
	if (!cJSON_IsNumber(member))
		fail_msg("%s is no number", name);
	return member->valuedouble;
}

static void
features_have_every_column(void **state)
{
	const struct listing_row rows[] = { full_row("a\"b/1", "accommodation"), bare_row("2", "event") };
	(void)state;
	char *text = document_of("geojson", rows, 2);
	cJSON *document = cJSON_Parse(text);
	assert_non_null(document);
	assert_string_equal(member_text(document, "type"), "FeatureCollection");
	const cJSON *features = cJSON_GetObjectItem(document, "features");
	assert_int_equal(cJSON_GetArraySize(features), 2);

	const cJSON *full = cJSON_GetArrayItem(features, 0), *p = cJSON_GetObjectItem(full, "properties");
	assert_string_equal(member_text(full, "id"), "parc:a\"b/1");
	assert_non_null(strstr(text, "\"coordinates\":[0.1666,44.5001235]"));
	assert_string_equal(member_text(p, "title"), rows[0].listing.text[LISTING_TITLE].s);
	assert_string_equal(member_text(p, "description"), "Deux étages;\nune cour, un puits.");
	assert_non_null(strstr(text, "\"price\":85.50,"));
	assert_true(member_number(p, "price_minor") == 8550);
	assert_string_equal(member_text(p, "starts_at"), "2027-07-04");
	assert_string_equal(member_text(p, "first_seen"), "2026-11-22T21:08:46Z");
	assert_string_equal(member_text(p, "changed_at"), "2026-11-22T21:08:47Z");
	assert_string_equal(member_text(p, "partner_verdict"), "uncertain");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(p, "properties"), "chiens")));
	assert_null(cJSON_GetObjectItem(p, "latitude"));

	const cJSON *bare = cJSON_GetArrayItem(features, 1), *q = cJSON_GetObjectItem(bare, "properties");
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(bare, "geometry")));
	assert_int_equal(cJSON_GetArraySize(q), cJSON_GetArraySize(p));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(q, "price")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(q, "ends_at")));
	assert_true(cJSON_IsObject(cJSON_GetObjectItem(q, "properties")));
	cJSON_Delete(document);
	free(text);
}

static void
an_empty_collection_is_whole(void **state)
{
	(void)state;
	char *text = document_of("geojson", NULL, 0);
	cJSON *document = cJSON_Parse(text);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "features")), 0);
	cJSON_Delete(document);
	free(text);
}

static void
prices_need_a_currency_that_is_known(void **state)
{
	struct buf out = BUF_INIT;
	struct listing_row row = full_row("1", "boat");
	(void)state;
	row.listing.text[LISTING_CURRENCY] = words("JPY");
	assert_true(put_price(&out, &row, ','));
	assert_put(&out, "8550");
	row.listing.text[LISTING_CURRENCY] = words("XXX");
	assert_false(put_price(&out, &row, ','));
	row.listing.text[LISTING_CURRENCY] = words(NULL);
	assert_false(put_price(&out, &row, ','));
	assert_put(&out, "");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_as_printf_has_them),
		cmocka_unit_test(times_are_as_strftime_has_them),
		cmocka_unit_test(json_strings_are_escaped_wherever_it_is_needed),
		cmocka_unit_test(segments_of_paths_hold_any_identifier),
		cmocka_unit_test(dates_are_the_listings_own_and_real),
		cmocka_unit_test(dates_of_others_cost_little),
		cmocka_unit_test(features_have_every_column),
		cmocka_unit_test(an_empty_collection_is_whole),
		cmocka_unit_test(prices_need_a_currency_that_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
