/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json_text.h"

void
json_name(struct buf *out, const char *name, size_t len)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		buf_char(out, ',');
	buf_json(out, name, len);
	buf_char(out, ':');
}

void
json_member(struct buf *out, const char *name, const char *s, size_t len)
{
	if (len == 0)
		return;
	json_name(out, name, strlen(name));
	buf_json(out, s, len);
}
