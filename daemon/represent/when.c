/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/when.h"

#include <assert.h>

#include "base/buf.h"
#include "base/clock.h"
#include "normalise/zone.h"

enum { NEEDLE_MAX = 32 };

static const char day_form[] = "0000-00-00", time_form[] = "0000-00-00T00:00:00Z";
enum { DAY_LEN = sizeof day_form - 1, TIME_LEN = sizeof time_form - 1 };

/* Digits where the form has zeros, else what it has. */
static bool
has_form(const char *s, size_t len, const char *form)
{
	for (size_t i = 0; form[i] != '\0'; i++)
		if (i >= len || (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i]))
			return false;
	return true;
}

static int
number(const char *s, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

/* What has the form is a date only if the calendar has it too. */
static bool
read_value(const char *s, size_t len, struct when *ret)
{
	bool is_time = has_form(s, len, time_form);
	if (!is_time && !has_form(s, len, day_form))
		return false;
	int year = number(s, 4), month = number(s + 5, 2), day = number(s + 8, 2);
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	int64_t second = 0;
	if (is_time) {
		int h = number(s + 11, 2), m = number(s + 14, 2), sec = number(s + 17, 2);
		if (h > 23 || m > 59 || sec > 59)
			return false;
		second = h * 3600 + m * 60 + sec;
	}
	*ret = (struct when){ { s, is_time ? TIME_LEN : DAY_LEN }, !is_time,
	    days_from_civil(year, month, day) * DAY_MS + second * SECOND_MS };
	return ret->text.len < len && s[ret->text.len] == '"';
}

struct place {			/* in the properties: how far they were looked through */
	const char *p;
	int depth;
	bool quoted;
};

/* Goes on to `at`: is what stands there a member of the outermost object?  The properties are an object and sound:
 * normalise/property wrote them in a cage, and sync/intake read all of them before they went into the catalogue. */
static bool
is_outermost(struct place *w, const char *at)
{
	for (; w->p < at; w->p++) {
		if (w->quoted && *w->p == '\\')
			w->p++;
		else if (*w->p == '"')
			w->quoted = !w->quoted;
		else if (!w->quoted)
			w->depth += (*w->p == '{' || *w->p == '[') - (*w->p == '}' || *w->p == ']');
	}
	return !w->quoted && w->depth == 1;
}

/* memmem() makes itself a table for each search, which takes longer than to look through what most listings have. */
static const char *
find(const char *s, const char *end, const char *needle, size_t n)
{
	size_t rare = (size_t)(strchrnul(needle, '_') - needle);
	for (s += rare; s < end && (s = memchr(s, '_', (size_t)(end - s))) != NULL; s++)
		if ((size_t)(end - s) >= n - rare && memcmp(s - rare, needle, n) == 0)
			return s - rare;
	return NULL;
}

bool
when_read(struct text properties, const char *name, struct when *ret)
{
	char needle[NEEDLE_MAX] = "\"";	/* "NAME":" */
	size_t len = strlen(name), n = len + 4;
	assert(n <= sizeof needle);
	memcpy(needle + 1, name, len);
	memcpy(needle + 1 + len, "\":\"", 3);
	struct when when;
	const char *s = properties.s, *end = s != NULL ? s + properties.len : NULL;
	struct place place = { .p = s };
	while (s != NULL && (s = find(s, end, needle, n)) != NULL) {
		const char *value = s + n;
		if (read_value(value, (size_t)(end - value), &when) && is_outermost(&place, s)) {
			*ret = when;
			return true;
		}
		s = value;
	}
	return false;
}
