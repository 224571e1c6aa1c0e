/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/block.h"
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

static unsigned
none(struct block b, unsigned *state)
{
	(void)b;
	(void)state;
	return 0;
}

static unsigned
controls(struct block b, unsigned *state)
{
	(void)state;
	return block_to(b, 0x1f) & ~block_equal(b, '\n');
}

bool
utf8_text(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		i += block_run(s + i, len - i, 0xc2, controls);
		n = utf8_sequence(s + i, len - i);
		if (i < len && (n == 0 || ((unsigned char)s[i] < 0x20 && s[i] != '\n')))
			return false;
	}
	return true;
}

bool
utf8_valid(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		i += block_run(s + i, len - i, 0xc2, none);
		n = utf8_sequence(s + i, len - i);
		if (n == 0 && i < len)
			return false;
	}
	return true;
}

/* What is not one column wide (Unicode 15, UAX #11; emoji as terminals show
 * them).  In order. */
static const struct {
	uint32_t first, last, width;
} widths[] = {
	{ 0x300, 0x36f, 0 }, { 0x1100, 0x115f, 2 }, { 0x1ab0, 0x1aff, 0 }, { 0x200b, 0x200f, 0 },
	{ 0x202a, 0x202e, 0 }, { 0x2060, 0x2064, 0 }, { 0x20d0, 0x20ff, 0 }, { 0x231a, 0x231b, 2 },
	{ 0x23e9, 0x23ec, 2 }, { 0x2614, 0x2615, 2 }, { 0x2648, 0x2653, 2 }, { 0x2693, 0x2693, 2 },
	{ 0x26a1, 0x26a1, 2 }, { 0x26bd, 0x26be, 2 }, { 0x26c4, 0x26c5, 2 }, { 0x26ea, 0x26ea, 2 },
	{ 0x26f2, 0x26f3, 2 }, { 0x26f5, 0x26f5, 2 }, { 0x26fa, 0x26fa, 2 }, { 0x2705, 0x2705, 2 },
	{ 0x2728, 0x2728, 2 }, { 0x274c, 0x274c, 2 }, { 0x2753, 0x2755, 2 }, { 0x2757, 0x2757, 2 },
	{ 0x2b50, 0x2b50, 2 }, { 0x2e80, 0x303e, 2 }, { 0x3041, 0xa4cf, 2 }, { 0xac00, 0xd7a3, 2 },
	{ 0xf900, 0xfaff, 2 }, { 0xfe00, 0xfe0f, 0 }, { 0xfe30, 0xfe6f, 2 }, { 0xff00, 0xff60, 2 },
	{ 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1f64f, 2 }, { 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 },
	{ 0x1fa70, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
};

static uint32_t
decode(const unsigned char *p, size_t n)
{
	static const uint32_t masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = p[0] & masks[n];
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static size_t
width_of(uint32_t c)
{
	for (size_t i = 0; i < sizeof widths / sizeof widths[0] && widths[i].first <= c; i++)
		if (c <= widths[i].last)
			return widths[i].width;
	return 1;
}

static size_t
advance(const char *s, size_t len, size_t *ret_width)
{
	size_t n = utf8_sequence(s, len);
	*ret_width = n > 1 ? width_of(decode((const unsigned char *)s, n)) : 1;
	return n > 0 ? n : 1;
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

size_t
utf8_cut(const char *s, size_t len, size_t max)
{
	size_t n = max;
	if (len <= max)
		return len;
	while (n > 0 && continuation((unsigned char)s[n]))
		n--;
	return n;
}

size_t
utf8_encode(uint32_t code, char ret[4])
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--) {
		ret[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	ret[0] = (char)(lead[n] | code);
	return n;
}

uint32_t
windows_1252(unsigned char byte)
{
	static const uint16_t from_80[32] = {
		0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
		0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
	};
	return byte < 0x80 || byte >= 0xa0 ? byte : from_80[byte - 0x80];
}
