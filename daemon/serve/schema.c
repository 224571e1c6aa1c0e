/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON Schema of a collection's features, after OGC API - Features, part 5:
 * made from the table of columns.
 */
#include "alert/letter_words.h"
#include "alert/speech.h"
#include "serve/document.h"
#include "serve/ogc.h"
#include "serve/routes.h"

/*
 * A condition on any property of a date type is turned into « datetime » by
 * GDAL, and not looked at again, unless the interface understands CQL: then it
 * is sent as it is (see cql.h).
 */
static const struct {
	const char *type, *format;
} types[] = {
	[COLUMN_TEXT] = { "string", NULL },
	[COLUMN_UID] = { "string", NULL },
	[COLUMN_INTEGER] = { "integer", NULL },
	[COLUMN_REAL] = { "number", NULL },
	[COLUMN_DEGREES] = { "number", NULL },
	[COLUMN_PRICE] = { "number", NULL },
	[COLUMN_TIME] = { "string", "date-time" },
	[COLUMN_WHEN] = { "string", "date-time" },
	[COLUMN_JSON] = { "object", NULL },
};

static const struct {
	const char *column, *role;
} roles[] = {
	{ "uid", "id" },
	{ "starts_at", "primary-interval-start" },
	{ "ends_at", "primary-interval-end" },
};

cJSON *
schema_column(const struct column *c)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "type", types[c->type].type);
	if (types[c->type].format != NULL)
		cJSON_AddStringToObject(json, "format", types[c->type].format);
	cJSON_AddStringToObject(json, "description", c->help);
	return json;
}

cJSON *
schema_properties(void)
{
	cJSON *all = cJSON_CreateObject();
	for (const struct column *c = listing_columns; c->name != NULL; c++)
		if (c->type != COLUMN_DEGREES)
			cJSON_AddItemToObject(all, c->name, schema_column(c));
	return all;
}

static cJSON *
properties_with_roles(void)
{
	cJSON *all = schema_properties();
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(all, roles[i].column), "x-ogc-role", roles[i].role);
	return all;
}

static cJSON *
schema_head(const struct request *r, const struct collection *c)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	cJSON_AddStringToObject(json, "$id", r->url);
	cJSON_AddStringToObject(json, "title", _(c->title));
	cJSON_AddStringToObject(json, "type", "object");
	return json;
}

static cJSON *
schema_json(const struct request *r, const struct collection *c)
{
	static const char *const required[] = { "type", "geometry", "properties" };
	static const char *const feature[] = { "Feature" };
	cJSON *json = schema_head(r, c);
	cJSON_AddItemToObject(json, "required", cJSON_CreateStringArray(required, 3));
	cJSON *members = cJSON_AddObjectToObject(json, "properties");
	cJSON *type = cJSON_AddObjectToObject(members, "type");
	cJSON_AddStringToObject(type, "type", "string");
	cJSON_AddItemToObject(type, "enum", cJSON_CreateStringArray(feature, 1));
	cJSON_AddStringToObject(cJSON_AddObjectToObject(members, "id"), "type", "string");
	cJSON *geometry = cJSON_AddObjectToObject(members, "geometry");
	cJSON_AddStringToObject(geometry, "$ref", "https://geojson.org/schema/Point.json");
	cJSON_AddStringToObject(geometry, "x-ogc-role", "primary-geometry");
	cJSON *properties = cJSON_AddObjectToObject(members, "properties");
	cJSON_AddStringToObject(properties, "type", "object");
	cJSON_AddItemToObject(properties, "properties", properties_with_roles());
	return json;
}

static cJSON *
named(const char *name)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "id", name);
	return json;
}

/* What « filter » can be about, after part 3; GDAL looks for an older list of names. */
static cJSON *
queryables_json(const struct request *r, const struct collection *c)
{
	cJSON *json = schema_head(r, c), *names = cJSON_CreateArray(), *property;
	cJSON *properties = properties_with_roles();
	cJSON_ArrayForEach(property, properties)
		cJSON_AddItemToArray(names, named(property->string));
	cJSON_AddItemToObject(json, "properties", properties);
	cJSON_AddFalseToObject(json, "additionalProperties");
	cJSON_AddItemToObject(json, "queryables", names);
	return json;
}

static int
answer_schema(struct exchange *x, const struct request *r, struct answer *a, const char *title,
    cJSON *(*json)(const struct request *r, const struct collection *c))
{
	struct speech speech;
	struct collection c;
	if (ogc_collection(x, r, a, &c) != 0)
		return -1;
	speech_begin(&speech, r->language);
	struct document d = { .title = _(title), .json = json(r, &c) };
	int rc = document_answer(x, r, a, &d);
	speech_end(&speech);
	return rc;
}

static int
handle_schema(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	(void)err;
	return answer_schema(x, r, a, N_("What a listing is made of"), schema_json);
}

static int
handle_queryables(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	(void)err;
	return answer_schema(x, r, a, N_("What listings can be chosen by"), queryables_json);
}

static const struct parameter *const none[] = { NULL };
static const struct variant variants[] = {
	{ "json", TYPE_SCHEMA, "application/json" },
	{ "html", TYPE_HTML, "application/xhtml+xml" },
	{ .name = NULL },
};

/* GDAL reads these only as plain JSON. */
static const struct variant queryables_variants[] = {
	{ "schema", TYPE_SCHEMA, NULL },
	{ "json", "application/json", NULL },
	{ "html", TYPE_HTML, "application/xhtml+xml" },
	{ .name = NULL },
};

const struct route schema_routes[] = {
	{ .path = "/collections/{collectionId}/schema", .methods = METHOD_GET, .handle = handle_schema, .parameters = none,
	    .variants = variants, .id = "getSchema", .summary = "What the listings of a collection are made of (JSON Schema).",
	    .tag = "Data" },
	{ .path = "/collections/{collectionId}/queryables", .methods = METHOD_GET, .handle = handle_queryables,
	    .parameters = none, .variants = queryables_variants, .id = "getQueryables",
	    .summary = "What the parameter \"filter\" can be about (JSON Schema).", .tag = "Data" },
	{ .path = NULL },
};
