/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the JSON text of an item, for lib/record.h.  Bytes that are not UTF-8
 * pass: who reads the text repairs them (base/json_check.h).
 */
#ifndef VIGIE_LIB_JSON_TEXT_H
#define VIGIE_LIB_JSON_TEXT_H

#include "base/buf.h"

/* "name": with a comma before it unless it is the first of its object. */
void json_name(struct buf *out, const char *name, size_t len);

/* A member, unless its text is empty. */
void json_member(struct buf *out, const char *name, const char *s, size_t len);

#endif
