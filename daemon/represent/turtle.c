/* SPDX-License-Identifier: Apache-2.0 */
/* What buf_json writes is a literal of Turtle too: it knows the same escapes. */
#include "represent/turtle.h"

#include <math.h>

#include "base/clock.h"
#include "represent/column.h"
#include "represent/put.h"
#include "represent/vocabulary.h"
#include "represent/when.h"

enum { DAY_LETTERS = 10, LANGUAGE_MAX = 3 };

/* Within < >: what may not stand there (Turtle, IRIREF) is percent-encoded. */
static void
put_iri(struct buf *out, struct text t)
{
	static const char hex[] = "0123456789ABCDEF", never[] = "<>\"{}|^`\\";
	buf_char(out, '<');
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.s[i];
		if (c <= ' ' || strchr(never, c) != NULL)
			buf_add(out, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '>');
}

static bool
has(struct text t)
{
	return t.s != NULL && t.len > 0;
}

static void
put_literal_of(struct buf *out, const char *property, struct text t)
{
	if (!has(t))
		return;
	buf_str(out, property);
	buf_json(out, t.s, t.len);
}

/* A text for people, in the listing's language when that is a tag. */
static void
put_words(struct buf *out, const char *property, struct text t, struct text language)
{
	if (!has(t))
		return;
	put_literal_of(out, property, t);
	bool tag = language.s != NULL && language.len >= 2 && language.len <= LANGUAGE_MAX;
	for (size_t i = 0; tag && i < language.len; i++)
		tag = language.s[i] >= 'a' && language.s[i] <= 'z';
	if (!tag)
		return;
	buf_char(out, '@');
	put_text(out, language);
}

/* Closes a literal and says what it is. */
static void
put_type(struct buf *out, const char *type)
{
	put_literal(out, "\"^^xsd:");
	buf_str(out, type);
}

static void
put_day(struct buf *out, const char *property, int64_t ms)
{
	buf_str(out, property);
	buf_char(out, '"');
	size_t start = out->len;
	put_time(out, ms);
	buf_cut(out, start + DAY_LETTERS);
	put_type(out, "date");
}

static void
put_instant(struct buf *out, const char *property, int64_t ms)
{
	buf_str(out, property);
	buf_char(out, '"');
	put_time(out, ms);
	put_type(out, "dateTime");
}

static void
put_decimal(struct buf *out, const char *property, double degrees)
{
	buf_str(out, property);
	buf_char(out, '"');
	put_degrees(out, degrees);
	put_type(out, "decimal");
}

static void
put_times(struct buf *out, const struct listing_row *row)
{
	int64_t source_ms = row->listing.integer[LISTING_SOURCE_UPDATED_AT];
	put_day(out, " ;\n\t:creationDate ", row->first_seen_ms);
	put_day(out, " ;\n\t:lastUpdate ", source_ms != LISTING_NO_INTEGER ? source_ms : row->changed_ms);
	put_instant(out, " ;\n\t:lastUpdateDatatourisme ", row->changed_ms);
}

/* The partner made it, the office publishes it. */
static void
put_agents(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	put_literal(out, " ;\n\t:hasBeenCreatedBy [ a :Agent, foaf:Agent, schema:Organization");
	put_literal_of(out, " ; schema:legalName ", has(row->partner_name) ? row->partner_name : row->partner);
	if (has(row->partner_website)) {
		put_literal(out, " ; foaf:homepage ");
		put_iri(out, row->partner_website);
	}
	put_literal(out, " ]");
	if (r->office == NULL)
		return;
	put_literal(out, " ;\n\t:hasBeenPublishedBy [ a :Agent, foaf:Agent, schema:Organization");
	put_literal_of(out, " ; schema:legalName ", (struct text){ r->office, strlen(r->office) });
	put_literal(out, " ]");
}

static void
put_contact(struct buf *out, const struct listing *l)
{
	if (!has(l->text[LISTING_URL]))
		return;
	put_literal(out, " ;\n\t:hasContact [ a :Agent, foaf:Agent ; foaf:homepage ");
	put_iri(out, l->text[LISTING_URL]);
	put_literal(out, " ]");
}

static void
put_place(struct buf *out, const struct listing *l)
{
	static const struct {
		enum listing_text which;
		const char *property;
	} parts[] = {
		{ LISTING_STREET, " ; schema:streetAddress " }, { LISTING_POSTCODE, " ; schema:postalCode " },
		{ LISTING_LOCALITY, " ; schema:addressLocality " }, { LISTING_COUNTRY, " ; schema:addressCountry " },
	};
	enum { PARTS = sizeof parts / sizeof parts[0] };
	bool geo = !isnan(l->real[LISTING_LATITUDE]) && !isnan(l->real[LISTING_LONGITUDE]), address = false;
	for (size_t i = 0; i < PARTS; i++)
		address = address || has(l->text[parts[i].which]);
	if (!geo && !address)
		return;
	put_literal(out, " ;\n\t:isLocatedAt [ a :Place, schema:Place");
	if (geo) {
		put_literal(out, " ; schema:geo [ a schema:GeoCoordinates");
		put_decimal(out, " ; schema:latitude ", l->real[LISTING_LATITUDE]);
		put_decimal(out, " ; schema:longitude ", l->real[LISTING_LONGITUDE]);
		put_literal(out, " ]");
	}
	if (address) {
		put_literal(out, " ; schema:address [ a :PostalAddress, schema:PostalAddress");
		for (size_t i = 0; i < PARTS; i++)
			put_literal_of(out, parts[i].property, l->text[parts[i].which]);
		put_literal(out, " ]");
	}
	put_literal(out, " ]");
}

static void
put_offer(struct buf *out, const struct listing_row *row)
{
	size_t start = out->len;
	put_literal(out, " ;\n\t:offers [ a :Offer, schema:Offer ; schema:priceSpecification"
	    " [ a :PriceSpecification, schema:PriceSpecification ; schema:price \"");
	if (!put_price(out, row, '.')) {
		buf_cut(out, start);
		return;
	}
	put_type(out, "decimal");
	put_literal_of(out, " ; schema:priceCurrency ", row->listing.text[LISTING_CURRENCY]);
	put_literal_of(out, " ; schema:unitText ", row->listing.text[LISTING_PRICE_UNIT]);
	put_literal(out, " ] ]");
}

/* The day of it: an instant's is that of the office. */
static void
put_day_of(struct buf *out, const char *property, const struct represent *r, const struct when *when)
{
	put_day(out, property, when->is_day ? when->ms : zone_to_local_s(&r->zone, when->ms / SECOND_MS) * SECOND_MS);
}

static void
put_period(struct buf *out, const struct represent *r, struct text properties)
{
	struct when from, to;
	if (!when_read(properties, "starts_at", &from))
		return;
	put_literal(out, " ;\n\t:takesPlaceAt [ a :Period");
	put_day_of(out, " ; :startDate ", r, &from);
	if (!from.is_day)
		put_instant(out, " ; schema:startDate ", from.ms);
	if (when_read(properties, "ends_at", &to)) {
		put_day_of(out, " ; :endDate ", r, &to);
		if (!to.is_day)
			put_instant(out, " ; schema:endDate ", to.ms);
	}
	put_literal(out, " ]");
}

static void
put_picture(struct buf *out, const struct listing *l)
{
	if (!has(l->text[LISTING_IMAGE_URL]))
		return;
	put_literal(out, " ;\n\t:hasMainRepresentation [ a ebucore:EditorialObject ; ebucore:hasRelatedResource"
	    " [ a ebucore:Resource");
	put_literal_of(out, " ; ebucore:locator ", l->text[LISTING_IMAGE_URL]);
	put_literal(out, " ] ]");
}

static void
put_description(struct buf *out, const struct listing *l)
{
	if (!has(l->text[LISTING_DESCRIPTION]))
		return;
	put_literal(out, " ;\n\t:hasDescription [ a :Description");
	put_words(out, " ; dc:description ", l->text[LISTING_DESCRIPTION], l->text[LISTING_LANGUAGE]);
	put_literal(out, " ]");
}

void
turtle_begin(struct buf *out, const struct represent *r)
{
	(void)r;
	put_literal(out, "@prefix : <https://www.datatourisme.fr/ontology/core#> .\n"
	    "@prefix schema: <http://schema.org/> .\n"
	    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
	    "@prefix dc: <http://purl.org/dc/elements/1.1/> .\n"
	    "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
	    "@prefix ebucore: <http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#> .\n"
	    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n");
}

void
turtle_item(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	const struct listing *l = &row->listing;
	const struct vocabulary *v = vocabulary_of(row);
	put_literal(out, "\n<");
	put_item_url(out, r, row);
	put_literal(out, "> a :PointOfInterest");
	buf_str(out, v->datatourisme);
	put_literal(out, ", schema:");
	buf_str(out, v->schema);
	put_literal(out, " ;\n\tdc:identifier ");
	put_uid_json(out, row);
	put_words(out, " ;\n\trdfs:label ", l->text[LISTING_TITLE], l->text[LISTING_LANGUAGE]);
	put_description(out, l);
	put_times(out, row);
	put_agents(out, r, row);
	put_contact(out, l);
	put_place(out, l);
	put_period(out, r, l->text[LISTING_PROPERTIES]);
	put_offer(out, row);
	put_picture(out, l);
	if (l->integer[LISTING_CAPACITY] != LISTING_NO_INTEGER) {
		put_literal(out, " ;\n\t:allowedPersons ");
		put_integer(out, l->integer[LISTING_CAPACITY]);
	}
	put_literal(out, " .\n");
}
