/* SPDX-License-Identifier: Apache-2.0 */
/* For whoever tries a partner's file: which values of a listing the normaliser
 * did not take, and what they were. */
#ifndef VIGIE_SYNC_DROPPED_H
#define VIGIE_SYNC_DROPPED_H

#include "sync/intake.h"

/* `l` is what became of the fields; in->observer->remark is there. */
void dropped_tell(const struct vigie_run *in, const struct vigie_field *fields, size_t n, const struct listing *l);

#endif
