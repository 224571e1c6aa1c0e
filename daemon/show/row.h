/* SPDX-License-Identifier: Apache-2.0 */
/* The row that a question to the catalogue stands at, its columns by name. */
#ifndef VIGIE_SHOW_ROW_H
#define VIGIE_SHOW_ROW_H

#include <stdint.h>

struct catalogue_cursor;

/* The value of a column by its name: "", 0, 0, TIME_NONE for null. */
const char *row_text(const struct catalogue_cursor *q, const char *column);
int64_t row_integer(const struct catalogue_cursor *q, const char *column);
double row_real(const struct catalogue_cursor *q, const char *column);
int64_t row_time_ms(const struct catalogue_cursor *q, const char *column);

#endif
