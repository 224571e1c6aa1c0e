/* SPDX-License-Identifier: Apache-2.0 */
/* A number for each text that was met, by a 64-bit hash of the text. */
#ifndef VIGIE_LIB_HASHES_H
#define VIGIE_LIB_HASHES_H

#include <stddef.h>
#include <stdint.h>

struct hashes {
	struct hashes_slot {
		uint64_t hash;	/* 0: free */
		uint32_t number;
	} *slots;
	size_t n, cap;
};

/* The text's number, 0 at first; it may be written until the next call. */
uint32_t *hashes_at(struct hashes *h, const char *text);
/* The same, but one that was not met is not taken in. */
uint32_t hashes_get(const struct hashes *h, const char *text);
void hashes_done(struct hashes *h);

#endif
