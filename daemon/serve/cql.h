/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions on listings, as GDAL and others write them: CQL2 text (OGC
 * 21-065r2), of which comparisons of a property with a value, LIKE, ILIKE,
 * BETWEEN, IN, IS NULL, AND, OR and NOT are understood:
 *
 *	price <= 50 AND (locality LIKE 'Mar%' OR starts_at >= '2026-07-01')
 *
 * Properties are those of represent/column.h.  What a listing does not have
 * compares neither as true nor as false, as in SQL.
 */
#ifndef VIGIE_SERVE_CQL_H
#define VIGIE_SERVE_CQL_H

#include "base/error.h"
#include "catalogue/reading.h"

enum { CQL_NODES_MAX = 256, CQL_DEPTH_MAX = 32, CQL_VALUE_MAX = 512 };

struct cql;

/* NULL with a text for whoever asked. */
struct cql *cql_parse(const char *text, struct error *err);
void cql_free(struct cql *q);		/* takes NULL */
bool cql_holds(const struct cql *q, const struct listing_row *row);
/* The one text that a property has wherever it holds, so that an index can be used; NULL: it may have several. */
const char *cql_only(const struct cql *q, const char *property);

#endif
