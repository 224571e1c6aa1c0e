/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a key to the member that it stands for, and what else can
 * be done with a member by its type. */
#ifndef VIGIE_CONFIG_VALUE_H
#define VIGIE_CONFIG_VALUE_H

#include "base/error.h"
#include "config/keys.h"

/* Store `text` in the member of `base`; a text that was there is freed.
 * `folder`: where a relative path starts.  ERROR_CONFIG with what to write
 * instead; the member is unchanged then.  Not for KEY_PAIRS. */
int value_set(const struct key *k, const char *text, const char *folder, void *base, struct error *err);
/* Take the text as it is: of a key that may be a credential. */
void value_set_text(const struct key *k, const char *text, void *base);
void value_free(const struct key *k, void *base);
bool value_equal(const struct key *k, const void *a, const void *b);

bool value_is_text(const struct key *k);
/* The name of the type for the documentation: "duration". */
const char *value_type_name(enum key_type type);

/* Continuation lines joined by `with` ("" or " ").  The caller frees it. */
char *value_join(const char *text, const char *with);

#endif
