/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/mend.h"

#include "base/utf8.h"

/* Bytes 0x80 to 0x9F of windows-1252 (WHATWG Encoding: the five without a
 * character stand for C1 controls). */
enum { HIGH = 32 };
static const unsigned high[HIGH] = {
	0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
	0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

/* The byte of a character of two or three bytes; -1: it has none. */
static int
byte_of(const unsigned char *s, size_t n)
{
	unsigned code = n == 2 ? (s[0] & 0x1FU) << 6 | (s[1] & 0x3FU) :
	    n == 3 ? (s[0] & 0x0FU) << 12 | (s[1] & 0x3FU) << 6 | (s[2] & 0x3FU) : 0x10000;
	if (code >= 0xA0 && code <= 0xFF)
		return (int)code;
	for (int i = 0; i < HIGH; i++)
		if (high[i] == code)
			return 0x80 + i;
	return -1;
}

static bool
to_bytes(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		size_t n = 1;
		int byte = (unsigned char)s[i];
		if (byte >= 0x80) {
			n = utf8_sequence(s + i, len - i);
			byte = n >= 2 ? byte_of((const unsigned char *)s + i, n) : -1;
		}
		if (byte < 0)
			return false;
		buf_char(out, (char)byte);
		i += n;
	}
	return true;
}

/* The first byte of a character of UTF-8, read as windows-1252, is U+00C2 to
 * U+00F4: in UTF-8 it begins with C3.  Most texts end here. */
static bool
is_suspect(const char *s, size_t len)
{
	for (const char *end = s + len; (s = memchr(s, 0xC3, (size_t)(end - s))) != NULL && s + 2 < end; s++)
		if ((unsigned char)s[1] <= 0xB4 && ((unsigned char)s[2] & 0x80) != 0)
			return true;
	return false;
}

static bool
twice(const char *s, size_t len, struct buf *out)
{
	size_t start = out->len;
	if (to_bytes(s, len, out) && utf8_valid(out->data + start, out->len - start))
		return true;
	buf_cut(out, start);
	return false;
}

static void
add_code(struct buf *out, unsigned code)
{
	char s[3] = { (char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3F)), (char)(0x80 | (code & 0x3F)) };
	if (code < 0x800)
		s[1] = (char)(0xC0 | code >> 6);
	buf_add(out, code < 0x800 ? s + 1 : s, code < 0x800 ? 2 : 3);
}

/* The next C1 control (C2 80 to C2 9F); NULL: there is none. */
static const char *
find_control(const char *s, const char *end)
{
	for (; (s = memchr(s, 0xC2, (size_t)(end - s))) != NULL && s + 1 < end; s++)
		if (((unsigned char)s[1] & 0xE0) == 0x80)
			return s;
	return NULL;
}

/* Nobody writes control characters of the C1 set in a table. */
static bool
controls(const char *s, size_t len, struct buf *out)
{
	const char *end = s + len, *found = find_control(s, end);
	if (found == NULL || !utf8_valid(s, len))
		return false;
	for (; found != NULL; found = find_control(s, end)) {
		buf_add(out, s, (size_t)(found - s));
		add_code(out, high[(unsigned char)found[1] - 0x80]);
		s = found + 2;
	}
	buf_add(out, s, (size_t)(end - s));
	return true;
}

bool
mend_text(const char *s, size_t len, struct buf *out)
{
	if (len == 0)
		return false;
	return (is_suspect(s, len) && twice(s, len, out)) || controls(s, len, out);
}
