/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/zone.h"

#include "base/buf.h"

enum { HOUR_S = 3600, DAY_S = 86400, OFFSET_MAX_S = 14 * HOUR_S };

static const struct {
	const char *name;
	struct zone zone;
} zones[] = {
	{ "Europe/Paris", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "UTC", { .offset_s = 0, .summer = false } },
	{ "GMT", { .offset_s = 0, .summer = false } },
	{ "Z", { .offset_s = 0, .summer = false } },
	{ "Etc/UTC", { .offset_s = 0, .summer = false } },
	{ "Europe/Amsterdam", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Berlin", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Brussels", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Luxembourg", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Madrid", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Monaco", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Rome", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Zurich", { .offset_s = 1 * HOUR_S, .summer = true } },
	{ "Europe/Lisbon", { .offset_s = 0, .summer = true } },
	{ "Europe/London", { .offset_s = 0, .summer = true } },
	{ "America/Cayenne", { .offset_s = -3 * HOUR_S, .summer = false } },
	{ "America/Guadeloupe", { .offset_s = -4 * HOUR_S, .summer = false } },
	{ "America/Martinique", { .offset_s = -4 * HOUR_S, .summer = false } },
	{ "Indian/Mayotte", { .offset_s = 3 * HOUR_S, .summer = false } },
	{ "Indian/Reunion", { .offset_s = 4 * HOUR_S, .summer = false } },
	{ "Pacific/Noumea", { .offset_s = 11 * HOUR_S, .summer = false } },
	{ "Pacific/Tahiti", { .offset_s = -10 * HOUR_S, .summer = false } },
};

static int
two_digits(const char *s)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* +hh, +hhmm, +hh:mm */
static int
parse_offset(const char *s, size_t len, struct zone *ret)
{
	int minutes = 0;
	if ((len != 3 && len != 5 && len != 6) || (s[0] != '+' && s[0] != '-'))
		return -1;
	int hours = two_digits(s + 1);
	if (len == 5)
		minutes = two_digits(s + 3);
	else if (len == 6)
		minutes = s[3] == ':' ? two_digits(s + 4) : -1;
	int offset_s = hours * HOUR_S + minutes * 60;
	if (hours < 0 || minutes < 0 || minutes > 59 || offset_s > OFFSET_MAX_S)
		return -1;
	*ret = (struct zone){ .offset_s = s[0] == '-' ? -offset_s : offset_s };
	return 0;
}

int
zone_parse(const char *s, size_t len, struct zone *ret)
{
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (strlen(zones[i].name) == len && memcmp(zones[i].name, s, len) == 0) {
			*ret = zones[i].zone;
			return 0;
		}
	return parse_offset(s, len, ret);
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return days[month - 1] + (month == 2 && is_leap(year));
}

int64_t
days_from_civil(int year, int month, int day)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int64_t y = year - 1;	/* whole years; year is at least 1 */
	return y * 365 + y / 4 - y / 100 + y / 400 + before[month - 1] + (month > 2 && is_leap(year)) +
	    day - 1 - 719162;
}

static int
year_of(int64_t utc_s)
{
	int64_t days = utc_s / DAY_S - (utc_s % DAY_S < 0);
	int year = (int)(1970 + days * 400 / 146097);
	while (days < days_from_civil(year, 1, 1))
		year--;
	while (days >= days_from_civil(year + 1, 1, 1))
		year++;
	return year;
}

/* 01:00 UTC on the last Sunday of the month. */
static int64_t
last_sunday_s(int year, int month)
{
	int64_t last = days_from_civil(year, month, days_in_month(year, month));
	int64_t weekday = ((last + 4) % 7 + 7) % 7;	/* 1970-01-01 was a Thursday; 0: Sunday */
	return (last - weekday) * DAY_S + HOUR_S;
}

static bool
in_summer(int64_t utc_s)
{
	int year = year_of(utc_s);
	return year >= 1981 && utc_s >= last_sunday_s(year, 3) &&
	    utc_s < last_sunday_s(year, year >= 1996 ? 10 : 9);
}

int64_t
zone_to_utc_s(const struct zone *z, int64_t local_s)
{
	int64_t winter = local_s - z->offset_s;
	return z->summer && in_summer(winter - HOUR_S) ? winter - HOUR_S : winter;
}

int64_t
zone_to_local_s(const struct zone *z, int64_t utc_s)
{
	return utc_s + z->offset_s + (z->summer && in_summer(utc_s) ? HOUR_S : 0);
}

int64_t
zone_day_ms(const struct zone *z, int64_t day)
{
	return zone_to_utc_s(z, day * DAY_S) * 1000;
}
