/* SPDX-License-Identifier: Apache-2.0 */
/* Listings of a collection, and one of them, in every representation that there is. */
#include <inttypes.h>

#include "alert/letter_words.h"
#include "alert/speech.h"
#include "base/num.h"
#include "config/config.h"
#include "represent/geojson.h"
#include "represent/put.h"
#include "serve/cql.h"
#include "serve/document.h"
#include "serve/html.h"
#include "serve/items.h"
#include "serve/ogc.h"
#include "serve/question.h"
#include "serve/routes.h"

/* Those of representations[], and a page for people. */
static const struct variant variants[] = {
	{ "geojson", TYPE_GEOJSON, "application/json json application/vnd.geo+json" },
	{ "html", TYPE_HTML, "application/xhtml+xml" },
	{ "geojsonl", "application/x-ndjson", NULL },
	{ "jsonld", "application/ld+json", NULL },
	{ "csv", "text/csv; charset=utf-8; header=present", NULL },
	{ "csv-excel", "text/csv; charset=utf-8; header=present", NULL },
	{ "ics", "text/calendar; charset=utf-8", NULL },
	{ "ttl", "text/turtle; charset=utf-8", NULL },
	{ .name = NULL },
};

enum { FILTER_MS = 1000, PAGE_BYTES = 24 << 10 };

struct page {			/* one answer's listings */
	struct exchange *x;
	const struct request *r;
	struct answer *a;
	struct collection collection;
	char *title;
	struct question question;
	struct cql *filter;	/* NULL: none */
	uint64_t limit;
	bool counted;		/* how many match is known; of a filter it would take reading them all */
	uint64_t matched, returned;
	int64_t last_row;
	bool more;
};

static struct represent
represent_of(const struct page *p)
{
	return (struct represent){ .base_url = p->r->base_url, .self_url = p->r->url, .office = p->x->config->office_name,
		.title = p->title, .language = p->r->language, .zone = p->x->zone, .now_ms = p->r->now_ms };
}

/* ---- reading */

/* Is the listing that was just read to be left out? */
static bool
is_filtered(const struct page *p, const struct listing_row *row, uint64_t *skip)
{
	if (p->filter != NULL && !cql_holds(p->filter, row))
		return true;
	if (*skip == 0)
		return false;
	--*skip;
	return true;
}

/*
 * Each listing of the page to `item`; whether there are more is seen by asking
 * for one too many, or by reading one that has no room.  With a filter, how many are read is known afterwards only:
 * a page that is long in coming ends early, but not empty, for that would be
 * taken for the last one.
 */
static int
read_page(struct page *p, void (*item)(void *arg, const struct listing_row *row), void *arg, struct error *err)
{
	struct listing_row row;
	struct reading_filter f = p->question.filter;
	uint64_t skip = p->filter != NULL ? f.offset : 0;
	int64_t enough_ms = monotonic_ms() + FILTER_MS;
	int rc;
	f.limit = p->filter != NULL ? 0 : p->limit + 1;
	f.offset -= skip;
	struct reading *reading = reading_open(p->x->catalogue, &f, p->x->tally, err);
	if (reading == NULL)
		return -1;
	while ((rc = reading_next(reading, &row, err)) == 1) {
		bool left_out = is_filtered(p, &row, &skip);
		if (left_out && (p->returned == 0 || monotonic_ms() < enough_ms))
			continue;
		p->more = left_out || p->returned == p->limit || p->a->body.len >= ANSWER_PAGE_BYTES;
		if (!p->more) {
			item(arg, &row);
			p->returned++;
		}
		if (!p->more || left_out)
			p->last_row = row.row;
		if (p->more)
			break;
	}
	reading_close(reading);
	return rc == -1 ? -1 : 0;
}

/* A search is gone on with by counting: its order is that of the rank. */
static char *
next_url(const struct page *p)
{
	char number[NUM_TEXT_MAX];
	bool search = p->question.filter.search != NULL;
	uint64_t offset = p->question.filter.offset + p->returned;
	(void)snprintf(number, sizeof number, "%" PRId64, search ? (int64_t)offset : p->last_row);
	char *url = request_url_with(p->r, search ? "offset" : "after", number);
	if (search)
		return url;
	struct request further = *p->r;
	further.url = url;
	char *plain = request_url_with(&further, "offset", NULL);
	free(url);
	return plain;
}

static struct links
page_links(const struct page *p)
{
	struct links links = links_of(p->r);
	const char *type = p->r->variant->type;
	if (p->more) {
		char *url = next_url(p);
		link_add_url(&links, &(struct link){ "next", type, _("Next page") }, url);
		free(url);
	}
	link_add(&links, p->r, &(struct link){ "collection", "application/json", _(p->collection.title) }, "/collections/%s",
	    p->collection.id);
	return links;
}

/* ---- GeoJSON, with the members that the standard adds */

struct writing {
	const struct representation *format;
	struct represent represent;
	struct buf *out;
};

static void
write_item(void *arg, const struct listing_row *row)
{
	struct writing *w = arg;
	represent_item(w->format, w->out, &w->represent, row);
}

static int
write_geojson(struct page *p, const struct representation *format, struct error *err)
{
	struct buf *out = &p->a->body;
	struct writing w = { format, represent_of(p), out };
	buf_reserve(out, PAGE_BYTES);
	buf_str(out, "{\"type\":\"FeatureCollection\",\"timeStamp\":\"");
	put_time(out, p->r->now_ms);
	buf_str(out, "\",");
	if (p->counted) {
		put_literal(out, "\"numberMatched\":");
		put_integer(out, (int64_t)p->matched);
		buf_char(out, ',');
	}
	put_literal(out, "\"features\":[");
	if (read_page(p, write_item, &w, err) != 0)
		return -1;
	put_literal(out, "\n],\"numberReturned\":");
	put_integer(out, (int64_t)p->returned);
	put_literal(out, ",\n\"links\":");
	struct links links = page_links(p);
	links_put(&links, out);
	buf_str(out, "}\n");
	return 0;
}

/* ---- any other representation: what has no place in it goes into the header Link */

static int
write_other(struct page *p, const struct representation *format, struct error *err)
{
	struct writing w = { format, represent_of(p), &p->a->body };
	represent_begin(format, w.out, &w.represent);
	if (read_page(p, write_item, &w, err) != 0)
		return -1;
	represent_end(format, w.out, &w.represent);
	struct links links = page_links(p);
	links_to_header(&links, p->a);
	return 0;
}

/* ---- collections/{}/items */

static int
write_page(struct page *p, struct error *err)
{
	const struct representation *format = representation_find(p->r->variant->name);
	bool page = document_is_page(p->r);
	p->counted = p->filter == NULL && (page || format == representations);
	if (p->counted &&
	    reading_count(p->x->catalogue, &p->question.filter, p->x->tally, &p->matched, err) != 0)
		return -1;
	if (!page)
		return format == representations ? write_geojson(p, format, err) : write_other(p, format, err);
	struct items_page shown = { .title = p->title, .matched = p->counted ? &p->matched : NULL };
	items_begin(&shown, p->x, p->r, p->a);
	int rc = read_page(p, items_row, &shown, err);
	struct links links = page_links(p);
	items_end(&shown, &links);
	links_done(&links);
	return rc;
}

/* The parameter « filter »; what it says of partner and kind spares reading the others. */
static int
read_filter(struct page *p)
{
	struct error err = ERROR_INIT;
	struct reading_filter *f = &p->question.filter;
	const char *text = request_query(p->r, "filter");
	if (text == NULL)
		return 0;
	p->filter = cql_parse(text, &err);
	if (p->filter == NULL)
		return answer_problem(p->a, 400, "query-param-invalid", "%s", err.text);
	if (f->partner == NULL)
		f->partner = cql_only(p->filter, "partner");
	if (f->kind == NULL)
		f->kind = cql_only(p->filter, "kind");
	return 0;
}

static int
handle_items(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	struct page p = { .x = x, .r = r, .a = a };
	if (ogc_collection(x, r, a, &p.collection) != 0 ||
	    question_read(x, r, p.collection.id, &p.question, a) != 0 || read_filter(&p) != 0)
		return -1;
	p.limit = p.question.filter.limit;
	speech_begin(&speech, r->language);
	p.title = ogc_title(x, p.collection.title);
	int rc = write_page(&p, err);
	speech_end(&speech);
	free(p.title);
	cql_free(p.filter);
	return rc;
}

/* ---- collections/{}/items/{} */

static struct links
item_links(const struct page *p)
{
	struct links links = links_of(p->r);
	link_add(&links, p->r, &(struct link){ "collection", "application/json", _(p->collection.title) }, "/collections/%s",
	    p->collection.id);
	return links;
}

static void
write_feature(struct page *p, const struct listing_row *row, struct links *links)
{
	struct represent represent = represent_of(p);
	struct buf *out = &p->a->body;
	geojson_feature(out, &represent, row);
	buf_cut(out, out->len - 1);
	buf_str(out, ",\"links\":");
	links_put(links, out);
	buf_str(out, "}\n");
}

static void
write_listing(struct page *p, const struct listing_row *row)
{
	const struct representation *format = representation_find(p->r->variant->name);
	struct represent represent = represent_of(p);
	struct links links = item_links(p);
	if (document_is_page(p->r)) {
		items_listing(p->x, p->r, p->a, row, &links);
	} else if (format == representations) {
		write_feature(p, row, &links);
	} else {
		represent_begin(format, &p->a->body, &represent);
		represent_item(format, &p->a->body, &represent, row);
		represent_end(format, &p->a->body, &represent);
		links_to_header(&links, p->a);
	}
	links_done(&links);
}

/* 1 with the listing of that uid, 0 there is none, -1.  *ret borrows from *ret_reading. */
static int
find_listing(struct page *p, const char *uid, struct reading **ret_reading, struct listing_row *ret, struct error *err)
{
	struct reading_filter *f = &p->question.filter;
	const char *colon = strchr(uid, ':');
	if (colon == NULL)
		return 0;
	char *partner = xstrndup(uid, (size_t)(colon - uid));
	f->partner = partner;
	f->external_id = colon + 1;
	f->limit = 1;
	*ret_reading = reading_open(p->x->catalogue, f, p->x->tally, err);
	int rc = *ret_reading != NULL ? reading_next(*ret_reading, ret, err) : -1;
	free(partner);
	return rc;
}

static int
handle_item(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	struct listing_row row;
	struct reading *reading = NULL;
	struct page p = { .x = x, .r = r, .a = a };
	if (ogc_collection(x, r, a, &p.collection) != 0 ||
	    question_read(x, r, p.collection.id, &p.question, a) != 0)
		return -1;
	int rc = find_listing(&p, r->path[1], &reading, &row, err);
	if (rc == 1) {
		speech_begin(&speech, r->language);
		p.title = ogc_title(x, p.collection.title);
		write_listing(&p, &row);
		free(p.title);
		speech_end(&speech);
	}
	reading_close(reading);
	if (rc == 0)
		return answer_problem(a, 404, "not-found", "There is no listing \"%.200s\" in the collection \"%s\".", r->path[1],
		    p.collection.id);
	return rc == 1 ? 0 : -1;
}

static const struct parameter filter_parameter = { "filter", PARAMETER_TEXT, .slow = true,
    .help = "A condition in CQL2 text: comparisons of properties with values, LIKE, ILIKE, BETWEEN, IN, IS NULL, AND, OR, NOT. "
	"The answer does not say how many match." };
static const struct parameter filter_lang_parameter = { "filter-lang", PARAMETER_CHOICE,
    .help = "Language of \"filter\": cql-text is what old programs call it.", .choices = "cql2-text cql-text" };
static const struct parameter *const parameters[] = {
	&limit_parameter, QUESTION_PARAMETERS, &filter_parameter, &filter_lang_parameter, &offset_parameter, &after_parameter, NULL
};
static const struct parameter *const none[] = { NULL };

const struct route items_routes[] = {
	{ .path = "/collections/{collectionId}/items", .methods = METHOD_GET, .handle = handle_items, .parameters = parameters,
	    .variants = variants, .id = "getFeatures", .summary = "Listings, filtered and a page at a time.", .tag = "Data" },
	{ .path = "/collections/{collectionId}/items/{featureId}", .methods = METHOD_GET, .handle = handle_item,
	    .parameters = none, .variants = variants, .id = "getFeature", .summary = "One listing, by its uid.", .tag = "Data",
	    .flags = ROUTE_REST },
	{ .path = NULL },
};
