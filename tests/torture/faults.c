/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD: the disk below the real programs fails.  VIGIE_FAULT=KIND:N, at the
 * N-th call that writes to, cuts or syncs a file whose name has "catalogue.db" in it:
 *
 *	torn	half of what is written gets there, and the process is killed
 *	short	half of what is written gets there, which is what the call says
 *	eio	EIO, once
 *	enospc	ENOSPC, from then on, as long as the file is there that VIGIE_FAULT_HIT names
 *	fsync	EIO of the N-th sync, once
 *	power	the machine loses its power (power.h); syncs count as well
 *
 * When the fault comes it makes the file that VIGIE_FAULT_HIT names.
 */
#include "power.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

static const char *
fault(long *ret_n)
{
	const char *text = getenv("VIGIE_FAULT"), *colon = text != NULL ? strchr(text, ':') : NULL;
	*ret_n = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;
	return colon != NULL ? text : "";
}

static bool
is_kind(const char *text, const char *kind)
{
	size_t len = strlen(kind);
	return strncmp(text, kind, len) == 0 && text[len] == ':';
}

static bool
is_ours(int fd)
{
	char link[64], path[512];
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return strstr(path, "catalogue.db") != NULL && strstr(path, "-shm") == NULL;
}

static void
say_hit(void)
{
	const char *name = getenv("VIGIE_FAULT_HIT");
	int fd = name != NULL ? open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		(void)close(fd);
}

static bool
is_still_full(const char *kind)
{
	const char *name = getenv("VIGIE_FAULT_HIT");
	return is_kind(kind, "enospc") && name != NULL && access(name, F_OK) == 0;
}

/* Whether this call fails, and sets errno. */
static bool
fails(int fd, bool sync)
{
	long at;
	const char *kind = fault(&at);
	bool counts = is_kind(kind, "power") || sync == is_kind(kind, "fsync");
	if (at == 0 || !counts || !is_ours(fd))
		return false;
	long n = atomic_fetch_add(&calls, 1) + 1;
	if (n == at)
		say_hit();
	if (n == at && is_kind(kind, "power"))
		power_fail((unsigned)n);
	bool here = n == at || (n > at && is_still_full(kind));
	errno = is_kind(kind, "enospc") ? ENOSPC : EIO;
	return here;
}

/* With power that may fail, what changes is remembered until it is synced. */
static bool
is_remembered(int fd)
{
	long at;
	return is_kind(fault(&at), "power") && is_ours(fd);
}

typedef ssize_t write_at(int fd, const void *from, size_t len, off_t at);

static ssize_t
write_half(write_at *real, int fd, const void *from, size_t len, off_t at)
{
	long n;
	const char *kind = fault(&n);
	if (!fails(fd, false)) {
		if (is_remembered(fd))
			power_before(fd, at, len);
		return real(fd, from, len, at);
	}
	if (!is_kind(kind, "torn") && !is_kind(kind, "short"))
		return -1;
	ssize_t done = real(fd, from, len > 1 ? len / 2 : len, at);
	if (is_kind(kind, "torn"))
		(void)raise(SIGKILL);
	return done;
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

ssize_t
pwrite(int fd, const void *from, size_t len, off_t at)
{
	return write_half(REAL(write_at *, "pwrite"), fd, from, len, at);
}

ssize_t
pwrite64(int fd, const void *from, size_t len, off_t at)
{
	return write_half(REAL(write_at *, "pwrite64"), fd, from, len, at);
}

typedef int cut_to(int fd, off_t len);

static int
cut(cut_to *real, int fd, off_t len)
{
	if (fails(fd, false))
		return -1;
	if (is_remembered(fd))
		power_before(fd, len, 0);
	return real(fd, len);
}

int
ftruncate64(int fd, off_t len)
{
	return cut(REAL(cut_to *, "ftruncate64"), fd, len);
}

int
ftruncate(int fd, off_t len)
{
	return cut(REAL(cut_to *, "ftruncate"), fd, len);
}

typedef int sync_all(int fd);

static int
sync_file(sync_all *real, int fd)
{
	if (fails(fd, true))
		return -1;
	int rc = real(fd);
	if (rc == 0 && is_remembered(fd))
		power_synced(fd);
	return rc;
}

int
fsync(int fd)
{
	return sync_file(REAL(sync_all *, "fsync"), fd);
}

int
fdatasync(int fd)
{
	return sync_file(REAL(sync_all *, "fdatasync"), fd);
}
