/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microdata (HTML, section 5), for pages without JSON-LD: the items of a page
 * as the JSON-LD that would say the same, from the events of an HTML parser.
 * itemref finds what stands outside of every item.
 */
#ifndef VIGIE_JSONLD_MICRODATA_H
#define VIGIE_JSONLD_MICRODATA_H

#include <stdbool.h>

#include "base/buf.h"

/* Values of one page; open elements. */
enum { MICRODATA_VALUES_MAX = 20000, MICRODATA_DEPTH_MAX = 1000, MICRODATA_TEXT_MAX_BYTES = 4 << 20 };

struct microdata;

/* `base`: the page's address, copied. */
struct microdata *microdata_new(const char *base);
void microdata_free(struct microdata *m);	/* takes NULL */

/* `attributes`: names and values in turn, ended by NULL, or NULL; a value may
 * be NULL. */
void microdata_start(struct microdata *m, const char *element, const char *const *attributes);
void microdata_text(struct microdata *m, const char *text, size_t len);
void microdata_end(struct microdata *m);

/* At the end of the page: its items, as a JSON array; false: there are none.
 * *ret_full: there were more than fit. */
bool microdata_json(struct microdata *m, struct buf *out, bool *ret_full);

#endif
