/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader per family of forms, tried in turn; each reads the whole text or
 * says no.
 */
#include "normalise/date.h"

#include "base/buf.h"
#include "base/clock.h"
#include "normalise/text.h"

enum { TEXT_MAX = 127, YEAR_MIN = 1900, YEAR_MAX = 2199 };

#define EPOCH_MAX_S 7258118400	/* 2200-01-01 */

struct civil {
	int year, month, day, hour, minute, second, ms;
	bool has_time;
	bool has_zone;
	struct zone zone;
};

static const struct {
	const char *name;
	int month;
} months[] = {
	{ "jan", 1 }, { "january", 1 }, { "janv", 1 }, { "janvier", 1 },
	{ "feb", 2 }, { "february", 2 }, { "févr", 2 }, { "fév", 2 }, { "fevr", 2 }, { "février", 2 }, { "fevrier", 2 },
	{ "mar", 3 }, { "march", 3 }, { "mars", 3 },
	{ "apr", 4 }, { "april", 4 }, { "avr", 4 }, { "avril", 4 },
	{ "may", 5 }, { "mai", 5 },
	{ "jun", 6 }, { "june", 6 }, { "juin", 6 },
	{ "jul", 7 }, { "july", 7 }, { "juil", 7 }, { "juillet", 7 },
	{ "aug", 8 }, { "august", 8 }, { "août", 8 }, { "aout", 8 },
	{ "sep", 9 }, { "sept", 9 }, { "september", 9 }, { "septembre", 9 },
	{ "oct", 10 }, { "october", 10 }, { "octobre", 10 },
	{ "nov", 11 }, { "november", 11 }, { "novembre", 11 },
	{ "dec", 12 }, { "december", 12 }, { "déc", 12 }, { "décembre", 12 }, { "decembre", 12 },
};

/* Zone names in RFC 2822 and what the partners add; hours east. */
static const struct {
	const char *name;
	int hours;
} zone_names[] = {
	{ "z", 0 }, { "ut", 0 }, { "utc", 0 }, { "gmt", 0 }, { "wet", 0 }, { "west", 1 }, { "cet", 1 },
	{ "cest", 2 }, { "eet", 2 }, { "eest", 3 }, { "est", -5 }, { "edt", -4 }, { "cst", -6 },
	{ "cdt", -5 }, { "mst", -7 }, { "mdt", -6 }, { "pst", -8 }, { "pdt", -7 },
};

/* What may stand before a date in words.  Other words change what it says:
 * "annulé le", "sauf le", "jusqu'au". */
static const char *const leads[] = {
	"lundi", "lun", "mardi", "mar", "mercredi", "mer", "jeudi", "jeu", "vendredi", "ven", "samedi", "sam",
	"dimanche", "dim", "monday", "mon", "tuesday", "tue", "tues", "wednesday", "wed", "thursday", "thu", "thur",
	"thurs", "friday", "fri", "saturday", "sat", "sunday", "sun",
	"le", "ce", "du", "dès", "des", "à", "a", "partir", "de", "date", "début", "depuis", "abonné", "abonnée",
	"inscrit", "inscrite", "publié", "publiée", "mis", "mise", "jour", "modifié", "modifiée",
	"the", "on", "from", "since", "starting", "starts", "published", "posted", "updated", "last",
};

/* What may stand before the date of an end. */
static const char *const untils[] = { "jusqu'au ", "jusqu’au ", "au ", "until ", "till " };

/* ---- pieces; `*s` moves on when a piece was there */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool
take(const char **s, const char *what)
{
	size_t len = strlen(what);
	if (strncmp(*s, what, len) != 0)
		return false;
	*s += len;
	return true;
}

static void
take_spaces(const char **s)
{
	*s += strspn(*s, " ");
}

/* Exactly `n` digits, whatever follows. */
static bool
take_fixed(const char **s, int n, int *ret)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (!is_digit((*s)[i]))
			return false;
		v = v * 10 + ((*s)[i] - '0');
	}
	*s += n;
	*ret = v;
	return true;
}

/* From `min` to `max` digits and no digit after them. */
static bool
take_int(const char **s, int min, int max, int *ret)
{
	int n = 0;
	while (n <= max && is_digit((*s)[n]))
		n++;
	return n >= min && n <= max && take_fixed(s, n, ret);
}

static size_t
word_len(const char *s)
{
	size_t n = 0;
	while (is_letter(s[n]))
		n++;
	return n;
}

static void
take_fraction(const char **s, int *ret_ms)
{
	int scale = 100;
	if (((*s)[0] != '.' && (*s)[0] != ',') || !is_digit((*s)[1]))
		return;
	for ((*s)++; is_digit(**s); (*s)++, scale /= 10)
		*ret_ms += scale * (**s - '0');
}

static bool
take_offset(const char **s, struct civil *c)
{
	size_t len = 1 + strspn(*s + 1, "0123456789:");
	if ((**s != '+' && **s != '-') || zone_parse(*s, len, &c->zone) != 0)
		return false;
	c->has_zone = true;
	*s += len;
	return true;
}

static bool
take_zone_name(const char **s, struct civil *c)
{
	size_t len = word_len(*s);
	for (size_t i = 0; i < sizeof zone_names / sizeof *zone_names; i++)
		if (text_is(*s, len, zone_names[i].name)) {
			c->zone = (struct zone){ .offset_s = zone_names[i].hours * 3600 };
			c->has_zone = true;
			*s += len;
			return true;
		}
	return false;
}

/* Nothing, an offset, a name, or a name and the offset that it stands for. */
static bool
take_zone(const char **s, struct civil *c)
{
	take_spaces(s);
	if (is_letter(**s) && !take_zone_name(s, c))
		return false;
	take_spaces(s);
	return **s == '\0' || take_offset(s, c);
}

/* 20:30, 20:30:00.5, 20h30, 20h, 20 h 30 */
static bool
take_time(const char **s, struct civil *c)
{
	if (!take_int(s, 1, 2, &c->hour))
		return false;
	c->has_time = true;
	if (take(s, ":")) {
		if (!take_fixed(s, 2, &c->minute))
			return false;
		if (take(s, ":") && !take_fixed(s, 2, &c->second))
			return false;
		take_fraction(s, &c->ms);
		return !is_digit(**s);
	}
	take_spaces(s);
	if (!take(s, "h"))
		return false;
	take_spaces(s);
	if (is_digit(**s))
		return take_int(s, 2, 2, &c->minute);
	return true;
}

static bool
at_end(const char *s)
{
	take_spaces(&s);
	return *s == '\0';
}

/* ---- from pieces to an instant */

static bool
is_real(const struct civil *c)
{
	if (c->year < YEAR_MIN || c->year > YEAR_MAX || c->month < 1 || c->month > 12 || c->day < 1 ||
	    c->day > days_in_month(c->year, c->month))
		return false;
	if (c->hour == 24)	/* ISO 8601: the end of the day */
		return c->minute == 0 && c->second == 0 && c->ms == 0;
	return c->hour < 24 && c->minute < 60 && c->second <= 60;
}

static int
settle(const struct civil *c, const struct zone *zone, struct date *ret)
{
	if (!is_real(c))
		return -1;
	int64_t local_s = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
	    c->minute * 60 + c->second;
	ret->ms = zone_to_utc_s(c->has_zone ? &c->zone : zone, local_s) * 1000 + c->ms;
	ret->day_only = !c->has_time;
	ret->year = c->year;
	ret->month = c->month;
	ret->day = c->day;
	return 0;
}

static int
settle_epoch(int64_t ms, struct date *ret)
{
	if (ms < 0 || ms >= EPOCH_MAX_S * 1000)
		return -1;
	*ret = (struct date){ .ms = ms };
	return 0;
}

/* ---- the forms */

/* 2026-06-27, 2026/06/27, with T20:30:00.000+02:00, " 20:30:00", " 20:30:00 UTC" */
static int
read_iso(const char *s, const struct zone *zone, struct date *ret)
{
	struct civil c = { .ms = 0 };
	if (!take_fixed(&s, 4, &c.year) || (*s != '-' && *s != '/'))
		return -1;
	const char separator[2] = { *s++, '\0' };
	if (!take_fixed(&s, 2, &c.month) || !take(&s, separator) || !take_fixed(&s, 2, &c.day))
		return -1;
	if (*s == '\0')
		return settle(&c, zone, ret);
	if (!take(&s, "t") && !take(&s, " "))
		return -1;
	if (!take_time(&s, &c) || !take_zone(&s, &c) || !at_end(s))
		return -1;
	return settle(&c, zone, ret);
}

/* "2026-06-27T20:30:00Z", which most are, without a copy. */
static int
read_utc(const char *s, size_t len, struct date *ret)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	const struct zone utc = { .offset_s = 0 };
	struct civil c = { .has_time = true };
	if (len != sizeof form - 1)
		return -1;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == '0' ? !is_digit(s[i]) : s[i] != form[i])
			return -1;
	const char *year = s, *month = s + 5, *day = s + 8, *hour = s + 11, *minute = s + 14, *second = s + 17;
	(void)take_fixed(&year, 4, &c.year);
	(void)take_fixed(&month, 2, &c.month);
	(void)take_fixed(&day, 2, &c.day);
	(void)take_fixed(&hour, 2, &c.hour);
	(void)take_fixed(&minute, 2, &c.minute);
	(void)take_fixed(&second, 2, &c.second);
	return settle(&c, &utc, ret);
}

/* 20260704, 20260704T120000Z, 20260704120000 */
static int
read_basic(const char *s, const struct zone *zone, struct date *ret)
{
	struct civil c = { .ms = 0 };
	size_t digits = strspn(s, "0123456789");
	if ((digits != 8 && digits != 14) || !take_fixed(&s, 4, &c.year) ||
	    !take_fixed(&s, 2, &c.month) || !take_fixed(&s, 2, &c.day))
		return -1;
	if (*s == '\0')
		return settle(&c, zone, ret);
	c.has_time = true;
	if ((digits == 8 && !take(&s, "t")) || !take_fixed(&s, 2, &c.hour) || !take_fixed(&s, 2, &c.minute))
		return -1;
	if (is_digit(*s) && !take_fixed(&s, 2, &c.second))
		return -1;
	take_fraction(&s, &c.ms);
	if (!take_zone(&s, &c) || !at_end(s))
		return -1;
	return settle(&c, zone, ret);
}

/* "2026070420", eight in the evening, is also a second of 2034. */
static bool
is_dated_hour(const char *s)
{
	struct civil c = { .ms = 0 };
	return take_fixed(&s, 4, &c.year) && take_fixed(&s, 2, &c.month) && take_fixed(&s, 2, &c.day) &&
	    take_fixed(&s, 2, &c.hour) && c.hour < 24 && c.year >= 2000 && is_real(&c);
}

/* Ten digits are seconds, perhaps with a fraction; thirteen milliseconds.  No
 * machine writes a 0 before them. */
static int
read_epoch(const char *s, const struct zone *zone, struct date *ret)
{
	size_t digits = strspn(s, "0123456789");
	int64_t v = 0;
	int ms = 0;
	(void)zone;
	if ((digits != 10 && digits != 13) || s[0] == '0' || (digits == 10 && is_dated_hour(s)))
		return -1;
	for (size_t i = 0; i < digits; i++)
		v = v * 10 + (s[i] - '0');
	s += digits;
	take_fraction(&s, &ms);
	if (*s != '\0')
		return -1;
	return settle_epoch(digits == 10 ? v * 1000 + ms : v, ret);
}

/* /Date(1496731656000)/, /Date(1496731656000+0200)/: the offset is for show. */
static int
read_microsoft(const char *s, const struct zone *zone, struct date *ret)
{
	struct civil ignored;
	int64_t v = 0;
	int n = 0;
	(void)zone;
	if (!take(&s, "/date("))
		return -1;
	for (; n < 15 && is_digit(*s); n++)
		v = v * 10 + (*s++ - '0');
	if (*s == '+' || *s == '-')
		(void)take_offset(&s, &ignored);
	return n > 0 && take(&s, ")/") && *s == '\0' ? settle_epoch(v, ret) : -1;
}

/* 16/03/2017 20:30, 16.03.2017: only where day and month cannot be mistaken, or
 * the partner is known to write the day first. */
static int
read_slashed(const char *s, const struct zone *zone, struct date *ret)
{
	struct civil c = { .ms = 0 };
	if (!take_int(&s, 1, 2, &c.day) || strchr("/.-", *s) == NULL || *s == '\0')
		return -1;
	const char separator[2] = { *s++, '\0' };
	if (!take_int(&s, 1, 2, &c.month) || !take(&s, separator) || !take_int(&s, 4, 4, &c.year))
		return -1;
	if (!zone->day_first && c.day <= 12 && c.day != c.month)
		return -1;
	if (*s != '\0' && (!take(&s, " ") || !take_time(&s, &c) || !at_end(s)))
		return -1;
	return settle(&c, zone, ret);
}

static bool
take_month(const char **s, int *ret)
{
	size_t len = word_len(*s);
	for (size_t i = 0; i < sizeof months / sizeof *months; i++)
		if (text_is(*s, len, months[i].name)) {
			*s += len;
			(void)take(s, ".");
			*ret = months[i].month;
			return true;
		}
	return false;
}

/* Of RFC 2822: two digits are 1950 to 2049. */
static bool
take_year(const char **s, int *ret)
{
	const char *start = *s;
	if (!take_int(s, 2, 4, ret) || *s - start == 3)
		return false;
	if (*s - start == 2)
		*ret += *ret < 50 ? 2000 : 1900;
	return true;
}

static bool
take_day(const char **s, int *ret)
{
	if (!take_int(s, 1, 2, ret))
		return false;
	if (!take(s, "er") && !take(s, "st") && !take(s, "nd") && !take(s, "rd"))
		(void)take(s, "th");
	return true;
}

/* "16 mars 2017", "june 6, 2017", "jun  6 10:27:36 2017" */
static bool
take_worded_day(const char **s, struct civil *c)
{
	if (is_digit(**s)) {
		if (!take_day(s, &c->day) || !(take(s, " ") || take(s, "-")))
			return false;
		return take_month(s, &c->month) && (take(s, " ") || take(s, "-")) && take_year(s, &c->year);
	}
	if (!take_month(s, &c->month) || !take(s, " ") || !take_day(s, &c->day))
		return false;
	(void)take(s, ",");
	take_spaces(s);
	const char *before = *s;
	if (take_time(s, c) && take(s, " "))
		return take_int(s, 4, 4, &c->year);
	*s = before;
	c->has_time = false;
	c->hour = c->minute = c->second = c->ms = 0;
	return take_int(s, 4, 4, &c->year);
}

static bool
is_lead(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (text_is(s, len, leads[i]))
			return true;
	return false;
}

/* Words before the date ("Abonné depuis le", "Mon,") are passed over.  "mar." may
 * be a Tuesday: a month that no day follows is such a word. */
static bool
find_worded_day(const char **s, struct civil *c)
{
	for (;;) {
		const char *p = *s;
		size_t len = word_len(p);
		*c = (struct civil){ .ms = 0 };
		if (take_worded_day(&p, c)) {
			*s = p;
			return true;
		}
		if (len > 0 ? !is_lead(*s, len) : **s == '\0' || strchr(" ,.:", **s) == NULL)
			return false;
		*s += len > 0 ? len : 1;
	}
}

static int
read_worded(const char *s, const struct zone *zone, struct date *ret)
{
	struct civil c;
	if (!find_worded_day(&s, &c))
		return -1;
	(void)take(&s, ",");
	take_spaces(&s);
	if (take(&s, "à ") || take(&s, "at "))
		take_spaces(&s);
	if (is_digit(*s) && (c.has_time || !take_time(&s, &c)))
		return -1;
	if (c.has_time && !take_zone(&s, &c))
		return -1;
	(void)take(&s, ".");
	return at_end(s) ? settle(&c, zone, ret) : -1;
}

/* "[Europe/Paris]" behind a time (RFC 9557): the length without it, and the zone that times without an offset are of. */
static int
take_bracket(const char *s, size_t *len, struct zone *ret)
{
	const char *open = *len > 0 && s[*len - 1] == ']' ? memrchr(s, '[', *len) : NULL;
	if (open == NULL)
		return 0;
	size_t at = (size_t)(open - s), name_len = *len - at - 2;
	*len = at;
	return zone_parse(open + 1, name_len, ret);
}

int
date_read(const char *s, size_t len, const struct zone *zone, struct date *ret)
{
	static int (*const forms[])(const char *, const struct zone *, struct date *) = { read_iso, read_basic,
		read_epoch, read_microsoft, read_slashed, read_worded };
	char text[TEXT_MAX + 1];
	struct zone own = *zone;
	if (read_utc(s, len, ret) == 0)
		return 0;
	if (take_bracket(s, &len, &own) != 0)
		return -1;
	if (len > TEXT_MAX || memchr(s, '\0', len) != NULL)
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	text_lower(text, len);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (forms[i](text, &own, ret) == 0)
			return 0;
	return -1;
}

size_t
date_until(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof untils / sizeof *untils; i++) {
		size_t n = strlen(untils[i]);
		if (len >= n && strncasecmp(s, untils[i], n) == 0)
			return n;
	}
	return 0;
}

void
date_text(const struct date *d, struct buf *out)
{
	char text[TIME_TEXT_MAX];
	if (d->day_only)
		buf_fmt(out, "%04d-%02d-%02d", d->year, d->month, d->day);
	else
		buf_str(out, time_text(d->ms, text));
}

bool
date_timezone_valid(const char *name)
{
	struct zone z;
	return name != NULL && zone_parse(name, strlen(name), &z) == 0;
}
