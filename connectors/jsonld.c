/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonld: the listings that stand in a site's own pages as schema.org data.
 * From robots.txt and sitemaps to pages (jsonld/crawl.h), from a page's JSON-LD
 * or microdata to one JSON object for each listing (jsonld/graph.h), which
 * lib/record.h reads with the expressions of [map] or the defaults below.
 *
 * The watermark is how many pages had listings in the last complete run and how
 * many had none, "40 3": pages that lose theirs all at once show something else
 * for a while, a challenge or an error.
 */
#include <ctype.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/num.h"
#include "jsonld/crawl.h"
#include "jsonld/graph.h"
#include "jsonld/identity.h"
#include "jsonld/repair.h"
#include "jsonld/robots.h"
#include "jsonld/schema.h"
#include "jsonld/sitemap.h"
#include "jsonld/webpage.h"
#include "lib/charset.h"
#include "lib/hashes.h"
#include "lib/json_text.h"
#include "lib/record.h"
#include "lib/setting.h"
#include "vigie_connector.h"

enum { SNIFF_BYTES = 1024, BROKEN_MAX_BYTES = 64 << 10, DEFAULT_PAGES = 1000 };
enum { VALUES_MAX = 200000 };	/* in one block: each takes more memory than text */
enum { LOST_PAGES = 5, LOST_PERCENT = 20 };	/* more that lost their listings than both: it is not the listings that went */

static const struct vigie_option options[] = {
	{ "pages", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "pages to read, by their path: /stay/* !/stay/old/*; empty: all that the sitemaps name" },
	{ "sitemaps", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "sitemaps of an index to read, by their path, as with pages; empty: all" },
	{ "at_most", VIGIE_OPTION_INTEGER, NULL, "1000", false, NULL,
	    "pages to read; a run that finds more is partial, and nothing is removed" },
	{ "types", VIGIE_OPTION_TEXT, NULL, SCHEMA_DEFAULT_TYPES, false, NULL,
	    "schema.org types that are listings, and what is a kind of them" },
	{ "id", VIGIE_OPTION_TEXT, NULL, NULL, false, NULL,
	    "expression that identifies a listing; by default its @id, identifier, sku or url, else its page" },
	RECORD_OPTIONS,
	{ .type = VIGIE_OPTION_END },
};

static const struct record_default defaults[] = {
	{ "id", "/@key" },
	{ "title", "/name | /headline | /alternateName | /itemOffered/name" },
	{ "description", "/description | /disambiguatingDescription | /abstract | /itemOffered/description" },
	{ "language", "/inLanguage | /inLanguage/alternateName" },
	{ "url", "/url | /@page" },
	{ "image_url", "/image | /image/url | /image/contentUrl | /image/0/url | /image/0/contentUrl | /photo | /photo/url | /thumbnailUrl" },
	{ "latitude", "/geo/latitude | /latitude | /location/geo/latitude | /location/0/geo/latitude | /location/latitude"
	    " | /itinerary/geo/latitude | /itemOffered/geo/latitude" },
	{ "longitude", "/geo/longitude | /longitude | /location/geo/longitude | /location/0/geo/longitude | /location/longitude"
	    " | /itinerary/geo/longitude | /itemOffered/geo/longitude" },
	{ "street", "/address/streetAddress | /location/address/streetAddress | /location/0/address/streetAddress"
	    " | /itinerary/address/streetAddress | /address | /location/address" },
	{ "postcode", "/address/postalCode | /location/address/postalCode | /location/0/address/postalCode"
	    " | /itinerary/address/postalCode" },
	{ "locality", "/address/addressLocality | /location/address/addressLocality | /location/0/address/addressLocality"
	    " | /itinerary/address/addressLocality" },
	{ "country", "/address/addressCountry | /address/addressCountry/name | /location/address/addressCountry"
	    " | /location/address/addressCountry/name | /location/0/address/addressCountry" },
	{ "price", "/offers/price | /offers/lowPrice | /offers/*/price | /offers/priceSpecification/price | /price"
	    " | /priceSpecification/price | /priceRange" },
	{ "currency", "/offers/priceCurrency | /offers/0/priceCurrency | /offers/priceSpecification/priceCurrency"
	    " | /priceCurrency | /priceSpecification/priceCurrency" },
	{ "capacity", "/occupancy/maxValue | /occupancy/value | /maximumAttendeeCapacity | /vehicleSeatingCapacity" },
	{ "rating", "/aggregateRating/ratingValue" },
	{ "rating_count", "/aggregateRating/reviewCount | /aggregateRating/ratingCount" },
	{ "source_updated_at", "/dateModified" },
	{ "starts_at", "/startDate" },
	{ "ends_at", "/endDate" },
	{ NULL, NULL },
};

enum document {
	DOCUMENT_UNKNOWN,	/* not enough of it has come to tell */
	DOCUMENT_SITEMAP,	/* read as it comes */
	DOCUMENT_BODY,		/* a page, or JSON: gathered */
	DOCUMENT_ROBOTS
};

struct jsonld {
	const struct vigie_host *host;
	struct vigie_run *run;
	size_t max_item_bytes;
	struct record *record;
	struct crawl *crawl;
	struct graph graph;
	struct hashes emitted;	/* identifier -> bytes of its fullest item so far */
	struct hashes claims;	/* for identity_contested */
	bool own_id;		/* the partner's file says what identifies a listing */
	size_t n_emitted;
	int64_t filled, bare;	/* pages that have a listing, or none */
	int64_t filled_before, bare_before;	/* in the last complete run; 0: not known */

	/* the answer that is being read */
	char *url, *content_type;
	struct buf language;
	enum document document;
	struct sitemap *sitemap;
	bool sitemap_failed;	/* the rest of it is not read */
	struct buf body;
	bool too_big;		/* the rest of it was not kept */

	struct buf text;	/* of one item */
};

/* ---- set-up */

static void
jsonld_close(void *self)
{
	struct jsonld *j = self;
	if (j == NULL)
		return;
	record_free(j->record);
	crawl_free(j->crawl);
	graph_done(&j->graph);
	hashes_done(&j->emitted);
	hashes_done(&j->claims);
	sitemap_free(j->sitemap);
	buf_done(&j->body);
	buf_done(&j->text);
	buf_done(&j->language);
	free(j->url);
	free(j->content_type);
	free(j);
}

static void
recall(struct jsonld *j, const char *watermark)
{
	const char *space = watermark != NULL ? strchr(watermark, ' ') : NULL;
	if (space == NULL || num_int(watermark, (size_t)(space - watermark), 0, CRAWL_PAGES_MAX, &j->filled_before) != 0 ||
	    num_int(space + 1, strlen(space + 1), 0, CRAWL_PAGES_MAX, &j->bare_before) != 0)
		j->filled_before = j->bare_before = 0;
}

static int
open_all(struct jsonld *j, const struct vigie_setup *setup, struct vigie_complaint *c)
{
	int64_t at_most = DEFAULT_PAGES;
	const char *types = setting_text(setup, "jsonld", "types");
	if (setting_integer(setup, "jsonld", "at_most", &at_most, c) != 0)
		return -1;
	if (at_most < 1 || at_most > CRAWL_PAGES_MAX)
		return complain(c, "jsonld", "at_most", "write a number from 1 to 50000");
	const struct crawl_options crawl = {
		.start = setup->url,
		.pages = setting_text(setup, "jsonld", "pages"),
		.sitemaps = setting_text(setup, "jsonld", "sitemaps"),
		.at_most = (uint64_t)at_most,
	};
	j->crawl = crawl_new(&crawl);
	if (j->crawl == NULL)
		return complain(c, "request", "url", "this is not an address of the web");
	recall(j, setup->watermark);
	j->own_id = setting_text(setup, "jsonld", "id") != NULL;
	j->graph.types = types ? types : SCHEMA_DEFAULT_TYPES;
	j->record = record_new_with(setup, "jsonld", defaults, c);
	return j->record ? 0 : -1;
}

static void *
jsonld_open(const struct vigie_setup *setup, struct vigie_complaint *c)
{
	struct jsonld *j = xcalloc(1, sizeof *j);
	j->host = setup->host;
	j->run = setup->run;
	j->max_item_bytes = setup->max_item_bytes;
	if (open_all(j, setup, c) == 0)
		return j;
	jsonld_close(j);
	return NULL;
}

/* ---- items */

static int
jsonld_item(void *self, const char *raw, size_t len)
{
	struct jsonld *j = self;
	record_read(j->record, raw, len);
	return 0;
}

/* The host sees `text`; who cannot be read goes to quarantine with it. */
static void
reject(struct jsonld *j, const char *text, size_t len, const char *reason)
{
	if (!j->host->known(j->run, text, len))
		record_reject(j->record, reason);
	j->n_emitted++;
}

/* The same listing stands on many pages, here in short and there in full: the
 * fullest counts. */
static void
emit_node(struct jsonld *j, size_t i)
{
	struct buf key = BUF_INIT;
	size_t len = j->graph.list[i].len;
	bool contested = identity_contested(&j->graph, i, j->url, buf_cstr(&j->language), &j->claims);
	identity_key(&j->graph, i, j->url, &key);
	uint32_t *best = hashes_at(&j->emitted, buf_cstr(&key));
	bool news = *best < len || contested;
	if (news) {
		*best = contested ? *best : (uint32_t)len;
		buf_clear(&j->text);
		buf_char(&j->text, '{');
		json_member(&j->text, "@key", key.data, key.len);
		json_member(&j->text, "@page", j->url, strlen(j->url));
		buf_char(&j->text, ',');
		buf_add(&j->text, j->graph.text.data + j->graph.list[i].at + 1, len - 1);
		if (j->text.len > j->max_item_bytes) {
			reject(j, j->text.data, j->text.len, "the item is too big");
		} else if (contested && !j->own_id) {
			reject(j, j->text.data, j->text.len, "another page has this identifier with another name: what tells "
			    "them apart can be said with `id`");
		} else {
			record_item(j->record, j->text.data, j->text.len);
			j->n_emitted++;
		}
	}
	buf_done(&key);
}

/* ---- pages */

/* At most so many, as commas in texts count too. */
static size_t
count_values(const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return n;
}

static const char *
add_json(struct jsonld *j, const char *text, size_t len)
{
	const char *problem = NULL;
	if (count_values(text, len) > VALUES_MAX)
		return "more values than we read";
	j->host->scratch_begin();
	const cJSON *tree = record_parse(j->record, text, len, &problem);
	if (tree != NULL)
		graph_add(&j->graph, (cJSON *)(uintptr_t)tree, j->url);
	j->host->scratch_end();
	return tree != NULL ? NULL : problem;
}

static void
reject_block(struct jsonld *j, const char *text, size_t len, const char *problem)
{
	if (!graph_mentions(&j->graph, text, len))
		return;
	buf_clear(&j->text);
	buf_char(&j->text, '{');
	json_member(&j->text, "@page", j->url, strlen(j->url));
	json_member(&j->text, "@broken", text, len < BROKEN_MAX_BYTES ? len : BROKEN_MAX_BYTES);
	buf_char(&j->text, '}');
	reject(j, j->text.data, j->text.len, problem);
}

static void
on_block(void *arg, const char *text, size_t len)
{
	struct jsonld *j = arg;
	struct buf mended = BUF_INIT;
	const char *problem = add_json(j, text, len);
	if (problem == NULL)
		return;
	repair_json(text, len, &mended);
	if (mended.len > 0 && add_json(j, mended.data, mended.len) != NULL)
		reject_block(j, text, len, problem);
	buf_done(&mended);
}

static const char *
read_html(struct jsonld *j)
{
	struct buf json = BUF_INIT;
	bool full = false;
	struct microdata *microdata = microdata_new(j->url);
	const struct webpage page = { j->content_type, on_block, j, microdata, &j->language };
	const char *problem = webpage_read(&page, buf_cstr(&j->body), j->body.len);
	if (j->graph.n == 0 && microdata_json(microdata, &json, &full))
		(void)add_json(j, json.data, json.len);
	microdata_free(microdata);
	buf_done(&json);
	return problem != NULL ? problem : full ? "it has more microdata than we read" : NULL;
}

/* It has no listing: is it a page at all? */
static const char *
no_page(const char *s, size_t len)
{
	if (*s == '{' || *s == '[')
		return memmem(s, len, "\"@", 2) == NULL ? "this is neither a web page nor JSON-LD" : NULL;
	if (memchr(s, '<', len) != NULL)
		return NULL;
	return *s == '\0' ? "the answer is empty" : "this is no web page";
}

/* The listings of the page go to j->graph; NULL, or why there may be more. */
static const char *
find_nodes(struct jsonld *j, const char *s, size_t len)
{
	if (j->too_big)
		return "the page is too big";
	if (*s != '{' && *s != '[')
		return read_html(j);
	on_block(j, s, len);
	return NULL;
}

static void
read_page(struct jsonld *j)
{
	const char *s = buf_cstr(&j->body);
	size_t before = j->n_emitted;
	s += strncmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	s += strspn(s, " \t\r\n");
	size_t len = j->body.len - (size_t)(s - buf_cstr(&j->body));
	crawl_came(j->crawl, j->url, true);
	graph_clear(&j->graph);
	buf_clear(&j->language);
	const char *problem = find_nodes(j, s, len);
	bool bare = j->graph.n == 0 && j->n_emitted == before;
	const char *other = bare && problem == NULL ? no_page(s, len) : NULL;
	j->bare += bare;
	j->filled += !bare;
	identity_drop_parts(&j->graph);
	for (size_t i = 0; i < j->graph.n; i++)
		if (!j->graph.list[i].dropped)
			emit_node(j, i);
	if (problem != NULL || j->graph.full)
		crawl_trouble(j->crawl, VIGIE_TOO_BIG, problem ? problem : "there are more listings on the page than we read");
	else if (other != NULL)
		crawl_trouble(j->crawl, VIGIE_WRONG_FORMAT, other);
}

/* ---- answers */

static void
on_loc(void *arg, const char *loc, bool index)
{
	struct jsonld *j = arg;
	crawl_found(j->crawl, j->url, loc, index);
}

static int
jsonld_first(void *self, struct vigie_request *ret)
{
	struct jsonld *j = self;
	ret->url = crawl_next(j->crawl);
	return 0;
}

static int
jsonld_begin(void *self, const struct vigie_answer *answer)
{
	struct jsonld *j = self;
	free(j->url);
	free(j->content_type);
	j->url = xstrdup(answer->url);
	j->content_type = xstrdup(answer->content_type);
	j->document = crawl_role(j->crawl) == CRAWL_ROBOTS ? DOCUMENT_ROBOTS : DOCUMENT_UNKNOWN;
	j->too_big = false;
	buf_clear(&j->body);
	sitemap_free(j->sitemap);
	j->sitemap = NULL;
	j->sitemap_failed = false;
	return 0;
}

/* A sitemap: XML that says so, or lines of addresses. */
static bool
is_sitemap(const char *s, size_t len, bool *ret_xml)
{
	static const char *const roots[] = { "<urlset", "<sitemapindex", ":urlset", ":sitemapindex" };
	size_t head = len < SNIFF_BYTES ? len : SNIFF_BYTES;
	while (head > 0 && (isspace((unsigned char)*s) || (unsigned char)*s >= 0x80)) {
		s++;
		head--;
	}
	*ret_xml = head > 0 && *s == '<';
	for (size_t i = 0; *ret_xml && i < sizeof roots / sizeof roots[0]; i++)
		if (memmem(s, head, roots[i], strlen(roots[i])) != NULL)
			return true;
	return !*ret_xml && head > 7 && (strncasecmp(s, "http://", 7) == 0 || strncasecmp(s, "https:/", 7) == 0);
}

static void
feed_sitemap(struct jsonld *j, const char *chunk, size_t len)
{
	if (!j->sitemap_failed)
		j->sitemap_failed = sitemap_feed(j->sitemap, chunk, len) != 0;
}

/* What is it?  By its beginning, as servers seldom say. */
static void
sniff(struct jsonld *j)
{
	bool xml = false, page = crawl_role(j->crawl) == CRAWL_PAGE;
	j->document = DOCUMENT_BODY;
	if (page || j->body.len == 0 || !is_sitemap(j->body.data, j->body.len, &xml))
		return;
	j->document = DOCUMENT_SITEMAP;
	j->sitemap = sitemap_new(xml, j->content_type, on_loc, j);
	feed_sitemap(j, j->body.data, j->body.len);
	buf_clear(&j->body);
}

static int
jsonld_feed(void *self, const char *chunk, size_t len)
{
	struct jsonld *j = self;
	size_t room = (j->document == DOCUMENT_ROBOTS ? ROBOTS_MAX_BYTES : WEBPAGE_MAX_BYTES) - j->body.len;
	if (j->document == DOCUMENT_SITEMAP) {
		feed_sitemap(j, chunk, len);
		return 0;
	}
	j->too_big |= len > room;
	buf_add(&j->body, chunk, len < room ? len : room);
	if (j->document == DOCUMENT_UNKNOWN && j->body.len >= SNIFF_BYTES)
		sniff(j);
	return 0;
}

static void
read_sitemap(struct jsonld *j)
{
	crawl_came(j->crawl, j->url, false);
	if (j->sitemap == NULL) {
		crawl_trouble(j->crawl, VIGIE_WRONG_FORMAT, "this is no sitemap");
		return;
	}
	if (j->sitemap_failed || sitemap_end(j->sitemap) != 0)
		crawl_trouble(j->crawl, sitemap_failure(j->sitemap), sitemap_problem(j->sitemap));
	else if (sitemap_unreadable(j->sitemap) > 0)
		crawl_trouble(j->crawl, VIGIE_TOO_BIG, "it has addresses of more than 2048 bytes");
}

/* Do they show something else for a while?  One that no sitemap names any more has lost nothing. */
static bool
pages_are_bare(const struct jsonld *j)
{
	int64_t gone = j->filled_before - j->filled, more = j->bare - j->bare_before, lost = gone < more ? gone : more;
	return lost > LOST_PAGES && lost * 100 > j->filled_before * LOST_PERCENT;
}

static void
remember(const struct jsonld *j)
{
	char text[64];
	(void)snprintf(text, sizeof text, "%lld %lld", (long long)j->filled, (long long)j->bare);
	j->host->remember(j->run, text);
}

/* Everything was read: was that everything? */
static int
finish(struct jsonld *j)
{
	struct buf text = BUF_INIT;
	enum vigie_failure why;
	bool whole = crawl_verdict(j->crawl, &why, &text);
	if (whole && j->n_emitted == 0 && crawl_pages(j->crawl) > 0) {
		whole = false;
		buf_fmt(&text, "no listing in %zu pages; types there: %s", crawl_pages(j->crawl),
		    j->graph.met.len > 0 ? j->graph.met.data : "none");
	} else if (whole && pages_are_bare(j)) {
		whole = false;
		buf_fmt(&text, "%lld of %zu pages have no listing; %lld had none in the last complete run", (long long)j->bare,
		    crawl_pages(j->crawl), (long long)j->bare_before);
	}
	if (whole)
		remember(j);
	else
		j->host->fail(j->run, why, text.data);
	buf_done(&text);
	return whole ? 0 : -1;
}

static int
go_on(struct jsonld *j, struct vigie_next *ret)
{
	const char *url = crawl_next(j->crawl);
	*ret = (struct vigie_next){ .more = url != NULL, .request.url = url };
	return url != NULL ? 0 : finish(j);
}

static int
jsonld_end(void *self, struct vigie_next *ret)
{
	struct jsonld *j = self;
	if (j->document == DOCUMENT_UNKNOWN)
		sniff(j);
	switch (j->document) {
	case DOCUMENT_ROBOTS:
		crawl_came(j->crawl, j->url, false);
		crawl_robots(j->crawl, buf_cstr(&j->body), j->body.len);
		break;
	case DOCUMENT_SITEMAP:
		read_sitemap(j);
		break;
	case DOCUMENT_UNKNOWN:
	case DOCUMENT_BODY:
		if (crawl_role(j->crawl) == CRAWL_SITEMAP)
			read_sitemap(j);
		else
			read_page(j);
		break;
	}
	return go_on(j, ret);
}

static int
jsonld_absent(void *self, const struct vigie_answer *answer, int status, struct vigie_next *ret)
{
	struct jsonld *j = self;
	(void)answer;
	return crawl_absent(j->crawl, status) ? go_on(j, ret) : -1;
}

static void
jsonld_load(void *self)
{
	(void)self;
	charset_load();
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI,
	.name = "jsonld",
	.summary = "schema.org data in the pages of a web site",
	.options = options,
	.open = jsonld_open,
	.close = jsonld_close,
	.load = jsonld_load,
	.first = jsonld_first,
	.begin = jsonld_begin,
	.feed = jsonld_feed,
	.end = jsonld_end,
	.item = jsonld_item,
	.absent = jsonld_absent,
};
