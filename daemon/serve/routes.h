/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of routes; each ends with a NULL path. */
#ifndef VIGIE_SERVE_ROUTES_H
#define VIGIE_SERVE_ROUTES_H

#include "serve/route.h"

extern const struct route actions_routes[];
extern const struct route assets_routes[];
extern const struct route events_routes[];
extern const struct route exports_routes[];
extern const struct route feed_routes[];
extern const struct route health_routes[];
extern const struct route metrics_routes[];
extern const struct route items_routes[];
extern const struct route ogc_routes[];
extern const struct route openapi_routes[];
extern const struct route rpde_routes[];
extern const struct route schema_routes[];
extern const struct route page_partner_routes[], page_listings_routes[];

#endif
