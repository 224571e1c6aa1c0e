/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a document as UTF-8.  What is UTF-8 or windows-1252 passes as it
 * is: bytes that are not UTF-8 are read as windows-1252 where the text of an
 * item is parsed (base/json_check.h), so that one wrong byte spoils one value only.
 * Any other encoding goes through iconv; what it has no character for becomes
 * U+FFFD.
 */
#ifndef VIGIE_CSV_DECODE_H
#define VIGIE_CSV_DECODE_H

#include <iconv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "vigie_connector.h"

struct decode {
	bool convert;
	iconv_t iconv;
	size_t unit;		/* bytes to pass over when one is wrong */
	struct buf in, out;	/* in: what the end of a chunk cut */
};

/* Is there such an encoding? */
bool decode_knows(const char *encoding);

/* decode_done before it is opened again; both take a zeroed struct. */
void decode_open(struct decode *d, const char *encoding);
void decode_done(struct decode *d);

/* Borrowed until the next call, or the chunk itself. */
struct vigie_bytes decode_feed(struct decode *d, const char *chunk, size_t len);
/* Did the document end within a character? */
bool decode_broken(const struct decode *d);

#endif
