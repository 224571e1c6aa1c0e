/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdint.h>

#include "base/buf.h"

static bool
continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
utf8_sequence(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	if (len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (!continuation(p[i]))
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool
utf8_valid(const char *s, size_t len)
{
	size_t i = 0;
	while (i < len) {
		uint64_t eight;
		if (len - i >= 8 && (memcpy(&eight, s + i, 8), (eight & 0x8080808080808080u) == 0)) {
			i += 8;
			continue;
		}
		size_t n = utf8_sequence(s + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static size_t
advance(const char *s, size_t len, size_t *ret_width)
{
	size_t n = utf8_sequence(s, len);
	unsigned char c = (unsigned char)s[0];
	bool combining = n == 2 && (c == 0xcc || (c == 0xcd && (unsigned char)s[1] < 0xb0));
	*ret_width = combining ? 0 : 1;
	return n ? n : 1;
}

size_t
utf8_width(const char *s, size_t len)
{
	size_t width = 0, w;
	for (size_t i = 0; i < len; width += w)
		i += advance(s + i, len - i, &w);
	return width;
}

size_t
utf8_prefix(const char *s, size_t len, size_t columns)
{
	size_t i = 0, used = 0, w;
	while (i < len) {
		size_t n = advance(s + i, len - i, &w);
		if (used + w > columns)
			break;
		used += w;
		i += n;
	}
	return i;
}
