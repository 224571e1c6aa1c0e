/* SPDX-License-Identifier: Apache-2.0 */
/* For whoever tries a partner's file: which values of a listing the normaliser
 * did not take, and what they were. */
#ifndef VIGIE_CAGE_DROPPED_H
#define VIGIE_CAGE_DROPPED_H

#include "normalise/listing.h"
#include "vigie_connector.h"

/* `l` is what became of the fields; `tell` hears the field's name in [map] and what stands there. */
void dropped_tell(const struct vigie_field *fields, size_t n, const struct listing *l,
    void (*tell)(void *arg, const char *field, const char *text), void *arg);

#endif
