/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between the network and libxml2: text that is UTF-8 goes in as
 * it arrives, and comes out as markup that is whole, bounded and harmless.
 *
 *  - A tag is given whole, and no longer than XML_TAG_MAX_BYTES with
 *    XML_ATTRIBUTES_MAX attributes: libxml2 compares each with each.
 *  - Comments, processing instructions and the document type are left out
 *    (their lines are kept), so libxml2 never sees a DTD.
 *  - What a reference stands for is put in its place (xml_entity.h): libxml2
 *    sees numbers only, and those few.
 *  - A CDATA section comes out as several where it was cut.
 *
 * With `mend`, "&", "<" and "]]>" that are no markup are taken for the
 * characters that they are.
 */
#ifndef VIGIE_LIB_XML_GUARD_H
#define VIGIE_LIB_XML_GUARD_H

#include <stdbool.h>

#include "base/buf.h"
#include "vigie_connector.h"

enum {
	XML_TAG_MAX_BYTES = 64 * 1024,
	XML_ATTRIBUTES_MAX = 256,
	XML_DOCTYPE_MAX_BYTES = 64 * 1024
};

struct xml_guard;

struct xml_guard *xml_guard_new(bool mend);
void xml_guard_free(struct xml_guard *g);	/* takes NULL */
void xml_guard_reset(struct xml_guard *g);	/* a new document */

/*
 * Appends to `out`, which then ends between two pieces of markup; returns how
 * many bytes of `s` were read.  The rest has to come again with more behind
 * it, unless `last`.
 */
size_t xml_guard_filter(struct xml_guard *g, const char *s, size_t len, bool last, struct buf *out);

/* NULL, or why it reads no more. */
const char *xml_guard_problem(const struct xml_guard *g, enum vigie_failure *ret_why);

#endif
