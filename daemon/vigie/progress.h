/* SPDX-License-Identifier: Apache-2.0 */
/* One line on a terminal's stderr that says how far a long job is; redrawn at
 * most ten times a second, and nothing at all when stderr is not a terminal. */
#ifndef VIGIE_VIGIE_PROGRESS_H
#define VIGIE_VIGIE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool on, shown;
	int64_t drawn_ms;
	size_t partners_done, partners;
	uint64_t items, bytes;
	int64_t total;		/* -1: unknown */
};

void progress_init(struct progress *p, bool on);
void progress_partners(struct progress *p, size_t done, size_t all);
void progress_items(struct progress *p, uint64_t items, uint64_t bytes, int64_t total);
void progress_bytes(struct progress *p, const char *what, uint64_t bytes, uint64_t all);
void progress_waiting(struct progress *p, int64_t wait_ms, const char *why);
void progress_clear(struct progress *p);	/* before anything else is printed */

#endif
