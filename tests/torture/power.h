/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that loses its power: what was written since a file's last sync may
 * be on the disk or not, sector by sector, and so may its length.
 */
#ifndef VIGIE_TORTURE_POWER_H
#define VIGIE_TORTURE_POWER_H

#include <sys/types.h>

/* Before `len` bytes at `at` are written; before a file is cut to `at` bytes, when `len` is 0. */
void power_before(int fd, off_t at, size_t len);
/* What was written to it is on the disk. */
void power_synced(int fd);
/* The power fails.  Does not return. */
_Noreturn void power_fail(unsigned seed);

#endif
