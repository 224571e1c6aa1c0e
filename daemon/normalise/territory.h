/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's territory: a listing is published only inside it.  Any of a
 * polygon, a circle and postcodes; a listing with coordinates is judged by
 * polygon and circle if there is one, else by postcode.
 */
#ifndef VIGIE_NORMALISE_TERRITORY_H
#define VIGIE_NORMALISE_TERRITORY_H

#include "base/error.h"
#include "normalise/listing.h"

struct territory;

/* Each text may be NULL.  `circle`: "LAT,LON,KM"; `polygon`: "LAT,LON LAT,LON …",
 * at least three corners, not crossing the antimeridian; `postcodes`: prefixes
 * separated by spaces or commas ("47200 474"), of what postcode_write writes.
 * All NULL: everywhere. */
struct territory *territory_new(const char *circle, const char *polygon, const char *postcodes,
    bool publish_unlocated, struct error *err);
void territory_free(struct territory *t);

/* NAN and NULL where unknown.  `t` may be NULL: everything is inside. */
enum listing_place territory_place(const struct territory *t, double lat, double lon,
    const char *postcode, size_t postcode_len);
bool territory_publishes(const struct territory *t, enum listing_place place);

/* Great-circle distance on the mean sphere (R = 6371.0088 km, IUGG). */
double geo_distance_km(double lat1, double lon1, double lat2, double lon2);

#endif
