/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/xml_entity.h"

#include <stdint.h>

#include <libxml/HTMLparser.h>

struct entity {
	char *name;
	struct buf text;	/* as markup */
};

struct xml_entities {
	struct entity *list;
	size_t n;
	size_t expanded;	/* bytes that they became so far */
	const char *problem;
};

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
find_entity(const struct xml_entities *x, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->list[i].name, name) == 0)
			return &x->list[i];
	return NULL;
}

static void
expand(struct xml_entities *x, const struct entity *e, struct buf *out)
{
	x->expanded += e->text.len;
	if (x->expanded > XML_ENTITIES_MAX_BYTES)
		x->problem = "its entities stand for more than 1 MiB of text (an expansion bomb)";
	else
		buf_add(out, e->text.data, e->text.len);
}

bool
xml_entities_add(struct xml_entities *x, const char *s, size_t len, struct buf *out)
{
	char name[XML_REFERENCE_MAX_BYTES + 1];
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
	const struct entity *e = c == 0 ? find_entity(x, name) : NULL;
	if (e != NULL) {
		expand(x, e, out);
		return true;
	}
	c = c != 0 ? c : of_html(name);
	if (c != 0)
		add_character(out, c);
	return c != 0;
}

bool
xml_name_byte(char c)
{
	unsigned char b = (unsigned char)c;
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b >= 0x80 ||
	    b == '_' || b == ':' || b == '-' || b == '.' || b == '#';
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
		char name[XML_REFERENCE_MAX_BYTES + 1];
		const char *close = memchr(s, ';', (size_t)(end - s));
		size_t len = close != NULL ? (size_t)(close - s) - 1 : 0;
		if (len == 0 || len > XML_REFERENCE_MAX_BYTES)
			return false;
		memcpy(name, s + 1, len);
		name[len] = '\0';
		if (name[0] != '#' && predefined(name) == 0 && of_html(name) == 0)
			return false;
		s = close;
	}
	return true;
}

/* The value of an entity, which is flat. */
static void
add_value(struct xml_entities *x, const char *s, const char *end, struct buf *out)
{
	const char *amp;
	while ((amp = memchr(s, '&', (size_t)(end - s))) != NULL) {
		const char *close = memchr(amp, ';', (size_t)(end - amp));
		buf_add(out, s, (size_t)(amp - s));
		(void)xml_entities_add(x, amp + 1, (size_t)(close - amp) - 1, out);
		s = close + 1;
	}
	buf_add(out, s, (size_t)(end - s));
}

static void
keep_entity(struct xml_entities *x, const char *name, size_t name_len, const char *s, const char *end)
{
	if (end - s > XML_ENTITY_MAX_BYTES || !is_flat(s, end) || memchr(s, '%', (size_t)(end - s)) != NULL) {
		x->problem = "it declares entities that are long or hold others (an expansion bomb)";
		return;
	}
	if (x->n == XML_ENTITIES_MAX) {
		x->problem = "it declares more than 256 entities";
		return;
	}
	if (memchr(s, '<', (size_t)(end - s)) != NULL)
		return;		/* markup: whoever uses it hears that nobody knows it */
	x->list = xrealloc(x->list, x->n + 1, sizeof *x->list);
	struct entity *e = &x->list[x->n];
	*e = (struct entity){ xstrndup(name, name_len), BUF_INIT };
	add_value(x, s, end, &e->text);
	x->n++;
}

/* Past <!ENTITY: a name and a value between quotes.  Those of a DTD (%) and
 * those that are elsewhere (SYSTEM, PUBLIC) are not kept. */
static const char *
declaration(struct xml_entities *x, const char *s, const char *end)
{
	const char *name = skip_space(s, end);
	bool parameter = name < end && *name == '%';
	name = parameter ? skip_space(name + 1, end) : name;
	const char *p = name;
	while (p < end && xml_name_byte(*p))
		p++;
	const char *quote = skip_space(p, end);
	if (p == name || p - name > XML_REFERENCE_MAX_BYTES || quote >= end || (*quote != '"' && *quote != '\''))
		return p;
	const char *close = memchr(quote + 1, *quote, (size_t)(end - quote) - 1);
	if (close == NULL)
		return end;
	if (!parameter)
		keep_entity(x, name, (size_t)(p - name), quote + 1, close);
	return close;
}

void
xml_entities_declare(struct xml_entities *x, const char *s, const char *end)
{
	while (s != NULL && s < end && x->problem == NULL) {
		const char *open = memmem(s, (size_t)(end - s), "<!", 2);
		if (open == NULL)
			return;
		size_t len = (size_t)(end - open);
		if (len > 4 && memcmp(open, "<!--", 4) == 0)
			s = past(open + 4, end, "-->");
		else if (len > 9 && memcmp(open, "<!ENTITY", 8) == 0)
			s = declaration(x, open + 8, end);
		else
			s = open + 2;
	}
}

const char *
xml_doctype_end(const char *s, const char *end)
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

/* ---- life */

const char *
xml_entities_problem(const struct xml_entities *x)
{
	return x->problem;
}

struct xml_entities *
xml_entities_new(void)
{
	return xcalloc(1, sizeof(struct xml_entities));
}

void
xml_entities_clear(struct xml_entities *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->list[i].name);
		buf_done(&x->list[i].text);
	}
	x->n = x->expanded = 0;
	x->problem = NULL;
}

void
xml_entities_free(struct xml_entities *x)
{
	if (x == NULL)
		return;
	xml_entities_clear(x);
	free(x->list);
	free(x);
}
