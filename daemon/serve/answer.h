/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a handler fills in.  The server sends it, compresses it, keeps it for
 * the next who asks the same (until the catalogue changes) and answers 304.
 */
#ifndef VIGIE_SERVE_ANSWER_H
#define VIGIE_SERVE_ANSWER_H

#include "base/buf.h"
#include "base/error.h"
#include "serve/request.h"

struct exchange;

/* A page of listings that has become so long is at its end, however many were asked for: the next one goes on. */
enum { ANSWER_PAGE_BYTES = 4 << 20 };

struct stream {			/* an answer of any length, a piece at a time */
	/* Appends some 256 kB to `out`; *ret_more: there is more.  -1 breaks the answer off, so that nobody takes it
	 * for whole.  Each call may run on another thread. */
	int (*piece)(struct exchange *x, void *state, struct buf *out, bool *ret_more, struct error *err);
	void (*done)(void *state);
	void *state;
};

struct answer {
	const struct request *request;	/* what it answers */
	int status;		/* 200 unless said otherwise */
	const char *type;	/* media type; NULL: the variant's */
	struct buf body;
	struct buf headers;	/* further ones, each "Name: value\n" */
	struct buf links;	/* what answer_link() gathered, for the Link header */
	struct stream stream;	/* piece NULL: body is all */
	int max_age_s;		/* Cache-Control: public, max-age; 0: no-cache (ask again with the ETag) */
	bool unstable;		/* depends on more than the catalogue and the request: no ETag, not kept */
};

void answer_header(struct answer *a, const char *name, const char *value);
/* RFC 8288, for the Link header of answers that have no place for links. */
void answer_link(struct answer *a, const char *url, const char *rel, const char *type);

/*
 * An error as application/problem+json (RFC 9457) with the members `code` and
 * `description` of OGC 17-069r4; for people who asked for HTML, as a page.
 * Returns -1, so that a handler can return it.
 */
int answer_problem(struct answer *a, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
