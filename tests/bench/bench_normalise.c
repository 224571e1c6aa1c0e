/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings normalised per second on one core, built by hand:
 *
 *	cc -O2 -D_GNU_SOURCE -Idaemon -Iconnectors $(pkg-config --cflags libxml-2.0) \
 *	    tests/bench/bench_normalise.c build/libvigie.a -lcurl -lxml2 -lm
 */
#include "base/buf.h"
#include "base/clock.h"
#include "normalise/normalise.h"

enum { ROUNDS = 500000 };

#define FIELD(key, type, text) { key, type, NULL, text, sizeof(text) - 1 }

/* Twelve plain fields, about 450 bytes, accents as French has them. */
static const struct vigie_field plain[] = {
	FIELD(VIGIE_EXTERNAL_ID, VIGIE_NUMBER, "900001"),
	FIELD(VIGIE_TITLE, VIGIE_TEXT, "Capucine six places près de la Garonne"),
	FIELD(VIGIE_DESCRIPTION, VIGIE_TEXT, "Camping-car récent, très bien équipé : douche, four, deux vélos, "
	    "auvent et panneau solaire. Le propriétaire vous accueille à Marmande et explique tout. Les animaux "
	    "sont les bienvenus. Départ possible dès le vendredi soir, retour le dimanche."),
	FIELD(VIGIE_URL, VIGIE_TEXT, "https://www.exemple.fr/campers/900001?utm_source=feed&date=2026-07-04"),
	FIELD(VIGIE_IMAGE_URL, VIGIE_TEXT, "https://images.exemple.fr/upload/c_fill,h_350,w_450/v1/900001.jpg"),
	FIELD(VIGIE_LATITUDE, VIGIE_NUMBER, "44.500312"),
	FIELD(VIGIE_LONGITUDE, VIGIE_NUMBER, "0.165423"),
	FIELD(VIGIE_POSTCODE, VIGIE_TEXT, "47200"),
	FIELD(VIGIE_LOCALITY, VIGIE_TEXT, "Marmande"),
	FIELD(VIGIE_PRICE, VIGIE_NUMBER, "75.5"),
	FIELD(VIGIE_CAPACITY, VIGIE_NUMBER, "6"),
	FIELD(VIGIE_RATING, VIGIE_NUMBER, "4.5"),
};

/* The same with words in the price, a date, markup and properties. */
static const struct vigie_field rich[] = {
	FIELD(VIGIE_EXTERNAL_ID, VIGIE_NUMBER, "900001"),
	FIELD(VIGIE_TITLE, VIGIE_TEXT, "Capucine &amp; auvent"),
	FIELD(VIGIE_DESCRIPTION, VIGIE_TEXT, "<p>Camping-car r&eacute;cent, <b>tr&egrave;s bien</b> équipé.</p><ul>"
	    "<li>douche</li><li>four</li></ul><p>Contact : luc@exemple.fr, 05 53 00 12 34.</p>"),
	FIELD(VIGIE_URL, VIGIE_TEXT, "https://www.exemple.fr/campers/900001"),
	FIELD(VIGIE_PRICE, VIGIE_TEXT, "à partir de 75,50 € / jour"),
	FIELD(VIGIE_SOURCE_UPDATED_AT, VIGIE_TEXT, "2026-06-27 20:30:00"),
	FIELD(VIGIE_STARTS_AT, VIGIE_TEXT, "2026-07-04T12:00:00+02:00"),
	{ VIGIE_PROPERTY, VIGIE_TEXT, "vehicle_type", "CoachBuilt", 10 },
	{ VIGIE_PROPERTY, VIGIE_NUMBER, "vehicle_beds", "6", 1 },
	{ VIGIE_PROPERTY, VIGIE_JSON, "labels", "[{\"name\":\"Action Locale\"},{\"name\":\"Vert\"}]", 42 },
};

static void
measure(const char *what, const struct vigie_field *fields, size_t n_fields)
{
	static const struct normalise_options options = { .kind = "camper_van", .country = "FR", .language = "fr",
		.currency = "EUR", .price_unit = "day" };
	struct territory *t = territory_new("44.5003,0.1654,25", NULL, NULL, false, NULL);
	struct normalise_options office = options;
	struct listing l;
	office.territory = t;
	struct normaliser *n = normaliser_new(&office);
	int64_t start_ms = monotonic_ms();
	for (int i = 0; i < ROUNDS; i++)
		if (normalise(n, fields, n_fields, &l, NULL) != 0)
			abort();
	int64_t took_ms = monotonic_ms() - start_ms;
	printf("%-6s %9.0f listings/s\n", what, (double)ROUNDS * 1000 / (double)(took_ms > 0 ? took_ms : 1));
	normaliser_free(n);
	territory_free(t);
}

int
main(void)
{
	measure("plain", plain, sizeof plain / sizeof *plain);
	measure("rich", rich, sizeof rich / sizeof *rich);
	return 0;
}
