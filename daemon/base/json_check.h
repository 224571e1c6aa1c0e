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
#ifndef VIGIE_BASE_JSON_CHECK_H
#define VIGIE_BASE_JSON_CHECK_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * What is held back, when the caller wants that: strings of HELD_MIN_BYTES and
 * more without escapes, and numbers of at most 15 digits without an exponent.
 * In the text a string of the one byte HELD_MARK, which no checked text has,
 * stands for each, in the order of the list.  They borrow from the input.
 */
enum { HELD_MIN_BYTES = 16 };
#define HELD_MARK '\xff'

struct json_held {
	const char *s;		/* without quotes */
	size_t len;
	bool number;
};

struct json_helds {
	struct json_held *list;
	size_t n, cap;
};

struct json_rules {
	unsigned max_depth;
	struct json_helds *held;	/* emptied first; NULL: nothing is held back */
};

struct json_text {
	const char *s;		/* the input itself, or the scratch buffer */
	size_t len;
	bool repaired;		/* bytes were not UTF-8 */
};

/* NULL, or what is wrong (a constant).  `scratch` is used when something must
 * be rewritten. */
const char *json_check(const char *s, size_t len, const struct json_rules *rules, struct buf *scratch,
    struct json_text *ret);

#endif
