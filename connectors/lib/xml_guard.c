/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State: TEXT ─"<!--"─► COMMENT ─"-->"─► TEXT, and likewise for the others; a
 * tag is read at once, as are references and the document type.
 */
#include "lib/xml_guard.h"

#include <libxml/HTMLparser.h>

#include "base/num.h"

enum { REFERENCE_MAX_BYTES = 40, OPENING_BYTES = 9 /* of "<![CDATA[" and "<!DOCTYPE" */ };
enum place { TEXT, CDATA, COMMENT, INSTRUCTION };

struct entity {
	char *name;
	struct buf text;	/* as markup */
};

struct xml_guard {
	bool mend;
	enum place place;
	bool in_root;		/* a tag was seen */
	struct entity *entities;
	size_t n_entities;
	size_t expanded;	/* bytes that they became so far */
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

/* ---- characters and references */

static bool
is_character(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xd800) ||
	    (c > 0xdfff && c < 0xfffe) || (c > 0xffff && c <= 0x10ffff);
}

static void
add_utf8(struct buf *out, uint32_t c)
{
	char s[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n; i-- > 1; c >>= 6)
		s[i] = (char)(0x80 | (c & 0x3f));
	s[0] = (char)(leads[n] | c);
	buf_add(out, s, n);
}

/* As markup: what could be taken for it, or for space, is written as a number. */
static void
add_character(struct buf *out, uint32_t c)
{
	if (!is_character(c))
		return;
	if (c < 0x30 || c == '<' || c == '>')
		buf_fmt(out, "&#%u;", c);
	else
		add_utf8(out, c);
}

static bool
number(const char *s, size_t len, uint32_t *ret)
{
	bool hex = len > 0 && (*s == 'x' || *s == 'X');
	uint32_t v = 0;
	size_t i = hex;
	for (; i < len; i++) {
		char c = s[i];
		uint32_t d = c >= '0' && c <= '9' ? (uint32_t)(c - '0') :
		    hex && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) :
		    hex && c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 16;
		if (d == 16)
			return false;
		if (v <= 0x10ffff)
			v = v * (hex ? 16 : 10) + d;
	}
	*ret = v;
	return i > hex;
}

/* The five that XML has; 0: none of them. */
static uint32_t
predefined(const char *name)
{
	static const struct {
		const char *name;
		uint32_t c;
	} own[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strcmp(own[i].name, name) == 0)
			return own[i].c;
	return 0;
}

static uint32_t
of_html(const char *name)
{
	const htmlEntityDesc *html = htmlEntityLookup((const xmlChar *)name);
	return html != NULL ? html->value : 0;
}

static const struct entity *
find_entity(const struct xml_guard *g, const char *name)
{
	for (size_t i = 0; i < g->n_entities; i++)
		if (strcmp(g->entities[i].name, name) == 0)
			return &g->entities[i];
	return NULL;
}

/* What stands between "&" and ";".  False: nobody knows it. */
static bool
add_reference(struct xml_guard *g, const char *s, size_t len, struct buf *out)
{
	char name[REFERENCE_MAX_BYTES + 1];
	uint32_t c;
	if (len > 1 && *s == '#') {
		if (!number(s + 1, len - 1, &c))
			return false;
		add_character(out, c);
		return true;
	}
	memcpy(name, s, len);
	name[len] = '\0';
	c = predefined(name);
	const struct entity *e = c == 0 ? find_entity(g, name) : NULL;
	if (e != NULL) {
		g->expanded += e->text.len;
		if (g->expanded > XML_ENTITIES_MAX_BYTES)
			(void)fail(g, VIGIE_TOO_BIG, "its entities stand for more than 1 MiB of text (an expansion bomb)");
		else
			buf_add(out, e->text.data, e->text.len);
		return true;
	}
	c = c != 0 ? c : of_html(name);
	if (c != 0)
		add_character(out, c);
	return c != 0;
}

static bool
is_name_byte(char c)
{
	unsigned char b = (unsigned char)c;
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b >= 0x80 ||
	    b == '_' || b == ':' || b == '-' || b == '.' || b == '#';
}

/* "&" at s; past what was read of it. */
static const char *
reference(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *p = s + 1;
	while (p < end && p - s <= REFERENCE_MAX_BYTES && is_name_byte(*p))
		p++;
	if (p == end && !last && p - s <= REFERENCE_MAX_BYTES)
		return more;
	if (p < end && *p == ';' && p > s + 1 && p - s <= REFERENCE_MAX_BYTES &&
	    add_reference(g, s + 1, (size_t)(p - s) - 1, out))
		return p + 1;
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
skip_space(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r'))
		s++;
	return s;
}

static const char *
past(const char *s, const char *end, const char *what)
{
	const char *at = s < end ? memmem(s, (size_t)(end - s), what, strlen(what)) : NULL;
	return at != NULL ? at + strlen(what) : NULL;
}

/* Characters and predefined names only: anything else is an entity in an
 * entity, from which bombs are made. */
static bool
is_flat(const char *s, const char *end)
{
	while ((s = memchr(s, '&', (size_t)(end - s))) != NULL) {
		char name[REFERENCE_MAX_BYTES + 1];
		const char *close = memchr(s, ';', (size_t)(end - s));
		size_t len = close != NULL ? (size_t)(close - s) - 1 : 0;
		if (len == 0 || len > REFERENCE_MAX_BYTES)
			return false;
		memcpy(name, s + 1, len);
		name[len] = '\0';
		if (name[0] != '#' && predefined(name) == 0 && of_html(name) == 0)
			return false;
		s = close;
	}
	return true;
}

static void
keep_entity(struct xml_guard *g, const char *name, size_t name_len, const char *s, const char *end)
{
	if (end - s > XML_ENTITY_MAX_BYTES || !is_flat(s, end) || memchr(s, '%', (size_t)(end - s)) != NULL) {
		(void)fail(g, VIGIE_TOO_BIG, "it declares entities that are long or hold others (an expansion bomb)");
		return;
	}
	if (g->n_entities == XML_ENTITIES_MAX) {
		(void)fail(g, VIGIE_TOO_BIG, "it declares more than 256 entities");
		return;
	}
	if (memchr(s, '<', (size_t)(end - s)) != NULL)
		return;		/* markup: whoever uses it hears that nobody knows it */
	g->entities = xrealloc(g->entities, g->n_entities + 1, sizeof *g->entities);
	struct entity *e = &g->entities[g->n_entities];
	*e = (struct entity){ xstrndup(name, name_len), BUF_INIT };
	add_text(g, s, end, &e->text);
	if (e->text.len == 0)
		buf_str(&e->text, "");
	g->n_entities++;
}

/* Past <!ENTITY: a name and a value between quotes.  Those of a DTD (%) and
 * those that are elsewhere (SYSTEM, PUBLIC) are not kept. */
static const char *
declaration(struct xml_guard *g, const char *s, const char *end)
{
	const char *name = skip_space(s, end);
	bool parameter = name < end && *name == '%';
	name = parameter ? skip_space(name + 1, end) : name;
	const char *p = name;
	while (p < end && is_name_byte(*p))
		p++;
	const char *quote = skip_space(p, end);
	if (p == name || p - name > REFERENCE_MAX_BYTES || quote >= end || (*quote != '"' && *quote != '\''))
		return p;
	const char *close = memchr(quote + 1, *quote, (size_t)(end - quote) - 1);
	if (close == NULL)
		return end;
	if (!parameter)
		keep_entity(g, name, (size_t)(p - name), quote + 1, close);
	return close;
}

static void
read_declarations(struct xml_guard *g, const char *s, const char *end)
{
	while (s != NULL && s < end && g->problem == NULL) {
		const char *open = memmem(s, (size_t)(end - s), "<!", 2);
		if (open == NULL)
			return;
		size_t len = (size_t)(end - open);
		if (len > 4 && memcmp(open, "<!--", 4) == 0)
			s = past(open + 4, end, "-->");
		else if (len > 9 && memcmp(open, "<!ENTITY", 8) == 0)
			s = declaration(g, open + 8, end);
		else
			s = open + 2;
	}
}

/* Past the ">" that ends it; NULL: it is not there. */
static const char *
doctype_end(const char *s, const char *end)
{
	size_t open = 0;	/* "<" and "[" inside it */
	while (s != NULL && s < end) {
		switch (*s) {
		case '"':
		case '\'':
			s = memchr(s + 1, *s, (size_t)(end - s) - 1);
			if (s == NULL)
				return NULL;
			break;
		case '<':
			if (end - s >= 4 && memcmp(s, "<!--", 4) == 0) {
				s = past(s + 4, end, "-->");
				continue;
			}
			open++;
			break;
		case '[':
			open++;
			break;
		case ']':
			open -= open > 0;
			break;
		case '>':
			if (open == 0)
				return s + 1;
			open--;
			break;
		default:
			break;
		}
		s++;
	}
	return NULL;
}

static const char *
doctype(struct xml_guard *g, const char *s, const char *end, bool last, struct buf *out)
{
	const char *stop = doctype_end(s + 2, end);
	if ((stop != NULL ? stop : end) - s > XML_DOCTYPE_MAX_BYTES)
		return fail(g, VIGIE_TOO_BIG, "its document type is longer than 64 KiB");
	if (stop == NULL && !last)
		return more;
	stop = stop != NULL ? stop : end;
	read_declarations(g, s + 2, stop);
	add_lines(out, s, stop);
	return g->problem == NULL ? stop : more;
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
	bool name = is_name_byte(s[1]) && (s[1] < '0' || s[1] > '9') && strchr("-.#", s[1]) == NULL;
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
	return g;
}

void
xml_guard_reset(struct xml_guard *g)
{
	for (size_t i = 0; i < g->n_entities; i++) {
		free(g->entities[i].name);
		buf_done(&g->entities[i].text);
	}
	g->n_entities = g->expanded = 0;
	g->place = TEXT;
	g->in_root = false;
	g->problem = NULL;
}

void
xml_guard_free(struct xml_guard *g)
{
	if (g == NULL)
		return;
	xml_guard_reset(g);
	free(g->entities);
	free(g);
}
