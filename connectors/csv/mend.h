/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two accidents of tables that went through several programs: UTF-8 that was
 * taken for windows-1252 and written as UTF-8 once more ("Ã©" for "é"), and
 * windows-1252 that was taken for ISO 8859-1, whose bytes 80 to 9F are controls
 * (U+0092 for "’").
 */
#ifndef VIGIE_CSV_MEND_H
#define VIGIE_CSV_MEND_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * The text as it was, appended to `out`; only when that is certain: every
 * character of it has a byte in windows-1252, and these bytes are UTF-8 with
 * at least one character beyond ASCII; or it has such controls.  False: nothing
 * was appended.
 */
bool mend_text(const char *s, size_t len, struct buf *out);

#endif
