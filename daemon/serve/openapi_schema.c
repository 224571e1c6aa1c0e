/* SPDX-License-Identifier: Apache-2.0 */
/* What answers look like, for the OpenAPI document: those of OGC 17-069r4, and the features of the table of columns. */
#include <assert.h>
#include <string.h>

#include "serve/ogc.h"
#include "serve/openapi.h"

#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define STRING "{\"type\":\"string\"}"
#define LIST_OF(items) "{\"type\":\"array\",\"items\":" items "}"

static const struct {
	const char *name, *json;
} schemas[] = {
	{ "exception", "{\"type\":\"object\",\"required\":[\"code\"],\"properties\":{\"type\":" STRING ",\"title\":" STRING
	    ",\"status\":{\"type\":\"integer\"},\"detail\":" STRING ",\"code\":" STRING ",\"description\":" STRING "}}" },
	{ "link", "{\"type\":\"object\",\"required\":[\"href\",\"rel\"],\"properties\":{\"href\":" STRING ",\"rel\":" STRING
	    ",\"type\":" STRING ",\"title\":" STRING "}}" },
	{ "landingPage", "{\"type\":\"object\",\"required\":[\"links\"],\"properties\":{\"title\":" STRING ",\"description\":"
	    STRING ",\"links\":" LIST_OF(REF("link")) "}}" },
	{ "confClasses", "{\"type\":\"object\",\"required\":[\"conformsTo\"],\"properties\":{\"conformsTo\":" LIST_OF(STRING)
	    ",\"links\":" LIST_OF(REF("link")) "}}" },
	{ "extent", "{\"type\":\"object\",\"properties\":{"
	    "\"spatial\":{\"type\":\"object\",\"properties\":{\"crs\":" STRING ",\"bbox\":{\"type\":\"array\",\"minItems\":1,"
	    "\"items\":{\"type\":\"array\",\"minItems\":4,\"maxItems\":6,\"items\":{\"type\":\"number\"}}}}},"
	    "\"temporal\":{\"type\":\"object\",\"properties\":{\"trs\":" STRING ",\"interval\":{\"type\":\"array\",\"minItems\":1,"
	    "\"items\":{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{\"type\":\"string\",\"format\":\"date-time\","
	    "\"nullable\":true}}}}}}}" },
	{ "collection", "{\"type\":\"object\",\"required\":[\"id\",\"links\"],\"properties\":{\"id\":" STRING ",\"title\":" STRING
	    ",\"description\":" STRING ",\"itemType\":" STRING ",\"itemCount\":{\"type\":\"integer\"},\"extent\":" REF("extent")
	    ",\"crs\":" LIST_OF(STRING) ",\"links\":" LIST_OF(REF("link")) "}}" },
	{ "collections", "{\"type\":\"object\",\"required\":[\"links\",\"collections\"],\"properties\":{\"links\":"
	    LIST_OF(REF("link")) ",\"collections\":" LIST_OF(REF("collection")) "}}" },
	{ "pointGeoJSON", "{\"type\":\"object\",\"nullable\":true,\"required\":[\"type\",\"coordinates\"],\"properties\":{\"type\":"
	    "{\"type\":\"string\",\"enum\":[\"Point\"]},\"coordinates\":{\"type\":\"array\",\"minItems\":2,\"items\":"
	    "{\"type\":\"number\"}}}}" },
	{ "featureGeoJSON", "{\"type\":\"object\",\"required\":[\"type\",\"geometry\",\"properties\"],\"properties\":{\"type\":"
	    "{\"type\":\"string\",\"enum\":[\"Feature\"]},\"id\":" STRING ",\"geometry\":" REF("pointGeoJSON") ",\"properties\":"
	    REF("listing") ",\"links\":" LIST_OF(REF("link")) "}}" },
	{ "featureCollectionGeoJSON", "{\"type\":\"object\",\"required\":[\"type\",\"features\"],\"properties\":{\"type\":"
	    "{\"type\":\"string\",\"enum\":[\"FeatureCollection\"]},\"features\":" LIST_OF(REF("featureGeoJSON")) ",\"links\":"
	    LIST_OF(REF("link")) ",\"timeStamp\":{\"type\":\"string\",\"format\":\"date-time\"},\"numberMatched\":"
	    "{\"type\":\"integer\",\"minimum\":0},\"numberReturned\":{\"type\":\"integer\",\"minimum\":0}}}" },
};

static const struct {
	const char *operation, *type, *schema;
} answers[] = {
	{ "getLandingPage", "application/json", "landingPage" },
	{ "getConformanceDeclaration", "application/json", "confClasses" },
	{ "getCollections", "application/json", "collections" },
	{ "describeCollection", "application/json", "collection" },
	{ "getFeatures", TYPE_GEOJSON, "featureCollectionGeoJSON" },
	{ "getFeature", TYPE_GEOJSON, "featureGeoJSON" },
};

static cJSON *
listing_schema(void)
{
	cJSON *json = cJSON_CreateObject(), *properties = schema_properties(), *property;
	cJSON_ArrayForEach(property, properties) {
		/* A day is no date-time. */
		cJSON_DeleteItemFromObjectCaseSensitive(property, "format");
		cJSON_AddTrueToObject(property, "nullable");
	}
	cJSON_AddStringToObject(json, "type", "object");
	cJSON_AddItemToObject(json, "properties", properties);
	return json;
}

cJSON *
openapi_schemas(void)
{
	cJSON *all = cJSON_CreateObject();
	for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
		cJSON *one = cJSON_Parse(schemas[i].json);
		assert(one != NULL);
		cJSON_AddItemToObject(all, schemas[i].name, one);
	}
	cJSON_AddItemToObject(all, "listing", listing_schema());
	return all;
}

const char *
openapi_schema(const char *operation, const char *type)
{
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if (strcmp(answers[i].operation, operation) == 0 && strcmp(answers[i].type, type) == 0)
			return answers[i].schema;
	return NULL;
}
