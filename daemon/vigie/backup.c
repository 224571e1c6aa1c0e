/* SPDX-License-Identifier: Apache-2.0 */
/* vigie backup: a copy of the catalogue, as it was at one moment. */
#include <errno.h>
#include <unistd.h>

#include "catalogue/backup.h"
#include "vigie/copy.h"
#include "vigie/reader.h"

static int
check_copy(const struct outfile *f, struct buf *ret_contents, struct error *err)
{
	const struct catalogue_options options = { .path = f->temporary, .read_only = true };
	struct catalogue *c = catalogue_open(&options, err);
	int rc = c != NULL ? copy_check(c, err) : -1;
	if (rc == 0)
		rc = copy_describe(c, ret_contents, err);
	catalogue_close(c);
	return rc;
}

static int
backup(const struct reader *r, const char *path, struct error *err)
{
	struct outfile f;
	struct buf contents = BUF_INIT;
	if (outfile_open(&f, path, err) != 0)
		return -1;
	int rc = copy_catalogue(r->config->catalogue_path, &f, "copied", err);
	if (rc == 0 && check_copy(&f, &contents, err) != 0)
		rc = error_context(err, "there is no backup, because the catalogue is not whole (« vigie check » tells more)");
	if (rc == 0)
		rc = outfile_finish(&f, err);
	outfile_close(&f);
	if (rc == 0)
		(void)printf("%s: %s. Settings and credentials are not in it.\n", path, contents.data);
	buf_done(&contents);
	return rc;
}

int
command_backup(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	const char *path = in->argv[0];
	int status = reader_open(&r, in);
	if (status == EXIT_GOOD && !in->force && access(path, F_OK) == 0) {
		(void)error_set(&err, ERROR_SYSTEM, "%s is there already: another name, or --force", path);
		status = command_fail(&err);
	} else if (status == EXIT_GOOD && backup(&r, path, &err) != 0) {
		status = command_fail(&err);
	}
	reader_close(&r);
	return status;
}
