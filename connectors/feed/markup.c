/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/markup.h"

enum { TYPE_MAX_BYTES = 64 };
enum shape { HTML, PLAIN, NOTHING };

void
markup_escape(const char *s, size_t len, struct buf *out)
{
	const char *end = s + len;
	while (s < end) {
		const char *p = s;
		while (p < end && *p != '<' && *p != '&')
			p++;
		buf_add(out, s, (size_t)(p - s));
		if (p < end)
			buf_str(out, *p == '<' ? "&lt;" : "&amp;");
		s = p < end ? p + 1 : end;
	}
}

/* Elements as they were written, but for their attributes: only text is
 * wanted of it.  No deeper than the tree is. */
static void
add_elements(const struct xml_tree *t, uint32_t i, struct buf *out)
{
	for (uint32_t c = t->node[i].first; c != 0; c = t->node[c].next) {
		const struct xml_node *node = &t->node[c];
		if (node->kind == XML_TEXT)
			markup_escape(t->text.data + node->text, node->text_len, out);
		if (node->kind != XML_ELEMENT)
			continue;
		buf_fmt(out, "<%s>", node->name);
		add_elements(t, c, out);
		if (node->first != 0)
			buf_fmt(out, "</%s>", node->name);
	}
}

static bool
has_elements(const struct xml_tree *t, uint32_t i)
{
	for (uint32_t c = t->node[i].first; c != 0; c = t->node[c].next_head)
		if (t->node[c].kind == XML_ELEMENT)
			return true;
	return false;
}

static void
attribute(const struct xml_tree *t, uint32_t i, const char *name, char text[TYPE_MAX_BYTES])
{
	uint32_t a = xml_tree_child(t, i, XML_ATTRIBUTE, name);
	size_t len = a != 0 ? t->node[a].text_len : 0;
	if (len >= TYPE_MAX_BYTES)
		len = 0;
	if (len > 0)
		memcpy(text, t->text.data + t->node[a].text, len);
	text[len] = '\0';
}

static enum shape
shape_of(const struct xml_tree *t, uint32_t i, bool typed)
{
	static const char *const html[] = { "html", "xhtml", "text/html", "application/xhtml+xml" };
	static const char *const plain[] = { "", "text" };
	char type[TYPE_MAX_BYTES], mode[TYPE_MAX_BYTES];
	if (!typed)
		return HTML;
	attribute(t, i, "type", type);
	attribute(t, i, "mode", mode);
	if (strcasecmp(mode, "base64") == 0)
		return NOTHING;
	for (size_t k = 0; k < sizeof html / sizeof html[0]; k++)
		if (strcasecmp(type, html[k]) == 0)
			return HTML;
	for (size_t k = 0; k < sizeof plain / sizeof plain[0]; k++)
		if (strcasecmp(type, plain[k]) == 0)
			return PLAIN;
	return strncasecmp(type, "text/", 5) == 0 ? PLAIN : NOTHING;
}

void
markup_add(const struct xml_tree *t, uint32_t i, bool typed, struct buf *out)
{
	enum shape shape = shape_of(t, i, typed);
	if (shape == NOTHING)
		return;
	if (has_elements(t, i)) {
		add_elements(t, i, out);
		return;
	}
	struct buf text = BUF_INIT;
	xml_tree_add_text(t, i, false, &text);
	if (shape == PLAIN)
		markup_escape(buf_cstr(&text), text.len, out);
	else
		buf_add(out, buf_cstr(&text), text.len);
	buf_done(&text);
}
