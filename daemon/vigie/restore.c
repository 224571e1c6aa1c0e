/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie restore: a copy takes the place of the catalogue, which stays beside it
 * under another name.  At every moment there is one or the other at that place.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "catalogue/backup.h"
#include "vigie/copy.h"
#include "vigie/reader.h"

struct place {			/* where the catalogue belongs */
	const char *path;
	bool taken;		/* there is a file */
	bool readable;		/* it is a catalogue, and whole */
	struct error unread;	/* else why */
	bool known;		/* it is the same catalogue as the copy, later */
	struct buf aside;	/* the name that it gets */
	int64_t now_ms;
};

static int
file_error(const char *path, struct error *err)
{
	return error_errno(err, ERROR_SYSTEM, "%s", path);
}

static int
check_free(const struct place *p, struct error *err)
{
	int64_t user = catalogue_user(p->path);
	if (user == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM, "%s is in use (process %" PRId64 "): stop vigied first, with « systemctl stop vigied »",
	    p->path, user);
}

/* A name that nothing has yet. */
static void
name_aside(struct place *p)
{
	char when[TIME_TEXT_MAX];
	unsigned n = 1;
	buf_fmt(&p->aside, "%s.before-%s", p->path, time_text(p->now_ms, when));
	size_t len = p->aside.len;
	while (access(p->aside.data, F_OK) == 0) {
		buf_cut(&p->aside, len);
		buf_fmt(&p->aside, "-%u", ++n);
	}
}

/* Opened to be written, it is carried forward, and what its WAL has comes into the file. */
static bool
is_whole(struct place *p, bool search, bool read_only)
{
	const struct catalogue_options options = { .path = p->path, .search = search, .read_only = read_only };
	error_clear(&p->unread);
	struct catalogue *c = catalogue_open(&options, &p->unread);
	bool whole = c != NULL && copy_check(c, &p->unread) == 0;
	catalogue_close(c);
	return whole;
}

/* Nobody has it open, and all of it is in one file, if it can be read at all. */
static int
prepare(struct place *p, bool search, struct error *err)
{
	p->taken = access(p->path, F_OK) == 0;
	if (!p->taken)
		return errno == ENOENT ? 0 : file_error(p->path, err);
	if (check_free(p, err) != 0)
		return -1;
	/* What is damaged is not even opened for writing. */
	p->readable = is_whole(p, search, true);
	bool older = !p->readable && p->unread.kind == ERROR_CATALOGUE;
	if (p->readable || older)
		p->readable = is_whole(p, search, false);
	name_aside(p);
	return 0;
}

/* The copy becomes what can stand there: of this version, whole, fitted into what has happened since. */
static int
fit(struct place *p, const char *file, bool search, struct buf *ret_contents, struct error *err)
{
	const struct catalogue_options options = { .path = file, .search = search };
	struct catalogue *c = catalogue_open(&options, err);
	int rc = c != NULL ? copy_check(c, err) : -1;
	if (rc == 0)
		rc = catalogue_restored(c, p->readable ? p->path : NULL, p->now_ms, &p->known, err);
	if (rc == 0)
		rc = copy_describe(c, ret_contents, err);
	catalogue_close(c);
	return rc;
}

/* For whoever the file there, or else its folder, belongs to. */
static int
give(const struct place *p, int fd, struct error *err)
{
	enum { USUAL_MODE = S_IRUSR | S_IWUSR | S_IRGRP };
	struct stat there;
	char *copy = xstrdup(p->path);
	const char *of = p->taken ? p->path : dirname(copy);
	int rc = stat(of, &there) == 0 ? 0 : file_error(of, err);
	if (rc == 0 && (fchmod(fd, p->taken ? there.st_mode & 0777 : USUAL_MODE) != 0 ||
	    (geteuid() == 0 && fchown(fd, there.st_uid, there.st_gid) != 0)))
		rc = file_error(p->path, err);
	free(copy);
	return rc;
}

/* Moves what lies beside the catalogue under that name's `ending`. */
static int
move_beside(const struct place *p, const char *ending, struct error *err)
{
	struct buf from = BUF_INIT, to = BUF_INIT;
	buf_fmt(&from, "%s%s", p->path, ending);
	buf_fmt(&to, "%s%s", p->aside.data, ending);
	int rc = rename(from.data, to.data) == 0 || errno == ENOENT ? 0 : file_error(from.data, err);
	buf_done(&from);
	buf_done(&to);
	return rc;
}

/* The index of texts is made again by vigied. */
static int
set_aside(const struct place *p, struct error *err)
{
	static const char *const beside[] = { "-wal", "-shm", "-journal", "-search", "-search-wal", "-search-shm" };
	if (p->taken && link(p->path, p->aside.data) != 0)
		return file_error(p->aside.data, err);
	for (size_t i = 0; p->taken && i < sizeof beside / sizeof beside[0]; i++)
		if (move_beside(p, beside[i], err) != 0)
			return -1;
	return 0;
}

/* A name is on the disk when its folder is. */
static int
sync_folder(const char *path, struct error *err)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd >= 0 && fsync(fd) == 0 ? 0 : file_error(path, err);
	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return rc;
}

static int
restore(struct place *p, const char *from, bool search, struct buf *ret_contents, struct error *err)
{
	struct outfile f;
	if (prepare(p, search, err) != 0 || outfile_open(&f, p->path, err) != 0)
		return -1;
	int rc = copy_catalogue(from, &f, "read", err);
	if (rc == 0 && fit(p, f.temporary, search, ret_contents, err) != 0)
		rc = error_context(err, "%s cannot be restored; nothing has changed", from);
	if (rc == 0)
		rc = give(p, f.fd, err);
	/* Whoever has opened it meanwhile would go on with what is set aside. */
	if (rc == 0)
		rc = check_free(p, err);
	if (rc == 0)
		rc = set_aside(p, err);
	if (rc == 0)
		rc = outfile_finish(&f, err);
	outfile_close(&f);
	return rc == 0 ? sync_folder(p->path, err) : rc;
}

static void
tell(const struct place *p, const char *contents)
{
	(void)printf("%s has %s.\n", p->path, contents);
	if (p->taken)
		(void)printf("What was there is kept as it was: %s\n", p->aside.data);
	if (p->taken && !p->readable)
		(void)printf("It could not be read (%s).\n", p->unread.text);
	if (!p->known)
		(void)printf("Letters that wait in the copy are given up: they may have been sent since. What « vigie forget » took "
		    "away since must be forgotten again.\n");
	(void)printf("Next: systemctl start vigied. Tools that follow changes are told of %s.\n",
	    p->known ? "what is different" : "every listing again");
}

int
command_restore(const struct invocation *in)
{
	struct error err = ERROR_INIT;
	struct buf contents = BUF_INIT;
	struct config *config = command_config(in, NULL);
	struct clock clock;
	if (config == NULL)
		return EXIT_USAGE;
	clock_init(&clock);
	struct place p = { .path = config->catalogue_path, .now_ms = clock_now_ms(&clock) };
	int status = EXIT_GOOD;
	if (copy_look(in->argv[0], &err) != 0 || restore(&p, in->argv[0], config->search, &contents, &err) != 0)
		status = command_fail(&err);
	else
		tell(&p, contents.data);
	buf_done(&contents);
	buf_done(&p.aside);
	config_free(config);
	return status;
}
