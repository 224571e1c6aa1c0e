/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/openapi.h"

#include "alert/letter_words.h"
#include "alert/speech.h"
#include "base/version.h"
#include "config/config.h"
#include "serve/document.h"
#include "serve/ogc.h"
#include "serve/routes.h"

/* What stands for {…} in paths. */
static const struct {
	const char *name, *help;
} path_parameters[] = {
	{ "collectionId", "\"all\", or a kind of listings." },
	{ "featureId", "A listing's uid: partner:external_id." },
	{ "file", "A collection, a dot and a format, such as event.ics." },
	{ "partner", "A partner's name in Vigie." },
};

static cJSON *
reference(const char *kind, const char *name)
{
	struct buf path = BUF_INIT;
	cJSON *ref = cJSON_CreateObject();
	buf_fmt(&path, "#/components/%s/%s", kind, name);
	cJSON_AddStringToObject(ref, "$ref", path.data);
	buf_done(&path);
	return ref;
}

/* What the tags of routes mean. */
static const struct {
	const char *name, *description;
} tags[] = {
	{ "Capabilities", "What this interface has, and how it is asked." },
	{ "Data", "The listings." },
	{ "Changes", "What was added, changed and removed, for those who follow." },
	{ "Staff", "What staff decide, with the token of [serve]." },
	{ "Health", "For those who look after the service." },
};

/* ---- parameters */

/* « a b c » as a list. */
static cJSON *
words(const char *s)
{
	cJSON *list = cJSON_CreateArray();
	for (s += strspn(s, " "); *s != '\0'; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");
		char *word = xstrndup(s, len);
		cJSON_AddItemToArray(list, cJSON_CreateString(word));
		free(word);
		s += len;
	}
	return list;
}

/* Four numbers or six: `items` at this level for one client's sake, oneOf for another's. */
static void
describe_box(cJSON *schema)
{
	cJSON_AddStringToObject(schema, "type", "array");
	cJSON_AddNumberToObject(schema, "minItems", 4);
	cJSON_AddNumberToObject(schema, "maxItems", 6);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(schema, "items"), "type", "number");
	cJSON *either = cJSON_AddArrayToObject(schema, "oneOf");
	for (int n = 4; n <= 6; n += 2) {
		cJSON *one = cJSON_CreateObject();
		cJSON_AddNumberToObject(one, "minItems", n);
		cJSON_AddNumberToObject(one, "maxItems", n);
		cJSON_AddItemToArray(either, one);
	}
}

static void
describe_integer(cJSON *schema, const struct parameter *p)
{
	cJSON_AddStringToObject(schema, "type", "integer");
	cJSON_AddNumberToObject(schema, "minimum", (double)p->min);
	if (p->max > 0)
		cJSON_AddNumberToObject(schema, "maximum", (double)p->max);
	if (p->fallback > 0)
		cJSON_AddNumberToObject(schema, "default", (double)p->fallback);
}

static void
describe_type(cJSON *schema, const struct parameter *p)
{
	switch (p->type) {
	case PARAMETER_BOX:
		describe_box(schema);
		return;
	case PARAMETER_INTEGER:
		describe_integer(schema, p);
		return;
	case PARAMETER_REAL:
		cJSON_AddStringToObject(schema, "type", "number");
		return;
	case PARAMETER_CHOICE:
		cJSON_AddStringToObject(schema, "type", "string");
		cJSON_AddItemToObject(schema, "enum", words(p->choices));
		return;
	case PARAMETER_TEXT:
	case PARAMETER_INTERVAL:
		cJSON_AddStringToObject(schema, "type", "string");
		return;
	}
}

static cJSON *
parameter_json(const struct parameter *p)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "name", p->name);
	cJSON_AddStringToObject(json, "in", "query");
	cJSON_AddStringToObject(json, "description", p->help);
	cJSON_AddFalseToObject(json, "required");
	describe_type(cJSON_AddObjectToObject(json, "schema"), p);
	cJSON_AddStringToObject(json, "style", "form");
	cJSON_AddFalseToObject(json, "explode");
	return json;
}

static cJSON *
format_json(const struct variant *variants)
{
	struct parameter f = { .name = "f", .type = PARAMETER_TEXT, .help = "Format of the answer, whatever Accept says." };
	cJSON *json = parameter_json(&f);
	cJSON *choices = cJSON_AddArrayToObject(cJSON_GetObjectItemCaseSensitive(json, "schema"), "enum");
	for (const struct variant *v = variants; v->name != NULL; v++)
		cJSON_AddItemToArray(choices, cJSON_CreateString(v->name));
	return json;
}

static cJSON *
path_parameter_json(const char *name, size_t len, const struct collections *cs)
{
	cJSON *json = cJSON_CreateObject(), *schema = cJSON_CreateObject();
	char *text = xstrndup(name, len);
	cJSON_AddStringToObject(json, "name", text);
	cJSON_AddStringToObject(json, "in", "path");
	for (size_t i = 0; i < sizeof path_parameters / sizeof path_parameters[0]; i++)
		if (strcmp(path_parameters[i].name, text) == 0)
			cJSON_AddStringToObject(json, "description", path_parameters[i].help);
	cJSON_AddTrueToObject(json, "required");
	cJSON_AddStringToObject(schema, "type", "string");
	if (strcmp(text, "collectionId") == 0) {
		cJSON *ids = cJSON_AddArrayToObject(schema, "enum");
		for (size_t i = 0; i < cs->n; i++)
			cJSON_AddItemToArray(ids, cJSON_CreateString(cs->list[i].id));
	}
	cJSON_AddItemToObject(json, "schema", schema);
	free(text);
	return json;
}

/* Of a POST: what the body has. */
static cJSON *
form_json(const struct route *route)
{
	cJSON *schema = cJSON_CreateObject();
	cJSON_AddStringToObject(schema, "type", "object");
	cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
	for (const struct parameter *const *p = route->parameters; p != NULL && *p != NULL; p++) {
		cJSON *one = cJSON_AddObjectToObject(properties, (*p)->name);
		describe_type(one, *p);
		cJSON_AddStringToObject(one, "description", (*p)->help);
	}
	return schema;
}

static cJSON *
parameters_json(const struct route *route, enum method method, const struct collections *cs)
{
	cJSON *list = cJSON_CreateArray();
	for (const char *at = strchr(route->path, '{'); at != NULL; at = strchr(at, '{')) {
		size_t len = strcspn(++at, "}");
		cJSON_AddItemToArray(list, path_parameter_json(at, len, cs));
	}
	if (method == METHOD_POST)
		return list;
	for (const struct parameter *const *p = route->parameters; p != NULL && *p != NULL; p++)
		if (!(*p)->hidden)
			cJSON_AddItemToArray(list, parameter_json(*p));
	if (route->variants != NULL && route->variants[0].name != NULL && route->variants[1].name != NULL)
		cJSON_AddItemToArray(list, format_json(route->variants));
	return list;
}

/* ---- answers */

static cJSON *
content_json(const struct route *route)
{
	cJSON *content = cJSON_CreateObject();
	for (const struct variant *v = route->variants; v != NULL && v->name != NULL; v++) {
		if (cJSON_HasObjectItem(content, v->type))
			continue;
		cJSON *type = cJSON_AddObjectToObject(content, v->type);
		const char *name = openapi_schema(route->id, v->type);
		cJSON *schema = name != NULL ? reference("schemas", name) : cJSON_CreateObject();
		if (name == NULL && strstr(v->type, "json") == NULL)
			cJSON_AddStringToObject(schema, "type", "string");
		cJSON_AddItemToObject(type, "schema", schema);
	}
	return content;
}

static const struct {
	const char *status, *description;
} problems[] = {
	{ "400", "A parameter is not known, or its value is not right." },
	{ "401", "It takes the token of [serve] as a bearer token." },
	{ "404", "There is no such thing." },
	{ "default", "Anything else that went wrong." },
};

static bool
may_answer(const struct route *route, const char *status)
{
	if (strcmp(status, "401") == 0)
		return (route->flags & ROUTE_TOKEN) != 0;
	if (strcmp(status, "404") == 0)
		return strchr(route->path, '{') != NULL;
	return true;
}

static cJSON *
problem_json(const char *description)
{
	cJSON *json = cJSON_CreateObject(), *content = cJSON_AddObjectToObject(json, "content");
	cJSON_AddStringToObject(json, "description", description);
	cJSON_AddItemToObject(cJSON_AddObjectToObject(content, "application/problem+json"), "schema",
	    reference("schemas", "exception"));
	return json;
}

static cJSON *
responses_json(const struct route *route)
{
	cJSON *responses = cJSON_CreateObject(), *good = cJSON_AddObjectToObject(responses, "200");
	cJSON_AddStringToObject(good, "description", route->summary);
	cJSON_AddItemToObject(good, "content", content_json(route));
	for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++)
		if (may_answer(route, problems[i].status))
			cJSON_AddItemToObject(responses, problems[i].status, problem_json(problems[i].description));
	return responses;
}

/* ---- the document */

static cJSON *
operation_json(const struct route *route, enum method method, const struct collections *cs)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "tags"), cJSON_CreateString(route->tag));
	cJSON_AddStringToObject(json, "summary", route->summary);
	cJSON_AddStringToObject(json, "description", route->summary);
	cJSON_AddStringToObject(json, "operationId", route->id);
	cJSON_AddItemToObject(json, "parameters", parameters_json(route, method, cs));
	if (method == METHOD_POST) {
		cJSON *content = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "requestBody"), "content");
		cJSON *form = cJSON_AddObjectToObject(content, "application/x-www-form-urlencoded");
		cJSON_AddItemToObject(form, "schema", form_json(route));
	}
	cJSON_AddItemToObject(json, "responses", responses_json(route));
	if ((route->flags & ROUTE_TOKEN) != 0) {
		cJSON *one = cJSON_CreateObject();
		cJSON_AddArrayToObject(one, "token");
		cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "security"), one);
	}
	return json;
}

static cJSON *
tags_json(void)
{
	cJSON *all = cJSON_CreateArray();
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		cJSON *one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "name", tags[i].name);
		cJSON_AddStringToObject(one, "description", tags[i].description);
		cJSON_AddItemToArray(all, one);
	}
	return all;
}

static void
add_route(cJSON *paths, const struct route *route, const struct collections *cs)
{
	cJSON *path = cJSON_GetObjectItemCaseSensitive(paths, route->path);
	if (path == NULL)
		path = cJSON_AddObjectToObject(paths, route->path);
	if ((route->methods & METHOD_GET) != 0)
		cJSON_AddItemToObject(path, "get", operation_json(route, METHOD_GET, cs));
	if ((route->methods & METHOD_POST) != 0)
		cJSON_AddItemToObject(path, "post", operation_json(route, METHOD_POST, cs));
}

static cJSON *
info_json(const struct openapi_options *options)
{
	cJSON *info = cJSON_CreateObject(), *contact = cJSON_CreateObject();
	const char *office = options->office != NULL ? options->office : "Vigie";
	cJSON_AddStringToObject(info, "title", office);
	cJSON_AddStringToObject(info, "description",
	    "What the partners of this tourist office offer: one catalogue, read from each of them and kept up to date.");
	cJSON_AddStringToObject(info, "version", VIGIE_VERSION);
	cJSON_AddStringToObject(contact, "name", office);
	if (options->contact != NULL && strncmp(options->contact, "mailto:", 7) == 0)
		cJSON_AddStringToObject(contact, "email", options->contact + 7);
	else if (options->contact != NULL)
		cJSON_AddStringToObject(contact, "url", options->contact);
	cJSON_AddItemToObject(info, "contact", contact);
	if (options->license != NULL) {
		cJSON *license = cJSON_AddObjectToObject(info, "license");
		cJSON_AddStringToObject(license, "name", options->license);
		cJSON_AddStringToObject(license, "url", options->license);
	}
	return info;
}

static cJSON *
components_json(void)
{
	cJSON *components = cJSON_CreateObject();
	cJSON_AddItemToObject(components, "schemas", openapi_schemas());
	cJSON *token = cJSON_AddObjectToObject(cJSON_AddObjectToObject(components, "securitySchemes"), "token");
	cJSON_AddStringToObject(token, "type", "http");
	cJSON_AddStringToObject(token, "scheme", "bearer");
	return components;
}

cJSON *
openapi_json(const struct openapi_options *options)
{
	cJSON *json = cJSON_CreateObject(), *server = cJSON_CreateObject(), *paths = cJSON_CreateObject();
	for (const struct route *const *table = serve_routes; *table != NULL; table++)
		for (const struct route *r = *table; r->path != NULL; r++)
			if (r->id != NULL)
				add_route(paths, r, options->collections);
	cJSON_AddStringToObject(json, "openapi", "3.0.3");
	cJSON_AddItemToObject(json, "info", info_json(options));
	cJSON_AddStringToObject(server, "url", options->base_url);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "servers"), server);
	cJSON_AddArrayToObject(json, "security");
	cJSON_AddItemToObject(json, "tags", tags_json());
	cJSON_AddItemToObject(json, "paths", paths);
	cJSON_AddItemToObject(json, "components", components_json());
	return json;
}

/* ---- /api */

static int
handle_api(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct speech speech;
	struct collections cs;
	(void)err;
	collections_read(x->tally, &cs);
	struct openapi_options options = { r->base_url, x->config->office_name, x->config->contact, x->config->serve.license, &cs };
	cJSON *json = openapi_json(&options);
	if (document_is_page(r)) {
		speech_begin(&speech, r->language);
		openapi_page(x, r, a, json);
		cJSON_Delete(json);
		speech_end(&speech);
		return 0;
	}
	return document_answer(x, r, a, &(struct document){ .title = "", .json = json });
}

static const struct parameter *const none[] = { NULL };
static const struct variant variants[] = {
	{ "json", TYPE_OPENAPI, "application/json application/openapi+json application/vnd.oai.openapi+json" },
	{ "html", TYPE_HTML, "application/xhtml+xml" },
	{ .name = NULL },
};

const struct route openapi_routes[] = {
	{ .path = "/api", .methods = METHOD_GET, .handle = handle_api, .parameters = none, .variants = variants,
	    .id = "getApi", .summary = "This description.", .tag = "Capabilities" },
	{ .path = NULL },
};
