/* SPDX-License-Identifier: Apache-2.0 */
/* ISO 4217: codes, how many decimals the minor unit has, how people write them. */
#ifndef VIGIE_NORMALISE_CURRENCY_H
#define VIGIE_NORMALISE_CURRENCY_H

#include <stddef.h>

struct currency {
	char code[4];
	int decimals;
};

/* A code in any case, a sign or a name: "EUR", "eur", "€", "euros".  NULL:
 * none that we know, or one that several currencies share ("kr"). */
const struct currency *currency_find(const char *s, size_t len);

/* "$" alone says USD, unless `known` is another dollar. */
const struct currency *currency_agree(const struct currency *written, const struct currency *known);

#endif
