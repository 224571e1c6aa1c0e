/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prices as partners write them: "5 €", "115,00", "1 234,50 €", "EUR39.00",
 * "Offert", "-, -, 510".
 *
 * An amount is only read when the whole text is understood: one number, at
 * most one currency, and words from our tables.  "50 %", "12-15 €", "-5 €",
 * "12 € de remise" and "1,234" (a thousand, or one and a bit?) have none, nor
 * have "2 nuits", "dès 20h" and "à 5", which name no currency, while "12 / nuit"
 * and "à partir de 12" are prices.  A space parts thousands: "100 200 €" is one
 * amount, "30 150 380" is rather three, and numbers on two lines are two.
 */
#ifndef VIGIE_NORMALISE_PRICE_H
#define VIGIE_NORMALISE_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "normalise/currency.h"

struct price_rules {
	const struct currency *currency;	/* when the text names none; or NULL */
	bool explicit;		/* `currency` is the partner's word: another one contradicts it */
	bool number;		/* a JSON number: a point is a point */
	bool minor;		/* a bare number counts cents already */
};

struct price {
	bool known;		/* `minor` is the amount */
	bool words;		/* more than a bare number: worth keeping as text */
	bool several;		/* a list, or two units: no default unit applies */
	int64_t minor;
	const struct currency *currency;	/* what the amount is in, or what the text names; or NULL */
	const char *unit;	/* that the text names; or NULL */
};

/* `s` is clean; it may have line feeds.  An amount other than 0 needs a currency. */
void price_read(const char *s, size_t len, const struct price_rules *rules, struct price *ret);

/* The public unit for a word such as "nuit"; NULL for one that we do not know. */
const char *price_unit(const char *s, size_t len);

#endif
