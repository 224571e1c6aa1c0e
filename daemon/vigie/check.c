/* SPDX-License-Identifier: Apache-2.0 */
/* vigie check: is the catalogue whole? */
#include <inttypes.h>

#include "catalogue/check.h"
#include "vigie/copy.h"
#include "vigie/reader.h"

static const struct table_column columns[] = {
	{ .heading = "CHECK" },
	{ .heading = "RESULT" },
	{ .heading = "FOR ONE", .spare = 2, .least = 12 },
	{ .heading = "WHAT MUST HOLD", .spare = 1, .least = 24 },
};

struct report {
	struct table *table;
	struct json_out *json;	/* NULL: a table */
	size_t broken;
};

static void
add_row(void *arg, const struct check_result *r)
{
	struct report *report = arg;
	report->broken += r->broken > 0;
	if (report->json != NULL) {
		json_open(report->json, NULL, '{');
		json_text(report->json, "check", r->name);
		json_text(report->json, "rule", r->rule);
		json_integer(report->json, "broken", (int64_t)r->broken);
		json_text(report->json, "example", r->example);
		json_close(report->json, '}');
		return;
	}
	table_text(report->table, r->name);
	if (r->broken > 0)
		table_fmt(report->table, "BROKEN: %" PRIu64, r->broken);
	else
		table_text(report->table, "good");
	table_text(report->table, r->example != NULL ? r->example : "");
	table_text(report->table, r->rule);
}

static int
check(struct reader *r, bool as_json, struct error *err)
{
	struct report report = { .table = table_new(columns, sizeof columns / sizeof columns[0]),
		.json = as_json ? &r->json : NULL };
	if (as_json)
		json_open(&r->json, NULL, '[');
	int rc = catalogue_check(r->catalogue, add_row, &report, err);
	if (rc == 0 && as_json)
		json_close(&r->json, ']');
	else if (rc == 0)
		table_print(report.table, &r->screen, stdout);
	if (rc != 0 && err->kind == ERROR_DAMAGED) {
		error_clear(err);
		rc = error_set(err, ERROR_DAMAGED, "the catalogue is damaged, and cannot be read to its end: keep the file, and put the "
		    "last backup in its place with « vigie restore »");
	}
	if (rc == 0 && report.broken > 0)
		rc = error_set(err, ERROR_CATALOGUE, "the catalogue is damaged (%zu of %zu checks): keep the file, and put the last "
		    "backup in its place with « vigie restore »", report.broken, checks_count());
	table_free(report.table);
	return rc;
}

int
command_check(const struct invocation *in)
{
	struct reader r = { .config = NULL };
	struct error err = ERROR_INIT;
	int status = EXIT_GOOD;
	if (in->argc == 0) {
		status = reader_open(&r, in);
	} else {
		const struct catalogue_options options = { .path = in->argv[0], .read_only = true };
		r.screen = screen_of_stdout();
		r.json.out = stdout;
		if (copy_look(in->argv[0], &err) == 0)
			r.catalogue = catalogue_open(&options, &err);
		status = r.catalogue != NULL ? EXIT_GOOD : command_fail(&err);
	}
	if (status == EXIT_GOOD && check(&r, in->json, &err) != 0)
		status = command_fail(&err);
	reader_close(&r);
	return status;
}
