/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/text.h"

#include <stdint.h>

#include "base/block.h"
#include "base/buf.h"
#include "base/utf8.h"

enum byte_class {
	BYTE_OTHER,	/* control, or not the start of a character */
	BYTE_PLAIN,	/* printable ASCII but the space */
	BYTE_SPACE,
	BYTE_LEAD,	/* starts a character that is kept if it is valid */
	BYTE_SUSPECT	/* may start a space or a control of Unicode */
};

static const unsigned char byte_class[256] = {
	[' '] = BYTE_SPACE, ['!' ... '~'] = BYTE_PLAIN, [0xc2] = BYTE_SUSPECT,
	[0xc3 ... 0xe0] = BYTE_LEAD, [0xe1 ... 0xe3] = BYTE_SUSPECT,
	[0xe4 ... 0xee] = BYTE_LEAD, [0xef] = BYTE_SUSPECT, [0xf0 ... 0xf4] = BYTE_LEAD,
};

/* What stands between the last word and the next. */
struct fold {
	struct buf *out;
	size_t start;
	enum text_lines mode;
	unsigned spaces, lines;
	bool repaired;
};

static bool
is_space(uint32_t c)
{
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
	    c == 0x205f || c == 0x3000;
}

static bool
is_dropped(uint32_t c)
{
	return c == 0x200b || c == 0x2060 || c == 0xfeff || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

/* Of a two or three byte sequence that is valid. */
static uint32_t
decode(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	if (n == 2)
		return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
}

static bool
is_kept(uint32_t c)
{
	return c > 0x9f && !is_space(c) && !is_dropped(c) && c != 0x2028 && c != 0x2029;
}

static bool
starts_word(const char *s, size_t len)
{
	if (len == 0)
		return false;
	unsigned char class = byte_class[(unsigned char)s[0]];
	return class == BYTE_PLAIN || (class == BYTE_LEAD && utf8_sequence(s, len) > 0);
}

/* What is no word, and the second one of two spaces. */
static unsigned
between_words(struct block b, unsigned *after_space)
{
	unsigned spaces = block_equal(b, ' ');
	unsigned stops = block_to(b, 0x1f) | block_equal(b, 0x7f) | (spaces & (spaces << 1 | *after_space));
	*after_space = spaces >> (BLOCK_BYTES - 1);
	return stops;
}

/*
 * How many bytes at `s` are words with single spaces between them; after a
 * space that is not the last one a word goes on.
 */
static size_t
words(const char *s, size_t len)
{
	size_t n = block_run(s, len, 0xc3, between_words);
	return n - (n > 0 && s[n - 1] == ' ');
}

/* The character at `s`, inside a run: its length, or 0 if the run ends. */
static size_t
plain_character(const char *s, size_t len)
{
	size_t n;
	switch ((enum byte_class)byte_class[(unsigned char)s[0]]) {
	case BYTE_PLAIN:
		return 1;
	case BYTE_SPACE:
		return starts_word(s + 1, len - 1);
	case BYTE_LEAD:
		return utf8_sequence(s, len);
	case BYTE_SUSPECT:
		n = utf8_sequence(s, len);
		return n > 0 && is_kept(decode(s, n)) ? n : 0;
	case BYTE_OTHER:
		return 0;
	}
	return 0;
}

/* Bytes at `s` that can be copied as they are. */
static size_t
plain_run(const char *s, size_t len)
{
	size_t i = 0, n;
	if (s[0] == ' ')
		return 0;
	while (i < len) {
		i += words(s + i, len - i);
		if (i == len || (n = plain_character(s + i, len - i)) == 0)
			break;
		i += n;
	}
	return i;
}

static void
fold_word(struct fold *f, const char *s, size_t len)
{
	if (f->out->len > f->start) {
		if (f->lines > 0)
			buf_add(f->out, "\n\n", f->lines > 1 ? 2 : 1);
		else if (f->spaces > 0)
			buf_char(f->out, ' ');
	}
	f->lines = f->spaces = 0;
	buf_add(f->out, s, len);
}

static void
fold_line(struct fold *f)
{
	if (f->mode == TEXT_LINES)
		f->lines++;
	else
		f->spaces++;
}

static void
fold_1252(struct fold *f, unsigned char byte)
{
	uint32_t c = windows_1252(byte);
	f->repaired = true;
	if (c == 0xa0)
		f->spaces++;
	if (c == 0 || c == 0xa0)
		return;
	fold_word(f, "", 0);
	text_add_char(f->out, c);
}

/* What plain_run stopped at.  Returns its length. */
static size_t
fold_special(struct fold *f, const char *s, size_t len)
{
	unsigned char byte = (unsigned char)s[0];
	if (byte < 0x80) {
		if (byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f')
			f->spaces++;
		else if (byte == '\n' || (byte == '\r' && (len < 2 || s[1] != '\n')))
			fold_line(f);
		return 1;
	}
	size_t n = utf8_sequence(s, len);
	if (n == 0) {
		fold_1252(f, byte);
		return 1;
	}
	uint32_t c = decode(s, n);
	if (c < 0xa0)
		fold_1252(f, (unsigned char)c);
	else if (c == 0x2028 || c == 0x2029)
		fold_line(f);
	else if (is_space(c))
		f->spaces++;
	return n;
}

bool
text_clean(struct buf *out, const char *s, size_t len, enum text_lines lines)
{
	struct fold f = { .out = out, .start = out->len, .mode = lines };
	for (size_t i = 0; i < len;) {
		size_t run = plain_run(s + i, len - i);
		if (run > 0)
			fold_word(&f, s + i, run);
		else
			run = fold_special(&f, s + i, len - i);
		i += run;
	}
	return f.repaired;
}

void
text_add_char(struct buf *out, uint32_t c)
{
	char s[4];
	buf_add(out, s, utf8_encode(c, s));
}

size_t
text_prefix(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	size_t n = max;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n'))
		n--;
	return n;
}

void
text_lower(char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 'A' && c <= 'Z')
			s[i] = (char)(c + 32);
		else if (i > 0 && (unsigned char)s[i - 1] == 0xc3 && c >= 0x80 && c <= 0x9e && c != 0x97)
			s[i] = (char)(c + 32);
	}
}
