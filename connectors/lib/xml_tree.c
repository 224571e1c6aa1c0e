/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/xml_tree.h"

/* What a node costs beside its text: about what its JSON has. */
enum { NODE_BYTES = 16 };

void
xml_tree_init(struct xml_tree *t, size_t max_bytes, unsigned max_depth)
{
	*t = (struct xml_tree){ .max_bytes = max_bytes < UINT32_MAX ? max_bytes : UINT32_MAX, .max_depth = max_depth };
}

void
xml_tree_done(struct xml_tree *t)
{
	free(t->node);
	buf_done(&t->text);
}

void
xml_tree_clear(struct xml_tree *t)
{
	t->n = t->open = 0;
	t->depth = t->skipped = 0;
	t->bytes = 0;
	t->problem = NULL;
	buf_clear(&t->text);
}

/* ---- filling */

static bool
afford(struct xml_tree *t, size_t bytes)
{
	if (t->max_bytes - t->bytes < bytes) {
		t->problem = "the item is too big";
		return false;
	}
	t->bytes += bytes;
	return true;
}

/* Among the children of the same name; false if there are too many names. */
static bool
join_twins(struct xml_tree *t, struct xml_node *parent, uint32_t i)
{
	struct xml_node *node = &t->node[i];
	uint32_t head = 0, names = 0, last_head = 0;
	for (uint32_t h = parent->first != 0 ? t->node[parent->first].head : 0; h != 0; h = t->node[h].next_head) {
		if (t->node[h].name == node->name && t->node[h].kind == node->kind) {
			head = h;
			break;
		}
		last_head = h;
		names++;
	}
	if (head != 0) {
		t->node[t->node[head].tail].twin = i;
		t->node[head].tail = i;
		node->head = head;
		return true;
	}
	if (names == XML_CHILD_NAMES_MAX) {
		t->problem = "an element holds more than 256 names";
		return false;
	}
	node->head = node->tail = i;
	if (last_head != 0)
		t->node[last_head].next_head = i;
	return true;
}

/* The new node, or UINT32_MAX. */
static uint32_t
add_node(struct xml_tree *t, const char *name, enum xml_node_kind kind)
{
	if (!afford(t, NODE_BYTES + (name != NULL ? strlen(name) : 0)))
		return UINT32_MAX;
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 64;
		t->node = xrealloc(t->node, t->cap, sizeof *t->node);
	}
	uint32_t i = t->n;
	t->node[i] = (struct xml_node){ .name = name, .kind = kind, .parent = t->open };
	if (i == 0) {
		t->n++;
		return i;
	}
	struct xml_node *parent = &t->node[t->open];
	if (!join_twins(t, parent, i))
		return UINT32_MAX;
	if (parent->last != 0)
		t->node[parent->last].next = i;
	else
		parent->first = i;
	parent->last = i;
	t->n++;
	return i;
}

void
xml_tree_open(struct xml_tree *t, const char *name)
{
	if (t->skipped == 0 && t->depth >= t->max_depth)
		t->problem = "elements are nested too deep";
	uint32_t i = t->skipped > 0 || t->depth >= t->max_depth ? UINT32_MAX : add_node(t, name, XML_ELEMENT);
	if (i == UINT32_MAX) {
		t->skipped++;
		return;
	}
	t->open = i;
	t->depth++;
}

void
xml_tree_attribute(struct xml_tree *t, const char *name, const char *s, size_t len)
{
	if (t->skipped > 0 || !afford(t, len))
		return;
	uint32_t i = add_node(t, name, XML_ATTRIBUTE);
	if (i == UINT32_MAX)
		return;
	t->node[i].text = (uint32_t)t->text.len;
	t->node[i].text_len = (uint32_t)len;
	buf_add(&t->text, s, len);
}

void
xml_tree_text(struct xml_tree *t, const char *s, size_t len)
{
	if (t->skipped > 0 || t->depth == 0 || !afford(t, len))
		return;
	uint32_t i = t->node[t->open].last;
	if (i == 0 || t->node[i].kind != XML_TEXT) {
		i = add_node(t, NULL, XML_TEXT);
		if (i == UINT32_MAX)
			return;
		t->node[i].text = (uint32_t)t->text.len;
	}
	buf_add(&t->text, s, len);
	t->node[i].text_len += (uint32_t)len;
}

void
xml_tree_close(struct xml_tree *t)
{
	if (t->skipped > 0) {
		t->skipped--;
		return;
	}
	/* After an error, an element that was opened in another tree may end here. */
	if (t->depth == 0)
		return;
	t->open = t->node[t->open].parent;
	t->depth--;
}

/* ---- reading */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
trim(const char **s, size_t *len)
{
	while (*len > 0 && is_space((*s)[*len - 1]))
		--*len;
	for (; *len > 0 && is_space(**s); --*len)
		++*s;
}

uint32_t
xml_tree_child(const struct xml_tree *t, uint32_t i, enum xml_node_kind kind, const char *name)
{
	for (uint32_t c = t->node[i].first; c != 0; c = t->node[c].next_head)
		if (t->node[c].kind == kind && (name == NULL || strcmp(t->node[c].name, name) == 0))
			return c;
	return 0;
}

void
xml_tree_add_text(const struct xml_tree *t, uint32_t i, bool deep, struct buf *out)
{
	const struct xml_node *node = &t->node[i];
	if (node->kind != XML_ELEMENT) {
		buf_add(out, t->text.data + node->text, node->text_len);
		return;
	}
	for (uint32_t c = node->first; c != 0; c = t->node[c].next)
		if (t->node[c].kind == XML_TEXT || (deep && t->node[c].kind == XML_ELEMENT))
			xml_tree_add_text(t, c, deep, out);
}

/* Text that stands in pieces between children. */
static void
add_joined(const struct xml_tree *t, uint32_t first, struct buf *out)
{
	struct buf text = BUF_INIT;
	for (uint32_t c = first; c != 0; c = t->node[c].twin)
		buf_add(&text, t->text.data + t->node[c].text, t->node[c].text_len);
	const char *s = buf_cstr(&text);
	size_t len = text.len;
	trim(&s, &len);
	buf_json(out, s, len);
	buf_done(&text);
}

static bool
is_blank(const struct xml_tree *t, uint32_t first)
{
	for (uint32_t c = first; c != 0; c = t->node[c].twin) {
		const char *s = t->text.data + t->node[c].text;
		size_t len = t->node[c].text_len;
		trim(&s, &len);
		if (len > 0)
			return false;
	}
	return true;
}

static void
add_text_json(const struct xml_tree *t, uint32_t first, struct buf *out)
{
	if (first != 0 && t->node[first].twin != 0) {
		add_joined(t, first, out);
		return;
	}
	const char *s = first != 0 ? t->text.data + t->node[first].text : "";
	size_t len = first != 0 ? t->node[first].text_len : 0;
	trim(&s, &len);
	buf_json(out, s, len);
}

static void
add_name(const struct xml_node *node, struct buf *out)
{
	if (out->data[out->len - 1] != '{')
		buf_char(out, ',');
	if (node->kind == XML_ELEMENT) {
		buf_json(out, node->name, strlen(node->name));
	} else {
		buf_str(out, node->kind == XML_TEXT ? "\"#text" : "\"@");
		if (node->kind == XML_ATTRIBUTE)
			buf_str(out, node->name);
		buf_char(out, '"');
	}
	buf_char(out, ':');
}

static bool
in_list(char *const *lists, const char *name)
{
	for (; lists != NULL && *lists != NULL; lists++)
		if (strcmp(*lists, name) == 0)
			return true;
	return false;
}

static void add_value(const struct xml_tree *t, uint32_t i, char *const *lists, struct buf *out);

static void
add_member(const struct xml_tree *t, uint32_t head, char *const *lists, struct buf *out)
{
	const struct xml_node *node = &t->node[head];
	if (node->kind == XML_TEXT) {
		if (!is_blank(t, head)) {
			add_name(node, out);
			add_text_json(t, head, out);
		}
		return;
	}
	bool array = node->twin != 0 || (node->kind == XML_ELEMENT && in_list(lists, node->name));
	add_name(node, out);
	if (array)
		buf_char(out, '[');
	for (uint32_t c = head; c != 0; c = t->node[c].twin) {
		if (c != head)
			buf_char(out, ',');
		add_value(t, c, lists, out);
	}
	if (array)
		buf_char(out, ']');
}

/* As deep as max_depth. */
static void
add_value(const struct xml_tree *t, uint32_t i, char *const *lists, struct buf *out)
{
	const struct xml_node *node = &t->node[i];
	uint32_t head = node->first;
	if (node->kind != XML_ELEMENT) {
		buf_json(out, t->text.data + node->text, node->text_len);
		return;
	}
	if (head == 0 || (t->node[head].kind == XML_TEXT && t->node[head].next_head == 0)) {
		add_text_json(t, head, out);
		return;
	}
	buf_char(out, '{');
	for (; head != 0; head = t->node[head].next_head)
		add_member(t, head, lists, out);
	buf_char(out, '}');
}

void
xml_tree_json(const struct xml_tree *t, uint32_t i, char *const *lists, struct buf *out)
{
	add_value(t, i, lists, out);
}
