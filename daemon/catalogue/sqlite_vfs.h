/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's file system with a WAL that is written in large pieces. */
#ifndef VIGIE_CATALOGUE_SQLITE_VFS_H
#define VIGIE_CATALOGUE_SQLITE_VFS_H

/* Its name, for sqlite3_open_v2(); registered once in a process. */
const char *vfs_register(void);

#endif
