/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a connector emitted to a listing: prices, dates, coordinates,
 * text, URLs, privacy, territory.  Pure: no input or output, no clock.
 *
 * A value that cannot be understood becomes « no value » and is counted in
 * `notes`; only a listing that cannot be identified is an error.  Nothing is
 * guessed: an ambiguous value is no value, its words are kept as text where
 * there is a column for them (price_text).
 */
#ifndef VIGIE_NORMALISE_NORMALISE_H
#define VIGIE_NORMALISE_NORMALISE_H

#include "../../connectors/vigie_connector.h"
#include "base/error.h"
#include "normalise/listing.h"
#include "normalise/territory.h"

struct normalise_options {
	const char *kind;		/* default kind of the partner's listings */
	const char *language;		/* default ISO 639-1, or NULL */
	const char *country;		/* default ISO 3166-1 alpha-2, or NULL; the territory's postcodes are its */
	const char *currency;		/* default ISO 4217, or NULL */
	const char *price_unit;		/* default, or NULL */
	const char *base_url;		/* relative URLs start here */
	const char *strip_params;	/* more URL parameters to strip, separated by spaces, or NULL */
	const char *timezone;		/* of dates without one; NULL: Europe/Paris */
	double rating_scale;		/* the partner's best rating; 0: 5 */
	bool price_is_minor;		/* numbers are cents already */
	bool price_is_points;		/* not money: kept as price_text */
	bool day_first;			/* "03/04/2017" is in April */
	bool keep_contacts;		/* e-mail addresses and telephone numbers stay */
	const struct territory *territory;	/* borrowed; NULL: everywhere */
};

struct normalise_notes {	/* values that were not understood, by kind */
	uint64_t price, date, coordinate, url, utf8, other;
	uint64_t contacts;	/* e-mail addresses and numbers that were taken out */
};

struct normaliser;

struct normaliser *normaliser_new(const struct normalise_options *options);
void normaliser_free(struct normaliser *n);

/*
 * *ret borrows from the normaliser until the next call.  -1 with ERROR_SHAPE
 * when the listing has no usable identifier (empty, over 255 bytes).  The last
 * of two fields with the same key and name wins.
 */
int normalise(struct normaliser *n, const struct vigie_field *fields, size_t n_fields,
    struct listing *ret, struct error *err);

/* Counted since normaliser_new. */
const struct normalise_notes *normaliser_notes(const struct normaliser *n);

/* Changes whenever the same fields may give another listing: part of the key
 * under which raw items are known. */
#define NORMALISE_VERSION 3u

#endif
