/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_check.h"

#include <stdint.h>

#include "base/block.h"
#include "base/utf8.h"

enum { EXACT_DIGITS = 15 };	/* that a double keeps */

struct check {
	const char *p, *end;
	const char *kept;	/* copied into `out` up to here */
	struct buf *out;
	bool rewritten, repaired, halved;
	bool decoded;		/* the last string has an escape, or was rewritten */
	unsigned depth, max_depth;
	const struct json_sink *sink;
	const char *problem;
};

static const char replacement[] = "\\ufffd";

static bool
wrong(struct check *c, const char *problem)
{
	if (c->problem == NULL)
		c->problem = problem;
	return false;
}

/* Put `text` in the place of the `skip` bytes at c->p; who listens is told what stands there. */
static void
rewrite(struct check *c, const char *text, size_t len, size_t skip)
{
	if (c->sink == NULL) {
		if (!c->rewritten)
			buf_clear(c->out);
		c->rewritten = true;
		buf_add(c->out, c->kept, (size_t)(c->p - c->kept));
		buf_add(c->out, text, len);
	}
	c->p += skip;
	c->kept = c->p;
}

static void
tell(struct check *c, enum json_event event, const char *s, size_t len, bool plain)
{
	if (c->sink != NULL)
		c->sink->tell(c->sink->arg, event, s, len, plain);
}

static void
rewrite_byte(struct check *c)
{
	char out[4];
	uint32_t code = windows_1252((unsigned char)*c->p);
	c->repaired = true;
	if (code == 0)
		rewrite(c, replacement, sizeof replacement - 1, 1);
	else
		rewrite(c, out, utf8_encode(code, out), 1);
}

static void
skip_space(struct check *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\r' || *c->p == '\t'))
		c->p++;
}

/* The four digits of \uXXXX at p, or -1. */
static int
hex4(const char *p, const char *end)
{
	int v = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char d = p[i];
		int x = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 :
		    d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
		if (x < 0)
			return -1;
		v = v * 16 + x;
	}
	return v;
}

static bool
check_unicode_escape(struct check *c)
{
	int code = hex4(c->p + 2, c->end);
	if (code < 0)
		return wrong(c, "a \\u without four hexadecimal digits");
	if (code >= 0xd800 && code < 0xdc00 && c->end - c->p >= 12 && c->p[6] == '\\' && c->p[7] == 'u') {
		int low = hex4(c->p + 8, c->end);
		if (low >= 0xdc00 && low < 0xe000) {
			c->p += 12;
			return true;
		}
	}
	bool half = code >= 0xd800 && code < 0xe000;
	c->halved |= half;
	if (code == 0 || half)
		rewrite(c, replacement, sizeof replacement - 1, 6);
	else
		c->p += 6;
	return true;
}

static bool
check_escape(struct check *c)
{
	if (c->end - c->p < 2)
		return wrong(c, "a string that does not end");
	if (c->p[1] == 'u')
		return check_unicode_escape(c);
	if (c->p[1] == '\0' || strchr("\"\\/bfnrt", c->p[1]) == NULL)
		return wrong(c, "an unknown escape in a string");
	c->p += 2;
	return true;
}

/* What needs a look inside a string. */
static unsigned
special(struct block b, unsigned *state)
{
	(void)state;
	return block_to(b, 0x1f) | block_equal(b, '"') | block_equal(b, '\\');
}

static bool
check_string(struct check *c)
{
	c->decoded = false;
	for (c->p++; c->p < c->end;) {
		c->p += block_run(c->p, (size_t)(c->end - c->p), 0xc2, special);
		if (c->p == c->end)
			break;
		unsigned char b = (unsigned char)*c->p;
		if (b == '"') {
			c->p++;
			return true;
		}
		if (b == '\\') {
			c->decoded = true;
			if (!check_escape(c))
				return false;
		} else if (b < 0x20) {
			return wrong(c, "a control character in a string");
		} else {
			size_t n = utf8_sequence(c->p, (size_t)(c->end - c->p));
			if (n == 0)
				rewrite_byte(c);
			c->decoded |= n == 0;
			c->p += n;
		}
	}
	return wrong(c, "a string that does not end");
}

static bool
check_text(struct check *c, enum json_event event)
{
	const char *from = c->p;
	if (!check_string(c))
		return false;
	tell(c, event, from + 1, (size_t)(c->p - from) - 2, !c->decoded);
	return true;
}

static size_t
digits(struct check *c)
{
	const char *from = c->p;
	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return (size_t)(c->p - from);
}

static bool
check_number(struct check *c)
{
	const char *from = c->p;
	size_t n, fraction = 0;
	bool exponent = false;
	if (*c->p == '-')
		c->p++;
	bool zero = c->p < c->end && *c->p == '0';
	n = digits(c);
	if (n == 0 || (zero && n > 1))
		return wrong(c, "a number that JSON does not have");
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		if ((fraction = digits(c)) == 0)
			return wrong(c, "a number that JSON does not have");
	}
	if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
		exponent = true;
		c->p++;
		if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
			c->p++;
		if (digits(c) == 0)
			return wrong(c, "a number that JSON does not have");
	}
	bool exact = n + fraction <= EXACT_DIGITS;
	tell(c, exact ? JSON_NUMBER : JSON_STRING, from, (size_t)(c->p - from), !exact || !exponent);
	if (!exact && c->sink == NULL) {
		const char *to = c->p;
		c->p = from;
		rewrite(c, "\"", 1, 0);
		c->p = to;
		rewrite(c, "\"", 1, 0);
	}
	return true;
}

static bool
check_word(struct check *c)
{
	static const char *const words[] = { "true", "false", "null" };
	static const enum json_event events[] = { JSON_TRUE, JSON_FALSE, JSON_NULL };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t len = strlen(words[i]);
		if ((size_t)(c->end - c->p) >= len && memcmp(c->p, words[i], len) == 0) {
			tell(c, events[i], c->p, len, true);
			c->p += len;
			return true;
		}
	}
	return wrong(c, "a word that JSON does not have");
}

static bool check_value(struct check *c);

static bool
check_member(struct check *c)
{
	skip_space(c);
	if (c->p == c->end || *c->p != '"')
		return wrong(c, "a name is missing in an object");
	if (!check_text(c, JSON_NAME))
		return false;
	skip_space(c);
	if (c->p == c->end || *c->p != ':')
		return wrong(c, "a colon is missing in an object");
	c->p++;
	return check_value(c);
}

static bool
check_container(struct check *c)
{
	bool object = *c->p == '{';
	char close = object ? '}' : ']';
	if (++c->depth > c->max_depth)
		return wrong(c, "values nested too deep");
	tell(c, object ? JSON_OBJECT : JSON_ARRAY, c->p, 0, true);
	c->p++;
	skip_space(c);
	bool empty = c->p < c->end && *c->p == close;
	c->p += empty;
	while (!empty) {
		if (!(object ? check_member(c) : check_value(c)))
			return false;
		skip_space(c);
		if (c->p == c->end)
			return wrong(c, "an object or array that does not end");
		char b = *c->p++;
		if (b == close)
			break;
		if (b != ',')
			return wrong(c, "a comma is missing");
	}
	tell(c, JSON_END, c->p, 0, true);
	c->depth--;
	return true;
}

static bool
check_value(struct check *c)
{
	skip_space(c);
	if (c->p == c->end)
		return wrong(c, "a value is missing");
	switch (*c->p) {
	case '{':
	case '[':
		return check_container(c);
	case '"':
		return check_text(c, JSON_STRING);
	case 't':
	case 'f':
	case 'n':
		return check_word(c);
	default:
		return check_number(c);
	}
}

const char *
json_check(const char *s, size_t len, const struct json_rules *rules, struct buf *scratch,
    struct json_text *ret)
{
	struct check c = { .p = s, .end = s + len, .kept = s, .out = scratch,
		.max_depth = rules->max_depth, .sink = rules->sink };
	if (!check_value(&c))
		return c.problem;
	skip_space(&c);
	if (c.p != c.end)
		return "something follows the value";
	*ret = (struct json_text){ s, len, c.repaired, c.halved };
	if (c.rewritten) {
		rewrite(&c, "", 0, 0);
		ret->s = scratch->data;
		ret->len = scratch->len;
	}
	return NULL;
}
