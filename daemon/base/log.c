/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/utf8.h"

static enum log_level max_level = LOG_INFO;
static int with_prefix;

void
log_set_level(enum log_level level)
{
	max_level = level;
}

void
log_set_prefix(int journald)
{
	with_prefix = journald;
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	if (level > max_level)
		return;
	struct buf line = BUF_INIT;
	if (with_prefix)
		buf_fmt(&line, "<%d>", (int)level);
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text_escape(&line, text, strlen(text), sizeof text);
	buf_char(&line, '\n');
	/* One write for one line, so that lines of two threads do not mix. */
	(void)fwrite(line.data, 1, line.len, stderr);
	buf_done(&line);
}

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
