/* SPDX-License-Identifier: Apache-2.0 */
/* A set of 64-bit hashes, for identifiers that have no row. */
#ifndef VIGIE_CATALOGUE_IDSET_H
#define VIGIE_CATALOGUE_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
	uint64_t *slots;	/* 0: free */
	size_t n, cap;		/* cap is 0 or a power of two */
};

#define IDSET_INIT { NULL, 0, 0 }

void idset_done(struct idset *s);
void idset_add(struct idset *s, uint64_t hash);
bool idset_has(const struct idset *s, uint64_t hash);

#endif
