/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-LD with the words of schema.org, as search engines read it.  Each
 * listing has the @id that put_item_url() gives, for ever.
 */
#ifndef VIGIE_REPRESENT_JSONLD_H
#define VIGIE_REPRESENT_JSONLD_H

#include "represent/represent.h"

/* One listing as a document of its own. */
void jsonld_document(struct buf *out, const struct represent *r, const struct listing_row *row);
/* The same for within <script type="application/ld+json">: without the characters that HTML knows. */
void jsonld_script(struct buf *out, const struct represent *r, const struct listing_row *row);

/* For the table: all of them as one @graph. */
void jsonld_begin(struct buf *out, const struct represent *r);
void jsonld_item(struct buf *out, const struct represent *r, const struct listing_row *row);
void jsonld_end(struct buf *out, const struct represent *r);

#endif
