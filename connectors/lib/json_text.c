/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json_text.h"

void
json_string(struct buf *out, const char *s, size_t len)
{
	size_t plain = 0;
	buf_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, s + plain, i - plain);
		plain = i + 1;
		if (c >= 0x20)
			buf_fmt(out, "\\%c", c);
		else
			buf_fmt(out, "\\u%04x", c);
	}
	buf_add(out, s + plain, len - plain);
	buf_char(out, '"');
}

void
json_name(struct buf *out, const char *name, size_t len)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		buf_char(out, ',');
	json_string(out, name, len);
	buf_char(out, ':');
}

void
json_member(struct buf *out, const char *name, const char *s, size_t len)
{
	if (len == 0)
		return;
	json_name(out, name, strlen(name));
	json_string(out, s, len);
}
