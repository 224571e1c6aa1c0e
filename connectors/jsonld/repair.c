/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/repair.h"

#include <stdbool.h>
#include <ctype.h>

struct repair {
	const char *p, *end;
	struct buf *out;
	size_t depth;
	size_t n_values;	/* ended, at the top */
};

/* ---- a text that is HTML: &quot; for every quote */

static const struct {
	const char *name, *text;
} entities[] = {
	{ "&quot;", "\"" }, { "&#34;", "\"" }, { "&#034;", "\"" }, { "&#x22;", "\"" }, { "&amp;", "&" }, { "&#38;", "&" },
	{ "&#39;", "'" }, { "&#039;", "'" }, { "&apos;", "'" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&nbsp;", " " },
};

static size_t
entity_len(const char *s, size_t len, const char **ret_text)
{
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
		size_t n = strlen(entities[i].name);
		if (n <= len && strncasecmp(s, entities[i].name, n) == 0) {
			*ret_text = entities[i].text;
			return n;
		}
	}
	return 0;
}

/* Does an entity stand where the first name has its quote? */
static bool
is_escaped(const char *s, size_t len)
{
	const char *text = NULL, *brace = memchr(s, '{', len), *end = s + len;
	if (brace == NULL)
		return false;
	for (brace++; brace < end && isspace((unsigned char)*brace);)
		brace++;
	return entity_len(brace, (size_t)(end - brace), &text) > 0 && *text == '"';
}

static void
unescape(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		const char *text = NULL;
		size_t n = s[i] == '&' ? entity_len(s + i, len - i, &text) : 0;
		if (n > 0)
			buf_str(out, text);
		else
			buf_char(out, s[i]);
		i += n > 0 ? n : 1;
	}
}

/* ---- between values */

static bool
skip_text(struct repair *r, const char *text)
{
	size_t n = strlen(text);
	if ((size_t)(r->end - r->p) < n || strncasecmp(r->p, text, n) != 0)
		return false;
	r->p += n;
	return true;
}

/* A comment of HTML, unless what it hides is the JSON itself. */
static bool
skip_html_comment(struct repair *r)
{
	static const char open[] = "<!--", close[] = "-->";
	size_t left = (size_t)(r->end - r->p);
	const char *end = left > 4 && memcmp(r->p, open, 4) == 0 ? memmem(r->p, left, close, 3) : NULL;
	if (end == NULL || memchr(r->p, '{', (size_t)(end - r->p)) != NULL || memchr(r->p, '[', (size_t)(end - r->p)) != NULL)
		return false;
	r->p = end + 3;
	return true;
}

/* Comments and the marks that hide scripts from old browsers. */
static bool
skip_noise(struct repair *r)
{
	static const char *const marks[] = { "<![CDATA[", "]]>", "<!--", "-->", "\xef\xbb\xbf", "\xc2\xa0" };
	if (skip_html_comment(r))
		return true;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (skip_text(r, marks[i]))
			return true;
	if (skip_text(r, "//")) {
		if (skip_text(r, "<![CDATA[") || skip_text(r, " <![CDATA[") || skip_text(r, "]]>") || skip_text(r, " ]]>"))
			return true;	/* JSON may follow on the same line */
		while (r->p < r->end && *r->p != '\n' && *r->p != '\r')
			r->p++;
		return true;
	}
	if (skip_text(r, "/*")) {
		const char *close = memmem(r->p, (size_t)(r->end - r->p), "*/", 2);
		r->p = close ? close + 2 : r->end;
		return true;
	}
	return false;
}

/* A comma has nothing after it, or another one before it. */
static void
drop_comma(struct repair *r)
{
	size_t len = r->out->len;
	while (len > 0 && isspace((unsigned char)r->out->data[len - 1]))
		len--;
	if (len > 0 && r->out->data[len - 1] == ',')
		buf_cut(r->out, len - 1);
}

static bool
comma_is_welcome(const struct repair *r)
{
	size_t len = r->out->len;
	while (len > 0 && isspace((unsigned char)r->out->data[len - 1]))
		len--;
	return r->depth > 0 && len > 0 && strchr(",{[:", r->out->data[len - 1]) == NULL;
}

/* ---- strings */

static void
string_escape(struct repair *r)
{
	char c = r->p + 1 < r->end ? r->p[1] : '\0';
	if (c != '\0' && strchr("\"\\/bfnrtu", c) != NULL) {
		buf_add(r->out, r->p, 2);
		r->p += 2;
	} else if (c == '\r' || c == '\n') {
		r->p += 2;
	} else {
		r->p++;		/* \' and the like: the byte itself */
	}
}

static void
string_control(struct repair *r)
{
	char c = *r->p++;
	if (c == '\n' || c == '\r' || c == '\t')
		buf_str(r->out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
	else
		buf_char(r->out, ' ');
}

static void
string(struct repair *r)
{
	buf_char(r->out, *r->p++);
	while (r->p < r->end && *r->p != '"') {
		if (*r->p == '\\')
			string_escape(r);
		else if ((unsigned char)*r->p < ' ')
			string_control(r);
		else
			buf_char(r->out, *r->p++);
	}
	if (r->p < r->end)
		buf_char(r->out, *r->p++);
}

/* ---- the whole */

static void
bracket(struct repair *r, bool opens)
{
	if (opens && r->depth++ == 0 && r->n_values > 0)
		buf_char(r->out, ',');
	if (!opens)
		drop_comma(r);
	buf_char(r->out, *r->p++);
	if (!opens && r->depth > 0 && --r->depth == 0)
		r->n_values++;
}

static void
step(struct repair *r)
{
	char c = *r->p;
	if (skip_noise(r))
		return;
	if (c == '"') {
		string(r);
	} else if (c == '{' || c == '[' || c == '}' || c == ']') {
		bracket(r, c == '{' || c == '[');
	} else if (c == ',') {
		if (comma_is_welcome(r))
			buf_char(r->out, c);
		r->p++;
	} else if (r->depth == 0 && (c == ';' || c == '\0')) {
		r->p++;
	} else {
		buf_char(r->out, (unsigned char)c < ' ' ? ' ' : c);
		r->p++;
	}
}

void
repair_json(const char *s, size_t len, struct buf *out)
{
	struct buf plain = BUF_INIT, mended = BUF_INIT;
	if (is_escaped(s, len)) {
		unescape(s, len, &plain);
		s = plain.data;
		len = plain.len;
	}
	struct repair r = { .p = s, .end = s + len, .out = &mended };
	while (r.p < r.end)
		step(&r);
	if (r.n_values > 1)
		buf_char(out, '[');
	buf_add(out, mended.data, mended.len);
	if (r.n_values > 1)
		buf_char(out, ']');
	buf_done(&plain);
	buf_done(&mended);
}
