/* SPDX-License-Identifier: Apache-2.0 */
/* The one strict number parser: the whole text, nothing before or after it. */
#ifndef VIGIE_BASE_NUM_H
#define VIGIE_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/* Decimal integer within [min, max]; -1 otherwise, *ret untouched. */
int num_int(const char *s, size_t len, int64_t min, int64_t max, int64_t *ret);
/* Finite decimal number with a point, as JSON writes it; -1 otherwise. */
int num_double(const char *s, size_t len, double *ret);

enum { NUM_TEXT_MAX = 32, NUM_SHORT_DECIMALS = 8 };
/* The shortest decimal text of at most 15 digits, as "%.15g" gives it but
 * quickly for what prices and coordinates are: plain, not with an exponent,
 * up to NUM_SHORT_DECIMALS.  Returns its length. */
size_t num_text(double v, char out[NUM_TEXT_MAX]);

#endif
