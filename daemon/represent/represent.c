/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/represent.h"

#include "represent/geojson.h"

const struct representation representations[] = {
	{ "geojson", "application/geo+json", "geojson", "For maps and GIS programs (RFC 7946).",
	    geojson_begin, geojson_item, geojson_end, NULL },
	{ "geojsonl", "application/x-ndjson", "geojsonl", "A GeoJSON feature a line, for jq, DuckDB and other streams.",
	    NULL, geojson_line, NULL, NULL },
	{ .name = NULL },
};

const struct representation *
representation_find(const char *name)
{
	for (const struct representation *f = representations; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

void
represent_begin(const struct representation *f, struct buf *out, struct represent *r)
{
	r->items = 0;
	if (f->begin != NULL)
		f->begin(out, r);
}

void
represent_item(const struct representation *f, struct buf *out, struct represent *r, const struct listing_row *row)
{
	if (f->takes != NULL && !f->takes(row))
		return;
	f->item(out, r, row);
	r->items++;
}

void
represent_end(const struct representation *f, struct buf *out, const struct represent *r)
{
	if (f->end != NULL)
		f->end(out, r);
}
