/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/put.h"

#include <assert.h>
#include <math.h>

#include "base/clock.h"
#include "base/num.h"

enum { NUMBER_MAX = 32, DAYS_OF_ERA = 146097, YEARS_OF_ERA = 400 };

#define TEN(d) d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"
static const char pairs[] = TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

/* Numbers are written where they are to stand: what was written in parts somewhere else would be long in being read. */

static int
count_digits(uint64_t value)
{
	int n = 1;
	for (; value > 99; value /= 100)
		n += 2;
	return n + (value > 9);
}

/* Backwards from `end`, at least `least` digits; returns where they begin. */
static char *
digits(char *end, uint64_t value, int least)
{
	for (; value > 9 || least > 1; value /= 100, least -= 2) {
		end -= 2;
		memcpy(end, pairs + 2 * (value % 100), 2);
	}
	if (value != 0 || least > 0)
		*--end = (char)('0' + value);
	return end;
}

static uint64_t
magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

void
put_integer(struct buf *out, int64_t value)
{
	put_scaled(out, value, 0, '.');
}

void
put_scaled(struct buf *out, int64_t value, int decimals, char point)
{
	static const uint64_t powers[PUT_DECIMALS_MAX + 1] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
	assert(decimals >= 0 && decimals <= PUT_DECIMALS_MAX);
	uint64_t whole = magnitude(value), part = whole % powers[decimals];
	whole /= powers[decimals];
	buf_reserve(out, NUMBER_MAX);
	char *start = out->data + out->len, *end = start + (value < 0) + count_digits(whole) + (decimals > 0 ? decimals + 1 : 0);
	char *p = end;
	*start = '-';
	if (decimals > 0) {
		p = digits(end, part, decimals);
		*--p = point;
	}
	(void)digits(p, whole, 1);
	buf_cut(out, (size_t)(end - out->data));
}

void
put_degrees(struct buf *out, double degrees)
{
	int64_t scaled = llround(degrees * 1e7);
	int decimals = DEGREES_DECIMALS;
	while (decimals > 0 && scaled % 10 == 0) {
		scaled /= 10;
		decimals--;
	}
	put_scaled(out, scaled, decimals, '.');
}

void
put_real(struct buf *out, double value)
{
	char text[NUM_TEXT_MAX];
	buf_add(out, text, num_text(value, text));
}

/* Two digits and `after`. */
static char *
two(char *p, unsigned value, char after)
{
	memcpy(p, pairs + (size_t)2 * value, 2);
	p[2] = after;
	return p + 3;
}

/*
 * Years begin in March here, so that the leap day comes last (the algorithm is
 * Howard Hinnant's, « chrono-compatible low-level date algorithms »).
 */
void
put_time(struct buf *out, int64_t t_ms)
{
	enum { LENGTH = 20, DAY_S = 86400, MARCH_EPOCH = 719468, YEAR_9999 = 2932896 };
	int64_t s = t_ms / SECOND_MS - (t_ms % SECOND_MS < 0), since = s / DAY_S - (s % DAY_S < 0);
	if (since < -MARCH_EPOCH || since > YEAR_9999) {	/* never in a catalogue; RFC 3339 could not write it */
		put_literal(out, "0000-01-01T00:00:00Z");
		return;
	}
	unsigned second = (unsigned)(s - since * DAY_S), days = (unsigned)(since + MARCH_EPOCH);
	unsigned era = days / DAYS_OF_ERA, day = days % DAYS_OF_ERA;
	unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	unsigned month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	year += era * YEARS_OF_ERA + (month >= 10);
	buf_reserve(out, LENGTH);
	char *p = out->data + out->len;
	p = two(p, year / 100, '-') - 1;
	p = two(p, year % 100, '-');
	p = two(p, month < 10 ? month + 3 : month - 9, '-');
	p = two(p, day + 1, 'T');
	p = two(p, second / 3600, ':');
	p = two(p, second / 60 % 60, ':');
	(void)two(p, second % 60, 'Z');
	buf_cut(out, out->len + LENGTH);
}

void
put_segment(struct buf *out, const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF", plain[] = "-._~:@";
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr(plain, c) != NULL))
			buf_char(out, (char)c);
		else
			buf_add(out, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
	}
}

static bool
holds(struct text whole, struct text part)
{
	return whole.s != NULL && part.s != NULL && part.len > 0 && memmem(whole.s, whole.len, part.s, part.len) != NULL;
}

void
put_address(struct buf *out, const struct listing *l)
{
	const struct text street = l->text[LISTING_STREET], postcode = l->text[LISTING_POSTCODE], town = l->text[LISTING_LOCALITY];
	const struct { struct text text; const char *before; } parts[] = { { street, "" }, { postcode, ", " },
		{ town, postcode.len > 0 ? " " : ", " } };
	const size_t start = out->len, n = holds(street, postcode) && holds(street, town) ? 1 : sizeof parts / sizeof parts[0];
	for (size_t i = 0; i < n; i++) {
		if (parts[i].text.len == 0)
			continue;
		if (out->len > start)
			buf_str(out, parts[i].before);
		put_text(out, parts[i].text);
	}
}

void
put_item_url(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	struct text id = row->listing.text[LISTING_EXTERNAL_ID];
	buf_str(out, r->base_url);
	put_literal(out, "/collections/all/items/");
	put_segment(out, row->partner.s, row->partner.len);
	buf_char(out, ':');
	put_segment(out, id.s, id.len);
}
