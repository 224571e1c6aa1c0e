/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpde: a feed of changes after Realtime Paged Data Exchange 1.1 (OpenActive).
 *
 * Pages are followed to the last, which is empty and names itself.  Its address
 * is the watermark: the next run goes on there, reads what has changed since
 * and is a window.  A run without a watermark is a full harvest: the feed has
 * every item that there is, each once, and what changes meanwhile comes again
 * on a later page; so what it does not have does not exist.
 *
 * In the watermark stands before the address how many runs went on since the
 * last full harvest, for `full_every`: "3 https://…".
 */
#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/num.h"
#include "lib/frame.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

static const struct vigie_option options[] = {
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "expression that gives an item's own identifier; by default its kind and its id" },
	{ "full_every", VIGIE_OPTION_INTEGER, NULL, "0", false, NULL,
	    "read the whole feed again after so many runs that read only what had changed; 0: when it must be" },
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

/* OpenActive's data is schema.org's; an event may leave what all of a series share to its superEvent. */
#define IN_BOTH(pointer) "/data" pointer " | /data/superEvent" pointer
#define OF_PLACE(pointer) IN_BOTH("/location" pointer) " | /data/location/0" pointer " | /data/facilityUse/location" pointer
static const struct record_default defaults[] = {
	{ "id", "\"{/kind}/{/id}\" | /id" },
	{ "tombstone", "/state = deleted, Deleted, DELETED" },
	{ "title", IN_BOTH("/name") " | /data/facilityUse/name | /data/prefLabel | /data/activity/0/prefLabel" },
	{ "description", IN_BOTH("/description") " | /data/facilityUse/description" },
	{ "url", IN_BOTH("/url") " | /data/offers/0/url | /data/facilityUse/url" },
	{ "image_url", "/data/image/0/url | /data/image/url | /data/image/0 | /data/image | /data/superEvent/image/0/url" },
	{ "latitude", OF_PLACE("/geo/latitude") },
	{ "longitude", OF_PLACE("/geo/longitude") },
	{ "street", OF_PLACE("/address/streetAddress") },
	{ "postcode", OF_PLACE("/address/postalCode") },
	{ "locality", OF_PLACE("/address/addressLocality") },
	{ "country", OF_PLACE("/address/addressCountry") },
	{ "price", IN_BOTH("/offers/0/price") " | /data/offers/price | /data/offer/price" },
	{ "currency", IN_BOTH("/offers/0/priceCurrency") " | /data/offers/priceCurrency | /data/offer/priceCurrency" },
	{ "capacity", IN_BOTH("/maximumAttendeeCapacity") " | /data/maximumUses" },
	{ "starts_at", "/data/startDate | /data/subEvent/0/startDate | /data/eventSchedule/0/startDate" },
	{ "ends_at", "/data/endDate | /data/subEvent/0/endDate | /data/eventSchedule/0/endDate" },
	{ "source_updated_at", "/data/dateModified | /modified" },
	{ "properties.rpde_kind", "/kind" },
	{ "properties.activity", IN_BOTH("/activity/*/prefLabel") " | /data/activity/*" },
	{ "properties.place", OF_PLACE("/name") },
	{ "properties.duration", IN_BOTH("/duration") },
	{ "properties.level", IN_BOTH("/level/*") },
	{ "properties.schedule", "/data/eventSchedule" },
	{ NULL, NULL },
};

struct rpde {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *feed;		/* where it begins; borrowed from the setup */
	struct frame *frame;
	struct record *record;

	const char *from;		/* what is asked first: the feed, or a watermark's address; borrowed */
	int64_t runs;			/* that went on since the last full harvest, this one among them */
	char *page;			/* address of the one that is being read */
	struct buf asked;		/* the link that led to it, as it was written */
	uint64_t items;			/* in it */
};

/* ---- set-up */

static void
rpde_close(void *self)
{
	struct rpde *r = self;
	if (r == NULL)
		return;
	frame_free(r->frame);
	record_free(r->record);
	free(r->page);
	buf_done(&r->asked);
	free(r);
}

/* From the watermark, unless it is time to read everything again. */
static void
find_start(struct rpde *r, const char *watermark, int64_t full_every)
{
	const char *space = watermark != NULL ? strchr(watermark, ' ') : NULL;
	r->from = r->feed;
	r->runs = 0;
	if (space == NULL || num_int(watermark, (size_t)(space - watermark), 0, INT32_MAX - 1, &r->runs) != 0)
		return;
	if (full_every > 0 && r->runs >= full_every) {
		r->runs = 0;
		return;
	}
	r->runs++;
	r->from = space + 1;
	r->host->window(r->run);
}

/* Without data nothing would be left of the listing; of a state that we do not
 * know, nobody can say what it does to it. */
static const char *
unfit(const cJSON *item)
{
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(item, "state");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(item, "data");
	if (state != NULL && (!cJSON_IsString(state) || strcasecmp(state->valuestring, "updated") != 0))
		return "the item's state is neither \"updated\" nor \"deleted\"";
	return cJSON_IsObject(data) && data->child != NULL ? NULL : "the item has no data";
}

static void on_items(void *arg, const struct frame_item *items, size_t n);

static int
open_all(struct rpde *r, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	int64_t full_every = 0;
	if (setting_integer(setup, "rpde", "full_every", &full_every, c) != 0)
		return -1;
	r->record = record_new_with(setup, "rpde", defaults, c);
	if (r->record == NULL)
		return -1;
	record_require(r->record, unfit);
	r->frame = frame_new("/items", setup->max_item_bytes, setup->max_depth, on_items, r);
	if (setup->host == NULL)
		return 0;
	r->host->in_order(r->run);
	find_start(r, setup->watermark, full_every);
	buf_str(&r->asked, r->from);
	return 0;
}

static void *
rpde_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct rpde *r = xcalloc(1, sizeof *r);
	r->host = setup->host;
	r->run = setup->run;
	r->feed = setup->url;
	if (open_all(r, setup, c) == 0)
		return r;
	rpde_close(r);
	return NULL;
}

/* ---- items */

static int
rpde_item(void *self, const char *raw, size_t len)
{
	struct rpde *r = self;
	record_read(r->record, raw, len);
	return 0;
}

static void
on_items(void *arg, const struct frame_item *items, size_t n)
{
	struct rpde *r = arg;
	for (size_t i = 0; i < n; i++) {
		r->items++;
		if (r->host->known(r->run, items[i].raw.s, items[i].raw.len))
			continue;
		if (items[i].cut)
			record_reject(r->record, "the item is too big");
		else
			record_read(r->record, items[i].raw.s, items[i].raw.len);
	}
}

/* ---- pages */

static int
rpde_first(void *self, struct vigie_request *ret)
{
	struct rpde *r = self;
	*ret = (struct vigie_request){ .url = r->from };
	return 0;
}

static int
rpde_begin(void *self, const struct vigie_answer *answer)
{
	struct rpde *r = self;
	free(r->page);
	r->page = xstrdup(answer->url);
	r->items = 0;
	frame_reset(r->frame);
	return 0;
}

static int
failed(struct rpde *r)
{
	r->host->fail(r->run, frame_failure(r->frame), frame_problem(r->frame));
	return -1;
}

static int
rpde_feed(void *self, const char *chunk, size_t len)
{
	struct rpde *r = self;
	return frame_feed(r->frame, chunk, len) == 0 ? 0 : failed(r);
}

/* Does the query of `url` have this parameter? */
static bool
has_param(const char *url, const char *param, size_t len)
{
	const char *s = strchr(url, '?');
	while (s != NULL) {
		s++;
		size_t n = strcspn(s, "&");
		if (n == len && memcmp(s, param, n) == 0)
			return true;
		s = strchr(s, '&');
	}
	return false;
}

static const char *
without_scheme(const char *url)
{
	const char *colon = strstr(url, "://");
	return colon != NULL && strcspn(url, "/?") > (size_t)(colon - url) ? colon + strlen("://") : url;
}

/* The link may be relative to the page, as the specification does not allow. */
static bool
same_path(const char *link, const char *page)
{
	const char *whole = without_scheme(link), *shown = without_scheme(page);
	size_t len = strcspn(whole, "?"), page_len = strcspn(shown, "?");
	if (len > page_len || memcmp(whole, shown + page_len - len, len) != 0)
		return false;
	if (len == page_len || len == 0)
		return true;
	if (*link == '/')
		return strcspn(shown, "/") == page_len - len;
	return whole == link && shown[page_len - len - 1] == '/';
}

static bool
has_params(const char *url, const char *of)
{
	for (const char *s = strchr(of, '?'); s != NULL; s = strchr(s, '&')) {
		s++;
		if (!has_param(url, s, strcspn(s, "&")))
			return false;
	}
	return true;
}

/* `link` leads to the page: the same but for the scheme, which a server behind
 * another may not know, and for parameters that it has beside, for a feed may
 * echo a key of ours there, which the page is shown without.  Beside the feed's
 * own address they say where it goes on. */
static bool
leads_to_page(const struct rpde *r, const char *link)
{
	bool first = strcmp(buf_cstr(&r->asked), r->feed) == 0;
	return same_path(link, r->page) && has_params(link, r->page) && (!first || has_params(r->page, link));
}

static void
remember(struct rpde *r)
{
	struct buf text = BUF_INIT;
	buf_fmt(&text, "%lld %s", (long long)r->runs, r->page);
	r->host->remember(r->run, buf_cstr(&text));
	buf_done(&text);
}

static int
follow(struct rpde *r, const cJSON *root, struct vigie_next *ret)
{
	const cJSON *next = cJSON_GetObjectItemCaseSensitive(root, "next");
	if (!cJSON_IsString(next) || *next->valuestring == '\0') {
		r->host->fail(r->run, VIGIE_WRONG_SHAPE, "the page does not say what is next");
		return -1;
	}
	bool last = r->items == 0 &&
	    (strcmp(next->valuestring, buf_cstr(&r->asked)) == 0 || leads_to_page(r, next->valuestring));
	buf_clear(&r->asked);
	buf_str(&r->asked, next->valuestring);
	*ret = (struct vigie_next){ .more = !last, .request.url = buf_cstr(&r->asked) };
	if (last)
		remember(r);
	return 0;
}

static int
rpde_end(void *self, struct vigie_next *ret)
{
	struct rpde *r = self;
	const char *problem = NULL;
	int rc = -1;
	if (frame_end(r->frame) != 0)
		return failed(r);
	const struct buf *envelope = frame_envelope(r->frame);
	r->host->scratch_begin();
	const cJSON *root = record_parse(r->record, buf_cstr(envelope), envelope->len, &problem);
	if (root != NULL)
		rc = follow(r, root, ret);
	else
		r->host->fail(r->run, VIGIE_WRONG_FORMAT, problem);
	r->host->scratch_end();
	return rc;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "rpde",
	.summary = "a feed of changes in pages (RPDE 1.1, OpenActive)",
	.options = options,
	.open = rpde_open,
	.close = rpde_close,
	.first = rpde_first,
	.begin = rpde_begin,
	.feed = rpde_feed,
	.end = rpde_end,
	.item = rpde_item,
};
