/* SPDX-License-Identifier: Apache-2.0 */
/* Listings as a layer of a GeoPackage: the same columns as everywhere. */
#ifndef VIGIE_REPRESENT_LAYER_H
#define VIGIE_REPRESENT_LAYER_H

#include "catalogue/reading.h"

struct layer;

struct layer *layer_new(const char *path, const char *title, struct error *err);
int layer_add(struct layer *l, const struct listing_row *row, struct error *err);
int layer_finish(struct layer *l, int64_t now_ms, struct error *err);
void layer_free(struct layer *l);	/* takes NULL */

#endif
