/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal numbers kept exactly: digits and where the point stands.  Prices
 * never pass through a float.
 */
#ifndef VIGIE_NORMALISE_DECIMAL_H
#define VIGIE_NORMALISE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decimal {
	uint64_t digits;	/* value = digits / 10^scale */
	int scale;		/* 0 or more */
	bool negative;
	bool inexact;		/* more digits than we keep, and not zeros */
};

/* The whole text: sign, digits, point or comma, digits, exponent, as JSON or
 * French people write it; no white space, no thousands.  -1: not a number. */
int decimal_parse(const char *s, size_t len, struct decimal *ret);

double decimal_double(const struct decimal *d);

/* times 10^decimals as an integer; -1 if it is not one, or beyond DECIMAL_SCALED_MAX. */
#define DECIMAL_SCALED_MAX 1000000000000000
int decimal_scaled(const struct decimal *d, int decimals, int64_t *ret);

#endif
