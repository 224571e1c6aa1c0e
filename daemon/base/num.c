/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "base/buf.h"

enum { NUMBER_TEXT_MAX = 64 };

static int
digits_only(const char *s, size_t len, const char *also)
{
	for (size_t i = 0; i < len; i++)
		if ((s[i] < '0' || s[i] > '9') && strchr(also, s[i]) == NULL)
			return 0;
	return len > 0 && s[0] != '+';
}

int
num_int(const char *s, size_t len, int64_t min, int64_t max, int64_t *ret)
{
	char text[NUMBER_TEXT_MAX], *end;
	if (len >= sizeof text || !digits_only(s, len, "-"))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno != 0 || end != text + len || v < min || v > max)
		return -1;
	*ret = v;
	return 0;
}

/* Powers of ten that a double holds exactly. */
static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15 };
enum { EXACT_DIGITS = 15 };

/*
 * Digits with a point at most 15 of them long: an integer below 2^53 divided
 * by a power of ten that is exact is rounded once, so it is what strtod gives
 * (Clinger, « How to read floating point numbers accurately », 1990).
 */
static int
short_decimal(const char *s, size_t len, double *ret)
{
	bool negative = len > 0 && s[0] == '-', point = false;
	uint64_t mantissa = 0;
	size_t digits = 0, decimals = 0;
	for (size_t i = negative; i < len; i++) {
		if (s[i] == '.' && !point && digits > 0) {
			point = true;
			continue;
		}
		if (s[i] < '0' || s[i] > '9' || ++digits > EXACT_DIGITS)
			return -1;
		mantissa = mantissa * 10 + (uint64_t)(s[i] - '0');
		decimals += point;
	}
	if (digits == 0 || (point && decimals == 0))
		return -1;
	double v = (double)mantissa / powers[decimals];
	*ret = negative ? -v : v;
	return 0;
}

int
num_double(const char *s, size_t len, double *ret)
{
	char text[NUMBER_TEXT_MAX], *end;
	if (short_decimal(s, len, ret) == 0)
		return 0;
	if (len >= sizeof text || !digits_only(s, len, "+-.eE"))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	double v = strtod(text, &end);
	if (end != text + len || !isfinite(v))
		return -1;
	*ret = v;
	return 0;
}

static size_t
put_digits(char *out, uint64_t n, size_t decimals)
{
	char digits[24], *d = digits + sizeof digits;
	size_t put = 0;
	do {
		if (decimals > 0 && put == decimals)
			*--d = '.';
		*--d = (char)('0' + n % 10);
		n /= 10;
		put++;
	} while (n != 0 || put <= decimals);
	size_t len = (size_t)(digits + sizeof digits - d);
	memcpy(out, d, len);
	return len;
}

size_t
num_text(double v, char out[NUM_TEXT_MAX])
{
	double size = fabs(v);
	for (size_t decimals = 0; decimals <= NUM_SHORT_DECIMALS; decimals++) {
		double scaled = round(size * powers[decimals]);
		if (scaled >= 1e15)
			break;
		if (scaled / powers[decimals] != size)
			continue;
		size_t sign = v < 0;
		out[0] = '-';
		size_t len = sign + put_digits(out + sign, (uint64_t)scaled, decimals);
		out[len] = '\0';
		return len;
	}
	return (size_t)snprintf(out, NUM_TEXT_MAX, "%.15g", v);
}
