/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/webpage.h"

#include <ctype.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "base/utf8.h"
#include "lib/charset.h"

enum { HEAD_BYTES = 2048, ENCODING_MAX_BYTES = 40, CHUNK_BYTES = 64 << 10 };

struct reader {
	const struct webpage *page;
	xmlParserCtxt *parser;
	unsigned depth;
	bool in_script, too_deep;
	struct buf script;
};

/* ---- the encoding: what is valid UTF-8 is, whatever the page says */

/* The word after "charset=". */
static bool
find_charset(const char *s, size_t len, char out[ENCODING_MAX_BYTES])
{
	static const char label[] = "charset=";
	size_t n = 0;
	for (size_t i = 0; i + sizeof label - 1 < len; i++) {
		if (strncasecmp(s + i, label, sizeof label - 1) != 0)
			continue;
		const char *p = s + i + sizeof label - 1, *end = s + len;
		while (p < end && (*p == '"' || *p == '\'' || *p == ' '))
			p++;
		while (p < end && n < ENCODING_MAX_BYTES - 1 && (isalnum((unsigned char)*p) || strchr("-_:.", *p) != NULL) && *p != '\0')
			out[n++] = *p++;
		out[n] = '\0';
		return n > 0;
	}
	return false;
}

/* The page as UTF-8; `out` holds it if it was something else. */
static const char *
decode(const struct webpage *w, const char *html, size_t *len, struct buf *out)
{
	char name[ENCODING_MAX_BYTES], label[ENCODING_MAX_BYTES + 16];
	if (utf8_valid(html, *len))
		return html;
	if (!find_charset(w->content_type, strlen(w->content_type), name) &&
	    !find_charset(html, *len < HEAD_BYTES ? *len : HEAD_BYTES, name))
		(void)snprintf(name, sizeof name, "windows-1252");
	(void)snprintf(label, sizeof label, "; charset=%s", name);
	struct charset *c = charset_new();
	charset_reset(c, label);
	charset_decode(c, html, *len, true, out);
	charset_free(c);
	*len = out->len;
	return buf_cstr(out);
}

/* ---- events */

static bool
is_json_ld(const char *const *attributes)
{
	static const char type[] = "application/ld+json";
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
		if (strcasecmp(attributes[0], "type") != 0 || attributes[1] == NULL)
			continue;
		const char *value = attributes[1] + strspn(attributes[1], " \t\r\n");
		return strncasecmp(value, type, sizeof type - 1) == 0;
	}
	return false;
}

static void
note_language(struct buf *out, const char *const *attributes)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcasecmp(attributes[0], "lang") == 0 && attributes[1] != NULL && out->len == 0)
			buf_str(out, attributes[1]);
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *r = arg;
	const char *const *pairs = (const char *const *)attributes;
	if (++r->depth > WEBPAGE_DEPTH_MAX) {
		r->too_deep = true;
		xmlStopParser(r->parser);
		return;
	}
	microdata_start(r->page->microdata, (const char *)name, pairs);
	if (strcasecmp((const char *)name, "html") == 0)
		note_language(r->page->language, pairs);
	if (strcasecmp((const char *)name, "script") == 0 && is_json_ld(pairs)) {
		r->in_script = true;
		buf_clear(&r->script);
	}
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct reader *r = arg;
	r->depth -= r->depth > 0;
	microdata_end(r->page->microdata);
	if (!r->in_script || strcasecmp((const char *)name, "script") != 0)
		return;
	r->in_script = false;
	r->page->script(r->page->arg, buf_cstr(&r->script), r->script.len);
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct reader *r = arg;
	microdata_text(r->page->microdata, (const char *)text, (size_t)len);
}

/* What stands in a script. */
static void
on_script(void *arg, const xmlChar *text, int len)
{
	struct reader *r = arg;
	if (r->in_script && r->script.len + (size_t)len <= WEBPAGE_MAX_BYTES)
		buf_add(&r->script, text, (size_t)len);
}

/* ---- reading */

static xmlParserCtxt *
html_parser(struct reader *r)
{
	htmlSAXHandler sax = {
		.startElement = on_start, .endElement = on_end, .characters = on_text, .ignorableWhitespace = on_text,
		.cdataBlock = on_script,
	};
	xmlParserCtxt *c = htmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (c == NULL)
		abort();
	/* RECOVER: a script ends at </script>, not at another end tag in one of its strings. */
	(void)htmlCtxtUseOptions(c, HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
	    HTML_PARSE_IGNORE_ENC);
	return c;
}

const char *
webpage_read(const struct webpage *w, const char *html, size_t len)
{
	struct reader r = { .page = w, .script = BUF_INIT };
	struct buf decoded = BUF_INIT;
	if (len >= 3 && memcmp(html, "\xef\xbb\xbf", 3) == 0) {
		html += 3;
		len -= 3;
	}
	html = decode(w, html, &len, &decoded);
	r.parser = html_parser(&r);
	for (size_t at = 0; at < len && !r.too_deep; at += CHUNK_BYTES) {
		size_t n = len - at < CHUNK_BYTES ? len - at : CHUNK_BYTES;
		(void)htmlParseChunk(r.parser, html + at, (int)n, false);
	}
	if (!r.too_deep)
		(void)htmlParseChunk(r.parser, NULL, 0, true);
	if (r.parser->myDoc != NULL)
		xmlFreeDoc(r.parser->myDoc);
	htmlFreeParserCtxt(r.parser);
	buf_done(&r.script);
	buf_done(&decoded);
	return r.too_deep ? "its elements are nested too deep" : NULL;
}
