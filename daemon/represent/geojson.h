/* SPDX-License-Identifier: Apache-2.0 */
/* GeoJSON (RFC 7946). */
#ifndef VIGIE_REPRESENT_GEOJSON_H
#define VIGIE_REPRESENT_GEOJSON_H

#include "represent/represent.h"

/* One Feature, of one line.  It ends with « } »: cut it off to put members of your own behind it. */
void geojson_feature(struct buf *out, const struct represent *r, const struct listing_row *row);

/* For the table: a FeatureCollection with a feature a line, or these lines alone. */
void geojson_begin(struct buf *out, const struct represent *r);
void geojson_item(struct buf *out, const struct represent *r, const struct listing_row *row);
void geojson_end(struct buf *out, const struct represent *r);
void geojson_line(struct buf *out, const struct represent *r, const struct listing_row *row);

#endif
