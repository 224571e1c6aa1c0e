/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/geojson.h"

#include <math.h>

#include "represent/column.h"
#include "represent/put.h"

static void
put_value(struct buf *out, const struct column *c, const struct listing_row *row)
{
	size_t start = out->len;
	switch (c->type) {
	case COLUMN_UID:
		put_uid_json(out, row);
		break;
	case COLUMN_TEXT:
		if (column_as_text(c, row).s != NULL)
			buf_json(out, column_as_text(c, row).s, column_as_text(c, row).len);
		break;
	case COLUMN_TIME:
	case COLUMN_WHEN:
		buf_char(out, '"');
		column_put(out, c, row, '.');
		if (out->len > start + 1)
			buf_char(out, '"');
		else
			buf_cut(out, start);
		break;
	case COLUMN_INTEGER:
	case COLUMN_REAL:
	case COLUMN_DEGREES:
	case COLUMN_PRICE:
	case COLUMN_JSON:
		column_put(out, c, row, '.');
		break;
	}
	if (out->len == start)
		put_literal(out, "null");
}

static void
put_geometry(struct buf *out, const struct listing *l)
{
	double lat = l->real[LISTING_LATITUDE], lon = l->real[LISTING_LONGITUDE];
	if (isnan(lat) || isnan(lon)) {
		put_literal(out, ",\"geometry\":null");
		return;
	}
	put_literal(out, ",\"geometry\":{\"type\":\"Point\",\"coordinates\":[");
	put_degrees(out, lon);
	buf_char(out, ',');
	put_degrees(out, lat);
	put_literal(out, "]}");
}

void
geojson_feature(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	(void)r;
	put_literal(out, "{\"type\":\"Feature\",\"id\":");
	put_uid_json(out, row);
	put_geometry(out, &row->listing);
	put_literal(out, ",\"properties\":");
	size_t first = out->len;
	for (const struct column *c = listing_columns; c->name != NULL; c++) {
		if (c->type == COLUMN_DEGREES)	/* the geometry has them */
			continue;
		buf_add_room(out, c->key, c->key_len, sizeof c->key);
		put_value(out, c, row);
	}
	out->data[first] = '{';
	put_literal(out, "}}");
}

void
geojson_begin(struct buf *out, const struct represent *r)
{
	(void)r;
	put_literal(out, "{\"type\":\"FeatureCollection\",\"features\":[");
}

void
geojson_item(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	buf_str(out, r->items > 0 ? ",\n" : "\n");
	geojson_feature(out, r, row);
}

void
geojson_end(struct buf *out, const struct represent *r)
{
	(void)r;
	put_literal(out, "\n]}\n");
}

void
geojson_line(struct buf *out, const struct represent *r, const struct listing_row *row)
{
	geojson_feature(out, r, row);
	buf_char(out, '\n');
}
