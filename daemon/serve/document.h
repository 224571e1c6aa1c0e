/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents about the catalogue: JSON for programs, the same as a page for
 * people, and the links between them.
 */
#ifndef VIGIE_SERVE_DOCUMENT_H
#define VIGIE_SERVE_DOCUMENT_H

#include <cjson/cJSON.h>

#include "serve/route.h"

struct link {
	const char *rel;
	const char *type;		/* media type; NULL */
	const char *title;		/* for people; NULL */
};
/* `fmt` makes the path after the base URL; its values are fit for a path already. */
void link_add(cJSON *links, const struct request *r, const struct link *l, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A link of any address. */
void link_add_url(cJSON *links, const struct link *l, const char *url);
/* This answer as « self » and its other variants as « alternate ». */
cJSON *links_new(const struct request *r);
/* For answers that have no place for them: into the header Link.  Frees them. */
void links_to_header(struct answer *a, cJSON *links);

struct document {
	const char *title;		/* of its page, in the reader's language */
	const char *about;		/* a sentence or two; NULL */
	cJSON *json;			/* an object */
};
/* Answers with it, as the variant asks: "html", or else JSON.  Frees the JSON.  Returns 0. */
int document_answer(struct exchange *x, const struct request *r, struct answer *a, const struct document *d);
bool document_is_page(const struct request *r);

/* For a page's head: the links of `links` that are alternates. */
struct buf document_alternates(const cJSON *links);
/* A list of links for people, those to this page itself aside. */
struct html;
void document_links(struct html *h, const cJSON *links);
/* A value as a page shows it: objects and lists with their members. */
void document_value(struct html *h, const cJSON *value);

#endif
