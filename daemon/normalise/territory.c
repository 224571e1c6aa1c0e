/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/territory.h"

#include <math.h>

#include "base/buf.h"
#include "normalise/decimal.h"

enum { CORNERS_MAX = 10000, PREFIXES_MAX = 10000, PREFIX_LEN_MAX = 15 };

#define EARTH_RADIUS_KM 6371.0088	/* mean radius, IUGG */
#define EARTH_HALF_KM 20016.0		/* no circle is larger */

struct corner {
	double lat, lon;
};

struct prefix {
	size_t len;
	char text[PREFIX_LEN_MAX + 1];
};

struct territory {
	struct corner *corners;
	size_t n_corners;
	struct corner low, high;	/* the polygon's bounding box */
	struct prefix *prefixes;
	size_t n_prefixes;
	struct corner centre;
	double radius_km;		/* 0: no circle */
	bool publish_unlocated;
};

double
geo_distance_km(double lat1, double lon1, double lat2, double lon2)
{
	const double rad = M_PI / 180;
	double up = sin((lat2 - lat1) * rad / 2), across = sin((lon2 - lon1) * rad / 2);
	double h = up * up + cos(lat1 * rad) * cos(lat2 * rad) * across * across;
	return 2 * EARTH_RADIUS_KM * asin(sqrt(fmin(1, h)));
}

/* Cuts "a,b,c" into exactly `n` numbers. */
static int
read_numbers(const char *s, size_t len, double *ret, size_t n)
{
	struct decimal d;
	for (size_t i = 0; i < n; i++) {
		const char *comma = memchr(s, ',', len);
		size_t part = comma != NULL ? (size_t)(comma - s) : len;
		if ((comma == NULL) != (i + 1 == n) || decimal_parse(s, part, &d) != 0)
			return -1;
		ret[i] = decimal_double(&d);
		s += part + 1;
		len -= part + (comma != NULL);
	}
	return 0;
}

static bool
on_earth(double lat, double lon)
{
	return fabs(lat) <= 90 && fabs(lon) <= 180;
}

static const char *
skip(const char *s, const char *separators)
{
	return s + strspn(s, separators);
}

static int
read_circle(struct territory *t, const char *s, struct error *err)
{
	struct buf packed = BUF_INIT;
	double v[3];
	for (; *s != '\0'; s++)
		if (*s != ' ' && *s != '\t')
			buf_char(&packed, *s);
	int bad = read_numbers(buf_cstr(&packed), packed.len, v, 3);
	buf_done(&packed);
	if (bad || !on_earth(v[0], v[1]) || v[2] <= 0 || v[2] > EARTH_HALF_KM)
		return error_set(err, ERROR_CONFIG, "a circle is LAT,LON,KM, for example 44.5003,0.1654,25");
	t->centre = (struct corner){ v[0], v[1] };
	t->radius_km = v[2];
	return 0;
}

static int
add_corner(struct territory *t, const char *s, size_t len, struct error *err)
{
	double v[2];
	if (read_numbers(s, len, v, 2) != 0 || !on_earth(v[0], v[1]))
		return error_set(err, ERROR_CONFIG, "corner %zu of the polygon is not LAT,LON",
		    t->n_corners + 1);
	if (t->n_corners == CORNERS_MAX)
		return error_set(err, ERROR_CONFIG, "the polygon has more than %d corners", CORNERS_MAX);
	t->corners = xrealloc(t->corners, t->n_corners + 1, sizeof *t->corners);
	t->corners[t->n_corners++] = (struct corner){ v[0], v[1] };
	return 0;
}

/* Twice the area in square degrees; 0 for corners on one line. */
static double
double_area(const struct territory *t)
{
	double sum = 0;
	for (size_t i = 0, j = t->n_corners - 1; i < t->n_corners; j = i++)
		sum += t->corners[j].lon * t->corners[i].lat - t->corners[i].lon * t->corners[j].lat;
	return fabs(sum);
}

static int
check_polygon(struct territory *t, struct error *err)
{
	const struct corner *c = t->corners;
	if (t->n_corners > 1 && c[0].lat == c[t->n_corners - 1].lat && c[0].lon == c[t->n_corners - 1].lon)
		t->n_corners--;		/* closed as in GeoJSON */
	if (t->n_corners < 3 || double_area(t) == 0)
		return error_set(err, ERROR_CONFIG, "a polygon has at least three corners, not in one line");
	t->low = t->high = c[0];
	for (size_t i = 0, j = t->n_corners - 1; i < t->n_corners; j = i++) {
		if (fabs(c[i].lon - c[j].lon) > 180)
			return error_set(err, ERROR_CONFIG, "the polygon crosses the antimeridian");
		t->low.lat = fmin(t->low.lat, c[i].lat);
		t->low.lon = fmin(t->low.lon, c[i].lon);
		t->high.lat = fmax(t->high.lat, c[i].lat);
		t->high.lon = fmax(t->high.lon, c[i].lon);
	}
	return 0;
}

static int
read_polygon(struct territory *t, const char *s, struct error *err)
{
	static const char space[] = " \t\r\n;";
	for (s = skip(s, space); *s != '\0'; s = skip(s, space)) {
		size_t len = strcspn(s, space);
		if (add_corner(t, s, len, err) != 0)
			return -1;
		s += len;
	}
	return check_polygon(t, err);
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool
alphanumeric(char c)
{
	c = upper(c);
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

static int
add_prefix(struct territory *t, const char *s, size_t len, struct error *err)
{
	struct prefix p = { .len = len };
	bool good = len <= PREFIX_LEN_MAX && t->n_prefixes < PREFIXES_MAX;
	for (size_t i = 0; good && i < len; i++) {
		p.text[i] = upper(s[i]);
		good = alphanumeric(s[i]) || s[i] == '-';
	}
	if (!good)
		return error_set(err, ERROR_CONFIG, "postcodes are prefixes separated by spaces or commas, "
		    "for example 47200 474");
	t->prefixes = xrealloc(t->prefixes, t->n_prefixes + 1, sizeof *t->prefixes);
	t->prefixes[t->n_prefixes++] = p;
	return 0;
}

static int
read_postcodes(struct territory *t, const char *s, struct error *err)
{
	static const char space[] = " \t\r\n,;";
	for (s = skip(s, space); *s != '\0'; s = skip(s, space)) {
		size_t len = strcspn(s, space);
		if (add_prefix(t, s, len, err) != 0)
			return -1;
		s += len;
	}
	return t->n_prefixes > 0 ? 0 : error_set(err, ERROR_CONFIG, "no postcode is given");
}

struct territory *
territory_new(const char *circle, const char *polygon, const char *postcodes,
    bool publish_unlocated, struct error *err)
{
	struct territory *t = xcalloc(1, sizeof *t);
	t->publish_unlocated = publish_unlocated;
	if ((circle != NULL && read_circle(t, circle, err) != 0) ||
	    (polygon != NULL && read_polygon(t, polygon, err) != 0) ||
	    (postcodes != NULL && read_postcodes(t, postcodes, err) != 0)) {
		territory_free(t);
		return NULL;
	}
	return t;
}

void
territory_free(struct territory *t)
{
	if (t == NULL)
		return;
	free(t->corners);
	free(t->prefixes);
	free(t);
}

/* Is p on the line between a and b, ends included? */
static bool
on_edge(const struct corner *a, const struct corner *b, const struct corner *p)
{
	double cross = (b->lon - a->lon) * (p->lat - a->lat) - (b->lat - a->lat) * (p->lon - a->lon);
	return cross == 0 && p->lat >= fmin(a->lat, b->lat) && p->lat <= fmax(a->lat, b->lat) &&
	    p->lon >= fmin(a->lon, b->lon) && p->lon <= fmax(a->lon, b->lon);
}

/* Even-odd rule on a plane of degrees; the border is inside. */
static bool
in_polygon(const struct territory *t, const struct corner *p)
{
	bool inside = false;
	if (p->lat < t->low.lat || p->lat > t->high.lat || p->lon < t->low.lon || p->lon > t->high.lon)
		return false;
	for (size_t i = 0, j = t->n_corners - 1; i < t->n_corners; j = i++) {
		const struct corner *a = &t->corners[j], *b = &t->corners[i];
		if (on_edge(a, b, p))
			return true;
		if ((a->lat > p->lat) != (b->lat > p->lat) &&
		    p->lon < (b->lon - a->lon) * (p->lat - a->lat) / (b->lat - a->lat) + a->lon)
			inside = !inside;
	}
	return inside;
}

static bool
in_circle(const struct territory *t, const struct corner *p)
{
	return geo_distance_km(t->centre.lat, t->centre.lon, p->lat, p->lon) <= t->radius_km;
}

static bool
has_prefix(const char *postcode, size_t len, const struct prefix *p)
{
	if (len < p->len)
		return false;
	for (size_t i = 0; i < p->len; i++)
		if (upper(postcode[i]) != p->text[i])
			return false;
	return true;
}

static enum listing_place
postcode_place(const struct territory *t, const char *postcode, size_t len)
{
	if (postcode == NULL || len == 0)
		return LISTING_UNLOCATED;
	for (size_t i = 0; i < t->n_prefixes; i++)
		if (has_prefix(postcode, len, &t->prefixes[i]))
			return LISTING_INSIDE;
	return LISTING_OUTSIDE;
}

enum listing_place
territory_place(const struct territory *t, double lat, double lon, const char *postcode, size_t postcode_len)
{
	if (t == NULL)
		return LISTING_INSIDE;
	bool shape = t->n_corners > 0 || t->radius_km > 0;
	if (shape && !isnan(lat) && !isnan(lon)) {
		struct corner p = { lat, lon };
		bool inside = (t->n_corners > 0 && in_polygon(t, &p)) ||
		    (t->radius_km > 0 && in_circle(t, &p));
		return inside ? LISTING_INSIDE : LISTING_OUTSIDE;
	}
	if (t->n_prefixes > 0)
		return postcode_place(t, postcode, postcode_len);
	return shape ? LISTING_UNLOCATED : LISTING_INSIDE;
}

bool
territory_publishes(const struct territory *t, enum listing_place place)
{
	switch (place) {
	case LISTING_INSIDE:
		return true;
	case LISTING_OUTSIDE:
		return false;
	case LISTING_UNLOCATED:
		break;
	}
	return t == NULL || t->publish_unlocated;
}
