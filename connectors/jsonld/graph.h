/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listings in a tree of JSON-LD, each as the text of one JSON object: the
 * node itself, with short schema.org names, texts and lists without their
 * wrapping, addresses absolute, what another node of the document says of a
 * place or an offer put in its place, and without e-mail addresses, telephone
 * numbers and reviews.  What stands there in two parts with the same @id, of
 * which one has no name, is one.
 *
 * Searched are the document, its @graph, lists, and members that lead to what a
 * page is about (mainEntity, itemListElement, itemOffered, events …).
 */
#ifndef VIGIE_JSONLD_GRAPH_H
#define VIGIE_JSONLD_GRAPH_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/buf.h"

enum { GRAPH_NODES_MAX = 2000, GRAPH_TEXT_MAX_BYTES = 8 << 20, GRAPH_KEY_MAX_BYTES = 255 };

struct graph_node {
	size_t at, len;		/* its text in graph.text */
	char *key;		/* @id, identifier, sku or url; NULL: it has none */
	char *name, *date;	/* name and startDate; NULL: none */
	char *type, *url;	/* the first @type, and url; NULL: none */
	bool titled;		/* it says what it is called */
	bool dropped;		/* the caller's */
};

struct graph {
	const char *types;	/* wanted, separated by spaces; borrowed */
	struct buf text;
	struct graph_node *list;
	size_t n;
	bool full;		/* there were more than fit */
	struct buf met;		/* some types that were seen and not wanted */
};

/* `tree`, parsed by record_parse, is changed, within the same scratch area.
 * `base`: the page's address. */
void graph_add(struct graph *g, cJSON *tree, const char *base);
/* Without nodes, for the next page. */
void graph_clear(struct graph *g);
void graph_done(struct graph *g);

/* Does a text that is no JSON name a wanted type? */
bool graph_mentions(const struct graph *g, const char *s, size_t len);

#endif
