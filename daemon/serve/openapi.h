/* SPDX-License-Identifier: Apache-2.0 */
/* The description of this interface, made from the tables of routes and parameters. */
#ifndef VIGIE_SERVE_OPENAPI_H
#define VIGIE_SERVE_OPENAPI_H

#include <cjson/cJSON.h>

#include "serve/collection.h"

struct openapi_options {
	const char *base_url, *office;
	const char *contact;			/* a URL or mailto:; NULL */
	const char *license;			/* of the data, a URL; NULL */
	const struct collections *collections;	/* what {collectionId} can be */
};
/* An OpenAPI 3.0.3 document of every route that has an id. */
cJSON *openapi_json(const struct openapi_options *options);

/* ---- openapi_schema.c: components/schemas */
cJSON *openapi_schemas(void);
/* The name of the one that describes this media type of an operation's answer; NULL: none does. */
const char *openapi_schema(const char *operation, const char *type);

/* ---- openapi_page.c: the document for people */
struct exchange;
struct request;
struct answer;
void openapi_page(struct exchange *x, const struct request *r, struct answer *a, const cJSON *json);

#endif
