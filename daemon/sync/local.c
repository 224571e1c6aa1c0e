/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	OPENING ─► HASHING ─► (not modified) ─► done
 *	              └─────► READING ────────► done
 *
 * The second reading is hashed again: a file that somebody saves meanwhile is
 * not taken for either of its versions.
 */
#include "sync/local.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"

enum { PIECE_BYTES = 64 << 10, ETAG_SIZE = 2 * sizeof(XXH128_hash_t) + 3 };

struct local {
	struct timer *turn;
	const struct fetch_callbacks *callbacks;
	void *arg;
	char *beside, *name, *url, *etag;
	uint64_t max_bytes, read_bytes;
	size_t held;		/* of the piece, to be given again */
	bool paused;		/* until local_resume() */
	enum { LOCAL_OPENING, LOCAL_HASHING, LOCAL_READING } state;
	int fd;
	XXH3_state_t *hash;
	char found[ETAG_SIZE];		/* of the first reading */
	int status;			/* 0: no head yet */
	bool calling, cancelled;	/* inside a callback; which asked to end it */
	char piece[PIECE_BYTES];
};

static void
local_free(struct local *d)
{
	timer_free(d->turn);
	if (d->fd != -1)
		(void)close(d->fd);
	(void)XXH3_freeState(d->hash);
	free(d->beside);
	free(d->name);
	free(d->url);
	free(d->etag);
	free(d);
}

void
local_cancel(struct local *d)
{
	if (d == NULL)
		return;
	d->cancelled = true;
	if (!d->calling)
		local_free(d);
}

/* ---- opening */

static int
open_folder_of(const struct local *d, struct error *err)
{
	const char *slash = strrchr(d->beside, '/');
	char *folder = slash != NULL ? xstrndup(d->beside, (size_t)(slash - d->beside) + 1) : xstrdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		(void)error_errno(err, ERROR_CONFIG, "cannot open the folder %s", folder);
	free(folder);
	return fd;
}

/* Part by part: no symbolic link leads elsewhere. */
static int
open_below(int folder, const struct local *d, struct error *err)
{
	const char *part = d->name, *slash;
	while ((slash = strchr(part, '/')) != NULL) {
		char *name = xstrndup(part, (size_t)(slash - part));
		int next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int saved = errno;
		free(name);
		(void)close(folder);
		errno = saved;
		if (next == -1)
			return error_errno(err, ERROR_CONFIG, "cannot open the folder of %s", d->name);
		folder = next;
		part = slash + 1;
	}
	int fd = openat(folder, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int saved = errno;
	(void)close(folder);
	errno = saved;
	if (fd == -1 && errno == ELOOP)
		return error_set(err, ERROR_CONFIG, "%s is a symbolic link: put the file itself there", d->name);
	if (fd == -1)
		return error_errno(err, ERROR_CONFIG, "cannot read the local file %s", d->name);
	return fd;
}

static int
check(const struct local *d, struct error *err)
{
	struct stat st;
	if (fstat(d->fd, &st) == -1)
		return error_errno(err, ERROR_CONFIG, "cannot read the local file %s", d->name);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_CONFIG, "%s is not a file", d->name);
	if ((st.st_mode & S_IWOTH) != 0)
		return error_set(err, ERROR_CONFIG, "anybody on this machine can change %s: chmod o-w it", d->name);
	if ((uint64_t)st.st_size > d->max_bytes)
		return error_set(err, ERROR_CONFIG, "%s is larger than the %llu bytes that are allowed (max_body)", d->name,
		    (unsigned long long)d->max_bytes);
	return 0;
}

/* ---- what is told */

static void
finish(struct local *d, const struct error *err)
{
	const struct fetch_result result = {
		.status = d->status, .error = *err, .url = d->url, .address = "", .wire_bytes = d->status == 200 ? d->read_bytes : 0,
		.body_bytes = d->status == 200 ? d->read_bytes : 0,
	};
	d->calling = true;
	d->callbacks->done(d->arg, &result);
	local_free(d);
}

static const char *
media_type(const char *name)
{
	static const char *const types[][2] = {
		{ ".csv", "text/csv" }, { ".json", "application/json" }, { ".xml", "application/xml" },
		{ ".ics", "text/calendar" }, { ".zip", "application/zip" }, { ".gz", "application/gzip" },
	};
	const char *end = strrchr(name, '.');
	for (size_t i = 0; end != NULL && i < sizeof types / sizeof *types; i++)
		if (strcasecmp(end, types[i][0]) == 0)
			return types[i][1];
	return "";
}

/* Whether the reader wants to go on; if not, it is over. */
static bool
goes_on(struct local *d, int rc)
{
	struct error err = ERROR_INIT;
	d->calling = false;
	if (d->cancelled) {
		local_free(d);
		return false;
	}
	if (rc == 0)
		return true;
	(void)error_set(&err, ERROR_LIMIT, "given up by its reader");
	finish(d, &err);
	return false;
}

static bool
tell_head(struct local *d, int status)
{
	const struct fetch_head head = {
		.status = status, .url = d->url, .content_type = media_type(d->name), .etag = d->found,
		.last_modified = "", .link = "", .retry_after_ms = -1, .sunset = "", .deprecation = "",
	};
	d->status = status;
	d->calling = true;
	return goes_on(d, d->callbacks->head(d->arg, &head));
}

/* ---- turns of the loop; false: it is over */

static void
begin_hash(struct local *d)
{
	(void)XXH3_128bits_reset(d->hash);
	d->read_bytes = 0;
}

static void
end_hash(const struct local *d, char out[ETAG_SIZE])
{
	XXH128_hash_t h = XXH3_128bits_digest(d->hash);
	(void)snprintf(out, ETAG_SIZE, "\"%016llx%016llx\"", (unsigned long long)h.high64, (unsigned long long)h.low64);
}

static int
open_it(struct local *d, struct error *err)
{
	int folder = open_folder_of(d, err);
	d->fd = folder != -1 ? open_below(folder, d, err) : -1;
	if (d->fd == -1 || check(d, err) != 0)
		return -1;
	begin_hash(d);
	d->state = LOCAL_HASHING;
	return 0;
}

/* The next piece, hashed: its length, 0 at the end, -1. */
static ssize_t
read_piece(struct local *d, struct error *err)
{
	ssize_t n = read(d->fd, d->piece, sizeof d->piece);
	if (n == -1)
		return error_errno(err, ERROR_CONFIG, "cannot read the local file %s", d->name);
	d->read_bytes += (uint64_t)n;
	if (d->read_bytes > d->max_bytes)
		return error_set(err, ERROR_CONFIG, "%s grows while it is read, beyond the %llu bytes that are allowed",
		    d->name, (unsigned long long)d->max_bytes);
	(void)XXH3_128bits_update(d->hash, d->piece, (size_t)n);
	return n;
}

static bool
hash_piece(struct local *d, struct error *err)
{
	ssize_t n = read_piece(d, err);
	if (n != 0)
		return n > 0;
	end_hash(d, d->found);
	bool known = d->etag != NULL && strcmp(d->etag, d->found) == 0;
	if (lseek(d->fd, 0, SEEK_SET) == -1) {
		(void)error_errno(err, ERROR_CONFIG, "cannot read the local file %s", d->name);
		return false;
	}
	begin_hash(d);
	d->state = LOCAL_READING;
	if (!tell_head(d, known ? 304 : 200))
		return false;
	if (known)
		finish(d, err);
	return !known;
}

/* The piece that was read, perhaps for the second time. */
static bool
give_held(struct local *d)
{
	d->calling = true;
	int rc = d->callbacks->data(d->arg, d->piece, d->held);
	if (rc == FETCH_LATER && !d->cancelled) {
		d->calling = false;
		d->paused = true;
		return false;
	}
	d->held = 0;
	return goes_on(d, rc);
}

void
local_resume(struct local *d)
{
	if (!d->paused)
		return;
	d->paused = false;
	timer_start(d->turn, 0);
}

static bool
give_piece(struct local *d, struct error *err)
{
	char now[ETAG_SIZE];
	ssize_t n = read_piece(d, err);
	if (n > 0) {
		d->held = (size_t)n;
		return give_held(d);
	}
	if (n < 0)
		return false;
	end_hash(d, now);
	if (strcmp(now, d->found) != 0)
		(void)error_set(err, ERROR_CONFIG, "%s was changed while it was read: it is read again next time", d->name);
	else
		finish(d, err);
	return false;
}

static void
on_turn(void *arg)
{
	struct local *d = arg;
	struct error err = ERROR_INIT;
	bool more = false;
	switch (d->state) {
	case LOCAL_OPENING:
		more = open_it(d, &err) == 0;
		break;
	case LOCAL_HASHING:
		more = hash_piece(d, &err);
		break;
	case LOCAL_READING:
		more = d->held > 0 ? give_held(d) : give_piece(d, &err);
		break;
	}
	if (more)
		timer_start(d->turn, 0);
	else if (err.kind != ERROR_NONE)
		finish(d, &err);
}

struct local *
local_start(struct loop *l, const struct local_request *request, const struct fetch_callbacks *callbacks, void *arg)
{
	struct local *d = xcalloc(1, sizeof *d);
	d->callbacks = callbacks;
	d->arg = arg;
	d->beside = xstrdup(request->beside);
	d->name = xstrdup(request->name);
	d->url = xstrdup(request->url);
	d->etag = xstrdup(request->etag);
	d->max_bytes = request->max_bytes;
	d->fd = -1;
	d->hash = XXH3_createState();
	if (d->hash == NULL)
		abort();
	d->turn = timer_new(l, on_turn, d);
	timer_start(d->turn, 0);
	return d;
}
