/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A GeoPackage (OGC 12-128r15, version 1.2): one SQLite file with one layer of
 * points that any geographic information system opens.
 */
#ifndef VIGIE_CATALOGUE_GEOPACKAGE_H
#define VIGIE_CATALOGUE_GEOPACKAGE_H

#include "base/clock.h"
#include "base/error.h"
#include "normalise/listing.h"

struct geopackage_column {
	const char *name;
	const char *type;	/* of the GeoPackage: TEXT, INTEGER, REAL, DATETIME */
};

struct geopackage_layer {	/* borrowed for as long as the file is written */
	const char *title;	/* for people */
	const struct geopackage_column *columns;	/* end with a NULL name; none is called fid or geom */
};

struct geopackage;

/* Makes the file, which must be empty or not be there. */
struct geopackage *geopackage_new(const char *path, const struct geopackage_layer *layer, struct error *err);
/* A feature: its place in WGS 84 degrees (NAN: none), and the text of each column, whatever its type; s NULL: null. */
int geopackage_add(struct geopackage *g, double lat, double lon, const struct text *values, struct error *err);
/* Makes its index of space, says when it was made, and puts all of it on the disk; only then it is whole. */
int geopackage_finish(struct geopackage *g, int64_t now_ms, struct error *err);
void geopackage_free(struct geopackage *g);	/* takes NULL */

#endif
