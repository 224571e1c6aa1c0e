/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies compressed with gzip (RFC 1952), whole or a piece at a time. */
#ifndef VIGIE_SERVE_GZIP_H
#define VIGIE_SERVE_GZIP_H

#include <stdbool.h>

#include "base/buf.h"

struct gzip;
struct gzip *gzip_new(void);
void gzip_free(struct gzip *g);		/* takes NULL */
/* Appends `len` bytes to `out`, so that all of them can be read; `last` ends the document. */
void gzip_add(struct gzip *g, const void *data, size_t len, bool last, struct buf *out);

#endif
