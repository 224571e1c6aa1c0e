/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/sqlite_near.h"

#include <math.h>

#include "base/buf.h"
#include "catalogue/sqlite_catalogue.h"
#include "normalise/territory.h"

enum { BITS = 16, SIDE = 1 << BITS, QUEUE = 4 * NEAR_RANGES };

#define RADIUS_KM 6371.0088
#define DEGREE (3.14159265358979323846 / 180)

static uint64_t
spread(uint64_t v)
{
	v = (v | v << 8) & 0x00ff00ff;
	v = (v | v << 4) & 0x0f0f0f0f;
	v = (v | v << 2) & 0x33333333;
	return (v | v << 1) & 0x55555555;
}

static int64_t
quantise(double share)
{
	double q = floor(share * SIDE);
	return q < 0 ? 0 : q > SIDE - 1 ? SIDE - 1 : (int64_t)q;
}

static int64_t
interleave(int64_t x, int64_t y)
{
	return (int64_t)(spread((uint64_t)x) | spread((uint64_t)y) << 1);
}

int64_t
near_cell(double lat, double lon)
{
	if (!isfinite(lat) || !isfinite(lon))
		return -1;
	return interleave(quantise((lon + 180) / 360), quantise((lat + 90) / 180));
}

struct cell_box {		/* in cells, all included */
	int64_t x0, y0, x1, y1;
};

struct square {			/* of a quadtree: `size` is a power of two */
	int64_t x, y, size;
};

static bool
outside(const struct square *s, const struct cell_box *b)
{
	return s->x > b->x1 || s->y > b->y1 || s->x + s->size - 1 < b->x0 || s->y + s->size - 1 < b->y0;
}

static bool
inside(const struct square *s, const struct cell_box *b)
{
	return s->x >= b->x0 && s->y >= b->y0 && s->x + s->size - 1 <= b->x1 && s->y + s->size - 1 <= b->y1;
}

/* Splits squares, largest first, until `max` cover the box or all fit. */
static size_t
cover_box(const struct cell_box *b, size_t max, struct square *list)
{
	size_t n = 1, whole = 0;
	list[0] = (struct square){ 0, 0, SIDE };
	while (whole < n) {
		struct square s = list[whole];
		struct square parts[4];
		size_t n_parts = 0;
		if (inside(&s, b) || s.size == 1) {
			whole++;
			continue;
		}
		for (int i = 0; i < 4; i++) {
			struct square part = { s.x + (i & 1) * s.size / 2, s.y + (i >> 1) * s.size / 2, s.size / 2 };
			if (!outside(&part, b))
				parts[n_parts++] = part;
		}
		if (n - 1 + n_parts > max)
			break;
		/* Breadth first: the parts go to the end, the split one is closed up. */
		memmove(list + whole, list + whole + 1, (n - whole - 1) * sizeof *list);
		memcpy(list + n - 1, parts, n_parts * sizeof *list);
		n += n_parts - 1;
	}
	return n;
}

/* The boxes of a circle: two where it crosses the antimeridian. */
static size_t
boxes(double lat, double lon, double km, struct cell_box ret[2])
{
	double angle = km / RADIUS_KM;
	double dlat = angle / DEGREE;
	double ratio = cos(lat * DEGREE) > 0 ? sin(angle) / cos(lat * DEGREE) : 2;
	bool pole = fabs(lat) + dlat >= 90 || angle >= 1.5 || ratio >= 1;
	double dlon = pole ? 180 : asin(ratio) / DEGREE;
	int64_t y0 = quantise((lat - dlat + 90) / 180), y1 = quantise((lat + dlat + 90) / 180);
	double west = lon - dlon, east = lon + dlon;
	if (pole || (west >= -180 && east <= 180)) {
		ret[0] = (struct cell_box){ pole ? 0 : quantise((west + 180) / 360), y0,
			pole ? SIDE - 1 : quantise((east + 180) / 360), y1 };
		return 1;
	}
	west += west < -180 ? 360 : 0;
	east -= east > 180 ? 360 : 0;
	ret[0] = (struct cell_box){ quantise((west + 180) / 360), y0, SIDE - 1, y1 };
	ret[1] = (struct cell_box){ 0, y0, quantise((east + 180) / 360), y1 };
	return 2;
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct cell_range *x = a, *y = b;
	return (x->low > y->low) - (x->low < y->low);
}

size_t
near_cover(double lat, double lon, double km, struct cell_range ret[NEAR_RANGES])
{
	struct cell_box box[2];
	size_t n_boxes = boxes(lat, lon, km, box), n = 0, joined = 0;
	for (size_t i = 0; i < n_boxes; i++) {
		struct square list[NEAR_RANGES + 4];
		size_t n_list = cover_box(&box[i], NEAR_RANGES / n_boxes, list);
		for (size_t j = 0; j < n_list; j++) {
			int64_t low = interleave(list[j].x, list[j].y);
			ret[n++] = (struct cell_range){ low, low + list[j].size * list[j].size - 1 };
		}
	}
	qsort(ret, n, sizeof *ret, compare_ranges);
	for (size_t i = 1; i < n; i++) {
		if (ret[i].low <= ret[joined].high + 1)
			ret[joined].high = ret[i].high > ret[joined].high ? ret[i].high : ret[joined].high;
		else
			ret[++joined] = ret[i];
	}
	return joined + 1;
}

static void
sql_km(sqlite3_context *context, int n, sqlite3_value **v)
{
	(void)n;
	for (int i = 0; i < 4; i++)
		if (sqlite3_value_type(v[i]) == SQLITE_NULL)
			return;		/* null */
	sqlite3_result_double(context, geo_distance_km(sqlite3_value_double(v[0]), sqlite3_value_double(v[1]),
	    sqlite3_value_double(v[2]), sqlite3_value_double(v[3])));
}

static void
sql_cell(sqlite3_context *context, int n, sqlite3_value **v)
{
	(void)n;
	sqlite3_result_int64(context, near_cell(sqlite3_value_double(v[0]), sqlite3_value_double(v[1])));
}

int
near_register(struct catalogue *c, struct error *err)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	if (sqlite3_create_function_v2(c->db, "vigie_km", 4, flags, NULL, sql_km, NULL, NULL, NULL) != SQLITE_OK)
		return catalogue_fail(c, err, "adding vigie_km");
	if (sqlite3_create_function_v2(c->db, "vigie_cell", 2, flags, NULL, sql_cell, NULL, NULL, NULL) != SQLITE_OK)
		return catalogue_fail(c, err, "adding vigie_cell");
	return 0;
}
