/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/copy.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "catalogue/backup.h"

int
copy_look(const char *path, struct error *err)
{
	struct stat there;
	if (stat(path, &there) != 0 || access(path, R_OK) != 0)
		return error_errno(err, ERROR_SYSTEM, "%s", path);
	return S_ISREG(there.st_mode) ? 0 :
	    error_set(err, ERROR_SYSTEM, "%s is no file: name a copy that « vigie backup » made", path);
}

int
copy_catalogue(const char *from, struct outfile *to, const char *what, struct error *err)
{
	struct progress progress;
	uint64_t done = 0, all = 0;
	int rc = 1;
	/* The file may have what partners told the office in confidence. */
	if (fchmod(to->fd, S_IRUSR | S_IWUSR) != 0)
		return error_errno(err, ERROR_SYSTEM, "%s", to->temporary);
	struct backup *b = backup_new(from, to->temporary, err);
	if (b == NULL)
		return -1;
	progress_init(&progress, isatty(STDERR_FILENO));
	while (rc == 1) {
		rc = outfile_wanted(to, err);
		if (rc == 0)
			rc = backup_step(b, &done, &all, err);
		progress_bytes(&progress, what, done, all);
	}
	progress_clear(&progress);
	backup_free(b);
	return rc;
}

static void
note_broken(void *arg, const struct check_result *r)
{
	struct error *err = arg;
	if (r->broken > 0 && err->kind == ERROR_NONE)
		(void)error_set(err, ERROR_DAMAGED, "it is damaged (%s: %s)", r->name, r->example);
}

int
copy_check(struct catalogue *c, struct error *err)
{
	struct error broken = ERROR_INIT;
	if (catalogue_check(c, note_broken, &broken, err) != 0)
		return -1;
	if (broken.kind == ERROR_NONE)
		return 0;
	*err = broken;
	return -1;
}

int
copy_describe(struct catalogue *c, struct buf *out, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	struct catalogue_cursor *q = catalogue_query(c, VIEW_PARTNERS, &f, err);
	int64_t partners = 0, listings = 0;
	struct buf last = BUF_INIT;
	int rc = q != NULL ? 0 : -1;
	while (rc == 0 && (rc = cursor_next(q, err)) == 1) {
		rc = 0;
		partners++;
		for (int i = 0; i < cursor_columns(q); i++) {
			const char *name = cursor_name(q, i), *text = cursor_text(q, i);
			if (strcmp(name, "listing_count") == 0)
				listings += cursor_integer(q, i);
			/* Times of one form compare as text. */
			if (strcmp(name, "last_attempt") == 0 && strcmp(text, buf_cstr(&last)) > 0) {
				buf_clear(&last);
				buf_str(&last, text);
			}
		}
	}
	cursor_close(q);
	buf_fmt(out, "%" PRId64 " %s of %" PRId64 " %s", listings, listings == 1 ? "listing" : "listings", partners,
	    partners == 1 ? "partner" : "partners");
	if (last.len > 0)
		buf_fmt(out, ", last asked %s", last.data);
	buf_done(&last);
	return rc < 0 ? -1 : 0;
}
