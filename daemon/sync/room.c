/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/room.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

enum { RESERVE_BYTES = 4 << 20, WANTED_MAX = 256 << 20 };
static const int64_t LASTING_MS = HOUR_MS;

struct room {
	const struct clock *clock;
	char *path, *folder;		/* of the reserve */
	pthread_mutex_t lock;
	int64_t full_since_ms;
	void (*full)(void *arg);	/* NULL */
	void *full_arg;
	uint64_t wanted;	/* bytes, beside the reserve, for there to be room again */
	int64_t room_since_ms;	/* monotonic; TIME_NONE: it was not full yet */
};

/* -1: there is no room for it.  On a file system that cannot hold room for a file there is no reserve. */
static int
hold(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return error_errno(err, ERROR_SYSTEM, "%s", path);
	int rc = fallocate(fd, 0, 0, RESERVE_BYTES);
	if (rc != 0)
		(void)error_errno(err, ERROR_SYSTEM, "%s", path);
	(void)close(fd);
	if (rc != 0)
		(void)unlink(path);
	return rc;
}

static bool
is_free(const char *folder, uint64_t bytes)
{
	struct statvfs fs;
	return statvfs(folder, &fs) != 0 || fs.f_bavail * fs.f_frsize >= bytes;
}

struct room *
room_new(const char *catalogue_path, const char *folder, const struct clock *clock)
{
	struct room *r = xcalloc(1, sizeof *r);
	struct error err = ERROR_INIT;
	struct buf path = BUF_INIT;
	buf_fmt(&path, "%s-reserve", catalogue_path);
	*r = (struct room){ .clock = clock,
		.path = buf_take(&path), .folder = xstrdup(folder), .full_since_ms = TIME_NONE,
		.wanted = RESERVE_BYTES, .room_since_ms = TIME_NONE };
	pthread_mutex_init(&r->lock, NULL);
	(void)hold(r->path, &err);
	room_tell(r, &err);
	return r;
}

void
room_free(struct room *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r->path);
	free(r->folder);
	free(r);
}

/* A list that wants more than there is would be asked for again and again: what did not last was not enough. */
static void
want(struct room *r)
{
	if (r->room_since_ms == TIME_NONE || monotonic_ms() - r->room_since_ms > LASTING_MS)
		r->wanted = RESERVE_BYTES;
	else if (r->wanted < WANTED_MAX)
		r->wanted *= 2;
}

/* True if that is new. */
static bool
set_since(struct room *r, int64_t since_ms)
{
	pthread_mutex_lock(&r->lock);
	bool new = (r->full_since_ms == TIME_NONE) != (since_ms == TIME_NONE);
	if (new && since_ms != TIME_NONE)
		want(r);
	else if (new)
		r->room_since_ms = monotonic_ms();
	if (new)
		r->full_since_ms = since_ms;
	if (new && since_ms != TIME_NONE && r->full != NULL)
		r->full(r->full_arg);
	pthread_mutex_unlock(&r->lock);
	return new;
}

void
room_on_full(struct room *r, void (*full)(void *arg), void *arg)
{
	pthread_mutex_lock(&r->lock);
	r->full = full;
	r->full_arg = arg;
	if (full != NULL && r->full_since_ms != TIME_NONE)
		full(arg);
	pthread_mutex_unlock(&r->lock);
}

static uint64_t
wanted(struct room *r)
{
	pthread_mutex_lock(&r->lock);
	uint64_t bytes = r->wanted;
	pthread_mutex_unlock(&r->lock);
	return bytes;
}

void
room_tell(struct room *r, const struct error *err)
{
	if (err->kind != ERROR_FULL || !set_since(r, clock_now_ms(r->clock)))
		return;
	(void)unlink(r->path);
	log_event(LOG_ERROR, &(struct log_fields){ .event = LOG_DISK_FULL, .error_kind = error_kind_name(err->kind) },
	    "the disk is full: no partner is read until %d MB are free; the catalogue can be read as ever (%s)",
	    (int)((wanted(r) + RESERVE_BYTES) >> 20), err->text);
}

void
room_log(struct room *r, struct said *said, const char *what, const struct error *err)
{
	if (err->kind == ERROR_NONE)
		log_at(said_ends(said, what), "%s: works again", what);
	else if (r != NULL && err->kind == ERROR_FULL)
		room_tell(r, err);
	else if (err->kind != ERROR_BUSY)
		log_event(said_begins(said, what, LOG_ERROR), &(struct log_fields){ .error_kind = error_kind_name(err->kind) },
		    "%s: %s", what, err->text);
}

void
room_look(struct room *r)
{
	struct error err = ERROR_INIT;
	if (room_full_since(r) == TIME_NONE)
		return;
	/* Where no room can be held, what is free has to do. */
	bool free_again = hold(r->path, &err) == 0 || err.kind != ERROR_FULL;
	if (free_again && !is_free(r->folder, wanted(r))) {
		(void)unlink(r->path);
		free_again = false;
	}
	if (free_again && set_since(r, TIME_NONE))
		log_event(LOG_NOTICE, &(struct log_fields){ .event = LOG_DISK_ROOM }, "there is room on the disk again: partners are read");
}

int64_t
room_full_since(struct room *r)
{
	pthread_mutex_lock(&r->lock);
	int64_t since_ms = r->full_since_ms;
	pthread_mutex_unlock(&r->lock);
	return since_ms;
}
