/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gbfs: shared bicycles, scooters and cars after the General Bikeshare Feed
 * Specification, 1.0 to 3.0.
 *
 *	START ──gbfs.json──► SYSTEM ──► (STATUS) ──► STATIONS ──► the end
 *	  └──a station_information.json itself──► the end
 *
 * A listing is a station, or the system as a whole; never a vehicle, for its
 * identifier changes with every hire.  How many vehicles stand where changes
 * all the time and is left out, unless it is asked for.
 *
 * An item is the station's own object with a member `system` before the
 * others: name, operator and address of the system; and `status`, if so.
 */
#include <cjson/cJSON.h>

#include "base/buf.h"
#include "gbfs/status.h"
#include "lib/frame.h"
#include "lib/json_text.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

enum { SYSTEM_MAX_BYTES = 64 << 10 };

static const struct vigie_option options[] = {
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "expression that gives an item's own identifier; by default its station_id" },
	{ "listings", VIGIE_OPTION_CHOICE, NULL, "stations", false, "stations system",
	    "what becomes a listing: each station, or the system as a whole" },
	{ "status", VIGIE_OPTION_BOOLEAN, NULL, "no", false, NULL,
	    "also say of each station whether it works and how many vehicles and docks are free, which changes by the minute" },
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

static const struct record_default defaults[] = {
	{ "id", "/station_id | /system_id" },
	{ "title", "/name | /short_name" },
	{ "url", "/rental_uris/web | /url | /system/url" },
	{ "latitude", "/lat" },
	{ "longitude", "/lon" },
	{ "street", "/address" },
	{ "postcode", "/post_code" },
	{ "capacity", "/capacity" },
	{ "properties.system", "/system/name" },
	{ "properties.operator", "/operator | /system/operator" },
	{ "properties.short_name", "/short_name" },
	{ "properties.cross_street", "/cross_street" },
	{ "properties.opening_hours", "/station_opening_hours | /opening_hours" },
	{ "properties.parking_type", "/parking_type" },
	{ "properties.is_virtual_station", "/is_virtual_station" },
	{ "properties.is_charging_station", "/is_charging_station" },
	{ "properties.rental_methods", "/rental_methods" },
	{ "properties.status", "/status" },
	{ NULL, NULL },
};

enum gbfs_state { GBFS_START, GBFS_SYSTEM, GBFS_STATUS, GBFS_STATIONS };

struct gbfs {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *url;		/* borrowed from the setup */
	bool whole_system;		/* it is the listing */
	bool with_status, too_many;	/* too_many: more stations in it than there may be */
	struct frame *frame;
	struct record *record;

	enum gbfs_state state;		/* the document that is asked for, or read */
	char *system_url, *status_url, *stations_url;	/* of gbfs.json; NULL: it names none */
	struct gbfs_status status;
	struct buf system;		/* JSON text of the member; "" */
	struct buf item;
};

/* ---- set-up */

static void
gbfs_close(void *self)
{
	struct gbfs *g = self;
	if (g == NULL)
		return;
	frame_free(g->frame);
	record_free(g->record);
	free(g->system_url);
	free(g->status_url);
	free(g->stations_url);
	gbfs_status_clear(&g->status);
	buf_done(&g->system);
	buf_done(&g->item);
	free(g);
}

static void on_items(void *arg, const struct frame_item *items, size_t n);

static void *
gbfs_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct gbfs *g = xcalloc(1, sizeof *g);
	const char *listings = setting_text(setup, "gbfs", "listings"), *status = setting_text(setup, "gbfs", "status");
	g->host = setup->host;
	g->run = setup->run;
	g->url = setup->url;
	g->whole_system = listings != NULL && strcmp(listings, "system") == 0;
	g->with_status = status != NULL && strcmp(status, "yes") == 0;
	g->record = record_new_with(setup, "gbfs", defaults, c);
	if (g->record == NULL) {
		gbfs_close(g);
		return NULL;
	}
	g->frame = frame_new("/data/stations", setup->max_item_bytes, setup->max_depth, on_items, g);
	return g;
}

/* ---- stations */

static int
gbfs_item(void *self, const char *raw, size_t len)
{
	struct gbfs *g = self;
	record_read(g->record, raw, len);
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A station's object, or NULL: borrowed until scratch_end. */
static const cJSON *
parse(struct gbfs *g, struct vigie_bytes raw)
{
	const char *problem;
	const cJSON *station = record_parse(g->record, raw.s, raw.len, &problem);
	return cJSON_IsObject(station) ? station : NULL;
}

static void
add_status(struct gbfs *g, struct vigie_bytes raw)
{
	if (g->status.n == 0)
		return;
	g->host->scratch_begin();
	const cJSON *station = parse(g, raw);
	const char *status = station != NULL ? gbfs_status_find(&g->status, station) : NULL;
	g->host->scratch_end();
	if (status == NULL)
		return;
	json_name(&g->item, "status", strlen("status"));
	buf_str(&g->item, status);
}

/* The station's text with the members of ours; what is no object stays as it is. */
static struct vigie_bytes
with_system(struct gbfs *g, struct vigie_bytes raw)
{
	if (g->system.len + g->status.n == 0 || raw.len < 2 || raw.s[0] != '{')
		return raw;
	size_t at = 1;
	while (at < raw.len && is_blank(raw.s[at]))
		at++;
	buf_clear(&g->item);
	buf_char(&g->item, '{');
	if (g->system.len > 0) {
		json_name(&g->item, "system", strlen("system"));
		buf_add(&g->item, g->system.data, g->system.len);
	}
	add_status(g, raw);
	if (g->item.len > 1 && at < raw.len && raw.s[at] != '}')
		buf_char(&g->item, ',');
	buf_add(&g->item, raw.s + at, raw.len - at);
	return (struct vigie_bytes){ g->item.data, g->item.len };
}

static void
read_status(struct gbfs *g, const struct frame_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g->host->scratch_begin();
		const cJSON *station = items[i].cut ? NULL : parse(g, items[i].raw);
		if (station != NULL && gbfs_status_add(&g->status, station) != 0)
			g->too_many = true;
		g->host->scratch_end();
	}
}

static void
on_items(void *arg, const struct frame_item *items, size_t n)
{
	struct gbfs *g = arg;
	if (g->state == GBFS_STATUS)
		read_status(g, items, n);
	if (g->state == GBFS_STATUS || g->state == GBFS_SYSTEM || g->whole_system)
		return;
	for (size_t i = 0; i < n; i++) {
		struct vigie_bytes item = items[i].cut ? items[i].raw : with_system(g, items[i].raw);
		if (g->host->known(g->run, item.s, item.len))
			continue;
		if (items[i].cut)
			record_reject(g->record, "the item is too big");
		else
			record_read(g->record, item.s, item.len);
	}
}

/* ---- documents */

static int
fail(struct gbfs *g, enum vigie_failure why, const char *text)
{
	g->host->fail(g->run, why, text);
	return -1;
}

static int
gbfs_first(void *self, struct vigie_request *ret)
{
	struct gbfs *g = self;
	*ret = (struct vigie_request){ .url = g->url };
	return 0;
}

static int
gbfs_begin(void *self, const struct vigie_answer *answer)
{
	struct gbfs *g = self;
	(void)answer;
	frame_reset(g->frame);
	if (g->state == GBFS_STATUS)
		gbfs_status_clear(&g->status);
	g->too_many = false;
	return 0;
}

static int
gbfs_feed(void *self, const char *chunk, size_t len)
{
	struct gbfs *g = self;
	if (frame_feed(g->frame, chunk, len) == 0)
		return 0;
	return fail(g, frame_failure(g->frame), frame_problem(g->frame));
}

static const cJSON *
member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Feeds in the language that we like best; version 3 has one list for all. */
static const cJSON *
find_feeds(const struct gbfs *g, const cJSON *data)
{
	const cJSON *feeds = member(data, "feeds"), *language;
	if (cJSON_IsArray(feeds))
		return feeds;
	for (const char *const *l = record_languages(g->record); *l != NULL; l++)
		cJSON_ArrayForEach(language, data)
			if (language->string != NULL && strncasecmp(language->string, *l, strlen(*l)) == 0 &&
			    cJSON_IsArray(member(language, "feeds")))
				return member(language, "feeds");
	cJSON_ArrayForEach(language, data)
		if (cJSON_IsArray(member(language, "feeds")))
			return member(language, "feeds");
	return NULL;
}

static char *
feed_url(const cJSON *feeds, const char *name)
{
	const cJSON *feed;
	cJSON_ArrayForEach(feed, feeds) {
		const cJSON *n = member(feed, "name"), *url = member(feed, "url");
		if (cJSON_IsString(n) && strcmp(n->valuestring, name) == 0 && cJSON_IsString(url) && *url->valuestring != '\0')
			return xstrdup(url->valuestring);
	}
	return NULL;
}

/* Members that a listing may need; never those of people, as `email`. */
static int
keep_system(struct gbfs *g, const cJSON *data)
{
	static const char *const names[] = { "system_id", "name", "short_name", "operator", "url", "opening_hours" };
	buf_clear(&g->system);
	buf_char(&g->system, '{');
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const cJSON *node = member(data, names[i]);
		char *text = node != NULL ? cJSON_PrintUnformatted(node) : NULL;
		if (text == NULL)
			continue;
		json_name(&g->system, names[i], strlen(names[i]));
		buf_str(&g->system, text);
		cJSON_free(text);
	}
	buf_char(&g->system, '}');
	if (g->system.len > SYSTEM_MAX_BYTES)
		return fail(g, VIGIE_TOO_BIG, "what is said of the system is over 64 kB");
	return 0;
}

static void
ask(struct gbfs *g, enum gbfs_state state, const char *url, struct vigie_next *ret)
{
	g->state = state;
	*ret = (struct vigie_next){ .more = url != NULL, .request.url = url };
}

static int
ask_stations(struct gbfs *g, struct vigie_next *ret)
{
	if (!g->whole_system && g->stations_url == NULL)
		return fail(g, VIGIE_WRONG_SHAPE, "gbfs.json names no station_information: say « listings = system »"
		    " for a system without stations");
	ask(g, GBFS_STATIONS, g->whole_system ? NULL : g->stations_url, ret);
	return 0;
}

/* After what is said of the system. */
static int
ask_status(struct gbfs *g, struct vigie_next *ret)
{
	if (!g->with_status || g->whole_system || g->status_url == NULL)
		return ask_stations(g, ret);
	ask(g, GBFS_STATUS, g->status_url, ret);
	return 0;
}

static int
read_start(struct gbfs *g, const cJSON *data, struct vigie_next *ret)
{
	const cJSON *feeds = find_feeds(g, data);
	if (feeds == NULL)
		return fail(g, VIGIE_WRONG_SHAPE, "this is neither a gbfs.json nor a station_information.json");
	free(g->system_url);
	free(g->status_url);
	free(g->stations_url);
	g->system_url = feed_url(feeds, "system_information");
	g->status_url = feed_url(feeds, "station_status");
	g->stations_url = feed_url(feeds, "station_information");
	if (g->system_url == NULL && g->whole_system)
		return fail(g, VIGIE_WRONG_SHAPE, "gbfs.json names no system_information");
	if (g->system_url == NULL)
		return ask_status(g, ret);
	ask(g, GBFS_SYSTEM, g->system_url, ret);
	return 0;
}

/* A document without stations: gbfs.json, or what is said of the system. */
static int
read_envelope(struct gbfs *g, const cJSON *root, struct vigie_next *ret)
{
	const cJSON *data = member(root, "data");
	if (!cJSON_IsObject(data))
		return fail(g, VIGIE_WRONG_SHAPE, "the document has no « data »");
	switch (g->state) {
	case GBFS_START:
		return read_start(g, data, ret);
	case GBFS_SYSTEM:
		return keep_system(g, data) == 0 ? ask_status(g, ret) : -1;
	case GBFS_STATUS:
	case GBFS_STATIONS:
		break;
	}
	return fail(g, VIGIE_WRONG_SHAPE, "the document has no « stations »");
}

static int
gbfs_end(void *self, struct vigie_next *ret)
{
	struct gbfs *g = self;
	const char *problem = NULL;
	bool stations = frame_end(g->frame) == 0;
	if (!stations && frame_failure(g->frame) != VIGIE_WRONG_SHAPE)
		return fail(g, frame_failure(g->frame), frame_problem(g->frame));
	if (stations && g->state == GBFS_STATUS) {
		gbfs_status_sort(&g->status);
		return g->too_many ? fail(g, VIGIE_TOO_BIG, "station_status has more than 100000 stations") : ask_stations(g, ret);
	}
	if (stations && g->state != GBFS_SYSTEM) {
		if (g->whole_system)
			return fail(g, VIGIE_WRONG_SHAPE, "this is a station_information.json: of the system, gbfs.json tells");
		ret->more = false;
		return 0;
	}
	const struct buf *envelope = frame_envelope(g->frame);
	bool system = g->state == GBFS_SYSTEM;
	g->host->scratch_begin();
	const cJSON *root = record_parse(g->record, buf_cstr(envelope), envelope->len, &problem);
	int rc = root != NULL ? read_envelope(g, root, ret) : fail(g, VIGIE_WRONG_FORMAT, problem);
	g->host->scratch_end();
	if (rc == 0 && system && g->whole_system)
		record_item(g->record, g->system.data, g->system.len);
	return rc;
}

/* A system without a system_information has stations all the same. */
static int
gbfs_absent(void *self, const struct vigie_answer *answer, int status, struct vigie_next *ret)
{
	struct gbfs *g = self;
	bool never = status == 404 || status == 410;
	(void)answer;
	return never && g->state == GBFS_SYSTEM && !g->whole_system ? ask_status(g, ret) : -1;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "gbfs",
	.summary = "shared bicycles, scooters and cars (GBFS 1.0 to 3.0)",
	.options = options,
	.open = gbfs_open,
	.close = gbfs_close,
	.first = gbfs_first,
	.begin = gbfs_begin,
	.feed = gbfs_feed,
	.end = gbfs_end,
	.item = gbfs_item,
	.absent = gbfs_absent,
};
