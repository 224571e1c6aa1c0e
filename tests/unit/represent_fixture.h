/* SPDX-License-Identifier: Apache-2.0 */
/* Listings as the catalogue gives them, made by hand. */
#ifndef VIGIE_TESTS_REPRESENT_FIXTURE_H
#define VIGIE_TESTS_REPRESENT_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "represent/represent.h"

#define FIRST_SEEN_MS INT64_C(1795381726000)	/* 2026-11-22T21:08:46Z */

static inline struct text
words(const char *s)
{
	return (struct text){ s, s != NULL ? strlen(s) : 0 };
}

/* A listing that says nothing but which it is. */
static inline struct listing_row
bare_row(const char *external_id, const char *kind)
{
	struct listing_row row = { .row = 1, .partner = words("parc"), .partner_name = words("Le Parc & Cie"),
		.first_seen_ms = FIRST_SEEN_MS, .changed_ms = FIRST_SEEN_MS + 1500, .removed_ms = TIME_NONE };
	listing_clear(&row.listing);
	row.listing.text[LISTING_EXTERNAL_ID] = words(external_id);
	row.listing.text[LISTING_KIND] = words(kind);
	row.listing.text[LISTING_PROPERTIES] = words("{}");
	row.listing.published = true;
	return row;
}

/* One that has everything. */
static inline struct listing_row
full_row(const char *external_id, const char *kind)
{
	static const char *const texts[LISTING_TEXTS] = {
		[LISTING_TITLE] = "Gîte « l'Écluse », \"au bord\" de l'eau", [LISTING_DESCRIPTION] = "Deux étages;\nune cour, un puits.",
		[LISTING_LANGUAGE] = "fr", [LISTING_URL] = "https://parc.example/gite?id=1&lang=fr",
		[LISTING_IMAGE_URL] = "https://parc.example/1.jpg", [LISTING_STREET] = "12 quai du Canal",
		[LISTING_POSTCODE] = "47200", [LISTING_LOCALITY] = "Marmande", [LISTING_COUNTRY] = "FR",
		[LISTING_CURRENCY] = "EUR", [LISTING_PRICE_UNIT] = "night", [LISTING_PRICE_TEXT] = "à partir de 85 €",
		[LISTING_PROPERTIES] = "{\"starts_at\":\"2027-07-04\",\"ends_at\":\"2027-07-06\",\"chiens\":true}",
	};
	struct listing_row row = bare_row(external_id, kind);
	for (int i = LISTING_TITLE; i < LISTING_TEXTS; i++)
		row.listing.text[i] = words(texts[i]);
	row.partner_website = words("https://parc.example/");
	row.verdict = words("uncertain");
	row.listing.integer[LISTING_PRICE_MINOR] = 8550;
	row.listing.integer[LISTING_CAPACITY] = 6;
	row.listing.integer[LISTING_RATING_COUNT] = 41;
	row.listing.integer[LISTING_SOURCE_UPDATED_AT] = FIRST_SEEN_MS - 1;
	row.listing.real[LISTING_LATITUDE] = 44.50012345678;
	row.listing.real[LISTING_LONGITUDE] = 0.1666;
	row.listing.real[LISTING_RATING] = 4.6;
	row.listing.place = LISTING_INSIDE;
	return row;
}

static inline struct represent
a_document(void)
{
	return (struct represent){ .base_url = "https://vigie.example", .office = "Office du Val de Garonne",
		.title = "Toutes les offres", .language = "fr", .zone = { .offset_s = 3600, .summer = true }, .now_ms = FIRST_SEEN_MS };
}

/* The whole document of these rows; the caller frees it. */
static inline char *
document_of(const char *format, const struct listing_row *rows, size_t n)
{
	struct buf out = BUF_INIT;
	struct represent r = a_document();
	const struct representation *f = representation_find(format);
	assert_non_null(f);
	represent_begin(f, &out, &r);
	for (size_t i = 0; i < n; i++)
		represent_item(f, &out, &r, &rows[i]);
	represent_end(f, &out, &r);
	return buf_take(&out);
}

#endif
