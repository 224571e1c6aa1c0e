/* SPDX-License-Identifier: Apache-2.0 */
/* vigie export: the catalogue in the formats of other tools. */
#include <math.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "config/listen.h"
#include "represent/export.h"
#include "represent/layer.h"
#include "vigie/outfile.h"
#include "vigie/progress.h"
#include "vigie/reader.h"

static const char gpkg[] = "gpkg";	/* a file, not a text: for the rest of the formats see representations[] */

struct job {
	struct reader *r;
	const struct invocation *in;
	struct outfile file;
	struct progress progress;
	struct reading_filter filter;
	char *base_url;
};

static int
check_format(const struct invocation *in, struct error *err)
{
	const char *names[32] = { gpkg };
	struct buf all = BUF_INIT;
	buf_str(&all, gpkg);
	for (size_t i = 0; representations[i].name != NULL; i++) {
		names[i + 1] = representations[i].name;
		buf_fmt(&all, " %s", names[i + 1]);
	}
	const char *near = in->format != NULL ? nearest_name(in->format, names) : NULL;
	int rc = 0;
	if (in->format == NULL)
		rc = error_set(err, ERROR_USAGE, "\"export\" needs --format FORMAT, one of: %s", buf_cstr(&all));
	else if (strcmp(in->format, gpkg) == 0 && in->output == NULL)
		rc = error_set(err, ERROR_USAGE, "a GeoPackage is a file: say which with -o FILE.gpkg");
	else if (strcmp(in->format, gpkg) != 0 && representation_find(in->format) == NULL && near != NULL)
		rc = error_set(err, ERROR_USAGE, "there is no format \"%s\": did you mean \"%s\"?", in->format, near);
	else if (strcmp(in->format, gpkg) != 0 && representation_find(in->format) == NULL)
		rc = error_set(err, ERROR_USAGE, "there is no format \"%s\"; these are: %s", in->format, buf_cstr(&all));
	buf_done(&all);
	return rc;
}

static int
export_text(struct job *j, struct error *err)
{
	const char *zone = j->r->config->mail.zone;
	struct export x = {
		.format = representation_find(j->in->format), .filter = j->filter,
		.document = { .base_url = j->base_url, .office = j->r->config->office_name,
		    .title = j->r->config->office_name, .language = "fr", .now_ms = j->r->now_ms },
	};
	struct buf out = BUF_INIT;
	bool more = true;
	uint64_t bytes = 0;
	int rc = 0;
	(void)zone_parse(zone, strlen(zone), &x.document.zone);
	while (rc == 0 && more) {
		rc = catalogue_read_begin(j->r->catalogue, err);
		if (rc != 0)
			break;
		rc = export_piece(&x, j->r->catalogue, &out, &more, err);
		catalogue_read_end(j->r->catalogue);
		if (rc == 0)
			rc = outfile_write(&j->file, out.data, out.len, err);
		bytes += out.len;
		buf_clear(&out);
		progress_items(&j->progress, x.document.items, bytes, j->progress.total);
	}
	buf_done(&out);
	return rc;
}

static int
add_all(struct job *j, struct layer *layer, struct error *err)
{
	struct listing_row row;
	uint64_t n = 0;
	int rc;
	struct reading *r = reading_open(j->r->catalogue, &j->filter, NULL, err);
	if (r == NULL)
		return -1;
	while ((rc = reading_next(r, &row, err)) == 1) {
		rc = outfile_wanted(&j->file, err);
		if (rc == 0)
			rc = layer_add(layer, &row, err);
		if (rc != 0)
			break;
		progress_items(&j->progress, ++n, 0, j->progress.total);
	}
	reading_close(r);
	return rc;
}

/* SQLite writes into the file that was made for it. */
static int
export_layer(struct job *j, struct error *err)
{
	struct layer *layer = layer_new(j->file.temporary, j->r->config->office_name, err);
	int rc = layer != NULL ? catalogue_read_begin(j->r->catalogue, err) : -1;
	if (rc == 0) {
		rc = add_all(j, layer, err);
		catalogue_read_end(j->r->catalogue);
	}
	if (rc == 0)
		rc = layer_finish(layer, j->r->now_ms, err);
	layer_free(layer);
	return rc;
}

/* To a terminal's other end nothing is said while a document runs over the same screen. */
static bool
shows_progress(const struct invocation *in)
{
	return isatty(STDERR_FILENO) && (in->output != NULL || !isatty(STDOUT_FILENO));
}

static int
run(struct job *j, struct error *err)
{
	uint64_t total = 0;
	progress_init(&j->progress, shows_progress(j->in));
	if (j->progress.on && reading_count(j->r->catalogue, &j->filter, NULL, &total, err) != 0)
		return -1;
	if (outfile_open(&j->file, j->in->output, err) != 0)
		return -1;
	j->progress.total = (int64_t)total;
	int rc = strcmp(j->in->format, gpkg) == 0 ? export_layer(j, err) : export_text(j, err);
	progress_clear(&j->progress);
	if (rc == 0)
		rc = outfile_finish(&j->file, err);
	outfile_close(&j->file);
	return rc;
}

int
command_export(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	if (check_format(in, &err) != 0 || (in->kind != NULL && reader_check_kind(in->kind, &err) != 0))
		return command_fail(&err);
	int status = reader_open(&r, in);
	if (status == EXIT_GOOD && in->partner != NULL)
		status = reader_check_partner(&r, in->partner);
	struct job j = { .r = &r, .in = in, .filter = READING_FILTER_INIT };
	j.filter.partner = in->partner;
	j.filter.kind = in->kind;
	if (status == EXIT_GOOD)
		j.base_url = listen_url(r.config->serve.url, r.config->serve.listen);
	if (status == EXIT_GOOD && run(&j, &err) != 0)
		status = command_fail(&err);
	free(j.base_url);
	reader_close(&r);
	return status;
}
