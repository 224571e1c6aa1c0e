/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State: TEXT ─"<!--"─► COMMENT ─"-->"─► TEXT, and likewise for the others; a
 * tag is read at once, as are references and the document type.
 */
#include "lib/xml_guard.h"

#include "lib/xml_entity.h"

enum { OPENING_BYTES = 9 /* of "<![CDATA[" and "<!DOCTYPE" */ };
enum place { TEXT, CDATA, COMMENT, INSTRUCTION };

struct xml_guard {
	bool mend;
	enum place place;
	bool in_root;		/* a tag was seen */
	struct xml_entities *entities;
	enum vigie_failure why;
	const char *problem;
};

/* What a step says: it needs more bytes than there are. */
static const char *const more = NULL;

static const char *
fail(struct xml_guard *g, enum vigie_failure why, const char *problem)
{
	g->why = why;
	g->problem = problem;
	return more;
}

/* What was left out keeps its lines, for those who look for an error. */
static void
add_lines(struct buf *out, const char *s, const char *end)
{
	while (s < end && (s = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		buf_char(out, '\n');
		s++;
	}
}

/* ---- references */

/* "&" at s; past what was read of it. */
static const char *
reference(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *p = s + 1;
	while (p < end && p - s <= XML_REFERENCE_MAX_BYTES && xml_name_byte(*p))
		p++;
	if (p == end && !last && p - s <= XML_REFERENCE_MAX_BYTES)
		return more;
	if (p < end && *p == ';' && p > s + 1 && p - s <= XML_REFERENCE_MAX_BYTES &&
	    xml_entities_add(g->entities, s + 1, (size_t)(p - s) - 1, out)) {
		const char *problem = xml_entities_problem(g->entities);
		return problem == NULL ? p + 1 : fail(g, VIGIE_TOO_BIG, problem);
	}
	if (!g->mend)
		return fail(g, VIGIE_WRONG_FORMAT, "an \"&\" that is none of the known entities (\"&amp;\" is the character)");
	buf_str(out, "&#38;");
	return s + 1;
}

/* Text without references.  "]]>" must not stand there, but does. */
static void
add_plain(const struct xml_guard *g, const char *s, const char *end, struct buf *out)
{
	const char *slip;
	while (g->mend && (slip = memmem(s, (size_t)(end - s), "]]>", 3)) != NULL) {
		buf_add(out, s, (size_t)(slip - s));
		buf_str(out, "]]&#62;");
		s = slip + 3;
	}
	buf_add(out, s, (size_t)(end - s));
}

/* Text or the inside of a tag, with its references; all of it. */
static void
add_text(struct xml_guard *g, const char *s, const char *end, struct buf *out)
{
	while (s < end && g->problem == NULL) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		const char *stop = amp != NULL ? amp : end;
		buf_add(out, s, (size_t)(stop - s));
		s = amp != NULL ? reference(g, amp, end, true, out) : end;
	}
}

/* ---- the document type */

static const char *
doctype(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *stop = xml_doctype_end(s + 2, end);
	if ((stop != NULL ? stop : end) - s > XML_DOCTYPE_MAX_BYTES)
		return fail(g, VIGIE_TOO_BIG, "its document type is longer than 64 KiB");
	if (stop == NULL && !last)
		return more;
	stop = stop != NULL ? stop : end;
	xml_entities_declare(g->entities, s + 2, stop);
	add_lines(out, s, stop);
	const char *problem = xml_entities_problem(g->entities);
	return problem == NULL ? stop : fail(g, VIGIE_TOO_BIG, problem);
}

/* ---- tags */

/* Past the ">" of the tag at s; NULL: it is not there, or there is too much. */
static const char *
tag_end(struct xml_guard *g, const char *s, const char *end)
{
	size_t attributes = 0;
	if (s[1] == '/') {
		s = memchr(s, '>', (size_t)(end - s));
		return s != NULL ? s + 1 : NULL;
	}
	while (s < end) {
		char c = *s++;
		if (c == '>')
			return s;
		if (c == '=' && ++attributes > XML_ATTRIBUTES_MAX)
			return fail(g, VIGIE_TOO_BIG, "a tag has more than 256 attributes");
		if (c != '"' && c != '\'')
			continue;
		const char *close = memchr(s, c, (size_t)(end - s));
		if (close == NULL)
			return NULL;
		s = close + 1;
	}
	return NULL;
}

static const char *
tag(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	bool name = xml_name_byte(s[1]) && (s[1] < '0' || s[1] > '9') && strchr("-.#", s[1]) == NULL;
	if (g->mend && !name && s[1] != '/' && s[1] != '!') {
		buf_str(out, "&#60;");
		return s + 1;
	}
	const char *stop = tag_end(g, s, end);
	if (g->problem != NULL)
		return more;
	if ((stop != NULL ? stop : end) - s > XML_TAG_MAX_BYTES)
		return fail(g, VIGIE_TOO_BIG, "a tag is longer than 64 KiB");
	if (stop == NULL && !last)
		return more;
	g->in_root = true;
	stop = stop != NULL ? stop : end;
	add_text(g, s, stop, out);
	return g->problem == NULL ? stop : more;
}

static bool
starts(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);
	return (size_t)(end - s) >= len && strncasecmp(s, word, len) == 0;
}

/* "<" at s. */
static const char *
markup(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	if (end - s < OPENING_BYTES && !last && (end - s < 2 || s[1] == '!'))
		return more;
	if (end - s < 2) {
		buf_str(out, g->mend ? "&#60;" : "<");
		return end;
	}
	if (s[1] == '?') {
		g->place = INSTRUCTION;
		return s + 2;
	}
	if (s[1] != '!')
		return tag(g, s, end, last, out);
	if (starts(s, end, "<!--")) {
		g->place = COMMENT;
		return s + 4;
	}
	if (starts(s, end, "<![CDATA[")) {
		g->place = CDATA;
		return s + 9;
	}
	if (!g->in_root && starts(s, end, "<!DOCTYPE"))
		return doctype(g, s, end, last, out);
	return tag(g, s, end, last, out);
}

/* ---- steps */

static const char *
text(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *stop = memchr(s, '<', (size_t)(end - s)), *amp;
	stop = stop != NULL ? stop : end;
	while ((amp = memchr(s, '&', (size_t)(stop - s))) != NULL) {
		add_plain(g, s, amp, out);
		s = reference(g, amp, end, last, out);
		if (g->problem != NULL)
			return more;
		if (s == more)
			return amp;
	}
	add_plain(g, s, stop, out);
	return stop;
}

/* Up to what closes this place, which may come in two pieces. */
static const char *
until(struct xml_guard *g, const char *s, const char *end, bool last, const char **ret_end)
{
	static const char *const closes[] = { [CDATA] = "]]>", [COMMENT] = "-->", [INSTRUCTION] = "?>" };
	const char *close = closes[g->place];
	size_t len = strlen(close);
	const char *at = memmem(s, (size_t)(end - s), close, len);
	*ret_end = end;
	if (at != NULL) {
		*ret_end = at;
		g->place = TEXT;
		return at + len;
	}
	for (size_t n = len - 1; n > 0 && !last && *ret_end == end; n--)
		if ((size_t)(end - s) >= n && memcmp(end - n, close, n) == 0)
			*ret_end = end - n;
	return *ret_end;
}

static const char *
skip(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *stop, *next = until(g, s, end, last, &stop);
	add_lines(out, s, stop);
	return next;
}

static const char *
cdata(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *stop, *next = until(g, s, end, last, &stop);
	if (stop == s)
		return next;
	buf_str(out, "<![CDATA[");
	buf_add(out, s, (size_t)(stop - s));
	if (!last || g->place == TEXT)
		buf_str(out, "]]>");
	return next;
}

static const char *
step(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	switch (g->place) {
	case TEXT:
		return *s == '<' ? markup(g, s, end, last, out) : text(g, s, end, last, out);
	case CDATA:
		return cdata(g, s, end, last, out);
	case COMMENT:
	case INSTRUCTION:
		return skip(g, s, end, last, out);
	}
	return more;
}

size_t
xml_guard_filter(struct xml_guard *g, const char *s, size_t len, bool last, struct buf *out)
{
	const char *p = s, *end = s + len;
	while (p < end && g->problem == NULL) {
		const char *next = step(g, p, end, last, out);
		if (next == more || next == p)
			break;
		p = next;
	}
	return (size_t)(p - s);
}

const char *
xml_guard_problem(const struct xml_guard *g, enum vigie_failure *ret_why)
{
	*ret_why = g->why;
	return g->problem;
}

struct xml_guard *
xml_guard_new(bool mend)
{
	struct xml_guard *g = xcalloc(1, sizeof *g);
	g->mend = mend;
	g->entities = xml_entities_new();
	return g;
}

void
xml_guard_reset(struct xml_guard *g)
{
	xml_entities_clear(g->entities);
	g->place = TEXT;
	g->in_root = false;
	g->problem = NULL;
}

void
xml_guard_free(struct xml_guard *g)
{
	if (g == NULL)
		return;
	xml_entities_free(g->entities);
	free(g);
}
