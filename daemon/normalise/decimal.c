/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/decimal.h"

#include "base/buf.h"
#include "base/num.h"

enum { DIGITS_MAX = 18, EXPONENT_MAX = 30, EXACT_POWERS = 23 };

static const double powers[EXACT_POWERS] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

struct reading {
	struct decimal d;
	int kept;	/* significant digits */
	int exponent;	/* digits of the whole part that were not kept */
	size_t seen;
};

static void
read_digit(struct reading *r, char c, bool fraction)
{
	r->seen++;
	if (r->kept >= DIGITS_MAX) {
		r->d.inexact |= c != '0';
		r->exponent += !fraction;
		return;
	}
	r->d.digits = r->d.digits * 10 + (uint64_t)(c - '0');
	r->kept += r->d.digits > 0;
	r->d.scale += fraction;
}

static size_t
read_digits(struct reading *r, const char *s, size_t len, bool fraction)
{
	size_t i = 0;
	while (i < len && s[i] >= '0' && s[i] <= '9')
		read_digit(r, s[i++], fraction);
	return i;
}

/* A scale below 0 is worked into the digits. */
static int
settle(struct decimal *d, int exponent)
{
	d->scale -= exponent;
	for (; d->scale < 0; d->scale++) {
		if (d->digits > UINT64_MAX / 10)
			return -1;
		d->digits *= 10;
	}
	return 0;
}

int
decimal_parse(const char *s, size_t len, struct decimal *ret)
{
	struct reading r = { .kept = 0 };
	size_t i = 0;
	int64_t exponent = 0;
	if (i < len && (s[i] == '-' || s[i] == '+'))
		r.d.negative = s[i++] == '-';
	i += read_digits(&r, s + i, len - i, false);
	if (i < len && (s[i] == '.' || s[i] == ',')) {
		size_t whole = r.seen;
		i++;
		i += read_digits(&r, s + i, len - i, true);
		if (r.seen == whole)
			return -1;
	}
	if (r.seen == 0)
		return -1;
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		if (i < len && s[i] == '+')
			i++;
		if (num_int(s + i, len - i, -EXPONENT_MAX, EXPONENT_MAX, &exponent) != 0)
			return -1;
		i = len;
	}
	if (i < len || settle(&r.d, r.exponent + (int)exponent) != 0)
		return -1;
	*ret = r.d;
	return 0;
}

double
decimal_double(const struct decimal *d)
{
	double v = (double)d->digits;
	int scale = d->scale;
	for (; scale >= EXACT_POWERS; scale -= EXACT_POWERS - 1)
		v /= powers[EXACT_POWERS - 1];
	v /= powers[scale];
	return d->negative ? -v : v;
}

int
decimal_scaled(const struct decimal *d, int decimals, int64_t *ret)
{
	uint64_t v = d->digits;
	int scale = d->scale;
	if (d->inexact)
		return -1;
	for (; scale > decimals; scale--) {
		if (v % 10 != 0)
			return -1;
		v /= 10;
	}
	for (; scale < decimals && v <= DECIMAL_SCALED_MAX; scale++)
		v *= 10;
	if (v > DECIMAL_SCALED_MAX)
		return -1;
	*ret = d->negative ? -(int64_t)v : (int64_t)v;
	return 0;
}
