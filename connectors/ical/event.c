/* SPDX-License-Identifier: Apache-2.0 */
#include "ical/event.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <time.h>

#include "lib/json_text.h"

static const char NO_START[] = "the event's beginning (DTSTART) is no date";
static const char NO_END[] = "the event's end (DTEND or DURATION) is no date";

struct event {
	icalcomponent *component;	/* owned */
	const struct ical_zones *zones;	/* NULL: not asked for */
	struct icaltimetype start, end;	/* end: null time if it has none */
	const char *start_zone, *end_zone;	/* TZID; NULL */
	bool zone_unknown;		/* a time was read that is of none that is known */
};

static icalproperty *
first(const struct event *e, icalproperty_kind kind)
{
	return icalcomponent_get_first_property(e->component, kind);
}

static icalproperty *
next(const struct event *e, icalproperty_kind kind)
{
	return icalcomponent_get_next_property(e->component, kind);
}

static const char *
zone_name(icalproperty *p)
{
	icalparameter *tzid = p != NULL ? icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER) : NULL;
	return tzid != NULL ? icalparameter_get_tzid(tzid) : NULL;
}

/* libical reads any digits as a date. */
static bool
is_real(const struct icaltimetype *t)
{
	if (icaltime_is_null_time(*t) || t->year < 1 || t->year > 9999 || t->month < 1 || t->month > 12 || t->day < 1 ||
	    t->day > icaltime_days_in_month(t->month, t->year))
		return false;
	return t->is_date || (t->hour >= 0 && t->hour < 24 && t->minute >= 0 && t->minute < 60 && t->second >= 0 &&
	    t->second <= 60);
}

/* ---- dates as text */

static void
add_day(const struct icaltimetype *t, struct buf *out)
{
	buf_fmt(out, "%04d-%02d-%02d", t->year, t->month, t->day);
}

/* "Europe/Paris": can it stand in brackets?  Other names, which the calendar does not explain, say nothing. */
static bool
is_zone_name(const char *s)
{
	return isalpha((unsigned char)*s) && strchr(s, '/') != NULL && strlen(s) < 64 &&
	    s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] == '\0';
}

static void
add_time(struct event *e, const struct icaltimetype *t, const char *zone, struct buf *out)
{
	struct icaltimetype at = *t;
	icaltimezone *known = zone != NULL && !t->is_date && e->zones != NULL ? ical_zones_find(e->zones, zone) : NULL;
	bool utc = icaltime_is_utc(*t);
	if (known != NULL && !utc) {
		time_t s = icaltime_as_timet_with_zone(*t, known);
		at = icaltime_from_timet_with_zone(s, 0, icaltimezone_get_utc_timezone());
		utc = true;
	}
	add_day(&at, out);
	if (at.is_date)
		return;
	e->zone_unknown |= zone != NULL && !utc;
	buf_fmt(out, "T%02d:%02d:%02d", at.hour, at.minute, at.second);
	if (utc)
		buf_char(out, 'Z');
	else if (zone != NULL && is_zone_name(zone))
		buf_fmt(out, "[%s]", zone);
}

static void
add_time_member(struct event *e, const char *name, const struct icaltimetype *t, const char *zone,
    struct buf *out)
{
	struct buf text = BUF_INIT;
	add_time(e, t, zone, &text);
	json_member(out, name, text.data, text.len);
	buf_done(&text);
}

/* ---- reading */

static int
read_end(struct event *e, const char **ret_problem)
{
	icalproperty *end = first(e, ICAL_DTEND_PROPERTY), *duration = first(e, ICAL_DURATION_PROPERTY);
	e->end = icaltime_null_time();
	if (end != NULL) {
		e->end = icalproperty_get_dtend(end);
		e->end_zone = zone_name(end);
	} else if (duration != NULL) {
		struct icaldurationtype d = icalproperty_get_duration(duration);
		e->end = icaltime_add(e->start, d);
		e->end_zone = e->start_zone;
	} else {
		return 0;
	}
	if (is_real(&e->end))
		return 0;
	*ret_problem = NO_END;
	return -1;
}

/* What libical could not read stands in properties of its own. */
static bool
has_error(const struct event *e, const char *beginning)
{
	icalproperty *p = first(e, ICAL_XLICERROR_PROPERTY);
	for (; p != NULL; p = next(e, ICAL_XLICERROR_PROPERTY)) {
		const char *text = icalproperty_get_xlicerror(p);
		if (text != NULL && strstr(text, beginning) != NULL)
			return true;
	}
	return false;
}

static int
open_event(struct event *e, const char *text, const char **ret_problem)
{
	e->component = icalparser_parse_string(text);
	if (e->component == NULL || icalcomponent_isa(e->component) != ICAL_VEVENT_COMPONENT) {
		*ret_problem = "the event cannot be read";
		return -1;
	}
	icalproperty *start = first(e, ICAL_DTSTART_PROPERTY);
	*ret_problem = NO_START;
	if (start == NULL)
		return -1;
	e->start = icalproperty_get_dtstart(start);
	e->start_zone = zone_name(start);
	if (!is_real(&e->start))
		return -1;
	*ret_problem = NO_END;
	if (has_error(e, "DTEND") || has_error(e, "DURATION"))
		return -1;
	return read_end(e, ret_problem);
}

static void
close_event(struct event *e)
{
	if (e->component != NULL)
		icalcomponent_free(e->component);
}

/* Its value as it is written in iCalendar, in upper case or lower; appended. */
static bool
value_text(icalproperty *p, struct buf *out)
{
	char *text = p != NULL ? icalproperty_get_value_as_string_r(p) : NULL;
	if (text == NULL)
		return false;
	buf_str(out, text);
	icalmemory_free_buffer(text);
	return true;
}

static bool
value_is(icalproperty *p, const char *a, const char *b)
{
	struct buf text = BUF_INIT;
	bool is = value_text(p, &text) && (strcasecmp(buf_cstr(&text), a) == 0 || strcasecmp(buf_cstr(&text), b) == 0);
	buf_done(&text);
	return is;
}

/* ---- members */

static void
add_text(const char *name, const char *text, struct buf *out)
{
	if (text != NULL)
		json_member(out, name, text, strlen(text));
}

static void
add_value(const char *name, icalproperty *p, struct buf *out)
{
	struct buf text = BUF_INIT;
	if (value_text(p, &text))
		json_member(out, name, text.data, text.len);
	buf_done(&text);
}

#define TEXT_OF(e, KIND, get) (first(e, KIND) != NULL ? get(first(e, KIND)) : NULL)

/* Without the locale's decimal point. */
static void
add_degrees(double degrees, struct buf *out)
{
	long long units = (long long)(fabs(degrees) * 1e7 + 0.5);
	buf_fmt(out, "%s%lld.%07lld", degrees < 0 ? "-" : "", units / 10000000, units % 10000000);
}

static void
add_geo(const struct event *e, struct buf *out)
{
	icalproperty *p = first(e, ICAL_GEO_PROPERTY);
	if (p == NULL)
		return;
	struct icalgeotype geo = icalproperty_get_geo(p);
	if (!(geo.lat >= -90 && geo.lat <= 90 && geo.lon >= -180 && geo.lon <= 180))
		return;
	json_name(out, "geo", strlen("geo"));
	buf_str(out, "{\"latitude\":");
	add_degrees(geo.lat, out);
	buf_str(out, ",\"longitude\":");
	add_degrees(geo.lon, out);
	buf_char(out, '}');
}

/* The last day of whole days; nothing where the end stands before the beginning. */
static void
add_dates(struct event *e, struct buf *out)
{
	struct icaltimetype end = e->end;
	add_time_member(e, "start", &e->start, e->start_zone, out);
	if (icaltime_is_null_time(end) || icaltime_compare_date_only(end, e->start) < 0)
		return;
	if (end.is_date && icaltime_compare_date_only(end, e->start) > 0)
		icaltime_adjust(&end, -1, 0, 0, 0);
	add_time_member(e, "end", &end, e->end_zone, out);
}

static void
add_categories(const struct event *e, struct buf *out)
{
	bool any = false;
	icalproperty *p = first(e, ICAL_CATEGORIES_PROPERTY);
	for (; p != NULL; p = next(e, ICAL_CATEGORIES_PROPERTY)) {
		const char *s = icalproperty_get_categories(p);
		while (s != NULL && *s != '\0') {
			s += strspn(s, " ,");
			size_t len = strcspn(s, ",");
			if (len == 0)
				continue;
			if (!any)
				json_name(out, "categories", strlen("categories"));
			buf_char(out, any ? ',' : '[');
			buf_json(out, s, len);
			any = true;
			s += len;
		}
	}
	if (any)
		buf_char(out, ']');
}

static void
add_image(const struct event *e, struct buf *out)
{
	icalproperty *p = first(e, ICAL_ATTACH_PROPERTY);
	for (; p != NULL; p = next(e, ICAL_ATTACH_PROPERTY)) {
		icalparameter *type = icalproperty_get_first_parameter(p, ICAL_FMTTYPE_PARAMETER);
		const char *mime = type != NULL ? icalparameter_get_fmttype(type) : NULL;
		icalattach *attach = icalproperty_get_attach(p);
		if (mime == NULL || strncasecmp(mime, "image/", strlen("image/")) != 0 || attach == NULL ||
		    !icalattach_get_is_url(attach))
			continue;
		add_text("image", icalattach_get_url(attach), out);
		return;
	}
}

/* ---- recurrence */

static struct icaltimetype
date_of(icalproperty *p, icalproperty_kind kind)
{
	if (kind == ICAL_EXDATE_PROPERTY)
		return icalproperty_get_exdate(p);
	struct icaldatetimeperiodtype d = icalproperty_get_rdate(p);
	return icaltime_is_null_time(d.time) ? d.period.start : d.time;
}

/* libical parts lists into properties of one date each. */
static void
add_date_list(struct event *e, icalproperty_kind kind, const char *name, struct buf *out)
{
	bool any = false;
	struct buf text = BUF_INIT;
	icalproperty *p = first(e, kind);
	for (; p != NULL; p = next(e, kind)) {
		struct icaltimetype t = date_of(p, kind);
		if (!is_real(&t))
			continue;
		if (!any)
			json_name(out, name, strlen(name));
		buf_char(out, any ? ',' : '[');
		buf_clear(&text);
		add_time(e, &t, zone_name(p), &text);
		buf_json(out, text.data, text.len);
		any = true;
	}
	if (any)
		buf_char(out, ']');
	buf_done(&text);
}

/* The rule as it stands: which dates it makes is not ours to say.  Appends nothing without one. */
static bool
add_recurrence(struct event *e, struct buf *out)
{
	if (first(e, ICAL_RRULE_PROPERTY) == NULL && first(e, ICAL_RDATE_PROPERTY) == NULL)
		return false;
	buf_char(out, '{');
	add_value("rule", first(e, ICAL_RRULE_PROPERTY), out);
	add_date_list(e, ICAL_RDATE_PROPERTY, "dates", out);
	add_date_list(e, ICAL_EXDATE_PROPERTY, "except", out);
	buf_char(out, '}');
	return true;
}

/* ---- as an item */

static bool
is_withdrawn(const struct event *e)
{
	return value_is(first(e, ICAL_STATUS_PROPERTY), "CANCELLED", "CANCELED") ||
	    value_is(first(e, ICAL_CLASS_PROPERTY), "PRIVATE", "CONFIDENTIAL");
}

static void
add_members(struct event *e, struct buf *out)
{
	struct buf recurrence = BUF_INIT;
	add_text("summary", TEXT_OF(e, ICAL_SUMMARY_PROPERTY, icalproperty_get_summary), out);
	add_text("description", TEXT_OF(e, ICAL_DESCRIPTION_PROPERTY, icalproperty_get_description), out);
	add_text("location", TEXT_OF(e, ICAL_LOCATION_PROPERTY, icalproperty_get_location), out);
	add_geo(e, out);
	add_dates(e, out);
	add_text("url", TEXT_OF(e, ICAL_URL_PROPERTY, icalproperty_get_url), out);
	add_image(e, out);
	add_categories(e, out);
	add_value("status", first(e, ICAL_STATUS_PROPERTY), out);
	add_value("last_modified", first(e, ICAL_LASTMODIFIED_PROPERTY), out);
	if (add_recurrence(e, &recurrence)) {
		json_name(out, "recurrence", strlen("recurrence"));
		buf_add(out, recurrence.data, recurrence.len);
	}
	buf_done(&recurrence);
}

static void
read_version(const struct event *e, struct ical_version *ret)
{
	const char *uid = TEXT_OF(e, ICAL_UID_PROPERTY, icalproperty_get_uid);
	int sequence = first(e, ICAL_SEQUENCE_PROPERTY) != NULL ? icalproperty_get_sequence(first(e, ICAL_SEQUENCE_PROPERTY)) : 0;
	ret->sequence = sequence > 0 ? (uint32_t)sequence : 0;
	buf_clear(&ret->key);
	if (uid == NULL)
		return;
	buf_fmt(&ret->key, "%s\n", uid);
	(void)value_text(first(e, ICAL_RECURRENCEID_PROPERTY), &ret->key);
}

int
ical_event_json(const char *text, const struct ical_zones *zones, struct buf *out, struct ical_version *ret_version,
    const char **ret_problem)
{
	struct event e = { .zones = zones };
	int rc = open_event(&e, text, ret_problem);
	bool withdrawn = e.component != NULL && is_withdrawn(&e);
	if (rc == 0 || withdrawn) {
		rc = 0;
		buf_char(out, '{');
		add_text("uid", TEXT_OF(&e, ICAL_UID_PROPERTY, icalproperty_get_uid), out);
		add_value("recurrence_id", first(&e, ICAL_RECURRENCEID_PROPERTY), out);
		if (withdrawn) {
			json_name(out, "withdrawn", strlen("withdrawn"));
			buf_str(out, "true");
		} else {
			add_members(&e, out);
		}
		buf_char(out, '}');
		read_version(&e, ret_version);
		rc = e.zone_unknown;
	}
	close_event(&e);
	return rc;
}

/* ---- as days */

/* Who leaves by noon leaves the day free; else it is taken. */
static struct icaltimetype
first_free_day(const struct event *e)
{
	struct icaltimetype end = icaltime_is_null_time(e->end) ? e->start : e->end;
	bool leaves = end.hour < 12 || (end.hour == 12 && end.minute == 0 && end.second == 0);
	bool taken = !end.is_date && !leaves;
	end.is_date = 1;
	end.hour = end.minute = end.second = 0;
	if (taken || icaltime_compare_date_only(end, e->start) <= 0)
		icaltime_adjust(&end, 1, 0, 0, 0);
	return end;
}

static void
day_text(const struct icaltimetype *t, char *out)
{
	(void)snprintf(out, ICAL_DAY_BYTES, "%04u-%02u-%02u", (unsigned)t->year % 10000, (unsigned)t->month % 100,
	    (unsigned)t->day % 100);
}

/* The days are those of the place: what libical compares has no zone, or it would compare the days in UTC. */
static void
to_home(struct icaltimetype *t, icaltimezone *home)
{
	if (home != NULL && icaltime_is_utc(*t) && !t->is_date)
		*t = icaltime_convert_to_zone(*t, home);
	t->zone = NULL;
}

static int
read_period(struct event *e, struct ical_period *ret, const char **ret_problem)
{
	struct icaltimetype free_day = first_free_day(e);
	struct buf repeats = BUF_INIT;
	if (icaltime_compare_date_only(free_day, e->start) <= 0) {
		*ret_problem = "an event ends before it begins";
		return -1;
	}
	day_text(&e->start, ret->start);
	day_text(&free_day, ret->end);
	ret->repeats = NULL;
	if (add_recurrence(e, &repeats))
		ret->repeats = buf_take(&repeats);
	buf_done(&repeats);
	return 1;
}

int
ical_event_period(const char *text, icaltimezone *home, struct ical_period *ret, const char **ret_problem)
{
	struct event e = { .zones = NULL };
	int rc = open_event(&e, text, ret_problem);
	to_home(&e.start, home);
	to_home(&e.end, home);
	if (e.component != NULL && (value_is(first(&e, ICAL_STATUS_PROPERTY), "CANCELLED", "CANCELED") ||
	    value_is(first(&e, ICAL_TRANSP_PROPERTY), "TRANSPARENT", "TRANSPARENT-NOCONFLICT")))
		rc = 0;
	else if (rc == 0)
		rc = read_period(&e, ret, ret_problem);
	close_event(&e);
	return rc;
}
