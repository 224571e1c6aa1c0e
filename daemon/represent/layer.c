/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/layer.h"

#include <assert.h>

#include "catalogue/geopackage.h"
#include "represent/column.h"

enum { COLUMNS_MAX = 64 };

struct layer {
	struct geopackage *file;
	struct geopackage_layer layer;
	struct geopackage_column columns[COLUMNS_MAX];
	struct buf values;	/* of one row, one behind the other */
};

static const char *
type_of(const struct column *c)
{
	switch (c->type) {
	case COLUMN_INTEGER:
		return "INTEGER";
	case COLUMN_REAL:
	case COLUMN_DEGREES:
	case COLUMN_PRICE:
		return "REAL";
	case COLUMN_TIME:
		return "DATETIME";
	case COLUMN_TEXT:
	case COLUMN_UID:
	case COLUMN_WHEN:	/* a day or an instant: no type has both */
	case COLUMN_JSON:
		return "TEXT";
	}
	return NULL;
}

struct layer *
layer_new(const char *path, const char *title, struct error *err)
{
	struct layer *l = xcalloc(1, sizeof *l);
	for (size_t i = 0; listing_columns[i].name != NULL; i++) {
		assert(i + 1 < COLUMNS_MAX);
		l->columns[i] = (struct geopackage_column){ listing_columns[i].name, type_of(&listing_columns[i]) };
	}
	l->layer = (struct geopackage_layer){ title, l->columns };
	l->file = geopackage_new(path, &l->layer, err);
	if (l->file != NULL)
		return l;
	layer_free(l);
	return NULL;
}

void
layer_free(struct layer *l)
{
	if (l == NULL)
		return;
	geopackage_free(l->file);
	buf_done(&l->values);
	free(l);
}

/* A GeoPackage's times have milliseconds. */
static void
put_value(struct buf *out, const struct column *c, const struct listing_row *row)
{
	size_t start = out->len;
	column_put(out, c, row, '.');
	if (c->type == COLUMN_TIME && out->len > start) {
		buf_cut(out, out->len - 1);
		buf_str(out, ".000Z");
	}
}

int
layer_add(struct layer *l, const struct listing_row *row, struct error *err)
{
	size_t ends[COLUMNS_MAX], n = 0, start = 0;
	struct text values[COLUMNS_MAX];
	buf_clear(&l->values);
	for (const struct column *c = listing_columns; c->name != NULL; c++) {
		put_value(&l->values, c, row);
		ends[n++] = l->values.len;
	}
	for (size_t i = 0; i < n; start = ends[i++])
		values[i] = (struct text){ ends[i] > start ? l->values.data + start : NULL, ends[i] - start };
	return geopackage_add(l->file, row->listing.real[LISTING_LATITUDE], row->listing.real[LISTING_LONGITUDE], values, err);
}

int
layer_finish(struct layer *l, int64_t now_ms, struct error *err)
{
	return geopackage_finish(l->file, now_ms, err);
}
