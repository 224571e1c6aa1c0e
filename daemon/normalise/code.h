/* SPDX-License-Identifier: Apache-2.0 */
/* Two-letter codes of languages (ISO 639-1) and countries (ISO 3166-1). */
#ifndef VIGIE_NORMALISE_CODE_H
#define VIGIE_NORMALISE_CODE_H

#include <stdbool.h>
#include <stddef.h>

/* `s` is in lower case.  "fr", "fr-fr", "@fr"; false, *ret untouched: none. */
bool code_language(const char *s, size_t len, char ret[3]);
/* "fr", "france", "fra"; *ret is in upper case. */
bool code_country(const char *s, size_t len, char ret[3]);

#endif
