/* SPDX-License-Identifier: Apache-2.0 */
/* Text into HTML: the one place that escapes. */
#include <inttypes.h>
#include <stdarg.h>

#include "base/utf8.h"
#include "normalise/text.h"
#include "serve/html.h"

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* A control character, or a code point that is none: U+0080 to U+009F, U+FDD0 to U+FDEF, U+xxFFFE and U+xxFFFF. */
static bool
forbidden(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	if (len == 1)
		return (u[0] < 0x20 && u[0] != '\n' && u[0] != '\t') || u[0] == 0x7f;
	if (len == 2)
		return u[0] == 0xc2 && u[1] < 0xa0;
	if (len == 3)
		return u[0] == 0xef && ((u[1] == 0xb7 && u[2] >= 0x90 && u[2] <= 0xaf) || (u[1] == 0xbf && u[2] >= 0xbe));
	return (u[1] & 0x0f) == 0x0f && u[2] == 0xbf && u[3] >= 0xbe;
}

void
html_escape(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_sequence(s + i, len - i);
		const char *instead = n == 0 || forbidden(s + i, n) ? "\ufffd" : n == 1 ? entity(s[i]) : NULL;
		n = n == 0 ? 1 : n;
		if (instead != NULL)
			buf_str(out, instead);
		else
			buf_add(out, s + i, n);
	}
}

/* « N » or « * », and what it is of: « f », or « s » of so many bytes. */
static const char *
add_part(struct buf *out, const char *fmt, va_list *args)
{
	int n = *fmt == '*' ? va_arg(*args, int) : *fmt - '0';
	if (n < 0 || (fmt[0] != '*' && n > 9) || (fmt[1] != 'f' && fmt[1] != 's'))
		abort();	/* a directive that there is not */
	if (fmt[1] == 'f') {
		buf_fmt(out, "%.*f", n, va_arg(*args, double));
	} else {
		const char *s = va_arg(*args, const char *);
		html_escape(out, s, strnlen(s, (size_t)n));
	}
	return fmt + 2;
}

/* What stands after the % of a directive, one of those that html.h names. */
static const char *
add_value(struct buf *out, const char *fmt, va_list *args)
{
	if (*fmt == 's') {
		const char *s = va_arg(*args, const char *);
		html_escape(out, s, strlen(s));
		return fmt + 1;
	}
	if (*fmt == 'd') {
		buf_fmt(out, "%d", va_arg(*args, int));
		return fmt + 1;
	}
	if (strncmp(fmt, PRId64, strlen(PRId64)) == 0) {
		buf_fmt(out, "%" PRId64, va_arg(*args, int64_t));
		return fmt + strlen(PRId64);
	}
	if (strncmp(fmt, "zu", 2) == 0) {
		buf_fmt(out, "%zu", va_arg(*args, size_t));
		return fmt + 2;
	}
	if (fmt[0] == '.')
		return add_part(out, fmt + 1, args);
	if (*fmt != '%')
		abort();	/* a directive that there is not */
	buf_char(out, '%');
	return fmt + 1;
}

void
html_vformat(struct buf *out, const char *fmt, va_list *args)
{
	for (;;) {
		size_t len = strcspn(fmt, "%");
		buf_add(out, fmt, len);
		fmt += len;
		if (*fmt == '\0')
			return;
		fmt = add_value(out, fmt + 1, args);
	}
}

void
html_format(struct buf *out, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	html_vformat(out, fmt, &args);
	va_end(args);
}

void
html_remote(struct html *h, const char *s, size_t len, size_t max)
{
	size_t shown = max > 0 ? text_prefix(s, len, max) : len;
	buf_str(h->out, "<bdi>");
	html_escape(h->out, s, shown);
	buf_str(h->out, shown < len ? "\u2026</bdi>" : "</bdi>");
}

void
html_link(struct html *h, const char *url, const char *text)
{
	static const char *const schemes[] = { "https://", "http://", "mailto:" };
	for (size_t i = 0; url != NULL && i < sizeof schemes / sizeof *schemes; i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0) {
			html_format(h->out, "<a href=\"%s\" rel=\"noopener noreferrer\">%s</a>", url, text);
			return;
		}
	html_format(h->out, "%s", text);
}
