/* SPDX-License-Identifier: Apache-2.0 */
/* A set of hashes: the requests and pages of one run, against loops. */
#ifndef VIGIE_SYNC_SEEN_H
#define VIGIE_SYNC_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen {
	uint64_t *slots;	/* 0: free */
	size_t n, cap;
};

#define SEEN_INIT { NULL, 0, 0 }

/* True if it was new. */
bool seen_add(struct seen *s, uint64_t hash);
void seen_done(struct seen *s);

#endif
