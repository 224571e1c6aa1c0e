/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/span.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "normalise/zone.h"

/* ---- space */

static int
bad_box(struct error *err)
{
	return error_set(err, ERROR_USAGE,
	    "\"bbox\" is four numbers, west,south,east,north, or six with heights: 0.2,44.3,0.7,44.6");
}

static double
wrapped(double longitude)
{
	double turned = fmod(longitude + 180, 360);
	return (turned < 0 ? turned + 360 : turned) - 180;
}

static double
at_pole(double latitude)
{
	return fmax(-90, fmin(90, latitude));
}

static void
bring_back(double west, double south, double east, double north, struct box *ret)
{
	bool around = east - west >= 360, beyond = fabs(west) > 180 || fabs(east) > 180;
	*ret = (struct box){ west, at_pole(south), east, at_pole(north) };
	if (around)
		ret->west = -180, ret->east = 180;
	else if (beyond)
		ret->west = wrapped(west), ret->east = wrapped(east);
}

int
box_read(const char *s, struct box *ret, struct error *err)
{
	double v[6];
	size_t n = 0;
	for (;;) {
		size_t len = strcspn(s, ",");
		if (n == 6 || num_double(s, len, &v[n++]) != 0)
			return bad_box(err);
		if (s[len] == '\0')
			break;
		s += len + 1;
	}
	if (n != 4 && n != 6)
		return bad_box(err);
	size_t east = n / 2, north = east + 1;
	if (v[1] > v[north])
		return error_set(err, ERROR_USAGE, "\"bbox\" ends south of where it begins: %g, then %g", v[1], v[north]);
	bring_back(v[0], v[1], v[east], v[north], ret);
	return 0;
}

/* ---- time (RFC 3339, 5.6) */

struct scan {
	const char *at, *end;
	bool bad;
};

static bool
take(struct scan *s, const char *any)
{
	if (s->bad || s->at == s->end || strchr(any, *s->at) == NULL)
		return false;
	s->at++;
	return true;
}

static void
need(struct scan *s, const char *any)
{
	if (!take(s, any))
		s->bad = true;
}

static int
digits(struct scan *s, int n, int min, int max)
{
	int value = 0;
	for (int i = 0; i < n && !s->bad; i++) {
		s->bad = s->at == s->end || *s->at < '0' || *s->at > '9';
		if (!s->bad)
			value = value * 10 + (*s->at++ - '0');
	}
	s->bad = s->bad || value < min || value > max;
	return s->bad ? min : value;
}

/* Since 1970.  QGIS means « from ever » by the year 0, which is 400 years, of a whole number of days, before one that we
 * can count. */
static int64_t
day(struct scan *s)
{
	enum { CYCLE_YEARS = 400, CYCLE_DAYS = 146097 };
	int year = digits(s, 4, 0, 9999) + CYCLE_YEARS;
	need(s, "-");
	int month = digits(s, 2, 1, 12);
	need(s, "-");
	int of_month = digits(s, 2, 1, 31);
	s->bad = s->bad || of_month > days_in_month(year, month);
	return s->bad ? 0 : days_from_civil(year, month, of_month) - CYCLE_DAYS;
}

static int64_t
fraction_ms(struct scan *s)
{
	int64_t ms = digits(s, 1, 0, 9) * 100;
	for (int64_t unit = 10; !s->bad && s->at < s->end && *s->at >= '0' && *s->at <= '9'; unit /= 10)
		ms += (*s->at++ - '0') * unit;
	return ms;
}

/* East of Greenwich.  A « + » that was not escaped in the URL came as a blank. */
static int64_t
zone_ms(struct scan *s)
{
	if (take(s, "Zz"))
		return 0;
	bool west = s->at < s->end && *s->at == '-';
	need(s, "+- ");
	int64_t ms = digits(s, 2, 0, 23) * HOUR_MS;
	need(s, ":");
	ms += digits(s, 2, 0, 59) * MINUTE_MS;
	return west ? -ms : ms;
}

/* GDAL leaves minutes and seconds out, the zone then always being Z. */
static int64_t
time_of_day(struct scan *s)
{
	int64_t ms = digits(s, 2, 0, 23) * HOUR_MS;
	if (take(s, "Z"))
		return ms;
	need(s, ":");
	ms += digits(s, 2, 0, 59) * MINUTE_MS;
	if (take(s, "Z"))
		return ms;
	need(s, ":");
	ms += digits(s, 2, 0, 60) * SECOND_MS;
	if (take(s, "."))
		ms += fraction_ms(s);
	return ms - zone_ms(s);
}

/* The first and the last millisecond of an instant or a day. */
static int
read_instant(struct scan s, const struct zone *zone, int64_t *ret_first, int64_t *ret_last, struct error *err)
{
	int64_t on = day(&s), first = zone_day_ms(zone, on), last = zone_day_ms(zone, on + 1) - 1;
	if (take(&s, "Tt ") && s.at < s.end)
		first = last = on * DAY_MS + time_of_day(&s);
	if (s.bad || s.at < s.end)
		return error_set(err, ERROR_USAGE, "\"datetime\" is a day or an instant of RFC 3339, or two of them: "
		    "2026-07-04, 2026-07-04T12:00:00Z, 2026-07-04/2026-07-14, 2026-07-04/..");
	*ret_first = first;
	*ret_last = last;
	return 0;
}

static bool
is_open(const char *s, size_t len)
{
	return len == 0 || (len == 2 && memcmp(s, "..", 2) == 0);
}

int
interval_read(const char *s, const struct zone *zone, int64_t *ret_from_ms, int64_t *ret_to_ms, struct error *err)
{
	int64_t from = TIME_NONE, to = TIME_NONE, unused;
	size_t len = strcspn(s, "/");
	if (s[len] == '\0') {
		if (read_instant((struct scan){ s, s + len, false }, zone, &from, &to, err) != 0)
			return -1;
	} else {
		const char *end = s + len + 1;
		size_t end_len = strlen(end);
		if (!is_open(s, len) && read_instant((struct scan){ s, s + len, false }, zone, &from, &unused, err) != 0)
			return -1;
		if (!is_open(end, end_len) &&
		    read_instant((struct scan){ end, end + end_len, false }, zone, &unused, &to, err) != 0)
			return -1;
	}
	if (from != TIME_NONE && to != TIME_NONE && from > to)
		return error_set(err, ERROR_USAGE, "\"datetime\" ends before it begins");
	*ret_from_ms = from;
	*ret_to_ms = to;
	return 0;
}
