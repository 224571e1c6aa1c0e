/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/column.h"

#include <math.h>

#include "base/clock.h"
#include "normalise/currency.h"
#include "represent/put.h"
#include "represent/when.h"

#define AT(member) offsetof(struct listing_row, member)
#define TEXT(which) AT(listing.text[LISTING_##which])
#define INTEGER(which) AT(listing.integer[LISTING_##which])
#define REAL(which) AT(listing.real[LISTING_##which])
#define NAME(name) name, ",\"" name "\":", sizeof name + 3

const struct column listing_columns[] = {
	{ NAME("uid"), AT(partner), COLUMN_UID, "Identity, for ever: partner:external_id." },
	{ NAME("partner"), AT(partner), COLUMN_TEXT, "The partner's name in Vigie." },
	{ NAME("partner_name"), AT(partner_name), COLUMN_TEXT, "The partner's name for people." },
	{ NAME("partner_verdict"), AT(verdict), COLUMN_TEXT,
	    "What is wrong with the partner; none while all is well. Mark such a listing." },
	{ NAME("external_id"), TEXT(EXTERNAL_ID), COLUMN_TEXT, "The partner's own identifier." },
	{ NAME("kind"), TEXT(KIND), COLUMN_TEXT, "What it is: accommodation, event, boat and so on." },
	{ NAME("title"), TEXT(TITLE), COLUMN_TEXT, "Plain text." },
	{ NAME("description"), TEXT(DESCRIPTION), COLUMN_TEXT, "Plain text of several lines." },
	{ NAME("language"), TEXT(LANGUAGE), COLUMN_TEXT, "Language of title and description, ISO 639-1." },
	{ NAME("url"), TEXT(URL), COLUMN_TEXT, "The partner's page about it." },
	{ NAME("image_url"), TEXT(IMAGE_URL), COLUMN_TEXT, "A picture." },
	{ NAME("latitude"), REAL(LATITUDE), COLUMN_DEGREES, "WGS 84 degrees." },
	{ NAME("longitude"), REAL(LONGITUDE), COLUMN_DEGREES, "WGS 84 degrees." },
	{ NAME("street"), TEXT(STREET), COLUMN_TEXT, "Street and number." },
	{ NAME("postcode"), TEXT(POSTCODE), COLUMN_TEXT, "Postcode." },
	{ NAME("locality"), TEXT(LOCALITY), COLUMN_TEXT, "Town or village." },
	{ NAME("country"), TEXT(COUNTRY), COLUMN_TEXT, "ISO 3166-1 alpha-2." },
	{ NAME("price"), INTEGER(PRICE_MINOR), COLUMN_PRICE, "Price in the currency's major unit: euros, not cents." },
	{ NAME("price_minor"), INTEGER(PRICE_MINOR), COLUMN_INTEGER, "Price in the currency's minor unit: cents." },
	{ NAME("currency"), TEXT(CURRENCY), COLUMN_TEXT, "ISO 4217." },
	{ NAME("price_unit"), TEXT(PRICE_UNIT), COLUMN_TEXT, "What the price is for: night, day, hour, person, item." },
	{ NAME("price_text"), TEXT(PRICE_TEXT), COLUMN_TEXT, "The price in the partner's own words." },
	{ NAME("capacity"), INTEGER(CAPACITY), COLUMN_INTEGER, "Persons." },
	{ NAME("rating"), REAL(RATING), COLUMN_REAL, "From 0 to 5." },
	{ NAME("rating_count"), INTEGER(RATING_COUNT), COLUMN_INTEGER, "How many have rated it." },
	{ NAME("starts_at"), TEXT(PROPERTIES), COLUMN_WHEN, "When it begins: a day, or an instant in UTC." },
	{ NAME("ends_at"), TEXT(PROPERTIES), COLUMN_WHEN, "When it ends: its last day, or an instant in UTC." },
	{ NAME("source_updated_at"), INTEGER(SOURCE_UPDATED_AT), COLUMN_TIME, "When the partner says that it changed." },
	{ NAME("first_seen"), AT(first_seen_ms), COLUMN_TIME, "When Vigie first saw it." },
	{ NAME("changed_at"), AT(changed_ms), COLUMN_TIME, "When Vigie last saw it change." },
	{ NAME("properties"), TEXT(PROPERTIES), COLUMN_JSON, "What has no column, as the partner names it." },
	{ .name = NULL },
};

_Static_assert(TIME_NONE == LISTING_NO_INTEGER, "a time without value is an integer without value");

const struct column *
column_find(const char *name)
{
	for (const struct column *c = listing_columns; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

void
put_uid(struct buf *out, const struct listing_row *row)
{
	put_text(out, row->partner);
	buf_char(out, ':');
	put_text(out, row->listing.text[LISTING_EXTERNAL_ID]);
}

void
put_uid_json(struct buf *out, const struct listing_row *row)
{
	struct text id = row->listing.text[LISTING_EXTERNAL_ID];
	buf_char(out, '"');
	buf_json_part(out, row->partner.s, row->partner.len);
	buf_char(out, ':');
	buf_json_part(out, id.s, id.len);
	buf_char(out, '"');
}

bool
put_price(struct buf *out, const struct listing_row *row, char point)
{
	struct text code = row->listing.text[LISTING_CURRENCY];
	int64_t minor = row->listing.integer[LISTING_PRICE_MINOR];
	const struct currency *currency = code.s != NULL ? currency_find(code.s, code.len) : NULL;
	if (minor == LISTING_NO_INTEGER || currency == NULL)
		return false;
	put_scaled(out, minor, currency->decimals, point);
	return true;
}

/* Numbers come with a decimal point, which is the only one they have. */
static void
put_number(struct buf *out, double value, bool degrees, char point)
{
	size_t start = out->len;
	if (isnan(value))
		return;
	if (degrees)
		put_degrees(out, value);
	else
		put_real(out, value);
	char *dot = memchr(out->data + start, '.', out->len - start);
	if (dot != NULL)
		*dot = point;
}

void
column_put(struct buf *out, const struct column *c, const struct listing_row *row, char point)
{
	struct when when;
	switch (c->type) {
	case COLUMN_UID:
		put_uid(out, row);
		return;
	case COLUMN_TEXT:
	case COLUMN_JSON:
		put_text(out, column_as_text(c, row));
		return;
	case COLUMN_INTEGER:
		if (column_as_integer(c, row) != LISTING_NO_INTEGER)
			put_integer(out, column_as_integer(c, row));
		return;
	case COLUMN_REAL:
	case COLUMN_DEGREES:
		put_number(out, column_as_real(c, row), c->type == COLUMN_DEGREES, point);
		return;
	case COLUMN_PRICE:
		(void)put_price(out, row, point);
		return;
	case COLUMN_TIME:
		if (column_as_integer(c, row) != TIME_NONE)
			put_time(out, column_as_integer(c, row));
		return;
	case COLUMN_WHEN:
		if (when_read(column_as_text(c, row), c->name, &when))
			put_text(out, when.text);
		return;
	}
}
