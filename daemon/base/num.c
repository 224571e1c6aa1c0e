/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include <errno.h>
#include <math.h>

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

int
num_double(const char *s, size_t len, double *ret)
{
	char text[NUMBER_TEXT_MAX], *end;
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
