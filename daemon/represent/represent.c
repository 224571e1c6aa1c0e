/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/represent.h"

#include "represent/csv.h"
#include "represent/geojson.h"
#include "represent/icalendar.h"
#include "represent/jsonld.h"
#include "represent/turtle.h"

const struct representation representations[] = {
	{ "geojson", "application/geo+json", "geojson", "For maps and geographic information systems (RFC 7946).",
	    geojson_begin, geojson_item, geojson_end, NULL },
	{ "geojsonl", "application/x-ndjson", "geojsonl", "A GeoJSON feature a line, for programs that read streams.",
	    NULL, geojson_line, NULL, NULL },
	{ "jsonld", "application/ld+json", "jsonld", "Schema.org's words, for search engines and web sites.",
	    jsonld_begin, jsonld_item, jsonld_end, NULL },
	{ "csv", "text/csv; charset=utf-8; header=present", "csv", "For databases and spreadsheets (RFC 4180).",
	    csv_begin, csv_item, NULL, NULL },
	{ "csv-excel", "text/csv; charset=utf-8; header=present", "csv", "As Excel in French opens it by a double click.",
	    csv_excel_begin, csv_excel_item, NULL, NULL },
	{ "ics", "text/calendar; charset=utf-8", "ics", "What has dates, for calendars (RFC 5545).",
	    icalendar_begin, icalendar_item, icalendar_end, icalendar_takes },
	{ "ttl", "text/turtle; charset=utf-8", "ttl", "RDF by the DATAtourisme ontology, for regional systems.",
	    turtle_begin, turtle_item, NULL, NULL },
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
