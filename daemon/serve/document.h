/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents about the catalogue: JSON for programs, the same as a page for
 * people.
 */
#ifndef VIGIE_SERVE_DOCUMENT_H
#define VIGIE_SERVE_DOCUMENT_H

#include <cjson/cJSON.h>

#include "serve/links.h"

struct document {
	const char *title;		/* of its page, in the reader's language */
	const char *about;		/* a sentence or two; NULL */
	cJSON *json;			/* an object */
};
/* Answers with it, as the variant asks: "html", or else JSON.  Frees the JSON.  Returns 0. */
int document_answer(struct exchange *x, const struct request *r, struct answer *a, const struct document *d);
bool document_is_page(const struct request *r);

/* For a page's head: the links of `links` that are alternates. */
struct buf document_alternates(const struct links *links);
/* A list of links for people, those to this page itself aside. */
struct html;
void document_links(struct html *h, const struct links *links);
/* A value as a page shows it: objects and lists with their members. */
void document_value(struct html *h, const cJSON *value);

#endif
