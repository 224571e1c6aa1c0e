/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static const char suffix[] = ".XXXXXX";

/* mkostemp makes files for their owner alone; an export is as public as any new file. */
static mode_t
usual_mode(void)
{
	mode_t mask = umask(0);
	(void)umask(mask);
	return (mode_t)0666 & ~mask;
}

static int
fail(struct outfile *f, struct error *err)
{
	return error_errno(err, ERROR_SYSTEM, "%s cannot be written", f->path != NULL ? f->path : "the standard output");
}

/* What a person or the system ends a program with. */
static const int endings[] = { SIGINT, SIGTERM, SIGHUP };
enum { ENDINGS = sizeof endings / sizeof endings[0] };

static void
hold_endings(sigset_t *ret_before)
{
	sigset_t set;
	(void)sigemptyset(&set);
	for (int i = 0; i < ENDINGS; i++)
		(void)sigaddset(&set, endings[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_before);
}

int
outfile_wanted(const struct outfile *f, struct error *err)
{
	sigset_t waiting;
	if (f->path == NULL || sigpending(&waiting) != 0)
		return 0;
	for (int i = 0; i < ENDINGS; i++)
		if (sigismember(&waiting, endings[i]))
			return error_set(err, ERROR_SYSTEM, "interrupted: %s is as it was", f->path);
	return 0;
}

int
outfile_open(struct outfile *f, const char *path, struct error *err)
{
	*f = (struct outfile){ .fd = STDOUT_FILENO, .path = path };
	if (path == NULL)
		return 0;
	struct stat there;
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		return error_set(err, ERROR_SYSTEM, "%s is no file: without -o it goes to standard output", path);
	hold_endings(&f->before);
	struct buf name = BUF_INIT;
	buf_fmt(&name, "%s%s", path, suffix);
	f->temporary = buf_take(&name);
	f->fd = mkostemp(f->temporary, O_CLOEXEC);
	if (f->fd >= 0 && fchmod(f->fd, usual_mode()) == 0)
		return 0;
	(void)fail(f, err);
	outfile_close(f);
	return -1;
}

int
outfile_write(struct outfile *f, const void *data, size_t len, struct error *err)
{
	if (outfile_wanted(f, err) != 0)
		return -1;
	for (const char *p = data; len > 0;) {
		ssize_t n = write(f->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(f, err);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
outfile_finish(struct outfile *f, struct error *err)
{
	if (f->path == NULL)
		return 0;
	if (fsync(f->fd) != 0 || rename(f->temporary, f->path) != 0)
		return fail(f, err);
	free(f->temporary);
	f->temporary = NULL;
	return 0;
}

void
outfile_close(struct outfile *f)
{
	if (f->temporary != NULL && f->fd >= 0)
		(void)unlink(f->temporary);
	free(f->temporary);
	f->temporary = NULL;
	if (f->path == NULL)
		return;
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
	(void)sigprocmask(SIG_SETMASK, &f->before, NULL);
}
