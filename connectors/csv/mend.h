/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that was UTF-8, was taken for windows-1252 and was written as UTF-8 once
 * more: "Ã©" for "é".
 */
#ifndef VIGIE_CSV_MEND_H
#define VIGIE_CSV_MEND_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * The text as it was, appended to `out`; only when that is certain: every
 * character of it has a byte in windows-1252, and these bytes are UTF-8 with
 * at least one character beyond ASCII.  False: nothing was appended.
 */
bool mend_text(const char *s, size_t len, struct buf *out);

#endif
