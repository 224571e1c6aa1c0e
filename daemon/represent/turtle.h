/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDF as Turtle, by the DATAtourisme ontology where it has a class and a
 * property, else by schema.org.  Each listing is a PointOfInterest.
 */
#ifndef VIGIE_REPRESENT_TURTLE_H
#define VIGIE_REPRESENT_TURTLE_H

#include "represent/represent.h"

void turtle_begin(struct buf *out, const struct represent *r);
void turtle_item(struct buf *out, const struct represent *r, const struct listing_row *row);

#endif
