/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OGC API - Features, part 1, version 1.0.1 (OGC 17-069r4): the catalogue as
 * GIS programs read it.  ogc.c has the documents about it, items.c the
 * listings, schema.c what they are made of, openapi.c its description.
 */
#ifndef VIGIE_SERVE_OGC_H
#define VIGIE_SERVE_OGC_H

#include <cjson/cJSON.h>

#include "represent/column.h"
#include "serve/collection.h"
#include "serve/route.h"

#define TYPE_GEOJSON "application/geo+json"
#define TYPE_SCHEMA "application/schema+json"
#define TYPE_OPENAPI "application/vnd.oai.openapi+json;version=3.0"
#define TYPE_HTML "text/html"

/* The landing page as JSON; for people it is page_home(). */
route_handler ogc_landing;

/* 0, or -1 after a.problem: there is no such collection. */
int ogc_collection(struct exchange *x, const struct request *r, struct answer *a, struct collection *ret);
/* The collections for people (ogc_page.c). */
void ogc_page(struct exchange *x, const struct request *r, struct answer *a, const struct collections *cs);
/* « Camper vans - Office de tourisme », in the reader's language; the caller frees it. */
char *ogc_title(const struct exchange *x, const char *title);

/* ---- what a listing is made of (JSON Schema) */

/* One property.  Its type stands alone, though it may be null: GDAL understands nothing else. */
cJSON *schema_column(const struct column *c);
/* All that listing_columns has, position aside, by name. */
cJSON *schema_properties(void);

#endif
