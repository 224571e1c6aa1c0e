/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/sitemap.h"

#include "base/buf.h"
#include "jsonld/webaddr.h"
#include "lib/xml_stream.h"

/* Of one entry: it may name a thousand pictures. */
enum { ENTRY_MAX_BYTES = 4 << 20, ENTRY_MAX_DEPTH = 16 };

struct sitemap {
	sitemap_fn *on_loc;
	void *arg;
	struct xml_stream *xml;	/* NULL: text */

	struct buf loc;		/* at most WEBADDR_MAX_BYTES + 1 */
	size_t unreadable;
	bool other_root;	/* XML, but no sitemap */
};

static void
add_text(struct sitemap *s, const char *text, size_t len)
{
	size_t room = WEBADDR_MAX_BYTES + 1 - s->loc.len;
	buf_add(&s->loc, text, len < room ? len : room);
}

static void
loc_ended(struct sitemap *s, bool index)
{
	static const char mark[] = "\xef\xbb\xbf";	/* at the start of a text */
	const char *loc = buf_cstr(&s->loc);
	loc += strncmp(loc, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
	loc += strspn(loc, " \t\r\n");
	if (s->loc.len > WEBADDR_MAX_BYTES)
		s->unreadable++;
	else if (*loc != '\0')
		s->on_loc(s->arg, loc, index);
	buf_clear(&s->loc);
}

/* ---- XML */

/* <url> or <sitemap>.  One with an error is not believed: the document fails
 * at its end. */
static void
on_entry(void *arg, const struct xml_tree *entry, const char *problem)
{
	struct sitemap *s = arg;
	struct buf text = BUF_INIT;
	uint32_t loc = problem == NULL ? xml_tree_child(entry, 0, XML_ELEMENT, "loc") : 0;
	if (loc != 0) {
		xml_tree_add_text(entry, loc, true, &text);
		add_text(s, buf_cstr(&text), text.len);
		loc_ended(s, strcmp(entry->node[0].name, "sitemap") == 0);
	}
	buf_done(&text);
}

static struct xml_stream *
xml_reader(struct sitemap *s, const char *content_type)
{
	const struct xml_stream_options options = {
		.items = "/urlset/url | /sitemapindex/sitemap", .mend = true, .max_item_bytes = ENTRY_MAX_BYTES,
		.max_depth = ENTRY_MAX_DEPTH, .item = on_entry, .arg = s,
	};
	struct xml_stream *xml = xml_stream_new(&options);
	xml_stream_reset(xml, content_type);
	return xml;
}

static int
check_root(struct sitemap *s)
{
	const struct xml_tree *root = xml_stream_envelope(s->xml);
	const char *name = root->n > 0 ? root->node[0].name : "urlset";
	s->other_root = strcmp(name, "urlset") != 0 && strcmp(name, "sitemapindex") != 0;
	return s->other_root ? -1 : 0;
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
			loc_ended(s, false);
		n += end != NULL;
		chunk += n;
		len -= n;
	}
	return 0;
}

/* ---- both */

struct sitemap *
sitemap_new(bool xml, const char *content_type, sitemap_fn *on_loc, void *arg)
{
	struct sitemap *s = xcalloc(1, sizeof *s);
	s->on_loc = on_loc;
	s->arg = arg;
	if (xml)
		s->xml = xml_reader(s, content_type);
	return s;
}

void
sitemap_free(struct sitemap *s)
{
	if (s == NULL)
		return;
	xml_stream_free(s->xml);
	buf_done(&s->loc);
	free(s);
}

int
sitemap_feed(struct sitemap *s, const char *chunk, size_t len)
{
	if (s->xml == NULL)
		return lines_feed(s, chunk, len);
	return xml_stream_feed(s->xml, chunk, len) == 0 ? check_root(s) : -1;
}

int
sitemap_end(struct sitemap *s)
{
	if (s->xml != NULL)
		return xml_stream_end(s->xml) == 0 ? check_root(s) : -1;
	loc_ended(s, false);
	return 0;
}

const char *
sitemap_problem(const struct sitemap *s)
{
	return s->other_root ? "neither <urlset> nor <sitemapindex>" : xml_stream_problem(s->xml);
}

enum vigie_failure
sitemap_failure(const struct sitemap *s)
{
	return s->other_root ? VIGIE_WRONG_SHAPE : xml_stream_failure(s->xml);
}

size_t
sitemap_unreadable(const struct sitemap *s)
{
	return s->unreadable;
}
