/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What readings ask of a listing and SQL has no word for:
 *
 *	vigie_price(price_minor, currency)	in the currency's major unit
 *	vigie_during(properties, from, to)	overlaps starts_at..ends_at, in the catalogue's days, or has neither
 *	vigie_listing(row, …)			reads all of a listing: see reading_function()
 *	vigie_gather(number, set)		puts all numbers into a struct rowset
 *	vigie_rank()				of the full-text index: how well a text matches; the least is the best
 *
 * The rank is not FTS5's own bm25(), which first counts how many texts have each
 * word (20 ms for a common one), and then looks the length of every text up.
 */
#include "base/buf.h"
#include "base/json_check.h"
#include "catalogue/rowset.h"
#include "catalogue/sqlite_reading.h"
#include "normalise/currency.h"
#include "normalise/date.h"

static void
sql_price(sqlite3_context *context, int n, sqlite3_value **v)
{
	static const double units[] = { 1, 10, 100, 1000, 10000 };
	(void)n;
	if (sqlite3_value_type(v[0]) == SQLITE_NULL)
		return;
	const char *code = (const char *)sqlite3_value_text(v[1]);
	const struct currency *c = code != NULL ? currency_find(code, (size_t)sqlite3_value_bytes(v[1])) : NULL;
	sqlite3_result_double(context, (double)sqlite3_value_int64(v[0]) / units[c != NULL ? c->decimals : 2]);
}

struct dates {			/* of starts_at, of ends_at; TIME_NONE */
	const struct zone *zone;
	int64_t first_ms[2], last_ms[2];
	unsigned depth;
	int which;		/* of them is the member that comes; -1: none */
};

/* A day ends with its last millisecond. */
static void
read_date(struct dates *d, const char *s, size_t len)
{
	struct date date;
	if (d->first_ms[d->which] != TIME_NONE || date_read(s, len, d->zone, &date) != 0)
		return;
	d->first_ms[d->which] = d->last_ms[d->which] = date.ms;
	if (date.day_only)
		d->last_ms[d->which] = zone_day_ms(d->zone, days_from_civil(date.year, date.month, date.day) + 1) - 1;
}

static bool
is_called(const char *name, const char *s, size_t len)
{
	return strlen(name) == len && memcmp(name, s, len) == 0;
}

static void
on_json(void *arg, enum json_event event, const char *s, size_t len, bool plain)
{
	struct dates *d = arg;
	(void)plain;		/* nothing that is a date has an escape */
	switch (event) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		d->depth++;
		return;
	case JSON_END:
		d->depth--;
		return;
	case JSON_NAME:
		if (d->depth == 1)
			d->which = is_called("starts_at", s, len) ? 0 : is_called("ends_at", s, len) ? 1 : -1;
		return;
	case JSON_STRING:
		if (d->depth == 1 && d->which >= 0)
			read_date(d, s, len);
		return;
	case JSON_NUMBER:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return;
	}
}

void
reading_dates(const char *json, const struct zone *zone, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	struct dates d = { .zone = zone, .first_ms = { TIME_NONE, TIME_NONE }, .last_ms = { TIME_NONE, TIME_NONE }, .which = -1 };
	const struct json_sink sink = { on_json, &d };
	const struct json_rules rules = { LISTING_DEPTH_MAX, &sink };
	struct json_text unused;
	*ret_from_ms = INT64_MIN;
	*ret_to_ms = INT64_MAX;
	/* Most listings have no dates, and need not be read to say so. */
	if (json == NULL || (strstr(json, "\"starts_at\"") == NULL && strstr(json, "\"ends_at\"") == NULL))
		return;
	(void)json_check(json, strlen(json), &rules, NULL, &unused);
	if (d.first_ms[0] == TIME_NONE && d.first_ms[1] == TIME_NONE)
		return;
	*ret_from_ms = d.first_ms[0] == TIME_NONE ? d.first_ms[1] : d.first_ms[0];
	*ret_to_ms = d.last_ms[1] == TIME_NONE || d.last_ms[1] < *ret_from_ms ? d.last_ms[0] : d.last_ms[1];
}

static void
sql_during(sqlite3_context *context, int n, sqlite3_value **v)
{
	const struct catalogue *c = sqlite3_user_data(context);
	int64_t start_ms, end_ms;
	(void)n;
	reading_dates((const char *)sqlite3_value_text(v[0]), &c->zone, &start_ms, &end_ms);
	int64_t from_ms = sqlite3_value_type(v[1]) == SQLITE_NULL ? INT64_MIN : sqlite3_value_int64(v[1]);
	int64_t to_ms = sqlite3_value_type(v[2]) == SQLITE_NULL ? INT64_MAX : sqlite3_value_int64(v[2]);
	sqlite3_result_int(context, start_ms <= to_ms && end_ms >= from_ms);
}

static void
gather(sqlite3_context *context, int n, sqlite3_value **v)
{
	(void)context;
	(void)n;
	struct rowset *set = sqlite3_value_pointer(v[1], ROWSET_POINTER);
	if (set != NULL)
		rowset_add(set, (uint32_t)sqlite3_value_int64(v[0]));
}

static void
gathered(sqlite3_context *context)
{
	sqlite3_result_null(context);
}

/* A word counts by its column, and for less the later it comes. */
static void
rank_text(const Fts5ExtensionApi *api, Fts5Context *text, sqlite3_context *context, int n, sqlite3_value **v)
{
	static const struct {
		double weight, half;	/* at the `half`th word it counts half */
	} columns[] = { { 10, 8 }, { 1, 32 }, { 5, 8 } };	/* title, description, locality */
	double score = 0;
	int found = 0, phrase, column, offset;
	(void)n;
	(void)v;
	int rc = api->xInstCount(text, &found);
	for (int i = 0; rc == SQLITE_OK && i < found; i++) {
		rc = api->xInst(text, i, &phrase, &column, &offset);
		if (rc == SQLITE_OK && column >= 0 && column < (int)(sizeof columns / sizeof columns[0]))
			score += columns[column].weight / (1 + offset / columns[column].half);
	}
	if (rc == SQLITE_OK)
		sqlite3_result_double(context, -score);
	else
		sqlite3_result_error_code(context, rc);
}

/* https://sqlite.org/fts5.html#extending_fts5 */
static int
register_rank(struct catalogue *c, struct error *err)
{
	fts5_api *api = NULL;
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(c->db, "SELECT fts5(?)", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_pointer(st, 1, &api, "fts5_api_ptr", NULL);
	if (rc == SQLITE_OK)
		(void)sqlite3_step(st);
	(void)sqlite3_finalize(st);
	if (api == NULL || api->xCreateFunction(api, "vigie_rank", NULL, rank_text, NULL) != SQLITE_OK)
		return catalogue_fail(c, err, "adding functions");
	return 0;
}

int
reading_register(struct catalogue *c, struct error *err)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	/* Whoever calls it wants what it does: not deterministic. */
	if (sqlite3_create_function_v2(c->db, "vigie_listing", READING_COLUMNS, SQLITE_UTF8 | SQLITE_DIRECTONLY, c,
	    reading_function, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function_v2(c->db, "vigie_price", 2, flags, NULL, sql_price, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function_v2(c->db, "vigie_during", 3, flags, c, sql_during, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function_v2(c->db, "vigie_gather", 2, flags, NULL, NULL, gather, gathered, NULL) != SQLITE_OK)
		return catalogue_fail(c, err, "adding functions");
	return register_rank(c, err);
}
