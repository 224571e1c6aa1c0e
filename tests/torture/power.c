/* SPDX-License-Identifier: Apache-2.0 */
/* Each change since the last sync is kept with what was there before; the power fails by undoing some, the last one first. */
#include "power.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECTOR = 512, PATH_BYTES = 512, WHOLE = -1 };

struct change {
	struct change *before;
	char path[PATH_BYTES];
	ino_t ino;
	off_t at, size;		/* of the file, before it */
	size_t len;		/* bytes that were there, of those that changed */
	size_t written;		/* 0: the file was cut */
	char *old;
};

static struct change *last;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
path_of(int fd, char path[PATH_BYTES])
{
	char link[64];
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, PATH_BYTES - 1);
	path[n > 0 ? n : 0] = '\0';
	return n > 0;
}

void
power_before(int fd, off_t at, size_t len)
{
	struct stat st;
	struct change *c = calloc(1, sizeof *c);
	if (c == NULL || fstat(fd, &st) != 0 || !path_of(fd, c->path))
		abort();
	size_t there = st.st_size > at ? (size_t)(st.st_size - at) : 0;
	c->ino = st.st_ino;
	c->at = at;
	c->size = st.st_size;
	c->written = len;
	c->len = len > 0 && len < there ? len : there;
	c->old = malloc(c->len + 1);
	if (c->old == NULL || pread(fd, c->old, c->len, at) != (ssize_t)c->len)
		abort();
	(void)pthread_mutex_lock(&lock);
	c->before = last;
	last = c;
	(void)pthread_mutex_unlock(&lock);
}

void
power_synced(int fd)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		abort();
	(void)pthread_mutex_lock(&lock);
	for (struct change **at = &last; *at != NULL;) {
		struct change *c = *at;
		if (c->ino != st.st_ino) {
			at = &c->before;
			continue;
		}
		*at = c->before;
		free(c->old);
		free(c);
	}
	(void)pthread_mutex_unlock(&lock);
}

/* Always the same of a sector, or of a file's length, so that what is undone goes back to the last sync. */
static bool
is_lost(unsigned seed, ino_t ino, off_t sector)
{
	unsigned long long x = seed * 0x9e3779b97f4a7c15u + (unsigned long long)ino * 0xbf58476d1ce4e5b9u + (unsigned long long)sector;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (x ^ (x >> 31)) & 1;
}

/* Around faults.c. */
static void
put(int fd, const char *from, size_t len, off_t at)
{
	if (syscall(SYS_pwrite64, fd, from, len, at) != (long)len)
		abort();
}

/* Of a write, what is still within the file: its sectors that were nowhere before read as zeros. */
static void
undo_bytes(int fd, const struct change *c, unsigned seed)
{
	static const char zeros[SECTOR];
	struct stat st;
	if (fstat(fd, &st) != 0)
		abort();
	size_t len = c->written > 0 ? c->written : c->len;
	if (c->written > 0 && c->at + (off_t)len > st.st_size)
		len = st.st_size > c->at ? (size_t)(st.st_size - c->at) : 0;
	for (size_t i = 0, n; i < len; i += n) {
		off_t at = c->at + (off_t)i;
		n = SECTOR - (size_t)(at % SECTOR);
		if (n > len - i)
			n = len - i;
		if (!is_lost(seed, c->ino, c->written > 0 ? at / SECTOR : WHOLE))
			continue;
		size_t old = i < c->len ? c->len - i : 0;
		if (old > n)
			old = n;
		put(fd, c->old + i, old, at);
		put(fd, zeros, n - old, at + (off_t)old);
	}
}

_Noreturn void
power_fail(unsigned seed)
{
	(void)pthread_mutex_lock(&lock);	/* and nobody writes any more */
	for (const struct change *c = last; c != NULL; c = c->before) {
		int fd = open(c->path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;	/* it was removed */
		undo_bytes(fd, c, seed);
		if (is_lost(seed, c->ino, WHOLE) && syscall(SYS_ftruncate, fd, c->size) != 0)
			abort();
	}
	(void)raise(SIGKILL);
	abort();
}
