/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/entry.h"

#include <libxml/uri.h>

#include "feed/markup.h"
#include "lib/json_text.h"

enum { CATEGORIES_MAX = 64, URL_MAX_BYTES = 2048, BASE_LEVELS_MAX = 16 };

const struct xml_namespace entry_namespaces[] = {
	{ "http://www.w3.org/2005/Atom", "" },
	{ "http://purl.org/atom/ns#", "" },
	{ "http://purl.org/rss/1.0/", "" },
	{ "http://my.netscape.com/rdf/simple/0.9/", "" },
	{ "http://channel.netscape.com/rdf/simple/0.9/", "" },
	{ "http://backend.userland.com/rss2", "" },
	{ "http://blogs.law.harvard.edu/tech/rss", "" },
	{ "http://www.w3.org/1999/xhtml", "" },
	{ "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf" },
	{ "http://www.w3.org/XML/1998/namespace", "xml" },
	{ "http://purl.org/dc/elements/1.1/", "dc" },
	{ "http://purl.org/dc/elements/1.0/", "dc" },
	{ "http://purl.org/dc/terms/", "dcterms" },
	{ "http://purl.org/rss/1.0/modules/content/", "content" },
	{ "http://purl.org/rss/1.0/modules/event/", "ev" },
	{ "http://search.yahoo.com/mrss/", "media" },
	{ "http://search.yahoo.com/mrss", "media" },
	{ "http://www.georss.org/georss", "georss" },
	{ "http://www.opengis.net/gml", "gml" },
	{ "http://www.opengis.net/gml/3.2", "gml" },
	{ "http://www.w3.org/2003/01/geo/wgs84_pos#", "geo" },
	{ "http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes" },
	{ "http://purl.org/atompub/tombstones/1.0", "at" },
	{ NULL, NULL },
};

/* Where each member is, best first; "@" is an attribute of the entry. */
static const struct place {
	const char *member;
	const char *names[7];
	bool markup;
} places[] = {
	{ "id", { "guid", "id", "@rdf:about" }, false },
	{ "title", { "title", "dc:title", "media:title" }, true },
	{ "summary", { "summary", "description", "dc:description", "media:description", "itunes:summary" }, true },
	{ "content", { "content:encoded", "content" }, true },
	{ "published", { "pubDate", "published", "issued", "dc:date", "dcterms:issued", "created" }, false },
	{ "updated", { "updated", "modified", "dcterms:modified" }, false },
	{ "starts", { "ev:startdate" }, false },
	{ "ends", { "ev:enddate" }, false },
	{ "place", { "ev:location" }, false },
};

struct entry {
	const struct xml_tree *t, *envelope;
	struct buf *out;
	struct buf text;	/* of the value that is written */
};

/* ---- reading the tree */

static uint32_t
child(const struct entry *e, uint32_t i, const char *name)
{
	return xml_tree_child(e->t, i, XML_ELEMENT, name);
}

static const char *
trimmed(const struct buf *b, size_t *ret_len)
{
	const char *s = buf_cstr(b);
	size_t len = b->len;
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	for (; len > 0 && strchr(" \t\r\n", *s) != NULL; len--)
		s++;
	*ret_len = len;
	return s;
}

/* The text of an element, or of its attribute `name`, into e->text; false if
 * there is none. */
static bool
read_text(struct entry *e, const struct xml_tree *t, uint32_t i, const char *attribute)
{
	size_t len;
	buf_clear(&e->text);
	uint32_t node = attribute != NULL ? xml_tree_child(t, i, XML_ATTRIBUTE, attribute) : i;
	if (attribute != NULL && node == 0)
		return false;
	xml_tree_add_text(t, node, false, &e->text);
	(void)trimmed(&e->text, &len);
	return len > 0;
}

static void
write_text(struct entry *e, const char *member)
{
	size_t len;
	const char *s = trimmed(&e->text, &len);
	json_member(e->out, member, s, len);
}

static bool
has(struct entry *e, uint32_t i, const char *attribute, const char *value)
{
	if (!read_text(e, e->t, i, attribute))
		return value == NULL;
	return value != NULL && strcasecmp(buf_cstr(&e->text), value) == 0;
}

/* ---- links */

/* Puts e->text behind what the base is so far; frees that. */
static xmlChar *
join(struct entry *e, xmlChar *base)
{
	size_t len;
	const char *s = trimmed(&e->text, &len);
	char *value = xstrndup(s, len);
	xmlChar *joined = len > URL_MAX_BYTES ? NULL : base != NULL ? xmlBuildURI((const xmlChar *)value, base) :
	    xmlStrdup((const xmlChar *)value);
	free(value);
	if (joined == NULL)
		return base;
	xmlFree(base);
	return joined;
}

/* xml:base of the open elements, of the entry and of its child `i`. */
static xmlChar *
base_of(struct entry *e, uint32_t i)
{
	uint32_t open[BASE_LEVELS_MAX];
	size_t n = 0;
	xmlChar *base = NULL;
	for (uint32_t at = e->envelope->open; e->envelope->n > 0 && n < BASE_LEVELS_MAX; at = e->envelope->node[at].parent) {
		open[n++] = at;
		if (at == 0)
			break;
	}
	while (n > 0)
		if (read_text(e, e->envelope, open[--n], "xml:base"))
			base = join(e, base);
	if (read_text(e, e->t, 0, "xml:base"))
		base = join(e, base);
	if (i != 0 && read_text(e, e->t, i, "xml:base"))
		base = join(e, base);
	return base;
}

/* A URL that stands in the text of `i` or in its attribute.  False: none. */
static bool
write_url(struct entry *e, const char *member, uint32_t i, const char *attribute)
{
	xmlChar *base = base_of(e, i);
	if (!read_text(e, e->t, i, attribute)) {
		xmlFree(base);
		return false;
	}
	if (base != NULL) {
		xmlChar *url = join(e, base);
		if (url != base || strstr(buf_cstr(&e->text), "://") == NULL) {
			buf_clear(&e->text);
			buf_str(&e->text, (const char *)url);
		}
		xmlFree(url);
	}
	write_text(e, member);
	return true;
}

/* RSS has the link as text, Atom in href with rel="alternate". */
static void
write_link(struct entry *e)
{
	uint32_t first = child(e, 0, "link");
	for (uint32_t c = first; c != 0; c = e->t->node[c].twin)
		if (xml_tree_child(e->t, c, XML_ATTRIBUTE, "href") == 0 && write_url(e, "link", c, NULL))
			return;
	for (uint32_t c = first; c != 0; c = e->t->node[c].twin)
		if ((has(e, c, "rel", NULL) || has(e, c, "rel", "alternate")) && write_url(e, "link", c, "href"))
			return;
	uint32_t guid = child(e, 0, "guid");
	if (guid != 0 && !has(e, guid, "isPermaLink", "false") && read_text(e, e->t, guid, NULL) &&
	    strncmp(buf_cstr(&e->text), "http", 4) == 0)
		write_text(e, "link");
}

static void
write_enclosure(struct entry *e)
{
	uint32_t c = child(e, 0, "enclosure");
	if (c != 0 && write_url(e, "enclosure", c, "url"))
		return;
	for (c = child(e, 0, "link"); c != 0; c = e->t->node[c].twin)
		if (has(e, c, "rel", "enclosure") && write_url(e, "enclosure", c, "href"))
			return;
}

/* ---- pictures */

/* Does its type, medium or address say that it is a picture? */
static bool
is_picture(struct entry *e, uint32_t i, const char *url)
{
	static const char *const ends[] = { ".jpg", ".jpeg", ".png", ".webp", ".gif" };
	if (read_text(e, e->t, i, "type"))
		return strncasecmp(buf_cstr(&e->text), "image/", 6) == 0;
	if (read_text(e, e->t, i, "medium"))
		return strcasecmp(buf_cstr(&e->text), "image") == 0;
	if (!read_text(e, e->t, i, url))
		return false;
	size_t len = strcspn(buf_cstr(&e->text), "?#");
	for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++)
		if (len > strlen(ends[k]) && strncasecmp(e->text.data + len - strlen(ends[k]), ends[k], strlen(ends[k])) == 0)
			return true;
	return false;
}

static bool
write_pictures(struct entry *e, uint32_t parent, const char *name, const char *url)
{
	for (uint32_t c = child(e, parent, name); c != 0; c = e->t->node[c].twin)
		if (is_picture(e, c, url) && write_url(e, "image", c, url))
			return true;
	return false;
}

static void
write_image(struct entry *e)
{
	uint32_t group = child(e, 0, "media:group"), c;
	if (write_pictures(e, 0, "media:content", "url") || write_pictures(e, 0, "enclosure", "url"))
		return;
	if (group != 0 && write_pictures(e, group, "media:content", "url"))
		return;
	for (c = child(e, 0, "link"); c != 0; c = e->t->node[c].twin)
		if (has(e, c, "rel", "enclosure") && is_picture(e, c, "href") && write_url(e, "image", c, "href"))
			return;
	if ((c = child(e, 0, "media:thumbnail")) != 0 && write_url(e, "image", c, "url"))
		return;
	if (group != 0 && (c = child(e, group, "media:thumbnail")) != 0 && write_url(e, "image", c, "url"))
		return;
	if ((c = child(e, 0, "itunes:image")) != 0 && write_url(e, "image", c, "href"))
		return;
	if ((c = child(e, 0, "image")) != 0 && (c = child(e, c, "url")) != 0)
		(void)write_url(e, "image", c, NULL);
}

/* ---- where it is */

/* "44.5 0.166", as GeoRSS and GML have it: latitude first. */
static bool
write_pair(struct entry *e, uint32_t i)
{
	static const char digits[] = "0123456789+-.eE", gaps[] = " ,\t\r\n";
	if (i == 0 || !read_text(e, e->t, i, NULL))
		return false;
	const char *first = buf_cstr(&e->text) + strspn(buf_cstr(&e->text), gaps);
	size_t first_len = strspn(first, digits);
	const char *second = first + first_len;
	second += strspn(second, gaps);
	size_t second_len = strspn(second, digits);
	if (first_len == 0 || second_len == 0 || second[second_len + strspn(second + second_len, gaps)] != '\0')
		return false;
	json_member(e->out, "latitude", first, first_len);
	json_member(e->out, "longitude", second, second_len);
	return true;
}

/* pos of a gml:Point, the child of `i`. */
static uint32_t
position(const struct entry *e, uint32_t i)
{
	uint32_t point = child(e, i, "gml:Point");
	return point != 0 ? child(e, point, "gml:pos") : 0;
}

static bool
write_lat_long(struct entry *e, uint32_t i)
{
	uint32_t latitude = child(e, i, "geo:lat"), longitude = child(e, i, "geo:long");
	if (longitude == 0)
		longitude = child(e, i, "geo:lon");
	if (latitude == 0 || longitude == 0)
		return false;
	if (read_text(e, e->t, latitude, NULL))
		write_text(e, "latitude");
	if (read_text(e, e->t, longitude, NULL))
		write_text(e, "longitude");
	return true;
}

static void
write_position(struct entry *e)
{
	uint32_t where = child(e, 0, "georss:where"), point = child(e, 0, "geo:Point");
	if (write_pair(e, child(e, 0, "georss:point")) || (where != 0 && write_pair(e, position(e, where))) ||
	    write_pair(e, position(e, 0)) || write_lat_long(e, 0))
		return;
	if (point != 0)
		(void)write_lat_long(e, point);
}

/* ---- the rest */

static void
add_category(struct entry *e, size_t *n)
{
	size_t len;
	const char *s = trimmed(&e->text, &len);
	if (*n == CATEGORIES_MAX)
		return;
	if (*n == 0) {
		json_name(e->out, "categories", strlen("categories"));
		buf_char(e->out, '[');
	} else {
		buf_char(e->out, ',');
	}
	buf_json(e->out, s, len);
	++*n;
}

static void
write_categories(struct entry *e)
{
	size_t n = 0;
	for (uint32_t c = child(e, 0, "category"); c != 0; c = e->t->node[c].twin)
		if (read_text(e, e->t, c, "label") || read_text(e, e->t, c, "term") || read_text(e, e->t, c, NULL))
			add_category(e, &n);
	for (uint32_t c = child(e, 0, "dc:subject"); c != 0; c = e->t->node[c].twin)
		if (read_text(e, e->t, c, NULL))
			add_category(e, &n);
	if (n > 0)
		buf_char(e->out, ']');
}

/* The entry's own, or the feed's. */
static void
write_language(struct entry *e)
{
	const struct xml_tree *f = e->envelope;
	uint32_t c = child(e, 0, "dc:language");
	bool found = read_text(e, e->t, 0, "xml:lang") || (c != 0 && read_text(e, e->t, c, NULL));
	if (!found && f->n > 0) {
		uint32_t channel = xml_tree_child(f, 0, XML_ELEMENT, "channel");
		found = channel != 0 && (((c = xml_tree_child(f, channel, XML_ELEMENT, "language")) != 0 &&
		    read_text(e, f, c, NULL)) || ((c = xml_tree_child(f, channel, XML_ELEMENT, "dc:language")) != 0 &&
		    read_text(e, f, c, NULL)));
		found = found || read_text(e, f, 0, "xml:lang");
	}
	if (found)
		write_text(e, "language");
}

/* Names that start with "@" are attributes of the entry. */
static bool
write_from(struct entry *e, const struct place *p, const char *name)
{
	if (*name == '@') {
		if (!read_text(e, e->t, 0, name + 1))
			return false;
		write_text(e, p->member);
		return true;
	}
	for (uint32_t c = child(e, 0, name); c != 0; c = e->t->node[c].twin) {
		size_t len;
		buf_clear(&e->text);
		if (p->markup)
			markup_add(e->t, c, strcmp(e->t->node[0].name, "entry") == 0, &e->text);
		else
			xml_tree_add_text(e->t, c, true, &e->text);
		(void)trimmed(&e->text, &len);
		if (len > 0) {
			write_text(e, p->member);
			return true;
		}
	}
	return false;
}

void
entry_write_xml(const struct xml_tree *item, const struct xml_tree *envelope, struct buf *out)
{
	struct entry e = { item, envelope, out, BUF_INIT };
	buf_char(out, '{');
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		for (const char *const *name = places[i].names; *name != NULL; name++)
			if (write_from(&e, &places[i], *name))
				break;
	write_link(&e);
	write_enclosure(&e);
	write_image(&e);
	write_position(&e);
	write_categories(&e);
	write_language(&e);
	buf_char(out, '}');
	buf_done(&e.text);
}
