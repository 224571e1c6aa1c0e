/* SPDX-License-Identifier: Apache-2.0 */
/* A set of row numbers: one bit each, up to the largest one. */
#ifndef VIGIE_CATALOGUE_ROWSET_H
#define VIGIE_CATALOGUE_ROWSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rowset {
	uint64_t *words;
	size_t n_words;
};

#define ROWSET_INIT { NULL, 0 }

void rowset_done(struct rowset *s);
void rowset_add(struct rowset *s, uint32_t row);
/* *ret has the same rows; what it had before is gone. */
void rowset_copy(struct rowset *ret, const struct rowset *from);
bool rowset_has(const struct rowset *s, uint32_t row);

#endif
