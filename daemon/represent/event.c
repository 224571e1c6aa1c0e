/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/event.h"

#include <inttypes.h>

#include "represent/geojson.h"
#include "represent/put.h"

const char *const event_names[EVENT_TYPES] = {
	[EVENT_NONE] = "",
	[EVENT_ADDED] = "listing.added",
	[EVENT_CHANGED] = "listing.changed",
	[EVENT_REMOVED] = "listing.removed",
	[EVENT_VERDICT] = "partner.verdict",
	[EVENT_TEST] = "vigie.test",
};

enum event_type
event_of_change(const struct news_change *c)
{
	bool seen = !c->gone && c->published;
	switch (c->op) {
	case CHANGE_ADDED:
	case CHANGE_RESTORED:
	case CHANGE_PUBLISHED:
		return seen ? EVENT_ADDED : EVENT_NONE;
	case CHANGE_CHANGED:
		return seen ? EVENT_CHANGED : EVENT_NONE;
	case CHANGE_REMOVED:
		/* What was not published when it was removed has been told of, or never was.  What has come back
		 * elsewhere since may have been: rather once too often. */
		return c->gone == c->published ? EVENT_REMOVED : EVENT_NONE;
	case CHANGE_WITHDRAWN:
		return seen ? EVENT_NONE : EVENT_REMOVED;
	default:
		return EVENT_NONE;
	}
}

void
event_change_id(char out[EVENT_ID_MAX], const struct news_change *c)
{
	(void)snprintf(out, EVENT_ID_MAX, "change-%" PRId64 "-%" PRId64, c->change, c->at_ms);
}

void
event_turn_id(char out[EVENT_ID_MAX], const struct news_turn *t)
{
	(void)snprintf(out, EVENT_ID_MAX, "verdict-%" PRId64 "-%" PRId64, t->turn, t->at_ms);
}

/* ---- members */

static void
put_json(struct buf *out, const char *name, struct text value)
{
	buf_fmt(out, "\"%s\":", name);
	if (value.s != NULL)
		buf_json(out, value.s, value.len);
	else
		put_literal(out, "null");
}

static void
put_string(struct buf *out, const char *name, const char *value)
{
	put_json(out, name, (struct text){ value, value != NULL ? strlen(value) : 0 });
}

static void
put_attributes(struct buf *out, const char *source, enum event_type type, const char *id, int64_t at_ms)
{
	char time[TIME_TEXT_MAX];
	(void)time_text(at_ms, time);
	put_literal(out, "{\"specversion\":\"1.0\",");
	put_string(out, "id", id);
	buf_char(out, ',');
	put_string(out, "source", source);
	buf_fmt(out, ",\"type\":\"%s\",\"time\":\"%s\",\"timestamp\":\"%s\",\"datacontenttype\":\"application/json\",",
	    event_names[type], time, time);
}

static void
put_uid_member(struct buf *out, const char *name, const struct news_change *c)
{
	buf_fmt(out, "\"%s\":\"", name);
	buf_json_part(out, c->partner.s, c->partner.len);
	buf_char(out, ':');
	buf_json_part(out, c->external_id.s, c->external_id.len);
	put_literal(out, "\",");
}

/* ---- events */

void
event_change(struct buf *out, const char *source, const struct news_change *c, const struct listing_row *row)
{
	char id[EVENT_ID_MAX];
	event_change_id(id, c);
	put_attributes(out, source, event_of_change(c), id, c->at_ms);
	put_uid_member(out, "subject", c);
	buf_fmt(out, "\"data\":{\"change\":%" PRId64 ",", c->change);
	put_uid_member(out, "uid", c);
	put_json(out, "partner", c->partner);
	buf_char(out, ',');
	put_json(out, "kind", c->kind);
	if (row != NULL) {
		put_literal(out, ",\"listing\":");
		geojson_feature(out, NULL, row);
	}
	put_literal(out, "}}");
}

void
event_turn(struct buf *out, const char *source, const struct news_turn *t)
{
	char id[EVENT_ID_MAX];
	event_turn_id(id, t);
	put_attributes(out, source, EVENT_VERDICT, id, t->at_ms);
	put_string(out, "subject", t->partner);
	put_literal(out, ",\"data\":{");
	put_string(out, "partner", t->partner);
	buf_char(out, ',');
	put_string(out, "name", t->name);
	buf_char(out, ',');
	put_string(out, "verdict", t->verdict);
	buf_char(out, ',');
	put_string(out, "before", t->before);
	buf_char(out, ',');
	put_string(out, "replaced_by", t->replaced_by);
	put_literal(out, ",\"probability\":");
	put_real(out, t->probability);
	put_literal(out, "}}");
}

void
event_test(struct buf *out, const char *source, const char *id, int64_t now_ms)
{
	put_attributes(out, source, EVENT_TEST, id, now_ms);
	put_literal(out, "\"data\":{\"message\":\"This is a test.\"}}");
}
