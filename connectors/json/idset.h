/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which identifiers were seen: 8 bytes each, their hashes.  Two of a million
 * collide once in forty million runs; then one is taken for the other.
 */
#ifndef VIGIE_JSON_IDSET_H
#define VIGIE_JSON_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
	uint64_t *slots;	/* 0: free */
	size_t n, size;		/* size: a power of two, or 0 */
};

void idset_done(struct idset *s);
void idset_add(struct idset *s, const char *id, size_t len);
bool idset_has(const struct idset *s, const char *id, size_t len);

#endif
