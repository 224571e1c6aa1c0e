/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For supervisors: is the process there, and is it fit to work?  In text, or as
 * application/health+json (draft-inadarei-api-health-check-06).
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/version.h"
#include "catalogue/reading.h"
#include "serve/routes.h"
#include "serve/server.h"

/* The daemon tells of itself every five seconds. */
enum { SILENT_MAX_MS = 30 * SECOND_MS };

static int
live(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	(void)x;
	(void)r;
	(void)err;
	a->unstable = true;
	buf_str(&a->body, "alive\n");
	return 0;
}

/* ---- checks: -1 with what is wrong */

static int
check_catalogue(struct exchange *x, struct error *err)
{
	struct catalogue_stamp stamp;
	if (catalogue_read_begin(x->catalogue, err) != 0)
		return -1;
	int rc = catalogue_stamp(x->catalogue, &stamp, err);
	catalogue_read_end(x->catalogue);
	return rc;
}

static int
check_loop(struct exchange *x, struct error *err)
{
	int64_t silent_ms = monotonic_ms() - server_gauges(x->server).told_ms;
	if (silent_ms > SILENT_MAX_MS)
		return error_set(err, ERROR_TIMEOUT, "its timers have stood still for %" PRId64 " s", silent_ms / SECOND_MS);
	return 0;
}

static int
check_schedule(struct exchange *x, struct error *err)
{
	const struct server_gauges g = server_gauges(x->server);
	if (!g.stuck)
		return 0;
	return error_set(err, ERROR_TIMEOUT, "the next reading is %" PRId64 " s late, the store has been at its task for %"
	    PRId64 " s", g.overdue_ms / SECOND_MS, g.store_busy_ms / SECOND_MS);
}

static int
check_disk(struct exchange *x, struct error *err)
{
	char since[TIME_TEXT_MAX];
	const struct server_gauges g = server_gauges(x->server);
	if (g.full_since_ms == TIME_NONE)
		return 0;
	return error_set(err, ERROR_FULL, "it is full since %s: no partner is read", time_text(g.full_since_ms, since));
}

static const struct {
	const char *name;
	int (*check)(struct exchange *x, struct error *err);
} checks[] = {
	{ "catalogue", check_catalogue },
	{ "loop", check_loop },
	{ "schedule", check_schedule },
	{ "disk", check_disk },
};
enum { CHECKS = sizeof checks / sizeof checks[0] };

/* ---- the answer */

static void
write_text(struct buf *out, const struct error *errors, bool ready)
{
	buf_str(out, ready ? "ready\n" : "not ready\n");
	for (size_t i = 0; i < CHECKS; i++)
		if (errors[i].kind != ERROR_NONE)
			buf_fmt(out, "%s: %s\n", checks[i].name, errors[i].text);
}

static void
write_json(struct buf *out, const struct error *errors, bool ready)
{
	buf_fmt(out, "{\"status\":\"%s\",\"version\":\"%s\",\"checks\":{", ready ? "pass" : "fail", VIGIE_VERSION);
	for (size_t i = 0; i < CHECKS; i++) {
		const char *text = errors[i].text;
		buf_fmt(out, "%s\"%s\":[{\"status\":\"%s\"", i > 0 ? "," : "", checks[i].name, *text != '\0' ? "fail" : "pass");
		if (*text != '\0') {
			buf_str(out, ",\"output\":");
			buf_json(out, text, strlen(text));
		}
		buf_str(out, "}]");
	}
	buf_str(out, "}}\n");
}

static int
ready(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	struct error errors[CHECKS];
	bool all = true;
	(void)err;
	for (size_t i = 0; i < CHECKS; i++) {
		errors[i] = (struct error)ERROR_INIT;
		all = checks[i].check(x, &errors[i]) == 0 && all;
	}
	a->status = all ? 200 : 503;
	a->unstable = true;
	(strcmp(r->variant->name, "json") == 0 ? write_json : write_text)(&a->body, errors, all);
	return 0;
}

static const struct variant text[] = { { "text", "text/plain; charset=utf-8", NULL }, { .name = NULL } };
static const struct variant both[] = {
	{ "text", "text/plain; charset=utf-8", NULL },
	{ "json", "application/health+json", "application/json" },
	{ .name = NULL },
};

const struct route health_routes[] = {
	{ .path = "/livez", .methods = METHOD_GET, .handle = live, .variants = text, .id = "livez",
	    .summary = "The process lives.", .tag = "Health", .flags = ROUTE_NO_CATALOGUE },
	{ .path = "/readyz", .methods = METHOD_GET, .handle = ready, .variants = both, .id = "readyz",
	    .summary = "It can read its catalogue, the schedule is kept, and there is room on the disk; 503 with what is wrong if not.", .tag = "Health",
	    .flags = ROUTE_NO_CATALOGUE },
	{ .path = NULL },
};
