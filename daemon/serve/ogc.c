/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/ogc.h"

#include "alert/letter_words.h"
#include "alert/speech.h"
#include "config/config.h"
#include "represent/represent.h"
#include "serve/document.h"
#include "serve/page.h"
#include "serve/routes.h"

#define CRS84 "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#define QUERYABLES "http://www.opengis.net/def/rel/ogc/1.0/queryables"
#define GREGORIAN "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"

static const char *const conformance[] = {
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
};

static const struct {
	const char *path;
	struct link link;
} landing_links[] = {
	{ "/api", { "service-desc", TYPE_OPENAPI, N_("Description of this interface (OpenAPI)") } },
	{ "/api?f=html", { "service-doc", TYPE_HTML, N_("Description of this interface") } },
	{ "/conformance", { "conformance", "application/json", N_("Rules that it follows") } },
	{ "/collections", { "data", "application/json", N_("Collections of listings") } },
	{ "/rpde", { "related", "application/json", N_("Every change, for copies that keep up (RPDE)") } },
	{ "/changes", { "related", "application/atom+xml", N_("What has changed") } },
	{ "/changes?f=jsonfeed", { "related", "application/feed+json", N_("What has changed") } },
	{ "/events", { "related", "text/event-stream", N_("What happens, live") } },
};

char *
ogc_title(const struct exchange *x, const char *title)
{
	struct buf out = BUF_INIT;
	buf_str(&out, _(title));
	if (x->config->office_name != NULL)
		buf_fmt(&out, " - %s", x->config->office_name);
	return buf_take(&out);
}

/* ---- landing page, conformance */

static cJSON *
landing_json(const struct exchange *x, const struct request *r)
{
	cJSON *json = cJSON_CreateObject();
	struct links links = links_of(r);
	const char *office = x->config->office_name;
	cJSON_AddStringToObject(json, "title", office != NULL ? office : "Vigie");
	cJSON_AddStringToObject(json, "description",
	    _("What the partners of this tourist office offer: one catalogue, read from each of them and kept up to date."));
	for (size_t i = 0; i < sizeof landing_links / sizeof landing_links[0]; i++) {
		struct link l = landing_links[i].link;
		l.title = _(l.title);
		link_add(&links, r, &l, "%s", landing_links[i].path);
	}
	cJSON_AddItemToObject(json, "links", links_json(&links));
	return json;
}

int
ogc_landing(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	if (strcmp(r->variant->name, "html") == 0)
		return page_home(x, r, a, err);
	speech_begin(&speech, r->language);
	struct document d = { .title = _("This interface"), .json = landing_json(x, r) };
	int rc = document_answer(x, r, a, &d);
	speech_end(&speech);
	return rc;
}

static int
handle_conformance(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	(void)err;
	speech_begin(&speech, r->language);
	cJSON *json = cJSON_CreateObject();
	cJSON_AddItemToObject(json, "conformsTo",
	    cJSON_CreateStringArray(conformance, sizeof conformance / sizeof conformance[0]));
	struct links links = links_of(r);
	cJSON_AddItemToObject(json, "links", links_json(&links));
	struct document d = { .title = _("Rules that it follows"), .json = json };
	int rc = document_answer(x, r, a, &d);
	speech_end(&speech);
	return rc;
}

/* ---- collections */

static cJSON *
extent_json(const struct box *b)
{
	const double corners[] = { b->west, b->south, b->east, b->north };
	cJSON *extent = cJSON_CreateObject(), *spatial = cJSON_AddObjectToObject(extent, "spatial");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(spatial, "bbox"), cJSON_CreateDoubleArray(corners, 4));
	cJSON_AddStringToObject(spatial, "crs", CRS84);
	cJSON *temporal = cJSON_AddObjectToObject(extent, "temporal"), *open = cJSON_CreateArray();
	cJSON_AddItemToArray(open, cJSON_CreateNull());
	cJSON_AddItemToArray(open, cJSON_CreateNull());
	cJSON_AddItemToArray(cJSON_AddArrayToObject(temporal, "interval"), open);
	cJSON_AddStringToObject(temporal, "trs", GREGORIAN);
	return extent;
}

static void
add_item_links(struct links *links, const struct exchange *x, const struct request *r, const char *id)
{
	const struct route *items = items_routes;
	for (const struct variant *v = items->variants; v->name != NULL; v++)
		link_add(links, r, &(struct link){ "items", v->type, NULL }, v == items->variants ? "/collections/%s/items" :
		    "/collections/%s/items?f=%s", id, v->name);
	/* All of it at once (17-069r4, recommendation 10). */
	for (const struct representation *f = representations; f->name != NULL; f++)
		link_add(links, r, &(struct link){ "enclosure", f->type, NULL }, "/exports/%s.%s", id, f->name);
	if (x->config->serve.license != NULL)
		link_add_url(links, &(struct link){ "license", NULL, NULL }, x->config->serve.license);
	/* GDAL knows the one, the standard has the other. */
	link_add(links, r, &(struct link){ "describedBy", TYPE_SCHEMA, NULL }, "/collections/%s/schema", id);
	link_add(links, r, &(struct link){ "describedby", TYPE_SCHEMA, NULL }, "/collections/%s/schema", id);
	link_add(links, r, &(struct link){ "queryables", "application/json", NULL }, "/collections/%s/queryables", id);
	link_add(links, r, &(struct link){ QUERYABLES, TYPE_SCHEMA, NULL }, "/collections/%s/queryables", id);
}

static cJSON *
collection_json(const struct exchange *x, const struct request *r, const struct collection *c, struct links *links)
{
	static const char *const crs[] = { CRS84 };
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "id", c->id);
	cJSON_AddStringToObject(json, "title", _(c->title));
	cJSON_AddStringToObject(json, "itemType", "feature");
	cJSON_AddNumberToObject(json, "itemCount", (double)c->count);
	cJSON_AddItemToObject(json, "extent", extent_json(&c->extent));
	cJSON_AddItemToObject(json, "crs", cJSON_CreateStringArray(crs, 1));
	add_item_links(links, x, r, c->id);
	cJSON_AddItemToObject(json, "links", links_json(links));
	return json;
}

static cJSON *
entry_json(const struct exchange *x, const struct request *r, const struct collection *c)
{
	struct links links = LINKS_INIT;
	link_add(&links, r, &(struct link){ "self", "application/json", NULL }, "/collections/%s", c->id);
	link_add(&links, r, &(struct link){ "alternate", TYPE_HTML, NULL }, "/collections/%s?f=html", c->id);
	return collection_json(x, r, c, &links);
}

static int
handle_collections(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	struct collections cs;
	(void)err;
	speech_begin(&speech, r->language);
	collections_read(x->tally, &cs);
	if (document_is_page(r)) {
		ogc_page(x, r, a, &cs);
		speech_end(&speech);
		return 0;
	}
	cJSON *json = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(json, "collections");
	for (size_t i = 0; i < cs.n; i++)
		cJSON_AddItemToArray(list, entry_json(x, r, &cs.list[i]));
	struct links links = links_of(r);
	cJSON_AddItemToObject(json, "links", links_json(&links));
	struct document d = { .title = _("Collections of listings"), .json = json };
	int rc = document_answer(x, r, a, &d);
	speech_end(&speech);
	return rc;
}

int
ogc_collection(struct exchange *x, const struct request *r, struct answer *a, struct collection *ret)
{
	if (collection_read(x->tally, r->path[0], ret))
		return 0;
	return answer_problem(a, 404, "not-found", "There is no collection \"%.60s\": /collections has them all.", r->path[0]);
}

static int
handle_collection(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	struct collection c;
	(void)err;
	if (ogc_collection(x, r, a, &c) != 0)
		return -1;
	speech_begin(&speech, r->language);
	struct links links = links_of(r);
	struct document d = { .title = _(c.title), .json = collection_json(x, r, &c, &links) };
	int rc = document_answer(x, r, a, &d);
	speech_end(&speech);
	return rc;
}

static const struct parameter *const none[] = { NULL };
static const struct variant documents[] = {
	{ "json", "application/json", NULL },
	{ "html", TYPE_HTML, "application/xhtml+xml" },
	{ .name = NULL },
};

const struct route ogc_routes[] = {
	{ .path = "/", .methods = METHOD_GET, .handle = ogc_landing, .parameters = none, .variants = documents,
	    .id = "getLandingPage", .summary = "Where everything is.", .tag = "Capabilities" },
	{ .path = "/conformance", .methods = METHOD_GET, .handle = handle_conformance, .parameters = none,
	    .variants = documents, .id = "getConformanceDeclaration", .summary = "Rules that this interface follows.",
	    .tag = "Capabilities" },
	{ .path = "/collections", .methods = METHOD_GET, .handle = handle_collections, .parameters = none,
	    .variants = documents, .id = "getCollections", .summary = "The collections: all listings, and those of each kind.",
	    .tag = "Capabilities" },
	{ .path = "/collections/{collectionId}", .methods = METHOD_GET, .handle = handle_collection, .parameters = none,
	    .variants = documents, .id = "describeCollection", .summary = "One collection.", .tag = "Capabilities" },
	{ .path = NULL },
};
