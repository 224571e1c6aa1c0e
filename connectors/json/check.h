/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict grammar of JSON (RFC 8259) for text that cJSON will parse.  cJSON
 * is lenient ("01", "1.", raw control characters, bytes that are not UTF-8)
 * and keeps numbers as doubles, so before it sees an item:
 *
 *  - what the grammar does not allow is refused;
 *  - bytes that are not UTF-8 are read as windows-1252, the usual accident;
 *  - \u0000 and lone surrogates become U+FFFD;
 *  - numbers of more than 15 digits become strings, so that no identifier is
 *    rounded.
 */
#ifndef VIGIE_JSON_CHECK_H
#define VIGIE_JSON_CHECK_H

#include <stdbool.h>

#include "base/buf.h"

struct json_text {
	const char *s;		/* the input itself, or the scratch buffer */
	size_t len;
	bool repaired;		/* bytes were not UTF-8 */
};

/* NULL, or what is wrong (a constant).  `scratch` is used when something must
 * be rewritten. */
const char *json_check(const char *s, size_t len, unsigned max_depth, struct buf *scratch,
    struct json_text *ret);

#endif
