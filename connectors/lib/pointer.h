/* SPDX-License-Identifier: Apache-2.0 */
/* One reference token of a JSON Pointer (RFC 6901). */
#ifndef VIGIE_LIB_POINTER_H
#define VIGIE_LIB_POINTER_H

#include <stddef.h>

/* A copy with "~1" read as "/" and "~0" as "~"; the caller frees. */
char *pointer_unescape(const char *s, size_t len);

#endif
