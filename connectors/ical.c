/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ical: calendars (RFC 5545).
 *
 * mode = events: each VEVENT is a listing.  One that repeats is one listing
 * with its rule; the dates that the rule makes are not invented.
 *
 * mode = availability: the calendar of one thing for hire is one listing, whose
 * words the partner's file says; of the events only their days are taken.  In
 * such calendars SUMMARY and DESCRIPTION hold guests' names, digits of their
 * telephone numbers and the addresses of their bookings: these lines are
 * dropped before they are read.
 *
 *	OUTSIDE ─BEGIN:VCALENDAR─► CALENDAR ─BEGIN:VEVENT─► EVENT
 *	   ▲                        │  ▲ │ └─BEGIN:VTIMEZONE─► ZONE
 *	   └──────END:VCALENDAR─────┘  │ └───BEGIN:…─────────► OTHER
 *	                               └────────END:…──────────┘
 *
 * An END that ends nothing is stepped over: what follows it belongs where it stands.
 */
#include "base/buf.h"
#include "ical/event.h"
#include "ical/lines.h"
#include "ical/zones.h"
#include "lib/hashes.h"
#include "lib/json_text.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

enum { PERIODS_MAX = 20000, DEPTH_MAX = 16, WAITING_MAX_BYTES = 16 << 20 };

static const struct vigie_option options[] = {
	{ "mode", VIGIE_OPTION_CHOICE, NULL, "events", false, "events availability",
	    "events: each event is a listing; availability: the calendar is one listing, with the days when it is taken" },
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "expression that gives an event's own identifier, by default its UID; with mode = availability a text in quotes" },
	RECORD_OPTIONS,
	{ "timezone", VIGIE_OPTION_TEXT, "normalise", "Europe/Paris", false, NULL,
	    "zone of times that have none; with mode = availability, of the days that are taken" },
	{ .type = VIGIE_OPTION_END },
};

static const struct record_default event_defaults[] = {
	{ "id", "\"{/uid}/{/recurrence_id}\" | /uid" },
	{ "tombstone", "/withdrawn = true" },
	{ "title", "/summary" },
	{ "description", "/description" },
	{ "url", "/url" },
	{ "image_url", "/image" },
	{ "latitude", "/geo/latitude" },
	{ "longitude", "/geo/longitude" },
	{ "starts_at", "/start" },
	{ "ends_at", "/end" },
	{ "source_updated_at", "/last_modified" },
	{ "properties.location", "/location" },
	{ "properties.categories", "/categories" },
	{ "properties.status", "/status" },
	{ "properties.recurrence", "/recurrence" },
	{ NULL, NULL },
};

static const struct record_default availability_defaults[] = {
	{ "id", "\"calendar\"" },
	{ "properties.unavailable", "/unavailable" },
	{ NULL, NULL },
};

/* Lines of an event that are read; no others are even kept. */
static const char *const event_lines[] = {
	"UID", "RECURRENCE-ID", "SUMMARY", "DESCRIPTION", "LOCATION", "GEO", "DTSTART", "DTEND", "DURATION", "URL",
	"ATTACH", "CATEGORIES", "STATUS", "CLASS", "RRULE", "RDATE", "EXDATE", "LAST-MODIFIED", "SEQUENCE",
	NULL
};
static const char *const availability_lines[] = {
	"DTSTART", "DTEND", "DURATION", "STATUS", "TRANSP", "RRULE", "RDATE", "EXDATE", NULL
};

enum ical_state { ICAL_OUTSIDE, ICAL_CALENDAR, ICAL_EVENT, ICAL_ZONE, ICAL_OTHER };

struct ical {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *url;		/* borrowed from the setup */
	const char *timezone;		/* the partner's; borrowed from the setup */
	struct record *record;
	size_t max_bytes;
	bool availability;
	const char *const *wanted;	/* lines of an event */

	struct ical_lines lines;
	enum ical_state state;
	unsigned depth;			/* of components inside the one that the state is of */
	bool any, failed;		/* a calendar has begun; host->fail was called */
	bool cut;			/* the event is too big */
	struct buf component;		/* text of the event, or of the zone */
	icaltimezone *home;		/* that of `timezone`; NULL: not known */
	struct ical_zones zones;
	struct buf waiting;		/* events whose zone the calendar may still define, NUL after each */
	struct ical_version version;
	struct hashes sequences;	/* key of a version -> highest SEQUENCE so far, if not 0 */
	bool own_id;			/* the partner's file says what identifies an event */
	struct buf item;

	struct ical_period *periods;
	size_t n_periods;
};

/* ---- set-up */

static void
drop_periods(struct ical *c)
{
	for (size_t i = 0; i < c->n_periods; i++)
		free(c->periods[i].repeats);
	free(c->periods);
	c->periods = NULL;
	c->n_periods = 0;
}

static void
ical_close(void *self)
{
	struct ical *c = self;
	if (c == NULL)
		return;
	drop_periods(c);
	ical_zones_clear(&c->zones);
	ical_lines_done(&c->lines);
	record_free(c->record);
	buf_done(&c->component);
	buf_done(&c->waiting);
	buf_done(&c->version.key);
	hashes_done(&c->sequences);
	buf_done(&c->item);
	free(c);
}

static int on_line(void *arg, const char *line, size_t len, bool cut);

static void *
ical_open(const struct vigie_setup *setup, struct vigie_complaint *complaint)
{
	struct ical *c = xcalloc(1, sizeof *c);
	const char *mode = setting_text(setup, "ical", "mode");
	c->host = setup->host;
	c->run = setup->run;
	c->url = setup->url;
	c->timezone = setting_text(setup, "normalise", "timezone");
	c->own_id = setting_text(setup, "ical", "id") != NULL;
	c->max_bytes = setup->max_item_bytes;
	c->availability = mode != NULL && strcmp(mode, "availability") == 0;
	c->wanted = c->availability ? availability_lines : event_lines;
	ical_lines_init(&c->lines, c->max_bytes, on_line, c);
	c->record = record_new_with(setup, "ical", c->availability ? availability_defaults : event_defaults, complaint);
	if (c->record != NULL)
		return c;
	ical_close(c);
	return NULL;
}

/* libical reads the file of a zone when it is first asked for. */
static void
ical_load(void *self)
{
	icalarray *zones = icaltimezone_get_builtin_timezones();
	(void)self;
	for (size_t i = 0; i < zones->num_elements; i++)
		(void)icaltimezone_get_component(icalarray_element_at(zones, i));
	(void)icaltimezone_get_utc_timezone();
}

static int
fail(struct ical *c, enum vigie_failure why, const char *text)
{
	if (!c->failed)
		c->host->fail(c->run, why, text);
	c->failed = true;
	return -1;
}

/* ---- an event has ended */

static int
ical_item(void *self, const char *raw, size_t len)
{
	struct ical *c = self;
	record_read(c->record, raw, len);
	return 0;
}

static void
give_item(struct ical *c)
{
	record_item(c->record, c->item.data, c->item.len);
}

/* It is kept aside as it came, but for the lines that nobody reads. */
static void
reject_event(struct ical *c, const char *problem)
{
	buf_clear(&c->item);
	buf_char(&c->item, '{');
	json_member(&c->item, "vevent", c->component.data, c->component.len);
	buf_char(&c->item, '}');
	if (!c->host->known(c->run, c->item.data, c->item.len))
		record_reject(c->record, problem);
}

static int
add_period(struct ical *c, const char *text)
{
	struct ical_period period;
	const char *problem = NULL;
	int rc = ical_event_period(text, c->home, &period, &problem);
	if (rc < 0)	/* Without it days would look free that are not. */
		return fail(c, VIGIE_WRONG_FORMAT, problem);
	if (rc == 0)
		return 0;
	if (c->n_periods == PERIODS_MAX) {
		free(period.repeats);
		return fail(c, VIGIE_TOO_BIG, "the calendar has more than 20000 events");
	}
	if ((c->n_periods & (c->n_periods - 1)) == 0)
		c->periods = xrealloc(c->periods, c->n_periods * 2 + 1, sizeof *c->periods);
	c->periods[c->n_periods++] = period;
	return 0;
}

/* A later version of it stood before. */
static bool
is_superseded(struct ical *c)
{
	if (c->own_id || c->version.key.len == 0)
		return false;
	uint32_t highest = hashes_get(&c->sequences, c->version.key.data);
	if (c->version.sequence > highest)
		*hashes_at(&c->sequences, c->version.key.data) = c->version.sequence;
	return c->version.sequence < highest;
}

static void
wait_for_zone(struct ical *c)
{
	if (c->component.len < WAITING_MAX_BYTES - c->waiting.len)
		buf_add(&c->waiting, c->component.data, c->component.len + 1);
	else
		reject_event(c, "the event's time zone is not defined before it");
}

/* Its VTIMEZONE may still come, but after `all` of the calendar such a time is in the partner's zone. */
static void
read_event(struct ical *c, bool all)
{
	const char *problem = NULL;
	buf_clear(&c->item);
	int rc = ical_event_json(buf_cstr(&c->component), &c->zones, &c->item, &c->version, &problem);
	if (rc < 0)
		reject_event(c, problem);
	else if (rc == 1 && !all)
		wait_for_zone(c);
	else if (!is_superseded(c))
		give_item(c);
}

static int
end_event(struct ical *c)
{
	buf_str(&c->component, "END:VEVENT\r\n");
	if (c->availability)
		return c->cut ? fail(c, VIGIE_TOO_BIG, "an event is too big") : add_period(c, buf_cstr(&c->component));
	if (c->cut)
		reject_event(c, "the event is too big");
	else
		read_event(c, false);
	return 0;
}

static void
end_calendar(struct ical *c)
{
	size_t len;
	for (size_t at = 0; at < c->waiting.len; at += len + 1) {
		len = strlen(c->waiting.data + at);
		buf_clear(&c->component);
		buf_add(&c->component, c->waiting.data + at, len);
		read_event(c, true);
	}
	buf_clear(&c->waiting);
	c->state = ICAL_OUTSIDE;
}

/* ---- lines */

static bool
is_wanted(const struct ical *c, const char *line, size_t name_len)
{
	for (const char *const *w = c->wanted; *w != NULL; w++)
		if (strlen(*w) == name_len && strncasecmp(*w, line, name_len) == 0)
			return true;
	return false;
}

/* A NUL would end the text there. */
static void
add_line(struct ical *c, const char *line, size_t len)
{
	size_t at = c->component.len, limit = c->state == ICAL_ZONE ? ICAL_ZONE_MAX_BYTES : c->max_bytes;
	if (len > limit - at) {
		c->cut = true;
		return;
	}
	buf_add(&c->component, line, len);
	for (char *s = c->component.data + at; (s = memchr(s, '\0', (size_t)(c->component.data + c->component.len - s))) != NULL;)
		*s = ' ';
	buf_str(&c->component, "\r\n");
}

static void
enter(struct ical *c, enum ical_state state)
{
	c->state = state;
	c->depth = 0;
	c->cut = false;
	buf_clear(&c->component);
}

static bool
value_is(const char *value, size_t len, const char *what)
{
	while (len > 0 && value[len - 1] == ' ')
		len--;
	return len == strlen(what) && strncasecmp(value, what, len) == 0;
}

/* BEGIN in a calendar. */
static void
begin_component(struct ical *c, const char *name, size_t len)
{
	bool event = value_is(name, len, "VEVENT"), zone = value_is(name, len, "VTIMEZONE");
	enter(c, event ? ICAL_EVENT : zone ? ICAL_ZONE : ICAL_OTHER);
	if (event || zone)
		buf_str(&c->component, event ? "BEGIN:VEVENT\r\n" : "BEGIN:VTIMEZONE\r\n");
}

/* END:VCALENDAR where something else should end, or BEGIN:VEVENT in an event: it was cut off. */
static int
broken_off(struct ical *c)
{
	if (c->state == ICAL_EVENT && c->availability)
		return fail(c, VIGIE_WRONG_FORMAT, "an event has no END:VEVENT");
	if (c->state == ICAL_EVENT)
		reject_event(c, "the event has no END:VEVENT");
	enter(c, ICAL_CALENDAR);
	return 0;
}

static int
end_component(struct ical *c)
{
	int rc = 0;
	if (c->state == ICAL_EVENT)
		rc = end_event(c);
	if (c->state == ICAL_ZONE && !c->cut) {
		buf_str(&c->component, "END:VTIMEZONE\r\n");
		ical_zones_add(&c->zones, buf_cstr(&c->component));
	}
	enter(c, ICAL_CALENDAR);
	return rc;
}

static int
line_outside(struct ical *c, bool begin, const char *value, size_t len)
{
	bool calendar = begin && value_is(value, len, "VCALENDAR");
	if (!calendar && !c->any)
		return fail(c, VIGIE_WRONG_FORMAT, "this is not a calendar: it does not begin with BEGIN:VCALENDAR");
	if (!calendar)
		return begin ? fail(c, VIGIE_WRONG_FORMAT, "something begins after the calendar's end (END:VCALENDAR)") : 0;
	c->any = true;
	enter(c, ICAL_CALENDAR);
	return 0;
}

/* Is this the END of what the state is of? */
static bool
ends(const struct ical *c, const char *value, size_t len)
{
	return c->state == ICAL_OTHER || value_is(value, len, c->state == ICAL_EVENT ? "VEVENT" : "VTIMEZONE");
}

/* In an event, a zone, or anything else. */
static int
line_inside(struct ical *c, const char *line, size_t len, bool begin, bool end)
{
	const char *value = line + (begin ? strlen("BEGIN:") : strlen("END:"));
	size_t value_len = len - (size_t)(value - line);
	if (end && value_is(value, value_len, "VCALENDAR")) {
		if (broken_off(c) != 0)
			return -1;
		end_calendar(c);
		return 0;
	}
	if (begin && value_is(value, value_len, "VEVENT")) {
		if (broken_off(c) != 0)
			return -1;
		begin_component(c, value, value_len);
		return 0;
	}
	if (end && c->depth == 0)
		return ends(c, value, value_len) ? end_component(c) : 0;
	if (begin && ++c->depth > DEPTH_MAX)
		return fail(c, VIGIE_TOO_DEEP, "components are nested more than 16 deep");
	if (c->state == ICAL_ZONE)
		add_line(c, line, len);
	c->depth -= end;
	return 0;
}

/* Other ways to say when something is taken: unread, its days would look free. */
static bool
hides_days(const struct ical *c, const char *value, size_t len)
{
	return c->availability && (value_is(value, len, "VFREEBUSY") || value_is(value, len, "VAVAILABILITY"));
}

static int
on_line(void *arg, const char *line, size_t len, bool cut)
{
	struct ical *c = arg;
	size_t name_len = ical_name_len(line, len);
	bool begin = name_len == 5 && strncasecmp(line, "BEGIN:", 6) == 0;
	bool end = name_len == 3 && strncasecmp(line, "END:", 4) == 0;
	if (begin && hides_days(c, line + name_len + 1, len - name_len - 1))
		return fail(c, VIGIE_WRONG_SHAPE, "it says by VFREEBUSY or VAVAILABILITY when it is taken: only VEVENT is read");
	switch (c->state) {
	case ICAL_OUTSIDE:
		return line_outside(c, begin, line + name_len + 1, begin ? len - name_len - 1 : 0);
	case ICAL_CALENDAR:
		if (begin)
			begin_component(c, line + name_len + 1, len - name_len - 1);
		else if (end && value_is(line + name_len + 1, len - name_len - 1, "VCALENDAR"))
			end_calendar(c);
		return 0;
	case ICAL_EVENT:
		if (begin || end)
			return line_inside(c, line, len, begin, end);
		if (c->depth == 0 && is_wanted(c, line, name_len)) {
			c->cut |= cut;
			add_line(c, line, len);
		}
		return 0;
	case ICAL_ZONE:
	case ICAL_OTHER:
		if (begin || end)
			return line_inside(c, line, len, begin, end);
		if (c->state == ICAL_ZONE)
			add_line(c, line, len);
		return 0;
	}
	return 0;
}

/* ---- the listing of availability */

static int
compare_periods(const void *a, const void *b)
{
	const struct ical_period *x = a, *y = b;
	int order = strcmp(x->start, y->start);
	return order != 0 ? order : strcmp(x->end, y->end);
}

static void
add_days(struct buf *out, const char *start, const char *end, const char *repeats)
{
	buf_char(out, out->data[out->len - 1] == '[' ? '{' : ',');
	if (out->data[out->len - 1] == ',')
		buf_char(out, '{');
	json_member(out, "start", start, strlen(start));
	json_member(out, "end", end, strlen(end));
	if (repeats != NULL) {
		json_name(out, "repeats", strlen("repeats"));
		buf_str(out, repeats);
	}
	buf_char(out, '}');
}

/* Sorted; what overlaps or touches is one, but for what repeats. */
static void
give_availability(struct ical *c)
{
	const char *start = NULL, *end = NULL;
	if (c->n_periods > 1)
		qsort(c->periods, c->n_periods, sizeof *c->periods, compare_periods);
	buf_clear(&c->item);
	buf_str(&c->item, "{\"unavailable\":[");
	for (size_t i = 0; i < c->n_periods; i++) {
		const struct ical_period *p = &c->periods[i];
		if (p->repeats != NULL)
			continue;
		if (start != NULL && strcmp(p->start, end) <= 0) {
			end = strcmp(p->end, end) > 0 ? p->end : end;
			continue;
		}
		if (start != NULL)
			add_days(&c->item, start, end, NULL);
		start = p->start;
		end = p->end;
	}
	if (start != NULL)
		add_days(&c->item, start, end, NULL);
	for (size_t i = 0; i < c->n_periods; i++)
		if (c->periods[i].repeats != NULL)
			add_days(&c->item, c->periods[i].start, c->periods[i].end, c->periods[i].repeats);
	buf_str(&c->item, "]}");
	give_item(c);
}

/* ---- the document */

static int
ical_first(void *self, struct vigie_request *ret)
{
	const struct ical *c = self;
	*ret = (struct vigie_request){ .url = c->url };
	return 0;
}

static int
ical_begin(void *self, const struct vigie_answer *answer)
{
	struct ical *c = self;
	(void)answer;
	drop_periods(c);
	c->home = c->timezone != NULL ? icaltimezone_get_builtin_timezone(c->timezone) : NULL;
	ical_zones_clear(&c->zones);
	buf_clear(&c->waiting);
	hashes_done(&c->sequences);
	ical_lines_reset(&c->lines);
	enter(c, ICAL_OUTSIDE);
	c->any = c->failed = false;
	return 0;
}

static int
ical_feed(void *self, const char *chunk, size_t len)
{
	struct ical *c = self;
	return ical_lines_feed(&c->lines, chunk, len);
}

static int
ical_end(void *self, struct vigie_next *ret)
{
	struct ical *c = self;
	if (ical_lines_end(&c->lines) != 0)
		return -1;
	if (!c->any)
		return fail(c, VIGIE_WRONG_FORMAT, "the answer is empty");
	if (c->state != ICAL_OUTSIDE)
		return fail(c, VIGIE_TRUNCATED, "the calendar stops before its end (END:VCALENDAR)");
	if (c->availability)
		give_availability(c);
	ret->more = false;
	return 0;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "ical",
	.summary = "calendars: events, or when something is taken",
	.options = options,
	.open = ical_open,
	.close = ical_close,
	.load = ical_load,
	.first = ical_first,
	.begin = ical_begin,
	.feed = ical_feed,
	.end = ical_end,
	.item = ical_item,
};
