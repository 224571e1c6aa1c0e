/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/field.h"

#include "base/buf.h"
#include "normalise/date.h"
#include "normalise/decimal.h"
#include "normalise/text.h"

static bool
is_written(const struct vigie_field *f)
{
	return f->type == VIGIE_TEXT || f->type == VIGIE_NUMBER;
}

int
field_decimal(const struct vigie_field *f, struct buf *scratch, struct decimal *ret)
{
	if (!is_written(f))
		return -1;
	if (decimal_parse(f->value, f->value_len, ret) == 0)
		return 0;
	buf_clear(scratch);
	(void)text_clean(scratch, f->value, f->value_len, TEXT_ONE_LINE);
	return scratch->len == 0 ? 1 : decimal_parse(scratch->data, scratch->len, ret);
}

int
field_date(const struct vigie_field *f, struct buf *scratch, const struct zone *zone, struct date *ret)
{
	if (!is_written(f))
		return -1;
	buf_clear(scratch);
	(void)text_clean(scratch, f->value, f->value_len, TEXT_ONE_LINE);
	if (scratch->len == 0)
		return 1;
	size_t until = f->key == VIGIE_ENDS_AT ? date_until(scratch->data, scratch->len) : 0;
	return date_read(scratch->data + until, scratch->len - until, zone, ret);
}
