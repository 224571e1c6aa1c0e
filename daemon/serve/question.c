/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/question.h"

#include <math.h>

#include "serve/span.h"

const struct parameter bbox_parameter = { "bbox", PARAMETER_BOX,
    .help = "west,south,east,north in degrees of WGS 84; west > east goes across the antimeridian. Listings without a "
	"position match too." };
const struct parameter datetime_parameter = { "datetime", PARAMETER_INTERVAL,
    .help = "A day on the office's clock, an instant (RFC 3339), or two of them with a slash between, \"..\" for an open end: "
	"what takes place then. Listings without dates match too." };
const struct parameter q_parameter = { "q", PARAMETER_TEXT, .slow = true,
    .help = "Words that must all stand in the texts, accents aside; the last one may be a beginning. Best matches first." };
const struct parameter partner_parameter = { "partner", PARAMETER_TEXT,
    .help = "Listings of this partner only, by its name in Vigie." };
const struct parameter kind_parameter = { "kind", PARAMETER_CHOICE, .help = "Listings of this kind only.",
    .choices = "home_exchange hosted_meal camper_van boat coworking childcare deal activity tour game event accommodation "
	"place product" };
const struct parameter price_min_parameter = { "price_min", PARAMETER_REAL,
    .help = "Lowest price, in the currency's major unit (euros)." };
const struct parameter price_max_parameter = { "price_max", PARAMETER_REAL, .help = "Highest price." };
const struct parameter capacity_min_parameter = { "capacity_min", PARAMETER_INTEGER,
    .help = "Room for so many persons at least.", .min = 1 };
const struct parameter limit_parameter = { "limit", PARAMETER_INTEGER, .help = "The most listings of one answer.",
    .min = 1, .max = QUESTION_LIMIT_MAX, .fallback = QUESTION_LIMIT };
const struct parameter offset_parameter = { "offset", PARAMETER_INTEGER, .slow = true,
    .help = "Listings to leave out. To read everything follow the links \"next\" instead: they cost the same on every page.",
    .max = 1000000000 };
const struct parameter after_parameter = { "after", PARAMETER_INTEGER,
    .help = "Where to go on, as the links \"next\" have it.", .max = INT64_MAX - 1, .hidden = true };

static int
read_filter(const struct exchange *x, const struct request *r, struct question *q, struct error *err)
{
	struct reading_filter *f = &q->filter;
	const char *bbox = request_query(r, "bbox"), *datetime = request_query(r, "datetime");
	int64_t limit = QUESTION_LIMIT, offset = 0;
	f->partner = request_query(r, "partner");
	f->kind = request_query(r, "kind");
	f->search = request_query(r, "q");
	if (f->search != NULL && strlen(f->search) > READING_SEARCH_MAX_BYTES)
		return error_set(err, ERROR_USAGE, "q has %d bytes at most", (int)READING_SEARCH_MAX_BYTES);
	if (bbox != NULL && box_read(bbox, &q->box, err) != 0)
		return -1;
	f->box = bbox != NULL ? &q->box : NULL;
	if (datetime != NULL && interval_read(datetime, &x->zone, &f->from_ms, &f->to_ms, err) != 0)
		return -1;
	if (request_real(r, "price_min", &f->price_min, err) != 0 || request_real(r, "price_max", &f->price_max, err) != 0 ||
	    request_integer(r, "capacity_min", &f->capacity_min, err) != 0 || request_integer(r, "limit", &limit, err) != 0 ||
	    request_integer(r, "offset", &offset, err) != 0 || request_integer(r, "after", &f->after_row, err) != 0)
		return -1;
	f->limit = (uint64_t)limit;
	f->offset = (uint64_t)offset;
	return 0;
}

int
question_read(const struct exchange *x, const struct request *r, const char *collection, struct question *ret,
    struct answer *a)
{
	static const char none[] = "-";	/* what no listing's kind is */
	struct error err = ERROR_INIT;
	*ret = (struct question){ .filter = READING_FILTER_INIT };
	if (read_filter(x, r, ret, &err) != 0)
		return answer_problem(a, 400, "query-param-invalid", "%s", err.text);
	if (strcmp(collection, "all") == 0)
		return 0;
	if (ret->filter.kind != NULL && strcmp(ret->filter.kind, collection) != 0)
		ret->filter.kind = none;
	else
		ret->filter.kind = collection;
	return 0;
}
