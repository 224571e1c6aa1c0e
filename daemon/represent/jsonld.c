/* SPDX-License-Identifier: Apache-2.0 */
/* Every object has a member already when another is put behind it, so each of these puts a comma first. */
#include "represent/jsonld.h"

#include <math.h>

#include "represent/column.h"
#include "represent/put.h"
#include "represent/vocabulary.h"
#include "represent/when.h"

static void
put_keyed(struct buf *out, const char *key, size_t len, struct text value)
{
	if (value.s == NULL || value.len == 0)
		return;
	buf_add(out, key, len);
	buf_json(out, value.s, value.len);
}

/* A member with a text, or nothing. */
#define put_member(out, name, value) put_keyed((out), ",\"" name "\":", sizeof name + 3, (value))

static void
open_object(struct buf *out, const char *name, const char *class)
{
	put_literal(out, ",\"");
	buf_str(out, name);
	put_literal(out, "\":{\"@type\":\"");
	buf_str(out, class);
	buf_char(out, '"');
}

static bool
has_geo(const struct listing *l)
{
	return !isnan(l->real[LISTING_LATITUDE]) && !isnan(l->real[LISTING_LONGITUDE]);
}

static bool
has_address(const struct listing *l)
{
	return l->text[LISTING_STREET].s != NULL || l->text[LISTING_POSTCODE].s != NULL ||
	    l->text[LISTING_LOCALITY].s != NULL || l->text[LISTING_COUNTRY].s != NULL;
}

/* The members of a Place. */
static void
put_place(struct buf *out, const struct listing *l)
{
	if (has_address(l)) {
		open_object(out, "address", "PostalAddress");
		put_member(out, "streetAddress", l->text[LISTING_STREET]);
		put_member(out, "postalCode", l->text[LISTING_POSTCODE]);
		put_member(out, "addressLocality", l->text[LISTING_LOCALITY]);
		put_member(out, "addressCountry", l->text[LISTING_COUNTRY]);
		buf_char(out, '}');
	}
	if (has_geo(l)) {
		open_object(out, "geo", "GeoCoordinates");
		put_literal(out, ",\"latitude\":");
		put_degrees(out, l->real[LISTING_LATITUDE]);
		put_literal(out, ",\"longitude\":");
		put_degrees(out, l->real[LISTING_LONGITUDE]);
		buf_char(out, '}');
	}
}

static void
put_place_as(struct buf *out, const char *name, const struct listing *l)
{
	if (!has_address(l) && !has_geo(l))
		return;
	open_object(out, name, "Place");
	put_member(out, "name", l->text[LISTING_LOCALITY]);
	put_place(out, l);
	buf_char(out, '}');
}

static void
put_partner_as(struct buf *out, const char *name, const struct listing_row *row)
{
	bool named = row->partner_name.s != NULL && row->partner_name.len > 0;
	open_object(out, name, "Organization");
	put_member(out, "name", named ? row->partner_name : row->partner);
	put_member(out, "url", row->partner_website);
	buf_char(out, '}');
}

/* "price":"85.50","priceCurrency":"EUR", and what for. */
static void
put_prices(struct buf *out, const struct listing_row *row)
{
	struct text unit = row->listing.text[LISTING_PRICE_UNIT];
	size_t start = out->len;
	put_literal(out, ",\"price\":\"");
	if (!put_price(out, row, '.')) {
		buf_cut(out, start);
		return;
	}
	buf_char(out, '"');
	put_member(out, "priceCurrency", row->listing.text[LISTING_CURRENCY]);
	size_t len = out->len - start;
	if (unit.s == NULL)
		return;
	open_object(out, "priceSpecification", "UnitPriceSpecification");
	buf_reserve(out, len);
	buf_add(out, out->data + start, len);
	put_member(out, "unitText", unit);
	buf_char(out, '}');
}

/* The members of an Offer. */
static void
put_offer(struct buf *out, const struct vocabulary *v, const struct listing_row *row)
{
	put_prices(out, row);
	if (v->flags & LEASED)
		put_literal(out, ",\"businessFunction\":\"http://purl.org/goodrelations/v1#LeaseOut\"");
	put_partner_as(out, "seller", row);
	if (v->where == WHERE_OFFER)
		put_place_as(out, "availableAtOrFrom", &row->listing);
}

static void
put_offered(struct buf *out, const struct vocabulary *v, const struct listing_row *row)
{
	switch (v->offered) {
	case OFFERED_SELF:
		put_offer(out, v, row);
		return;
	case OFFERED:
	case OFFERED_MAKES:
		open_object(out, v->offered == OFFERED ? "offers" : "makesOffer", "Offer");
		put_offer(out, v, row);
		put_member(out, "url", row->listing.text[LISTING_URL]);
		buf_char(out, '}');
		return;
	case OFFERED_NOT:
		return;
	}
}

static void
put_where(struct buf *out, const struct vocabulary *v, const struct listing *l)
{
	switch (v->where) {
	case WHERE_SELF:
		put_place(out, l);
		return;
	case WHERE_LOCATION:
		put_place_as(out, "location", l);
		return;
	case WHERE_AREA:
		put_place_as(out, "areaServed", l);
		return;
	case WHERE_ORIGIN:
		put_place_as(out, "tripOrigin", l);
		return;
	case WHERE_OFFER:	/* put_offer does */
		return;
	}
}

/* Not without a number of them: one rating of unknown weight is no aggregate. */
static void
put_rating(struct buf *out, const struct vocabulary *v, const struct listing *l)
{
	if ((v->flags & UNRATED) != 0 || isnan(l->real[LISTING_RATING]) || l->integer[LISTING_RATING_COUNT] < 1)
		return;
	open_object(out, "aggregateRating", "AggregateRating");
	put_literal(out, ",\"ratingValue\":");
	put_real(out, l->real[LISTING_RATING]);
	put_literal(out, ",\"ratingCount\":");
	put_integer(out, l->integer[LISTING_RATING_COUNT]);
	put_literal(out, ",\"bestRating\":5,\"worstRating\":0}");
}

static void
put_persons(struct buf *out, const struct vocabulary *v, const struct listing *l)
{
	if (l->integer[LISTING_CAPACITY] == LISTING_NO_INTEGER)
		return;
	switch (v->persons) {
	case PERSONS_NOT:
		return;
	case PERSONS_ATTEND:
		put_literal(out, ",\"maximumAttendeeCapacity\":");
		put_integer(out, l->integer[LISTING_CAPACITY]);
		return;
	case PERSONS_OCCUPY:
		open_object(out, "occupancy", "QuantitativeValue");
		break;
	case PERSONS_PROPERTY:
		open_object(out, "additionalProperty", "PropertyValue");
		put_literal(out, ",\"name\":\"capacity\"");
		break;
	}
	put_literal(out, ",\"value\":");
	put_integer(out, l->integer[LISTING_CAPACITY]);
	buf_char(out, '}');
}

/* Only events and offers have dates in schema.org. */
static void
put_dates(struct buf *out, const struct vocabulary *v, const struct listing *l)
{
	struct when from = { .is_day = false }, to = from;
	(void)when_read(l->text[LISTING_PROPERTIES], "starts_at", &from);
	(void)when_read(l->text[LISTING_PROPERTIES], "ends_at", &to);
	if (v->offered == OFFERED_SELF) {
		put_member(out, "validFrom", from.text);
		put_member(out, "validThrough", to.text);
	} else if (v->where == WHERE_LOCATION) {
		put_member(out, "startDate", from.text);
		put_member(out, "endDate", to.text);
	}
}

/* All of an object but its opening brace. */
static void
put_node(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	const struct vocabulary *v = vocabulary_of(row);
	const struct listing *l = &row->listing;
	put_literal(out, "\"@type\":\"");
	buf_str(out, v->schema);
	put_literal(out, "\",\"@id\":\"");
	put_item_url(out, r, row);	/* percent-encoded: nothing in it needs an escape */
	put_literal(out, "\",\"identifier\":");
	put_uid_json(out, row);
	put_member(out, "name", l->text[LISTING_TITLE]);
	put_member(out, "description", l->text[LISTING_DESCRIPTION]);
	put_member(out, "url", l->text[LISTING_URL]);
	put_member(out, "image", l->text[LISTING_IMAGE_URL]);
	put_dates(out, v, l);
	put_where(out, v, l);
	put_persons(out, v, l);
	put_rating(out, v, l);
	put_offered(out, v, row);
	buf_char(out, '}');
}

void
jsonld_document(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	put_literal(out, "{\"@context\":\"https://schema.org\",");
	put_node(out, r, row);
}

void
jsonld_script(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	struct buf plain = BUF_INIT;
	jsonld_document(&plain, r, row);
	for (size_t i = 0; i < plain.len; i++) {
		char c = plain.data[i];
		/* Only strings hold them, where they may be written so. */
		if (c == '<' || c == '>' || c == '&')
			buf_fmt(out, "\\u%04x", (unsigned)c);
		else
			buf_char(out, c);
	}
	buf_done(&plain);
}

void
jsonld_begin(struct buf *out, const struct represent *r)
{
	(void)r;
	put_literal(out, "{\"@context\":\"https://schema.org\",\"@graph\":[");
}

void
jsonld_item(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	buf_str(out, r->items > 0 ? ",\n{" : "\n{");
	put_node(out, r, row);
}

void
jsonld_end(struct buf *out, const struct represent *r)
{
	(void)r;
	put_literal(out, "\n]}\n");
}
