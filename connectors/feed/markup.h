/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a feed's entry as HTML, whatever it was written in. */
#ifndef VIGIE_FEED_MARKUP_H
#define VIGIE_FEED_MARKUP_H

#include "lib/xml_tree.h"

/* Plain text with "<" and "&" escaped; appended. */
void markup_escape(const char *s, size_t len, struct buf *out);

/*
 * What element `i` says.  RSS has HTML, as text or as elements; Atom (`typed`)
 * says which in `type` (RFC 4287 section 3.1.1; 0.3 has `mode`, too), and means
 * plain text when it does not.  Nothing for what is not text.
 */
void markup_add(const struct xml_tree *t, uint32_t i, bool typed, struct buf *out);

#endif
