/* SPDX-License-Identifier: Apache-2.0 */
/* Every route: a table for each file of handlers. */
#include "serve/route.h"
#include "serve/routes.h"

const struct route *const serve_routes[] = {
	ogc_routes,
	schema_routes,
	items_routes,
	exports_routes,
	openapi_routes,
	page_partner_routes,
	page_listings_routes,
	assets_routes,
	rpde_routes,
	feed_routes,
	events_routes,
	actions_routes,
	health_routes,
	metrics_routes,
	NULL
};
