/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One element of an XML document with what it holds, bounded, and the JSON
 * text of it.
 *
 * As JSON, an element that has text only is a string; one with attributes or
 * children is an object: attributes "@name", children by name (an array where
 * a name comes again), its own text "#text", joined where children stand in
 * between.  White space at both ends of a text goes.
 *
 * Names are compared by their address: each has one as long as the tree is
 * filled (xml_stream.h sees to it).
 */
#ifndef VIGIE_LIB_XML_TREE_H
#define VIGIE_LIB_XML_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Different names among the children of one element. */
enum { XML_CHILD_NAMES_MAX = 256 };

enum xml_node_kind { XML_ELEMENT, XML_ATTRIBUTE, XML_TEXT };

/* Links are indexes into xml_tree.node; 0 is none, as node 0 is nobody's child. */
struct xml_node {
	const char *name;		/* NULL for a text; without "@" */
	enum xml_node_kind kind;
	uint32_t text, text_len;	/* of a text or an attribute, in xml_tree.text */
	uint32_t parent, first, last, next;
	uint32_t twin;			/* the next one of the same kind and name */
	uint32_t head, tail;		/* first of these; its last one */
	uint32_t next_head;		/* of another name */
};

struct xml_tree {
	struct xml_node *node;		/* node[0] is the root, when n > 0 */
	uint32_t n, cap;
	struct buf text;
	uint32_t open;			/* the element that is filled */
	unsigned depth, max_depth;	/* of open elements; those deeper are left out */
	unsigned skipped;		/* open elements that are left out */
	size_t bytes, max_bytes;
	const char *problem;		/* NULL, or why something was left out */
};

void xml_tree_init(struct xml_tree *t, size_t max_bytes, unsigned max_depth);
void xml_tree_done(struct xml_tree *t);
void xml_tree_clear(struct xml_tree *t);

void xml_tree_open(struct xml_tree *t, const char *name);
void xml_tree_attribute(struct xml_tree *t, const char *name, const char *s, size_t len);
void xml_tree_text(struct xml_tree *t, const char *s, size_t len);
void xml_tree_close(struct xml_tree *t);

/* Appends the JSON of node `i`.  Names of the list are arrays even where there
 * is one only; NULL-terminated, may be NULL. */
void xml_tree_json(const struct xml_tree *t, uint32_t i, char *const *lists, struct buf *out);

/* Appends the text of node `i` and, if `deep`, of all in it, as it stands. */
void xml_tree_add_text(const struct xml_tree *t, uint32_t i, bool deep, struct buf *out);

/* The first child of that name, 0: none. */
uint32_t xml_tree_child(const struct xml_tree *t, uint32_t i, enum xml_node_kind kind, const char *name);

#endif
