/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite writes a WAL frame by frame, in two calls each: 80,000 for a first load
 * of 200,000 listings, which take three times the processor time of the same
 * bytes in calls of 128 kB.  So frames are gathered here, until the one that
 * commits.
 *
 * Nobody but the writer looks at frames before their commit, and the writer's
 * own reading first writes what was gathered.  The frame that commits is never
 * kept back: its own write says whether all before it is in the file.  What is
 * left when the write lock is given back was rolled back, and is dropped:
 * another's frames may come to stand there.  Killed in between, the WAL ends
 * earlier, within a transaction that did not happen.
 *
 * A frame is a header of 24 bytes and a page; bytes 4 to 7 of the header are not
 * 0 in the frame that commits (https://sqlite.org/fileformat.html#walformat).
 * All other files, and the rest of these two, are SQLite's own.
 */
#include "catalogue/sqlite_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

enum { GATHERED_MAX = 128 << 10, FRAME_HEAD_BYTES = 24, HEAD_COMMIT = 4, HEAD_COMMIT_BYTES = 4 };
enum { WRITE_LOCK = 0 };	/* of those in shared memory */

struct file {			/* a database or its WAL; SQLite's own struct stands behind it */
	sqlite3_file base;
	struct file *other;	/* of a database: its WAL, and of that: the database; NULL: not open */
	bool is_wal;
	char *gathered;		/* NULL: nothing was written yet */
	int len;
	sqlite3_int64 at;	/* in the file */
	bool commits;		/* the frame that is being written */
};

static struct file *
file_of(sqlite3_file *file)
{
	return (struct file *)(void *)file;
}

static sqlite3_file *
own(sqlite3_file *file)
{
	return (sqlite3_file *)(void *)(file_of(file) + 1);
}

/* ---- what is gathered */

/* What cannot be written stays for the next attempt, or until it is dropped. */
static int
flush(struct file *f)
{
	sqlite3_file *to = own(&f->base);
	if (f->len == 0)
		return SQLITE_OK;
	int rc = to->pMethods->xWrite(to, f->gathered, f->len, f->at);
	if (rc == SQLITE_OK)
		f->len = 0;
	return rc;
}

static bool
head_commits(const char *head)
{
	static const char none[HEAD_COMMIT_BYTES];
	return memcmp(head + HEAD_COMMIT, none, sizeof none) != 0;
}

static int
gather(struct file *f, const char *from, int n, sqlite3_int64 at)
{
	bool follows = f->len > 0 && at == f->at + f->len && n <= GATHERED_MAX - f->len;
	int rc = follows ? SQLITE_OK : flush(f);
	if (rc != SQLITE_OK)
		return rc;
	if (f->gathered == NULL)
		f->gathered = xmalloc(GATHERED_MAX);
	if (f->len == 0)
		f->at = at;
	memcpy(f->gathered + f->len, from, (size_t)n);
	f->len += n;
	if (n == FRAME_HEAD_BYTES)
		f->commits = head_commits(from);
	return f->commits ? flush(f) : SQLITE_OK;
}

/* ---- SQLite's calls */

static int
file_close(sqlite3_file *file)
{
	struct file *f = file_of(file);
	if (f->other != NULL)
		f->other->other = NULL;
	free(f->gathered);
	f->gathered = NULL;
	return own(file)->pMethods->xClose(own(file));
}

static int
file_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	struct file *f = file_of(file);
	bool gathered = at < f->at + f->len && f->at < at + n;
	int rc = gathered ? flush(f) : SQLITE_OK;
	return rc == SQLITE_OK ? own(file)->pMethods->xRead(own(file), to, n, at) : rc;
}

static int
file_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
	struct file *f = file_of(file);
	if (f->is_wal && n <= GATHERED_MAX)
		return gather(f, from, n, at);
	int rc = flush(f);
	return rc == SQLITE_OK ? own(file)->pMethods->xWrite(own(file), from, n, at) : rc;
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = flush(file_of(file));
	return rc == SQLITE_OK ? own(file)->pMethods->xTruncate(own(file), size) : rc;
}

static int
file_sync(sqlite3_file *file, int flags)
{
	int rc = flush(file_of(file));
	return rc == SQLITE_OK ? own(file)->pMethods->xSync(own(file), flags) : rc;
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	int rc = flush(file_of(file));
	return rc == SQLITE_OK ? own(file)->pMethods->xFileSize(own(file), ret) : rc;
}

static int
file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	struct file *wal = file_of(file)->other;
	bool ends = offset == WRITE_LOCK && flags == (SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
	if (ends && wal != NULL)
		wal->len = 0;
	return own(file)->pMethods->xShmLock(own(file), offset, n, flags);
}

static int
file_lock(sqlite3_file *file, int level)
{
	return own(file)->pMethods->xLock(own(file), level);
}

static int
file_unlock(sqlite3_file *file, int level)
{
	return own(file)->pMethods->xUnlock(own(file), level);
}

static int
file_reserved(sqlite3_file *file, int *ret)
{
	return own(file)->pMethods->xCheckReservedLock(own(file), ret);
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	return own(file)->pMethods->xFileControl(own(file), op, arg);
}

static int
file_sector(sqlite3_file *file)
{
	return own(file)->pMethods->xSectorSize(own(file));
}

static int
file_device(sqlite3_file *file)
{
	return own(file)->pMethods->xDeviceCharacteristics(own(file));
}

static int
file_shm_map(sqlite3_file *file, int page, int page_size, int extend, void volatile **ret)
{
	return own(file)->pMethods->xShmMap(own(file), page, page_size, extend, ret);
}

static void
file_shm_barrier(sqlite3_file *file)
{
	own(file)->pMethods->xShmBarrier(own(file));
}

static int
file_shm_unmap(sqlite3_file *file, int delete)
{
	return own(file)->pMethods->xShmUnmap(own(file), delete);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,		/* without xFetch, for nothing is mapped */
	.xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate,
	.xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved, .xFileControl = file_control, .xSectorSize = file_sector,
	.xDeviceCharacteristics = file_device, .xShmMap = file_shm_map, .xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier, .xShmUnmap = file_shm_unmap,
};

/* ---- the file system */

static sqlite3_vfs *
below(void)
{
	return sqlite3_vfs_find("unix");
}

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	struct file *f = file_of(file);
	(void)vfs;
	if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0)
		return below()->xOpen(below(), name, file, flags, ret_flags);
	*f = (struct file){ .is_wal = (flags & SQLITE_OPEN_WAL) != 0 };
	int rc = below()->xOpen(below(), name, own(file), flags, ret_flags);
	if (rc != SQLITE_OK)
		return rc;
	f->base.pMethods = &methods;
	if (f->is_wal) {
		f->other = file_of(sqlite3_database_file_object(name));
		f->other->other = f;
	}
	return SQLITE_OK;
}

static void
make(void)
{
	static sqlite3_vfs vfs;
	vfs = *below();
	vfs.szOsFile += (int)sizeof(struct file);
	vfs.zName = "vigie";
	vfs.pNext = NULL;
	vfs.xOpen = vfs_open;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		abort();
}

const char *
vfs_register(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (sqlite3_initialize() != SQLITE_OK || pthread_once(&once, make) != 0)
		abort();
	return "vigie";
}
