/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cage itself: from here on this process computes, and talks through one
 * descriptor and the memory it shares; it has no files, no network, no other
 * processes and no new privileges.  A system call that it may not make ends it.
 *
 *	resource limits		memory, processor time, no files, no core
 *	no_new_privs		nothing it could start would gain anything
 *	Landlock		the file system is out of reach
 *	seccomp			an allow-list of system calls
 */
#ifndef VIGIE_CAGE_CONFINE_H
#define VIGIE_CAGE_CONFINE_H

#include <stdint.h>

enum { CONFINE_MEMORY_BYTES = 256 << 20 };	/* private and writable; never code */

/* What the kernel does not have, or this host does not allow. */
enum confine_lack {
	LACK_LIMITS = 1,
	LACK_PRIVILEGES = 2,
	LACK_LANDLOCK = 4,
	LACK_SECCOMP = 8,
	LACK_ALL = 15
};

/* Reads and writes `fd` only; after that much processor time comes SIGXCPU.  Returns what is lacking. */
unsigned confine(int fd, unsigned cpu_s);

/* « Landlock, seccomp » */
struct buf;
void confine_name(unsigned lack, struct buf *out);

#endif
