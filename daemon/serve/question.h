/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which listings are asked for: the parameters that all routes with listings
 * share, and the filter that they make.
 */
#ifndef VIGIE_SERVE_QUESTION_H
#define VIGIE_SERVE_QUESTION_H

#include "serve/route.h"

enum { QUESTION_LIMIT = 25, QUESTION_LIMIT_MAX = 1000 };

extern const struct parameter bbox_parameter, datetime_parameter, q_parameter, partner_parameter, kind_parameter,
    price_min_parameter, price_max_parameter, capacity_min_parameter, limit_parameter, offset_parameter, after_parameter;

/* For a route's table: all that choose listings, no limit and no place to go on from. */
#define QUESTION_PARAMETERS \
	&bbox_parameter, &datetime_parameter, &q_parameter, &partner_parameter, &kind_parameter, \
	&price_min_parameter, &price_max_parameter, &capacity_min_parameter

struct question {
	struct reading_filter filter;	/* borrows from the request, and `box` */
	struct box box;
};

/*
 * What `r` asks of a collection: « all », or a kind.  Parameters that the route
 * does not take count as not given.  -1: a.problem was answered.  *ret must not
 * be moved.
 */
int question_read(const struct exchange *x, const struct request *r, const char *collection, struct question *ret,
    struct answer *a);

#endif
