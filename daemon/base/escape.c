/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/log.h"
#include "base/utf8.h"

void
text_escape(struct buf *out, const char *s, size_t len, size_t max)
{
	size_t end = out->len + max;
	for (size_t i = 0; i < len && out->len < end;) {
		size_t n = utf8_sequence(s + i, len - i);
		unsigned char c = (unsigned char)s[i];
		int control = c < 0x20 || c == 0x7f ||
		    (n == 2 && c == 0xc2 && (unsigned char)s[i + 1] < 0xa0);
		if (n == 0 || control) {
			buf_fmt(out, "\\x%02x", c);
			i++;
		} else {
			buf_add(out, s + i, n);
			i += n;
		}
	}
}
