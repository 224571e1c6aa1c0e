/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed texts: several values in one, as in "mercredi#samedi" or
 * "photo.jpg|La halle|ADT#autre.jpg||".
 *
 *	SPLIT  = 1*( "/[split=" separator "]" [ "/" PART ] )
 *	PART   = index / "*" / "#" / "[" separator index "=" value "]"
 *
 * An index is one part (0 the first, empty or not), "*" all that are not
 * empty, "#" the number of those; without any of them the first that is not
 * empty.  A separator is one or more characters, but not "]".  Blanks around a
 * part do not count.
 */
#ifndef VIGIE_LIB_SPLIT_H
#define VIGIE_LIB_SPLIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "vigie_connector.h"

#define SPLIT_BEGIN "[split="

struct split;

/* `s` starts with SPLIT_BEGIN and goes on to the end of its pointer.  NULL with
 * *ret_problem, a constant. */
struct split *split_new(const char *s, size_t len, const char **ret_problem);
void split_free(struct split *s);	/* takes NULL */

/* The part that it means in `text`, appended; several are joined with ", ".
 * False: there is none. */
bool split_add(const struct split *s, const char *text, struct buf *out, enum vigie_value_type *ret_type);

#endif
