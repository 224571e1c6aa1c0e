/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/icalendar.h"

#include <math.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "represent/put.h"
#include "represent/when.h"

enum { LINE_OCTETS = 75 };

static const char new_line[] = "\r\n", folded[] = "\r\n ";

/* A content line that is being written: folded so that no line has more than 75 octets. */
struct line {
	struct buf *out;
	size_t octets;		/* of the line that it is on */
};

static struct line
line_begin(struct buf *out, const char *name)
{
	buf_str(out, name);
	return (struct line){ out, strlen(name) };
}

static void
line_end(struct line *line)
{
	buf_str(line->out, new_line);
}

/* What must stand together: a character, or one with the backslash before it. */
static void
line_put(struct line *line, const char *s, size_t len)
{
	if (line->octets + len > LINE_OCTETS) {
		buf_str(line->out, folded);
		line->octets = 1;
	}
	buf_add(line->out, s, len);
	line->octets += len;
}

/* The value type TEXT (3.3.11); other control characters cannot be written and are left out. */
static void
line_text(struct line *line, struct text t)
{
	for (size_t i = 0, n; i < t.len; i += n) {
		char c = t.s[i], pair[2] = { '\\', c == '\n' ? 'n' : c };
		n = utf8_sequence(t.s + i, t.len - i);
		n += n == 0;
		if (c == '\\' || c == ';' || c == ',' || c == '\n')
			line_put(line, pair, 2);
		else if ((unsigned char)c >= ' ' && c != 0x7f)
			line_put(line, t.s + i, n);
	}
}

/* The value type URI, which knows no escapes. */
static void
line_uri(struct line *line, struct text t)
{
	for (size_t i = 0, n; i < t.len; i += n) {
		n = utf8_sequence(t.s + i, t.len - i);
		n += n == 0;
		if ((unsigned char)t.s[i] > ' ' && t.s[i] != 0x7f)
			line_put(line, t.s + i, n);
	}
}

static void
put_text_line(struct buf *out, const char *name, struct text t)
{
	if (t.s == NULL || t.len == 0)
		return;
	struct line line = line_begin(out, name);
	line_text(&line, t);
	line_end(&line);
}

static void
put_uri_line(struct buf *out, const char *name, struct text t)
{
	if (t.s == NULL || t.len == 0)
		return;
	struct line line = line_begin(out, name);
	line_uri(&line, t);
	line_end(&line);
}

/* "20270704" or "20270704T120000Z" */
static void
put_when_line(struct buf *out, const char *name, int64_t ms, bool is_day)
{
	enum { DAY_LETTERS = 10 };
	buf_str(out, name);
	buf_str(out, is_day ? ";VALUE=DATE:" : ":");
	size_t start = out->len, to = start;
	put_time(out, ms);
	if (is_day)
		buf_cut(out, start + DAY_LETTERS);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] != '-' && out->data[i] != ':')
			out->data[to++] = out->data[i];
	buf_cut(out, to);
	buf_str(out, new_line);
}

/* The first midnight that is not before it. */
static int64_t
day_after(int64_t ms)
{
	return (ms > 0 ? (ms + DAY_MS - 1) / DAY_MS : ms / DAY_MS) * DAY_MS;
}

/*
 * `ends_at` is the last day, DTEND the day after it; of an instant the day ends
 * at its midnight.  DTEND has the type of DTSTART (3.8.2.2).
 */
static void
put_when(struct buf *out, struct text properties)
{
	struct when from, to;
	if (!when_read(properties, "starts_at", &from))
		return;
	put_when_line(out, "DTSTART", from.ms, from.is_day);
	if (!when_read(properties, "ends_at", &to))
		return;
	int64_t end_ms = to.is_day ? to.ms + DAY_MS : from.is_day ? day_after(to.ms) : to.ms;
	if (end_ms > from.ms)
		put_when_line(out, "DTEND", end_ms, from.is_day);
}

static void
put_uid_line(struct buf *out, const struct listing_row *row)
{
	struct line line = line_begin(out, "UID:");
	line_text(&line, row->partner);
	line_put(&line, ":", 1);
	line_text(&line, row->listing.text[LISTING_EXTERNAL_ID]);
	line_end(&line);
}

static void
put_location(struct buf *out, const struct listing *l)
{
	struct buf place = BUF_INIT;
	put_address(&place, l);
	put_text_line(out, "LOCATION:", (struct text){ place.data, place.len });
	buf_done(&place);
}

static void
put_geo(struct buf *out, const struct listing *l)
{
	if (isnan(l->real[LISTING_LATITUDE]) || isnan(l->real[LISTING_LONGITUDE]))
		return;
	put_literal(out, "GEO:");
	put_degrees(out, l->real[LISTING_LATITUDE]);
	buf_char(out, ';');
	put_degrees(out, l->real[LISTING_LONGITUDE]);
	buf_str(out, new_line);
}

bool
icalendar_takes(const struct listing_row *row)
{
	struct when when;
	return when_read(row->listing.text[LISTING_PROPERTIES], "starts_at", &when);
}

void
icalendar_begin(struct buf *out, const struct represent *r)
{
	put_literal(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Vigie//Vigie//EN\r\nCALSCALE:GREGORIAN\r\n");
	/* What RFC 7986 has, and what was usual before. */
	put_literal(out, "REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n");
	if (r->title == NULL)
		return;
	put_text_line(out, "NAME:", (struct text){ r->title, strlen(r->title) });
	put_text_line(out, "X-WR-CALNAME:", (struct text){ r->title, strlen(r->title) });
}

void
icalendar_item(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	const struct listing *l = &row->listing;
	(void)r;
	put_literal(out, "BEGIN:VEVENT\r\n");
	put_uid_line(out, row);
	put_when_line(out, "DTSTAMP", row->changed_ms, false);
	put_when_line(out, "CREATED", row->first_seen_ms, false);
	put_when_line(out, "LAST-MODIFIED", row->changed_ms, false);
	put_when(out, l->text[LISTING_PROPERTIES]);
	put_text_line(out, "SUMMARY:", l->text[LISTING_TITLE]);
	put_text_line(out, "DESCRIPTION:", l->text[LISTING_DESCRIPTION]);
	put_location(out, l);
	put_geo(out, l);
	put_uri_line(out, "URL:", l->text[LISTING_URL]);
	put_uri_line(out, "IMAGE;VALUE=URI:", l->text[LISTING_IMAGE_URL]);
	put_text_line(out, "CATEGORIES:", l->text[LISTING_KIND]);
	/* It is an offer: nobody is busy because of it. */
	put_literal(out, "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n");
}

void
icalendar_end(struct buf *out, const struct represent *r)
{
	(void)r;
	put_literal(out, "END:VCALENDAR\r\n");
}
