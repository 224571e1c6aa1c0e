/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The characters of a document that arrives in pieces, as UTF-8.
 *
 * Which character set it is in: what its first bytes show (a byte order mark,
 * or the NULs of UTF-16 and UTF-32), then `charset` of the Content-Type, then
 * the XML declaration, then UTF-8 (RFC 7303 section 3).  Names are read as
 * browsers do (WHATWG Encoding): iso-8859-1 is windows-1252.  A name that
 * nobody knows counts as none.
 *
 * Bytes that are not UTF-8 are read in the 8-bit set that the XML declaration
 * names, else as windows-1252, the usual accident.  Control characters that
 * XML does not have are left out; what cannot be read at all is U+FFFD.
 */
#ifndef VIGIE_LIB_CHARSET_H
#define VIGIE_LIB_CHARSET_H

#include <stdbool.h>

#include "base/buf.h"

/* In this many bytes the XML declaration must have ended. */
enum { CHARSET_DECLARATION_MAX_BYTES = 1024, CHARSET_NAME_MAX_BYTES = 40 };

struct charset;

/* What iconv reads from files for every name that browsers know: for a connector's `load`. */
void charset_load(void);

struct charset *charset_new(void);
void charset_free(struct charset *c);	/* takes NULL */
/* A new document; content_type is the header, "" if there is none. */
void charset_reset(struct charset *c, const char *content_type);

/* Appends; `last`: nothing follows.  What is held back is a few bytes, or the
 * beginning until it tells the character set. */
void charset_decode(struct charset *c, const char *chunk, size_t len, bool last, struct buf *out);

#endif
