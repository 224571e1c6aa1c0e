/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259 by recursive descent, text to text: cJSON would read numbers into
 * doubles and write other ones.
 */
#include "normalise/scrub.h"

#include "base/buf.h"
#include "normalise/contact.h"
#include "normalise/text.h"

enum { DEPTH_MAX = 64 };

struct walk {
	const char *s, *end;
	struct buf *out;
	struct buf string;		/* the last one read, decoded */
	struct scrub_rules rules;
	struct scrub_counts *counts;
	int depth;
};

static int copy_value(struct walk *w);

static void
skip_space(struct walk *w)
{
	while (w->s < w->end && (*w->s == ' ' || *w->s == '\n' || *w->s == '\t' || *w->s == '\r'))
		w->s++;
}

static bool
take(struct walk *w, char c)
{
	skip_space(w);
	if (w->s == w->end || *w->s != c)
		return false;
	w->s++;
	return true;
}

/* ---- strings */

static int
take_hex(struct walk *w, uint32_t *ret)
{
	uint32_t v = 0;
	if (w->end - w->s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *w->s++;
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	*ret = v;
	return 0;
}

/* After "\u".  Half of a pair alone says nothing: U+FFFD. */
static int
take_unicode(struct walk *w)
{
	uint32_t c, low;
	if (take_hex(w, &c) != 0)
		return -1;
	if (c >= 0xd800 && c < 0xdc00 && w->end - w->s >= 6 && w->s[0] == '\\' && w->s[1] == 'u') {
		const char *before = w->s;
		w->s += 2;
		if (take_hex(w, &low) != 0)
			return -1;
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		else
			w->s = before;
	}
	text_add_char(&w->string, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return 0;
}

static int
take_escape(struct walk *w)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	if (w->s == w->end)
		return -1;
	char c = *w->s++;
	if (c == 'u')
		return take_unicode(w);
	const char *p = c != '\0' ? strchr(from, c) : NULL;
	if (p == NULL)
		return -1;
	buf_char(&w->string, to[p - from]);
	return 0;
}

/* After the opening quote, into w->string. */
static int
take_string(struct walk *w)
{
	buf_clear(&w->string);
	for (;;) {
		const char *start = w->s;
		while (w->s < w->end && *w->s != '"' && *w->s != '\\')
			w->s++;
		buf_add(&w->string, start, (size_t)(w->s - start));
		if (w->s == w->end)
			return -1;
		if (*w->s++ == '"')
			return 0;
		if (take_escape(w) != 0)
			return -1;
	}
}

static bool
needs_escape(const char *s, size_t len)
{
	return memchr(s, '"', len) != NULL || memchr(s, '\\', len) != NULL || memchr(s, '\n', len) != NULL;
}

/* Cleans `s` and adds it as a JSON string.  Returns the bytes that are left. */
static size_t
add_clean(struct buf *out, const char *s, size_t len, const struct scrub_rules *rules,
    struct scrub_counts *counts)
{
	buf_char(out, '"');
	size_t start = out->len;
	counts->utf8 += text_clean(out, s, len, TEXT_LINES);
	if (!rules->keep_contacts)
		counts->contacts += contact_remove(out, start, rules->is_id);
	size_t left = out->len - start;
	if (!needs_escape(out->data + start, left)) {
		buf_char(out, '"');
		return left;
	}
	char *clean = xstrndup(out->data + start, left);
	buf_cut(out, start - 1);
	buf_json(out, clean, left);
	free(clean);
	return left;
}

/* ---- values */

static int
copy_word(struct walk *w, const char *word)
{
	size_t len = strlen(word);
	if ((size_t)(w->end - w->s) < len || memcmp(w->s, word, len) != 0)
		return -1;
	buf_add(w->out, word, len);
	w->s += len;
	return 0;
}

static size_t
digits(const char *s, const char *end)
{
	const char *p = s;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return (size_t)(p - s);
}

/* Bytes of the JSON number at `s`; 0: none. */
static size_t
number_len(const char *s, const char *end)
{
	const char *p = s;
	size_t n;
	if (p < end && *p == '-')
		p++;
	if ((n = digits(p, end)) == 0 || (n > 1 && *p == '0'))
		return 0;
	p += n;
	if (p < end && *p == '.') {
		if ((n = digits(p + 1, end)) == 0)
			return 0;
		p += 1 + n;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if ((n = digits(p, end)) == 0)
			return 0;
		p += n;
	}
	return (size_t)(p - s);
}

static int
copy_number(struct walk *w)
{
	size_t len = number_len(w->s, w->end);
	if (len == 0)
		return -1;
	buf_add(w->out, w->s, len);
	w->s += len;
	return 0;
}

static int
copy_array(struct walk *w)
{
	buf_char(w->out, '[');
	if (!take(w, ']')) {
		do {
			if (copy_value(w) != 0)
				return -1;
			buf_char(w->out, ',');
		} while (take(w, ','));
		if (!take(w, ']'))
			return -1;
		buf_cut(w->out, w->out->len - 1);
	}
	buf_char(w->out, ']');
	return 0;
}

/* One member with a comma after it; one that holds a contact is left out. */
static int
copy_member(struct walk *w)
{
	const struct scrub_rules outer = w->rules, name = { .keep_contacts = true };
	size_t start = w->out->len;
	if (!take(w, '"') || take_string(w) != 0 || !take(w, ':'))
		return -1;
	bool contact = !outer.keep_contacts && contact_name(buf_cstr(&w->string), w->string.len);
	w->rules.is_id = contact_name_of_id(buf_cstr(&w->string), w->string.len);
	w->rules.keep_contacts |= contact;	/* one contact, whatever is in it */
	add_clean(w->out, buf_cstr(&w->string), w->string.len, &name, w->counts);
	buf_char(w->out, ':');
	if (copy_value(w) != 0)
		return -1;
	buf_char(w->out, ',');
	w->rules = outer;
	if (contact) {
		w->counts->contacts++;
		buf_cut(w->out, start);
	}
	return 0;
}

static int
copy_object(struct walk *w)
{
	buf_char(w->out, '{');
	size_t start = w->out->len;
	if (!take(w, '}')) {
		do {
			if (copy_member(w) != 0)
				return -1;
		} while (take(w, ','));
		if (!take(w, '}'))
			return -1;
		if (w->out->len > start)
			buf_cut(w->out, w->out->len - 1);
	}
	buf_char(w->out, '}');
	return 0;
}

static int
copy_nested(struct walk *w, int (*copy)(struct walk *))
{
	if (++w->depth > DEPTH_MAX)
		return -1;
	int ret = copy(w);
	w->depth--;
	return ret;
}

static int
copy_value(struct walk *w)
{
	if (take(w, '{'))
		return copy_nested(w, copy_object);
	if (take(w, '['))
		return copy_nested(w, copy_array);
	if (take(w, '"')) {
		if (take_string(w) != 0)
			return -1;
		add_clean(w->out, buf_cstr(&w->string), w->string.len, &w->rules, w->counts);
		return 0;
	}
	if (w->s == w->end)
		return -1;
	switch (*w->s) {
	case 't':
		return copy_word(w, "true");
	case 'f':
		return copy_word(w, "false");
	case 'n':
		return copy_word(w, "null");
	default:
		return copy_number(w);
	}
}

int
scrub_json(struct buf *out, const char *s, size_t len, const struct scrub_rules *rules,
    struct scrub_counts *counts)
{
	size_t start = out->len;
	struct scrub_counts mine = { .contacts = 0 };
	struct walk w = { .s = s, .end = s + len, .out = out, .string = BUF_INIT, .rules = *rules, .counts = &mine };
	int ret = copy_value(&w);
	skip_space(&w);
	if (w.s != w.end)
		ret = -1;
	if (ret == 0) {
		counts->contacts += mine.contacts;
		counts->utf8 += mine.utf8;
	} else {
		buf_cut(out, start);
	}
	buf_done(&w.string);
	return ret;
}

int
scrub_text(struct buf *out, const char *s, size_t len, const struct scrub_rules *rules,
    struct scrub_counts *counts)
{
	size_t start = out->len;
	if (add_clean(out, s, len, rules, counts) > 0)
		return 0;
	buf_cut(out, start);
	return -1;
}

int
scrub_number(struct buf *out, const char *s, size_t len)
{
	if (len == 0)
		return -1;
	if (number_len(s, s + len) == len) {
		buf_add(out, s, len);
		return 0;
	}
	struct scrub_counts ignored = { .contacts = 0 };
	return scrub_text(out, s, len, &(struct scrub_rules){ .keep_contacts = true }, &ignored);
}
