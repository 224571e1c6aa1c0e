/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-LD as people write it into web pages, made into JSON: comments, CDATA
 * and HTML comment marks around it, commas too many, control characters and
 * unknown escapes in strings, everything written with HTML entities, several
 * values one after the other.  Nothing is guessed that could be read in two
 * ways: quotes and brackets that are missing stay so.
 */
#ifndef VIGIE_JSONLD_REPAIR_H
#define VIGIE_JSONLD_REPAIR_H

#include "base/buf.h"

/* Appends the text in which that is mended; whether it is JSON then is the
 * caller's to find out. */
void repair_json(const char *s, size_t len, struct buf *out);

#endif
