/* SPDX-License-Identifier: Apache-2.0 */
/* Every route: a table for each file of handlers. */
#include "serve/ogc.h"
#include "serve/routes.h"

const struct route *const serve_routes[] = {
	ogc_routes,
	items_routes,
	schema_routes,
	openapi_routes,
	assets_routes,
	health_routes,
	ogc_routes,
	schema_routes,
	items_routes,
	openapi_routes,
	NULL
};
