/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which identifiers were seen: 8 bytes each, their hashes.  Two of a million
 * collide once in forty million runs; then one is taken for the other.
 */
#ifndef VIGIE_JSON_LISTED_H
#define VIGIE_JSON_LISTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listed {
	uint64_t *slots;	/* 0: free */
	size_t n, size;		/* size: a power of two, or 0 */
};

void listed_done(struct listed *s);
void listed_add(struct listed *s, const char *id, size_t len);
bool listed_has(const struct listed *s, const char *id, size_t len);

#endif
