/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed, Realtime Paged Data Exchange 1.1: every listing stands once,
 * at its last change; who has read to the end asks its last page again.
 */
#include <inttypes.h>

#include "catalogue/reading.h"
#include "config/config.h"
#include "represent/geojson.h"
#include "represent/put.h"
#include "serve/routes.h"

enum { ITEMS = 500, ITEMS_MAX = 5000 };
enum { PAGE_AGE_S = 3600, LAST_PAGE_AGE_S = 8 };	/* as RPDE asks */

static const struct parameter after_parameter = {
	.name = "afterChangeNumber", .type = PARAMETER_INTEGER,
	.help = "Changes after this one: the number that stands in `next` of the page before.",
};
static const struct parameter limit_parameter = {
	.name = "limit", .type = PARAMETER_INTEGER, .help = "How many items a page has at most.",
	.min = 1, .max = ITEMS_MAX, .fallback = ITEMS,
};
static const struct parameter *const parameters[] = { &after_parameter, &limit_parameter, NULL };
static const struct variant variants[] = { { "json", "application/json", NULL }, { .name = NULL } };

struct page {
	struct buf *out;
	size_t items;
	int64_t last;		/* its number */
};

static bool
on_change(void *arg, const struct change_row *c)
{
	struct page *p = arg;
	const struct text id = c->row.listing.text[LISTING_EXTERNAL_ID];
	buf_str(p->out, p->items++ > 0 ? ",\n{\"state\":\"" : "\n{\"state\":\"");
	buf_str(p->out, c->present ? "updated" : "deleted");
	buf_fmt(p->out, "\",\"kind\":\"listing\",\"modified\":%" PRId64 ",\"id\":\"", c->change);
	buf_json_part(p->out, c->row.partner.s, c->row.partner.len);
	buf_char(p->out, ':');
	buf_json_part(p->out, id.s, id.len);
	buf_char(p->out, '"');
	if (c->present) {
		put_literal(p->out, ",\"data\":");
		geojson_feature(p->out, NULL, &c->row);
	}
	buf_char(p->out, '}');
	p->last = c->change;
	return p->out->len < ANSWER_PAGE_BYTES;
}

/* Of a page without items its own: there is nothing after it yet. */
static char *
next_url(const struct request *r, const struct page *p)
{
	char number[24];
	if (p->items == 0)
		return xstrdup(r->url);
	(void)snprintf(number, sizeof number, "%" PRId64, p->last);
	return request_url_with(r, after_parameter.name, number);
}

static int
handle(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct page p = { .out = &a->body };
	struct error wrong = ERROR_INIT;
	int64_t after = 0, limit = ITEMS;
	if (request_integer(r, after_parameter.name, &after, &wrong) != 0 ||
	    request_integer(r, limit_parameter.name, &limit, &wrong) != 0)
		return answer_problem(a, 400, "query-param-invalid", "%s", wrong.text);
	const struct change_page changes = { after, (size_t)limit, on_change, &p };
	put_literal(p.out, "{\"items\":[");
	if (catalogue_changes(x->catalogue, x->tally, &changes, err) != 0)
		return -1;
	char *next = next_url(r, &p);
	const char *license = x->config->serve.license != NULL ? x->config->serve.license : "";
	put_literal(p.out, "],\n\"next\":");
	buf_json(p.out, next, strlen(next));
	put_literal(p.out, ",\"license\":");
	buf_json(p.out, license, strlen(license));
	put_literal(p.out, "}\n");
	free(next);
	if (p.items > 0)
		a->max_age_s = PAGE_AGE_S;
	return 0;
}

const struct route rpde_routes[] = {
	{ .path = "/rpde", .methods = METHOD_GET, .handle = handle, .parameters = parameters, .variants = variants,
	    .id = "getChangeFeed", .summary = "Every listing at its last change, in order, removed ones too (RPDE 1.1).",
	    .tag = "Changes", .max_age_s = LAST_PAGE_AGE_S },
	{ .path = NULL },
};
