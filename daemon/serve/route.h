/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes are a table, and so are their parameters: matching, checking, OPTIONS
 * and the OpenAPI document all come from it.
 */
#ifndef VIGIE_SERVE_ROUTE_H
#define VIGIE_SERVE_ROUTE_H

#include "catalogue/reading.h"
#include "serve/answer.h"

struct config;
struct clock;

enum parameter_type {
	PARAMETER_TEXT,
	PARAMETER_INTEGER,
	PARAMETER_REAL,
	PARAMETER_BOX,		/* W,S,E,N or with heights */
	PARAMETER_INTERVAL,	/* RFC 3339 instant or A/B, ../B, A/.. */
	PARAMETER_CHOICE
};

struct parameter {
	const char *name;
	enum parameter_type type;
	const char *help;		/* one sentence */
	const char *choices;		/* separated by blanks; of a PARAMETER_CHOICE */
	int64_t min, max, fallback;	/* of a PARAMETER_INTEGER; more than max is taken for max */
	bool hidden;			/* accepted, not documented */
	bool slow;			/* with it a question may read every listing: it leaves a worker to the others */
};

struct variant {			/* one representation of a resource */
	const char *name;		/* ?f=NAME */
	const char *type;		/* as sent */
	const char *also;		/* other media types and values of f that ask for it, separated by blanks; NULL */
};

/* What handlers work with; one for each thread that runs them. */
struct exchange {
	struct catalogue *catalogue;	/* read-only, within a transaction that lasts as long as the handler */
	struct tally *tally;		/* up to date with it */
	const struct config *config;	/* the shared settings, see engine_config() */
	const struct clock *clock;
	struct server *server;
	struct zone zone;		/* of the office: [mail] timezone */
};

/*
 * 0 when `a` is what to send, a problem included; -1 with `err` for our own
 * faults (500; ERROR_TIMEOUT is 503), or after answer_problem().
 */
typedef int route_handler(struct exchange *x, const struct request *r, struct answer *a, struct error *err);

struct route {
	const char *path;		/* "/collections/{collection}/items": {…} is one segment, not empty */
	unsigned methods;		/* METHOD_GET (HEAD comes with it), METHOD_POST */
	route_handler *handle;
	const struct parameter *const *parameters;	/* ends with NULL; every other one is refused (400) */
	const struct variant *variants;	/* ends with a NULL name; the first is the default; with more than one, `f` is
					 * a parameter of its own accord */
	const char *id;			/* operationId of the OpenAPI document; NULL: not in it */
	const char *summary;
	const char *tag;
	unsigned flags;
	int max_age_s;			/* of its answers, see struct answer; a handler may allow more */
};
enum {
	ROUTE_TOKEN = 1,		/* needs the token of [serve], as Bearer or as the form's `token`: see serve/token.h */
	ROUTE_LIVE = 2,			/* a stream without end: see serve/live.h */
	ROUTE_NO_CATALOGUE = 4,		/* answers though the catalogue cannot be read */
	ROUTE_STAFF = 8,		/* pages of other sites may not read it in a browser (no CORS) */
	ROUTE_REST = 16,		/* the last {…} is the rest of the path: programs do not escape slashes in identifiers */
	ROUTE_LONG = 32			/* may read every listing, whatever it is asked: as a `slow` parameter */
};

extern const struct route *const serve_routes[];	/* ends with NULL: one table a file */

/* The route for a path, its {…} decoded into `path`; NULL: there is none. */
const struct route *route_find(const char *path, char *ret_path[PATH_VALUES]);
/*
 * Reads the query, or the form that was posted (NULL: none), into r->query.  Returns NULL, or the code of the
 * problem, « query-param-unknown » or « query-param-invalid », with its text in
 * `err`.  Empty values count as not given: forms send them.  PARAMETER_BOX and
 * PARAMETER_INTERVAL are left to the handler.
 */
const char *route_query(const struct route *route, const char *query, struct request *r, struct error *err);
/* The variant that `f` (NULL: not given) or else Accept asks for; NULL: `f` is none of them.  An Accept that none
 * suits is disregarded (RFC 9110, 12.5.1). */
const struct variant *route_negotiate(const struct route *route, const char *f, const char *accept);
/* "fr" or "en" by Accept-Language; French if it does not say. */
const char *route_language(const char *accept_language);
/* Whether a header such as Accept-Encoding takes this token, q=0 aside. */
bool accept_takes(const char *header, const char *token);

#endif
