/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/block.h"
#include "base/utf8.h"

enum { HIGH_BYTES = 128, CHARACTER_MAX_BYTES = 4, PIECE_BYTES = 4096 };

/* What each byte from 0x80 on is. */
struct eight_bit {
	char text[HIGH_BYTES][CHARACTER_MAX_BYTES];
	unsigned char len[HIGH_BYTES];
};

struct charset {
	char header[CHARSET_NAME_MAX_BYTES + 1];
	bool decided;
	bool utf8;		/* high bytes are UTF-8 where they are valid */
	iconv_t wide;		/* of several bytes, not UTF-8; -1: none */
	struct eight_bit table;	/* for the others */
	struct buf head;	/* until it is decided */
	struct buf held;	/* of a character whose end is to come */
	struct buf piece;	/* what iconv made */
};

static const char replacement[] = "\xef\xbf\xbd";

/* Names that mean more than they say (WHATWG Encoding section 4.2). */
static const struct alias {
	const char *name, *meant;
} aliases[] = {
	{ "us-ascii", "utf-8" }, { "ascii", "utf-8" }, { "utf8", "utf-8" }, { "iso-8859-1", "windows-1252" },
	{ "iso8859-1", "windows-1252" }, { "latin1", "windows-1252" }, { "latin-1", "windows-1252" },
	{ "iso-8859-9", "windows-1254" }, { "iso-8859-11", "cp874" }, { "tis-620", "cp874" },
	{ "gb2312", "gb18030" }, { "gbk", "gb18030" }, { "big5", "big5-hkscs" }, { "shift_jis", "cp932" },
	{ "shift-jis", "cp932" }, { "x-sjis", "cp932" }, { "sjis", "cp932" }, { "euc-kr", "cp949" },
	{ "ks_c_5601-1987", "cp949" },
};

/* The encodings of the WHATWG that are not UTF-8, by the names of iconv; what it has opened stays until the process ends. */
void
charset_load(void)
{
	static const char *const names[] = {
		"windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256",
		"windows-1257", "windows-1258", "cp874", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6",
		"iso-8859-7", "iso-8859-8", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "ibm866",
		"koi8-r", "koi8-u", "macintosh", "mac-cyrillic", "gb18030", "big5-hkscs", "euc-jp", "iso-2022-jp", "cp932", "cp949",
		"utf-16", "utf-16le", "utf-16be", "utf-32le", "utf-32be",
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)iconv_open("UTF-8", names[i]);
}

/* ---- which one */

/* A name between quotes or not, in lower case; "" if it cannot be one. */
static void
take_name(const char *s, const char *end, char name[CHARSET_NAME_MAX_BYTES + 1])
{
	size_t n = 0;
	name[0] = '\0';
	while (s < end && (*s == ' ' || *s == '\t' || *s == '"' || *s == '\''))
		s++;
	while (s < end && n < CHARSET_NAME_MAX_BYTES) {
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_.:+", c) != NULL) || c == '\0')
			break;
		name[n++] = c;
		s++;
	}
	name[n] = '\0';
}

static void
header_charset(const char *content_type, char name[CHARSET_NAME_MAX_BYTES + 1])
{
	const char *s = content_type;
	name[0] = '\0';
	while ((s = strchr(s, ';')) != NULL) {
		for (s++; *s == ' ' || *s == '\t';)
			s++;
		if (strncasecmp(s, "charset", 7) != 0)
			continue;
		for (s += 7; *s == ' ';)
			s++;
		if (*s == '=') {
			take_name(s + 1, s + strlen(s), name);
			return;
		}
	}
}

/* encoding="…" of <?xml … ?> */
static void
declared_charset(const char *s, size_t len, char name[CHARSET_NAME_MAX_BYTES + 1])
{
	static const char word[] = "encoding";
	name[0] = '\0';
	const char *close = memmem(s, len, "?>", 2);
	const char *end = close != NULL ? close : s + len;
	const char *at = memmem(s, (size_t)(end - s), word, sizeof word - 1);
	if (at == NULL)
		return;
	for (at += sizeof word - 1; at < end && strchr(" \t\r\n", *at) != NULL && *at != '\0';)
		at++;
	if (at < end && *at == '=')
		take_name(at + 1, end, name);
}

static const char *
meant_by(const char *name)
{
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcmp(aliases[i].name, name) == 0)
			return aliases[i].meant;
	return name;
}

static void
set_unknown(struct eight_bit *t, int i)
{
	memcpy(t->text[i], replacement, sizeof replacement - 1);
	t->len[i] = sizeof replacement - 1;
}

static void
forget_table(struct eight_bit *t)
{
	for (int i = 0; i < HIGH_BYTES; i++)
		set_unknown(t, i);
}

/* False if some byte is not a character of its own. */
static bool
fill_table(struct eight_bit *t, iconv_t cd)
{
	for (int i = 0; i < HIGH_BYTES; i++) {
		char byte = (char)(i + 0x80), *in = &byte, *out = t->text[i];
		size_t in_len = 1, out_len = CHARACTER_MAX_BYTES;
		(void)iconv(cd, NULL, NULL, NULL, NULL);
		if (iconv(cd, &in, &in_len, &out, &out_len) != (size_t)-1 && in_len == 0) {
			t->len[i] = (unsigned char)(CHARACTER_MAX_BYTES - out_len);
			if (t->len[i] == 0)
				return false;
		} else if (errno == EINVAL) {
			return false;
		} else {
			set_unknown(t, i);
		}
	}
	return true;
}

/* Does it read the characters of markup as we do?  (Not EBCDIC, not UTF-7.) */
static bool
keeps_ascii(iconv_t cd)
{
	char text[] = "<?+A-a1&", *in = text, out[sizeof text * 4], *to = out;
	size_t in_len = sizeof text - 1, out_len = sizeof out;
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in, &in_len, &to, &out_len) == (size_t)-1)
		return false;
	return (size_t)(to - out) == sizeof text - 1 && memcmp(out, text, sizeof text - 1) == 0;
}

static void
drop_wide(struct charset *c)
{
	if (c->wide != (iconv_t)-1)
		(void)iconv_close(c->wide);
	c->wide = (iconv_t)-1;
}

/* False: nobody knows that name. */
static bool
use(struct charset *c, const char *name, bool ascii)
{
	struct eight_bit table;
	name = meant_by(name);
	if (strcmp(name, "utf-8") == 0) {
		c->utf8 = true;
		return true;
	}
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	if (ascii && !keeps_ascii(cd)) {
		(void)iconv_close(cd);
		return false;
	}
	c->utf8 = false;
	if (ascii && fill_table(&table, cd)) {
		c->table = table;
		(void)iconv_close(cd);
		return true;
	}
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	drop_wide(c);
	c->wide = cd;
	return true;
}

/* What the first bytes show, with the length of a byte order mark. */
static const char *
shape(const char *s, size_t len, size_t *ret_mark)
{
	static const struct {
		const char *name, *bytes;
		size_t len, mark;
	} shapes[] = {
		{ "utf-8", "\xef\xbb\xbf", 3, 3 }, { "utf-32le", "\xff\xfe\0\0", 4, 4 },
		{ "utf-32be", "\0\0\xfe\xff", 4, 4 }, { "utf-16le", "\xff\xfe", 2, 2 },
		{ "utf-16be", "\xfe\xff", 2, 2 }, { "utf-32le", "<\0\0\0", 4, 0 }, { "utf-32be", "\0\0\0<", 4, 0 },
		{ "utf-16le", "<\0", 2, 0 }, { "utf-16be", "\0<", 2, 0 },
	};
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		if (len >= shapes[i].len && memcmp(s, shapes[i].bytes, shapes[i].len) == 0) {
			*ret_mark = shapes[i].mark;
			return shapes[i].name;
		}
	}
	return NULL;
}

/* Bytes of the head that are no text. */
static size_t
decide(struct charset *c)
{
	char declared[CHARSET_NAME_MAX_BYTES + 1];
	size_t mark = 0;
	const char *shown = shape(buf_cstr(&c->head), c->head.len, &mark);
	c->decided = true;
	declared_charset(buf_cstr(&c->head), c->head.len, declared);
	if (!use(c, "windows-1252", true))
		forget_table(&c->table);
	if (declared[0] != '\0')
		(void)use(c, declared, true);
	drop_wide(c);	/* it may stand in for single bytes only */
	c->utf8 = true;
	if (shown != NULL)
		(void)use(c, shown, false);
	else if (c->header[0] == '\0' || !use(c, c->header, true))
		(void)(declared[0] != '\0' && use(c, declared, true));
	return mark;
}

static bool
can_decide(const struct charset *c)
{
	static const char declaration[] = "<?xml";
	const struct buf *h = &c->head;
	if (h->len >= CHARSET_DECLARATION_MAX_BYTES)
		return true;
	if (h->len < sizeof declaration - 1)
		return false;
	size_t mark = 0;
	const char *shown = shape(h->data, h->len, &mark);
	if (shown != NULL && mark != 3)
		return true;
	if (memcmp(h->data + mark, declaration, sizeof declaration - 1 - mark) != 0)
		return true;
	return memmem(h->data, h->len, "?>", 2) != NULL;
}

/* ---- the text */

/* What XML does not have. */
static unsigned
control(struct block b, unsigned *state)
{
	(void)state;
	return block_to(b, 0x1f) & ~(block_equal(b, '\n') | block_equal(b, '\t') | block_equal(b, '\r'));
}

static unsigned
control_or_high(struct block b, unsigned *state)
{
	return control(b, state) | block_high(b);
}

/* How many bytes need no look: ASCII that XML has, and two-byte characters if
 * it is UTF-8. */
static size_t
plain_len(const char *s, size_t len, bool utf8)
{
	return utf8 ? block_run(s, len, 0xc2, control) : block_run(s, len, 0xc2, control_or_high);
}

/* Could more bytes make a character of these? */
static bool
is_begun(const char *s, size_t len)
{
	unsigned char lead = (unsigned char)*s;
	size_t want = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
	if (lead > 0xf4 || len >= want)
		return false;
	for (size_t i = 1; i < len; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* U+FFFE and U+FFFF are no characters (XML 1.0, production 2). */
static bool
is_xml(const char *s, size_t n)
{
	return n != 3 || (unsigned char)s[0] != 0xef || (unsigned char)s[1] != 0xbf || (unsigned char)s[2] < 0xbe;
}

/* Returns how many bytes were read; the rest is the beginning of a character. */
static size_t
add_text(const struct charset *c, bool utf8, const char *s, size_t len, struct buf *out)
{
	size_t i = 0;
	while (i < len) {
		size_t n = plain_len(s + i, len - i, utf8);
		buf_add(out, s + i, n);
		i += n;
		if (i == len)
			break;
		unsigned char b = (unsigned char)s[i];
		if (b < 0x80) {
			i++;	/* a control character */
			continue;
		}
		n = utf8 ? utf8_sequence(s + i, len - i) : 0;
		if (n == 0 && utf8 && is_begun(s + i, len - i))
			break;
		if (n == 0)
			buf_add(out, c->table.text[b - 0x80], c->table.len[b - 0x80]);
		else if (is_xml(s + i, n))
			buf_add(out, s + i, n);
		i += n > 0 ? n : 1;
	}
	return i;
}

/* Likewise, of the set that iconv reads. */
static size_t
add_wide(struct charset *c, const char *s, size_t len, struct buf *out)
{
	char text[PIECE_BYTES], *in = (char *)(uintptr_t)s;
	size_t left = len;
	while (left > 0) {
		char *to = text;
		size_t room = sizeof text;
		size_t rc = iconv(c->wide, &in, &left, &to, &room);
		int why = rc == (size_t)-1 ? errno : 0;
		buf_clear(&c->piece);
		buf_add(&c->piece, text, (size_t)(to - text));
		(void)add_text(c, true, buf_cstr(&c->piece), c->piece.len, out);
		if (why == EINVAL)
			break;
		if (why == EILSEQ) {
			buf_add(out, replacement, sizeof replacement - 1);
			in++;
			left--;
		}
	}
	return len - left;
}

static void
add(struct charset *c, const char *s, size_t len, bool last, struct buf *out)
{
	if (c->held.len > 0) {
		buf_add(&c->held, s, len);
		s = c->held.data;
		len = c->held.len;
	}
	bool wide = c->wide != (iconv_t)-1;
	size_t n = wide ? add_wide(c, s, len, out) : add_text(c, c->utf8, s, len, out);
	if (last && n < len) {
		if (wide)
			buf_add(out, replacement, sizeof replacement - 1);
		else
			(void)add_text(c, false, s + n, len - n, out);
		n = len;
	}
	if (c->held.len > 0) {
		memmove(c->held.data, s + n, len - n);
		buf_cut(&c->held, len - n);
	} else {
		buf_add(&c->held, s + n, len - n);
	}
}

void
charset_decode(struct charset *c, const char *chunk, size_t len, bool last, struct buf *out)
{
	if (c->decided) {
		add(c, chunk, len, last, out);
		return;
	}
	buf_add(&c->head, chunk, len);
	if (!last && !can_decide(c))
		return;
	size_t mark = decide(c);
	add(c, buf_cstr(&c->head) + mark, c->head.len - mark, last, out);
	buf_clear(&c->head);
}

struct charset *
charset_new(void)
{
	struct charset *c = xcalloc(1, sizeof *c);
	c->wide = (iconv_t)-1;
	return c;
}

void
charset_free(struct charset *c)
{
	if (c == NULL)
		return;
	drop_wide(c);
	buf_done(&c->head);
	buf_done(&c->held);
	buf_done(&c->piece);
	free(c);
}

void
charset_reset(struct charset *c, const char *content_type)
{
	drop_wide(c);
	buf_clear(&c->head);
	buf_clear(&c->held);
	c->decided = false;
	header_charset(content_type, c->header);
}
