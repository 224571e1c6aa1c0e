/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts an XML document that arrives in pieces into its items, one at a time,
 * and what surrounds them.  Bytes become UTF-8 (charset.h), are made whole and
 * harmless (xml_guard.h) and go through libxml2's push parser (SAX2), which
 * knows of no file, no network, no DTD and no entity.
 *
 * An items path is "/annonces/annonce" (from the root), "//annonce" (anywhere)
 * or several with " | " between; "*" is any name.  An item inside an item is a
 * part of it.
 *
 * A name is its local name, or, with namespaces given, "prefix:name" with the
 * prefix that they give its namespace, else the one that the document has; ""
 * is no prefix.  So are attributes; a prefix that is not declared is no error.
 *
 * With `mend`, the parser reads on after an error as well as it can; an item
 * in which there was one is told with a problem, and the document fails when
 * it ends.  Without, it fails at the first.
 */
#ifndef VIGIE_LIB_XML_STREAM_H
#define VIGIE_LIB_XML_STREAM_H

#include "lib/xml_tree.h"
#include "vigie_connector.h"

enum {
	XML_DEPTH_MAX = 200,		/* of elements in a document */
	XML_ENVELOPE_MAX_BYTES = 1 << 20,
	XML_PATH_SEGMENTS = 8,
	XML_PATHS = 8,
	XML_NAMES_MAX_BYTES = 1 << 20,	/* of all different names of a document */
	XML_NAME_MAX_BYTES = 256
};

struct xml_namespace {
	const char *uri, *prefix;
};

struct xml_stream;

/* An item: node 0 of the tree; until it returns.  `problem`: NULL, or why its
 * tree is not whole. */
typedef void xml_item_fn(void *arg, const struct xml_tree *item, const char *problem);

/* Everything is borrowed. */
struct xml_stream_options {
	const char *items;
	const struct xml_namespace *namespaces;	/* ends with uri NULL; NULL: local names */
	bool mend;
	bool keep_envelope;	/* else xml_stream_envelope has nothing but the root's name */
	size_t max_item_bytes;
	unsigned max_depth;	/* of elements in an item */
	xml_item_fn *item;
	void *arg;
};

/* NULL: the items path is not one. */
struct xml_stream *xml_stream_new(const struct xml_stream_options *options);
void xml_stream_free(struct xml_stream *s);	/* takes NULL */
/* A new document. */
void xml_stream_reset(struct xml_stream *s, const char *content_type);

/* 0, or -1: xml_stream_failure() and xml_stream_problem() say why; the items
 * before it were delivered. */
int xml_stream_feed(struct xml_stream *s, const char *chunk, size_t len);
int xml_stream_end(struct xml_stream *s);	/* was the document whole? */
enum vigie_failure xml_stream_failure(const struct xml_stream *s);
const char *xml_stream_problem(const struct xml_stream *s);

/* While an item is delivered: those of its elements that are items by the path,
 * too (//annonce).  They are no items of their own. */
const uint32_t *xml_stream_nested(const struct xml_stream *s, size_t *ret_n);

/* The document so far without its items.  It has nodes once the root began. */
const struct xml_tree *xml_stream_envelope(const struct xml_stream *s);

#endif
