/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E-mail addresses and telephone numbers in text, which the catalogue does not
 * keep.
 *
 * A telephone number is a French one (ten digits from 01 to 09, grouped as
 * people group them), or an international one (+ or 00 and the country).  What
 * else has digits must stay: prices, postcodes, SIRET numbers, dates, hours,
 * identifiers, coordinates, addresses of web pages.
 */
#ifndef VIGIE_NORMALISE_CONTACT_H
#define VIGIE_NORMALISE_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Takes them out of text->data from `start` on (clean text).  Returns how
 * many.  `keep_numbers`: only addresses. */
uint64_t contact_remove(struct buf *text, size_t start, bool keep_numbers);

/* Does a property of this name hold nothing but a contact? "email",
 * "contact_phone", "numTel", "Téléphone"; not "mobile_home". */
bool contact_name(const char *name, size_t len);

/* Does a property of this name hold a number that may look like a telephone
 * number?  "id", "siret", "ref_externe". */
bool contact_name_of_id(const char *name, size_t len);

#endif
