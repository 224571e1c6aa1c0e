/* SPDX-License-Identifier: Apache-2.0 */
#include "show/row.h"

#include <assert.h>
#include <math.h>

#include "base/poison.h"
#include "catalogue/catalogue.h"
#include "show/words.h"

static int
find_column(const struct catalogue_cursor *q, const char *column)
{
	int i = 0;
	while (strcmp(cursor_name(q, i), column) != 0) {
		i++;
		assert(i < cursor_columns(q));
	}
	return i;
}

const char *
row_text(const struct catalogue_cursor *q, const char *column)
{
	return cursor_text(q, find_column(q, column));
}

int64_t
row_integer(const struct catalogue_cursor *q, const char *column)
{
	return cursor_integer(q, find_column(q, column));
}

double
row_real(const struct catalogue_cursor *q, const char *column)
{
	return cursor_real(q, find_column(q, column));
}

int64_t
row_time_ms(const struct catalogue_cursor *q, const char *column)
{
	return words_time_ms(row_text(q, column));
}
