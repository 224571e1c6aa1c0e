/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/sitemap.h"

#include <limits.h>

#include <libxml/parser.h>

#include "base/buf.h"
#include "jsonld/webaddr.h"

struct sitemap {
	sitemap_fn *on_loc;
	void *arg;
	xmlParserCtxt *xml;	/* NULL: text */

	unsigned depth;
	bool known_root, index;	/* <urlset> or <sitemapindex>; the latter */
	bool in_entry, in_loc;
	struct buf loc;		/* at most WEBADDR_MAX_BYTES + 1 */
	size_t unreadable;
	enum vigie_failure failure;
	char problem[160];
};

static int
broken(struct sitemap *s, enum vigie_failure why, const char *text)
{
	if (s->problem[0] == '\0') {
		s->failure = why;
		(void)snprintf(s->problem, sizeof s->problem, "%s", text);
	}
	return -1;
}

static void
add_text(struct sitemap *s, const char *text, size_t len)
{
	size_t room = WEBADDR_MAX_BYTES + 1 - s->loc.len;
	buf_add(&s->loc, text, len < room ? len : room);
}

static void
loc_ended(struct sitemap *s)
{
	static const char mark[] = "\xef\xbb\xbf";	/* at the start of a text */
	const char *loc = buf_cstr(&s->loc);
	loc += strncmp(loc, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
	loc += strspn(loc, " \t\r\n");
	if (s->loc.len > WEBADDR_MAX_BYTES)
		s->unreadable++;
	else if (*loc != '\0')
		s->on_loc(s->arg, loc, s->index);
	buf_clear(&s->loc);
}

/* ---- XML: root at depth 1, <url> or <sitemap> at 2, its <loc> at 3 */

static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
    const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct sitemap *s = arg;
	const char *local = (const char *)name;
	(void)prefix, (void)uri, (void)n_namespaces, (void)namespaces;
	(void)n_attributes, (void)n_defaulted, (void)attributes;
	switch (++s->depth) {
	case 1:
		s->index = strcmp(local, "sitemapindex") == 0;
		s->known_root = s->index || strcmp(local, "urlset") == 0;
		return;
	case 2:
		s->in_entry = strcmp(local, s->index ? "sitemap" : "url") == 0;
		return;
	case 3:
		s->in_loc = s->in_entry && strcmp(local, "loc") == 0;
		return;
	}
}

static void
on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct sitemap *s = arg;
	(void)name, (void)prefix, (void)uri;
	if (s->depth-- == 3 && s->in_loc) {
		s->in_loc = false;
		loc_ended(s);
	}
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct sitemap *s = arg;
	if (s->in_loc && s->depth == 3)
		add_text(s, (const char *)text, (size_t)len);
}

/* Only the five that XML has. */
static xmlEntity *
on_entity(void *arg, const xmlChar *name)
{
	(void)arg;
	return xmlGetPredefinedEntity(name);
}

static xmlParserCtxt *
xml_reader(struct sitemap *s)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end,
		.characters = on_text, .cdataBlock = on_text, .ignorableWhitespace = on_text, .getEntity = on_entity,
	};
	xmlParserCtxt *c = xmlCreatePushParserCtxt(&sax, s, NULL, 0, NULL);
	if (c == NULL)
		abort();
	(void)xmlCtxtUseOptions(c, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	return c;
}

/* It ends too early when nothing is left to read of what is wrong. */
static int
xml_failed(struct sitemap *s, bool last)
{
	char text[128];
	const xmlError *e = xmlCtxtGetLastError(s->xml);
	int line = e != NULL ? e->line : 0;
	bool cut = last && s->xml->input != NULL && s->xml->input->cur >= s->xml->input->end;
	(void)snprintf(text, sizeof text, "the XML is wrong at line %d: %.80s", line, e && e->message ? e->message : "?");
	text[strcspn(text, "\n")] = '\0';
	return broken(s, cut ? VIGIE_TRUNCATED : VIGIE_WRONG_FORMAT, cut ? "the XML ends too early" : text);
}

static int
xml_feed(struct sitemap *s, const char *chunk, size_t len, bool last)
{
	while (len > INT_MAX / 2) {
		if (xml_feed(s, chunk, INT_MAX / 2, false) != 0)
			return -1;
		chunk += INT_MAX / 2;
		len -= INT_MAX / 2;
	}
	(void)xmlParseChunk(s->xml, chunk, (int)len, last);
	if (!s->xml->wellFormed)
		return xml_failed(s, last);
	if (s->depth > 0 && !s->known_root)
		return broken(s, VIGIE_WRONG_SHAPE, "neither <urlset> nor <sitemapindex>");
	return 0;
}

/* ---- text */

static int
lines_feed(struct sitemap *s, const char *chunk, size_t len)
{
	while (len > 0) {
		const char *end = memchr(chunk, '\n', len);
		size_t n = end ? (size_t)(end - chunk) : len;
		add_text(s, chunk, n);
		if (end != NULL)
			loc_ended(s);
		n += end != NULL;
		chunk += n;
		len -= n;
	}
	return 0;
}

/* ---- both */

struct sitemap *
sitemap_new(bool xml, sitemap_fn *on_loc, void *arg)
{
	struct sitemap *s = xcalloc(1, sizeof *s);
	s->on_loc = on_loc;
	s->arg = arg;
	if (xml)
		s->xml = xml_reader(s);
	return s;
}

void
sitemap_free(struct sitemap *s)
{
	if (s == NULL)
		return;
	if (s->xml != NULL && s->xml->myDoc != NULL)
		xmlFreeDoc(s->xml->myDoc);
	xmlFreeParserCtxt(s->xml);
	buf_done(&s->loc);
	free(s);
}

int
sitemap_feed(struct sitemap *s, const char *chunk, size_t len)
{
	return s->xml != NULL ? xml_feed(s, chunk, len, false) : lines_feed(s, chunk, len);
}

int
sitemap_end(struct sitemap *s)
{
	if (s->xml != NULL)
		return xml_feed(s, NULL, 0, true);
	loc_ended(s);
	return 0;
}

const char *
sitemap_problem(const struct sitemap *s)
{
	return s->problem;
}

enum vigie_failure
sitemap_failure(const struct sitemap *s)
{
	return s->failure;
}

size_t
sitemap_unreadable(const struct sitemap *s)
{
	return s->unreadable;
}
