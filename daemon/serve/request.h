/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as its handler sees it: the path matched, parameters decoded and
 * checked against the route's table, the representation chosen (RFC 9110, 12).
 */
#ifndef VIGIE_SERVE_REQUEST_H
#define VIGIE_SERVE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "catalogue/reading.h"

enum method { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_POST = 4, METHOD_OPTIONS = 8 };

struct route;
struct parameter;
struct variant;

enum { PATH_VALUES = 2, QUERY_VALUES = 24 };

struct query_value {
	const struct parameter *parameter;
	char *value;		/* decoded UTF-8, without control characters */
};

struct request {
	enum method method;	/* HEAD is GET without the body: handlers never see HEAD */
	const struct route *route;
	char *path[PATH_VALUES];	/* what stands for {…} in the route's path, decoded; NULL */
	struct query_value query[QUERY_VALUES];
	size_t n_query;
	const struct variant *variant;	/* of the route: what is answered with */
	const char *language;	/* "fr" or "en" (Accept-Language) */
	char *base_url;		/* "http://HOST", no slash at its end */
	char *url;		/* of the request itself, absolute */
	char *target;		/* path and query as they were sent */
	char *body;		/* of a POST; NULL */
	size_t body_len;
	char *authorization;	/* NULL */
	char *last_event_id;	/* NULL */
	int64_t now_ms;
};

/* NULL: it is not given. */
const char *request_query(const struct request *r, const char *name);
/* 0, or -1 with a text for the person who asked; *ret stays as it is when it is not given. */
int request_integer(const struct request *r, const char *name, int64_t *ret, struct error *err);
int request_real(const struct request *r, const char *name, double *ret, struct error *err);

/* This URL with a parameter set to a value, or taken away (NULL).  The caller frees it. */
char *request_url_with(const struct request *r, const char *name, const char *value);

#endif
