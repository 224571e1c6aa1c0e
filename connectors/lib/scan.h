/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where one JSON value ends, in text that arrives in pieces: strings and
 * brackets are followed, nothing else is looked at.
 */
#ifndef VIGIE_LIB_SCAN_H
#define VIGIE_LIB_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct scan {
	bool in_string, escaped;	/* after a quote; after a backslash in there */
	size_t depth;			/* brackets that are open */
};

/* Of an object, an array or a string: past its last byte with *ret_whole set,
 * or `end`.  Starts with a scan of zeros at its first byte. */
const char *scan_item(struct scan *s, const char *p, const char *end, bool *ret_whole);
/* Of any other value: past its last byte, or `end`. */
const char *scan_scalar(const char *p, const char *end);

#endif
