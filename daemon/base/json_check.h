/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict grammar of JSON (RFC 8259), as text from elsewhere is read.  cJSON
 * and libjq are lenient ("01", "1.", raw control characters, bytes that are not
 * UTF-8) and keep numbers as doubles, so before they see any of it:
 *
 *  - what the grammar does not allow is refused;
 *  - bytes that are not UTF-8 are read as windows-1252, the usual accident;
 *  - \u0000 and lone surrogates become U+FFFD;
 *  - numbers of more than 15 digits become strings, so that no identifier is
 *    rounded.
 */
#ifndef VIGIE_BASE_JSON_CHECK_H
#define VIGIE_BASE_JSON_CHECK_H

#include <stdbool.h>

#include "base/buf.h"

/* What a text consists of, told in its order while it is checked; what is told may still end in a problem. */
enum json_event { JSON_OBJECT, JSON_ARRAY, JSON_END, JSON_NAME, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

struct json_sink {
	/* `s`: of a name or a string what stands between its quotes, of a number or a word its text, of an object or
	 * array where it begins or has ended (`len` 0).  `plain`: as it is; else a string has escapes, or bytes to be
	 * mended, and a number an exponent. */
	void (*tell)(void *arg, enum json_event event, const char *s, size_t len, bool plain);
	void *arg;
};

struct json_rules {
	unsigned max_depth;
	const struct json_sink *sink;	/* NULL: nobody listens, and the text is mended */
};

struct json_text {
	const char *s;		/* the input itself, or the scratch buffer */
	size_t len;
	bool repaired;		/* bytes were not UTF-8 */
	bool halved;		/* there was a surrogate without its other half, which parsers refuse */
};

/* NULL, or what is wrong (a constant).  `scratch` is used when something must
 * be rewritten; with a sink nothing is, and it may be NULL. */
const char *json_check(const char *s, size_t len, const struct json_rules *rules, struct buf *scratch,
    struct json_text *ret);

#endif
