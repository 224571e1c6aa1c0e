/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "normalise/territory.h"

#define NOWHERE (double)NAN, (double)NAN

static struct territory *
make(const char *circle, const char *polygon, const char *postcodes)
{
	struct error err = ERROR_INIT;
	struct territory *t = territory_new(circle, polygon, postcodes, false, &err);
	if (t == NULL)
		print_message("%s\n", err.text);
	assert_non_null(t);
	return t;
}

static void
assert_place(const struct territory *t, double lat, double lon, enum listing_place place)
{
	assert_int_equal(territory_place(t, lat, lon, NULL, 0), place);
}

static void
assert_postcode(const struct territory *t, const char *postcode, enum listing_place place)
{
	assert_int_equal(territory_place(t, NOWHERE, postcode, strlen(postcode)), place);
}

static void
distances(void **state)
{
	(void)state;
	assert_float_equal(geo_distance_km(44.5, 0.166, 44.5, 0.166), 0, 1e-9);
	/* a quarter of a great circle: pi/2 R */
	assert_float_equal(geo_distance_km(0, 0, 90, 0), 10007.557, 0.001);
	assert_float_equal(geo_distance_km(0, -180, 0, 180), 0, 1e-6);
	assert_float_equal(geo_distance_km(0, 0, 0, 180), 20015.115, 0.001);
	/* Marmande and Bordeaux */
	assert_float_equal(geo_distance_km(44.5003, 0.1654, 44.837789, -0.57918), 69.8, 0.3);
}

static void
no_territory_is_everywhere(void **state)
{
	struct territory *t = make(NULL, NULL, NULL);
	(void)state;
	assert_place(NULL, 44.5, 0.166, LISTING_INSIDE);
	assert_place(NULL, NOWHERE, LISTING_INSIDE);
	assert_place(t, NOWHERE, LISTING_INSIDE);
	assert_true(territory_publishes(NULL, LISTING_INSIDE));
	assert_true(territory_publishes(NULL, LISTING_UNLOCATED));
	territory_free(t);
	territory_free(NULL);
}

static void
circle(void **state)
{
	struct territory *t = make(" 44.5003, 0.1654 ,25", NULL, NULL);
	(void)state;
	assert_place(t, 44.5003, 0.1654, LISTING_INSIDE);
	assert_place(t, 44.7248, 0.1654, LISTING_INSIDE);	/* 24.96 km */
	assert_place(t, 44.7253, 0.1654, LISTING_OUTSIDE);	/* 25.02 km */
	assert_place(t, 44.837789, -0.57918, LISTING_OUTSIDE);	/* Bordeaux */
	assert_place(t, 0.1654, 44.5003, LISTING_OUTSIDE);	/* swapped */
	assert_place(t, NOWHERE, LISTING_UNLOCATED);
	assert_place(t, 44.5, (double)NAN, LISTING_UNLOCATED);
	assert_postcode(t, "47200", LISTING_UNLOCATED);
	territory_free(t);
}

static void
polygon_borders_are_inside(void **state)
{
	struct territory *t = make(NULL, "0,0 0,10 10,10 10,0", NULL);
	(void)state;
	assert_place(t, 5, 5, LISTING_INSIDE);
	assert_place(t, 0, 0, LISTING_INSIDE);
	assert_place(t, 10, 10, LISTING_INSIDE);
	assert_place(t, 0, 5, LISTING_INSIDE);
	assert_place(t, 10, 5, LISTING_INSIDE);
	assert_place(t, 5, 0, LISTING_INSIDE);
	assert_place(t, 5, 10, LISTING_INSIDE);
	assert_place(t, 5, 10.000001, LISTING_OUTSIDE);
	assert_place(t, -0.000001, 5, LISTING_OUTSIDE);
	territory_free(t);
}

/* A concave one, closed as in GeoJSON; the ray meets corners exactly. */
static void
polygon_concave(void **state)
{
	struct territory *t = make(NULL, "0,0 0,10 10,10 5,5 10,0 0,0", NULL);
	(void)state;
	assert_place(t, 5, 2, LISTING_INSIDE);
	assert_place(t, 5, 5, LISTING_INSIDE);
	assert_place(t, 5, 8, LISTING_INSIDE);
	assert_place(t, 7, 5, LISTING_OUTSIDE);
	assert_place(t, 10, 5, LISTING_OUTSIDE);
	assert_place(t, 9, 9.5, LISTING_INSIDE);
	assert_place(t, 5, 11, LISTING_OUTSIDE);
	assert_place(t, 5, -1, LISTING_OUTSIDE);
	territory_free(t);
}

/* The turn of the corners and where they start change nothing. */
static void
polygon_any_turn(void **state)
{
	static const char *const same[] = { "44,0 44,1 45,1 45,0", "45,0 45,1 44,1 44,0", "45,1 45,0 44,0 44,1" };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct territory *t = make(NULL, same[i], NULL);
		for (double lat = 43.55; lat < 45.5; lat += 0.1)
			for (double lon = -0.45; lon < 1.5; lon += 0.1)
				assert_place(t, lat, lon, lat > 44 && lat < 45 && lon > 0 && lon < 1 ?
				    LISTING_INSIDE : LISTING_OUTSIDE);
		territory_free(t);
	}
}

static void
postcodes(void **state)
{
	struct territory *t = make(NULL, NULL, "47200, 474 2A");
	(void)state;
	assert_postcode(t, "47200", LISTING_INSIDE);
	assert_postcode(t, "47400", LISTING_INSIDE);
	assert_postcode(t, "47210", LISTING_OUTSIDE);
	assert_postcode(t, "47", LISTING_OUTSIDE);
	assert_postcode(t, "2a004", LISTING_INSIDE);
	assert_postcode(t, "", LISTING_UNLOCATED);
	assert_place(t, 44.5, 0.166, LISTING_UNLOCATED);
	assert_int_equal(territory_place(t, 0, 0, "47200", 5), LISTING_INSIDE);
	assert_int_equal(territory_place(t, 0, 0, "472001", 3), LISTING_OUTSIDE);
	territory_free(t);
}

/* Coordinates decide where there is a shape, the postcode elsewhere. */
static void
together(void **state)
{
	struct territory *t = make("44.5003,0.1654,5", "0,0 0,1 1,1", "47200");
	(void)state;
	assert_place(t, 44.5, 0.166, LISTING_INSIDE);
	assert_place(t, 0.2, 0.5, LISTING_INSIDE);
	assert_int_equal(territory_place(t, 44.837789, -0.57918, "47200", 5), LISTING_OUTSIDE);
	assert_postcode(t, "47200", LISTING_INSIDE);
	assert_postcode(t, "33000", LISTING_OUTSIDE);
	assert_place(t, NOWHERE, LISTING_UNLOCATED);
	territory_free(t);
}

static void
what_is_published(void **state)
{
	struct territory *shy = territory_new("44.5,0.1,5", NULL, NULL, false, NULL);
	struct territory *open = territory_new("44.5,0.1,5", NULL, NULL, true, NULL);
	(void)state;
	assert_true(territory_publishes(shy, LISTING_INSIDE));
	assert_false(territory_publishes(shy, LISTING_OUTSIDE));
	assert_false(territory_publishes(shy, LISTING_UNLOCATED));
	assert_false(territory_publishes(open, LISTING_OUTSIDE));
	assert_true(territory_publishes(open, LISTING_UNLOCATED));
	territory_free(shy);
	territory_free(open);
}

static void
wrong_settings_are_refused(void **state)
{
	static const char *const circles[] = { "", "44.5,0.1", "44.5,0.1,5,6", "91,0,5", "0,181,5", "44.5,0.1,0",
		"44.5,0.1,-1", "44.5,0.1,99999", "44.5,0.1,5km", "a,b,c", ",,", "44.5,0.1,nan" };
	static const char *const polygons[] = { "", "0,0 0,1", "0,0 0,1 0,0", "0,0 1,1 2,2", "0,0 0,1 1,1 91,0",
		"0,179 0,-179 1,179", "0 1 2", "0,0,0 1,1,1 0,1,0", "a,b c,d e,f" };
	static const char *const codes[] = { "", " , ", "47200;*", "47200é", "47-é" };
	(void)state;
	for (size_t i = 0; i < sizeof circles / sizeof *circles; i++) {
		struct error err = ERROR_INIT;
		assert_null(territory_new(circles[i], NULL, NULL, false, &err));
		assert_int_equal(err.kind, ERROR_CONFIG);
	}
	for (size_t i = 0; i < sizeof polygons / sizeof *polygons; i++) {
		struct error err = ERROR_INIT;
		assert_null(territory_new(NULL, polygons[i], NULL, false, &err));
		assert_int_equal(err.kind, ERROR_CONFIG);
	}
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct error err = ERROR_INIT;
		assert_null(territory_new(NULL, NULL, codes[i], false, &err));
		assert_int_equal(err.kind, ERROR_CONFIG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(no_territory_is_everywhere),
		cmocka_unit_test(circle),
		cmocka_unit_test(polygon_borders_are_inside),
		cmocka_unit_test(polygon_concave),
		cmocka_unit_test(polygon_any_turn),
		cmocka_unit_test(postcodes),
		cmocka_unit_test(together),
		cmocka_unit_test(what_is_published),
		cmocka_unit_test(wrong_settings_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
