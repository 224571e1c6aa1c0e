/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of an answer (RFC 8288): gathered once, written as JSON, as a
 * document's member, into the header Link, or for people.
 */
#ifndef VIGIE_SERVE_LINKS_H
#define VIGIE_SERVE_LINKS_H

#include <cjson/cJSON.h>

#include "serve/route.h"

struct link {
	const char *rel;
	const char *type;		/* media type; NULL */
	const char *title;		/* for people; NULL */
};

/* Borrows the texts of struct link; URLs are copied. */
struct links {
	struct link_to {
		struct link link;
		size_t url;		/* where it begins in `urls` */
	} *list;
	size_t n, cap;
	struct buf urls;		/* each ends with a NUL */
};
#define LINKS_INIT { NULL, 0, 0, BUF_INIT }

/* This answer as « self » and its other variants as « alternate ». */
struct links links_of(const struct request *r);
void links_done(struct links *links);

/* `fmt` makes the path after the base URL; its values are fit for a path already. */
void link_add(struct links *links, const struct request *r, const struct link *l, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A link of any address. */
void link_add_url(struct links *links, const struct link *l, const char *url);
const char *link_url(const struct links *links, size_t i);

/* Each of these frees them: a JSON array as text, the same for a document, the header Link. */
void links_put(struct links *links, struct buf *out);
cJSON *links_json(struct links *links);
void links_to_header(struct links *links, struct answer *a);

#endif
