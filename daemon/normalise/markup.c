/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libxml2's HTML parser is used as a stream of events, so no tree is built and
 * no depth can overflow a stack.  It swallows whatever follows a "<" and a
 * letter, so what cannot be a tag is escaped first.
 */
#include "normalise/markup.h"

#include <libxml/HTMLparser.h>
#include <libxml/dict.h>

#include "base/buf.h"
#include "normalise/text.h"

/* The parser keeps every tag name that it meets; beyond this it is renewed. */
enum { NAMES_MAX_BYTES = 256 * 1024, TAG_NAME_MAX = 15 };

struct markup {
	htmlParserCtxtPtr parser;
	struct buf escaped, text;
	bool has_tags;

	/* of the text that is escaped */
	const char *limit;
	const char *comment_end, *style_end;	/* the next that are known; `limit`: there are none */
};

/* Line feeds before and after an element.  The rest are inline. */
static const struct {
	const char *tag;
	unsigned before, after;
} blocks[] = {
	{ "p", 2, 2 }, { "br", 1, 0 }, { "div", 1, 1 }, { "li", 1, 0 }, { "ul", 2, 2 }, { "ol", 2, 2 },
	{ "h1", 2, 2 }, { "h2", 2, 2 }, { "h3", 2, 2 }, { "h4", 2, 2 }, { "h5", 2, 2 }, { "h6", 2, 2 },
	{ "tr", 1, 1 }, { "hr", 2, 0 }, { "table", 2, 2 }, { "blockquote", 2, 2 }, { "pre", 2, 2 },
	{ "dt", 1, 0 }, { "dd", 1, 0 }, { "dl", 2, 2 }, { "section", 2, 2 }, { "article", 2, 2 },
	{ "header", 2, 2 }, { "footer", 2, 2 }, { "option", 1, 0 }, { "address", 1, 1 }, { "title", 0, 1 },
};

/* Elements that libxml2 does not know: those of HTML 5, old ones, those of pictures. */
static const char *const elements[] = { "article", "aside", "audio", "bdi", "bgsound", "blink", "canvas", "data", "datalist",
	"details", "dialog", "figcaption", "figure", "footer", "g", "header", "hgroup", "image", "keygen", "layer", "main",
	"mark", "marquee", "math", "menuitem", "meter", "multicol", "nav", "nobr", "noembed", "output", "path", "picture",
	"plaintext", "progress", "rb", "rp", "rt", "rtc", "ruby", "search", "section", "slot", "source", "spacer", "summary", "svg",
	"template", "time", "track", "video", "wbr", "xmp" };

static const struct {
	const char *tag;
	bool line;		/* stands for a line feed */
} bbcodes[] = {
	{ "b", false }, { "i", false }, { "u", false }, { "s", false }, { "url", false }, { "img", false },
	{ "email", false }, { "color", false }, { "size", false }, { "font", false }, { "center", true },
	{ "left", true }, { "right", true }, { "justify", true }, { "quote", true }, { "code", true },
	{ "list", true }, { "ul", true }, { "ol", true }, { "li", true }, { "*", true }, { "p", true },
	{ "br", true }, { "hr", true }, { "h1", true }, { "h2", true }, { "h3", true }, { "table", true },
	{ "tr", true }, { "td", false }, { "th", false }, { "youtube", false }, { "video", false },
	{ "spoiler", false }, { "sub", false }, { "sup", false }, { "strike", false }, { "highlight", false },
};

/* ---- events of the HTML parser */

static void
add_lines(struct buf *out, unsigned n)
{
	buf_add(out, "\n\n", n);
}

static bool
is_tag(const xmlChar *name, const char *tag)
{
	const char *s = (const char *)name;
	return s[0] == tag[0] && strcmp(s, tag) == 0;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
	struct markup *m = ctx;
	(void)attributes;
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (is_tag(name, blocks[i].tag))
			add_lines(&m->text, blocks[i].before);
	if (is_tag(name, "td") || is_tag(name, "th"))
		buf_char(&m->text, ' ');
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct markup *m = ctx;
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (is_tag(name, blocks[i].tag))
			add_lines(&m->text, blocks[i].after);
}

/* A line feed in HTML is a space. */
static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct markup *m = ctx;
	size_t start = m->text.len;
	buf_add(&m->text, s, (size_t)len);
	for (size_t i = start; i < m->text.len; i++)
		if (m->text.data[i] == '\n')
			m->text.data[i] = ' ';
}

/* Scripts and styles come here. */
static void
on_raw(void *ctx, const xmlChar *s, int len)
{
	(void)ctx;
	(void)s;
	(void)len;
}

/* ---- what the parser gets to see */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool
is_element(const char *s, size_t len)
{
	char name[TAG_NAME_MAX + 1];
	if (len > TAG_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)(is_letter(s[i]) ? s[i] | 0x20 : s[i]);
	name[len] = '\0';
	if (htmlTagLookup((const xmlChar *)name) != NULL)
		return true;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (strcmp(elements[i], name) == 0)
			return true;
	return false;
}

/* ' class="x">', and not " et c>" */
static bool
has_attribute(const char *s, size_t len)
{
	size_t i = 0;
	while (i < len && s[i] != '=' && s[i] != '<' && s[i] != '>')
		i++;
	return i > 0 && i < len && s[i] == '=' && is_name(s[i - 1]);
}

static bool
ends_at_once(const char *s, size_t len)
{
	size_t i = 0;
	while (i < len && (s[i] == ' ' || s[i] == '\n' || s[i] == '/'))
		i++;
	return i < len && s[i] == '>';
}

/* Does the "<" at `s` open a tag or a comment?  "<o:p>" does; "<http://…>",
 * "<a@b.fr>", "<Dupont>" and "a<b et c>d" do not. */
static bool
opens_tag(const char *s, size_t len)
{
	size_t i = 1;
	if (len > 3 && memcmp(s, "<!--", 4) == 0)
		return true;
	bool declares = len > 9 && strncasecmp(s, "<!doctype", 9) == 0, instructs = len > 1 && s[1] == '?';
	if (i < len && (s[i] == '/' || declares || instructs))
		i++;
	if (i >= len || !is_letter(s[i]))
		return false;
	const char *name = s + i;
	while (i < len && is_name(s[i]))
		i++;
	if (i + 1 < len && s[i] == ':' && is_letter(s[i + 1]))
		return true;
	if (i == len || (s[i] != '>' && s[i] != '/' && s[i] != ' ' && s[i] != '\n'))
		return false;
	if (declares || instructs)
		return true;
	size_t name_len = (size_t)(s + i - name);
	bool known = is_element(name, name_len);
	return (known && (name_len > 1 || ends_at_once(s + i, len - i))) || has_attribute(s + i, len - i);
}

static bool
is_style(const char *s, size_t len)
{
	return len > 5 && strncasecmp(s, "style", 5) == 0 && !is_name(s[5]);
}

static const char *
find_style_end(const char *s, const char *limit)
{
	for (; (s = memmem(s, (size_t)(limit - s), "</", 2)) != NULL; s += 2) {
		size_t len = (size_t)(limit - s);
		if (is_style(s + 2, len - 2) && opens_tag(s, len))
			return memchr(s, '>', len) != NULL ? s : limit;
	}
	return limit;
}

/* The parser drops what stands behind a comment or style that nothing ends. */
static bool
is_endless(struct markup *m, const char *s)
{
	size_t len = (size_t)(m->limit - s);
	if (len > 3 && s[1] == '!' && s[2] == '-') {
		if (m->comment_end <= s)
			m->comment_end = memmem(s + 4, len - 4, "-->", 3);
		if (m->comment_end == NULL)
			m->comment_end = m->limit;
		return m->comment_end == m->limit;
	}
	if (!is_style(s + 1, len - 1))
		return false;
	if (m->style_end <= s)
		m->style_end = find_style_end(s + 6, m->limit);
	return m->style_end == m->limit;
}

/* Word's "<![if !supportLists]>" and "<![endif]>"; 0: neither, or in a comment, whose
 * end may touch it. */
static size_t
condition_len(const struct markup *m, const char *s, size_t len)
{
	if (s < m->comment_end && m->comment_end < m->limit)
		return 0;
	const char *end = len > 3 && memcmp(s, "<![", 3) == 0 && is_letter(s[3]) ? memchr(s, '>', len) : NULL;
	return end != NULL ? (size_t)(end - s) + 1 : 0;
}

/* Copies with "&lt;" for every "<" that opens nothing, so that the parser
 * takes it for text; a tag must be closed somewhere. */
static void
escape_part(struct markup *m, const char *s, size_t len)
{
	const char *last = memrchr(s, '>', len);
	size_t closed = last != NULL ? (size_t)(last - s) : 0, i = 0;
	while (i < len) {
		const char *open = memchr(s + i, '<', len - i);
		size_t run = open != NULL ? (size_t)(open - s) - i : len - i, condition;
		buf_add(&m->escaped, s + i, run);
		if ((i += run) == len)
			break;
		bool tag = i < closed && opens_tag(s + i, len - i) && !is_endless(m, s + i);
		if (i < closed && (condition = condition_len(m, s + i, len - i)) > 0) {
			i += condition;
			continue;
		}
		buf_str(&m->escaped, tag ? "<" : "&lt;");
		m->has_tags |= tag;
		i++;
	}
}

/* "<![CDATA[" of XML is sometimes left around a text: what it holds counts. */
static void
escape_text(struct markup *m, const char *s, size_t len)
{
	static const char start[] = "<![CDATA[", end[] = "]]>";
	const size_t start_len = sizeof start - 1, end_len = sizeof end - 1;
	const char *p;
	buf_clear(&m->escaped);
	m->has_tags = false;
	m->limit = s + len;
	m->comment_end = m->style_end = s;
	while ((p = memmem(s, len, start, start_len)) != NULL) {
		const char *inside = p + start_len;
		escape_part(m, s, (size_t)(p - s));
		len -= (size_t)(inside - s);
		s = inside;
		p = memmem(s, len, end, end_len);
		size_t inside_len = p != NULL ? (size_t)(p - s) : len;
		size_t skip = p != NULL ? inside_len + end_len : len;
		escape_part(m, s, inside_len);
		s += skip;
		len -= skip;
	}
	escape_part(m, s, len);
}

static void
renew_parser(struct markup *m)
{
	htmlFreeParserCtxt(m->parser);
	m->parser = htmlNewParserCtxt();
	if (m->parser == NULL)
		abort();
	memset(m->parser->sax, 0, sizeof *m->parser->sax);
	m->parser->sax->startElement = on_start;
	m->parser->sax->endElement = on_end;
	m->parser->sax->characters = on_text;
	m->parser->sax->ignorableWhitespace = on_text;
	m->parser->sax->cdataBlock = on_raw;
	m->parser->userData = m;
}

struct markup *
markup_new(void)
{
	struct markup *m = xcalloc(1, sizeof *m);
	xmlInitParser();
	renew_parser(m);
	return m;
}

void
markup_free(struct markup *m)
{
	if (m == NULL)
		return;
	htmlFreeParserCtxt(m->parser);
	buf_done(&m->escaped);
	buf_done(&m->text);
	free(m);
}

/* ---- a text with entities but no tags needs no parser */

/* Bytes of "&#8217;" or "&#x2019;" at `s`; 0: it is neither. */
static size_t
number_entity(const char *s, size_t len, uint32_t *ret)
{
	bool hex = len > 2 && (s[2] | 0x20) == 'x';
	size_t start = hex ? 3 : 2, i = start;
	uint32_t c = 0;
	for (; i < len && c <= 0x10ffff; i++) {
		if (s[i] >= '0' && s[i] <= '9')
			c = c * (hex ? 16 : 10) + (uint32_t)(s[i] - '0');
		else if (hex && (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'f')
			c = c * 16 + (uint32_t)((s[i] | 0x20) - 'a' + 10);
		else
			break;
	}
	if (i == start || i == len || s[i] != ';')
		return 0;
	*ret = c;
	return i + 1;
}

static size_t
named_entity(const char *s, size_t len, uint32_t *ret)
{
	char name[TAG_NAME_MAX + 1];
	size_t n = 0;
	while (n < TAG_NAME_MAX && n + 1 < len && is_name(s[n + 1])) {
		name[n] = s[n + 1];
		n++;
	}
	name[n] = '\0';
	const htmlEntityDesc *entity = n + 1 < len && s[n + 1] == ';' ? htmlEntityLookup((const xmlChar *)name) : NULL;
	if (entity == NULL)
		return 0;
	*ret = entity->value;
	return n + 2;
}

static void
read_entities(struct markup *m, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		const char *open = memchr(s + i, '&', len - i);
		size_t run = open != NULL ? (size_t)(open - s) - i : len - i, entity;
		uint32_t c = 0;
		buf_add(&m->text, s + i, run);
		if ((i += run) == len)
			break;
		if (i + 1 < len && s[i + 1] == '#')
			entity = number_entity(s + i, len - i, &c);
		else
			entity = named_entity(s + i, len - i, &c);
		if (entity == 0)
			buf_char(&m->text, '&');
		else if (c != 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff))
			text_add_char(&m->text, c);
		i += entity > 0 ? entity : 1;
	}
}

static void
parse_html(struct markup *m, const char *s, size_t len)
{
	escape_text(m, s, len);
	if (!m->has_tags) {
		read_entities(m, m->escaped.data, m->escaped.len);
		return;
	}
	if (xmlDictGetUsage(m->parser->dict) > NAMES_MAX_BYTES)
		renew_parser(m);
	xmlDocPtr doc = htmlCtxtReadMemory(m->parser, m->escaped.data, (int)m->escaped.len, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
	xmlFreeDoc(doc);
}

/* ---- BBCode */

/* Index of the tag that `s` names, up to "]" or "="; -1: none. */
static int
find_bbcode(const char *s, size_t len, size_t *ret_len)
{
	char name[TAG_NAME_MAX + 1];
	size_t n = 0;
	while (n < len && n < TAG_NAME_MAX && (is_name(s[n]) || s[n] == '*')) {
		name[n] = (char)(is_letter(s[n]) ? s[n] | 0x20 : s[n]);
		n++;
	}
	name[n] = '\0';
	for (size_t i = 0; i < sizeof bbcodes / sizeof *bbcodes; i++)
		if (strcmp(bbcodes[i].tag, name) == 0) {
			*ret_len = n;
			return (int)i;
		}
	return -1;
}

/* Bytes of the BBCode tag at `s`, which starts with "["; 0: it is none. */
static size_t
bbcode_len(const char *s, size_t len, int *ret_index)
{
	size_t start = len > 1 && s[1] == '/' ? 2 : 1, n;
	int index = find_bbcode(s + start, len - start, &n);
	if (index < 0)
		return 0;
	size_t i = start + n;
	if (i < len && s[i] == '=')
		while (i < len && s[i] != ']' && s[i] != '\n' && s[i] != '[')
			i++;
	if (i >= len || s[i] != ']')
		return 0;
	*ret_index = index;
	return i + 1;
}

/* The address between [img] and [/img] is no text. */
static size_t
image_len(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[n] != '[' && s[n] != ' ' && s[n] != '\n')
		n++;
	return len - n >= 6 && strncasecmp(s + n, "[/img]", 6) == 0 ? n : 0;
}

static void
strip_bbcode(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		int index = 0;
		const char *open = memchr(s + i, '[', len - i);
		size_t run = open != NULL ? (size_t)(open - s) - i : len - i;
		buf_add(out, s + i, run);
		i += run;
		if (i == len)
			break;
		size_t tag = bbcode_len(s + i, len - i, &index);
		if (tag == 0) {
			buf_char(out, s[i++]);
			continue;
		}
		if (bbcodes[index].line)
			buf_char(out, '\n');
		i += tag;
		if (strcmp(bbcodes[index].tag, "img") == 0 && s[i - tag + 1] != '/')
			i += image_len(s + i, len - i);
	}
}

bool
markup_present(const char *s, size_t len)
{
	return memchr(s, '<', len) != NULL || memchr(s, '&', len) != NULL || memchr(s, '[', len) != NULL;
}

void
markup_text(struct markup *m, const char *s, size_t len, struct buf *out)
{
	buf_clear(&m->text);
	if (memchr(s, '<', len) != NULL || memchr(s, '&', len) != NULL)
		parse_html(m, s, len);
	else
		buf_add(&m->text, s, len);
	strip_bbcode(buf_cstr(&m->text), m->text.len, out);
}
